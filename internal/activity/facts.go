package activity

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

// factColumns are where the facts stand, in their order in an Event's row.
var factColumns = []struct {
	fact Fact
	path string
}{
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

// factFields are the columns of the facts; ” stands for what was not asked for,
// and for what the table has no column of.
func (s Selector) factFields(t *table) []field {
	fields := make([]field, len(factColumns))
	for i, c := range factColumns {
		fields[i] = field{"fact_" + string(c.fact), "''"}
		if s.asks(c.fact) {
			fields[i].sql = "coalesce(" + t.text(c.path) + ", '')"
		}
	}
	return fields
}

func (s Selector) asks(f Fact) bool {
	for _, asked := range s.Facts {
		if asked == f {
			return true
		}
	}
	return false
}

// factsOf reads the facts of a row.
func (s Selector) factsOf(t *table, row []string) map[Fact]string {
	if len(s.Facts) == 0 {
		return nil
	}
	facts := map[Fact]string{}
	for i, c := range factColumns {
		if s.asks(c.fact) && t.has(c.path) {
			facts[c.fact] = row[i]
		}
	}
	return facts
}
