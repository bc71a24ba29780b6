package duckdb

import "strings"

// access is what files an engine of one query may reach. The wall around the
// files is the printer, which writes no other path into a query; this is the
// second one, DuckDB's own.
type access struct {
	files   []string // these, which DuckDB reads
	folders []string // all below these, where DuckDB writes
}

func (a access) none() bool { return len(a.files)+len(a.folders) == 0 }

func (a access) settings() []string {
	var set []string
	if len(a.files) > 0 {
		set = append(set, "SET allowed_paths = "+textList(a.files))
	}
	if len(a.folders) > 0 {
		set = append(set, "SET allowed_directories = "+textList(a.folders))
	}
	return set
}

// openFor opens an engine like this one that may reach some files too. It
// shares this one's standard input, and nothing else.
func (e *Engine) openFor(allow access) (*Engine, error) {
	opts := e.opts
	opts.Store = nil // its queries read the logs
	return open(opts, allow, e.stdin)
}

func textList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quoteText(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
