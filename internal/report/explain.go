package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/leasttrail/leasttrail/internal/blindspot"
	"github.com/leasttrail/leasttrail/internal/policy"
)

// Explain writes why an action, or all that a pattern matches, is in the
// policy; with a resource, only what allows it. Where it is not, it says what
// the logs hold of it. It tells how many permissions it explained.
func Explain(w io.Writer, r *policy.Report, action, resource string) (int, error) {
	p := &textPage{w: w}
	list := r.Explain(action, resource)
	for i, e := range list {
		if i > 0 {
			p.printf("\n")
		}
		explainEvidence(p, &e)
	}
	if len(list) == 0 {
		on := ""
		if resource != "" {
			on = " on " + resource
		}
		p.printf("%s%s is not in the policy\n", printable(action), printable(on))
		for _, line := range absent(r, action) {
			p.printf("  %s\n", printable(line))
		}
	}
	return len(list), p.end()
}

func explainEvidence(p *textPage, e *policy.Evidence) {
	p.printf("%s on %s\n", printable(e.Action), printable(e.Resource))
	line := func(name, text string) {
		if text != "" {
			p.printf("  %-10s  %s\n", name, printable(text))
		}
	}
	calls := fmt.Sprintf("%s, from %s to %s (UTC)", grouped(e.Calls), minute(e.First), minute(e.Last))
	if e.Denied > 0 {
		calls += fmt.Sprintf(", of them %s denied", grouped(e.Denied))
	}
	line("calls", calls)
	line("events", eventsText(e))
	line("event ids", strings.Join(e.EventIDs, ", "))
	line("regions", strings.Join(e.Regions, ", "))
	line("addresses", strings.Join(e.SourceIPs, ", "))
	if e.Observed > 1 {
		line("resources", fmt.Sprintf("%d different ones were seen", e.Observed))
	}
	line("rule", strings.Join(e.Rules, "; "))
	for _, why := range e.Why {
		line("wildcard", why)
	}
}

// absent tells why an action is not in the policy, as far as the logs know.
func absent(r *policy.Report, action string) []string {
	var list []string
	for _, d := range r.Denied {
		if d.Action != "" && policy.MatchAction(action, d.Action) {
			on := ""
			if d.Resource != "" {
				on = " on " + d.Resource
			}
			list = append(list, fmt.Sprintf("%s was refused%s: %s, last on %s", d.Action, on, plural(d.Calls, "call"), day(d.LastSeen)))
		}
	}
	for _, e := range r.Excluded {
		if policy.MatchAction(action, e.Action) {
			list = append(list, fmt.Sprintf("%s was left out on request: %s", e.Action, plural(e.Calls, "call")))
		}
	}
	for _, s := range r.BlindSpots {
		if service, _, _ := strings.Cut(action, ":"); s.Level != blindspot.Info && s.Service == strings.ToLower(service) {
			list = append(list, s.String())
		}
	}
	if len(list) == 0 {
		list = append(list, "no call in these logs needed it")
	}
	return list
}
