package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// The peer is an independent evaluator, installed by the test and nothing but
// asked: its licence is the AGPL, and none of it is in this repository.
const (
	peerPackage = "@cloud-copilot/iam-simulate"
	peerVersion = "0.1.173"
)

var (
	peerSeed  = flag.Uint64("peer-seed", 7, "seed of the requests for the peer")
	peerShow  = flag.Int("peer-show", 3, "differences shown whole")
	peerCount = flag.Int("peer-count", 12000, "requests for the peer")
)

// explained are the reviewed differences: the peer reads a rule otherwise. A
// difference counts as explained only if our evaluator, given the request with
// the peer's reading written out, agrees with the peer.
var explained = []struct {
	reason string
	apply  func(*generated)
}{
	{"ForAnyValue with IfExists on a key that is absent: the peer takes it for false; AWS documents IfExists to be true then", (*generated).dropIfExists},
	{"an IP range of /0: the peer matches no address with it", (*generated).dropEmptyRange},
	{"a resource policy grants to the session by name: the peer limits it by the session policy; AWS documents that it is not limited", (*generated).limitSession},
	{"NotIpAddress with an IPv4 range and an IPv6 address: the peer takes it for false; AWS documents it as all addresses but those of the range", (*generated).dropOtherFamily},
	{"policy variables in a policy of version 2008-10-17: the peer resolves them in Resource; AWS documents them as literal text", (*generated).newVersion},
}

// TestPeer holds the evaluator against the peer over generated requests.
func TestPeer(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIP: -short")
	}
	folder := installPeer(t)
	rng := rand.New(rand.NewPCG(*peerSeed, 1))
	cases := make([]*generated, *peerCount)
	var input bytes.Buffer
	for i := range cases {
		cases[i] = generate(rng)
		line, err := json.Marshal(cases[i].simulation())
		if err != nil {
			t.Fatal(err)
		}
		input.Write(append(line, '\n'))
	}
	script, err := filepath.Abs(filepath.Join("testdata", "peer.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", script, folder)
	cmd.Stdin, cmd.Stderr = &input, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	comparePeer(t, cases, out)
}

func comparePeer(t *testing.T, cases []*generated, out []byte) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	counts, known := map[string]int{}, map[string]int{}
	differences, refused, open := 0, 0, 0
	for i := 0; lines.Scan(); i++ {
		var answer struct {
			Result string
			Error  json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Error != nil {
			if refused++; refused <= 3 {
				t.Errorf("the peer refuses a request: %s\n%s", answer.Error, cases[i])
			}
			continue
		}
		g := cases[i]
		ours := Evaluate(&g.request, &g.policies)
		theirs := map[string]Decision{"Allowed": Allowed, "ExplicitlyDenied": Denied, "ImplicitlyDenied": Denied}[answer.Result]
		same := ours.Decision == theirs && ours.Explicit == (answer.Result == "ExplicitlyDenied")
		counts[answer.Result]++
		if same {
			continue
		}
		if ours.Decision == Unknown || ours.Decision == theirs && len(ours.Missing) > 0 {
			open++
			known["we do not decide: "+strings.Join(ours.Missing, ", ")]++
			continue
		}
		if reason := explain(g, answer.Result); reason != "" {
			known[reason]++
			continue
		}
		if differences++; differences <= *peerShow {
			t.Errorf("request %d: we say %s (explicit %v: %s), the peer %s\n%s", i, ours.Decision, ours.Explicit, ours.Reason(), answer.Result, g)
		}
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	if total != len(cases) {
		t.Errorf("the peer answered %d of %d", total, len(cases))
	}
	for class, n := range known {
		t.Logf("explained: %d: %s", n, class)
	}
	if open > total/50 {
		t.Errorf("we do not decide %d of %d requests on which the peer does", open, total)
	}
	t.Logf("%d requests, %d unexplained differences; the peer: %v", total, differences, counts)
	for _, r := range []string{"Allowed", "ExplicitlyDenied", "ImplicitlyDenied"} {
		if counts[r] < total/20 {
			t.Errorf("only %d of %d requests are %s: the generator shows too little", counts[r], total, r)
		}
	}
}

// installPeer gives a folder with the peer in it. It skips, loudly, where there
// is no npm.
func installPeer(t *testing.T) string {
	for _, tool := range []string{"npm", "node"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP: %s is missing: the evaluator is not held against %s", tool, peerPackage)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("SKIP: no cache folder: %v", err)
	}
	folder := filepath.Join(cache, "leasttrail-test-peers", "iam-simulate-"+peerVersion)
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@cloud-copilot", "iam-simulate", "package.json")); err == nil {
		return folder
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, peerPackage+"@"+peerVersion)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("SKIP: npm cannot install %s: %v\n%s", peerPackage, err, out)
	}
	return folder
}

// generated is one request with its policies, in our form and the peer's.
type generated struct {
	request  Request
	policies Policies
	context  map[string][]string
	multi    map[string]bool // keys that are lists
	owner    string
}

func documents(s Set) []map[string]any {
	list := []map[string]any{}
	for _, d := range s.Documents() {
		list = append(list, map[string]any{"name": d.Name, "policy": json.RawMessage(d.Policy.JSON(""))})
	}
	return list
}

// simulation is the request in the peer's form.
func (g *generated) simulation() map[string]any {
	context := map[string]any{}
	for key, values := range g.context {
		if g.multi[key] {
			context[key] = values
		} else {
			context[key] = values[0]
		}
	}
	sim := map[string]any{
		"request": map[string]any{
			"principal": g.request.Principal.ARN, "action": g.request.Action,
			"resource":         map[string]any{"resource": g.request.Resource, "accountId": g.owner},
			"contextVariables": context,
		},
		"identityPolicies":        documents(g.policies.Identity),
		"serviceControlPolicies":  orgLevels(g.policies.SCPs),
		"resourceControlPolicies": orgLevels(g.policies.RCPs),
	}
	if d := g.policies.Boundary.Documents(); len(d) > 0 {
		sim["permissionBoundaryPolicies"] = documents(g.policies.Boundary)
	}
	if d := g.policies.Session.Documents(); len(d) > 0 {
		sim["sessionPolicy"] = json.RawMessage(d[0].Policy.JSON(""))
	}
	if d := g.policies.Resource.Documents(); len(d) > 0 {
		sim["resourcePolicy"] = json.RawMessage(d[0].Policy.JSON(""))
	}
	return sim
}

func orgLevels(sets []Set) []map[string]any {
	list := []map[string]any{}
	for i, s := range sets {
		list = append(list, map[string]any{"orgIdentifier": fmt.Sprintf("ou-%d", i), "policies": documents(s)})
	}
	return list
}

func (g *generated) String() string {
	text, _ := json.MarshalIndent(g.simulation(), "", " ")
	return string(text)
}

// explain finds the reviewed readings, one or several together, under which our
// evaluator gives the peer's answer; "" if none does.
func explain(g *generated, result string) string {
	for set := 1; set < 1<<len(explained); set++ {
		other := g.copy()
		var reasons []string
		for i, e := range explained {
			if set&(1<<i) != 0 {
				e.apply(other)
				reasons = append(reasons, e.reason)
			}
		}
		a := Evaluate(&other.request, &other.policies)
		if a.Decision == Denied && result != "Allowed" && (a.Explicit == (result == "ExplicitlyDenied") || len(a.Missing) > 0) || a.Decision == Allowed && result == "Allowed" || a.Decision == Unknown {
			return strings.Join(reasons, "; and ")
		}
	}
	return ""
}

// copy is a copy whose policies can be changed.
func (g *generated) copy() *generated {
	c := *g
	p := &c.policies
	for _, s := range []*Set{&p.Identity, &p.Boundary, &p.Session, &p.Resource} {
		*s = s.copy()
	}
	p.SCPs, p.RCPs = copySets(p.SCPs), copySets(p.RCPs)
	return &c
}

func copySets(sets []Set) []Set {
	var list []Set
	for _, s := range sets {
		list = append(list, s.copy())
	}
	return list
}

func (s Set) copy() Set {
	var list []Document
	for _, d := range s.documents {
		again, err := iam.ParsePolicy(d.Policy.JSON(""))
		if err != nil {
			panic(err)
		}
		list = append(list, Document{Name: d.Name, Policy: again})
	}
	return Set{documents: list, given: s.given}
}

// eachCondition changes the conditions of all statements.
func (g *generated) eachCondition(change func(op string, keys map[string][]string) (string, map[string][]string)) {
	p := &g.policies
	for _, s := range append(append([]Set{p.Identity, p.Boundary, p.Session, p.Resource}, p.SCPs...), p.RCPs...) {
		for _, d := range s.documents {
			for i := range d.Policy.Statements {
				st := &d.Policy.Statements[i]
				if st.Conditions == nil {
					continue
				}
				changed := iam.Conditions{}
				for op, keys := range st.Conditions {
					op, keys = change(op, keys)
					if changed[op] == nil {
						changed[op] = map[string][]string{}
					}
					for key, values := range keys {
						changed[op][key] = append(changed[op][key], values...)
					}
				}
				st.Conditions = changed
			}
		}
	}
}

func (g *generated) dropIfExists() {
	g.eachCondition(func(op string, keys map[string][]string) (string, map[string][]string) {
		if strings.HasPrefix(op, "ForAnyValue:") {
			op = strings.TrimSuffix(op, "IfExists")
		}
		return op, keys
	})
}

func (g *generated) dropEmptyRange() {
	g.eachCondition(func(op string, keys map[string][]string) (string, map[string][]string) {
		for _, values := range keys {
			for i := range values {
				if values[i] == "0.0.0.0/0" {
					values[i] = "192.0.2.255/32"
				}
			}
		}
		return op, keys
	})
}

func (g *generated) dropOtherFamily() {
	ip := g.context["aws:SourceIp"]
	if len(ip) == 0 {
		return
	}
	g.eachCondition(func(op string, keys map[string][]string) (string, map[string][]string) {
		if values := keys["aws:SourceIp"]; strings.HasPrefix(op, "NotIpAddress") && strings.Contains(values[0], ":") != strings.Contains(ip[0], ":") {
			return "IpAddress", map[string][]string{"aws:SourceIp": {"192.0.2.255/32"}}
		}
		return op, keys
	})
}

// newVersion has variables work in the Resource elements of all policies, and
// nowhere else where they did not.
func (g *generated) newVersion() {
	p := &g.policies
	for _, s := range append(append([]Set{p.Identity, p.Boundary, p.Session, p.Resource}, p.SCPs...), p.RCPs...) {
		for _, d := range s.documents {
			if hasVariables(d.Policy) {
				continue
			}
			d.Policy.Version = iam.Version
			for i := range d.Policy.Statements {
				for _, keys := range d.Policy.Statements[i].Conditions {
					for _, values := range keys {
						for j := range values {
							values[j] = literalVariables(values[j])
						}
					}
				}
			}
		}
	}
}

// limitSession leaves a grant to the session by name to what the ceilings
// allow, as a grant to its role is.
func (g *generated) limitSession() {
	p := &g.request.Principal
	if p.Kind == User || g.policies.Session.empty() {
		return
	}
	for _, d := range g.policies.Resource.documents {
		for i := range d.Policy.Statements {
			for _, values := range d.Policy.Statements[i].Principals {
				for j, v := range values {
					if v == p.ARN && d.Policy.Statements[i].Effect == iam.Allow {
						values[j] = p.Issuer
					}
				}
			}
		}
	}
	if p.Issuer == "" {
		p.Issuer = "arn:aws:iam::111122223333:user/federating"
		g.limitSession()
	}
}
