package authz

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// probe asks the mapper something whose answer hangs on one row of a table.
type probe struct {
	table string
	row   row
	ask   func() string
}

// probes gives one for each row of each reviewed table.
func probes(t testing.TB) []probe {
	t.Helper()
	asks := map[string]func(row) func() string{
		"events": askEvent, "sources": askSource, "passrole": askPassRole, "parameters": askParameter,
		"types": askType, "joint": askJoint, "required": askRequired, "via": askVia, "ephemeral": askEphemeral, "ids": askID, "errors": askError,
	}
	var list []probe
	for _, name := range []string{"events", "sources", "passrole", "parameters", "types", "joint", "required", "via", "ephemeral", "ids", "errors"} {
		tab, err := readTable(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range tab.rows {
			list = append(list, probe{name, r, asks[name](r)})
		}
	}
	return list
}

// labelOf is an event source that stands for a prefix.
func labelOf(prefix string) string {
	for _, c := range candidatesOf(prefix) {
		if c.prefix == prefix {
			return prefix
		}
	}
	tab, _ := readTable("sources")
	for _, r := range tab.rows {
		if r.get("prefix") == prefix {
			return r.get("label")
		}
	}
	return prefix
}

// answerText is an answer without its sources.
func answerText(a Answer) string {
	var b strings.Builder
	b.WriteString(a.Status.String())
	if a.Gap {
		b.WriteString(" (known gap)")
	}
	for _, n := range a.Actions {
		fmt.Fprintf(&b, "; %s", n.Action)
		if n.When != "" {
			fmt.Fprintf(&b, " when %s", n.When)
		}
		if n.Confidence != "certain" {
			fmt.Fprintf(&b, " [%s]", n.Confidence)
		}
	}
	return b.String()
}

// askEvent asks for the event by name, and for a call whose parameters meet the
// row's condition.
func askEvent(r row) func() string {
	label := labelOf(r.get("prefix"))
	request := map[string]any{}
	p, _ := parsePredicate(r.get("if"))
	for _, t := range p {
		if !t.not && t.op != '?' {
			put(request, t.path, t.want+"x")
			if t.op == '=' {
				put(request, t.path, t.want)
			}
		}
	}
	switch r.get("resource") {
	case "kms-source", "kms-destination":
		request["sourceKeyId"], request["destinationKeyId"] = "from", "to"
	case "bucket-objects":
		request["bucketName"] = "b"
	case "copy-source":
		if _, ok := request["x-amz-copy-source"]; !ok {
			request["x-amz-copy-source"] = "from/k"
		}
	}
	return func() string {
		a := Lookup(label, r.get("event"), "")
		return answerText(a) + " | " + strings.Join(needsText(Resolve(&Call{
			EventSource: label, EventName: r.get("event"), Region: "eu-west-1", Account: "111122223333", Request: asJSON(request)}).Needs), ", ")
	}
}

// askSource asks for an event of the source that the row's prefix has, and
// that no other prefix of the source has where there is such a one.
func askSource(r row) func() string {
	label, event := r.get("label"), "NoSuchThing"
	request := map[string]any{}
	if s := serviceOf(r.get("prefix")); s != nil {
		event = ownEvent(label, s)
		p, _ := parsePredicate(r.get("if"))
		for _, t := range p {
			if !t.not {
				put(request, t.path, "x")
			}
		}
	}
	return func() string {
		a := Lookup(label, event, "")
		return event + ": " + answerText(a) + " (" + a.Source + ") | " + strings.Join(needsText(Resolve(&Call{
			EventSource: label, EventName: event, Region: "eu-west-1", Account: "111122223333", Request: asJSON(request)}).Needs), ", ")
	}
}

// ownEvent is the first action of a service that is no action of another prefix
// of the label.
func ownEvent(label string, s *service) string {
	var first string
	for _, name := range Actions(s.prefix) {
		_, name, _ = strings.Cut(name, ":")
		if len(eventRows()[s.prefix+"\t"+strings.ToLower(name)]) > 0 {
			continue
		}
		if first == "" {
			first = name
		}
		shared := false
		for _, c := range candidatesOf(label) {
			if o := serviceOf(c.prefix); o != nil && o != s && o.actions[strings.ToLower(name)] != nil {
				shared = true
			}
		}
		if !shared {
			return name
		}
	}
	return first
}

// askPassRole asks for a call that names a role at each of the row's parameters;
// for a reviewed row without any, for a call that names one where the API model
// has a role.
func askPassRole(r row) func() string {
	action := r.get("action")
	prefix, event, _ := strings.Cut(action, ":")
	label := labelOf(prefix)
	request := map[string]any{}
	for i, path := range splitList(r.get("parameters")) {
		path = strings.TrimSuffix(strings.TrimPrefix(path, "profile:"), "!")
		role := fmt.Sprintf("arn:aws:iam::111122223333:role/r%d", i)
		switch path {
		case "**":
			put(request, "someRoleArn", role)
		case "-":
			for _, op := range operationsOf(prefix)[strings.ToLower(event)] {
				for _, model := range op.roles {
					put(request, strings.TrimSuffix(model, "!"), role)
				}
			}
			put(request, "roleArn", role)
		default:
			put(request, path, role)
		}
	}
	return func() string {
		res := Resolve(&Call{EventSource: label, EventName: event, Region: "eu-west-1", Account: "111122223333", Request: asJSON(request)})
		var out []string
		for _, n := range res.Needs {
			if n.Action == passRole {
				out = append(out, n.Resource+" to "+n.Conditions["iam:PassedToService"])
			}
		}
		return strings.Join(append(out, res.Notes...), "; ") + " | " + answerText(Lookup(label, event, ""))
	}
}

// samples are values in the form that a transform takes.
var samples = map[string]string{
	"trim-slash": "/a/b", "last": "/x/Z1", "url-last": "https://sqs.eu-west-1.amazonaws.com/1/q", "family": "fam:3", "revision": "fam:3",
	"function": "111122223333:function:f", "alias": "alias/a", "topic": "arn:aws:sns:eu-west-1:111122223333:t:5", "arn-last": "arn:aws:events:eu-west-1:111122223333:event-bus/bus",
	"last-arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c", "ec2-instance": "i-1", "managed-instance": "mi-1", "foundation-model": "anthropic.m", "inference-profile": "eu.anthropic.m", "host": "https://h/p",
}

// askParameter asks for a call that holds the row's parameter, and at the usual
// names of the variable something else: of the first action of the type whose
// resources do not come from the usual names then.
func askParameter(r row) func() string {
	usual, own := "usual-"+strings.ToLower(r.get("variable")), "own"
	if sample := samples[r.get("transform")]; sample != "" {
		own = sample[strings.LastIndexAny(sample, "/:")+1:]
	}
	var first func() string
	for _, use := range usesOf(r) {
		ask := askUse(r, use)
		if first == nil {
			first = ask
		}
		_, needs, _ := strings.Cut(ask(), ": ")
		if none := r.get("parameters") == "@none"; !strings.Contains(needs, usual) && !strings.HasSuffix(needs, "*") && (none || strings.Contains(needs, own)) {
			one, other := first, ask
			return func() string { return one() + " || " + other() }
		}
	}
	if first == nil {
		return func() string { return "no action has the type" }
	}
	return first
}

// use is an action with one of its resource types.
type use struct {
	event string
	typ   ResourceType
}

func askUse(r row, u use) func() string {
	value := samples[r.get("transform")]
	if value == "" {
		value = "own"
	}
	var calls []*Call
	for _, path := range strings.Split(r.get("parameters"), ",") {
		request := map[string]any{}
		for _, template := range u.typ.Templates {
			for _, name := range variablesOf(template) {
				if slices.Contains([]string{"Partition", "Region", "Account"}, name) {
					continue
				}
				for i, guess := range guesses(u.typ, name, u.event) {
					put(request, guess, fmt.Sprintf("usual-%s-%d", strings.ToLower(name), i))
				}
			}
		}
		if path != "@none" && !strings.HasPrefix(path, "'") {
			put(request, path, value)
		}
		calls = append(calls, &Call{EventSource: labelOf(r.get("prefix")), EventName: u.event, Region: "eu-west-1", Account: "111122223333", Request: asJSON(request)})
	}
	return func() string {
		var out []string
		for _, c := range calls {
			out = append(out, strings.Join(needsText(Resolve(c).Needs), ", "))
		}
		return u.event + ": " + strings.Join(out, "; ")
	}
}

// usesOf lists the events and types that a row of parameters.tsv is for.
func usesOf(r row) []use {
	events := []string{r.get("event")}
	if events[0] == "*" {
		events = nil
		for _, name := range Actions(r.get("prefix")) {
			events = append(events, strings.TrimPrefix(name, r.get("prefix")+":"))
		}
	}
	var uses []use
	for _, event := range events {
		for _, n := range Lookup(labelOf(r.get("prefix")), event, "").Actions {
			if a, _ := FindAction(n.Action); a.Level == Tagging {
				continue // tags on what is made: of every type
			}
			for _, t := range ResourceTypes(n.Action) {
				holds := slices.ContainsFunc(t.Templates, func(text string) bool {
					return strings.Contains(strings.ToLower(text), "${"+strings.ToLower(r.get("variable"))+"}")
				})
				if holds && strings.HasPrefix(n.Action, r.get("prefix")+":") && (r.get("type") == "*" || strings.EqualFold(t.Name, r.get("type"))) {
					uses = append(uses, use{event, t})
				}
			}
		}
	}
	return uses
}

func askType(r row) func() string {
	return func() string {
		a, ok := FindAction(r.get("action"))
		if !ok {
			return "no action"
		}
		var names []string
		for _, t := range a.Types {
			names = append(names, t.Name)
		}
		slices.Sort(names)
		return strings.Join(names, ", ")
	}
}

func askJoint(r row) func() string {
	action := strings.Replace(r.get("action"), "*", "X", 1)
	return func() string { return fmt.Sprint(conjunctive(action)) }
}

func askRequired(r row) func() string {
	return func() string { return fmt.Sprint(isRequired(r.get("action"), r.get("type"))) }
}

func askVia(r row) func() string {
	return func() string { return fmt.Sprint(Carries(r.get("service")+".amazonaws.com", r.get("key"))) }
}

func askEphemeral(r row) func() string {
	return func() string { return fmt.Sprint(isEphemeral(r.get("prefix")+":X", r.get("type"))) }
}

func askID(r row) func() string {
	return func() string { return idType(r.get("prefix"), r.get("id")+"-0123456789abcdef0") }
}

func askError(r row) func() string {
	code := strings.ReplaceAll(r.get("code"), "*", "Zq")
	return func() string { return Classify(r.get("service"), code, "").String() }
}

// put sets a value at a path of a request, making objects on the way.
func put(object map[string]any, path, value string) {
	parts := strings.Split(strings.ReplaceAll(path, "[]", ""), ".")
	for i, part := range parts {
		if part == "@keys" {
			return
		}
		last := i == len(parts)-1
		if !last && parts[i+1] == "@keys" {
			object[part] = map[string]any{value: "x"}
			return
		}
		if last {
			object[part] = value
			return
		}
		inner, ok := object[part].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[part] = inner
		}
		object = inner
	}
}

func asJSON(v map[string]any) []byte {
	b, _ := json.Marshal(v)
	return b
}

// forget makes the mapper read a table anew.
func forget() {
	sourceRows = sync.OnceValue(func() map[string][]row { return rowsOf("sources", "label") })
	eventRows = sync.OnceValue(parseEvents)
	passRoleRows = sync.OnceValue(func() map[string][]row { return rowsOf("passrole", "action") })
	parameterRows = sync.OnceValue(func() map[string][]row { return rowsOf("parameters", "prefix", "type", "variable") })
	ephemeralTypes = sync.OnceValue(func() map[string][]row { return rowsOf("ephemeral", "prefix", "type") })
	jointRows = sync.OnceValue(func() map[string][]row { return rowsOf("joint", "action") })
	requiredTypes = sync.OnceValue(func() map[string][]row { return rowsOf("required", "action", "type") })
	viaKeys = sync.OnceValue(func() map[string][]row { return rowsOf("via", "service", "key") })
	extraTypes = sync.OnceValue(func() map[string][]row { return rowsOf("types", "action") })
	errorCodes = sync.OnceValue(readErrors)
	idPrefixes = sync.OnceValue(readIDs)
	candidateMemo, rolePathMemo = memo[[]candidate]{}, memo[[]rolePath]{}
}

// withoutRow answers as if a table lacked the row.
func withoutRow(t testing.TB, p probe) string {
	t.Helper()
	path := "data/" + p.table + ".tsv"
	data, err := fs.ReadFile(tableFiles, path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	lines[p.row.line-1] = "# left out"
	whole := tables
	tables = overlay{fstest.MapFS{path: &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}}, whole}
	if p.table == "types" {
		serviceMemo = memo[*service]{}
	}
	forget()
	got := p.ask()
	tables = whole
	if p.table == "types" {
		serviceMemo = memo[*service]{}
	}
	forget()
	return got
}

// overlay opens files of the first file system, else of the second.
type overlay struct{ over, under fs.FS }

func (o overlay) Open(name string) (fs.File, error) {
	if f, err := o.over.Open(name); err == nil {
		return f, nil
	}
	return o.under.Open(name)
}

// TestRowAnswers holds what each row of the reviewed tables answers, so that no
// row can be lost or changed unseen. UPDATE_GOLDEN=1 writes the file anew.
func TestRowAnswers(t *testing.T) {
	var b strings.Builder
	for _, p := range probes(t) {
		fmt.Fprintf(&b, "%s %s -> %s\n", p.table, strings.Join(p.row.fields[:min(2, len(p.row.fields)-1)], " "), p.ask())
	}
	const path = "testdata/rows.golden"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, old := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range got {
		if i >= len(old) || got[i] != old[i] {
			t.Fatalf("%s:%d:\n got %s\nwant %s", path, i+1, got[i], append(old, "nothing")[min(i, len(old))])
		}
	}
	if len(got) != len(old) {
		t.Errorf("%d rows, %s has %d", len(got)-1, path, len(old)-1)
	}
}

// TestEveryRowMatters is the mutation test of the tables: with any one row left
// out the answer to its probe changes, and so TestRowAnswers would fail. A row
// that changes nothing is dead and to be removed.
func TestEveryRowMatters(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a table for each of its rows")
	}
	dead, count := map[string][]string{}, 0
	for _, p := range probes(t) {
		count++
		if with := p.ask(); withoutRow(t, p) == with {
			dead[p.table] = append(dead[p.table], fmt.Sprintf("%s.tsv:%d: %s", p.table, p.row.line, strings.Join(p.row.fields, " ")))
		}
	}
	t.Logf("%d rows left out, one after the other", count)
	for name, rows := range dead {
		t.Errorf("%d rows of %s change nothing:\n%s", len(rows), name, strings.Join(rows, "\n"))
	}
}

// TestEveryRuleMatters leaves out each rule that is written in Go: some case of
// TestResolve or of the row answers must change.
func TestEveryRuleMatters(t *testing.T) {
	answers := func() string {
		var b strings.Builder
		for _, c := range ruleCalls {
			fmt.Fprintln(&b, strings.Join(needsText(Resolve(call(c.event, c.request)).Needs), ", "))
		}
		return b.String()
	}
	with := answers()
	for _, rules := range []map[string]func(*resolver, *Action) []found{resourceRules, actionRules} {
		for name, rule := range rules {
			delete(rules, name)
			if answers() == with {
				t.Errorf("without the rule %s no answer changes", name)
			}
			rules[name] = rule
		}
	}
}

// ruleCalls is a call for each rule.
var ruleCalls = []struct{ event, request string }{
	{"s3:DeleteObjects", `{"bucketName":"b","delete":""}`},
	{"s3:CopyObject", `{"bucketName":"b","key":"k","x-amz-copy-source":"from/a%20b"}`},
	{"s3express:GetObject", `{"bucketName":"b--use1-az4--x-s3","key":"k"}`},
	{"kms:ReEncrypt", `{"sourceKeyId":"k1","destinationKeyId":"k2"}`},
	{"lambda:CreateFunction20150331", `{"functionName":"f","role":"arn:aws:iam::111122223333:role/r","layers":["arn:aws:lambda:eu-west-1:111122223333:layer:l:3"]}`},
	{"dynamodb:TransactWriteItems", `{"transactItems":[{"put":{"tableName":"a"}},{"update":{"tableName":"b"}},{"delete":{"tableName":"c"}},{"conditionCheck":{"tableName":"d"}}]}`},
	{"dynamodb:ExecuteStatement", `{"statement":"SELECT * FROM \"orders\".\"by-date\" WHERE id = 1"}`},
	{"elasticloadbalancing:CreateLoadBalancer", `{"name":"n","type":"network"}`},
}
