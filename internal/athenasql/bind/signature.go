package bind

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

// FunctionKind tells how a function is called.
type FunctionKind uint8

// The kinds of functions.
const (
	Scalar FunctionKind = iota
	Aggregate
	WindowOnly // needs OVER
)

// String is the kind as SHOW FUNCTIONS prints it.
func (k FunctionKind) String() string { return [...]string{"scalar", "aggregate", "window"}[k] }

// Signature is one function as it is declared: one name has several.
type Signature struct {
	Name          string // lower-case; operators begin with "$"
	Kind          FunctionKind
	Args          []string // the declared argument types: "varchar(x)", "array(T)", "function(T, boolean)"
	Variadic      bool     // the last argument may be repeated, or left out
	Return        string
	Deterministic bool
	Description   string

	args        []*template
	ret         *template
	vars        map[string]constraint // type variables
	varOrder    []string
	calculated  []assignment
	constraints string // as Trino's "Expected:" text shows them
}

// constraint is what a type variable must be.
type constraint struct{ comparable, orderable, castableToVarchar bool }

// assignment computes a number of the return type: "u = min(2147483647, x + y)".
type assignment struct {
	name string
	expr *numeric
}

// generic tells whether the signature has variables of any sort.
func (s *Signature) generic() bool {
	if len(s.vars) > 0 {
		return true
	}
	for _, a := range s.args {
		if a.hasNumericVariable() {
			return true
		}
	}
	return s.ret.hasNumericVariable()
}

// Functions lists every function that a query may call, in order of name, and
// then the operators ("$add", …), which SHOW FUNCTIONS leaves out. The slice is
// the caller's own.
func Functions() []Signature {
	r, err := registry()
	if err != nil {
		return nil
	}
	out := make([]Signature, len(r.all))
	for i, s := range r.all {
		out[i] = *s
	}
	return out
}

// functionTable is the parsed registry.
type functionTable struct {
	byName map[string][]*Signature
	all    []*Signature
}

// registry parses the tables once.
var registry = sync.OnceValues(func() (*functionTable, error) {
	r := &functionTable{byName: map[string][]*Signature{}}
	families := []struct {
		text string
		kind FunctionKind
	}{
		{stringFunctions, Scalar}, {jsonFunctions, Scalar}, {timeFunctions, Scalar},
		{nestedFunctions, Scalar}, {mathFunctions, Scalar},
		{aggregateFunctions, Aggregate}, {windowFunctions, WindowOnly}, {operators, Scalar},
	}
	for _, f := range families {
		if err := r.parseFamily(f.text, f.kind); err != nil {
			return nil, err
		}
	}
	sort.SliceStable(r.all, func(i, j int) bool {
		a, b := r.all[i].Name, r.all[j].Name
		if x, y := a[0] == '$', b[0] == '$'; x != y {
			return y
		}
		return a < b
	})
	return r, nil
})

// parseFamily reads a table of signatures, one a line:
//
//	name[,alias](types) -> type [nondeterministic] [where conditions] [| description]
//
// Capital letters are type variables, small ones numbers; "..." after the last
// type means that it may be repeated. Conditions: "T comparable", "T orderable",
// "T castable varchar", and "n = expression" for a number of the result. A
// missing description is that of the name's first line.
func (r *functionTable) parseFamily(text string, kind FunctionKind) error {
	for _, line := range strings.Split(text, "\n") {
		if line == "" {
			continue
		}
		decl, description, _ := strings.Cut(line, " | ")
		open := strings.IndexByte(decl, '(')
		if open < 0 {
			return fmt.Errorf("function table: no arguments in %q", line)
		}
		for _, name := range strings.Split(decl[:open], ",") {
			s, err := parseSignature(name, decl[open:], kind)
			if err != nil {
				return fmt.Errorf("function table: %q: %w", line, err)
			}
			if s.Description = description; description == "" && len(r.byName[name]) > 0 {
				s.Description = r.byName[name][0].Description
			}
			r.byName[name] = append(r.byName[name], s)
			r.all = append(r.all, s)
		}
	}
	return nil
}

// parseSignature reads what follows a function's name.
func parseSignature(name, text string, kind FunctionKind) (*Signature, error) {
	s := &Signature{Name: name, Kind: kind, Deterministic: true, vars: map[string]constraint{}}
	text, where, _ := strings.Cut(text, " where ")
	if t, ok := strings.CutSuffix(text, " nondeterministic"); ok {
		text, s.Deterministic = t, false
	}
	arrow := strings.LastIndex(text, " -> ")
	if arrow < 0 || text[arrow-1] != ')' {
		return nil, fmt.Errorf("no result type")
	}
	s.Return = text[arrow+4:]
	for _, a := range splitTop(text[1 : arrow-1]) {
		if t, ok := strings.CutSuffix(a, "..."); ok {
			a, s.Variadic = t, true
		}
		s.Args = append(s.Args, a)
		t, err := parseTemplate(a, s)
		if err != nil {
			return nil, err
		}
		s.args = append(s.args, t)
	}
	var err error
	if s.ret, err = parseTemplate(s.Return, s); err != nil {
		return nil, err
	}
	return s, s.parseWhere(where)
}

func (s *Signature) parseWhere(where string) error {
	if where != "" {
		for _, cond := range splitTop(where) {
			if name, expr, ok := strings.Cut(cond, " = "); ok {
				n, err := parseNumeric(expr)
				if err != nil {
					return err
				}
				s.calculated = append(s.calculated, assignment{name, n})
				continue
			}
			name, what, _ := strings.Cut(cond, " ")
			c, ok := s.vars[name]
			if !ok {
				return fmt.Errorf("condition on the unknown variable %q", name)
			}
			switch what {
			case "comparable":
				c.comparable = true
			case "orderable":
				c.orderable = true
			case "castable varchar":
				c.castableToVarchar = true
			default:
				return fmt.Errorf("unknown condition %q", what)
			}
			s.vars[name] = c
		}
	}
	var shown []string
	for _, name := range s.varOrder {
		shown = append(shown, s.vars[name].show(name))
	}
	s.constraints = strings.Join(shown, ", ")
	return nil
}

// show is the constraint in Trino's words.
func (c constraint) show(name string) string {
	if c.comparable {
		name += ":comparable"
	}
	if c.orderable {
		name += ":orderable"
	}
	if c.castableToVarchar {
		name += ":castableTo(varchar)"
	}
	return name
}

// splitTop splits at the commas that are in no parentheses.
func splitTop(s string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	if rest := strings.TrimSpace(s[start:]); rest != "" {
		parts = append(parts, rest)
	}
	return parts
}
