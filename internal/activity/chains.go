package activity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
)

// maxHops is how many roles one after another a chain is followed through; a
// chained session lasts an hour at most, and longer chains are not seen.
// Source: IAM User Guide, "Role chaining".
const maxHops = 5

// RoleCall is a call that somebody made through a role.
type RoleCall struct {
	// Path is the ARNs of the roles that were taken one after another, or of a
	// federated session; the call was made as the last.
	Path []string
	Call
}

// RoleUse is somebody who used a role.
type RoleUse struct {
	// Role is the ARN of the role whose calls these are.
	Role string
	// Caller is who took it: a user, a role, a service, a name of an identity
	// provider, or the unique ID that another account's log shows; empty if
	// these logs do not hold the taking. CallerType is its userIdentity.type,
	// CallerAccount its account.
	Caller, CallerType, CallerAccount string
	// Origin is who began the chain where the caller is itself a role that was
	// taken: Through lists the roles between, in order.
	Origin  string
	Through []string
	// Source is the source identity, which sessions keep through a chain.
	Source string
	// Sessions counts the sessions, SessionNames are up to two of their names.
	Sessions     int64
	SessionNames []string
	Calls        int64
	FirstSeen    time.Time
	LastSeen     time.Time
}

// assumedFields are the columns of opened that a call for a session has beside
// those of the identity.
func assumedFields(t *table) []field {
	request := func(path string) string {
		return "json_extract_scalar(" + t.text("requestparameters") + ", '" + path + "')"
	}
	response := func(path string) string {
		return "json_extract_scalar(" + t.text("responseelements") + ", '" + path + "')"
	}
	session := response("$.assumedRoleUser.arn") + ", " + response("$.federatedUser.arn")
	return []field{
		{"issued_key", response("$.credentials.accessKeyId")},
		{"session_arn", "coalesce(" + session + ")"},
		{"role_arn", "coalesce(" + request("$.roleArn") + ", " + session + ")"},
		{"opened_source", "coalesce(" + request("$.sourceIdentity") + ", " + response("$.sourceIdentity") + ")"},
		{"caller_key", "nullif(" + t.text(idAccessKey) + ", '')"},
	}
}

// openings are the calls of STS that open a session, and the console's record of
// taking a role. That of GetSessionToken is the user's own: it has a key of its own
// and nothing else.
// Source: IAM User Guide, "Compare AWS STS credentials".
func openings(name string) string {
	return "(" + name + " LIKE 'AssumeRole%' OR " + name + " IN ('GetFederationToken', 'GetSessionToken', 'SwitchRole'))"
}

// switchFrom is who took a role in the console, by the console's own record, which
// alone names the caller in the role's account.
// Source: published records of SwitchRole.
func switchFrom(t *table) string {
	if !t.has("additionaleventdata") {
		return nullText
	}
	return "CASE WHEN " + t.text("eventname") + " = 'SwitchRole' THEN json_extract_scalar(" + t.text("additionaleventdata") + ", '$.SwitchFrom') END"
}

// soon is how many seconds may lie between the taking of a role and the console's
// record of it.
const soon = 60

// assumed writes the CTE of that name: one row for each time that a role was
// taken, or a federated session opened, with who did it. The copies that two
// accounts got of one call share its sharedEventID; the caller's own names the
// caller, the other only the account and a unique ID.
func (s Selector) assumed(t *table) string {
	call := "coalesce(" + eventIDOf(t) + ", " + t.text("eventtime") + ")"
	if t.has("sharedeventid") {
		call = "coalesce(nullif(" + t.text("sharedeventid") + ", ''), " + call + ")"
	}
	fields := append(identityFields(t), assumedFields(t)...)
	var b strings.Builder
	b.WriteString("taken AS (\n  SELECT " + call + " AS call_id, " + switchFrom(t) + " AS switch_from,\n    CASE WHEN " + t.text(idType) + " = 'AWSAccount' THEN 1 ELSE 0 END AS distance")
	for _, f := range fields {
		b.WriteString(",\n    " + f.sql + " AS " + f.name)
	}
	where := append(s.records(t),
		in(t.text("eventsource"), []string{"sts.amazonaws.com", "signin.amazonaws.com"}),
		openings(t.text("eventname")),
		t.isNull("errorcode"))
	b.WriteString("\n  FROM " + t.name + "\n  WHERE " + strings.Join(where, "\n    AND ") + "\n),\nopened AS (\n  SELECT call_id")
	for _, f := range fields {
		switch f.name {
		case "issued_key", "session_arn", "role_arn", "opened_source":
			b.WriteString(", max(" + f.name + ") AS " + f.name)
		default:
			b.WriteString(", min_by(" + f.name + ", distance) AS " + f.name)
		}
	}
	b.WriteString("\n  FROM taken\n  WHERE switch_from IS NULL\n  GROUP BY call_id\n),\n")
	b.WriteString("switches AS (\n  SELECT opened.call_id AS for_call, max(taken.switch_from) AS switch_from\n" +
		"  FROM opened JOIN taken ON opened.session_arn = taken.caller_arn\n" +
		"  WHERE opened.caller_type = 'AWSAccount' AND taken.switch_from IS NOT NULL\n" +
		fmt.Sprintf("    AND abs(try(date_diff('second', from_iso8601_timestamp(opened.event_time), from_iso8601_timestamp(taken.event_time)))) <= %d\n", soon) +
		"  GROUP BY opened.call_id\n),\n")
	return b.String() + s.openers(fields)
}

// openers writes the CTE assumed over opened and switches: a key of
// GetSessionToken is the one that it was asked for with.
func (s Selector) openers(fields []field) string {
	text := "tokens AS (\n  SELECT issued_key AS token_key, max(caller_key) AS long_key\n  FROM opened\n  WHERE role_arn IS NULL AND issued_key IS NOT NULL\n  GROUP BY issued_key\n),\n" +
		"assumed AS (\n  SELECT opened.call_id, opened.caller_key AS caller_token"
	const from = "switches.switch_from"
	for _, f := range fields {
		value := "opened." + f.name
		switch f.name {
		case "caller_key":
			value = "coalesce(tokens.long_key, opened.caller_key)"
		case "caller_arn", "principal_arn":
			value = "coalesce(" + from + ", " + value + ")"
		case "caller_account":
			value = "coalesce(split_part(" + from + ", ':', 5), " + value + ")"
		case "caller_type":
			value = "CASE WHEN " + from + " LIKE '%:user/%' THEN 'IAMUser' WHEN " + from + " LIKE '%:federated-user/%' THEN 'FederatedUser' WHEN " + from + " IS NOT NULL THEN 'AssumedRole' ELSE " + value + " END"
		}
		text += ", " + value + " AS " + f.name
	}
	return text + "\n  FROM opened LEFT JOIN tokens ON opened.caller_key = tokens.token_key LEFT JOIN switches ON opened.call_id = switches.for_call\n" +
		"  WHERE opened.role_arn IS NOT NULL\n)"
}

func eventIDOf(t *table) string { return "nullif(" + t.text("eventid") + ", '')" }

// sessionFields are the columns of a session's calls by which it is found
// among assumed: its key or, for calls that AWS made on its behalf with keys
// of their own, its ARN and when it was opened.
func sessionFields(t *table) []field {
	return []field{
		{"access_key", "nullif(" + t.text(idAccessKey) + ", '')"},
		{"session_key", "concat(" + t.text(idARN) + ", ' ', " + t.text("useridentity.sessioncontext.attributes.creationdate") + ")"},
	}
}

// FollowRoles lists the distinct calls that the selected principals made
// through roles that they took, through roles taken from those, and in federated
// sessions that they opened.
func FollowRoles(ctx context.Context, q Querier, sel Selector) ([]RoleCall, Stats, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return nil, Stats{}, err
	}
	var calls []RoleCall
	stats := Stats{}
	read, err := scan(ctx, q, sel.followSQL(t), func(row []string) error {
		c := RoleCall{Path: strings.Split(row[0], " "), Call: Call{
			EventType: row[1], EventSource: row[2], EventName: row[3], ErrorCode: row[4],
			Count: parseCount(row[5]), FirstSeen: parseTime(row[6]), LastSeen: parseTime(row[7]),
		}}
		calls = append(calls, c)
		stats.Records += c.Count
		widen(&stats.First, &stats.Last, c.FirstSeen, c.LastSeen)
		return nil
	})
	stats.Input, stats.Missing = read, t.missingColumns()
	if err != nil {
		return nil, stats, err
	}
	slices.SortFunc(calls, func(a, b RoleCall) int {
		if c := slices.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return compareCalls(a.Call, b.Call)
	})
	return calls, stats, nil
}

// followSQL is the question of FollowRoles: the sessions that the principals
// opened, hop by hop, joined with the calls made in them.
func (s Selector) followSQL(t *table) string {
	everyone := s
	everyone.Users, everyone.Roles, everyone.ARNs, everyone.AccessKeys = nil, nil, nil, nil
	mine := "caller_type IS NOT NULL"
	if id := s.identities(t); id != nil {
		mine = or(id.exact)
	}
	if len(s.AccessKeys) > 0 {
		mine += " AND (" + in("caller_key", s.AccessKeys) + " OR " + in("caller_token", s.AccessKeys) + ")"
	}
	everyone.onlyTemporary = true
	sql := everyone.source(t, append(callFields(t), sessionFields(t)...), "")
	// The taking of a role may lie before the time asked for.
	takings := s
	takings.From, takings.To, takings.Accounts, takings.Regions = time.Time{}, time.Time{}, nil, nil
	sql += ",\n" + takings.assumed(t) + ",\n" +
		"hop1 AS (\n  SELECT issued_key, concat(session_arn, ' ', event_time) AS session_key, role_arn AS path\n  FROM assumed\n  WHERE " + mine + "\n)"
	union := "SELECT issued_key, session_key, path FROM hop1"
	for i := 2; i <= maxHops; i++ {
		sql += fmt.Sprintf(",\nhop%d AS (\n  SELECT assumed.issued_key, concat(assumed.session_arn, ' ', assumed.event_time) AS session_key, concat(h.path, ' ', assumed.role_arn) AS path\n"+
			"  FROM assumed JOIN hop%d AS h ON assumed.caller_key = h.issued_key\n)", i, i-1)
		union += fmt.Sprintf("\n  UNION ALL SELECT issued_key, session_key, path FROM hop%d", i)
	}
	return sql + ",\nhops AS (\n  " + union + "\n),\n" +
		"keys AS (SELECT issued_key, min(path) AS path FROM hops WHERE issued_key IS NOT NULL GROUP BY issued_key),\n" +
		"openings AS (SELECT session_key, min(path) AS path FROM hops WHERE session_key IS NOT NULL GROUP BY session_key),\n" +
		"bykey AS (\n  SELECT selected.*, keys.path AS key_path, CASE WHEN keys.path IS NULL THEN selected.session_key END AS open_key\n" +
		"  FROM selected LEFT JOIN keys ON selected.access_key = keys.issued_key\n),\n" +
		"linked AS (\n  SELECT bykey.*, coalesce(bykey.key_path, openings.path) AS path\n" +
		"  FROM bykey LEFT JOIN openings ON bykey.open_key = openings.session_key\n)\n" +
		"SELECT path, event_type, event_source, event_name, error_code, count(*) AS calls, min(event_time) AS first_seen, max(event_time) AS last_seen\n" +
		"FROM linked\nWHERE path IS NOT NULL\nGROUP BY path, event_type, event_source, event_name, error_code"
}

// RoleUses tells who used the selected roles, each caller with the sessions
// that it opened; sessions whose opening the logs do not hold have no caller.
func RoleUses(ctx context.Context, q Querier, sel Selector) ([]RoleUse, query.Stats, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return nil, query.Stats{}, err
	}
	var uses []RoleUse
	read, err := scan(ctx, q, sel.usesSQL(t), func(row []string) error {
		u := RoleUse{
			Role: row[0], Caller: row[1], CallerType: row[2], CallerAccount: row[3], Source: row[4],
			Sessions: parseCount(row[5]), Calls: parseCount(row[8]), FirstSeen: parseTime(row[9]), LastSeen: parseTime(row[10]),
		}
		for _, name := range row[6:8] {
			if name != "" && !slices.Contains(u.SessionNames, name) {
				u.SessionNames = append(u.SessionNames, name)
			}
		}
		u.chain(row[11:])
		uses = append(uses, u)
		return nil
	})
	if err != nil {
		return nil, read, err
	}
	slices.SortFunc(uses, func(a, b RoleUse) int {
		if c := strings.Compare(a.Role, b.Role); c != 0 {
			return c
		}
		if a.Calls != b.Calls {
			return int(max(-1, min(1, b.Calls-a.Calls)))
		}
		return strings.Compare(a.Caller+" "+a.Origin+" "+a.Source, b.Caller+" "+b.Origin+" "+b.Source)
	})
	return uses, read, nil
}

// chain reads the callers behind the caller, from the nearest.
func (u *RoleUse) chain(behind []string) {
	through := []string{u.Caller}
	for _, who := range behind {
		if who == "" {
			break
		}
		u.Origin = who
		through = append(through, who)
	}
	if u.Origin == "" {
		return
	}
	u.Through = through[:len(through)-1]
	slices.Reverse(u.Through)
}

// callerText names who took a role, over the columns of assumed.
const callerText = "coalesce(principal_arn, caller_name, invoked_by, unique_id, caller_account)"

// usesSQL is the question of RoleUses.
func (s Selector) usesSQL(t *table) string {
	const source = "useridentity.sessioncontext.sourceidentity"
	own := nullText // most tables lack the column; the opening of the session has it too
	if t.has(source) {
		own = "nullif(" + t.text(source) + ", '')"
	}
	fields := append(sessionFields(t), field{"own_source", own},
		field{"session_name", "CASE WHEN " + t.text(idARN) + " LIKE '%:assumed-role/%' THEN split_part(" + t.text(idARN) + ", '/', 3) END"})
	takings := s
	takings.From, takings.To, takings.Accounts, takings.Regions = time.Time{}, time.Time{}, nil, nil
	sql := s.sessions().source(t, fields, "") + ",\n" + takings.assumed(t) + ",\n" +
		"callers AS (\n  SELECT issued_key, concat(session_arn, ' ', event_time) AS session_key, caller_key, opened_source, " + callerText + " AS caller, caller_type, caller_account\n  FROM assumed\n),\n" +
		"keys AS (SELECT issued_key, min(caller) AS caller, min(caller_type) AS caller_type, min(caller_account) AS caller_account, min(caller_key) AS caller_key, min(opened_source) AS opened_source\n" +
		"  FROM callers WHERE issued_key IS NOT NULL GROUP BY issued_key),\n" +
		"openings AS (SELECT session_key, min(issued_key) AS issued_key FROM callers WHERE session_key IS NOT NULL GROUP BY session_key),\n" +
		"used AS (\n  SELECT principal_arn, access_key, session_key, session_name, own_source, count(*) AS calls, min(event_time) AS first_seen, max(event_time) AS last_seen\n" +
		"  FROM selected\n  GROUP BY principal_arn, access_key, session_key, session_name, own_source\n),\n" +
		// A session whose key the logs do not hold is found by when it was opened.
		"found AS (\n  SELECT used.*, coalesce(keys.issued_key, openings.issued_key) AS link\n" +
		"  FROM used LEFT JOIN keys ON used.access_key = keys.issued_key LEFT JOIN openings ON used.session_key = openings.session_key\n),\n"
	joins, sources, behind, group := "found LEFT JOIN keys AS k1 ON found.link = k1.issued_key", "found.own_source, k1.opened_source", "", ""
	for i := 2; i < maxHops; i++ {
		joins += fmt.Sprintf("\n    LEFT JOIN keys AS k%d ON k%d.caller_key = k%d.issued_key", i, i-1, i)
		sources += fmt.Sprintf(", k%d.opened_source", i)
		behind += fmt.Sprintf(", k%d.caller AS caller%d", i, i)
		group += fmt.Sprintf(", caller%d", i)
	}
	return sql + "traced AS (\n  SELECT found.*, k1.caller, k1.caller_type, k1.caller_account, coalesce(" + sources + ") AS source_identity" + behind + "\n  FROM " + joins + "\n)\n" +
		"SELECT principal_arn, caller, caller_type, caller_account, source_identity,\n" +
		"  count(DISTINCT session_key) AS sessions, min(session_name) AS first_name, max(session_name) AS last_name,\n" +
		"  sum(calls) AS calls, min(first_seen) AS first_seen, max(last_seen) AS last_seen" + group + "\n" +
		"FROM traced\nGROUP BY principal_arn, caller, caller_type, caller_account, source_identity" + group
}

// sessions keeps the records of assumed roles alone.
func (s Selector) sessions() Selector {
	s.onlySessions = true
	return s
}
