package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func jsonLowerings() map[string]lowering {
	return map[string]lowering{
		"json_extract":        tmpl("lt_json_extract($1, $2)"),
		"json_extract_scalar": tmpl("lt_json_extract_scalar($1, $2)"),
		"json_parse":          tmpl("lt_json_parse($1)"),
		"json_format":         tmpl("$1"),
		"json_size":           tmpl("lt_json_size($1, $2)"),
		"json_array_length":   tmpl("lt_json_array_length($1)"),
		"json_array_get":      tmpl("lt_json_array_get($1, $2)"),
		"json_array_contains": lowerJSONArrayContains,
		"is_json_scalar":      tmpl("lt_is_json_scalar($1)"),
		"$json_exists":        lowerJSONExists,
		"$json_value":         lowerJSONValue,
		"$json_query":         lowerJSONQuery,
		"$json_object":        lowerJSONObject,
		"$json_array":         lowerJSONArray,
	}
}

func lowerJSONArrayContains(c *call) string {
	tag := "s"
	switch c.kind(1) {
	case types.Bigint:
		tag = "i"
	case types.Boolean:
		tag = "b"
	case types.Double:
		tag = "f"
	}
	return "lt_json_array_contains(" + c.arg(0) + ", '" + tag + "', CAST(" + c.arg(1) + " AS VARCHAR))"
}

// jsonOf is a value as JSON text, as CAST(… AS json) makes it; NULL is NULL.
func (p *printer) jsonOf(x string, t *types.Type, at athenasql.Pos) string {
	switch t.Kind {
	case types.JSON:
		return x
	case types.Decimal:
		if t.Scale > 6 { // else Java writes none with an exponent
			return "lt_json_decimal(" + p.textOf(x, t, at) + ")"
		}
		return p.textOf(x, t, at)
	case types.Boolean, types.Tinyint, types.Smallint, types.Integer, types.Bigint:
		return p.textOf(x, t, at)
	case types.Double:
		return "lt_json_number(" + x + ")"
	case types.Real:
		return "lt_json_number_real(" + x + ")"
	case types.Varchar, types.Char, types.Date, types.Timestamp, types.TimestampTZ, types.UUID, types.IPAddress:
		return "lt_json_quote(" + p.javaText(x, t, at) + ")"
	case types.Array:
		e := p.name("e")
		elem := p.lambdaText([]string{e}, "coalesce("+p.jsonOf(e, t.Elem, at)+", 'null')")
		return p.let(x, func(v string) string {
			return "(CASE WHEN " + v + " IS NOT NULL THEN '[' || coalesce(array_to_string(list_transform(" + v + ", " + elem + "), ','), '') || ']' END)"
		})
	case types.Map:
		return p.jsonOfMap(x, t, at)
	case types.Row:
		return p.jsonOfRow(x, t, at)
	}
	return p.unsupported(at, "Cannot cast %s to json", t)
}

func (p *printer) jsonOfMap(x string, t *types.Type, at athenasql.Pos) string {
	return p.let(x, func(v string) string {
		e := p.name("e")
		pair := "lt_json_quote(" + p.javaText("("+e+").key", t.Key, at) + ") || ':' || coalesce(" + p.jsonOf("("+e+").value", t.Elem, at) + ", 'null')"
		return "(CASE WHEN " + v + " IS NOT NULL THEN '{' || coalesce(array_to_string(list_sort(list_transform(map_entries(" + v + "), " +
			p.lambdaText([]string{e}, pair) + ")), ','), '') || '}' END)"
	})
}

func (p *printer) jsonOfRow(x string, t *types.Type, at athenasql.Pos) string {
	return p.let(x, func(v string) string {
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			comma := ""
			if i > 0 {
				comma = ","
			}
			parts[i] = quote(comma+jsonName(f.Name)+":") + " || coalesce(" + p.jsonOf("("+v+")."+fieldName(i), f.Type, at) + ", 'null')"
		}
		return "(CASE WHEN " + v + " IS NOT NULL THEN '{' || " + strings.Join(parts, " || ") + " || '}' END)"
	})
}

// jsonName is a field's name as a JSON string.
func jsonName(name string) string {
	return strings.NewReplacer(`\/`, "/").Replace(strconv.Quote(name))
}

// fromJSON prints CAST(json AS type). JSON null gives NULL.
func (p *printer) fromJSON(x string, to *types.Type, at athenasql.Pos) string {
	switch to.Kind {
	case types.Varchar:
		text := "lt_json_text(" + x + ")"
		if to.Length < types.Unbounded {
			return "left(" + text + ", " + strconv.Itoa(to.Length) + ")"
		}
		return text
	case types.Boolean:
		return "lt_json_boolean(" + x + ")"
	case types.Tinyint, types.Smallint, types.Integer, types.Bigint:
		return "CAST(lt_json_integer(" + x + ", " + strconv.Itoa(integerBits[to.Kind]) + ") AS " + p.typ(to, at) + ")"
	case types.Double:
		return "lt_json_double(" + x + ")"
	case types.Real:
		return "CAST(lt_json_double(" + x + ") AS FLOAT)"
	case types.Decimal:
		text, _ := fromText("lt_", "lt_json_text("+x+")", to)
		return text
	case types.Array:
		e := p.name("e")
		return "list_transform(lt_json_elements(" + x + ", " + quote(to.String()) + "), " + p.lambdaText([]string{e}, p.elementFromJSON(e, to.Elem, at)) + ")"
	case types.Map:
		return p.mapFromJSON(x, to, at)
	case types.Row:
		return p.rowFromJSON(x, to, at)
	}
	return p.unsupported(at, "Cannot cast json to %s", to)
}

// elementFromJSON is fromJSON for what stands inside a container, where json
// stays as it is.
func (p *printer) elementFromJSON(x string, to *types.Type, at athenasql.Pos) string {
	if to.Kind == types.JSON {
		return x
	}
	return p.fromJSON(x, to, at)
}

func (p *printer) mapFromJSON(x string, to *types.Type, at athenasql.Pos) string {
	return p.let(x, func(v string) string {
		k, e := p.name("e"), p.name("e")
		key := k
		if to.Key.Kind != types.Varchar {
			key = p.cast(k, types.VarcharT, to.Key, at)
		}
		keys := "list_transform(lt_json_keys(" + v + ", " + quote(to.String()) + "), " + p.lambdaText([]string{k}, key) + ")"
		values := "list_transform(lt_json_values(" + v + "), " + p.lambdaText([]string{e}, p.elementFromJSON(e, to.Elem, at)) + ")"
		return "(CASE WHEN " + v + " IS NOT NULL AND " + v + " <> 'null' THEN map(" + keys + ", " + values + ") END)"
	})
}

func (p *printer) rowFromJSON(x string, to *types.Type, at athenasql.Pos) string {
	names := make([]string, len(to.Fields))
	for i, f := range to.Fields {
		names[i] = quote(f.Name)
	}
	members := "lt_json_members(" + x + ", [" + strings.Join(names, ", ") + "], " + quote(to.String()) + ") "
	return p.let(members, func(v string) string {
		fields := make([]string, len(to.Fields))
		for i, f := range to.Fields {
			fields[i] = p.elementFromJSON(v+"["+strconv.Itoa(i+1)+"]", f.Type, at)
		}
		return "(CASE WHEN " + v + " IS NOT NULL THEN " + rowText(fields) + " END)"
	})
}
