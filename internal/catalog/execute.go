package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/source"
)

// Answer is what a DDL or UTILITY statement gives. All values are text.
type Answer struct {
	Utility bool   // StatementType UTILITY, else DDL
	Sub     string // SubstatementType: SHOW_TABLES, CREATE_TABLE …
	Columns []string
	Rows    [][]string
	// Joined says that Athena hands out each row as one value, with tabs
	// between what Rows has apart (DESCRIBE).
	Joined bool
}

// ErrNotHere says that a statement is none of the catalog's.
var ErrNotHere = errors.New("not a statement for the catalog")

// Execute runs a DDL or UTILITY statement in a database. Mistakes of the
// user's are *athenasql.Error in Athena's words; ErrNotHere is returned for
// statements that are not the catalog's. opts is for MSCK REPAIR TABLE, which
// looks at the table's files.
func (c *Catalog) Execute(ctx context.Context, st athenasql.Statement, database string, opts source.Options) (*Answer, error) {
	a, err := c.execute(ctx, st, database, opts)
	if err != nil {
		return nil, c.explain(err, database)
	}
	return a, nil
}

func (c *Catalog) execute(ctx context.Context, st athenasql.Statement, database string, opts source.Options) (*Answer, error) {
	switch s := st.(type) {
	case *athenasql.CreateDatabase:
		return done("CREATE_DATABASE"), ignore(c.CreateDatabase(Database{Name: fold(s.Name), Comment: s.Comment, Location: s.Location, Properties: properties(s.Properties)}), s.IfNotExists, ErrExists)
	case *athenasql.DropDatabase:
		return done("DROP_DATABASE"), ignore(c.DropDatabase(fold(s.Name), s.Cascade), s.IfExists, ErrNoDatabase)
	case *athenasql.CreateTable:
		return c.createTable(s, database)
	case *athenasql.DropTable:
		db, name := split(s.Name, database)
		return done("DROP_TABLE"), ignore(c.DropTable(db, name), s.IfExists, ErrNoTable)
	case *athenasql.DropView:
		db, name := split(s.Name, database)
		return done("DROP_VIEW"), ignore(c.DropView(db, name), s.IfExists, ErrNoView)
	case *athenasql.AlterTable:
		return c.alterTable(s, database)
	case *athenasql.RepairTable:
		return c.repair(ctx, s, database, opts)
	}
	return c.show(st, database)
}

func done(sub string) *Answer { return &Answer{Sub: sub} }

// ignore drops an error that the statement's IF [NOT] EXISTS allows for.
func ignore(err error, allowed bool, which error) error {
	if allowed && errors.Is(err, which) {
		return nil
	}
	return err
}

// fold is a name as the catalog keeps it.
func fold(id athenasql.Identifier) string { return strings.ToLower(id.Name) }

// split is a table's database and name; a leading catalog is passed over.
func split(q athenasql.QualifiedName, database string) (db, name string) {
	n := len(q.Parts)
	name = fold(q.Parts[n-1])
	if n > 1 {
		return fold(q.Parts[n-2]), name
	}
	return database, name
}

func properties(list []athenasql.KeyValue) map[string]string {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, kv := range list {
		m[kv.Key] = kv.Value
	}
	return m
}

// explain puts an error of the catalog into Athena's words. The texts are
// those of Hive's, as Athena passes them on.
func (c *Catalog) explain(err error, database string) error {
	var user *athenasql.Error
	if errors.As(err, &user) || errors.Is(err, ErrNotHere) {
		return err
	}
	what, _, _ := strings.Cut(err.Error(), ": ")
	task := "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
	switch {
	case errors.Is(err, ErrNoDatabase):
		return &athenasql.Error{Message: "FAILED: SemanticException [Error 10072]: Database does not exist: " + what, Hint: "SHOW DATABASES lists them; CREATE DATABASE " + what + " makes it"}
	case errors.Is(err, ErrNoTable), errors.Is(err, ErrNoView):
		return &athenasql.Error{Message: "FAILED: SemanticException [Error 10001]: Table not found " + what, Hint: c.nearTable(what, database)}
	case errors.Is(err, ErrNoPartition):
		return &athenasql.Error{Message: "FAILED: SemanticException [Error 10006]: Partition not found " + what}
	case errors.Is(err, ErrExists), errors.Is(err, ErrPartitionHere):
		return &athenasql.Error{Message: task + "AlreadyExistsException(message:" + upperFirst(what) + " already exists)", Hint: "IF NOT EXISTS leaves the one that is there"}
	case errors.Is(err, ErrNotEmpty):
		return &athenasql.Error{Message: task + "InvalidOperationException(message:" + upperFirst(what) + " is not empty. One or more tables exist.)", Hint: "DROP DATABASE … CASCADE drops them too"}
	}
	return err
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// nearTable names a table of the database with a like name.
func (c *Catalog) nearTable(what, database string) string {
	db, name, ok := strings.Cut(what, ".")
	if !ok {
		db, name = database, what
	}
	tables, views, err := c.Names(db)
	if err != nil {
		return ""
	}
	all := append(tables, views...)
	for _, t := range all {
		if t == name {
			return c.otherKind(db, name, views)
		}
		if strings.Contains(t, name) || strings.Contains(name, t) || distance(t, name) <= 2 {
			return "did you mean " + db + "." + t + "?"
		}
	}
	if len(all) == 0 {
		return "there is no table in " + db + " yet"
	}
	return ""
}

// otherKind tells of a name that was not found as one thing what it is.
func (c *Catalog) otherKind(db, name string, views []string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	switch {
	case slices.Contains(views, name):
		return name + " is a view"
	case c.overlay[db+"."+name] != nil:
		return name + " is made of this command's logs, for it alone"
	}
	return name + " is a table"
}

// distance is the Levenshtein distance of two short names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

func failed(format string, args ...any) error {
	return &athenasql.Error{Message: fmt.Sprintf(format, args...)}
}

// touch is the time of a table's last change, where Hive keeps it.
func (t *Table) touch() {
	if t.Properties == nil {
		t.Properties = map[string]string{}
	}
	t.Properties["transient_lastDdlTime"] = strconv.FormatInt(time.Now().Unix(), 10)
}
