package ducksql

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// trimmed are the characters that Trino's trim takes for white space.
const trimmed = "' \t\n\v\f\r\x1c\x1d\x1e\x1f\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000'"

func stringLowerings() map[string]lowering {
	return map[string]lowering{
		"lower":                charOr("lower($1)"),
		"upper":                charOr("upper($1)"),
		"length":               byKind(map[types.Kind]lowering{types.Varbinary: tmpl("CAST(octet_length($1) AS BIGINT)"), types.Unknown: tmpl("length($1)")}),
		"trim/1":               tmpl("trim($1, " + trimmed + ")"),
		"ltrim/1":              tmpl("ltrim($1, " + trimmed + ")"),
		"rtrim/1":              tmpl("rtrim($1, " + trimmed + ")"),
		"trim/2":               tmpl("trim($1, $2)"),
		"ltrim/2":              tmpl("ltrim($1, $2)"),
		"rtrim/2":              tmpl("rtrim($1, $2)"),
		"substr":               lowerSubstr,
		"substring":            lowerSubstr,
		"strpos/2":             tmpl("strpos($1, $2)"),
		"index":                tmpl("strpos($1, $2)"),
		"strpos/3":             tmpl("lt_strpos($1, $2, $3)"),
		"split/2":              lowerSplit,
		"split/3":              tmpl("lt_split_limit($1, $2, $3)"),
		"split_part":           lowerSplitPart,
		"split_to_map/3":       tmpl("lt_map_of_pairs(lt_split_pairs($1, $2, $3, true))"),
		"split_to_multimap":    tmpl("lt_multimap_of_pairs(lt_split_pairs($1, $2, $3, false))"),
		"replace/2":            lowerReplace,
		"replace/3":            lowerReplace,
		"reverse":              byKind(map[types.Kind]lowering{types.Array: tmpl("list_reverse($1)"), types.Varbinary: tmpl("lt_reverse_bytes($1)"), types.Unknown: tmpl("lt_reverse($1)")}),
		"concat":               lowerConcat,
		"concat_ws":            lowerConcatWS,
		"lpad":                 lowerPad,
		"rpad":                 lowerPad,
		"chr":                  tmpl("lt_chr($1)"),
		"codepoint":            tmpl("CAST(unicode($1) AS INTEGER)"),
		"char2hexint":          tmpl("lt_char2hexint($1)"),
		"starts_with":          tmpl("starts_with($1, $2)"),
		"ends_with":            tmpl("ends_with($1, $2)"),
		"levenshtein_distance": tmpl("lt_levenshtein($1, $2)"),
		"hamming_distance":     tmpl("lt_hamming($1, $2)"),
		"translate":            tmpl("lt_translate($1, $2, $3)"),
		"normalize":            lowerNormalize,
		"soundex":              tmpl("lt_soundex($1)"),
		"luhn_check":           tmpl("lt_luhn($1)"),
		"format_number":        byKind(map[types.Kind]lowering{types.Bigint: tmpl("lt_format_number(CAST($1 AS DOUBLE))"), types.Unknown: tmpl("lt_format_number($1)")}),
		"$overlay/3":           tmpl("(left($1, $3 - 1) || $2 || substring($1, $3 + length($2)))"),
		"$overlay/4":           tmpl("(left($1, $3 - 1) || $2 || substring($1, $3 + $4))"),
		"format":               lowerFormat,

		"regexp_like":          lowerRegexpLike,
		"regexp_extract/2":     tmpl("lt_regexp_extract($1, $2, 0)"),
		"regexp_extract/3":     tmpl("lt_regexp_extract($1, $2, $3)"),
		"regexp_extract_all/2": tmpl("lt_regexp_extract_all($1, $2, 0)"),
		"regexp_extract_all/3": tmpl("lt_regexp_extract_all($1, $2, $3)"),
		"regexp_replace/2":     tmpl("lt_regexp_replace($1, $2, '')"),
		"regexp_replace/3":     lowerRegexpReplace,
		"regexp_split":         tmpl("lt_regexp_split($1, $2)"),
		"regexp_count":         tmpl("lt_regexp_count($1, $2)"),
		"regexp_position/2":    tmpl("CAST(lt_regexp_position($1, $2, 1, 1) AS INTEGER)"),
		"regexp_position/3":    tmpl("CAST(lt_regexp_position($1, $2, $3, 1) AS INTEGER)"),
		"regexp_position/4":    tmpl("CAST(lt_regexp_position($1, $2, $3, $4) AS INTEGER)"),

		"url_decode":            tmpl("lt_url_decode($1)"),
		"url_encode":            tmpl("lt_url_encode($1)"),
		"url_extract_fragment":  tmpl("lt_url_part($1, 'fragment')"),
		"url_extract_host":      tmpl("lt_url_part($1, 'host')"),
		"url_extract_path":      tmpl("lt_url_part($1, 'path')"),
		"url_extract_protocol":  tmpl("lt_url_part($1, 'protocol')"),
		"url_extract_query":     tmpl("lt_url_part($1, 'query')"),
		"url_extract_port":      tmpl("CAST(lt_url_part($1, 'port') AS BIGINT)"),
		"url_extract_parameter": tmpl("lt_url_parameter($1, $2)"),
	}
}

// charOr keeps char(n) padded.
func charOr(text string) lowering { return tmpl(text) }

// lowerSubstr prints substr: 0 and positions before the start give ”.
func lowerSubstr(c *call) string {
	if c.kind(0) == types.Varbinary {
		if len(c.args) == 2 {
			return c.fill("lt_substr_bytes($1, $2, 2147483647)", c.p.exprs(c.args))
		}
		return c.fill("lt_substr_bytes($1, $2, $3)", c.p.exprs(c.args))
	}
	start, constant := constantInt(c.args[1])
	if len(c.args) == 3 {
		n, ok := constantInt(c.args[2])
		if constant && start > 0 && ok && n >= 0 {
			return c.fill("substring($1, $2, $3)", c.p.exprs(c.args))
		}
		return c.fill("(CASE WHEN $2 = 0 OR $3 <= 0 OR -$2 > length($1) THEN left($1, 0) ELSE substring($1, $2, $3) END)", c.p.exprs(c.args))
	}
	if constant && start > 0 {
		return c.fill("substring($1, $2)", c.p.exprs(c.args))
	}
	return c.fill("(CASE WHEN $2 = 0 OR -$2 > length($1) THEN left($1, 0) ELSE substring($1, $2) END)", c.p.exprs(c.args))
}

func lowerSplit(c *call) string {
	if d, ok := constantText(c.args[1]); ok && d != "" {
		return "string_split(" + c.arg(0) + ", " + c.arg(1) + ")"
	}
	return "lt_split_limit(" + c.arg(0) + ", " + c.arg(1) + ", 2147483647)"
}

func lowerSplitPart(c *call) string {
	d, ok := constantText(c.args[1])
	if i, okIndex := constantInt(c.args[2]); ok && d != "" && okIndex && i > 0 {
		return "string_split(" + c.arg(0) + ", " + c.arg(1) + ")[" + c.arg(2) + "]"
	}
	return c.fill("lt_split_part($1, $2, $3)", c.p.exprs(c.args))
}

// lowerReplace uses DuckDB's replace where the text cannot grow by it.
func lowerReplace(c *call) string {
	with, by, constant := "''", "", true
	if len(c.args) == 3 {
		with = c.arg(2)
		by, constant = constantText(c.args[2])
	}
	if s, ok := constantText(c.args[1]); ok && s != "" && constant && len(by) <= len(s) {
		return "replace(" + c.arg(0) + ", " + c.arg(1) + ", " + with + ")"
	}
	return "lt_replace(" + c.arg(0) + ", " + c.arg(1) + ", " + with + ")"
}

func lowerConcatWS(c *call) string {
	list := "[" + strings.Join(c.p.exprs(c.args[1:]), ", ") + "]"
	if len(c.args) == 2 && c.kind(1) == types.Array {
		list = c.arg(1)
	}
	return c.joined(list, c.args[0])
}

func lowerPad(c *call) string {
	name := "lt_" + c.fn.Name
	if c.kind(0) == types.Varbinary {
		name += "_bytes"
	}
	return c.fill(name+"($1, $2, $3)", c.p.exprs(c.args))
}

func lowerNormalize(c *call) string {
	form := "NFC"
	if len(c.args) == 2 {
		form, _ = constantText(c.args[1])
	}
	return "lt_normalize(" + c.arg(0) + ", " + quote(form) + ")"
}

// lowerFormat hands format's arguments over as texts, each after a letter for
// its type.
func lowerFormat(c *call) string {
	args := c.args[1:]
	var elems []string
	add := func(x string, t *types.Type) { elems = append(elems, c.formatArg(x, t)) }
	if len(args) == 1 && args[0].Type().Kind == types.Row {
		row := c.p.expr(args[0])
		for i, f := range args[0].Type().Fields {
			add("("+row+")."+fieldName(i), f.Type)
		}
	} else {
		for _, a := range args {
			add(c.p.expr(a), a.Type())
		}
	}
	return "lt_format(" + c.arg(0) + ", [" + strings.Join(elems, ", ") + "])"
}

func (c *call) formatArg(x string, t *types.Type) string {
	tag := "s"
	switch {
	case t.IsInteger():
		tag = "d"
	case isFloat(t), t.Kind == types.Decimal:
		tag = "f"
	case t.Kind == types.Boolean:
		tag = "b"
	case t.Kind == types.Timestamp:
		tag = "t"
	case t.Kind == types.Date:
		tag = "t"
	case t.Kind == types.Unknown:
		return "CAST(NULL AS VARCHAR)"
	}
	if isFloat(t) {
		return "'f' || CAST(" + x + " AS VARCHAR)"
	}
	return "'" + tag + "' || " + c.p.javaText(x, t, c.at)
}

// lowerRegexpLike uses DuckDB's RE2 where that decides as Java does: for a
// constant pattern of the common part of both languages.
func lowerRegexpLike(c *call) string {
	pattern, ok := constantText(c.args[1])
	if ok {
		if native, same := nativePattern(pattern); same {
			return "regexp_matches(" + c.arg(0) + ", " + quote(native) + ")"
		}
	}
	return "lt_regexp_like(" + c.arg(0) + ", " + c.arg(1) + ")"
}

// foreign finds what RE2 reads differently from Java, or not at all.
var foreign = regexp.MustCompile(`\[[^\]]*\[|\(\?[=!<>#]|\(\?P|\\[1-9kGXRhHvVeZ]|\[\[?:|&&|[*+?}]\+|\\p|\\P|\\C|\(\?[a-z]*U|\(\?[a-z]*[xud]`)

// nativePattern gives the RE2 pattern that matches the same texts; same is
// false where there may be none.
func nativePattern(pattern string) (native string, same bool) {
	if foreign.MatchString(pattern) {
		return "", false
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	if !hasDollar(parsed) {
		return pattern, true
	}
	if strings.HasSuffix(pattern, "$") && strings.Count(pattern, "$") == 1 && !strings.HasSuffix(pattern, `\$`) && !strings.Contains(pattern, "(?m") {
		// Java's $ also matches before a last line end
		return strings.TrimSuffix(pattern, "$") + `(?:\n?\z)`, !strings.Contains(pattern, "|")
	}
	return "", false
}

func hasDollar(re *syntax.Regexp) bool {
	if re.Op == syntax.OpEndText && re.Flags&syntax.WasDollar != 0 || re.Op == syntax.OpEndLine {
		return true
	}
	for _, s := range re.Sub {
		if hasDollar(s) {
			return true
		}
	}
	return false
}

// lowerRegexpReplace replaces all matches, by a text or by a lambda over the
// groups of each match.
func lowerRegexpReplace(c *call) string {
	if c.kind(2) != types.Function {
		return c.fill("lt_regexp_replace($1, $2, $3)", c.p.exprs(c.args))
	}
	// pieces: the texts between matches; groups: for each match, its groups
	return c.fill("lt_weave(lt_regexp_split($1, $2), list_transform(lt_regexp_groups($1, $2), $3))", c.p.exprs(c.args))
}
