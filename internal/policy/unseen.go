package policy

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/blindspot"
)

// Trails gives the builder the selectors of the trails that wrote the logs.
func (b *Builder) Trails(trails []*blindspot.Trail) { b.spots.Trails = trails }

// Accessed gives the builder IAM's report of what the principal accessed last.
func (b *Builder) Accessed(a *blindspot.Accessed) { b.spots.Accessed = a }

// UsedBy gives the builder who used the roles among the principals.
func (b *Builder) UsedBy(uses []activity.RoleUse) { b.uses = uses }

// services notes which services and actions an event shows.
func (b *Builder) services(e *activity.Event, res *authz.Resolution) {
	if len(res.Needs) == 0 {
		b.used[authz.Prefix(e.EventSource)] += e.Count
		return
	}
	for i := range res.Needs {
		n := &res.Needs[i]
		prefix, _, _ := strings.Cut(n.Action, ":")
		if !n.Implied {
			b.used[prefix] += e.Count
		}
		b.shown[strings.ToLower(n.Action)] = true
	}
}

// blindSpots tells what the policy cannot know.
func (b *Builder) blindSpots(rep *Report) {
	in := b.spots
	in.Coverage, in.Used, in.Actions, in.Bare = b.cover, b.used, b.shown, b.bare
	in.Late, in.To, in.Shapes = b.opts.Late, b.opts.To, b.stats.Input.Shapes
	rep.BlindSpots, rep.Unseen = blindspot.Find(in), []string{}
	for _, s := range rep.BlindSpots {
		rep.Unseen = append(rep.Unseen, s.String())
	}
}

func (b *Builder) usedBy() []Use {
	list := make([]Use, 0, len(b.uses))
	for _, u := range b.uses {
		list = append(list, Use{
			Role: u.Role, Caller: u.Caller, CallerType: u.CallerType, CallerAccount: u.CallerAccount, Origin: u.Origin, Through: u.Through,
			SourceIdentity: u.Source, Sessions: u.Sessions, SessionNames: notNil(u.SessionNames), Calls: u.Calls, FirstSeen: u.FirstSeen, LastSeen: u.LastSeen,
		})
	}
	return list
}
