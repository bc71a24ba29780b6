package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// prefixThreshold is how many names with a common beginning become a prefix;
// shortestPrefix is how long that beginning must be.
const (
	prefixThreshold = 3
	shortestPrefix  = 3
)

// prefixes puts names of one type with a common beginning together under it.
// A beginning ends with a separator of words (- _ .) or of paths (/ :). As an
// IAM wildcard runs on over slashes, the reason says so.
func (b *Builder) prefixes(entries []*entry) []*entry {
	type family struct{ action, typeName, condKey, before, after string }
	families := map[family]map[string]*entry{} // by name
	var out []*entry
	for _, e := range entries {
		c, ok := b.shapes.lastName(e.action, e.typeName, e.resource)
		if !ok || strings.ContainsAny(c.name, "*?") {
			out = append(out, e)
			continue
		}
		key := family{e.action, e.typeName, e.condKey, c.before, c.after}
		if families[key] == nil {
			families[key] = map[string]*entry{}
		}
		families[key][c.name] = e
	}
	for key, names := range families {
		for prefix, members := range commonPrefixes(slices.Sorted(maps.Keys(names))) {
			if prefix == "" {
				for _, name := range members {
					out = append(out, names[name])
				}
				continue
			}
			first := names[members[0]]
			merged := &entry{action: first.action, typeName: first.typeName, resource: key.before + prefix + "*" + key.after,
				condition: first.condition, condKey: first.condKey}
			why := fmt.Sprintf("%d names begin with %s (a wildcard also matches names with further slashes)", len(members), prefix)
			for _, name := range members {
				for _, g := range names[name].grants {
					g.widened.add(maxNames, why)
					merged.grants = append(merged.grants, g)
				}
			}
			out = append(out, merged)
		}
	}
	slices.SortFunc(out, compareEntries)
	return out
}

// commonPrefixes divides sorted names by the longest beginning that enough of
// them share; those that share none are under "".
func commonPrefixes(names []string) map[string][]string {
	count := map[string]int{}
	for _, name := range names {
		for _, p := range beginnings(name) {
			count[p]++
		}
	}
	candidates := make([]string, 0, len(count))
	for p, n := range count {
		if n >= prefixThreshold {
			candidates = append(candidates, p)
		}
	}
	slices.SortFunc(candidates, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	result := map[string][]string{}
	left := slices.Clone(names)
	for _, p := range candidates {
		var with, without []string
		for _, name := range left {
			if strings.HasPrefix(name, p) {
				with = append(with, name)
			} else {
				without = append(without, name)
			}
		}
		if len(with) >= prefixThreshold {
			result[p], left = with, without
		}
	}
	if len(left) > 0 {
		result[""] = left
	}
	return result
}

// beginnings are the parts of a name up to each separator.
func beginnings(name string) []string {
	var list []string
	for i := 0; i < len(name)-1; i++ {
		if strings.IndexByte("-_./:", name[i]) >= 0 && i+1 >= shortestPrefix {
			list = append(list, name[:i+1])
		}
	}
	return list
}
