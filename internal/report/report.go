// Package report writes what package policy found out: for a terminal, as
// JSON, as Markdown, and as one HTML page that needs nothing beside it. What
// logs hold is what callers sent: each form escapes it.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/leasttrail/leasttrail/internal/policy"
)

// Writer writes a report in one form.
type Writer func(w io.Writer, r *policy.Report) error

// Extensions lists the extensions of files that Form knows.
func Extensions() []string { return []string{".html", ".json", ".md", ".txt"} }

// Form gives the form of a file by its extension.
func Form(path string) (Writer, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".html":
		return HTML, nil
	case ".json":
		return JSON, nil
	case ".md":
		return Markdown, nil
	case ".txt":
		return Text, nil
	}
	return nil, fmt.Errorf("%s: the extension says the form: %s", path, strings.Join(Extensions(), ", "))
}

// JSON writes the report as an indented JSON object.
func JSON(w io.Writer, r *policy.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Text writes the report for a terminal: its first line says whether it is
// complete; long lists end with how many more there are.
func Text(w io.Writer, r *policy.Report) error {
	const rows = 12
	return render(r, &textPage{w: w, rows: rows})
}

// Markdown writes the whole report.
func Markdown(w io.Writer, r *policy.Report) error { return render(r, &markdownPage{w: w}) }
