package grants

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

// Fleet holds all users and roles of an account against the logs.
type Fleet struct {
	account *Account
	members map[string]*member // by the ARN in the records
	others  int64
}

// member is one identity with its use.
type member struct {
	identity *Identity
	usage    *Usage
	last     time.Time
	calls    int64
	denied   int64
}

// NewFleet begins an audit of an account.
func NewFleet(a *Account) *Fleet { return &Fleet{account: a, members: map[string]*member{}} }

// Add takes one event of anybody in.
func (f *Fleet) Add(e *activity.Event) {
	m, known := f.members[e.PrincipalARN]
	if !known {
		if id, err := f.account.Find(e.PrincipalARN); err == nil && len(f.account.Identities) > 0 {
			m = f.memberOf(id)
		}
		f.members[e.PrincipalARN] = m
	}
	if m == nil {
		f.others += e.Count
		return
	}
	m.calls += e.Count
	if e.LastSeen.After(m.last) {
		m.last = e.LastSeen
	}
	if authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) == authz.Denied {
		m.denied += e.Count
	}
	m.usage.Add(e)
}

// memberOf finds the member of an identity whose ARN in the records has another
// path, or makes one.
func (f *Fleet) memberOf(id *Identity) *member {
	for _, m := range f.members {
		if m != nil && m.identity.ARN == id.ARN {
			return m
		}
	}
	return &member{identity: id, usage: NewUsage(id)}
}

// Others counts the calls of those that the account's grants tell nothing of.
func (f *Fleet) Others() int64 { return f.others }

// Standing is one user or role in an audit.
type Standing struct {
	ARN  string `json:"arn"`
	Kind Kind   `json:"kind"`
	// Managed says who else changes the role: "service-linked", "Identity Center".
	Managed string `json:"managedBy,omitempty"`
	Granted int    `json:"granted"`
	Used    int    `json:"used"`
	Unused  int    `json:"unused"`
	Unseen  int    `json:"unseen"`
	// Risk counts the unused actions that write, tag or change permissions: who
	// has most of them is to be shrunk first.
	Risk   int       `json:"unusedWrites"`
	Calls  int64     `json:"calls"`
	Denied int64     `json:"denied"`
	Last   time.Time `json:"lastSeen,omitzero"`
	// IdleDays is how long before the end of the logs the last call was; -1
	// without any call.
	IdleDays int      `json:"idleDays"`
	Missing  []string `json:"missing"`
}

// Standings are all users and roles, who is to be shrunk first at the top. end
// is when the logs end, seen the event sources of which they have data events.
func (f *Fleet) Standings(end time.Time, seen map[string]int64) []Standing {
	by := map[string]*member{}
	for _, m := range f.members {
		if m != nil {
			by[m.identity.ARN] = m
		}
	}
	list := []Standing{}
	for i := range f.account.Identities {
		id := &f.account.Identities[i]
		if id.Kind == Group {
			continue
		}
		m := by[id.ARN]
		if m == nil {
			m = &member{identity: id, usage: NewUsage(id)}
		}
		list = append(list, m.standing(end, seen))
	}
	slices.SortStableFunc(list, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(len(a.Managed), len(b.Managed)), cmp.Compare(b.Risk, a.Risk), cmp.Compare(b.Unused, a.Unused), strings.Compare(a.ARN, b.ARN))
	})
	return list
}

func (m *member) standing(end time.Time, seen map[string]int64) Standing {
	r := m.usage.Report(seen)
	s := Standing{
		ARN: m.identity.ARN, Kind: m.identity.Kind, Granted: r.Granted, Used: r.Used, Unused: len(r.Unused),
		Unseen: r.Granted - r.Used - len(r.Unused), Calls: m.calls, Denied: m.denied, Last: m.last, IdleDays: -1, Missing: r.Missing,
	}
	switch {
	case strings.HasPrefix(m.identity.Path, "/aws-service-role/"):
		s.Managed = "service-linked"
	case strings.HasPrefix(m.identity.Path, "/aws-reserved/sso.amazonaws.com/"):
		s.Managed = "Identity Center"
	}
	if !m.last.IsZero() {
		s.IdleDays = int(end.Sub(m.last).Hours() / 24)
	}
	for _, action := range r.Unused {
		if a, ok := authz.FindAction(action); ok && a.Level != authz.Read && a.Level != authz.List {
			s.Risk++
		}
	}
	return s
}
