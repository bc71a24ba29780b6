package eval

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// comparison is how a condition operator holds a value of the policy against
// one of the request.
type comparison struct {
	match     func(policy, request string) tri
	negated   bool
	wild      bool // the policy's value is a pattern
	variables bool // the policy's value may hold policy variables
}

// operators are the condition operators by their name in lower case.
// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
var operators = map[string]comparison{
	"stringequals":              {match: equal, variables: true},
	"stringnotequals":           {match: equal, variables: true, negated: true},
	"stringequalsignorecase":    {match: equalFold, variables: true},
	"stringnotequalsignorecase": {match: equalFold, variables: true, negated: true},
	"stringlike":                {match: like, variables: true, wild: true},
	"stringnotlike":             {match: like, variables: true, wild: true, negated: true},
	"numericequals":             {match: numeric(func(c int) bool { return c == 0 })},
	"numericnotequals":          {match: numeric(func(c int) bool { return c == 0 }), negated: true},
	"numericlessthan":           {match: numeric(func(c int) bool { return c < 0 })},
	"numericlessthanequals":     {match: numeric(func(c int) bool { return c <= 0 })},
	"numericgreaterthan":        {match: numeric(func(c int) bool { return c > 0 })},
	"numericgreaterthanequals":  {match: numeric(func(c int) bool { return c >= 0 })},
	"dateequals":                {match: date(func(c int) bool { return c == 0 })},
	"datenotequals":             {match: date(func(c int) bool { return c == 0 }), negated: true},
	"datelessthan":              {match: date(func(c int) bool { return c < 0 })},
	"datelessthanequals":        {match: date(func(c int) bool { return c <= 0 })},
	"dategreaterthan":           {match: date(func(c int) bool { return c > 0 })},
	"dategreaterthanequals":     {match: date(func(c int) bool { return c >= 0 })},
	"bool":                      {match: equalFold, variables: true},
	"binaryequals":              {match: binary},
	"ipaddress":                 {match: address},
	"notipaddress":              {match: address, negated: true},
	"arnequals":                 {match: arnLike, variables: true, wild: true},
	"arnlike":                   {match: arnLike, variables: true, wild: true},
	"arnnotequals":              {match: arnLike, variables: true, wild: true, negated: true},
	"arnnotlike":                {match: arnLike, variables: true, wild: true, negated: true},
}

func equal(policy, request string) tri { return truth(policy == request) }

func equalFold(policy, request string) tri { return truth(strings.EqualFold(policy, request)) }

func like(policy, request string) tri { return truth(iam.Match(policy, request)) }

// arnLike compares the six parts of an ARN each for itself, with wildcards.
func arnLike(policy, request string) tri {
	const parts = 6
	p := splitARN(policy)
	q := strings.SplitN(request, ":", parts)
	if len(q) != parts || q[0] != "arn" {
		return no
	}
	if len(p) != parts {
		return maybe // AWS's documents speak of six parts only
	}
	for i := range p {
		if !iam.Match(p[i], q[i]) {
			return no
		}
	}
	return yes
}

// splitARN cuts a pattern at its first five colons outside of ${…}.
func splitARN(text string) []string {
	var parts []string
	depth, start := false, 0
	for i := 0; i < len(text) && len(parts) < 5; i++ {
		switch {
		case strings.HasPrefix(text[i:], "${"):
			depth = true
		case text[i] == '}':
			depth = false
		case text[i] == ':' && !depth:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// numeric compares whole or decimal numbers; what is none cannot be compared.
func numeric(holds func(int) bool) func(policy, request string) tri {
	return func(policy, request string) tri {
		p, errP := strconv.ParseInt(policy, 10, 64)
		q, errQ := strconv.ParseInt(request, 10, 64)
		if errP == nil && errQ == nil {
			return truth(holds(compareOrdered(q, p)))
		}
		pf, errP := strconv.ParseFloat(policy, 64)
		qf, errQ := strconv.ParseFloat(request, 64)
		if errP != nil || errQ != nil || pf != pf || qf != qf {
			return maybe
		}
		return truth(holds(compareOrdered(qf, pf)))
	}
}

func compareOrdered[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// date compares points in time, in ISO 8601 as W3C has it or in seconds since
// 1970.
func date(holds func(int) bool) func(policy, request string) tri {
	return func(policy, request string) tri {
		p, okP := parseDate(policy)
		q, okQ := parseDate(request)
		if !okP || !okQ {
			return maybe
		}
		return truth(holds(q.Compare(p)))
	}
}

var dateForms = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "2006-01"}

func parseDate(text string) (time.Time, bool) {
	for _, form := range dateForms {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	const yearDigits = 4
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if len(text) == yearDigits {
		return time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC), true
	}
	const millis = 100_000_000_000 // beyond the year 5138 in seconds: milliseconds
	if n > millis {
		return time.UnixMilli(n), true
	}
	return time.Unix(n, 0), true
}

func binary(policy, request string) tri {
	p, errP := base64.StdEncoding.DecodeString(policy)
	q, errQ := base64.StdEncoding.DecodeString(request)
	if errP != nil || errQ != nil {
		return maybe
	}
	return truth(bytes.Equal(p, q))
}

// address says whether an address lies in a range. A range of the other family
// does not hold it.
func address(policy, request string) tri {
	ip, err := netip.ParseAddr(request)
	if err != nil {
		return maybe
	}
	prefix, err := netip.ParsePrefix(policy)
	if err != nil {
		single, err := netip.ParseAddr(policy)
		if err != nil {
			return maybe
		}
		return truth(single.Unmap() == ip.Unmap())
	}
	return truth(prefix.Contains(ip.Unmap()))
}
