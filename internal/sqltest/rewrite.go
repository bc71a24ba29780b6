package sqltest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Rewrite writes what came of cases into their files, in place of what the
// files say must come: to be read before it is believed. The cases must be all
// that Load gave for the folder, unchanged files, outcomes one for each; nil
// leaves a case as it is.
func Rewrite(dir string, cases []Case, outcomes []*Outcome) error {
	for i := len(cases) - 1; i >= 0; {
		file := cases[i].File
		path := filepath.Join(dir, file)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(data)
		for ; i >= 0 && cases[i].File == file; i-- { // from the end, so that places hold
			c := &cases[i]
			if outcomes[i] == nil || c.Check(*outcomes[i]) == nil {
				continue
			}
			if c.end > len(text) {
				return fmt.Errorf("%s was changed meanwhile", path)
			}
			text = text[:c.start] + c.render(*outcomes[i]) + text[c.end:]
		}
		if text != string(data) {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// render writes an outcome as the case's file has it.
func (c *Case) render(got Outcome) string {
	lead := dashes
	if c.expression {
		lead = ""
	}
	if got.Err != nil {
		name, at, message, ok := Mistake(got.Err)
		if !ok {
			message = got.Err.Error()
		}
		if message, _, _ = strings.Cut(message, "\n"); c.expression {
			return "error " + name
		}
		return lead + " error " + (&WantError{name, at, message}).String()
	}
	rows := joinRows(Cells(got))
	if c.expression {
		if len(got.Rows) != 1 || len(got.Columns) != 1 {
			return fmt.Sprintf("error NOT_ONE_VALUE %d rows of %d", len(got.Rows), len(got.Columns))
		}
		return Cells(got)[0][0]
	}
	if c.Columns != nil {
		lead += " " + joinColumns(got.Columns)
	}
	if len(got.Rows) == 0 {
		return lead
	}
	return lead + "\n" + strings.ReplaceAll(rows, "\n\t", "\n")
}
