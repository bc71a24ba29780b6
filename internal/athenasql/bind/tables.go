package bind

import (
	"errors"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// ColumnKind tells where a table column's value comes from.
type ColumnKind uint8

// The kinds of columns.
const (
	DataColumn      ColumnKind = iota // in the record
	PartitionColumn                   // from the partition
	HiddenColumn                      // "$path" and its kin; not part of SELECT *
)

// Table is what the binder knows of a table. Handle is the catalog's own
// object, handed through untouched to the engine.
type Table struct {
	Catalog, Database, Name string
	Columns                 []TableColumn
	Handle                  any
}

// TableColumn is one column of a table, in SELECT * order (data columns, then
// partition columns, then hidden ones).
type TableColumn struct {
	Name string // lower-case
	Type *types.Type
	Kind ColumnKind
}

// View is a stored query; it is bound in the database it was made in.
type View struct {
	Catalog, Database, Name string
	SQL                     string
}

// What Catalog.Lookup reports when there is no such thing; compare with
// errors.Is.
var (
	ErrNoCatalog  = errors.New("no such catalog")
	ErrNoDatabase = errors.New("no such database")
	ErrNoTable    = errors.New("no such table")
)

// Catalog is what the binder asks of a catalog. Names are lower-case; catalog
// or database are never empty (the binder fills in Defaults).
// A missing catalog, database or table is reported by the ErrXxx values below;
// the binder turns them into Athena's CATALOG_NOT_FOUND, SCHEMA_NOT_FOUND and
// TABLE_NOT_FOUND with the position of the name.
type Catalog interface {
	// Lookup returns exactly one of a table and a view.
	Lookup(catalog, database, name string) (*Table, *View, error)
	// TableNames lists a database's tables, for "did you mean".
	TableNames(catalog, database string) []string
}
