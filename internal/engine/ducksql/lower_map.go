package ducksql

import "strings"

func mapLowerings() map[string]lowering {
	return map[string]lowering{
		"map/0":                 tmpl("CAST(map([], []) AS $T)"),
		"map/2":                 lowerMapOf,
		"map_concat":            lowerMapConcat,
		"map_entries":           tmpl("CAST(list_transform(map_entries($1), lambda @x: struct_pack(f0 := @x.key, f1 := @x.value)) AS $T)"),
		"map_filter":            lowerMapFilter,
		"map_from_entries":      lowerMapFromEntries,
		"multimap_from_entries": tmpl("CAST(lt_multimap(list_transform($1, lambda @x: struct_pack(k := @x.f0, v := @x.f1))) AS $T)"),
		"map_keys":              tmpl("map_keys($1)"),
		"map_values":            tmpl("map_values($1)"),
		"map_zip_with":          lowerMapZipWith,
		"transform_keys":        lowerTransformKeys,
		"transform_values":      lowerTransformValues,
	}
}

// newMap is a map of two lists; equal keys are Trino's error.
func (c *call) newMap(keys, values string) string {
	return c.p.lets([]string{keys, values}, func(v []string) string {
		k, vals := v[0], v[1]
		return "(CASE WHEN " + k + " IS NULL OR " + vals + " IS NULL THEN NULL WHEN len(" + k + ") > list_count(" + k + ") THEN " +
			c.p.raise("INVALID_FUNCTION_ARGUMENT", "'map key cannot be null'", c.ret) +
			" WHEN list_unique(" + k + ") < len(" + k + ") THEN " +
			c.p.raise("INVALID_FUNCTION_ARGUMENT", "'Duplicate map keys are not allowed'", c.ret) +
			" ELSE map(" + k + ", " + vals + ") END)"
	})
}

func lowerMapOf(c *call) string {
	return c.p.lets(c.p.exprs(c.args), func(v []string) string {
		return "(CASE WHEN len(" + v[0] + ") <> len(" + v[1] + ") THEN " +
			c.p.raise("INVALID_FUNCTION_ARGUMENT", "'Key and value arrays must be the same length'", c.ret) + " ELSE " + c.cast(c.newMap(v[0], v[1])) + " END)"
	})
}

func lowerMapFromEntries(c *call) string {
	return c.cast(c.p.let(c.arg(0), func(v string) string {
		return c.newMap(c.fill("list_transform($1, lambda @x: @x.f0)", []string{v}), c.fill("list_transform($1, lambda @x: @x.f1)", []string{v}))
	}))
}

func lowerMapConcat(c *call) string {
	texts := c.p.exprs(c.args)
	if len(texts) == 1 {
		return texts[0]
	}
	return c.p.lets(texts, func(v []string) string {
		return "(CASE WHEN " + strings.Join(v, " IS NULL OR ") + " IS NULL THEN NULL ELSE map_concat(" + strings.Join(v, ", ") + ") END)"
	})
}

// overEntries rewrites the body of a lambda over key and value to one over an
// entry.
func (c *call) overEntries(lambda int, entry string) (string, bool) {
	params, body, ok := splitLambda(c.arg(lambda))
	if !ok || len(params) != 2 {
		return "", false
	}
	return renameWord(renameWord(body, params[0], "("+entry+").key"), params[1], "("+entry+").value"), true
}

func lowerMapFilter(c *call) string {
	e := c.p.name("e")
	body, ok := c.overEntries(1, e)
	if !ok {
		return c.unsupported()
	}
	return "map_from_entries(list_filter(map_entries(" + c.arg(0) + "), " + c.p.lambdaText([]string{e}, body) + "))"
}

func lowerTransformValues(c *call) string {
	e := c.p.name("e")
	body, ok := c.overEntries(1, e)
	if !ok {
		return c.unsupported()
	}
	return c.p.let(c.arg(0), func(m string) string {
		return c.cast("CASE WHEN " + m + " IS NOT NULL THEN map(map_keys(" + m + "), list_transform(map_entries(" + m + "), " + c.p.lambdaText([]string{e}, body) + ")) END")
	})
}

func lowerTransformKeys(c *call) string {
	e := c.p.name("e")
	body, ok := c.overEntries(1, e)
	if !ok {
		return c.unsupported()
	}
	return c.p.let(c.arg(0), func(m string) string {
		return c.cast(c.newMap("list_transform(map_entries("+m+"), "+c.p.lambdaText([]string{e}, body)+")", "map_values("+m+")"))
	})
}

func lowerMapZipWith(c *call) string {
	params, body, ok := splitLambda(c.arg(2))
	if !ok || len(params) != 3 {
		return c.unsupported()
	}
	return c.p.lets([]string{c.arg(0), c.arg(1)}, func(v []string) string {
		k := c.p.name("e")
		body := renameWord(renameWord(renameWord(body, params[0], k), params[1], v[0]+"["+k+"]"), params[2], v[1]+"["+k+"]")
		keys := "list_concat(map_keys(" + v[0] + "), list_filter(map_keys(" + v[1] + "), " + c.p.lambdaText([]string{k}, "NOT map_contains("+v[0]+", "+k+")") + "))"
		return c.cast("CASE WHEN " + v[0] + " IS NOT NULL AND " + v[1] + " IS NOT NULL THEN map(" + keys + ", list_transform(" + keys + ", " + c.p.lambdaText([]string{k}, body) + ")) END")
	})
}
