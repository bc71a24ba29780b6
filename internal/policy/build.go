package policy

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Result is a policy with its report.
type Result struct {
	// Policies are what to attach, all of them together; several only where
	// one would be too large. Without anything to allow there is one policy
	// without statements, which IAM does not take.
	Policies []iam.Policy
	// Names are the policies' names, one each.
	Names  []string
	Report Report
	opts   Options
	paths  iamPaths
}

// entry is one (action, resource, condition) that the policy is to allow, or
// one that a wider entry of the action allows already.
type entry struct {
	action, resource string
	typeName         string
	condition        iam.Conditions
	condKey          string
	grants           []*grant // what it was made from; more than one after absorbing
}

// statement is a group of entries with the same resources and condition.
type statement struct {
	iam.Statement
	entries []*entry
}

// Build makes the policy. The result does not depend on the order in which the
// events came. Its errors are none today; it never returns a policy that is
// larger than the quota without saying so in the report.
func (b *Builder) Build() (*Result, error) {
	b.queue.settle(b.opts.Reference, b.take)
	b.applyPaths()
	entries := b.entries()
	if b.opts.Resources == Prefix {
		entries = b.prefixes(entries)
	}
	entries = absorb(entries)
	statements := group(entries)
	nameStatements(statements)
	if b.opts.Compact != CompactNone {
		for _, s := range statements {
			s.Actions = compact(s.Actions, b.opts.Compact)
		}
	}
	r := &Result{opts: b.opts, paths: b.paths}
	parts := fit(statements, b.opts.Target.Limit())
	for _, part := range parts {
		p := iam.Policy{Version: iam.Version}
		for _, s := range part {
			p.Statements = append(p.Statements, s.Statement)
		}
		r.Policies = append(r.Policies, p)
	}
	r.Names = policyNames(b.opts.policyName(), len(r.Policies))
	b.report(r, parts)
	return r, nil
}

// entries lists what was granted, one entry for each action, resource and
// condition, sorted.
func (b *Builder) entries() []*entry {
	var entries []*entry
	for key, tg := range b.types {
		for _, g := range tg.grants {
			for _, c := range g.limits() {
				entries = append(entries, &entry{
					action: key.action, typeName: key.typeName, resource: g.pattern,
					condition: c, condKey: conditionText(c), grants: []*grant{g},
				})
			}
		}
	}
	slices.SortFunc(entries, compareEntries)
	return entries
}

func compareEntries(a, b *entry) int {
	return cmp.Or(strings.Compare(a.action, b.action), strings.Compare(a.resource, b.resource),
		strings.Compare(a.condKey, b.condKey), strings.Compare(a.typeName, b.typeName))
}

// limits are the conditions under which a grant is given: none of an action's
// own if some call met none, otherwise conditions on the same one key put
// together; and what all calls had in common, of the kinds asked for.
func (g *grant) limits() []iam.Conditions {
	list := []iam.Conditions{nil}
	if !g.unlimited {
		list = g.ownLimits()
	}
	for i := range list {
		list[i] = g.context.limitTo(list[i], g.pattern)
	}
	return list
}

// ownLimits are the conditions that go with an action (iam:PassedToService).
func (g *grant) ownLimits() []iam.Conditions {
	single := map[string][]string{}
	var list []iam.Conditions
	for _, text := range slices.Sorted(maps.Keys(g.conditions)) {
		c := g.conditions[text]
		keys := map[string][]string{}
		for key, value := range c {
			if len(c) == 1 {
				single[key] = append(single[key], value)
			} else {
				keys[key] = []string{value}
			}
		}
		if len(keys) > 0 {
			list = append(list, iam.Conditions{"StringEquals": keys})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(single)) {
		list = append(list, iam.Conditions{"StringEquals": {key: single[key]}})
	}
	return list
}

// conditionText is a condition's canonical text, "" for none.
func conditionText(c iam.Conditions) string {
	var b strings.Builder
	for _, op := range slices.Sorted(maps.Keys(c)) {
		for _, key := range slices.Sorted(maps.Keys(c[op])) {
			values := slices.Clone(c[op][key])
			slices.Sort(values)
			b.WriteString(op + " " + key + " " + strings.Join(values, ",") + "\n")
		}
	}
	return b.String()
}

// absorb drops every entry that a wider one of the same action allows already,
// and puts its grants to it.
func absorb(entries []*entry) []*entry {
	var kept []*entry
	for from := 0; from < len(entries); {
		to := from
		for to < len(entries) && entries[to].action == entries[from].action {
			to++
		}
		kept = append(kept, absorbAction(entries[from:to])...)
		from = to
	}
	return kept
}

func absorbAction(entries []*entry) []*entry {
	var wide []*entry // those that may take in others
	for _, e := range entries {
		if strings.ContainsAny(e.resource, "*?") || e.condition == nil {
			wide = append(wide, e)
		}
	}
	into := map[*entry]*entry{}
	for i, e := range entries {
		for _, w := range wide {
			if w == e || into[w] != nil || w.condition != nil && w.condKey != e.condKey {
				continue
			}
			if w.resource != e.resource && !strings.ContainsAny(w.resource, "*?") {
				continue
			}
			if !covers(w.resource, e.resource) {
				continue
			}
			same := covers(e.resource, w.resource) && (e.condition == nil || e.condKey == w.condKey)
			if same && slices.Index(entries, w) > i {
				continue // of two that allow the same the first stays
			}
			into[e] = w
			break
		}
	}
	var kept []*entry
	for _, e := range entries {
		w := e
		for into[w] != nil {
			w = into[w]
		}
		if w == e {
			kept = append(kept, e)
			continue
		}
		for _, g := range e.grants {
			if !slices.Contains(w.grants, g) {
				w.grants = append(w.grants, g)
			}
		}
	}
	return kept
}

// group makes statements of the entries of each service and condition: either
// an action with all its resources, actions with the same resources together,
// or a resource with all its actions, resources with the same actions together;
// whichever is the smaller. Entries for any resource share one statement,
// whatever their service. An action on resources of several types keeps all of
// them together, which linters ask for and people read more easily.
func group(entries []*entry) []*statement {
	type part struct {
		service, condKey string
		several          bool
	}
	parts := map[part][]*entry{}
	types := typesByAction(entries)
	for _, e := range entries {
		service, _, _ := strings.Cut(e.action, ":")
		if e.resource == "*" {
			service = "*"
		}
		key := part{service, e.condKey, e.resource != "*" && len(types[e.action]) > 1}
		parts[key] = append(parts[key], e)
	}
	var statements []*statement
	for key, list := range parts {
		actions := func(e *entry) string { return e.action }
		resources := func(e *entry) string { return e.resource }
		one := rectangles(list, actions, resources)
		if other := rectangles(list, resources, actions); !key.several && totalCost(other) < totalCost(one) {
			one = other
		}
		statements = append(statements, one...)
	}
	slices.SortFunc(statements, compareStatements)
	return statements
}

// typesByAction lists the resource types that each action has entries of.
func typesByAction(entries []*entry) map[string]nameSet {
	types := map[string]nameSet{}
	for _, e := range entries {
		set := types[e.action]
		set.add(maxNames, e.typeName)
		types[e.action] = set
	}
	return types
}

// rectangles puts together the rows (entries with the same text by row) that
// have the same columns. All entries have the same condition.
func rectangles(entries []*entry, row, column func(*entry) string) []*statement {
	rows := map[string][]*entry{}
	for _, e := range entries {
		rows[row(e)] = append(rows[row(e)], e)
	}
	byColumns := map[string]*statement{}
	for _, list := range rows {
		var columns []string
		for _, e := range list {
			columns = append(columns, column(e))
		}
		key := strings.Join(sorted(columns), "\x00")
		s := byColumns[key]
		if s == nil {
			s = &statement{Statement: iam.Statement{Effect: iam.Allow, Conditions: list[0].condition}}
			byColumns[key] = s
		}
		s.entries = append(s.entries, list...)
	}
	statements := make([]*statement, 0, len(byColumns))
	for _, s := range byColumns {
		slices.SortFunc(s.entries, compareEntries)
		for _, e := range s.entries {
			s.Actions, s.Resources = append(s.Actions, e.action), append(s.Resources, e.resource)
		}
		s.Actions, s.Resources = sorted(s.Actions), sorted(s.Resources)
		statements = append(statements, s)
	}
	return statements
}

func totalCost(statements []*statement) int {
	const sid = len(`"Sid":"ServiceReadType",`)
	total := 0
	for _, s := range statements {
		total += cost(s) + sid
	}
	return total
}

// compareStatements puts the statements for particular resources first, by
// service, and those for any resource last.
func compareStatements(a, b *statement) int {
	return cmp.Or(
		compareBool(a.any(), b.any()),
		strings.Compare(a.service(), b.service()),
		slices.Compare(a.Resources, b.Resources),
		strings.Compare(conditionText(a.Conditions), conditionText(b.Conditions)),
		slices.Compare(a.Actions, b.Actions))
}

func (s *statement) any() bool { return len(s.Resources) == 1 && s.Resources[0] == "*" }

// service is the IAM prefix of the actions, "" if they have several.
func (s *statement) service() string {
	first, _, _ := strings.Cut(s.Actions[0], ":")
	for _, a := range s.Actions[1:] {
		if prefix, _, _ := strings.Cut(a, ":"); prefix != first {
			return ""
		}
	}
	return first
}
