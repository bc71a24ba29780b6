package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// operation is one API operation of an SDK model.
type operation struct {
	service  string // serviceId
	name     string
	unsigned bool
	method   string // HTTP method and URI, of API Gateway only
	uri      string
	roles    []string // paths of inputs that name an IAM role, "!" behind those required all the way
}

// model is the part of an api-2.json file that is read.
type model struct {
	Metadata struct {
		EndpointPrefix, SigningName, ServiceID string
	}
	Operations map[string]struct {
		Name     string
		AuthType string `json:"authtype"`
		HTTP     struct{ Method, RequestURI string }
		Input    struct{ Shape string }
	}
	Shapes map[string]shape
}

type shape struct {
	Type     string
	Required []string
	Members  map[string]shapeRef
	Member   *shapeRef
	Value    *shapeRef
	Pattern  string
}

type shapeRef struct {
	Shape        string
	LocationName string
}

// readModels reads the newest version of every service model, keyed by the
// name that signs its requests, which is nearly always the IAM prefix.
func readModels(dir string) (map[string][]operation, error) {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	byName := map[string][]operation{}
	for _, folder := range folders {
		versions, err := filepath.Glob(filepath.Join(dir, folder.Name(), "*", "api-2.json"))
		if err != nil {
			return nil, err
		}
		if len(versions) == 0 {
			continue
		}
		slices.Sort(versions)
		m, err := readModel(versions[len(versions)-1])
		if err != nil {
			return nil, err
		}
		key := m.Metadata.SigningName
		if key == "" {
			key = m.Metadata.EndpointPrefix
		}
		byName[key] = append(byName[key], m.operations()...)
	}
	for _, ops := range byName {
		slices.SortFunc(ops, func(a, b operation) int {
			if c := strings.Compare(a.service, b.service); c != 0 {
				return c
			}
			return strings.Compare(a.name, b.name)
		})
	}
	return byName, nil
}

func readModel(file string) (*model, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := &model{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return m, nil
}

func (m *model) operations() []operation {
	var list []operation
	for key, o := range m.Operations {
		op := operation{service: m.Metadata.ServiceID, name: o.Name, unsigned: o.AuthType == "none"}
		if op.name == "" {
			op.name = key
		}
		if m.Metadata.EndpointPrefix == "apigateway" {
			op.method, op.uri = o.HTTP.Method, o.HTTP.RequestURI
		}
		w := roleWalk{m: m}
		w.structure(o.Input.Shape, "", true, nil)
		slices.Sort(w.found)
		op.roles = slices.Compact(w.found)
		list = append(list, op)
	}
	return list
}

// roleWalk collects the inputs of an operation that name an IAM role.
type roleWalk struct {
	m     *model
	found []string
}

// maxDepth bounds the walk; roles lie at most five levels deep in the models.
const maxDepth = 6

var (
	roleName  = regexp.MustCompile(`(?i)role(arn|name)?s?$|rolearn`)
	notARole  = regexp.MustCompile(`(?i)^(role_?(session|type|filter|mapping)|.*(controlrole|userrole|rolealias|memberrole|assignrole|networkrole|accessrole(type)?))$`)
	textTypes = map[string]bool{"string": true, "": true}
)

func (w *roleWalk) structure(name, path string, required bool, seen []string) {
	s, ok := w.m.Shapes[name]
	if !ok || slices.Contains(seen, name) || len(seen) >= maxDepth {
		return
	}
	seen = append(slices.Clone(seen), name)
	switch s.Type {
	case "list":
		if s.Member != nil {
			w.element(s.Member.Shape, path, required, seen)
		}
	case "map":
		if s.Value != nil {
			w.element(s.Value.Shape, path, false, seen)
		}
	case "structure":
		for member, ref := range s.Members {
			need := required && slices.Contains(s.Required, member)
			w.member(member, ref, path, need, seen)
		}
	}
}

func (w *roleWalk) element(name, path string, required bool, seen []string) {
	w.structure(name, path+"[]", required, seen)
}

func (w *roleWalk) member(name string, ref shapeRef, path string, required bool, seen []string) {
	full := lowerFirst(name)
	if path != "" {
		full = path + "." + full
	}
	target := w.m.Shapes[ref.Shape]
	if textTypes[target.Type] {
		if roleName.MatchString(name) && !notARole.MatchString(name) {
			if required {
				full += "!"
			}
			w.found = append(w.found, full)
		}
		return
	}
	w.structure(ref.Shape, full, required, seen)
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func countOperations(operations map[string][]operation) int {
	n := 0
	for _, ops := range operations {
		n += len(ops)
	}
	return n
}
