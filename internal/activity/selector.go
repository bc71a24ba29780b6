package activity

import (
	"strings"
)

// The fields of userIdentity that tell who called.
const (
	idType        = "useridentity.type"
	idARN         = "useridentity.arn"
	idUserName    = "useridentity.username"
	idAccount     = "useridentity.accountid"
	idPrincipal   = "useridentity.principalid"
	idAccessKey   = "useridentity.accesskeyid"
	idInvokedBy   = "useridentity.invokedby"
	issuerARN     = "useridentity.sessioncontext.sessionissuer.arn"
	issuerType    = "useridentity.sessioncontext.sessionissuer.type"
	issuerName    = "useridentity.sessioncontext.sessionissuer.username"
	issuerID      = "useridentity.sessioncontext.sessionissuer.principalid"
	recipientAcct = "recipientaccountid"
)

// records is the condition on the records themselves: time, account, region.
func (s Selector) records(t *table) []string {
	var and []string
	eventTime := t.text("eventtime")
	if !s.From.IsZero() {
		and = append(and, eventTime+" >= "+quote(s.From.UTC().Format(timeForm)))
	}
	if !s.To.IsZero() {
		and = append(and, eventTime+" < "+quote(s.To.UTC().Format(timeForm)))
	}
	if len(s.Accounts) > 0 {
		and = append(and, in(t.text(recipientAcct), s.Accounts))
	}
	if len(s.Regions) > 0 {
		and = append(and, in(t.text("awsregion"), s.Regions))
	}
	if s.onlyTemporary {
		and = append(and, t.text(idType)+" IN ('AssumedRole', 'FederatedUser')")
	}
	if s.onlySessions {
		and = append(and, t.text(idType)+" = 'AssumedRole'")
	}
	return and
}

func in(x string, values []string) string {
	if len(values) == 1 {
		return x + " = " + quote(values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return x + " IN (" + strings.Join(quoted, ", ") + ")"
}

// identity is a condition on who called in two strengths. The wide one takes
// in every form in which the same event may have been recorded, so that of a
// CSV row and the full record the full one is kept; exact then decides. wide
// speaks of the table's columns, exact of the columns of source.
type identity struct{ wide, exact []string }

func (id *identity) add(wide, exact string) {
	id.wide, id.exact = append(id.wide, wide), append(id.exact, exact)
}

// identities is the condition on the principals; nil if the selector names none.
func (s Selector) identities(t *table) *identity {
	id := &identity{}
	for _, name := range s.Users {
		s.user(t, id, name, "")
	}
	for _, role := range s.Roles {
		if strings.HasPrefix(role, "arn:") {
			s.role(t, id, role)
		} else {
			id.add(
				"("+t.text(issuerName)+" = "+quote(role)+" OR "+like(t.text(idARN), ":assumed-role/"+role+"/", true)+")",
				"((issuer_type = 'Role' AND issuer_name = "+quote(role)+") OR (issuer_arn IS NULL AND "+like("caller_arn", ":assumed-role/"+role+"/", true)+"))")
		}
	}
	for _, arn := range s.ARNs {
		s.principal(t, id, arn)
	}
	for _, name := range s.PermissionSets {
		s.permissionSet(t, id, name)
	}
	if s.AllUsers {
		id.add("("+t.text(idType)+" = 'IAMUser' OR "+t.isNull(idType)+")",
			"(caller_type = 'IAMUser' OR (caller_type IS NULL AND caller_arn IS NULL AND caller_name IS NOT NULL))")
	}
	if s.AllRoles {
		id.add(t.text(idType)+" = 'AssumedRole'", "caller_type = 'AssumedRole'")
	}
	if len(id.wide) == 0 {
		return nil
	}
	return id
}

// user selects the IAM users of a name, in one account or, if account is
// empty, in any. Where the record tells neither type nor ARN, as in the Event
// history's CSV, its user name decides. The federated sessions of the user are
// taken in so that they can be counted; see group.federated.
func (s Selector) user(t *table, id *identity, name, account string) {
	n := quote(name)
	wide := t.text(idUserName) + " = " + n +
		" OR " + like(t.text(idARN), "/"+name, false)
	exact := "(caller_type = 'IAMUser' AND (caller_name = " + n + " OR (caller_name IS NULL AND " + like("caller_arn", "/"+name, false) + ")))" +
		" OR (caller_type IS NULL AND caller_arn IS NULL AND caller_name = " + n + ")"
	if t.has(issuerName) {
		wide += " OR " + t.text(issuerName) + " = " + n
		exact += " OR (caller_type = 'FederatedUser' AND issuer_type = 'IAMUser' AND issuer_name = " + n + ")"
	}
	if account != "" {
		exact = "(" + exact + ") AND coalesce(caller_account, recipient) = " + quote(account)
	}
	id.add("("+wide+")", "("+exact+")")
}

// role selects all sessions of a role.
func (s Selector) role(t *table, id *identity, arn string) {
	a := quote(arn)
	wide := t.text(issuerARN) + " = " + a + " OR " + t.text(idARN) + " = " + a
	exact := "issuer_arn = " + a + " OR caller_arn = " + a
	if sessions, ok := sessionPrefix(arn); ok {
		// Records without a session issuer name the role only in the session's ARN.
		prefix := starts("caller_arn", sessions)
		wide += " OR (" + t.text(issuerARN) + " IS NULL AND " + starts(t.text(idARN), sessions) + ")"
		exact += " OR (issuer_arn IS NULL AND " + prefix + ")"
	}
	id.add("("+wide+")", "("+exact+")")
}

// permissionSet selects the sessions of the roles that Identity Center makes of a
// permission set, one in each account: AWSReservedSSO_NAME_ and 16 characters.
// Source: IAM Identity Center User Guide, "Referencing permission sets in resource
// policies, Amazon EKS Cluster config maps, and AWS KMS key policies".
func (s Selector) permissionSet(t *table, id *identity, name string) {
	role := likeText("AWSReservedSSO_"+name+"_") + strings.Repeat("_", 16)
	matches := func(x, pattern string) string { return x + " LIKE " + quote(pattern) + ` ESCAPE '\'` }
	session := "%:assumed-role/" + role + "/%"
	id.add(
		"("+matches(t.text(issuerName), role)+" OR "+matches(t.text(idARN), session)+")",
		"((issuer_type = 'Role' AND "+matches("issuer_name", role)+") OR (issuer_arn IS NULL AND "+matches("caller_arn", session)+"))")
}

// principal selects by an ARN of any kind, or by a unique ID.
func (s Selector) principal(t *table, id *identity, arn string) {
	parts := strings.SplitN(arn, ":", 6)
	switch {
	case len(parts) == 6 && parts[2] == "iam" && strings.HasPrefix(parts[5], "role/"):
		s.role(t, id, arn)
	case len(parts) == 6 && parts[2] == "iam" && strings.HasPrefix(parts[5], "user/"):
		name := parts[5][strings.LastIndexByte(parts[5], '/')+1:]
		wide := "(" + t.text(idARN) + " = " + quote(arn) + " OR " + t.text(idUserName) + " = " + quote(name)
		exact := "(caller_arn = " + quote(arn) +
			" OR (caller_type IS NULL AND caller_arn IS NULL AND caller_name = " + quote(name) + " AND recipient = " + quote(parts[4]) + ")"
		if t.has(issuerARN) {
			wide += " OR " + t.text(issuerARN) + " = " + quote(arn)
			exact += " OR (caller_type = 'FederatedUser' AND issuer_arn = " + quote(arn) + ")"
		}
		id.add(wide+")", exact+")")
	case isUniqueID(arn):
		a := quote(arn)
		id.add("("+t.text(idPrincipal)+" = "+a+" OR "+t.text(issuerID)+" = "+a+")",
			"unique_id = "+a)
	default:
		id.add(t.text(idARN)+" = "+quote(arn), "caller_arn = "+quote(arn))
	}
}

// isUniqueID says whether a text is the unique ID of a user or role.
// Source: IAM User Guide, "IAM identifiers", unique ID prefixes.
func isUniqueID(text string) bool {
	return len(text) >= 16 && !strings.Contains(text, ":") && (strings.HasPrefix(text, "AIDA") || strings.HasPrefix(text, "AROA"))
}

// sessionPrefix is what the ARNs of a role's sessions begin with: they have
// the role's name without its path.
func sessionPrefix(roleARN string) (string, bool) {
	parts := strings.SplitN(roleARN, ":", 6)
	if len(parts) != 6 || !strings.HasPrefix(parts[5], "role/") {
		return "", false
	}
	name := parts[5][strings.LastIndexByte(parts[5], '/')+1:]
	return strings.Join([]string{"arn", parts[1], "sts", "", parts[4], "assumed-role/" + name + "/"}, ":"), true
}

// like is the condition that x ends with the text or, if inside, has it
// somewhere.
func like(x, text string, inside bool) string {
	end := ""
	if inside {
		end = "%"
	}
	return x + " LIKE " + quote("%"+likeText(text)+end) + escapeOf(text)
}

// starts is the condition that x begins with the text.
func starts(x, text string) string {
	return x + " LIKE " + quote(likeText(text)+"%") + escapeOf(text)
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

func likeText(text string) string { return likeEscaper.Replace(text) }

func escapeOf(text string) string {
	if strings.ContainsAny(text, `\%_`) {
		return ` ESCAPE '\'`
	}
	return ""
}
