package bind

import "strings"

// needlesOf gives the texts one of which a row must hold for a condition to be
// true; nil where the condition can be true without any.
func needlesOf(c *Call, fields map[*Column]*ScanField) []Needle {
	switch c.Fn.Name {
	case "$or":
		var all []Needle
		for _, a := range c.Args {
			arm, ok := a.(*Call)
			if !ok {
				return nil
			}
			group := needlesOf(arm, fields)
			if group == nil {
				return nil
			}
			all = append(all, group...)
		}
		return all
	case "$and":
		var best []Needle
		for _, a := range c.Args {
			if arm, ok := a.(*Call); ok {
				best = sharper(best, needlesOf(arm, fields))
			}
		}
		return best
	case "$eq":
		if group := textNeedles(c.Args[0], c.Args[1:], fields); group != nil {
			return group
		}
		return textNeedles(c.Args[1], c.Args[:1], fields)
	case "$in":
		return textNeedles(c.Args[0], c.Args[1:], fields)
	case "$like":
		return likeNeedles(c, fields)
	}
	return nil
}

// sharper is the group whose shortest text is the longer: it will be met less
// often.
func sharper(a, b []Needle) []Needle {
	if b == nil || a != nil && shortest(a) >= shortest(b) {
		return a
	}
	return b
}

func shortest(group []Needle) int {
	n := len(group[0].Text)
	for _, x := range group {
		n = min(n, len(x.Text))
	}
	return n
}

// textNeedles is for a value that equals one of some texts.
func textNeedles(e Expr, constants []Expr, fields map[*Column]*ScanField) []Needle {
	path, texts := subject(e, constants, fields)
	if !isData(e, fields) {
		return nil
	}
	var group []Needle
	for _, text := range texts {
		if text == "" {
			return nil
		}
		group = append(group, Needle{path, text})
	}
	return group
}

// isData says whether the value is read from the records: what the file's key
// or name tells stands in no record.
func isData(e Expr, fields map[*Column]*ScanField) bool {
	for {
		c, ok := e.(*Cast)
		if !ok {
			break
		}
		e = c.X
	}
	f, _ := pathOf(e, fields)
	return f != nil && f.Kind == DataColumn
}

// likeNeedles is for a LIKE: the longest piece of the pattern that stands for
// itself.
func likeNeedles(c *Call, fields map[*Column]*ScanField) []Needle {
	path, texts := subject(c.Args[0], c.Args[1:], fields)
	if path == nil || !isData(c.Args[0], fields) {
		return nil
	}
	escape := ""
	if len(texts) > 1 {
		escape = texts[1]
	}
	best, piece := "", strings.Builder{}
	end := func() {
		if piece.Len() > len(best) {
			best = piece.String()
		}
		piece.Reset()
	}
	taken := false // the escape character came before
	for _, r := range texts[0] {
		switch {
		case taken:
			piece.WriteRune(r)
			taken = false
		case string(r) == escape:
			taken = true
		case r == '%' || r == '_':
			end()
		default:
			piece.WriteRune(r)
		}
	}
	end()
	if best == "" {
		return nil
	}
	return []Needle{{path, best}}
}
