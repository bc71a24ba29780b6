package activity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/query"
)

// principalColumns are the columns of source that name a call's principal, as
// SELECT and GROUP BY have them.
var principalColumns = []field{
	{"principal_arn", "principal_arn"},
	{"caller_type", "caller_type"},
	{"principal_name", "CASE WHEN caller_type = 'AssumedRole' THEN issuer_name ELSE coalesce(caller_name, invoked_by) END"},
	{"principal_account", "CASE WHEN caller_type IS NULL THEN coalesce(caller_account, recipient) ELSE caller_account END"},
	{"unique_id", "unique_id"},
}

// principalOf reads the values of principalColumns.
func principalOf(row []string) Principal {
	return Principal{ARN: row[0], Type: row[1], UserName: row[2], AccountID: row[3], UniqueID: row[4]}
}

// selectList writes columns for SELECT, groupList for GROUP BY.
func selectList(columns []field) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.sql
		if c.sql != c.name {
			list[i] += " AS " + c.name
		}
	}
	return strings.Join(list, ", ")
}

func groupList(columns []field) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.sql
	}
	return strings.Join(list, ", ")
}

// tally adds up whose calls an answer holds.
type tally struct {
	sel        Selector
	stats      Stats
	principals map[Principal]*Principal // by the naming fields alone
	federated  map[string]int64         // calls in federated sessions of a selected user, by ARN
}

func newTally(sel Selector) *tally {
	return &tally{sel: sel, principals: map[Principal]*Principal{}, federated: map[string]int64{}}
}

// take counts the calls of a principal; false if they do not count because
// they were made in a federated session of a user asked for: its permissions
// are the user's, limited by the session's policy, and the session is its own
// principal.
// Source: IAM User Guide, "Permissions for GetFederationToken".
func (ty *tally) take(p Principal) bool {
	if p.Type == "FederatedUser" && len(ty.sel.Users)+len(ty.sel.ARNs) > 0 && !slices.Contains(ty.sel.ARNs, p.ARN) {
		ty.federated[p.ARN] += p.Calls
		return false
	}
	key := Principal{ARN: p.ARN, Type: p.Type, UserName: p.UserName, AccountID: p.AccountID, UniqueID: p.UniqueID}
	have := ty.principals[key]
	if have == nil {
		have = &Principal{ARN: p.ARN, Type: p.Type, UserName: p.UserName, AccountID: p.AccountID, UniqueID: p.UniqueID}
		ty.principals[key] = have
	}
	have.Calls += p.Calls
	have.Denied += p.Denied
	widen(&have.FirstSeen, &have.LastSeen, p.FirstSeen, p.LastSeen)
	ty.stats.Records += p.Calls
	widen(&ty.stats.First, &ty.stats.Last, p.FirstSeen, p.LastSeen)
	return true
}

// finish completes the stats; the error is an *AmbiguousPrincipal.
func (ty *tally) finish(t *table, input query.Stats) (Stats, error) {
	ty.stats.Input, ty.stats.Missing = input, t.missingColumns()
	ty.list()
	for _, name := range ty.sel.Users {
		if err := ty.ambiguous("user", name, "IAMUser"); err != nil {
			return ty.stats, err
		}
	}
	for _, name := range ty.sel.Roles {
		if err := ty.ambiguous("role", name, "AssumedRole"); err != nil {
			return ty.stats, err
		}
	}
	ty.noteRecreated()
	ty.noteFederated()
	return ty.stats, nil
}

// list sorts the principals into the stats.
func (ty *tally) list() {
	for _, p := range ty.principals {
		ty.stats.Principals = append(ty.stats.Principals, *p)
	}
	slices.SortFunc(ty.stats.Principals, comparePrincipals)
}

// summed gives the stats of one principal's calls.
func (ty *tally) summed() Stats {
	ty.list()
	ty.noteRecreated()
	return ty.stats
}

func comparePrincipals(a, b Principal) int {
	for _, pair := range [][2]string{{a.ARN, b.ARN}, {a.Type, b.Type}, {a.UserName, b.UserName}, {a.AccountID, b.AccountID}, {a.UniqueID, b.UniqueID}} {
		if c := strings.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}

// ambiguous reports a name that several principals have. Records without an
// ARN belong to their account's principal of the name.
func (ty *tally) ambiguous(kind, name, principalType string) error {
	arns, bare := map[string]bool{}, map[string]bool{}
	withARN := map[string]bool{} // accounts
	for _, p := range ty.stats.Principals {
		if p.UserName != name && !strings.HasSuffix(p.ARN, "/"+name) || p.Type != principalType && p.Type != "" {
			continue
		}
		if p.ARN != "" {
			arns[p.ARN], withARN[p.AccountID] = true, true
		} else {
			bare[p.AccountID] = true
		}
	}
	for account := range bare {
		if !withARN[account] && account != "" {
			arns["arn:aws:iam::"+account+":"+kind+"/"+name] = true
		}
	}
	if len(arns) < 2 {
		return nil
	}
	e := &AmbiguousPrincipal{Kind: kind, Name: name}
	for arn := range arns {
		e.Candidates = append(e.Candidates, arn)
	}
	slices.Sort(e.Candidates)
	return e
}

// noteRecreated tells of ARNs that stood for more than one principal: one
// deleted and made again under the same name is another principal.
func (ty *tally) noteRecreated() {
	var arn string
	var ids []string
	flush := func() {
		if len(ids) > 1 {
			ty.stats.Notes = append(ty.stats.Notes, fmt.Sprintf(
				"%s was deleted and made again: the calls are those of the unique IDs %s; --principal with one of them selects its calls alone.",
				arn, strings.Join(ids, ", ")))
		}
	}
	for _, p := range ty.stats.Principals {
		if p.ARN == "" || !isUniqueID(p.UniqueID) {
			continue
		}
		if p.ARN != arn {
			flush()
			arn, ids = p.ARN, nil
		}
		if !slices.Contains(ids, p.UniqueID) {
			ids = append(ids, p.UniqueID)
		}
	}
	flush()
}

func (ty *tally) noteFederated() {
	var arns []string
	for arn := range ty.federated {
		arns = append(arns, arn)
	}
	slices.Sort(arns)
	for _, arn := range arns {
		ty.stats.Notes = append(ty.stats.Notes, fmt.Sprintf(
			"Calls not counted: %d in the federated session %s, which can do no more than its user; add --principal %s to count them.",
			ty.federated[arn], arn, arn))
	}
}
