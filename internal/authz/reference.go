package authz

import (
	"slices"
	"strings"
	"time"
)

// Reference is AWS's service reference as it was fetched: for operations the
// actions that AWS authorizes, without forward access sessions. A nil one knows
// nothing; the built-in data then answers alone.
// Source: Service Authorization Reference, "Simplified AWS service information
// for programmatic access".
type Reference struct {
	From     string    `json:"from"`
	Fetched  time.Time `json:"fetched"`
	Services int       `json:"services"` // files that were read
	// Operations are actions by service, then operation.
	Operations map[string]map[string][]string `json:"operations"`
}

// actionsOf gives the actions of an event, by the prefixes that its source may
// stand for; nil if the reference does not tell.
func (r *Reference) actionsOf(eventSource, eventName string) []string {
	if r == nil {
		return nil
	}
	label, event := sourceLabel(eventSource), stripVersion(strings.TrimSpace(eventName))
	names := []string{label}
	for _, c := range candidatesOf(label) {
		names = append(names, c.prefix)
	}
	for _, name := range names {
		if actions := r.Operations[name][event]; len(actions) > 0 {
			return actions
		}
	}
	return nil
}

func (r *Reference) source() string {
	return "AWS service reference, fetched " + r.Fetched.Format(time.DateOnly)
}

// whenListed is said of what the reference alone lists beside other actions.
const whenListed = "AWS's service reference lists it for the operation; which calls need it is not said"

// Lookup is as the function Lookup, with what the reference knows: it answers
// for events that nothing else is known of, adds what it lists besides, and
// where it does not list an action of ours, that one is no longer certain.
func (r *Reference) Lookup(eventSource, eventName, eventType string) Answer {
	answer := Lookup(eventSource, eventName, eventType)
	listed := r.actionsOf(eventSource, eventName)
	if len(listed) == 0 || answer.Status == None {
		return answer
	}
	if answer.Status == Unmapped {
		answer = Answer{Status: Mapped, Reason: "the built-in data knows no action, AWS's service reference does", Source: r.source()}
	}
	for i, a := range answer.Actions {
		own := a.Action != passRole && a.Source != tagSource
		switch {
		case slices.Contains(listed, a.Action):
			answer.Actions[i].Source += "; " + r.source() + " lists it too"
		case own && a.When == "":
			answer.Actions[i].Confidence = "likely"
			answer.Actions[i].Source += "; " + r.source() + " does not list it"
		}
	}
	alone := len(answer.Actions) == 0 && len(listed) == 1
	for _, name := range listed {
		if slices.ContainsFunc(answer.Actions, func(a ActionWhen) bool { return a.Action == name }) {
			continue
		}
		added := ActionWhen{Action: name, Source: r.source(), Confidence: "certain"}
		if !alone {
			added.When, added.Confidence = whenListed, "likely"
		}
		answer.Actions = append(answer.Actions, added)
	}
	return answer
}

// Resolve is as the function Resolve; for calls that it knows no action of, the
// actions that the reference lists are given, all of them, with a note.
func (r *Reference) Resolve(c *Call) Resolution {
	res := Resolve(c)
	listed := r.actionsOf(c.EventSource, c.EventName)
	if res.Status != Unmapped || len(listed) == 0 {
		return res
	}
	one := &resolver{call: c, m: mapEvent(c.EventSource, c.EventName, c.EventType)}
	one.request, one.response = parseParameters(c.Request), parseParameters(c.Response)
	one.partition = partitionOf(c)
	for _, action := range listed {
		res.Needs = append(res.Needs, one.needsOf(eventRow{action: action, source: r.source()})...)
	}
	if len(res.Needs) == 0 {
		return res // actions that are newer than the built-in list
	}
	res.Status, res.Source, res.Gap = Mapped, r.source(), false
	res.Reason = "the built-in data knows no action, AWS's service reference does"
	if len(listed) > 1 {
		res.Notes = append(res.Notes, c.EventSource+" "+c.EventName+" is known from AWS's service reference alone, which does not say which calls need which of its actions: all are given")
	}
	res.Needs = sortNeeds(res.Needs)
	return res
}
