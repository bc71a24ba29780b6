package catalog

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// show runs the statements that only tell something. The columns and the forms
// of the rows are those measured on Athena.
func (c *Catalog) show(st athenasql.Statement, database string) (*Answer, error) {
	switch s := st.(type) {
	case *athenasql.ShowDatabases:
		return c.showDatabases(s)
	case *athenasql.ShowTables:
		tables, views, err := c.Names(databaseOf(s.Database, database))
		if err != nil {
			return nil, err
		}
		all := append(tables, views...)
		slices.Sort(all)
		return listing("SHOW_TABLES", "tab_name", all, s.Like)
	case *athenasql.ShowViews:
		_, views, err := c.Names(databaseOf(s.Database, database))
		if err != nil {
			return nil, err
		}
		return listing("SHOW_VIEWS", "views", views, s.Like)
	case *athenasql.ShowCreateView:
		db, name := split(s.Name, database)
		v, err := c.View(db, name)
		if err != nil {
			return nil, err
		}
		a := &Answer{Utility: true, Sub: "SHOW_CREATE_VIEW", Columns: []string{"create view"}}
		for _, line := range strings.Split("CREATE VIEW "+db+"."+name+" AS\n"+v.SQL, "\n") {
			a.Rows = append(a.Rows, []string{line})
		}
		return a, nil
	}
	return c.showTable(st, database)
}

// showTable runs the statements about one table.
func (c *Catalog) showTable(st athenasql.Statement, database string) (*Answer, error) {
	var name athenasql.QualifiedName
	switch s := st.(type) {
	case *athenasql.ShowColumns:
		name = s.Name
	case *athenasql.ShowPartitions:
		name = s.Name
	case *athenasql.ShowTblProperties:
		name = s.Name
	case *athenasql.ShowCreateTable:
		name = s.Name
	case *athenasql.Describe:
		name = s.Name
	default:
		return nil, ErrNotHere
	}
	db, table := split(name, database)
	t, err := c.Table(db, table)
	if errors.Is(err, ErrNoTable) {
		if v, noView := c.View(db, table); noView == nil {
			return v.show(st)
		}
	}
	if err != nil {
		return nil, err
	}
	a := &Answer{Utility: true}
	switch s := st.(type) {
	case *athenasql.ShowColumns:
		a.Sub, a.Columns = "SHOW_COLUMNS", []string{"field"}
		for _, col := range slices.Concat(t.Columns, t.PartitionKeys) {
			a.Rows = append(a.Rows, []string{fmt.Sprintf("%-20s", col.Name)})
		}
	case *athenasql.ShowPartitions:
		return t.showPartitions()
	case *athenasql.ShowTblProperties:
		return t.showProperties(s.Key), nil
	case *athenasql.ShowCreateTable:
		a.Sub, a.Columns = "SHOW_CREATE_TABLE", []string{"createtab_stmt"}
		for _, line := range t.CreateStatement() {
			a.Rows = append(a.Rows, []string{line})
		}
	case *athenasql.Describe:
		return t.describe(s)
	}
	return a, nil
}

// show runs the statements about tables that can be about a view.
func (v *View) show(st athenasql.Statement) (*Answer, error) {
	a := &Answer{Utility: true}
	switch st.(type) {
	case *athenasql.ShowColumns:
		a.Sub, a.Columns = "SHOW_COLUMNS", []string{"field"}
		for _, col := range v.Columns {
			a.Rows = append(a.Rows, []string{fmt.Sprintf("%-20s", col.Name)})
		}
	case *athenasql.Describe:
		a.Sub, a.Columns = "DESC_VIEW", []string{"column", "type"}
		for _, col := range v.Columns {
			text := col.Type
			if t, err := types.FromHive(text); err == nil {
				text = t.String()
			}
			a.Rows = append(a.Rows, []string{col.Name, text})
		}
	default:
		return nil, failed("FAILED: SemanticException %s.%s is a view, not a table", v.Database, v.Name)
	}
	return a, nil
}

func databaseOf(id *athenasql.Identifier, otherwise string) string {
	if id == nil {
		return otherwise
	}
	return fold(*id)
}

func (c *Catalog) showDatabases(s *athenasql.ShowDatabases) (*Answer, error) {
	dbs, err := c.Databases()
	if err != nil {
		return nil, err
	}
	list := make([]string, len(dbs))
	for i, db := range dbs {
		list[i] = db.Name
	}
	return listing("SHOW_DATABASES", "database_name", list, s.Like)
}

// listing is one column of names that match a pattern: a regular expression,
// case-sensitive, in which * stands for any text and | for "or".
func listing(sub, column string, names []string, like string) (*Answer, error) {
	a := &Answer{Utility: true, Sub: sub, Columns: []string{column}}
	match := func(string) bool { return true }
	if like != "" {
		re, err := regexp.Compile("^(?:" + strings.ReplaceAll(strings.ReplaceAll(like, ".*", "*"), "*", ".*") + ")$")
		if err != nil {
			return nil, failed("FAILED: the pattern '%s' is no regular expression: %v", like, err)
		}
		match = re.MatchString
	}
	for _, n := range names {
		if match(n) {
			a.Rows = append(a.Rows, []string{n})
		}
	}
	return a, nil
}

func (t *Table) showPartitions() (*Answer, error) {
	if len(t.PartitionKeys) == 0 {
		return nil, failed("FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Table %s is not a partitioned table", t.Name)
	}
	a := &Answer{Utility: true, Sub: "SHOW_PARTITIONS", Columns: []string{"partition"}}
	for _, p := range t.Partitions {
		a.Rows = append(a.Rows, []string{t.PartitionName(p.Values)})
	}
	slices.SortFunc(a.Rows, func(x, y []string) int { return strings.Compare(x[0], y[0]) })
	return a, nil
}

func (t *Table) showProperties(key string) *Answer {
	a := &Answer{Utility: true, Sub: "SHOW_TABLE_PROPERTIES", Columns: []string{"prpt_name", "prpt_value"}}
	props := maps.Clone(t.Properties)
	if props == nil {
		props = map[string]string{}
	}
	props["EXTERNAL"] = "TRUE"
	if t.Comment != "" {
		props["comment"] = t.Comment
	}
	for _, k := range slices.Sorted(maps.Keys(props)) {
		if key == "" || k == key {
			a.Rows = append(a.Rows, []string{k, props[k]})
		}
	}
	if key != "" && len(a.Rows) == 0 {
		a.Rows = [][]string{{key, fmt.Sprintf("Table %s.%s does not have property: %s", t.Database, t.Name, key)}}
	}
	return a
}

func (t *Table) describe(s *athenasql.Describe) (*Answer, error) {
	a := &Answer{Utility: true, Sub: "DESCRIBE_TABLE", Columns: []string{"col_name", "data_type", "comment"}, Joined: true}
	for _, row := range t.describeRows() {
		a.Rows = append(a.Rows, strings.Split(row, "\t"))
	}
	if s.Column == "" {
		return a, nil
	}
	a.Rows = slices.DeleteFunc(a.Rows, func(r []string) bool { return strings.TrimSpace(r[0]) != s.Column })
	if len(a.Rows) == 0 {
		return nil, failed("FAILED: SemanticException [Error 10002]: Invalid column reference %s", s.Column)
	}
	a.Rows = a.Rows[:1]
	return a, nil
}
