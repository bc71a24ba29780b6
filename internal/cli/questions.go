package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/questions"
)

var questionColumns = []outColumn{
	{key: "name", title: "name"},
	{key: "title", title: "question"},
	{key: "parameters", title: "parameters"},
	{key: "about", title: "about"},
}

// listQuestions prints the library of ready questions.
func (a *app) listQuestions(form string) error {
	list, err := questions.All()
	if err != nil {
		return err
	}
	columns := questionColumns
	if form == formTable {
		columns = columns[:3]
	}
	rows := make([]outRow, len(list))
	for i, q := range list {
		params := make([]string, len(q.Params))
		for j, p := range q.Params {
			params[j] = p.Name + "=" + p.Default
		}
		rows[i] = outRow{q.Name, q.Title, params, q.About}[:len(columns)]
	}
	if err := writeRows(a.out, form, columns, rows); err != nil {
		return err
	}
	a.note("%s; --run NAME asks one, --show NAME prints its SQL", count(int64(len(list)), "question"))
	return nil
}

// checkQuestion finds flags that do not go together.
func (f *queryFlags) checkQuestion(args []string) error {
	chosen := 0
	for _, is := range []bool{f.list, f.run != "", f.show != "", f.file != "" || len(args) > 0} {
		if is {
			chosen++
		}
	}
	switch {
	case chosen > 1:
		return usagef("", "give one of a statement, -f, --list, --run and --show")
	case f.run == "" && len(f.set) > 0:
		return usagef("a statement's ? take --param", "--set goes with --run")
	case f.run == "" && f.show == "" && f.table != "":
		return usagef("a statement names its table itself", "--table goes with --run and --show")
	case f.run != "" && len(f.params) > 0:
		return usagef("", "a ready question takes --set NAME=VALUE, not --param")
	case f.run != "" && len(f.logs) == 0 && f.table == "":
		return usagef("name the logs with --logs ./AWSLogs/, or a table of the catalog with --table", "there is nothing to read")
	case len(f.logs) > 0 && f.table != "":
		return usagef("", "give --logs or --table, not both")
	}
	return nil
}

// question finds a question of the library.
func question(name string) (*questions.Question, error) {
	list, err := questions.All()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(q questions.Question) bool { return q.Name == name })
	if i < 0 {
		hint := "leasttrail query --list shows all"
		for _, q := range list {
			if strings.Contains(q.Name, name) || strings.Contains(name, q.Name) {
				hint = "did you mean " + q.Name + "?"
				break
			}
		}
		return nil, usagef(hint, "there is no question %q", name)
	}
	return &list[i], nil
}

// showQuestion prints a question's SQL, as Athena takes it.
func (a *app) showQuestion(f *queryFlags) error {
	q, err := question(f.show)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.out, q.Over(f.table))
	return err
}

// questionStatement turns --run with its --set into a statement.
func (f *queryFlags) questionStatement() (statement, error) {
	q, err := question(f.run)
	if err != nil {
		return statement{}, err
	}
	given := map[string]string{}
	for _, s := range f.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return statement{}, usagef("for example --set since=2026-05-01", "--set %q is not NAME=VALUE", s)
		}
		given[name] = value
	}
	values, err := q.Values(given)
	if err != nil {
		return statement{}, usagef("leasttrail query --show "+q.Name+" prints it with its parameters", "%v", err)
	}
	f.params = values
	return statement{text: q.Over(f.table), line: 1}, nil
}
