package authz

import (
	"bytes"
	"encoding/json"
	"strings"
)

// parameters is a JSON object of a record (requestParameters or
// responseElements), asked by paths without regard to case.
type parameters struct {
	root any
}

// hidden is what CloudTrail writes in place of a secret.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// parseParameters reads raw JSON; a nil, null or broken value gives parameters
// in which nothing is found. A JSON text inside a JSON string (as the Event
// history's CSV and some tables carry it) is read too.
func parseParameters(raw []byte) *parameters {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return &parameters{}
	}
	var root any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&root); err != nil {
		return &parameters{}
	}
	if text, ok := root.(string); ok && strings.HasPrefix(strings.TrimSpace(text), "{") {
		return parseParameters([]byte(text))
	}
	return &parameters{root: unwrap(root)}
}

// unwrap drops an envelope of the call's own name around all parameters:
// {"DescribeNatGatewaysRequest": {…}}, {"DelTGwVpcAttachReq": {…}} (EC2).
func unwrap(root any) any {
	object, ok := root.(map[string]any)
	if !ok || len(object) != 1 {
		return root
	}
	for key, inner := range object {
		if _, isObject := inner.(map[string]any); isObject && isEnvelope(key) {
			return inner
		}
	}
	return root
}

func isEnvelope(key string) bool {
	return strings.HasSuffix(key, "Request") || strings.HasSuffix(key, "Req") ||
		strings.HasSuffix(key, "Input") || strings.HasSuffix(key, "Response")
}

// empty reports whether the record has no such object.
func (p *parameters) empty() bool { return p.root == nil }

// has reports whether something stands at the path: a member with any value but
// null, false, "", an empty list or an empty object.
func (p *parameters) has(path string) bool {
	found := false
	p.visit(path, func(v any) {
		switch v := v.(type) {
		case nil:
		case bool:
			found = found || v
		case string:
			found = found || v != ""
		case []any:
			found = found || len(v) > 0
		case map[string]any:
			found = found || len(v) > 0
		default:
			found = true
		}
	})
	return found
}

// find gives the texts at a path such as "instancesSet.instanceId". Lists are
// walked through, and so are the wrappers items, item and member that query
// APIs put around them; [] is accepted and means the same. "@keys" as the last
// element gives an object's member names.
func (p *parameters) find(path string) []string {
	var texts []string
	p.visit(path, func(v any) { texts = appendTexts(texts, v) })
	return texts
}

// first gives the first text at a path, "" if there is none.
func (p *parameters) first(path string) string {
	if texts := p.find(path); len(texts) > 0 {
		return texts[0]
	}
	return ""
}

func (p *parameters) visit(path string, fn func(any)) {
	if p.root == nil {
		return
	}
	visit(p.root, strings.Split(strings.ReplaceAll(path, "[]", ""), "."), fn, true)
}

func visit(v any, path []string, fn func(any), top bool) {
	if list, ok := v.([]any); ok && !(len(path) == 0) {
		for _, element := range list {
			visit(element, path, fn, false)
		}
		return
	}
	if len(path) == 0 {
		fn(v)
		return
	}
	object, ok := v.(map[string]any)
	if !ok {
		return
	}
	if path[0] == "@keys" {
		for key := range object {
			fn(key)
		}
		return
	}
	if inner, ok := member(object, path[0]); ok {
		visit(inner, path[1:], fn, false)
		return
	}
	for key, inner := range object {
		if isList(key) || (top && isEnvelope(key)) {
			visit(inner, path, fn, false)
		}
	}
}

// isList names the wrappers that query APIs put around list elements.
func isList(key string) bool { return key == "items" || key == "item" || key == "member" }

// member finds an object's member: by its exact name, else without case.
func member(object map[string]any, name string) (any, bool) {
	if v, ok := object[name]; ok {
		return v, true
	}
	for key, v := range object {
		if strings.EqualFold(key, name) {
			return v, true
		}
	}
	return nil, false
}

// appendTexts adds the texts of a value: strings, numbers and booleans, list
// elements, and the content of EC2's {"tag": 1, "content": "vpc-…"}.
func appendTexts(texts []string, v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" && v != hidden {
			texts = append(texts, v)
		}
	case json.Number:
		texts = append(texts, v.String())
	case bool:
		if v {
			return append(texts, "true")
		}
		return append(texts, "false")
	case []any:
		for _, element := range v {
			texts = appendTexts(texts, element)
		}
	case map[string]any:
		for key, inner := range v {
			if isList(key) || key == "content" {
				texts = appendTexts(texts, inner)
			}
		}
	}
	return texts
}

// maxWalk bounds the walk over all texts of a request: deeper nesting holds
// documents, not resource names.
const maxWalk = 12

// walk calls fn for every text with the lower-cased name of the member it
// stands under.
func (p *parameters) walk(fn func(key, text string)) { walk(p.root, "", 0, fn) }

func walk(v any, key string, depth int, fn func(key, text string)) {
	if depth > maxWalk {
		return
	}
	switch v := v.(type) {
	case string:
		fn(key, v)
	case []any:
		for _, element := range v {
			walk(element, key, depth+1, fn)
		}
	case map[string]any:
		for name, inner := range v {
			under := strings.ToLower(name)
			if isList(name) || name == "content" {
				under = key
			}
			walk(inner, under, depth+1, fn)
		}
	}
}
