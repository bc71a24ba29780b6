package main

import (
	"bytes"
	"compress/flate"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// encode writes the one file that authz embeds:
//
//	leasttrail-authz 1
//	# provenance
//	NAME <TAB> offset <TAB> compressed size <TAB> inflated size     one line per block, sorted
//	(empty line)
//	the blocks, each DEFLATE
//
// A block "a/PREFIX" holds the actions of an IAM prefix:
//
//	K key                                        a condition key; its number is its line's
//	R type <TAB> ARN template
//	A name <TAB> level <TAB> type,type! <TAB> dependent,dependent <TAB> key number,…
//
// and a block "o/SIGNING-NAME" the operations of the SDK models that sign so:
//
//	S serviceId
//	O name <TAB> u if unsigned <TAB> METHOD URI <TAB> role path,role path!
func encode(services map[string]*service, operations map[string][]operation) ([]byte, error) {
	blocks := map[string]string{}
	for prefix, s := range services {
		blocks["a/"+prefix] = actionBlock(s)
	}
	for name, ops := range operations {
		blocks["o/"+name] = operationBlock(ops)
	}
	var index, body bytes.Buffer
	fmt.Fprintf(&index, "leasttrail-authz 1\n# %s\n# %s (dependent actions)\n# %s models/apis\n",
		sarPackage, dependentsPackage, sdkModule)
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		start := body.Len()
		zw, err := flate.NewWriter(&body, flate.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := zw.Write([]byte(blocks[name])); err != nil {
			return nil, err
		}
		if err := zw.Close(); err != nil {
			return nil, err
		}
		fmt.Fprintf(&index, "%s\t%d\t%d\t%d\n", name, start, body.Len()-start, len(blocks[name]))
	}
	index.WriteByte('\n')
	return append(index.Bytes(), body.Bytes()...), nil
}

func actionBlock(s *service) string {
	var b strings.Builder
	number := conditionNumbers(s)
	for _, key := range slices.Sorted(maps.Keys(number)) {
		fmt.Fprintf(&b, "K%s\n", key)
	}
	for _, t := range slices.Sorted(maps.Keys(s.types)) {
		fmt.Fprintf(&b, "R%s\t%s\n", t, s.types[t])
	}
	for _, key := range slices.Sorted(maps.Keys(s.actions)) {
		a := s.actions[key]
		types := make([]string, len(a.types))
		for i, t := range a.types {
			types[i] = t.name
			if t.required {
				types[i] += "!"
			}
		}
		keys := make([]string, len(a.conditions))
		for i, c := range a.conditions {
			keys[i] = strconv.Itoa(number[c])
		}
		fmt.Fprintf(&b, "A%s\t%s\t%s\t%s\t%s\n", a.name, a.level, strings.Join(types, ","),
			strings.Join(a.dependents, ","), strings.Join(keys, ","))
	}
	return b.String()
}

// conditionNumbers numbers the condition keys of a service in sorted order.
func conditionNumbers(s *service) map[string]int {
	number := map[string]int{}
	for _, a := range s.actions {
		for _, c := range a.conditions {
			number[c] = 0
		}
	}
	for i, key := range slices.Sorted(maps.Keys(number)) {
		number[key] = i
	}
	return number
}

func operationBlock(ops []operation) string {
	var b strings.Builder
	last := ""
	for _, op := range ops {
		if op.service != last {
			fmt.Fprintf(&b, "S%s\n", op.service)
			last = op.service
		}
		unsigned, http := "", ""
		if op.unsigned {
			unsigned = "u"
		}
		if op.uri != "" {
			http = op.method + " " + op.uri
		}
		fmt.Fprintf(&b, "O%s\t%s\t%s\t%s\n", op.name, unsigned, http, strings.Join(op.roles, ","))
	}
	return b.String()
}
