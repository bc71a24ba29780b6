package authz

import (
	"slices"
	"strings"
)

// operation is one API operation of the SDK models.
type operation struct {
	service  string
	name     string
	unsigned bool   // the request carries no signature: IAM is not asked
	method   string // HTTP method and URI, of API Gateway only
	uri      string
	roles    []string // inputs that name an IAM role, "!" behind those always given
}

var operationMemo memo[map[string][]operation]

// operationsOf loads the operations that sign with a name, by lower-case
// operation name without a date. Several services may share the name.
func operationsOf(signingName string) map[string][]operation {
	if _, ok := blocks()["o/"+signingName]; !ok {
		return nil
	}
	return operationMemo.get(signingName, func() map[string][]operation {
		found := map[string][]operation{}
		service := ""
		for line := range strings.Lines(readBlock("o/" + signingName)) {
			line = strings.TrimSuffix(line, "\n")
			fields := strings.Split(line[1:], "\t")
			if line[0] == 'S' {
				service = fields[0]
				continue
			}
			op := operation{service: service, name: fields[0], unsigned: fields[1] == "u"}
			op.method, op.uri, _ = strings.Cut(fields[2], " ")
			op.roles = splitList(fields[3])
			key := strings.ToLower(stripVersion(op.name))
			found[key] = append(found[key], op)
		}
		return found
	})
}

// unsignedOperation reports whether the API model of a label's service says
// that the operation's requests are not signed.
func unsignedOperation(label, event string) bool {
	for _, op := range operationsOf(label)[strings.ToLower(event)] {
		if op.unsigned {
			return true
		}
	}
	return false
}

// SigningNames lists the names that the API models sign with, and Operations
// the operations under one of them: the measure of how complete the mapping is.
func SigningNames() []string {
	var names []string
	for name := range blocks() {
		if signing, ok := strings.CutPrefix(name, "o/"); ok {
			names = append(names, signing)
		}
	}
	slices.Sort(names)
	return names
}

// Operations lists the operation names under a signing name, as on the wire.
func Operations(signingName string) []string {
	var names []string
	for _, ops := range operationsOf(signingName) {
		for _, op := range ops {
			names = append(names, op.name)
		}
	}
	return names
}
