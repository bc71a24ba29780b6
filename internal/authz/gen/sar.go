package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// service is one IAM service prefix of the Service Authorization Reference.
type service struct {
	actions map[string]*action // by lower-case name
	types   map[string]string  // resource type name → ARN template
}

type action struct {
	name       string
	level      string
	types      []typeRef
	conditions []string
	dependents []string
}

type typeRef struct {
	name     string
	required bool
}

// actionJSON is an action as the package writes it.
type actionJSON struct {
	Name             string   `json:"name"`
	AccessLevel      string   `json:"accessLevel"`
	ConditionKeys    []string `json:"conditionKeys"`
	DependentActions []string `json:"dependentActions"`
	ResourceTypes    []struct {
		Name             string   `json:"name"`
		Required         bool     `json:"required"`
		ConditionKeys    []string `json:"conditionKeys"`
		DependentActions []string `json:"dependentActions"`
	} `json:"resourceTypes"`
}

// levels shortens the access levels to one letter each.
var levels = map[string]string{
	"List": "L", "Read": "R", "Write": "W",
	"Tagging": "T", "Tagging, Write": "T",
	"Permissions management": "P", "Permissions management, Write": "P",
}

// readServices reads every action and resource type of an iam-data package.
func readServices(tgz string) (map[string]*service, error) {
	services := map[string]*service{}
	of := func(prefix string) *service {
		s := services[prefix]
		if s == nil {
			s = &service{actions: map[string]*action{}, types: map[string]string{}}
			services[prefix] = s
		}
		return s
	}
	err := eachFile(tgz, func(name string, data []byte) error {
		folder, base := path.Split(name)
		prefix := strings.TrimSuffix(base, ".json")
		switch path.Base(folder) {
		case "actions":
			return addActions(of(prefix), prefix, data)
		case "resourceTypes":
			return addTypes(of(prefix), data)
		}
		return nil
	})
	return services, err
}

func addActions(s *service, prefix string, data []byte) error {
	var list map[string]actionJSON
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("actions of %s: %w", prefix, err)
	}
	for _, a := range list {
		level, ok := levels[a.AccessLevel]
		if !ok {
			return fmt.Errorf("%s:%s: unknown access level %q", prefix, a.Name, a.AccessLevel)
		}
		act := &action{name: a.Name, level: level, conditions: slices.Clone(a.ConditionKeys)}
		for _, r := range a.ResourceTypes {
			act.types = append(act.types, typeRef{r.Name, r.Required})
			act.conditions = append(act.conditions, r.ConditionKeys...)
		}
		slices.SortFunc(act.types, func(a, b typeRef) int { return strings.Compare(a.name, b.name) })
		slices.Sort(act.conditions)
		act.conditions = slices.Compact(act.conditions)
		s.actions[strings.ToLower(a.Name)] = act
	}
	return nil
}

func addTypes(s *service, data []byte) error {
	var list map[string]struct {
		Key string `json:"key"`
		ARN string `json:"arn"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, t := range list {
		s.types[t.Key] = t.ARN
	}
	return nil
}

// addDependents takes the dependent actions, of the action and of its resource
// types, from the older package for every action that still exists.
func addDependents(services map[string]*service, tgz string) error {
	old := map[string]map[string]actionJSON{}
	err := eachFile(tgz, func(name string, data []byte) error {
		folder, base := path.Split(name)
		if path.Base(folder) != "actions" {
			return nil
		}
		var list map[string]actionJSON
		if err := json.Unmarshal(data, &list); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		old[strings.TrimSuffix(base, ".json")] = list
		return nil
	})
	if err != nil {
		return err
	}
	for prefix, list := range old {
		for _, a := range list {
			if s := services[prefix]; s != nil {
				if act := s.actions[strings.ToLower(a.Name)]; act != nil {
					act.dependents = dependentsOf(a)
				}
			}
		}
	}
	return nil
}

func dependentsOf(a actionJSON) []string {
	set := map[string]bool{}
	for _, d := range a.DependentActions {
		set[strings.TrimSpace(d)] = true
	}
	for _, r := range a.ResourceTypes {
		for _, d := range r.DependentActions {
			set[strings.TrimSpace(d)] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// eachFile calls fn for every .json file of a package's data folder.
func eachFile(tgz string, fn func(name string, data []byte) error) error {
	f, err := os.Open(tgz)
	if err != nil {
		return err
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", tgz, err)
	}
	tr := tar.NewReader(zr)
	for {
		header, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", tgz, err)
		}
		if !strings.HasPrefix(header.Name, "package/data/") || !strings.HasSuffix(header.Name, ".json") {
			continue
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", tgz, header.Name, err)
		}
		if err := fn(header.Name, data); err != nil {
			return fmt.Errorf("%s: %s: %w", tgz, header.Name, err)
		}
	}
}

func countActions(services map[string]*service) int {
	n := 0
	for _, s := range services {
		n += len(s.actions)
	}
	return n
}
