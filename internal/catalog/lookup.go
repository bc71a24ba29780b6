package catalog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// HiddenColumns are the pseudo-columns that every table has beside its own;
// they are not part of SELECT *. "$path" is the file a row came from. Source:
// Athena user guide, "Get the file locations for source data in Amazon S3",
// and Trino's Hive connector for the others.
var HiddenColumns = []string{"$path", "$file_size", "$file_modified_time", "$partition"}

func hiddenType(name string) *types.Type {
	switch name {
	case "$file_size":
		return types.BigintT
	case "$file_modified_time":
		return types.TimestampTZOf(types.DefaultPrecision)
	}
	return types.VarcharT
}

// Lookup finds a table or view for the binder: see bind.Catalog.
func (c *Catalog) Lookup(catalog, database, name string) (*bind.Table, *bind.View, error) {
	if !strings.EqualFold(catalog, DefaultCatalog) {
		return nil, nil, fmt.Errorf("%s: %w", catalog, bind.ErrNoCatalog)
	}
	t, err := c.Table(database, name)
	if err == nil {
		bt, err := t.bind()
		return bt, nil, err
	}
	if errors.Is(err, ErrNoDatabase) {
		return nil, nil, fmt.Errorf("%s: %w", database, bind.ErrNoDatabase)
	}
	if !errors.Is(err, ErrNoTable) {
		return nil, nil, err
	}
	v, err := c.View(database, name)
	if errors.Is(err, ErrNoView) {
		return nil, nil, fmt.Errorf("%s.%s: %w", database, name, bind.ErrNoTable)
	}
	if err != nil {
		return nil, nil, err
	}
	return nil, &bind.View{Catalog: DefaultCatalog, Database: database, Name: name, SQL: v.SQL}, nil
}

// TableNames lists a database's tables and views, for "did you mean".
func (c *Catalog) TableNames(catalog, database string) []string {
	if !strings.EqualFold(catalog, DefaultCatalog) {
		return nil
	}
	tables, views, err := c.Names(database)
	if err != nil {
		return nil
	}
	return append(tables, views...)
}

// bind is the table as the binder sees it.
func (t *Table) bind() (*bind.Table, error) {
	bt := &bind.Table{Catalog: DefaultCatalog, Database: t.Database, Name: t.Name, Handle: t}
	if err := addColumns(bt, t, t.Columns, bind.DataColumn); err != nil {
		return nil, err
	}
	if err := addColumns(bt, t, t.PartitionKeys, bind.PartitionColumn); err != nil {
		return nil, err
	}
	t.hide(bt)
	return bt, nil
}

func addColumns(bt *bind.Table, t *Table, cols []Column, kind bind.ColumnKind) error {
	for _, col := range cols {
		typ, err := types.FromHive(col.Type)
		if err != nil {
			return fmt.Errorf("table %s.%s, column %s: %w", t.Database, t.Name, col.Name, err)
		}
		bt.Columns = append(bt.Columns, bind.TableColumn{Name: col.Name, Type: typ, Kind: kind})
	}
	return nil
}

// hide adds the hidden columns.
func (t *Table) hide(bt *bind.Table) {
	for _, name := range HiddenColumns {
		bt.Columns = append(bt.Columns, bind.TableColumn{Name: name, Type: hiddenType(name), Kind: bind.HiddenColumn})
	}
}

// PartitionValues gives a table's partitions, for "t$partitions": see
// bind.Partitioner. Projected partitions are not listed.
func (c *Catalog) PartitionValues(catalog, database, table string) ([]bind.TableColumn, [][]string, bool) {
	t, err := c.Table(database, table)
	if !strings.EqualFold(catalog, DefaultCatalog) || err != nil || len(t.PartitionKeys) == 0 {
		return nil, nil, false
	}
	bt := &bind.Table{}
	if err := addColumns(bt, t, t.PartitionKeys, bind.PartitionColumn); err != nil {
		return nil, nil, false
	}
	values := make([][]string, len(t.Partitions))
	for i, p := range t.Partitions {
		values[i] = p.Values
	}
	return bt.Columns, values, true
}

// DatabaseNames lists the catalog's databases, for information_schema.
func (c *Catalog) DatabaseNames(catalog string) []string {
	if !strings.EqualFold(catalog, DefaultCatalog) {
		return nil
	}
	dbs, err := c.Databases()
	if err != nil {
		return nil
	}
	names := make([]string, len(dbs))
	for i, db := range dbs {
		names[i] = db.Name
	}
	return names
}
