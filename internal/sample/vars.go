package sample

import (
	"fmt"
	"strconv"
	"time"
)

// variable is an index into variables.
type variable int

// scope says how long a variable keeps its value.
type scope uint8

const (
	perUse   scope = iota // another one each time
	perEvent              // the same in all parts of one event
	perRun                // the same through a run of calls that belong together
)

// variableDef is a variable: its name, how long it lasts, how a value is made.
type variableDef struct {
	name  string
	scope scope
	make  func(*writer) string
}

// variables are all that a template can name.
var variables = []variableDef{
	{"account", perEvent, func(w *writer) string { return w.account }},
	{"region", perEvent, func(w *writer) string { return w.region }},
	{"regiona", perEvent, func(w *writer) string { return w.region + "a" }},
	{"user", perEvent, func(w *writer) string { return w.pool("user") }},
	{"approle", perRun, func(w *writer) string { return w.pool("approle") }},
	{"policy", perRun, func(w *writer) string { return w.pool("policy") }},
	{"session", perEvent, func(w *writer) string { return w.session }},
	{"bucket", perRun, func(w *writer) string { return w.pool("bucket") }},
	{"prefix", perEvent, func(w *writer) string { return w.pool("prefix") }},
	{"key", perEvent, makeKey},
	{"fn", perRun, func(w *writer) string { return w.pool("fn") }},
	{"fnrole", perRun, func(w *writer) string { return w.named("fn") + "-role" }},
	{"loggroup", perRun, func(w *writer) string { return "/aws/lambda/" + w.named("fn") }},
	{"logstream", perEvent, func(w *writer) string { return w.now.Format("2006/01/02") + "/[$LATEST]" + w.hex(32) }},
	{"table", perRun, func(w *writer) string { return w.pool("table") }},
	{"repo", perRun, func(w *writer) string { return w.pool("repo") }},
	{"queue", perRun, func(w *writer) string { return w.pool("queue") }},
	{"topic", perRun, func(w *writer) string { return w.pool("topic") }},
	{"kmskey", perRun, func(w *writer) string { return stableUUID(w.account + w.region + w.pool("kms")) }},
	{"secret", perRun, func(w *writer) string { return w.pool("secret") }},
	{"param", perEvent, func(w *writer) string { return w.pool("param") }},
	{"instance", perRun, func(w *writer) string { return "i-0" + stableHex(w.region+w.pool("host"), 16) }},
	{"volume", perRun, func(w *writer) string { return "vol-0" + stableHex("vol"+w.region+w.pool("host"), 16) }},
	{"eni", perRun, func(w *writer) string { return "eni-0" + stableHex("eni"+w.region+w.pool("host"), 16) }},
	{"vpc", perRun, func(w *writer) string { return "vpc-0" + stableHex("vpc"+w.region+w.account, 16) }},
	{"subnet", perRun, func(w *writer) string { return "subnet-0" + stableHex("subnet"+w.region+w.pool("subnet"), 16) }},
	{"sg", perRun, func(w *writer) string { return "sg-0" + stableHex("sg"+w.region+w.pool("subnet"), 16) }},
	{"ami", perRun, func(w *writer) string { return "ami-0" + stableHex("ami"+w.region+w.now.Format("200601"), 16) }},
	{"cluster", perRun, func(w *writer) string { return w.pool("cluster") }},
	{"service", perRun, func(w *writer) string { return w.pool("service") }},
	{"stack", perRun, func(w *writer) string { return w.pool("stack") }},
	{"db", perRun, func(w *writer) string { return w.pool("db") }},
	{"asg", perRun, func(w *writer) string { return w.pool("asg") }},
	{"lb", perRun, func(w *writer) string { return w.pool("lb") }},
	{"tg", perRun, func(w *writer) string { return w.pool("tg") }},
	{"stackid", perRun, func(w *writer) string { return stableUUID("stack" + w.account + w.region + w.named("stack")) }},
	{"tgid", perRun, func(w *writer) string { return stableHex("tg"+w.account+w.region+w.named("tg"), 16) }},
	{"lbid", perRun, func(w *writer) string { return stableHex("lb"+w.account+w.region+w.named("lb"), 16) }},
	{"listener", perRun, func(w *writer) string { return stableHex("listener"+w.account+w.region, 16) }},
	{"cert", perRun, func(w *writer) string { return stableUUID("cert" + w.account + w.region) }},
	{"detector", perRun, func(w *writer) string { return stableHex("detector"+w.account+w.region, 32) }},
	{"webacl", perRun, func(w *writer) string { return stableUUID("webacl" + w.account + w.region) }},
	{"lt", perRun, func(w *writer) string { return stableHex("lt"+w.account+w.region, 16) }},
	{"api", perRun, func(w *writer) string { return stableHex("api"+w.account+w.region, 10) }},
	{"dist", perRun, func(w *writer) string { return "EDFDVBD6EXAMPLE" }},
	{"zone", perRun, func(w *writer) string { return "Z3EXAMPLEZONE" }},
	{"stream", perRun, func(w *writer) string { return w.pool("stream") }},
	{"rule", perRun, func(w *writer) string { return w.pool("rule") }},
	{"machine", perRun, func(w *writer) string { return w.pool("machine") }},
	{"akia", perEvent, func(w *writer) string { return "AKIA" + w.pick(base32, 9) + "EXAMPLE" }},
	{"asia", perEvent, func(w *writer) string { return "ASIA" + w.pick(base32, 9) + "EXAMPLE" }},
	{"idEXAMPLE", perEvent, func(w *writer) string { return w.pick(base32, 10) + "EXAMPLE" }},
	{"stoken", perEvent, func(w *writer) string { return "IQoJb3JpZ2luX2VjE" + w.pick(base64, 60) + "EXAMPLETOKEN==" }},
	{"uuid", perEvent, func(w *writer) string { return w.uuid() }},
	{"hex6", perEvent, func(w *writer) string { return w.hex(6) }},
	{"hex8", perEvent, func(w *writer) string { return w.hex(8) }},
	{"hex16", perEvent, func(w *writer) string { return w.hex(16) }},
	{"hex32", perEvent, func(w *writer) string { return w.hex(32) }},
	{"hex40", perEvent, func(w *writer) string { return w.hex(40) }},
	{"hex64", perEvent, func(w *writer) string { return w.hex(64) }},
	{"b64", perEvent, func(w *writer) string { return w.pick(base64, 75) + "=" }},
	{"sha256b64", perEvent, func(w *writer) string { return w.pick(base64, 43) + "=" }},
	{"d2", perEvent, func(w *writer) string { return strconv.Itoa(10 + w.rng.IntN(90)) }},
	{"n", perUse, func(w *writer) string { return strconv.Itoa(100 + w.rng.IntN(9900)) }},
	{"N", perUse, func(w *writer) string { return strconv.Itoa(1000 + w.rng.IntN(90_000_000)) }},
	{"millis", perUse, func(w *writer) string { return strconv.FormatInt(w.now.UnixMilli()-int64(w.rng.IntN(3_600_000)), 10) }},
	{"secs", perUse, func(w *writer) string { return strconv.FormatInt(w.now.Unix()-int64(w.rng.IntN(86_400)), 10) }},
	{"isotime", perEvent, func(w *writer) string { return w.now.Format("2006-01-02T15:04:05.000+0000") }},
	{"longtime", perEvent, func(w *writer) string { return w.now.Add(time.Hour).Format("Jan 2, 2006, 3:04:05 PM") }},
}

// variableNames finds a variable by its name.
var variableNames = indexVariables()

func indexVariables() map[string]variable {
	names := make(map[string]variable, len(variables))
	for i := range variables {
		names[variables[i].name] = variable(i)
	}
	return names
}

const (
	hexDigits = "0123456789abcdef"
	base32    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	base64    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	alnum     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// pools are the names that everyone shares; an actor's own pools come first.
var pools = map[string][]string{
	"user":    {"alice", "bob", "carol", "dave", "erin", "frank", "backup-agent", "legacy-uploader"},
	"approle": {"shop-task", "data-pipeline", "deploy-target", "support-readonly", "break-glass"},
	"policy":  {"shop-runtime", "deployers", "analysts", "boundary"},
	"bucket":  {"example-shop-assets", "example-shop-logs", "example-data-lake", "example-backups", "example-audit"},
	"prefix":  {"", "releases/", "2026/05/", "orders/", "exports/"},
	"fn":      {"shop-orders", "shop-checkout", "shop-mailer", "image-resizer", "log-forwarder"},
	"table":   {"shop-orders", "shop-carts", "shop-sessions", "inventory"},
	"repo":    {"shop/api", "shop/worker", "platform/base"},
	"queue":   {"shop-orders", "shop-orders-dlq", "shop-mail"},
	"topic":   {"shop-alarms", "orders-placed", "ops-pager"},
	"kms":     {"shop", "data", "backup"},
	"secret":  {"shop/prod/db", "shop/prod/payments", "data/warehouse"},
	"param":   {"/shop/prod/feature-flags", "/shop/prod/log-level", "/shop/prod/db-url", "/platform/agent-config"},
	"host":    {"web1", "web2", "web3", "node1", "node2", "node3", "node4", "bastion", "build1"},
	"subnet":  {"a", "b", "c"},
	"cluster": {"shop-prod", "shop-stage"},
	"service": {"shop-api", "shop-worker"},
	"stack":   {"shop-network", "shop-service", "shop-data"},
	"db":      {"shop-prod", "shop-reports"},
	"asg":     {"web", "eks-nodes"},
	"lb":      {"shop-edge"},
	"tg":      {"shop-api", "shop-worker"},
	"stream":  {"clicks", "orders"},
	"rule":    {"nightly-report", "image-pushed"},
	"machine": {"order-fulfilment", "refund"},
}

// pool draws from the actor's own names of a kind, or from everybody's. Names
// early in a list are drawn more often than late ones.
func (w *writer) pool(kind string) string {
	names, ok := w.actor.pools[kind]
	if !ok {
		names = pools[kind]
	}
	n := len(names)
	return names[min(w.rng.IntN(n), w.rng.IntN(n))]
}

func makeKey(w *writer) string {
	switch w.rng.IntN(3) {
	case 0:
		return "releases/" + w.named("fn") + "/" + w.hex(8) + ".zip"
	case 1:
		return fmt.Sprintf("exports/dt=%s/part-%05d.snappy.parquet", w.now.Format("2006-01-02"), w.rng.IntN(200))
	default:
		return fmt.Sprintf("images/%03d/%d.webp", w.rng.IntN(300), w.rng.IntN(5))
	}
}

// pick makes n random letters of an alphabet.
func (w *writer) pick(alphabet string, n int) string {
	b := make([]byte, n)
	size := uint64(len(alphabet))
	var bits uint64
	for i := range b {
		if i%8 == 0 {
			bits = w.rng.Uint64()
		}
		b[i] = alphabet[(bits&0xff)%size]
		bits >>= 8
	}
	return string(b)
}

func (w *writer) hex(n int) string { return w.pick(hexDigits, n) }

// uuid makes a random one, of version 4.
func (w *writer) uuid() string {
	h := []byte(w.hex(32))
	h[12], h[16] = '4', "89ab"[int(h[16])%4]
	return dashed(string(h))
}

func dashed(h string) string {
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
}

// stableHex derives n (at most 64) hexadecimal digits from a name: an instance
// keeps its id through the whole trail.
func stableHex(name string, n int) string {
	const prime = 0x100000001b3
	sum := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		sum = (sum ^ uint64(name[i])) * prime
	}
	b := make([]byte, n)
	for i := range b {
		if i%8 == 0 {
			sum ^= sum >> 29
			sum *= 0xbf58476d1ce4e5b9
			sum ^= sum >> 32
		}
		b[i] = hexDigits[sum>>(4*(i%8))&15]
	}
	return string(b)
}

func stableUUID(name string) string { return dashed(stableHex(name, 32)) }

// stableID derives an IAM unique id (AIDA…, AROA…) from a name.
func stableID(prefix, name string) string {
	h := stableHex(name, 20)
	b := make([]byte, 10)
	for i := range b {
		v := indexHex(h[2*i])*16 + indexHex(h[2*i+1])
		b[i] = base32[v%32]
	}
	return prefix + string(b) + "EXAMPLE"
}

func indexHex(c byte) int {
	if c >= 'a' {
		return int(c-'a') + 10
	}
	return int(c - '0')
}
