package authz

import "strings"

// The condition keys of calls that a service makes on the caller's behalf.
const (
	ViaService = "kms:ViaService"
	CalledVia  = "aws:CalledVia"
)

// Carries says whether a call that a service makes on the caller's behalf carries
// one of the keys; the service is an invokedBy, such as athena.amazonaws.com.
// Source: via.tsv.
func Carries(service, key string) bool {
	label, named := strings.CutSuffix(service, ".amazonaws.com")
	return named && len(viaKeys()[strings.ToLower(label+"\t"+key)]) > 0
}
