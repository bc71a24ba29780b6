package authz

import (
	"net/url"
	"regexp"
	"strings"
)

// apiSource is the rule for API Gateway.
// Source: Amazon API Gateway Developer Guide, "Actions, resources, and
// condition keys": the action is the HTTP method, the resource the URI.
const apiSource = "Amazon API Gateway Developer Guide: the action is the HTTP method, the resource the URI of the operation (aws-sdk-go v1.55.8 models/apis)"

// fromMethods answers for API Gateway, whose actions are HTTP methods. A name
// that both versions of the API have (CreateStage) gets a row for each; the
// parameters tell them apart.
func (m *mapping) fromMethods(candidates []candidate) bool {
	if candidates[0].prefix != "apigateway" {
		return false
	}
	m.api = operationsOf("apigateway")[strings.ToLower(m.event)]
	for i, op := range m.api {
		row := eventRow{action: "apigateway:" + op.method, source: apiSource, evidence: "docs"}
		if i > 0 {
			row.when = "the call is to version 2 of the API (HTTP and WebSocket APIs), then instead"
		}
		m.rows = append(m.rows, row)
	}
	if len(m.api) == 0 {
		return false
	}
	if len(m.rows) > 1 && m.rows[0].action == m.rows[1].action {
		m.rows = m.rows[:1]
	}
	m.status, m.source, m.reason = Mapped, apiSource, "API Gateway: the action is the HTTP method of the operation"
	return true
}

// uriVariable is a placeholder in the URI of an operation.
var uriVariable = regexp.MustCompile(`\{(\w+)\+?\}`)

// apiNeeds gives the one need of a call to API Gateway: the method of the
// version whose URI the parameters fill best, on the URI with them filled in.
func (r *resolver) apiNeeds() []Need {
	best, bestScore := Need{}, -1<<30
	for _, op := range r.m.api {
		n, score := r.apiNeed(op)
		if score > bestScore {
			best, bestScore = n, score
		}
	}
	return []Need{best}
}

func (r *resolver) apiNeed(op operation) (Need, int) {
	uri, _, _ := strings.Cut(op.uri, "?")
	uri, v2 := strings.CutPrefix(uri, "/v2")
	score := 0
	if isV2 := r.request.has("apiId") || strings.Contains(r.request.first("resourceArn"), "::/apis"); isV2 == v2 {
		score += 10
	}
	var missing []string
	uri = uriVariable.ReplaceAllStringFunc(uri, func(v string) string {
		name := strings.ReplaceAll(strings.Trim(v, "{}+"), "_", "")
		value := r.request.first(name)
		if value == "" {
			score--
			missing = append(missing, name)
			return "*"
		}
		score++
		if strings.HasPrefix(value, "arn:") {
			return url.QueryEscape(value)
		}
		return quoteARN(value)
	})
	region := r.call.Region
	if region == "" {
		region = "*"
	}
	n := Need{Action: "apigateway:" + op.method, Source: apiSource, From: "rule", Via: r.via(),
		Resource: "arn:" + r.partition + ":apigateway:" + region + "::" + uri}
	if a, ok := FindAction(n.Action); ok {
		n.ResourceType = a.typeOf(n.Resource)
	}
	if len(missing) > 0 {
		n.Why = "the request does not give " + strings.Join(missing, ", ")
	}
	return n, score
}
