package ducksql

import (
	"maps"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// call is a function call being printed.
type call struct {
	p    *printer
	fn   *bind.Function
	args []bind.Expr
	ret  *types.Type
	at   athenasql.Pos
}

// lowering prints one function.
type lowering func(c *call) string

// tables hold how functions are printed; what is not in them is refused.
type tables struct {
	scalars    map[string]lowering // by "name" or "name/number of arguments"
	aggregates map[string]func(*aggCall) string
}

var loadTables = sync.OnceValue(func() *tables {
	t := &tables{scalars: map[string]lowering{}, aggregates: aggregateLowerings()}
	for _, some := range []func() map[string]lowering{
		operatorLowerings, arithmeticLowerings, stringLowerings, binaryLowerings, mathLowerings,
		timeLowerings, arrayLowerings, mapLowerings, jsonLowerings,
	} {
		maps.Copy(t.scalars, some())
	}
	return t
})

// Supports tells whether a scalar function, an aggregate or a window function
// of this name can be printed.
func Supports(name string) bool {
	t := loadTables()
	if _, ok := t.scalars[name]; ok {
		return true
	}
	for key := range t.scalars {
		if base, _, found := strings.Cut(key, "/"); found && base == name {
			return true
		}
	}
	_, agg := t.aggregates[name]
	return agg || windowFunctions[name] || name == "grouping"
}

// arg prints the i-th argument.
func (c *call) arg(i int) string { return c.p.expr(c.args[i]) }

// kind is the kind of the i-th argument's type.
func (c *call) kind(i int) types.Kind { return c.args[i].Type().Kind }

// typ is the DuckDB type of the result.
func (c *call) typ() string { return c.p.typ(c.ret, c.at) }

// cast gives text the DuckDB type of the result.
func (c *call) cast(text string) string { return "CAST(" + text + " AS " + c.typ() + ")" }

func (c *call) unsupported() string {
	return c.p.unsupported(c.at, "function %s is not supported for these arguments", c.fn.Name)
}

// invalid notes a mistake in an argument that is a constant.
func (c *call) invalid(message string) string {
	return c.p.raise("INVALID_FUNCTION_ARGUMENT", quote(message), c.ret)
}

// constantText is the value of an argument that is a constant text.
func constantText(e bind.Expr) (string, bool) {
	for {
		c, ok := e.(*bind.Cast)
		if !ok || !c.Implicit {
			break
		}
		e = c.X
	}
	lit, ok := e.(*bind.Literal)
	if !ok {
		return "", false
	}
	s, ok := lit.Value.(string)
	return s, ok
}

// constantInt is the value of an argument that is a constant integer.
func constantInt(e bind.Expr) (int64, bool) {
	switch e := e.(type) {
	case *bind.Cast:
		if e.Implicit && e.T.IsInteger() {
			return constantInt(e.X)
		}
	case *bind.Literal:
		n, ok := e.Value.(int64)
		return n, ok
	case *bind.Call:
		if e.Fn.Name == "$negate" && len(e.Args) == 1 {
			n, ok := constantInt(e.Args[0])
			return -n, ok
		}
	}
	return 0, false
}

// tmpl is the lowering that fills a template: $1 to $9 are the arguments, each
// computed once however often it is named, $T is the result's DuckDB type, @x,
// @y and @z are fresh names for a lambda's parameters.
func tmpl(text string) lowering {
	return func(c *call) string {
		s := make([]string, len(c.args))
		for i := range c.args {
			s[i] = c.arg(i)
		}
		return c.fill(text, s)
	}
}

// fill puts texts into a template as tmpl does.
func (c *call) fill(text string, s []string) string {
	text = strings.ReplaceAll(text, "$T", c.typ())
	for _, v := range []string{"@x", "@y", "@z"} {
		if strings.Contains(text, v) {
			text = strings.ReplaceAll(text, v, c.p.name("e"))
		}
	}
	var again []int
	for i := range s {
		if strings.Count(text, "$"+string(rune('1'+i))) > 1 {
			again = append(again, i)
		}
	}
	values := make([]string, len(again))
	for i, a := range again {
		values[i] = s[a]
	}
	return c.p.lets(values, func(names []string) string {
		full := append([]string(nil), s...)
		for i, a := range again {
			full[a] = names[i]
		}
		out := substituteArgs(text, full)
		if strings.Contains(text, "lambda ") && len(c.p.outer) > 0 && c.p.mentionsOuter(out) {
			c.p.hidden = true
		}
		return out
	})
}

func substituteArgs(text string, s []string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '$' && i+1 < len(text) && text[i+1] >= '1' && text[i+1] <= '9' && int(text[i+1]-'1') < len(s) {
			b.WriteString(s[text[i+1]-'1'])
			i++
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// fn is the lowering to a function that takes the same arguments.
func fn(name string) lowering {
	return func(c *call) string { return name + "(" + strings.Join(c.p.exprs(c.args), ", ") + ")" }
}

// byKind chooses the lowering by the kind of the first argument; Unknown is
// for all others.
func byKind(choices map[types.Kind]lowering) lowering {
	return func(c *call) string {
		if l, ok := choices[c.kind(0)]; ok {
			return l(c)
		}
		if l, ok := choices[types.Unknown]; ok {
			return l(c)
		}
		return c.unsupported()
	}
}
