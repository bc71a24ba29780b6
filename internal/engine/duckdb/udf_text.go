package duckdb

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// textLimit is the length that padding and replacing may make: DuckDB's memory
// limit does not hold for single texts.
const textLimit = 4 << 20

func textFunctions() []*udf {
	return []*udf{
		f1("lt_reverse", textT, textT, func(s string) (any, error) { return reverseText(s), nil }),
		f1("lt_chr", bigintT, textT, func(n int64) (any, error) {
			if n < 0 || n > utf8.MaxRune || n >= 0xD800 && n < 0xE000 {
				return nil, invalidArgument("Not a valid Unicode code point: %d", n)
			}
			return string(rune(n)), nil
		}),
		f1("lt_char2hexint", textT, textT, func(s string) (any, error) {
			var b strings.Builder
			for _, u := range utf16.Encode([]rune(s)) {
				fmt.Fprintf(&b, "%04X", u)
			}
			return b.String(), nil
		}),
		f3("lt_strpos", textT, textT, bigintT, bigintT, strpos),
		f3("lt_split_limit", textT, textT, bigintT, textsT, splitLimit),
		f3("lt_split_part", textT, textT, bigintT, textT, splitPart),
		f4("lt_split_pairs", textT, textT, textT, booleanT, pairsT, splitPairs),
		f3("lt_replace", textT, textT, textT, textT, replaceText),
		f3("lt_lpad", textT, bigintT, textT, textT, func(s string, n int64, pad string) (any, error) { return padText(s, n, pad, true) }),
		f3("lt_rpad", textT, bigintT, textT, textT, func(s string, n int64, pad string) (any, error) { return padText(s, n, pad, false) }),
		f2("lt_levenshtein", textT, textT, bigintT, levenshtein),
		f2("lt_normalize", textT, textT, textT, normalizeText),
		f2("lt_hamming", textT, textT, bigintT, hamming),
		f3("lt_translate", textT, textT, textT, textT, translate),
		f1("lt_soundex", textT, textT, func(s string) (any, error) { return soundex(s) }),
		f1("lt_luhn", textT, booleanT, luhn),
		f2("lt_join", textsT, textT, textT, joinTexts),
		f2("lt_weave", textsT, textsT, textT, weave),
		f4("lt_listagg", textsT, textT, textT, booleanT, textT, listaggTruncate),
		f2("lt_format", textT, textsT, textT, formatText),
		f1("lt_url_decode", textT, textT, func(s string) (any, error) {
			out, err := url.QueryUnescape(s)
			if err != nil {
				return nil, invalidArgument("URLDecoder: Illegal hex characters in escape (%%) pattern")
			}
			return strings.ToValidUTF8(out, "\uFFFD"), nil
		}),
		f1("lt_url_encode", textT, textT, func(s string) (any, error) { // Java leaves * and escapes ~
			return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(s)), nil
		}),
		f2("lt_url_part", textT, textT, textT, urlPart),
		f2("lt_url_parameter", textT, textT, textT, urlParameter),
	}
}

func reverseText(s string) string {
	b := make([]byte, len(s))
	for i, end := 0, len(s); i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		copy(b[end-n:end], s[i:i+n])
		i, end = i+n, end-n
	}
	return string(b)
}

// strpos finds the n-th occurrence, from the end if n is negative.
func strpos(s, sub string, n int64) (any, error) {
	if n == 0 {
		return nil, invalidArgument("'instance' must be a positive or negative number.")
	}
	if sub == "" {
		return int64(1), nil
	}
	at := -1
	if n > 0 {
		for from := 0; n > 0; n-- {
			i := strings.Index(s[from:], sub)
			if i < 0 {
				return int64(0), nil
			}
			at = from + i
			from = at + 1
		}
	} else {
		for end := len(s); n < 0; n++ {
			at = strings.LastIndex(s[:end], sub)
			if at < 0 {
				return int64(0), nil
			}
			end = at + len(sub) - 1
		}
	}
	return int64(utf8.RuneCountInString(s[:at]) + 1), nil
}

func splitLimit(s, sep string, limit int64) (any, error) {
	if limit <= 0 {
		return nil, invalidArgument("Limit must be positive")
	}
	if limit > 1<<31-1 {
		return nil, invalidArgument("Limit is too large")
	}
	if sep == "" {
		return nil, invalidArgument("The delimiter may not be the empty string")
	}
	if limit == 1<<31-1 {
		limit = -1
	}
	return strings.SplitN(s, sep, int(limit)), nil
}

func splitPart(s, sep string, index int64) (any, error) {
	if index <= 0 {
		return nil, invalidArgument("Index must be greater than zero")
	}
	if sep == "" {
		if r := []rune(s); index <= int64(len(r)) {
			return string(r[index-1]), nil
		}
		return nil, nil
	}
	for ; index > 1; index-- {
		_, rest, found := strings.Cut(s, sep)
		if !found {
			return nil, nil
		}
		s = rest
	}
	part, _, _ := strings.Cut(s, sep)
	return part, nil
}

// splitPairs takes a text of entries apart; unique makes an equal key an error.
func splitPairs(s, between, inside string, unique bool) (any, error) {
	switch {
	case between == "":
		return nil, invalidArgument("entryDelimiter is empty")
	case inside == "":
		return nil, invalidArgument("keyValueDelimiter is empty")
	case between == inside:
		return nil, invalidArgument("entryDelimiter and keyValueDelimiter must not be the same")
	}
	pairs := []any{}
	seen := map[string]bool{}
	for len(s) > 0 {
		entry, rest, _ := strings.Cut(s, between)
		s = rest
		k, v, found := strings.Cut(entry, inside)
		if !found || strings.Contains(v, inside) && unique {
			return nil, invalidArgument("Key-value delimiter must appear exactly once in each entry. Bad input: '%s'", entry)
		}
		if unique && seen[k] {
			return nil, invalidArgument("Duplicate keys (%s) are not allowed", k)
		}
		seen[k] = true
		pairs = append(pairs, map[string]any{"k": k, "v": v})
	}
	return pairs, nil
}

func replaceText(s, old, by string) (any, error) {
	n := strings.Count(s, old)
	if len(s)+n*(len(by)-len(old)) > textLimit {
		return nil, fail("EXCEEDED_LOCAL_MEMORY_LIMIT", "the result of replace is too long")
	}
	return strings.ReplaceAll(s, old, by), nil
}

func padText(s string, size int64, pad string, left bool) (any, error) {
	if size < 0 || size > 1<<31-1 {
		return nil, invalidArgument("Target length must be in the range [0..2147483647]")
	}
	if pad == "" {
		return nil, invalidArgument("Padding string must not be empty")
	}
	if size > textLimit {
		return nil, fail("EXCEEDED_LOCAL_MEMORY_LIMIT", "padding to %d characters is too much", size)
	}
	text := []rune(s)
	missing := int(size) - len(text)
	if missing <= 0 {
		return string(text[:size]), nil
	}
	p := []rune(pad)
	fill := make([]rune, missing)
	for i := range fill {
		fill[i] = p[i%len(p)]
	}
	if left {
		return string(fill) + s, nil
	}
	return s + string(fill), nil
}

func hamming(a, b string) (any, error) {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return nil, invalidArgument("The input strings to hamming_distance function must have the same length")
	}
	n := int64(0)
	for i := range x {
		if x[i] != y[i] {
			n++
		}
	}
	return n, nil
}

// levenshtein counts characters that are inserted, deleted or replaced; the
// limit is Trino's.
func levenshtein(a, b string) (any, error) {
	x, y := []rune(a), []rune(b)
	if len(x)*len(y) > 1_000_000 {
		return nil, invalidArgument("The combined inputs for Levenshtein distance are too large")
	}
	row := make([]int64, len(y)+1)
	for j := range row {
		row[j] = int64(j)
	}
	for i := range x {
		diagonal := row[0]
		row[0]++
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)], nil
}

func translate(s, from, to string) (any, error) {
	f, t := []rune(from), []rune(to)
	m := map[rune]rune{}
	for i, r := range f {
		if _, ok := m[r]; ok {
			continue
		}
		m[r] = -1
		if i < len(t) {
			m[r] = t[i]
		}
	}
	return strings.Map(func(r rune) rune {
		if by, ok := m[r]; ok {
			return by
		}
		return r
	}, s), nil
}

// soundex is the American Soundex, as commons-codec has it.
func soundex(s string) (any, error) {
	const codes = "01230120022455012623010202"
	out := []byte{}
	last := byte('0')
	for _, r := range strings.ToUpper(s) {
		if r < 'A' || r > 'Z' {
			if r > 127 {
				return nil, invalidArgument("The character is not mapped: %c", r)
			}
			continue
		}
		code := codes[r-'A']
		switch {
		case len(out) == 0:
			out = append(out, byte(r))
		case r == 'H' || r == 'W':
			continue
		case code != '0' && code != last:
			out = append(out, code)
		}
		last = code
		if len(out) == 4 {
			break
		}
	}
	if len(out) == 0 {
		return "", nil
	}
	return (string(out) + "000")[:4], nil
}

func luhn(s string) (any, error) {
	if s == "" {
		return nil, nil
	}
	sum := 0
	for i := range len(s) {
		c := s[len(s)-1-i]
		if c < '0' || c > '9' {
			return nil, invalidArgument("luhn_check: '%s' is not a number", s)
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0, nil
}

// weave puts the results of a replacing lambda between the split pieces.
func weave(pieces, between []any) (any, error) {
	var b strings.Builder
	for i, p := range pieces {
		b.WriteString(text(p))
		if i < len(between) {
			b.WriteString(text(between[i]))
		}
	}
	return b.String(), nil
}

// joinTexts leaves NULLs out.
func joinTexts(elems []any, sep string) (any, error) {
	var b strings.Builder
	first := true
	for _, e := range elems {
		s, ok := e.(string)
		if !ok {
			continue
		}
		if !first {
			b.WriteString(sep)
		}
		first = false
		if b.WriteString(s); b.Len() > textLimit {
			return nil, fail("EXCEEDED_LOCAL_MEMORY_LIMIT", "the joined text is too long")
		}
	}
	return b.String(), nil
}

// text is a list's element as a text; NULL is empty.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// listaggLimit is the longest text, in bytes, that LISTAGG makes.
const listaggLimit = 1 << 20

func listaggTruncate(values []any, sep, filler string, count bool) (any, error) {
	var b strings.Builder
	for i, v := range values {
		s := text(v)
		if i > 0 {
			s = sep + s
		}
		if b.Len()+len(s) > listaggLimit {
			if i > 0 {
				b.WriteString(sep)
			}
			b.WriteString(filler)
			if count {
				b.WriteString("(" + strconv.Itoa(len(values)-i) + ")")
			}
			return b.String(), nil
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// urlPart is a part of a URL, NULL for a text that is none or lacks it.
func urlPart(s, part string) (any, error) {
	u, ok := parseURL(s)
	if !ok {
		return nil, nil
	}
	switch part {
	case "host":
		return orNull(u.Hostname()), nil
	case "protocol":
		return u.Scheme, nil
	case "path":
		if u.Opaque != "" {
			return nil, nil
		}
		return u.EscapedPathDecoded(), nil
	case "query":
		return decoded(u.RawQuery), nil
	case "fragment":
		return u.Fragment, nil
	}
	return orNull(u.Port()), nil
}

// javaURL is a URL as java.net.URI reads it.
type javaURL struct{ *url.URL }

// EscapedPathDecoded is the decoded path.
func (u javaURL) EscapedPathDecoded() string { return u.Path }

func parseURL(s string) (javaURL, bool) {
	if strings.ContainsAny(s, " \"<>\\^`{|}") {
		return javaURL{}, false
	}
	u, err := url.Parse(s)
	return javaURL{u}, err == nil
}

func decoded(query string) string {
	out, err := url.PathUnescape(query)
	if err != nil {
		return query
	}
	return out
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// urlParameter is the first query parameter of a name; one without a value is
// the empty text.
func urlParameter(s, name string) (any, error) {
	u, ok := parseURL(s)
	if !ok || u.RawQuery == "" {
		return nil, nil
	}
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		k, v, _ := strings.Cut(pair, "=")
		if decoded(k) == name {
			return decoded(v), nil
		}
	}
	return nil, nil
}

var normalForms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

// normalizeText gives a text in a Unicode normalization form, named in capitals.
func normalizeText(s, form string) (any, error) {
	f, ok := normalForms[form]
	if !ok {
		return nil, invalidArgument("Normalization form must be one of [NFD, NFC, NFKD, NFKC]")
	}
	return f.String(s), nil
}
