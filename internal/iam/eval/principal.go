package eval

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Kind is the kind of a principal.
type Kind uint8

// The kinds of principals. The zero value is unknown.
const (
	UnknownKind   Kind = iota
	User               // an IAM user with its own credentials
	RoleSession        // a session of a role
	FederatedUser      // a session of GetFederationToken
	Root               // an account's root user
	Service            // an AWS service
	Anonymous          // nobody: an unsigned request
)

// Principal is who makes a request.
type Principal struct {
	Kind Kind
	// ARN is the principal's own: of the user, of the session
	// (arn:aws:sts::…:assumed-role/…), of the root user; a service's DNS name.
	ARN string
	// Issuer is the ARN of the role of a session, or of the user that federated;
	// empty where it is not known.
	Issuer   string
	Account  string
	UniqueID string // AIDA…, AROA…; empty where it is not known
	// ServiceLinked says that the role is a service-linked one, which service
	// and resource control policies do not bind.
	ServiceLinked bool
}

// PrincipalOf reads a principal off its ARN; of a session's role only the name
// is known, and so the ARN of one without a path is taken for it.
func PrincipalOf(arn string) Principal {
	if arn == "*" || arn == "" {
		return Principal{}
	}
	a, err := iam.ParseARN(arn)
	if err != nil {
		if strings.HasSuffix(arn, ".amazonaws.com") || strings.HasSuffix(arn, ".amazonaws.com.cn") {
			return Principal{Kind: Service, ARN: arn}
		}
		return Principal{}
	}
	p := Principal{ARN: arn, Account: a.Account}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	switch {
	case a.Service == "iam" && a.Resource == "root":
		p.Kind = Root
	case a.Service == "iam" && kind == "user":
		p.Kind = User
	case a.Service == "iam" && kind == "role":
		p.Kind, p.Issuer = RoleSession, arn
		p.ServiceLinked = strings.HasPrefix(rest, "aws-service-role/")
	case a.Service == "sts" && kind == "assumed-role":
		name, _, _ := strings.Cut(rest, "/")
		p.Kind, p.Issuer = RoleSession, "arn:"+a.Partition+":iam::"+a.Account+":role/"+name
	case a.Service == "sts" && kind == "federated-user":
		p.Kind = FederatedUser
	}
	return p
}

// grade says how a statement of a resource policy names the principal: what
// else must allow depends on it.
type grade uint8

const (
	unnamed   grade = iota
	byAccount       // the account, which leaves it to the identity policies
	byIssuer        // the role of the session, the user that federated
	byAll           // everybody
	byName          // the user or session itself
)

// names says how the Principal of a statement takes in the principal of the
// request: the strongest grade that is certain, and the strongest possible.
func (p *Principal) names(list iam.Principals) (certain, possible grade) {
	add := func(g grade, t tri) {
		if t == yes {
			certain = max(certain, g)
		}
		if t != no {
			possible = max(possible, g)
		}
	}
	for kind, values := range list {
		for _, v := range values {
			switch kind {
			case "*":
				add(byAll, yes)
			case "AWS":
				add(p.namedBy(v))
			case "Service":
				add(byName, truth(p.Kind == Service && p.ARN == v))
			case "Federated":
				// Sessions made with a provider's token are role sessions by the time
				// that they call; only AssumeRoleWith… itself is made as one.
				add(byName, truth(p.ARN == v))
			default: // CanonicalUser: the records do not hold an account's canonical ID
				add(byName, min(maybe, truth(p.Kind != Anonymous && p.Kind != Service)))
			}
		}
	}
	return certain, possible
}

// namesAccount says whether a list names the principal's account as such, or
// everybody.
func (p *Principal) namesAccount(list iam.Principals) bool {
	if list["*"] != nil {
		return true
	}
	for _, v := range list["AWS"] {
		if g, t := p.namedBy(v); v == "*" || g == byAccount && t == yes {
			return true
		}
	}
	return false
}

// namedBy holds one value of "AWS" against the principal.
// Source: IAM User Guide, "AWS JSON policy elements: Principal".
func (p *Principal) namedBy(v string) (grade, tri) {
	if v == "*" {
		return byAll, yes
	}
	if p.Kind == Service || p.Kind == Anonymous {
		return byName, no
	}
	if isAccount(v) {
		return byAccount, truth(p.Account == v)
	}
	if strings.HasPrefix(v, "AIDA") || strings.HasPrefix(v, "AROA") {
		g := byName
		if strings.HasPrefix(v, "AROA") {
			g = byIssuer
		}
		if p.UniqueID == "" {
			return g, maybe
		}
		return g, truth(p.UniqueID == v || strings.HasPrefix(p.UniqueID, v+":"))
	}
	a, err := iam.ParseARN(v)
	if err != nil {
		return byName, no
	}
	if a.Service == "iam" && a.Resource == "root" {
		return byAccount, truth(p.Account == a.Account)
	}
	if p.Kind == UnknownKind {
		return byName, maybe
	}
	if p.Issuer != "" && p.Issuer == v {
		return byIssuer, yes
	}
	if p.ARN == v {
		return byName, yes
	}
	if p.Kind == RoleSession && a.Account == p.Account && strings.HasPrefix(a.Resource, "role/") && lastName(v) == lastName(p.Issuer) {
		return byIssuer, maybe // the role's path is not known from a session
	}
	return byName, no
}

func lastName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func isAccount(text string) bool {
	if len(text) != 12 {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}
