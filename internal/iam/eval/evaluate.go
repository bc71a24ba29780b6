package eval

import (
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// run is one evaluation.
type run struct {
	request *Request
	missing []string
	denying *Statement // the first Deny that applies
	bounded bool       // the principal has, or may have, a permissions boundary
}

// miss notes what was not given and would have been needed.
func (r *run) miss(what string) {
	const most = 8
	if len(r.missing) < most && !slices.Contains(r.missing, what) {
		r.missing = append(r.missing, what)
	}
}

// verdict is what the policies of one layer say.
type verdict struct {
	allow tri
	deny  tri
	by    []Statement // the first Allow that applies
}

// Evaluate decides a request.
func Evaluate(q *Request, p *Policies) Answer {
	r := &run{request: q}
	scps := r.levels(SCP, p.SCPs, p.NoSCPs || q.Principal.ServiceLinked || noSCP(q.Principal.Kind))
	rcps := r.levels(RCP, p.RCPs, p.NoRCPs || q.Principal.ServiceLinked)
	identity := r.layer(Identity, p.Identity)
	switch q.Principal.Kind {
	case Root:
		identity = verdict{allow: yes, deny: no}
	case Service, Anonymous:
		identity = verdict{allow: no, deny: no}
	}
	boundary := r.ceiling(Boundary, p.Boundary)
	session := r.ceiling(Session, p.Session)
	if k := q.Principal.Kind; k == Root || k == Service || k == Anonymous {
		boundary, session = verdict{allow: yes, deny: no}, verdict{allow: yes, deny: no}
	}
	r.bounded = !p.Boundary.empty()
	resource, grants := r.resourcePolicy(p.Resource)

	deny := or(scps.deny, rcps.deny, identity.deny, boundary.deny, session.deny, resource.deny)
	if deny == yes {
		return Answer{Decision: Denied, Explicit: true, By: []Statement{*r.denying}}
	}
	own := and(identity.allow, boundary.allow, session.allow)
	grant := r.granted(own, and(boundary.allow, session.allow), !p.Boundary.empty() || !p.Session.empty(), grants)
	allow := and(scps.allow, rcps.allow, grant)
	switch {
	case allow == no:
		a := Answer{Decision: Denied, Lacking: r.lacking(&scps, &rcps, &identity, &boundary, &session, grants)}
		if deny == maybe {
			a.Missing = r.missing
		}
		return a
	case allow == yes && deny == no:
		return Answer{Decision: Allowed, By: slices.Concat(scps.by, rcps.by, identity.by, boundary.by, session.by, resource.by)}
	}
	if len(r.missing) == 0 {
		r.miss("an input that was not given")
	}
	return Answer{Missing: r.missing}
}

// noSCP says that service control policies do not bind a kind of principal.
// Source: AWS Organizations User Guide, "Service control policies (SCPs)".
func noSCP(k Kind) bool { return k == Service || k == Anonymous }

// granted says whether identity and resource policies together grant. own is
// the identity's side with its ceilings, ceilings what they say alone, limited
// whether there are any.
// Source: IAM User Guide, "How AWS enforcement code logic evaluates requests",
// resource-based policies; "Cross-account policy evaluation logic".
func (r *run) granted(own, ceilings tri, limited bool, g resourceGrants) tri {
	same := r.sameAccount()
	// Within an account: the user or the session by name needs nothing else; the
	// role needs its ceilings; the account leaves it to the identity policies.
	// Whether boundary and session policies, where there are any, bind what
	// everybody is granted is not documented.
	all := g.byAll
	if limited && all != no {
		all = maybe
		r.miss("whether a grant to everybody is bound by boundary and session policies")
	}
	within := or(g.byName, and(g.byIssuer, ceilings), all)
	if r.needsResourcePolicy() {
		within = or(within, and(g.byAccount, own))
	} else {
		within = or(within, own)
	}
	if k := r.request.Principal.Kind; k == Service || k == Anonymous {
		return g.any()
	}
	across := and(own, g.any())
	switch {
	case same == yes:
		return within
	case same == no:
		return across
	case within == across:
		return within
	}
	r.miss("the account that " + r.request.Resource + " belongs to")
	return maybe
}

// sameAccount says whether the resource is of the principal's account. A
// resource of no account, "*", is.
func (r *run) sameAccount() tri {
	owner := r.request.Owner
	if owner == "" {
		if a, err := iam.ParseARN(r.request.Resource); err == nil && !strings.ContainsAny(a.Account, "*?") {
			owner = a.Account
		}
	}
	switch {
	case r.request.Resource == "*" && owner == "":
		return yes
	case owner == "aws": // AWS's own, such as managed policies: everybody's
		return yes
	case owner == "" || r.request.Principal.Account == "":
		return maybe
	}
	return truth(owner == r.request.Principal.Account)
}

// needsResourcePolicy says whether the resource's policy must take part even
// within the account: trust policies of roles and key policies.
// Source: IAM User Guide, "How AWS enforcement code logic evaluates requests".
func (r *run) needsResourcePolicy() bool {
	action := strings.ToLower(r.request.Action)
	if strings.HasPrefix(action, "kms:") {
		a, err := iam.ParseARN(r.request.Resource)
		return err == nil && strings.HasPrefix(a.Resource, "key/")
	}
	switch action {
	case "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession", "sts:setsourceidentity":
		return true
	}
	return false
}

// ceiling is a layer that limits if it is there.
func (r *run) ceiling(l Layer, s Set) verdict {
	if s.empty() {
		return verdict{allow: yes, deny: no}
	}
	return r.layer(l, s)
}

// levels puts the levels of an organization together: each must allow.
// Source: AWS Organizations User Guide, "SCP evaluation".
func (r *run) levels(l Layer, sets []Set, none bool) verdict {
	if none {
		return verdict{allow: yes, deny: no}
	}
	if len(sets) == 0 {
		r.miss(string(l) + " of the organization")
		return verdict{allow: maybe, deny: maybe}
	}
	whole := verdict{allow: yes, deny: no}
	for _, s := range sets {
		v := r.layer(l, s)
		if l == RCP && v.allow != yes {
			v.allow, v.by = yes, nil // RCPFullAWSAccess cannot be detached
		}
		whole.allow, whole.deny = and(whole.allow, v.allow), or(whole.deny, v.deny)
		whole.by = append(whole.by, v.by...)
	}
	return whole
}

// layer holds all statements of a layer against the request; the Principal of
// a statement does not count.
func (r *run) layer(l Layer, s Set) verdict {
	if !s.given {
		r.miss("the " + string(l))
		return verdict{allow: maybe, deny: maybe}
	}
	v := verdict{allow: no, deny: no}
	if len(s.lacking) > 0 {
		v = verdict{allow: maybe, deny: maybe}
		for _, l := range s.lacking {
			r.miss(l)
		}
	}
	for _, d := range s.documents {
		for i := range d.Policy.Statements {
			st := &d.Policy.Statements[i]
			if st.Effect == iam.Allow && v.allow == yes {
				continue
			}
			applies := r.applies(d.Policy, st)
			if applies == no {
				continue
			}
			at := Statement{Layer: l, Policy: d.Name, Index: i + 1, Sid: st.Sid}
			if st.Effect == iam.Deny {
				v.deny = or(v.deny, applies)
				r.denied(applies, at)
				continue
			}
			v.allow = or(v.allow, applies)
			if applies == yes {
				v.by = []Statement{at}
			}
		}
	}
	return v
}

// denied keeps the first Deny that applies.
func (r *run) denied(applies tri, at Statement) {
	if applies == yes && r.denying == nil {
		r.denying = &at
	}
}

// applies says whether a statement speaks of the request, its Principal left
// out of account.
func (r *run) applies(p *iam.Policy, s *iam.Statement) tri {
	t := r.action(s)
	if t == no {
		return no
	}
	variables := hasVariables(p)
	t = and(t, r.resource(s, variables))
	if t == no {
		return no
	}
	return and(t, r.conditions(s.Conditions, variables))
}

// resourceGrants is how far a resource's policy allows the principal, by the
// way that its statements name it.
type resourceGrants struct{ byName, byAll, byIssuer, byAccount tri }

func (g resourceGrants) any() tri { return or(g.byName, g.byAll, g.byIssuer, g.byAccount) }

// resourcePolicy holds a resource's policy against the request.
func (r *run) resourcePolicy(s Set) (verdict, resourceGrants) {
	if !s.given {
		r.miss("the resource policy of " + r.request.Resource)
		return verdict{allow: maybe, deny: maybe}, resourceGrants{maybe, maybe, maybe, maybe}
	}
	v := verdict{allow: no, deny: no}
	g := resourceGrants{no, no, no, no}
	if len(s.lacking) > 0 {
		r.miss("the resource policy of " + r.request.Resource)
		v, g = verdict{allow: maybe, deny: maybe}, resourceGrants{maybe, maybe, maybe, maybe}
	}
	for _, d := range s.documents {
		for i := range d.Policy.Statements {
			st := &d.Policy.Statements[i]
			applies := r.applies(d.Policy, st)
			if applies == no {
				continue
			}
			at := Statement{Layer: Resource, Policy: d.Name, Index: i + 1, Sid: st.Sid}
			certain, possible := r.principal(st)
			if st.Effect == iam.Deny {
				named := maybe
				switch {
				case possible == unnamed:
					continue
				case certain != unnamed:
					named = yes
				default:
					r.miss("whether the resource policy means " + r.request.Principal.ARN)
				}
				v.deny = or(v.deny, and(applies, named))
				r.denied(and(applies, named), at)
				continue
			}
			before := g
			for _, way := range []struct {
				grade grade
				to    *tri
			}{{byName, &g.byName}, {byAll, &g.byAll}, {byIssuer, &g.byIssuer}, {byAccount, &g.byAccount}} {
				if certain == way.grade {
					*way.to = or(*way.to, applies)
				}
				if possible == way.grade {
					*way.to = or(*way.to, and(applies, maybe))
				}
			}
			if before.any() != yes && g.any() == yes {
				v.by = []Statement{at}
			}
		}
	}
	v.allow = g.any()
	return v, g
}

// principal says how a statement of a resource policy names the principal.
func (r *run) principal(s *iam.Statement) (certain, possible grade) {
	p := &r.request.Principal
	if s.NotPrincipals == nil {
		return p.names(s.Principals)
	}
	c, some := p.names(s.NotPrincipals)
	switch {
	case s.Effect == iam.Deny && r.bounded && (p.Kind == User || p.Kind == RoleSession):
		// Source: IAM User Guide, "Permissions boundaries for IAM entities": a Deny
		// with NotPrincipal always denies a principal that has one.
		return byAll, byAll
	case some == unnamed:
		return byAll, byAll
	case c >= byAll && (p.Kind == Service || p.namesAccount(s.NotPrincipals)):
		return unnamed, unnamed // excepted
	}
	// Only the account, the role of a session, or the user without its account is
	// excepted: whether that excepts the principal AWS's documents leave open.
	// Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
	r.miss("how NotPrincipal takes " + p.ARN)
	return unnamed, byAll
}

// lacking lists the layers without an Allow.
func (r *run) lacking(scps, rcps, identity, boundary, session *verdict, g resourceGrants) []Layer {
	var layers []Layer
	for _, l := range []struct {
		layer Layer
		v     *verdict
	}{{SCP, scps}, {RCP, rcps}, {Identity, identity}, {Boundary, boundary}, {Session, session}} {
		if l.v.allow == no {
			layers = append(layers, l.layer)
		}
	}
	if g.any() == no && (r.needsResourcePolicy() || r.sameAccount() == no) {
		layers = append(layers, Resource)
	}
	if len(layers) == 0 {
		layers = append(layers, Resource)
	}
	return layers
}

// Applies says whether a statement (by its index) of a policy speaks of a
// request; its Principal does not count. may is false only where it certainly
// does not, certain says that it certainly does.
func Applies(q *Request, p *iam.Policy, statement int) (may, certain bool) {
	r := &run{request: q}
	t := r.applies(p, &p.Statements[statement])
	return t != no, t == yes
}
