package source

import (
	"slices"
	"time"
)

// Scope is what a reader wants of a location in CloudTrail's layout. It is a
// promise of the reader's, that records outside it have no effect, and not a
// filter: a location may still yield what lies outside. Locations where
// listing and reading cost money and time (S3) keep to it; folders do not.
type Scope struct {
	// From and To bound the time of the events, To exclusive; zero is open.
	From, To time.Time
	// Late is how long after an event its delivery is waited for. CloudTrail
	// delivers within minutes as a rule, and tries for up to 30 days where
	// the bucket could not be written (CloudTrail user guide, "How CloudTrail
	// works"): with To set, what was delivered later than To and Late is not
	// looked at.
	Late time.Duration
	// Accounts and Regions are those wanted, of the file's key; none means
	// all. CloudTrail files each record under the account that received it
	// (recipientAccountId) and its region (awsRegion).
	Accounts, Regions []string
	// Digests asks for digest files in place of log files.
	Digests bool
}

// clockSlack is by how much the clocks of an event's service and of the
// delivery may differ.
const clockSlack = time.Hour

// Delivery bounds when files may have been delivered that hold wanted events:
// a file holds only events from before its delivery. Zero is open.
func (s Scope) Delivery() (from, to time.Time) {
	if !s.From.IsZero() {
		from = s.From.Add(-clockSlack).UTC()
	}
	if !s.To.IsZero() {
		to = s.To.Add(s.Late + clockSlack).UTC()
	}
	return from, to
}

// WantsAccount and WantsRegion say whether a folder of that name is wanted.
func (s Scope) WantsAccount(account string) bool {
	return len(s.Accounts) == 0 || slices.Contains(s.Accounts, account)
}

// WantsRegion is WantsAccount for regions.
func (s Scope) WantsRegion(region string) bool {
	return len(s.Regions) == 0 || slices.Contains(s.Regions, region)
}

// Wants says whether a log file with this key can hold wanted records. Files
// that are not CloudTrail's deliveries are always wanted, and results of
// CloudTrail Lake too, whose day is that of the query.
func (s Scope) Wants(k Key) bool {
	if k.Kind == "" || k.Kind == "CloudTrail-Lake" {
		return true
	}
	if k.Account != "" && !s.WantsAccount(k.Account) || k.Region != "" && !s.WantsRegion(k.Region) {
		return false
	}
	from, to := s.Delivery()
	if !k.Delivered.IsZero() {
		return (from.IsZero() || !k.Delivered.Before(from)) && (to.IsZero() || k.Delivered.Before(to))
	}
	if k.Day == "" {
		return true
	}
	day := k.Year + k.Month + k.Day
	const form = "20060102"
	return (from.IsZero() || day >= from.Format(form)) && (to.IsZero() || day <= to.Format(form))
}
