package ducksql

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// windowFunctions are those that DuckDB has under the same name.
var windowFunctions = map[string]bool{
	"row_number": true, "rank": true, "dense_rank": true, "percent_rank": true, "cume_dist": true, "ntile": true,
	"first_value": true, "last_value": true, "nth_value": true, "lag": true, "lead": true,
}

func (p *printer) window(w *bind.Window) string {
	over := " OVER (" + p.windowSpec(w) + ")"
	if !windowFunctions[w.Fn.Name] {
		c := &aggCall{p: p, fn: w.Fn, args: w.Args, ret: w.T, at: w.At, distinct: w.Distinct, filter: w.Filter, over: over}
		return c.lower()
	}
	ignore := ""
	if w.IgnoreNulls {
		ignore = " IGNORE NULLS"
	}
	filter := ""
	if w.Filter != nil {
		filter = " FILTER (WHERE " + p.expr(w.Filter) + ")"
	}
	return w.Fn.Name + "(" + strings.Join(p.exprs(w.Args), ", ") + ignore + ")" + filter + over
}

func (p *printer) windowSpec(w *bind.Window) string {
	var parts []string
	if len(w.Partition) > 0 {
		keys := make([]string, len(w.Partition))
		for i, k := range w.Partition {
			keys[i] = comparable(k.Type(), p.expr(k))
		}
		parts = append(parts, "PARTITION BY "+strings.Join(keys, ", "))
	}
	if len(w.OrderBy) > 0 {
		keys := make([]string, len(w.OrderBy))
		for i, k := range w.OrderBy {
			keys[i] = sortText(p.expr(k.Expr), k)
		}
		parts = append(parts, "ORDER BY "+strings.Join(keys, ", "))
	}
	if w.Frame != nil {
		parts = append(parts, p.frame(w))
	}
	return strings.Join(parts, " ")
}

func (p *printer) frame(w *bind.Window) string {
	f := w.Frame
	end := f.End
	if end.Kind == "" {
		end.Kind = "CURRENT ROW"
	}
	return f.Unit + " BETWEEN " + p.bound(w, f.Start) + " AND " + p.bound(w, end)
}

// bound prints one end of a frame; an interval becomes DuckDB's own where the
// rows are ordered by a date or time.
func (p *printer) bound(w *bind.Window, b bind.Bound) string {
	if b.Value == nil {
		return b.Kind
	}
	text := p.expr(b.Value)
	switch b.Value.Type().Kind {
	case types.IntervalDaySecond:
		if ordersByTime(w) {
			text = "to_microseconds(1000 * " + text + ")"
		}
	case types.IntervalYearMonth:
		if ordersByTime(w) {
			text = "to_months(" + text + ")"
		}
	}
	return text + " " + b.Kind
}

func ordersByTime(w *bind.Window) bool {
	return len(w.OrderBy) == 1 && w.OrderBy[0].Expr.Type().IsDatetime()
}
