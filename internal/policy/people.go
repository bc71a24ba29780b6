package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

// Person is one who used a permission set: Identity Center names a role's session
// for who signed in.
type Person struct {
	Name  string `json:"name"`
	Calls int64  `json:"calls"`
	// Alone are the actions that nobody else needed.
	Alone []string `json:"aloneNeeds"`
}

// People folds calls into who made them. It needs activity.PrincipalID.
type People struct {
	calls   map[string]int64
	actions map[string]map[string]bool // who needed an action
}

// NewPeople begins without anybody.
func NewPeople() *People {
	return &People{calls: map[string]int64{}, actions: map[string]map[string]bool{}}
}

// Add takes one event in.
func (p *People) Add(e *activity.Event) {
	_, name, ok := strings.Cut(e.Facts[activity.PrincipalID], ":")
	if !ok || name == "" {
		name = "(unknown)"
	}
	p.calls[name] += e.Count
	if authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) != authz.Authorized {
		return
	}
	for _, n := range authz.Resolve(CallOf(e)).Needs {
		if p.actions[n.Action] == nil {
			p.actions[n.Action] = map[string]bool{}
		}
		p.actions[n.Action][name] = true
	}
}

// List gives all people, who alone needs most first.
func (p *People) List() []Person {
	alone := map[string][]string{}
	for _, action := range slices.Sorted(maps.Keys(p.actions)) {
		if who := p.actions[action]; len(who) == 1 && len(p.calls) > 1 {
			for name := range who {
				alone[name] = append(alone[name], action)
			}
		}
	}
	list := []Person{}
	for _, name := range slices.Sorted(maps.Keys(p.calls)) {
		list = append(list, Person{Name: name, Calls: p.calls[name], Alone: append([]string{}, alone[name]...)})
	}
	slices.SortStableFunc(list, func(a, b Person) int { return cmp.Compare(len(b.Alone), len(a.Alone)) })
	return list
}

// PeopleSection tells of the people, for readers: what somebody alone needs may be
// better given to that one than to all.
func PeopleSection(list []Person) Section {
	s := Section{Title: "Who used the permission set, and who alone needs an action", Head: []string{"Person", "Calls", "Alone needs", "Actions"}}
	for _, p := range list {
		s.Rows = append(s.Rows, []string{p.Name, fmt.Sprint(p.Calls), fmt.Sprint(len(p.Alone)), strings.Join(p.Alone, ", ")})
	}
	return s
}
