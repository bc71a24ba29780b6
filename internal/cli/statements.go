package cli

import "strings"

// statement is one of several in a file: its text, and the line it begins on.
type statement struct {
	text string
	line int
}

// splitStatements takes a file with one or several statements apart at the
// semicolons that stand outside quotes and comments. Pieces without anything but
// blanks and comments are left out. Athena itself takes one statement at a time.
func splitStatements(text string) []statement {
	var list []statement
	line, start, startLine := 1, 0, 1
	content := false
	cut := func(end int) {
		if content {
			piece := text[start:end]
			trimmed := strings.TrimLeft(piece, " \t\r\n")
			skipped := strings.Count(piece[:len(piece)-len(trimmed)], "\n")
			list = append(list, statement{strings.TrimRight(trimmed, " \t\r\n"), startLine + skipped})
		}
		content = false
	}
	for i := 0; i < len(text); {
		n := tokenLength(text[i:])
		switch c := text[i]; {
		case c == ';':
			cut(i)
			start, startLine = i+1, line
		case c != ' ' && c != '\t' && c != '\r' && c != '\n' && !isComment(text[i:]):
			content = true
		}
		line += strings.Count(text[i:i+n], "\n")
		i += n
	}
	cut(len(text))
	return list
}

func isComment(s string) bool { return strings.HasPrefix(s, "--") || strings.HasPrefix(s, "/*") }

// tokenLength is how many bytes at the beginning of s belong together: a quoted
// text, a comment, or one byte.
func tokenLength(s string) int {
	end := -1
	switch {
	case strings.HasPrefix(s, "--"):
		end = strings.IndexByte(s, '\n')
		if end < 0 {
			return len(s)
		}
		return end + 1
	case strings.HasPrefix(s, "/*"):
		end = strings.Index(s[2:], "*/")
		if end < 0 {
			return len(s)
		}
		return end + 4
	case s[0] == '\'' || s[0] == '"' || s[0] == '`':
		end = strings.IndexByte(s[1:], s[0])
		if end < 0 {
			return len(s)
		}
		return end + 2 // a doubled quote begins another quoted text, with nothing between
	}
	return 1
}
