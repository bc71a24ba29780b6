// Package iam holds what IAM itself defines: ARNs, action patterns, statements
// and policies, how they match, and one canonical JSON form for them. It knows
// nothing of CloudTrail and nothing of any one service.
package iam

import (
	"errors"
	"fmt"
	"strings"
)

// ARN is an Amazon Resource Name taken apart at its first five colons:
// arn:Partition:Service:Region:Account:Resource. Region and Account may be
// empty; Resource may itself hold colons and slashes.
// Source: AWS General Reference, "Identify AWS resources with ARNs".
type ARN struct {
	Partition string
	Service   string
	Region    string
	Account   string
	Resource  string
}

// arnSegments is the number of colon-separated segments of an ARN.
const arnSegments = 6

// ErrNotARN says that a text does not have the form of an ARN.
var ErrNotARN = errors.New("not an ARN (arn:partition:service:region:account:resource)")

// ParseARN takes an ARN apart. It accepts wildcards in any segment, so that
// patterns of policies parse too. The error wraps ErrNotARN and names the text.
func ParseARN(text string) (ARN, error) {
	parts := strings.SplitN(text, ":", arnSegments)
	if len(parts) != arnSegments || parts[0] != "arn" {
		return ARN{}, fmt.Errorf("%q: %w", text, ErrNotARN)
	}
	a := ARN{Partition: parts[1], Service: parts[2], Region: parts[3], Account: parts[4], Resource: parts[5]}
	if a.Partition == "" || a.Service == "" || a.Resource == "" {
		return ARN{}, fmt.Errorf("%q: empty partition, service or resource: %w", text, ErrNotARN)
	}
	return a, nil
}

// IsARN reports whether ParseARN would accept the text.
func IsARN(text string) bool {
	_, err := ParseARN(text)
	return err == nil
}

// String puts the ARN together again.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// MatchARN reports whether the pattern of a policy's Resource matches an ARN.
// "*" matches everything. A wildcard in one of the first five segments stays in
// its segment; in the resource segment it matches any text, colons and slashes
// included; a pattern with fewer segments must end in "*", which then runs on
// past the colons. The comparison is case-sensitive. ${*}, ${?} and ${$} in the
// pattern stand for the characters themselves; in arn every character stands
// for itself.
// Source: IAM User Guide, "IAM JSON policy elements: Resource" (wildcards in
// ARN segments) and "IAM policy elements: Variables and tags" (${*}).
func MatchARN(pattern, arn string) bool { return matchARN(pattern, arn, literal) }

// CoversARN reports whether everything that the pattern sub matches is matched
// by pattern too. sub may be "*", an ARN or an ARN with wildcards. An answer of
// true is proven; false may be wrong only where ? and * stand side by side.
func CoversARN(pattern, sub string) bool { return matchARN(pattern, sub, wild) }

func matchARN(pattern, arn string, mode textMode) bool {
	if pattern == "*" {
		return true
	}
	p, ok := splitSegments(pattern)
	if !ok {
		return false
	}
	a := strings.SplitN(arn, ":", arnSegments)
	if mode == wild {
		a, _ = splitSegments(arn)
	}
	if a[0] != "arn" && mode == literal {
		return false
	}
	last := len(p) - 1
	if last < arnSegments-1 {
		if !strings.HasSuffix(p[last], "*") || len(a) < len(p) {
			return false
		}
		a = strings.SplitN(arn, ":", len(p))
	}
	if len(a) != len(p) {
		return false
	}
	for i := range p {
		if !match(p[i], a[i], mode) {
			return false
		}
	}
	return true
}

// splitSegments cuts a text into at most six segments. A colon inside ${…} is
// part of a policy variable (${aws:username}), not a boundary.
func splitSegments(text string) ([]string, bool) {
	segments := make([]string, 0, arnSegments)
	start := 0
	for i := 0; i < len(text) && len(segments) < arnSegments-1; i++ {
		if strings.HasPrefix(text[i:], "${") {
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				i += end
				continue
			}
		}
		if text[i] == ':' {
			segments = append(segments, text[start:i])
			start = i + 1
		}
	}
	segments = append(segments, text[start:])
	return segments, segments[0] == "arn" || strings.ContainsAny(segments[0], "*?")
}
