package activity

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Principals lists who is in the logs, the one with the most calls first.
// denied says whether an error code means that permission was refused. Of sel,
// the table, the time, the accounts and the regions count, and any principals.
func Principals(ctx context.Context, q Querier, sel Selector, denied func(errorCode string) bool) ([]Principal, Stats, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return nil, Stats{}, err
	}
	stats := Stats{}
	folded := map[Principal]*Principal{}
	read, err := scan(ctx, q, sel.principalsSQL(t), func(row []string) error {
		key := principalOf(row)
		key = key.listed()
		p := folded[key]
		if p == nil {
			fresh := key
			p = &fresh
			folded[key] = p
		}
		n := parseCount(row[6])
		p.Calls += n
		if row[5] != "" && denied(row[5]) {
			p.Denied += n
		}
		first, last := parseTime(row[7]), parseTime(row[8])
		widen(&p.FirstSeen, &p.LastSeen, first, last)
		widen(&stats.First, &stats.Last, first, last)
		stats.Records += n
		return nil
	})
	stats.Input, stats.Missing = read, t.missingColumns()
	if err != nil {
		return nil, stats, err
	}
	list := make([]Principal, 0, len(folded))
	for _, p := range folded {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Principal) int {
		if a.Calls != b.Calls {
			return int(max(-1, min(1, b.Calls-a.Calls)))
		}
		return comparePrincipals(a, b)
	})
	stats.Principals = list
	return list, stats, nil
}

// listed is the identity under which Principals adds up: with an ARN, the ARN
// and type; the unique ID only where nothing else names the principal. It is
// the name of an ARN that tells its user or role.
func (p Principal) listed() Principal {
	if p.ARN != "" {
		name := p.UserName
		if name == "" && (p.Type == "IAMUser" || p.Type == "AssumedRole") {
			name = p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
		}
		return Principal{ARN: p.ARN, Type: p.Type, UserName: name, AccountID: p.AccountID}
	}
	if p.UserName != "" {
		return Principal{Type: p.Type, UserName: p.UserName, AccountID: p.AccountID}
	}
	return Principal{Type: p.Type, AccountID: p.AccountID, UniqueID: p.UniqueID}
}

// principalsSQL is the question of Principals.
func (s Selector) principalsSQL(t *table) string {
	columns := append(slices.Clone(principalColumns), field{"error_code", "error_code"})
	return s.source(t, []field{{"error_code", "nullif(" + t.text("errorcode") + ", '')"}}, "") +
		"SELECT " + selectList(columns) + ",\n  count(*) AS calls, min(event_time) AS first_seen, max(event_time) AS last_seen" +
		"\nFROM selected\nGROUP BY " + groupList(columns)
}

// Suggest gives the principal nearest to one asked for in vain ("alise" →
// "alice"): its name if a name was asked for, else its ARN; "" if none is near.
func Suggest(sel Selector, all []Principal) string {
	best, bestDistance := "", 0
	consider := func(asked, have string) {
		if have == "" {
			return
		}
		limit := max(2, len(asked)/4)
		d := distance(strings.ToLower(asked), strings.ToLower(have), limit)
		if d <= limit && (best == "" || d < bestDistance) {
			best, bestDistance = have, d
		}
	}
	for _, p := range all {
		for _, user := range sel.Users {
			if p.Type == "IAMUser" || p.Type == "" {
				consider(user, p.UserName)
			}
		}
		for _, role := range sel.Roles {
			if p.Type != "AssumedRole" {
				continue
			}
			if strings.HasPrefix(role, "arn:") {
				consider(role, p.ARN)
			} else {
				consider(role, p.UserName)
			}
		}
		for _, arn := range sel.ARNs {
			consider(arn, p.ARN)
		}
	}
	return best
}

// distance is the edit distance (insert, delete, replace, swap of neighbours)
// of two texts, or more than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

// seenOn is the day of a time, for counting days.
func seenOn(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
