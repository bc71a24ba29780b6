package grants

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/policy"
)

// Section is a chapter of a report for people.
type Section = policy.Section

// Headline is the report in one line: "4,812 actions granted, 37 used".
func (r *Report) Headline() string {
	return fmt.Sprintf("%s actions granted, %s used", thousands(int64(r.Granted)), thousands(int64(r.Used)))
}

// Sections are the report for people.
func (r *Report) Sections() []Section {
	unseen := 0
	for _, u := range r.Unseen {
		unseen += len(u.Actions)
	}
	c := &r.Check
	first := Section{
		Title: "What is granted today",
		Lines: []string{
			fmt.Sprintf("Granted: %s; used %s, not used %s, %s more that these logs cannot judge",
				count(r.Granted, "action"), thousands(int64(r.Used)), thousands(int64(len(r.Unused))), thousands(int64(unseen))),
			fmt.Sprintf("Two-sided check: of %s, %s decided as AWS did, %s explained, %s unexplained",
				count(c.Reproduced+len(c.Explained)+len(c.Unexplained), "different authorization"),
				thousands(int64(c.Reproduced)), thousands(int64(len(c.Explained))), thousands(int64(len(c.Unexplained)))),
		},
		Head: []string{"Effect", "Actions", "Used", "Not used", "Unseen", "Calls", "Statement"},
	}
	for _, m := range r.Missing {
		first.Lines = append(first.Lines, "Not given: "+m)
	}
	if n := len(r.Changes); n > 0 {
		last := r.Changes[n-1]
		first.Lines = append(first.Lines, fmt.Sprintf("The grants were changed %s within these logs, last by %s (%s, %s): %s held against the policies of their time",
			count(n, "time"), last.By, last.Event, last.Time.UTC().Format("2006-01-02 15:04"), count(c.Rebuilt, "older authorization")))
	}
	for i := range r.Statements {
		first.Rows = append(first.Rows, r.Statements[i].row())
	}
	list := []Section{first}
	list = add(list, "Unexplained: a fault of our mapping, or a policy that was not given", r.Check.Unexplained)
	list = add(list, "Used, but not granted by the identity's policies", r.Elsewhere)
	list = add(list, "Explained, but not decided as AWS did", r.Check.Explained)
	apart := Section{Title: "Granted, and these logs cannot show whether used", Head: []string{"Actions", "For example", "Why"}}
	for _, u := range r.Unseen {
		apart.Rows = append(apart.Rows, []string{thousands(int64(len(u.Actions))), some(u.Actions), u.Why})
	}
	if len(apart.Rows) > 0 {
		list = append(list, apart)
	}
	return append(list, unusedSection(r.Unused)...)
}

func (s *StatementUse) row() []string {
	name := fmt.Sprintf("%s, statement %d", s.Policy, s.Index)
	if s.Sid != "" {
		name += " (" + s.Sid + ")"
	}
	if s.Conditional {
		name += ", conditional"
	}
	unused, unseen := thousands(int64(s.Unused)), thousands(int64(s.Unseen))
	if s.Effect != "Allow" {
		unused, unseen = "", ""
	}
	return []string{s.Effect, thousands(int64(s.Granted)), strconv.Itoa(len(s.Used)), unused, unseen, thousands(s.Calls), name}
}

// unusedSection counts unused actions by service.
func unusedSection(unused []string) []Section {
	if len(unused) == 0 {
		return nil
	}
	s := Section{Title: "Granted and not used", Head: []string{"Service", "Actions", "For example"}}
	for from := 0; from < len(unused); {
		to := from
		for to < len(unused) && prefixOf(unused[to]) == prefixOf(unused[from]) {
			to++
		}
		s.Rows = append(s.Rows, []string{prefixOf(unused[from]), thousands(int64(to - from)), some(unused[from:to])})
		from = to
	}
	return []Section{s}
}

func add(list []Section, title string, uses []Use) []Section {
	if len(uses) == 0 {
		return list
	}
	s := Section{Title: title, Head: []string{"Action", "Resource", "Calls", "Why"}}
	for _, u := range uses {
		s.Rows = append(s.Rows, []string{u.Action, u.Resource, thousands(u.Calls), u.Why})
	}
	return append(list, s)
}

// Sections tell what narrowing did, for people.
func (n *Narrowed) Sections() []Section {
	s := Section{Title: "The new policy against the current ones"}
	if n.Proven {
		s.Lines = []string{fmt.Sprintf("Proven: it allows nothing that the current ones do not (%s of action and resource, statement by statement)", count(n.Proof.Checked, "pair"))}
	} else {
		s.Lines = []string{fmt.Sprintf("NOT proven to stay within the current ones: %s", count(len(n.Gaps), "gap"))}
		s.Head = []string{"Gap"}
		for _, g := range n.Gaps {
			s.Rows = append(s.Rows, []string{g})
		}
	}
	kept := fmt.Sprintf("Kept: %s, conditions in %s", count(n.Guards, "Deny statement"), count(n.Conditions, "statement"))
	if n.Kept > 0 {
		kept += ", " + count(n.Kept, "action") + " that the logs cannot show"
	}
	s.Lines = append(s.Lines, kept)
	return add([]Section{s}, "Called, but not granted by the current policies: left out of the new one", n.Left)
}

// few bounds the examples in a line.
const few = 3

func some(list []string) string {
	if len(list) <= few {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:few], ", ") + fmt.Sprintf(" +%s", thousands(int64(len(list)-few)))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(int64(n)) + " " + what + "s"
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
