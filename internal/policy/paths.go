package policy

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// iamPaths are ARNs of IAM with a path (role/service-role/x), by the ARN that a
// bare name gives (role/x). Records name roles, users, groups and profiles
// without their path; where other records hold the whole ARN, that is the one
// the policy must name. Names are unique in an account whatever their path.
// Source: IAM User Guide, "IAM identifiers", friendly names and paths.
type iamPaths map[string]string

// iamARN finds ARNs with a path in a record's text. What a wildcard follows is
// a pattern in a policy, no ARN.
var iamARN = regexp.MustCompile(`arn:[a-z-]+:iam::\d{12}:(?:role|user|group|instance-profile)/(?:[\w+=,.@-]+/)+[\w+=,.@-]+`)

// learn takes what a text of a record tells.
func (p iamPaths) learn(text []byte) {
	if !bytes.Contains(text, []byte(":iam::")) {
		return
	}
	for _, at := range iamARN.FindAllIndex(text, -1) {
		if at[1] < len(text) && bytes.IndexByte([]byte("*?/$"), text[at[1]]) >= 0 {
			continue
		}
		arn := string(text[at[0]:at[1]])
		p[short(arn)] = arn
	}
}

// short is an IAM ARN without its path.
func short(arn string) string {
	first, last := strings.IndexByte(arn, '/'), strings.LastIndexByte(arn, '/')
	if first < 0 {
		return arn
	}
	return arn[:first] + arn[last:]
}

// full is the ARN as the policy must name it.
func (p iamPaths) full(arn string) string {
	if whole, ok := p[arn]; ok {
		return whole
	}
	return arn
}

// applyPaths renames the resources of IAM whose path other records showed.
func (b *Builder) applyPaths() {
	if len(b.paths) == 0 {
		return
	}
	for _, tg := range b.types {
		for pattern, g := range tg.grants {
			whole := b.paths.full(pattern)
			if whole == pattern {
				continue
			}
			delete(tg.grants, pattern)
			g.pattern = whole
			observed := nameSet{}
			for _, o := range g.observed {
				observed.add(maxObserved, b.paths.full(o))
			}
			g.observed = observed
			tg.put(g)
		}
	}
}

// learnPaths takes what a call tells of the paths of IAM's names.
func (b *Builder) learnPaths(e *activity.Event) {
	b.paths.learn(e.RequestParameters)
	b.paths.learn(e.ResponseData)
	for _, r := range e.Resources {
		b.paths.learn([]byte(r.ARN))
	}
}
