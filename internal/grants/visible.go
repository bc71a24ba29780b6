package grants

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

//go:embed data/dataevents.tsv
var dataEventsText string

// dataEvent is a pattern of actions that a trail shows only as data events.
type dataEvent struct{ pattern, source, what string }

var dataEvents = sync.OnceValue(func() []dataEvent {
	var list []dataEvent
	for line := range strings.Lines(dataEventsText) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(fields) != 3 {
			continue
		}
		list = append(list, dataEvent{fields[0], fields[1], fields[2]})
	}
	return list
})

// shown are the actions that some API call of the SDK models leads to, in lower
// case.
var shown = sync.OnceValue(func() map[string]bool {
	found := map[string]bool{}
	for _, name := range authz.SigningNames() {
		for _, op := range authz.Operations(name) {
			for _, a := range authz.Lookup(name+".amazonaws.com", op, "AwsApiCall").Actions {
				found[strings.ToLower(a.Action)] = true
			}
		}
	}
	return found
})

// Unseen says why the logs may be silent about an action though it is used; ""
// if they would show it. seen holds the event sources of which the logs have
// data events.
func Unseen(action string, seen map[string]int64) string {
	if strings.EqualFold(action, "iam:PassRole") {
		return "iam:PassRole is never an event; it shows only in the parameters of other calls"
	}
	for _, d := range dataEvents() {
		if iam.MatchAction(d.pattern, action) {
			if seen[d.source] > 0 {
				return ""
			}
			return "the logs hold no data events of " + d.source
		}
	}
	if !shown()[strings.ToLower(action)] {
		return "no API call is known that shows it"
	}
	return ""
}
