package blindspot

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Accessed is IAM's report of when an identity last accessed each service.
// Source: IAM API Reference, GetServiceLastAccessedDetails; IAM User Guide,
// "Refine permissions using last accessed information": the report lags by up
// to four hours and reaches back at most 400 days.
type Accessed struct {
	Services map[string]ServiceAccess // by IAM prefix
	// Truncated says that the report goes on in another page.
	Truncated bool
}

// ServiceAccess is when a service was last accessed; zero for never.
type ServiceAccess struct {
	Name    string
	Last    time.Time
	Region  string
	Actions map[string]time.Time // those that IAM tracks, by name
}

// ParseAccessed reads the output of aws iam get-service-last-accessed-details.
func ParseAccessed(data []byte) (*Accessed, error) {
	var in struct {
		JobStatus            string
		IsTruncated          bool
		ServicesLastAccessed []struct {
			ServiceName, ServiceNamespace string
			LastAuthenticated             string
			LastAuthenticatedRegion       string
			TrackedActionsLastAccessed    []struct {
				ActionName, LastAccessedTime string
			}
		}
		EntityDetailsList json.RawMessage
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("it is not the JSON of get-service-last-accessed-details: %w", err)
	}
	switch {
	case in.JobStatus != "" && in.JobStatus != "COMPLETED":
		return nil, fmt.Errorf("the report is not ready (JobStatus %s): fetch it again", in.JobStatus)
	case in.ServicesLastAccessed == nil && in.EntityDetailsList != nil:
		return nil, fmt.Errorf("it lists entities (EntityDetailsList), not services: use get-service-last-accessed-details")
	case in.ServicesLastAccessed == nil:
		return nil, fmt.Errorf("it has no ServicesLastAccessed: it is not the output of get-service-last-accessed-details")
	}
	a := &Accessed{Services: map[string]ServiceAccess{}, Truncated: in.IsTruncated}
	for i, s := range in.ServicesLastAccessed {
		if s.ServiceNamespace == "" {
			return nil, fmt.Errorf("ServicesLastAccessed[%d] has no ServiceNamespace", i)
		}
		last, err := accessTime(s.LastAuthenticated)
		if err != nil {
			return nil, fmt.Errorf("ServicesLastAccessed[%d] (%s): LastAuthenticated: %w", i, s.ServiceNamespace, err)
		}
		service := ServiceAccess{Name: s.ServiceName, Last: last, Region: s.LastAuthenticatedRegion, Actions: map[string]time.Time{}}
		for _, tracked := range s.TrackedActionsLastAccessed {
			at, err := accessTime(tracked.LastAccessedTime)
			if err != nil {
				return nil, fmt.Errorf("ServicesLastAccessed[%d] (%s): %s: LastAccessedTime: %w", i, s.ServiceNamespace, tracked.ActionName, err)
			}
			if !at.IsZero() {
				service.Actions[tracked.ActionName] = at
			}
		}
		a.Services[s.ServiceNamespace] = service
	}
	return a, nil
}

// accessTime reads a time; none is never.
func accessTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999-0700", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", text)
}

// accessed compares the report with the calls.
func (f *finder) accessed() {
	a := f.in.Accessed
	if a == nil {
		return
	}
	if a.Truncated {
		f.add(Amber, "", "The last-accessed report is cut (IsTruncated): of services on its later pages nothing is known.",
			"Fetch all pages: the AWS CLI does so by itself unless --max-items is given.")
	}
	for _, prefix := range slices.Sorted(maps.Keys(a.Services)) {
		s := a.Services[prefix]
		switch {
		case s.Last.IsZero():
		case f.in.Used[prefix] == 0:
			f.unseenService(prefix, s)
		default:
			f.unseenActions(prefix, s)
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(f.in.Used)) {
		if s, listed := a.Services[prefix]; f.in.Used[prefix] > 0 && (!listed || s.Last.IsZero()) {
			f.add(Info, prefix, fmt.Sprintf("The logs hold calls to %s, the last-accessed report none.", prefix),
				"It lists only services that a policy of the identity allows, lags by some hours, and leaves out refused calls.")
		}
	}
}

// unseenService reports a service that was accessed though no event shows it.
func (f *finder) unseenService(prefix string, s ServiceAccess) {
	what := fmt.Sprintf("%s was last accessed at %s%s, but none of its calls is in these logs: the policy allows nothing of it.",
		serviceText(prefix, s), s.Last.UTC().Format("2006-01-02 15:04"), inRegion(s.Region))
	f.add(f.levelAt(s.Last), prefix, what, f.advice(prefix, s.Last, s.Region))
}

// unseenActions reports actions that IAM tracked though no event shows them.
func (f *finder) unseenActions(prefix string, s ServiceAccess) {
	var missing []string
	var last time.Time
	for _, action := range slices.Sorted(maps.Keys(s.Actions)) {
		if f.in.Actions[strings.ToLower(prefix+":"+action)] {
			continue
		}
		missing = append(missing, action)
		if s.Actions[action].After(last) {
			last = s.Actions[action]
		}
	}
	if len(missing) == 0 {
		return
	}
	f.add(f.levelAt(last), prefix, fmt.Sprintf("IAM tracked these actions of %s, last at %s, but no call in these logs shows them: %s.",
		serviceText(prefix, s), last.UTC().Format("2006-01-02 15:04"), strings.Join(missing, ", ")), f.advice(prefix, last, s.Region))
}

// levelAt is red for what happened while the logs were written, amber for what
// happened before or after.
func (f *finder) levelAt(at time.Time) Level {
	if c := f.in.Coverage; c != nil && !c.First.IsZero() && (at.Before(c.First) || at.After(c.Last)) {
		return Amber
	}
	return Red
}

// advice says what to do about something that was used and is not in the logs.
func (f *finder) advice(prefix string, at time.Time, region string) string {
	c := f.in.Coverage
	switch {
	case c != nil && !c.First.IsZero() && at.Before(c.First):
		return fmt.Sprintf("That is before these logs begin (%s): give logs that go back further, or add by hand what is still needed.", dayText(c.First))
	case c != nil && !c.First.IsZero() && at.After(c.Last):
		return fmt.Sprintf("That is after these logs end (%s): give later logs, and run again.", dayText(c.Last))
	case c != nil && region != "" && len(c.Regions) > 0 && !slices.Contains(c.Regions, region):
		return fmt.Sprintf("These logs hold no records of %s: give that region's logs too (a multi-region trail has them).", region)
	}
	for _, d := range dataEvents() {
		if d.prefix == prefix {
			return fmt.Sprintf("Its everyday calls (%s) are data events: turn the type %s on in the trail and collect anew, or add those actions by hand.", d.what, d.resourceType)
		}
	}
	return "CloudTrail may not record these calls: add the needed actions by hand, or try the policy out where it does no harm."
}

func serviceText(prefix string, s ServiceAccess) string {
	if s.Name == "" {
		return prefix
	}
	return s.Name + " (" + prefix + ")"
}

func inRegion(region string) string {
	if region == "" {
		return ""
	}
	return " in " + region
}
