package source

import "time"

// Key is what the path of a delivered log file says about its records.
type Key struct {
	Account, Region string
	// Org is the organization id (o-…) when the path has one.
	Org string
	// Kind is the folder below the account: CloudTrail, CloudTrail-Digest,
	// CloudTrail-Insight, CloudTrail-NetworkActivity, CloudTrail-Aggregated
	// or CloudTrail-Lake.
	Kind string
	// Year, Month and Day are the folders' text (2024, 01, 31), the day of
	// delivery and not of the events.
	Year, Month, Day string
	// Delivered is the time in the file name, UTC; zero if it has none.
	Delivered time.Time
}

// ParseKey reads the layout out of a path; false if it has none.
func ParseKey(key string) (Key, bool) { return Key{}, false }
