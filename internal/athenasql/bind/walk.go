package bind

// rewriteExpr replaces every expression in e, innermost first and those of
// subqueries too, by what f makes of it. The tree is changed in place.
func rewriteExpr(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	switch e := e.(type) {
	case *FieldRef:
		e.Base = rewriteExpr(e.Base, f)
	case *Call:
		rewriteAll(e.Args, f)
	case *Agg:
		rewriteAll(e.Args, f)
		e.Filter = rewriteExpr(e.Filter, f)
		rewriteKeys(e.OrderBy, f)
	case *Window:
		rewriteWindow(e, f)
	case *Cast:
		e.X = rewriteExpr(e.X, f)
	case *Case:
		for i := range e.Whens {
			e.Whens[i].Cond = rewriteExpr(e.Whens[i].Cond, f)
			e.Whens[i].Then = rewriteExpr(e.Whens[i].Then, f)
		}
		e.Else = rewriteExpr(e.Else, f)
	case *Lambda:
		e.Body = rewriteExpr(e.Body, f)
	case *RowCons:
		rewriteAll(e.Elems, f)
	case *ArrayCons:
		rewriteAll(e.Elems, f)
	case *ScalarSubquery:
		rewriteRel(e.Rel, f)
	case *Exists:
		rewriteRel(e.Rel, f)
	case *InSubquery:
		e.X = rewriteExpr(e.X, f)
		rewriteRel(e.Rel, f)
	case *Quantified:
		e.X = rewriteExpr(e.X, f)
		rewriteRel(e.Rel, f)
	}
	return f(e)
}

func rewriteWindow(w *Window, f func(Expr) Expr) {
	rewriteAll(w.Args, f)
	w.Filter = rewriteExpr(w.Filter, f)
	rewriteAll(w.Partition, f)
	rewriteKeys(w.OrderBy, f)
	if w.Frame != nil {
		w.Frame.Start.Value = rewriteExpr(w.Frame.Start.Value, f)
		w.Frame.End.Value = rewriteExpr(w.Frame.End.Value, f)
	}
}

func rewriteAll(es []Expr, f func(Expr) Expr) {
	for i := range es {
		es[i] = rewriteExpr(es[i], f)
	}
}

func rewriteKeys(ks []SortKey, f func(Expr) Expr) {
	for i := range ks {
		ks[i].Expr = rewriteExpr(ks[i].Expr, f)
	}
}

// rewriteRel does the same for every expression of a relation. A CTE is
// visited once, where it is declared.
func rewriteRel(r Rel, f func(Expr) Expr) {
	switch r := r.(type) {
	case *Values:
		for _, row := range r.Rows {
			rewriteAll(row, f)
		}
	case *Select:
		rewriteSelect(r, f)
	case *Sort:
		rewriteRel(r.Input, f)
		rewriteKeys(r.Keys, f)
	case *SetOp:
		rewriteRel(r.Left, f)
		rewriteRel(r.Right, f)
	case *Join:
		rewriteRel(r.Left, f)
		rewriteRel(r.Right, f)
		r.On = rewriteExpr(r.On, f)
	case *Unnest:
		rewriteAll(r.Args, f)
	case *With:
		for _, c := range r.CTEs {
			rewriteRel(c.Rel, f)
		}
		rewriteRel(r.Body, f)
	case *Sample:
		rewriteRel(r.Input, f)
	}
}

func rewriteSelect(s *Select, f func(Expr) Expr) {
	if s.From != nil {
		rewriteRel(s.From, f)
	}
	s.Where = rewriteExpr(s.Where, f)
	if s.GroupBy != nil {
		rewriteAll(s.GroupBy.Keys, f)
	}
	s.Having = rewriteExpr(s.Having, f)
	for i := range s.Items {
		s.Items[i].Expr = rewriteExpr(s.Items[i].Expr, f)
	}
	rewriteKeys(s.OrderBy, f)
}

// childExprs are the expressions directly inside e; those of subqueries are
// not among them.
func childExprs(e Expr) []Expr {
	switch e := e.(type) {
	case *FieldRef:
		return []Expr{e.Base}
	case *Call:
		return e.Args
	case *Agg:
		return keyExprs(append(append([]Expr{}, e.Args...), e.Filter), e.OrderBy)
	case *Window:
		es := append(append(append([]Expr{}, e.Args...), e.Filter), e.Partition...)
		if e.Frame != nil {
			es = append(es, e.Frame.Start.Value, e.Frame.End.Value)
		}
		return keyExprs(es, e.OrderBy)
	case *Cast:
		return []Expr{e.X}
	case *Case:
		var es []Expr
		for _, w := range e.Whens {
			es = append(es, w.Cond, w.Then)
		}
		return append(es, e.Else)
	case *Lambda:
		return []Expr{e.Body}
	case *RowCons:
		return e.Elems
	case *ArrayCons:
		return e.Elems
	case *InSubquery:
		return []Expr{e.X}
	case *Quantified:
		return []Expr{e.X}
	}
	return nil
}

func keyExprs(es []Expr, ks []SortKey) []Expr {
	for _, k := range ks {
		es = append(es, k.Expr)
	}
	return es
}

// anyExpr tells whether e or an expression in it, outside subqueries, is as
// asked.
func anyExpr(e Expr, is func(Expr) bool) bool {
	if e == nil {
		return false
	}
	if is(e) {
		return true
	}
	for _, c := range childExprs(e) {
		if anyExpr(c, is) {
			return true
		}
	}
	return false
}

// subqueryOf is the relation of a subquery expression, or nil.
func subqueryOf(e Expr) Rel {
	switch e := e.(type) {
	case *ScalarSubquery:
		return e.Rel
	case *Exists:
		return e.Rel
	case *InSubquery:
		return e.Rel
	case *Quantified:
		return e.Rel
	}
	return nil
}
