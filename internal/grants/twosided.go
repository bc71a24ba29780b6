package grants

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

// settling is how long AWS may go on deciding by the policies before a change.
// Source: IAM User Guide, "Troubleshoot IAM" (changes are not always immediately
// visible); how long is not written there.
const settling = 2 * time.Minute

// Check holds every observed authorization against the policies in force at its
// time.
func (u *Usage) Check() Check {
	c := Check{Explained: []Use{}, Unexplained: []Use{}}
	judge := u.judge()
	for _, n := range u.sorted() {
		if n.epoch < len(u.cuts) {
			c.Rebuilt++
		}
		verdict, why := u.verdict(n, judge)
		switch verdict {
		case reproduced:
			c.Reproduced++
		case explained:
			c.Explained = append(c.Explained, n.use(why))
		default:
			c.Unexplained = append(c.Unexplained, n.use(why))
		}
	}
	for _, list := range []*[]Use{&c.Explained, &c.Unexplained} {
		slices.SortStableFunc(*list, func(a, b Use) int { return cmp.Compare(b.Calls, a.Calls) })
	}
	return c
}

// judge gives a function that decides a need by the policies of one of the times
// between changes.
func (u *Usage) judge() func(n *need, epoch int) eval.Answer {
	at := map[int]*Identity{}
	return func(n *need, epoch int) eval.Answer {
		id := at[epoch]
		if id == nil {
			id = u.inForce(epoch)
			at[epoch] = id
		}
		q := n.request
		if q.Principal.Kind == eval.UnknownKind {
			q.Principal = eval.PrincipalOf(u.identity.ARN)
		}
		q.Owner = q.Principal.Account // only the identity's side is looked at
		policies := id.Evaluation(q.Principal.Account)
		return eval.Evaluate(&q, &policies)
	}
}

// inForce is what was granted after so many changes.
func (u *Usage) inForce(epoch int) *Identity {
	if u.timeline == nil || len(u.cuts) == 0 {
		return u.identity
	}
	at := u.cuts[0].Add(-time.Second)
	if epoch > 0 {
		at = u.cuts[epoch-1]
	}
	return u.timeline.At(u.identity.ARN, at)
}

// sided is how an authorization stands in the two-sided check.
type sided uint8

const (
	unexplained sided = iota
	explained
	reproduced
)

// verdict holds one authorization against the policies of its time.
func (u *Usage) verdict(n *need, judge func(*need, int) eval.Answer) (sided, string) {
	a := judge(n, n.epoch)
	v, why := u.side(n, &a, judge)
	if v != unexplained {
		return v, why
	}
	for epoch := n.epoch - 1; epoch >= 0; epoch-- {
		changed := u.cuts[epoch]
		if n.last.Sub(changed) > settling {
			break
		}
		before := judge(n, epoch)
		if before.Decision == eval.Denied == n.denied && before.Decision != eval.Unknown {
			return explained, "the policies had changed at " + changed.UTC().Format(time.RFC3339) + "; those before it decide so, and a change takes effect with delay"
		}
	}
	return v, why
}

func (u *Usage) side(n *need, a *eval.Answer, judge func(*need, int) eval.Answer) (sided, string) {
	if n.denied {
		return u.sideDenied(n, a, judge)
	}
	switch {
	case a.Decision == eval.Allowed:
		return reproduced, ""
	case a.Decision == eval.Unknown:
		return explained, a.Reason()
	case !a.Explicit && OtherGrants(n.request.Action) != "":
		return explained, a.Reason() + "; a " + OtherGrants(n.request.Action) + " may"
	}
	return unexplained, "AWS allowed it; " + a.Reason()
}

// sideDenied holds a refusal against the policies.
func (u *Usage) sideDenied(n *need, a *eval.Answer, judge func(*need, int) eval.Answer) (sided, string) {
	switch {
	case a.Decision == eval.Denied:
		return reproduced, ""
	case a.Decision == eval.Unknown:
		return explained, a.Reason()
	case n.denial != "":
		return explained, "AWS says: " + n.denial
	case mustAllowToo(n.request.Action):
		return explained, "a " + OtherGrants(n.request.Action) + " must allow it too, and was not given"
	case n.request.Owner != "" && n.request.Principal.Account != "" && n.request.Owner != n.request.Principal.Account && n.request.Owner != "aws":
		return explained, "the resource is of account " + n.request.Owner + ", whose policies must allow it too"
	}
	for _, o := range n.beside {
		if o == n {
			continue
		}
		if b := judge(o, o.epoch); b.Decision != eval.Allowed {
			return explained, "the call needed " + o.request.Action + " on " + o.request.Resource + " too: " + b.Reason()
		}
	}
	return unexplained, "AWS refused it, and did not say by which policy; " + a.Reason()
}

//go:embed data/settings.tsv
var settingsText string

// setting names the account's setting that refused a call, where AWS's message
// tells; "" for any other.
func setting(message string) string {
	for line := range strings.Lines(settingsText) {
		fields := strings.Split(line, "\t")
		if len(fields) == 3 && !strings.HasPrefix(line, "#") && strings.Contains(message, fields[0]) {
			return fields[1]
		}
	}
	return ""
}

// mustAllowToo says whether the resource's policy must allow an action beside the
// identity's.
// Source: IAM User Guide, "How AWS enforcement code logic evaluates requests".
func mustAllowToo(action string) bool {
	prefix := prefixOf(action)
	return prefix == "kms" || prefix == "sts"
}

// denials lists what was refused, with what refused it.
func (u *Usage) denials() []Use {
	list := []Use{}
	judge := u.judge()
	for _, n := range u.sorted() {
		if n.denied {
			a := judge(n, n.epoch)
			list = append(list, n.use(cmp.Or(n.denial, a.Reason())))
		}
	}
	slices.SortStableFunc(list, func(a, b Use) int { return cmp.Compare(b.Calls, a.Calls) })
	return list
}

// Evaluation is the identity's side for the evaluator. What it cannot know is
// taken to stand in no way: the policies of sessions and of the organization are
// absent, those of resources leave it to the identity's account. Policies that
// are attached and were not given leave it undecided.
func (i *Identity) Evaluation(account string) eval.Policies {
	enabled := &iam.Policy{Version: iam.Version, Statements: []iam.Statement{{
		Effect: iam.Allow, Principals: iam.Principals{"AWS": {account}}, Actions: []string{"*"}, Resources: []string{"*"},
	}}}
	p := eval.Policies{Boundary: eval.None(), Session: eval.None(), Resource: eval.Given(eval.Document{Policy: enabled}), NoSCPs: true, NoRCPs: true}
	var list []eval.Document
	for n := range i.Policies {
		list = append(list, eval.Document{Name: i.Policies[n].short(), Policy: i.Policies[n].Policy})
	}
	p.Identity = eval.Given(list...)
	var lacking []string
	for _, m := range i.Missing {
		if !strings.Contains(m, "permissions boundary") {
			lacking = append(lacking, m)
		}
	}
	if len(lacking) > 0 {
		p.Identity = eval.Partly(lacking, list...)
	}
	if i.Boundary != nil {
		p.Boundary = eval.Given(eval.Document{Name: i.Boundary.Name, Policy: i.Boundary.Policy})
	}
	if !i.BoundaryKnown && i.Boundary == nil && len(i.Missing) > 0 {
		p.Boundary = eval.Set{}
	}
	return p
}
