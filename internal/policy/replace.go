package policy

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Section is a chapter of a report that somebody else adds to it.
type Section struct {
	Title string
	Lines []string
	Head  []string // of the table of Rows, if there is one
	Rows  [][]string
	// Figure is an inline SVG for forms that can show one. It is taken as it is:
	// whoever draws it escapes what the logs hold.
	Figure string
}

// Replace puts other policies in place of the derived ones, as when they were
// narrowed to what is granted today. Names and sizes of the report follow; of
// each statement it keeps what it was made from, found by its Sid.
func (r *Result) Replace(policies []iam.Policy) {
	old := r.Report.Policies
	r.Policies = policies
	r.Names = policyNames(r.opts.policyName(), len(policies))
	sized := make([]Sized, len(policies))
	for i := range policies {
		sized[i] = Sized{Name: r.Names[i], Size: policies[i].Size(), Limit: r.opts.Target.Limit(), Statements: []StatementReport{}}
		for _, s := range policies[i].Statements {
			if s.Effect == iam.Allow {
				sized[i].Statements = append(sized[i].Statements, reported(old, &s))
			}
		}
	}
	r.Report.Policies = sized
}

// reported is what the report said of the statement that one was cut from: the
// one whose Sid its own begins with.
func reported(old []Sized, s *iam.Statement) StatementReport {
	rep := StatementReport{Sid: s.Sid, Evidence: []Evidence{}}
	length := 0
	for _, p := range old {
		for i := range p.Statements {
			if sid := p.Statements[i].Sid; sid != "" && len(sid) > length && strings.HasPrefix(s.Sid, sid) {
				rep, length = p.Statements[i], len(sid)
			}
		}
	}
	rep.Sid, rep.Actions, rep.Resources, rep.Conditions = s.Sid, s.Actions, s.Resources, s.Conditions
	return rep
}
