package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"
)

// ErrPolicy is wrapped by every error of ParsePolicy.
var ErrPolicy = errors.New("not a policy document")

// ParsePolicy reads a policy document. Lists may be given as a single string,
// Statement as a single object, condition values as booleans or numbers. An
// unknown or repeated element is an error, as in IAM; errors name the
// statement's number (from 1) and the element.
// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
func ParsePolicy(document []byte) (*Policy, error) {
	if !utf8.Valid(document) {
		return nil, fmt.Errorf("%w: not valid UTF-8", ErrPolicy)
	}
	members, err := objectMembers(document)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	p := &Policy{}
	for _, m := range members {
		switch m.key {
		case "Version":
			p.Version, err = stringValue(m.value)
		case "Id":
			p.ID, err = stringValue(m.value)
		case "Statement":
			p.Statements, err = parseStatements(m.value)
		default:
			err = errors.New("unknown element")
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrPolicy, m.key, err)
		}
	}
	return p, nil
}

func parseStatements(raw json.RawMessage) ([]Statement, error) {
	list := []json.RawMessage{raw}
	if isArray(raw) {
		list = nil
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
	}
	statements := make([]Statement, 0, len(list))
	for i, item := range list {
		s, err := parseStatement(item)
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		statements = append(statements, s)
	}
	return statements, nil
}

func parseStatement(raw json.RawMessage) (Statement, error) {
	var s Statement
	members, err := objectMembers(raw)
	if err != nil {
		return s, err
	}
	for _, m := range members {
		switch m.key {
		case "Sid":
			s.Sid, err = stringValue(m.value)
		case "Effect":
			s.Effect, err = stringValue(m.value)
			if err == nil && s.Effect != Allow && s.Effect != Deny {
				err = fmt.Errorf("%q is neither Allow nor Deny", s.Effect)
			}
		case "Principal":
			s.Principals, err = parsePrincipals(m.value)
		case "NotPrincipal":
			s.NotPrincipals, err = parsePrincipals(m.value)
		case "Action":
			s.Actions, err = stringList(m.value)
		case "NotAction":
			s.NotActions, err = stringList(m.value)
		case "Resource":
			s.Resources, err = stringList(m.value)
		case "NotResource":
			s.NotResources, err = stringList(m.value)
		case "Condition":
			s.Conditions, err = parseConditions(m.value)
		default:
			err = errors.New("unknown element")
		}
		if err != nil {
			return s, fmt.Errorf("%s: %w", m.key, err)
		}
	}
	return s, s.check()
}

func (s *Statement) check() error {
	switch {
	case s.Effect == "":
		return errors.New("Effect is missing: add Allow or Deny")
	case s.Actions == nil && s.NotActions == nil:
		return errors.New("Action is missing")
	case s.Actions != nil && s.NotActions != nil:
		return errors.New("both Action and NotAction: keep one")
	case s.Resources != nil && s.NotResources != nil:
		return errors.New("both Resource and NotResource: keep one")
	case s.Principals != nil && s.NotPrincipals != nil:
		return errors.New("both Principal and NotPrincipal: keep one")
	}
	return nil
}

func parsePrincipals(raw json.RawMessage) (Principals, error) {
	if text, err := stringValue(raw); err == nil {
		if text != "*" {
			return nil, fmt.Errorf("%q: only \"*\" may stand as a plain string", text)
		}
		return Principals{"*": {"*"}}, nil
	}
	members, err := objectMembers(raw)
	if err != nil {
		return nil, err
	}
	principals := Principals{}
	for _, m := range members {
		values, err := stringList(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.key, err)
		}
		principals[m.key] = values
	}
	return principals, nil
}

func parseConditions(raw json.RawMessage) (Conditions, error) {
	operators, err := objectMembers(raw)
	if err != nil {
		return nil, err
	}
	conditions := Conditions{}
	for _, op := range operators {
		keys, err := objectMembers(op.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op.key, err)
		}
		conditions[op.key] = map[string][]string{}
		for _, k := range keys {
			values, err := scalarList(k.value)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", op.key, k.key, err)
			}
			conditions[op.key][k.key] = values
		}
	}
	return conditions, nil
}

// member is one member of a JSON object, in document order.
type member struct {
	key   string
	value json.RawMessage
}

// objectMembers reads a JSON object and refuses a repeated key, which
// encoding/json would silently resolve to the last one.
func objectMembers(raw []byte) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	start, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if start != json.Delim('{') {
		return nil, errors.New("an object is expected")
	}
	var members []member
	seen := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok || seen[name] {
			return nil, fmt.Errorf("element %v stands twice", key)
		}
		seen[name] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		members = append(members, member{name, value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("text behind the document at byte %d", dec.InputOffset())
	}
	return members, nil
}

func isArray(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '[' }

func stringValue(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", errors.New("a string is expected")
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

func stringList(raw json.RawMessage) ([]string, error) {
	return listOf(raw, stringValue)
}

func scalarList(raw json.RawMessage) ([]string, error) {
	return listOf(raw, func(item json.RawMessage) (string, error) {
		if len(item) > 0 && item[0] == '"' {
			return stringValue(item)
		}
		if len(item) == 0 || item[0] == '{' || item[0] == '[' || item[0] == 'n' {
			return "", errors.New("a string, number or boolean is expected")
		}
		return string(item), nil
	})
}

func listOf(raw json.RawMessage, one func(json.RawMessage) (string, error)) ([]string, error) {
	items := []json.RawMessage{raw}
	if isArray(raw) {
		items = nil
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
	}
	values := make([]string, 0, len(items))
	for _, item := range items {
		v, err := one(item)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// MarshalJSON writes the canonical compact form: elements in the order of the
// IAM documentation, lists sorted without repetition, a list of one as a plain
// string, map keys sorted. The order of statements is kept (see Sort).
func (p Policy) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	w := &elements{b: &b}
	w.text("Version", p.Version)
	w.text("Id", p.ID)
	w.name("Statement")
	b.WriteByte('[')
	for i := range p.Statements {
		if i > 0 {
			b.WriteByte(',')
		}
		p.Statements[i].write(&b)
	}
	b.WriteString("]}")
	return b.Bytes(), nil
}

func (s *Statement) write(b *bytes.Buffer) {
	b.WriteByte('{')
	w := &elements{b: b}
	w.text("Sid", s.Sid)
	w.text("Effect", s.Effect)
	w.principals("Principal", s.Principals)
	w.principals("NotPrincipal", s.NotPrincipals)
	w.list("Action", s.Actions)
	w.list("NotAction", s.NotActions)
	w.list("Resource", s.Resources)
	w.list("NotResource", s.NotResources)
	if s.Conditions != nil {
		w.name("Condition")
		b.Write(conditionsText(s.Conditions))
	}
	b.WriteByte('}')
}

// JSON gives the canonical form; with an indent, one element a line for people
// and diffs, otherwise compact. It never escapes <, > and &.
func (p *Policy) JSON(indent string) []byte {
	compact, _ := p.MarshalJSON() // writes to memory only: no error is possible
	if indent == "" {
		return compact
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", indent); err != nil {
		return compact
	}
	return b.Bytes()
}

// Size is the number of characters that count against the size quotas: those of
// the compact form. White space inside strings is counted, to be safe.
func (p *Policy) Size() int { return utf8.RuneCount(p.JSON("")) }

// elements writes the members of one JSON object with their commas.
type elements struct {
	b     *bytes.Buffer
	wrote bool
}

func (w *elements) name(name string) {
	if w.wrote {
		w.b.WriteByte(',')
	}
	w.wrote = true
	writeString(w.b, name)
	w.b.WriteByte(':')
}

func (w *elements) text(name, value string) {
	if value != "" {
		w.name(name)
		writeString(w.b, value)
	}
}

func (w *elements) list(name string, values []string) {
	if values != nil {
		w.name(name)
		writeList(w.b, values)
	}
}

func (w *elements) principals(name string, p Principals) {
	if p == nil {
		return
	}
	w.name(name)
	if all, ok := p["*"]; ok && len(p) == 1 && len(all) == 1 && all[0] == "*" {
		writeString(w.b, "*")
		return
	}
	writeMap(w.b, p, func(values []string) { writeList(w.b, values) })
}

func conditionsText(c Conditions) []byte {
	var b bytes.Buffer
	writeMap(&b, c, func(keys map[string][]string) {
		writeMap(&b, keys, func(values []string) { writeList(&b, values) })
	})
	return b.Bytes()
}

func writeMap[V any](b *bytes.Buffer, m map[string]V, value func(V)) {
	b.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b.WriteByte(',')
		}
		writeString(b, key)
		b.WriteByte(':')
		value(m[key])
	}
	b.WriteByte('}')
}

// writeList writes one value as a string, several as a sorted list.
func writeList(b *bytes.Buffer, values []string) {
	values = canonicalList(values)
	if len(values) == 1 {
		writeString(b, values[0])
		return
	}
	b.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		writeString(b, v)
	}
	b.WriteByte(']')
}

func writeString(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)       // a string into memory cannot fail
	b.Truncate(b.Len() - 1) // Encode ends with a newline
}
