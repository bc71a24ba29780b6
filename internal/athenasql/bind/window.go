package bind

import (
	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// nameWindow notes one window of the WINDOW clause.
func (x *exprs) nameWindow(w athenasql.NamedWindow) error {
	name := lower(w.Name)
	if x.windows == nil {
		x.windows = map[string]*athenasql.WindowSpec{}
	}
	if x.windows[name] != nil {
		return fail("DUPLICATE_WINDOW_NAME", w.Name.Pos(), "WINDOW name '%s' specified more than once", w.Name.Name)
	}
	spec, err := x.extend(w.Spec)
	if err != nil {
		return err
	}
	x.windows[name] = spec
	_, err = x.bindWindow(spec)
	return err
}

// extend merges a window with the named one it builds on.
func (x *exprs) extend(w *athenasql.WindowSpec) (*athenasql.WindowSpec, error) {
	if w.Base == nil {
		return w, nil
	}
	base, err := x.named(*w.Base)
	if err != nil {
		return nil, err
	}
	switch {
	case len(w.Partition) > 0:
		return nil, fail("INVALID_PARTITION_BY", w.Partition[0].Pos(), "WINDOW specification with named WINDOW reference cannot specify PARTITION BY")
	case len(w.OrderBy) > 0 && len(base.OrderBy) > 0:
		return nil, fail("INVALID_ORDER_BY", w.OrderBy[0].Pos(), "Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY")
	case base.Frame != nil:
		return nil, fail("INVALID_WINDOW_REFERENCE", w.Base.Pos(), "Cannot reference named WINDOW containing frame specification")
	}
	out := *w
	out.Base, out.Partition = nil, base.Partition
	if len(out.OrderBy) == 0 {
		out.OrderBy = base.OrderBy
	}
	return &out, nil
}

func (x *exprs) named(id athenasql.Identifier) (*athenasql.WindowSpec, error) {
	if w := x.windows[lower(id)]; w != nil {
		return w, nil
	}
	var names []string
	for n := range x.windows {
		names = append(names, n)
	}
	return nil, withHint(fail("INVALID_WINDOW_REFERENCE", id.Pos(), "Cannot resolve WINDOW name %s", id.Name), didYouMean(lower(id), names))
}

// frameless are the functions that take no frame, valued those that take
// IGNORE NULLS.
var (
	frameless = map[string]bool{"lead": true, "lag": true, "ntile": true, "rank": true, "dense_rank": true, "percent_rank": true, "cume_dist": true, "row_number": true}
	valued    = map[string]bool{"first_value": true, "last_value": true, "nth_value": true, "lead": true, "lag": true}
)

// windowCall binds a call with OVER.
func (x *exprs) windowCall(c *athenasql.FunctionCall, name string) (Expr, error) {
	if nested := collect(c.Args, isWindowCall); len(nested) > 0 {
		return nil, fail("NESTED_WINDOW", nested[0].Pos(), "Cannot nest window functions or row pattern measures inside window function arguments")
	}
	spec := c.Over
	var err error
	if c.OverName != nil {
		spec, err = x.named(*c.OverName)
	} else {
		spec, err = x.extend(spec)
	}
	if err != nil {
		return nil, err
	}
	out, err := x.bindWindow(spec)
	if err != nil {
		return nil, err
	}
	if err := windowRules(c, name, spec); err != nil {
		return nil, err
	}
	if out.Fn, out.Args, err = x.aggregateArgs(c, name); err != nil {
		return nil, err
	}
	if kindOf(name) == Scalar {
		return nil, fail("FUNCTION_NOT_WINDOW", c.Pos(), "Not a window function: %s", name)
	}
	if out.Filter, err = x.filter(c); err != nil {
		return nil, err
	}
	out.Node = Node{T: out.Fn.Return, At: c.Pos()}
	out.Distinct, out.IgnoreNulls = c.Distinct, c.NullTreatment == "IGNORE"
	return out, nil
}

func windowRules(c *athenasql.FunctionCall, name string, spec *athenasql.WindowSpec) error {
	kind := kindOf(name)
	switch {
	case (name == "lag" || name == "lead") && len(spec.OrderBy) == 0:
		return fail("MISSING_ORDER_BY", spec.Pos(), "%s function requires an ORDER BY window clause", name)
	case frameless[name] && spec.Frame != nil:
		return fail("INVALID_WINDOW_FRAME", spec.Frame.Pos(), "Cannot specify window frame for %s function", name)
	case !valued[name] && c.NullTreatment != "":
		return fail("NULL_TREATMENT_NOT_ALLOWED", c.Pos(), "Cannot specify null treatment clause for %s function", name)
	case c.Distinct && kind == WindowOnly:
		return fail("NOT_SUPPORTED", c.Pos(), "Only aggregation window functions with DISTINCT are supported: %s", exprText(c))
	case c.Filter != nil && kind == WindowOnly:
		return fail("FUNCTION_NOT_AGGREGATE", c.Pos(), "Filter is only valid for aggregation functions")
	case len(c.OrderBy) > 0:
		return fail("NOT_SUPPORTED", c.Pos(), "Window function with ORDER BY is not supported")
	}
	return nil
}

// bindWindow binds what stands in OVER (…).
func (x *exprs) bindWindow(w *athenasql.WindowSpec) (*Window, error) {
	parts := append([]athenasql.Expr{}, w.Partition...)
	for _, s := range w.OrderBy {
		parts = append(parts, s.Expr)
	}
	if nested := collect(parts, isWindowCall); len(nested) > 0 {
		return nil, fail("NESTED_WINDOW", nested[0].Pos(), "Cannot nest window functions or row pattern measures inside window specification")
	}
	out := &Window{}
	for _, p := range w.Partition {
		e, err := x.expr(p)
		if err != nil {
			return nil, err
		}
		if t := e.Type(); !t.Comparable() {
			return nil, fail("TYPE_MISMATCH", p.Pos(), "%s is not comparable, and therefore cannot be used in window function PARTITION BY", t)
		}
		out.Partition = append(out.Partition, e)
	}
	for _, s := range w.OrderBy {
		e, err := x.expr(s.Expr)
		if err != nil {
			return nil, err
		}
		if t := e.Type(); !t.Orderable() {
			return nil, fail("TYPE_MISMATCH", s.Pos(), "%s is not orderable, and therefore cannot be used in window function ORDER BY", t)
		}
		out.OrderBy = append(out.OrderBy, SortKey{Expr: e, Desc: s.Desc, NullsFirst: s.Nulls == "FIRST"})
	}
	var err error
	out.Frame, err = x.frame(w, out)
	return out, err
}

func (x *exprs) frame(spec *athenasql.WindowSpec, w *Window) (*Frame, error) {
	f := spec.Frame
	if f == nil {
		return nil, nil
	}
	out := &Frame{Unit: f.Unit, Start: Bound{Kind: f.Start.Kind}, End: Bound{Kind: "CURRENT ROW"}}
	if f.End != nil {
		out.End.Kind = f.End.Kind
	}
	if why := wrongFrame(out.Start.Kind, out.End.Kind); why != "" {
		return nil, fail("INVALID_WINDOW_FRAME", f.Pos(), "Window frame %s", why)
	}
	var err error
	if out.Start.Value, err = x.frameValue(f.Start, f.Unit, "start", spec, w); err != nil {
		return nil, err
	}
	if f.End != nil {
		out.End.Value, err = x.frameValue(*f.End, f.Unit, "end", spec, w)
	}
	return out, err
}

// wrongFrame tells why a frame cannot have these ends.
func wrongFrame(start, end string) string {
	switch {
	case start == "UNBOUNDED FOLLOWING":
		return "start cannot be UNBOUNDED FOLLOWING"
	case end == "UNBOUNDED PRECEDING":
		return "end cannot be UNBOUNDED PRECEDING"
	case start == "CURRENT ROW" && end == "PRECEDING":
		return "starting from CURRENT ROW cannot end with PRECEDING"
	case start == "FOLLOWING" && end == "PRECEDING":
		return "starting from FOLLOWING cannot end with PRECEDING"
	case start == "FOLLOWING" && end == "CURRENT ROW":
		return "starting from FOLLOWING cannot end with CURRENT ROW"
	}
	return ""
}

func (x *exprs) frameValue(b athenasql.FrameBound, unit, end string, spec *athenasql.WindowSpec, w *Window) (Expr, error) {
	if b.Value == nil {
		return nil, nil
	}
	v, err := x.expr(b.Value)
	if err != nil {
		return nil, err
	}
	if unit == "RANGE" {
		return rangeValue(b, v, spec, w)
	}
	if unit == "GROUPS" && len(w.OrderBy) == 0 {
		return nil, fail("MISSING_ORDER_BY", spec.Pos(), "Window frame of type GROUPS PRECEDING or FOLLOWING requires ORDER BY")
	}
	if t := v.Type(); !t.IsInteger() && !(t.Kind == types.Decimal && t.Scale == 0) {
		return nil, fail("TYPE_MISMATCH", b.Value.Pos(), "Window frame %s %s value type must be exact numeric type with scale 0 (actual %s)", unit, end, t)
	}
	return v, nil
}

// rangeValue checks the distance of RANGE n PRECEDING against the sort key.
func rangeValue(b athenasql.FrameBound, v Expr, spec *athenasql.WindowSpec, w *Window) (Expr, error) {
	switch {
	case len(w.OrderBy) == 0:
		return nil, fail("MISSING_ORDER_BY", spec.Pos(), "Window frame of type RANGE PRECEDING or FOLLOWING requires ORDER BY")
	case len(w.OrderBy) > 1:
		return nil, fail("INVALID_ORDER_BY", spec.OrderBy[0].Pos(), "Window frame of type RANGE PRECEDING or FOLLOWING requires single sort item in ORDER BY (actual: %d)", len(w.OrderBy))
	}
	key := w.OrderBy[0].Expr
	t := key.Type()
	if !t.IsNumeric() && !t.IsDatetime() && !t.IsInterval() {
		return nil, fail("TYPE_MISMATCH", key.Pos(), "Window frame of type RANGE PRECEDING or FOLLOWING requires that sort item type be numeric, datetime or interval (actual: %s)", t)
	}
	if _, err := operator("$add", b.Value.Pos(), key, v); err != nil {
		return nil, fail("TYPE_MISMATCH", b.Value.Pos(), "Window frame RANGE value type (%s) not compatible with sort item type (%s)", v.Type(), t)
	}
	return v, nil
}
