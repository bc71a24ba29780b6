package duckdb

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

var formatSpec = regexp.MustCompile(`%(\d+\$)?([-#+ 0,(]*)(\d+)?(\.\d+)?([a-zA-Z%])`)

// formatText is Java's String.format for texts that carry a letter for their
// type: s, d (integer), f (number), b (boolean), t (date or time).
func formatText(format string, args []any) (any, error) {
	next := 0
	var failure error
	out := formatSpec.ReplaceAllStringFunc(format, func(spec string) string {
		m := formatSpec.FindStringSubmatch(spec)
		if number(m[3]) > textLimit || m[4] != "" && number(m[4][1:]) > textLimit {
			failure = fail("EXCEEDED_LOCAL_MEMORY_LIMIT", "format: the width of '%s' is too large", spec)
			return ""
		}
		switch m[5] {
		case "%":
			return pad("%", m[2], m[3])
		case "n":
			return "\n"
		}
		i := next
		if m[1] != "" {
			i, _ = strconv.Atoi(strings.TrimSuffix(m[1], "$"))
			i--
		} else {
			next++
		}
		if i < 0 || i >= len(args) {
			failure = invalidArgument("Invalid format string: %s (MissingFormatArgumentException: Format specifier '%s')", format, spec)
			return ""
		}
		s, err := formatOne(m, args[i])
		if err != nil {
			failure = invalidArgument("Invalid format string: %s (%s)", format, err)
		}
		return s
	})
	return out, failure
}

func formatOne(m []string, arg any) (string, error) {
	flags, width, precision, verb := m[2], m[3], m[4], m[5]
	tagged, ok := arg.(string)
	if !ok || tagged == "" {
		return pad(cutTo("null", precision), flags, width), nil
	}
	tag, s := tagged[0], tagged[1:]
	upper := verb != strings.ToLower(verb)
	var err error
	switch strings.ToLower(verb) {
	case "s":
		if tag == 'f' && strings.ContainsAny(s, "e.") {
			s = javaNumber(s)
		}
		s = pad(cutTo(s, precision), flags, width)
	case "b":
		if tag != 'b' {
			s = "true"
		}
		s = pad(s, flags, width)
	case "d":
		if tag != 'd' {
			return "", fmt.Errorf("IllegalFormatConversionException: d != %s", javaClass(tag))
		}
		s = padNumber(s, flags, width)
	case "x", "o":
		s, err = formatRadix(s, tag, strings.ToLower(verb), flags, width)
	case "f", "e":
		s, err = formatFloat(s, tag, strings.ToLower(verb), flags, width, precision)
	default:
		return "", fmt.Errorf("UnknownFormatConversionException: Conversion = '%s'", verb)
	}
	if upper {
		s = strings.ToUpper(s)
	}
	return s, err
}

func javaClass(tag byte) string {
	return map[byte]string{'s': "java.lang.String", 'f': "java.lang.Double", 'b': "java.lang.Boolean", 't': "java.time.LocalDateTime"}[tag]
}

// javaNumber writes DuckDB's text of a double as Java does.
func javaNumber(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	return string(types.AppendFormat(nil, types.DoubleT, f))
}

func formatRadix(s string, tag byte, verb, flags, width string) (string, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if tag != 'd' || err != nil {
		return "", fmt.Errorf("IllegalFormatConversionException: %s != %s", verb, javaClass(tag))
	}
	base := map[string]int{"x": 16, "o": 8}[verb]
	return padZero(strconv.FormatUint(uint64(n), base), flags, width), nil
}

func formatFloat(s string, tag byte, verb, flags, width, precision string) (string, error) {
	if tag != 'f' {
		return "", fmt.Errorf("IllegalFormatConversionException: %s != java.lang.Long", verb)
	}
	digits := 6
	if precision != "" {
		digits, _ = strconv.Atoi(precision[1:])
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "", err
	}
	if verb == "e" {
		return padNumber(strconv.FormatFloat(f, 'e', digits, 64), flags, width), nil
	}
	// Java rounds the decimal text half up
	if r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64)); ok {
		s = ratText(r, digits)
	}
	return padNumber(s, flags, width), nil
}

// ratText rounds half away from zero to some digits.
func ratText(r *big.Rat, digits int) string { return r.FloatString(digits) }

func cutTo(s, precision string) string {
	if precision == "" {
		return s
	}
	n, _ := strconv.Atoi(precision[1:])
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func pad(s, flags, width string) string {
	n, _ := strconv.Atoi(width)
	missing := n - len([]rune(s))
	if missing <= 0 || missing > textLimit {
		return s
	}
	if strings.Contains(flags, "-") {
		return s + strings.Repeat(" ", missing)
	}
	return strings.Repeat(" ", missing) + s
}

func padZero(s, flags, width string) string {
	n, _ := strconv.Atoi(width)
	if missing := n - len(s); strings.Contains(flags, "0") && missing > 0 && missing < textLimit {
		return strings.Repeat("0", missing) + s
	}
	return pad(s, flags, width)
}

// padNumber applies the flags for numbers: sign, grouping, parentheses, zeros.
func padNumber(s, flags, width string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if strings.Contains(flags, ",") {
		whole, fraction, found := strings.Cut(s, ".")
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
		if s = whole; found {
			s += "." + fraction
		}
	}
	switch {
	case sign == "-" && strings.Contains(flags, "("):
		sign, s = "(", s+")"
	case sign == "" && strings.Contains(flags, "+"):
		sign = "+"
	case sign == "" && strings.Contains(flags, " "):
		sign = " "
	}
	n, _ := strconv.Atoi(width)
	if missing := n - len(sign) - len(s); strings.Contains(flags, "0") && missing > 0 && missing < textLimit {
		s = strings.Repeat("0", missing) + s
	}
	return pad(sign+s, flags, width)
}
