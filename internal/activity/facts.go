package activity

import "slices"

// Fact is something that a record tells of the circumstances of a call. Calls
// are told apart by those that Selector.Facts asks for alone: the more, the
// smaller are the groups of calls, and the more of them.
type Fact string

// The facts.
const (
	VPCEndpoint    Fact = "vpcEndpointId"
	MFA            Fact = "mfaAuthenticated" // of the session
	SessionStart   Fact = "creationDate"     // of the session
	SourceIdentity Fact = "sourceIdentity"
	Provider       Fact = "federatedProvider"
	UserAgent      Fact = "userAgent"
	TLS            Fact = "tlsVersion"
	PrincipalID    Fact = "principalId" // with the session's name: AROA…:name
	AccessKey      Fact = "accessKeyId"
	Address        Fact = "sourceIPAddress"
)

// factColumn is where a fact stands.
type factColumn struct {
	fact Fact
	path string
}

// factColumns are those of all facts.
var factColumns = []factColumn{
	{VPCEndpoint, "vpcendpointid"},
	{MFA, "useridentity.sessioncontext.attributes.mfaauthenticated"},
	{SessionStart, "useridentity.sessioncontext.attributes.creationdate"},
	{SourceIdentity, "useridentity.sessioncontext.sourceidentity"},
	{Provider, "useridentity.sessioncontext.webidfederationdata.federatedprovider"},
	{UserAgent, "useragent"},
	{TLS, "tlsdetails.tlsversion"},
	{PrincipalID, idPrincipal},
	{AccessKey, idAccessKey},
	{Address, "sourceipaddress"},
}

// facts are the columns of the facts that are asked for and that the table has, in
// their order in an Event's row. Of others there is none: what stands there for
// nothing would be sorted and grouped by all the same.
func (s Selector) facts(t *table) []factColumn {
	var columns []factColumn
	for _, c := range factColumns {
		switch {
		case !slices.Contains(s.Facts, c.fact):
		case t.has(c.path):
			columns = append(columns, c)
		default:
			t.missing[c.path] = true
		}
	}
	return columns
}

// factFields are the facts as fields of the source.
func (s Selector) factFields(t *table) []field {
	columns := s.facts(t)
	fields := make([]field, len(columns))
	for i, c := range columns {
		fields[i] = field{"fact_" + string(c.fact), "coalesce(" + t.text(c.path) + ", '')"}
	}
	return fields
}

// factsOf reads the facts of a row.
func factsOf(columns []factColumn, row []string) map[Fact]string {
	if len(columns) == 0 {
		return nil
	}
	facts := map[Fact]string{}
	for i, c := range columns {
		facts[c.fact] = row[i]
	}
	return facts
}
