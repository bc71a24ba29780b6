package authz

import (
	"fmt"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// errorTable is errors.tsv: exact codes in lower case behind their service, and
// patterns in order.
type errorTable struct {
	exact    map[string]Outcome
	patterns []errorPattern
}

// errorPattern is a suffix rule.
type errorPattern struct {
	service string
	pattern string // * stands for any text
	outcome Outcome
}

// errorCodes reads errors.tsv.
var errorCodes = sync.OnceValue(readErrors)

func readErrors() errorTable {
	codes := errorTable{exact: map[string]Outcome{}}
	t, err := readTable("errors")
	if err != nil {
		return codes // TestTables reads each
	}
	for _, r := range t.rows {
		p, err := parseErrorRow(r)
		switch {
		case err != nil:
		case strings.Contains(r.get("code"), "*"):
			codes.patterns = append(codes.patterns, p)
		default:
			codes.exact[p.service+" "+strings.ToLower(r.get("code"))] = p.outcome
		}
	}
	return codes
}

// parseErrorRow turns a row into a pattern.
func parseErrorRow(r row) (errorPattern, error) {
	outcomes := map[string]Outcome{"denied": Denied, "authorized": Authorized, "no evidence": NoEvidence}
	outcome, ok := outcomes[r.get("outcome")]
	if !ok {
		return errorPattern{}, fmt.Errorf("errors.tsv:%d: unknown outcome %q", r.line, r.get("outcome"))
	}
	return errorPattern{r.get("service"), r.get("code"), outcome}, nil
}

// anyService stands in errors.tsv for all services.
const anyService = "*"

// Classify says what an error tells about authorization: a call without error
// was authorized; a denial names itself; state errors (…NotFound, BucketNotEmpty)
// come after authorization; throttling, validation, credentials and service
// failures may come before it and are no evidence. A code in no list of ours is
// UnknownError: no evidence either, and to be listed. The message decides where
// the code is shared (AccessDenied of an object that is not there is a denial),
// and so does the service: LimitExceededException is a quota of things in most,
// and a rate of requests in some.
func Classify(eventSource, errorCode, errorMessage string) Outcome {
	code := strings.TrimSpace(errorCode)
	if code == "" {
		return Authorized
	}
	outcome := outcomeOf(sourceLabel(eventSource), code)
	if outcome != Denied {
		if _, denied := ParseDenied(errorMessage); denied {
			return Denied
		}
	}
	return outcome
}

// outcomeOf is what errors.tsv says of a code.
func outcomeOf(label, code string) Outcome {
	codes := errorCodes()
	for _, service := range []string{label, anyService} {
		if outcome, ok := codes.exact[service+" "+strings.ToLower(code)]; ok {
			return outcome
		}
		for _, p := range codes.patterns {
			if p.service == service && iam.MatchAction(p.pattern, code) {
				return p.outcome
			}
		}
	}
	return UnknownError
}
