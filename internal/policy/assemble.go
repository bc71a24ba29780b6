package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// report fills in the result's report; parts are the statements of each policy.
func (b *Builder) report(r *Result, parts [][]*statement) {
	rep := &r.Report
	rep.Asked, rep.Resources, rep.Target = b.opts.Asked, b.opts.Resources, b.opts.Target
	rep.Window = b.window()
	rep.Timeline = b.days.sorted()
	rep.Counts = b.counts
	rep.Principals = []Principal{}
	for _, p := range b.stats.Principals {
		rep.Principals = append(rep.Principals, Principal{Name: p.Name(), Type: p.Type, Calls: p.Calls, First: p.FirstSeen, Last: p.LastSeen, UniqueID: p.UniqueID})
	}
	actions, resources := map[string]bool{}, map[string]bool{}
	why := map[string]map[string]bool{}
	for i, part := range parts {
		sized := Sized{Name: r.Names[i], Size: r.Policies[i].Size(), Limit: b.opts.Target.Limit(), Statements: []StatementReport{}}
		for _, s := range part {
			sized.Statements = append(sized.Statements, s.report(why))
			for _, e := range s.entries {
				actions[e.action] = true
			}
			for _, res := range s.Resources {
				resources[res] = true
			}
		}
		rep.Policies = append(rep.Policies, sized)
	}
	rep.Counts.Actions, rep.Counts.Resources = len(actions), len(resources)
	rep.Wildcards = []Reason{}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		rep.Wildcards = append(rep.Wildcards, Reason{Why: reason, Grants: slices.Sorted(maps.Keys(why[reason]))})
	}
	rep.Replay = b.replay(r)
	b.reportLists(rep)
	rep.Counterparts = b.others.sorted()
	if b.opts.Siblings {
		rep.Siblings = suggest(rep.Policies)
	}
	rep.Incomplete = b.incomplete(rep.Window)
	rep.Complete = len(rep.Incomplete) == 0
	rep.UsedBy = b.usedBy()
	b.blindSpots(rep)
	rep.Notes = b.reportNotes(r)
}

func (b *Builder) reportLists(rep *Report) {
	rep.Denied = b.lists.deniedSorted()
	rep.NoEvidence, rep.Unknown = b.lists.noEvidence.sorted(), b.lists.unknown.sorted()
	rep.Unmapped, rep.NoPermission = b.lists.unmapped.sorted(), b.lists.none.sorted()
	rep.Mapping = b.lists.mappingCheck()
	rep.Excluded = []ExcludedAction{}
	for _, action := range slices.Sorted(maps.Keys(b.exclude)) {
		rep.Excluded = append(rep.Excluded, ExcludedAction{Action: action, Calls: b.exclude[action]})
	}
}

// report is the statement with its evidence; why collects the reasons for
// wildcards.
func (s *statement) report(why map[string]map[string]bool) StatementReport {
	sr := StatementReport{Sid: s.Sid, Actions: s.Actions, Resources: s.Resources, Conditions: s.Conditions, Evidence: []Evidence{}}
	for _, res := range s.Resources {
		if strings.ContainsAny(strings.NewReplacer("${*}", "", "${?}", "").Replace(res), "*?") {
			sr.Wildcards++
		}
	}
	needed := map[string]bool{}
	var all evidence
	for _, e := range s.entries {
		needed[e.action+" "+e.resource] = true
		for _, g := range e.grants {
			all.merge(&g.evidence)
			v := g.report(e.action)
			sr.Evidence = append(sr.Evidence, v)
			for _, reason := range v.Why {
				reason = strings.ReplaceAll(reason, e.action, "the action")
				if why[reason] == nil {
					why[reason] = map[string]bool{}
				}
				why[reason][e.action+" on "+e.resource] = true
			}
		}
	}
	sr.Calls, sr.First, sr.Last, sr.Days = all.calls, all.first, all.last, all.days.report()
	sr.EventIDs, sr.Regions, sr.SourceIPs = all.sampleIDs(), notNil(all.regions), notNil(all.ips)
	distinct := map[string]bool{}
	for _, e := range s.entries {
		distinct[e.action] = true
	}
	sr.ExtraActions = s.extraActions()
	sr.Beyond = (len(distinct)+len(sr.ExtraActions))*len(s.Resources) - len(needed)
	slices.SortFunc(sr.Evidence, func(a, b Evidence) int {
		if c := strings.Compare(a.Action, b.Action); c != 0 {
			return c
		}
		return strings.Compare(a.Resource, b.Resource)
	})
	return sr
}

func (g *grant) report(action string) Evidence {
	v := &g.evidence
	var reasons nameSet
	reasons.add(maxNames, v.whys...)
	reasons.add(maxNames, g.widened...)
	return Evidence{
		Action: action, Resource: g.pattern, Calls: v.calls, Denied: v.denied, First: v.first, Last: v.last,
		Events: notNil(v.events), EventIDs: v.sampleIDs(), Regions: notNil(v.regions), SourceIPs: notNil(v.ips),
		Rules: notNil(v.rules), Implied: !v.explicit, Via: v.vias, Why: reasons, Observed: len(g.observed),
	}
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// reportNotes are what a reader should know besides.
func (b *Builder) reportNotes(r *Result) []string {
	notes := append([]string{}, b.stats.Notes...)
	notes = append(notes, slices.Sorted(maps.Keys(b.notes))...)
	if note := compactionNote(r.Report.Policies, b.opts.Compact); note != "" {
		notes = append(notes, note)
	}
	if n := b.stats.Input.SkippedCount; n > 0 {
		notes = append(notes, fmt.Sprintf("%s without CloudTrail records (digests, notifications, documents) passed over.", plural(n, "thing")))
	}
	if b.counts.Unmapped > 0 {
		notes = append(notes, fmt.Sprintf("for %s no IAM action is known; they are listed, and the policy does not allow them.", plural(b.counts.Unmapped, "call")))
	}
	total := 0
	for i := range r.Policies {
		total += r.Policies[i].Size()
		if size, limit := r.Policies[i].Size(), b.opts.Target.Limit(); size > limit {
			notes = append(notes, fmt.Sprintf("policy %s has %d characters, more than the %d that IAM takes: one statement cannot be divided further.", r.Names[i], size, limit))
		}
	}
	switch {
	case len(r.Policies) == 1 && len(r.Policies[0].Statements) == 0:
		notes = append(notes, "nothing is to be allowed: the policy has no statement, and IAM takes none without. Remove the identity's permissions instead.")
	case b.opts.Target == PermissionSet && total > b.opts.Target.Limit():
		notes = append(notes, fmt.Sprintf("the policy has %d characters; a permission set has one inline policy of at most %d. It does not fit: try --compact or --resources service, or divide the people among two permission sets.",
			total, b.opts.Target.Limit()))
	case b.opts.Target != Managed && total > b.opts.Target.Limit():
		notes = append(notes, fmt.Sprintf("the policy has %d characters; all inline policies of a %s together may have %d. It does not fit: attach it as managed policies (--target managed).",
			total, b.opts.Target, b.opts.Target.Limit()))
	case len(r.Policies) > iam.MaxAttached:
		notes = append(notes, fmt.Sprintf("these are %d policies; by default IAM attaches at most %d to one identity.", len(r.Policies), iam.MaxAttached))
	case len(r.Policies) > 1:
		notes = append(notes, fmt.Sprintf("one policy would be larger than the %d characters that IAM takes: attach all %d.", b.opts.Target.Limit(), len(r.Policies)))
	}
	if n := len(r.Report.Counterparts); n > 0 {
		notes = append(notes, fmt.Sprintf("%s in other accounts: their own policies must allow the calls too (otherAccounts in the JSON report).", plural(int64(n), "resource")))
	}
	if slices.ContainsFunc(r.Report.Denied, func(d DeniedCall) bool { return d.PolicyType == "session policy" }) {
		notes = append(notes, "some calls were denied by a session policy: a limit of single sessions, which says nothing of the identity's own permissions.")
	}
	for _, p := range b.stats.Principals {
		if p.Type == "Root" {
			notes = append(notes, "calls of an account's root user are among these: no identity policy limits it.")
			break
		}
	}
	if len(b.stats.Missing) > 0 {
		notes = append(notes, "the table lacks these columns, which count as empty: "+strings.Join(b.stats.Missing, ", ")+".")
	}
	return notes
}

// Fits says whether the policies are within the target's quota.
func (r *Result) Fits() bool {
	total := 0
	for i := range r.Policies {
		size := r.Policies[i].Size()
		if size > r.opts.Target.Limit() {
			return false
		}
		total += size
	}
	return r.opts.Target == Managed || total <= r.opts.Target.Limit()
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
