package authz

import (
	"strings"
	"sync"
)

// ephemeralTypes is ephemeral.tsv by prefix and type.
var ephemeralTypes = sync.OnceValue(func() map[string][]row { return rowsOf("ephemeral", "prefix", "type") })

// isEphemeral reports whether resources of an action's type do not recur by name.
func isEphemeral(action, typeName string) bool {
	prefix, _, _ := strings.Cut(action, ":")
	return len(ephemeralTypes()[strings.ToLower(prefix+"\t"+typeName)]) > 0
}

// idPrefixes is ids.tsv: by IAM prefix, what stands before the last hyphen of
// an id, and the resource type it tells.
var idPrefixes = sync.OnceValue(readIDs)

func readIDs() map[string]string {
	types := map[string]string{}
	for key, rows := range rowsOf("ids", "prefix", "id") {
		types[key] = rows[0].get("type")
	}
	return types
}

// idType tells the resource type of an id by its form (i-0123456789abcdef0,
// vol-…), "" if it has none. What follows the hyphen is hexadecimal; published
// logs with masked ids have other letters and digits there.
func idType(prefix, text string) string {
	const longest = 60
	i := strings.LastIndexByte(text, '-')
	if i <= 0 || len(text) > longest || !isIDTail(text[i+1:]) {
		return ""
	}
	return idPrefixes()[prefix+"\t"+text[:i]]
}

// isIDTail accepts the 8 or 17 characters that follow the hyphen of an id, and
// the 9 to 16 of documentation examples.
func isIDTail(tail string) bool {
	const shortest, longest = 8, 17
	if len(tail) < shortest || len(tail) > longest {
		return false
	}
	for _, c := range tail {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// extraTypes is types.tsv: resource types an action takes beside the generated
// ones.
var extraTypes = sync.OnceValue(func() map[string][]row { return rowsOf("types", "action") })
