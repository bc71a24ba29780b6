package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// CreateDatabase makes a database. The error wraps ErrExists.
func (c *Catalog) CreateDatabase(db Database) error {
	return c.change(func() error {
		if c.HasDatabase(db.Name) {
			return fmt.Errorf("database %s: %w", db.Name, ErrExists)
		}
		return writeJSON(filepath.Join(c.dir, encodeName(db.Name), databaseFile), db)
	})
}

// DropDatabase removes a database, with its tables and views if cascade.
// The error wraps ErrNoDatabase or ErrNotEmpty.
func (c *Catalog) DropDatabase(name string, cascade bool) error {
	tables, views, err := c.Names(name)
	if err != nil {
		return err
	}
	return c.change(func() error {
		if len(tables)+len(views) > 0 && !cascade {
			return fmt.Errorf("database %s: %w", name, ErrNotEmpty)
		}
		if err := os.RemoveAll(filepath.Join(c.dir, encodeName(name))); err != nil {
			return fmt.Errorf("the catalog: %w", err)
		}
		return nil
	})
}

// CreateTable stores a table. The error wraps ErrNoDatabase or ErrExists.
func (c *Catalog) CreateTable(t *Table) error {
	if !c.HasDatabase(t.Database) {
		return fmt.Errorf("%s: %w", t.Database, ErrNoDatabase)
	}
	return c.change(func() error {
		if exists(c.path(t.Database, t.Name, tableSuffix)) || exists(c.path(t.Database, t.Name, viewSuffix)) {
			return fmt.Errorf("table %s.%s: %w", t.Database, t.Name, ErrExists)
		}
		return writeJSON(c.path(t.Database, t.Name, tableSuffix), t)
	})
}

// DropTable removes a table; its files stay, as they do for an external table
// on Athena. The error wraps ErrNoDatabase or ErrNoTable.
func (c *Catalog) DropTable(database, name string) error {
	if !c.HasDatabase(database) {
		return fmt.Errorf("%s: %w", database, ErrNoDatabase)
	}
	return c.change(func() error {
		path := c.path(database, name, tableSuffix)
		if !exists(path) {
			return fmt.Errorf("%s.%s: %w", database, name, ErrNoTable)
		}
		return remove(path)
	})
}

// UpdateTable reads the stored table, lets fn change it, and stores it again,
// with nobody else changing it meanwhile.
func (c *Catalog) UpdateTable(database, name string, fn func(*Table) error) error {
	if !c.HasDatabase(database) {
		return fmt.Errorf("%s: %w", database, ErrNoDatabase)
	}
	return c.change(func() error {
		t, path := &Table{}, c.path(database, name, tableSuffix)
		found, err := readJSON(path, t)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%s.%s: %w", database, name, ErrNoTable)
		}
		if err := fn(t); err != nil {
			return err
		}
		return writeJSON(path, t)
	})
}

// PutView stores a view; one of that name is replaced only if replace.
// The error wraps ErrNoDatabase or ErrExists.
func (c *Catalog) PutView(v *View, replace bool) error {
	if !c.HasDatabase(v.Database) {
		return fmt.Errorf("%s: %w", v.Database, ErrNoDatabase)
	}
	return c.change(func() error {
		path := c.path(v.Database, v.Name, viewSuffix)
		if exists(c.path(v.Database, v.Name, tableSuffix)) {
			return fmt.Errorf("table %s.%s: %w", v.Database, v.Name, ErrExists)
		}
		if exists(path) && !replace {
			return fmt.Errorf("view %s.%s: %w", v.Database, v.Name, ErrExists)
		}
		return writeJSON(path, v)
	})
}

// DropView removes a view. The error wraps ErrNoDatabase or ErrNoView.
func (c *Catalog) DropView(database, name string) error {
	if !c.HasDatabase(database) {
		return fmt.Errorf("%s: %w", database, ErrNoDatabase)
	}
	return c.change(func() error {
		path := c.path(database, name, viewSuffix)
		if !exists(path) {
			return fmt.Errorf("%s.%s: %w", database, name, ErrNoView)
		}
		return remove(path)
	})
}

// AddPartitions registers partitions. One that is there already is an error
// (ErrPartitionHere) unless ifNotExists, which leaves it as it is.
func (c *Catalog) AddPartitions(database, name string, parts []Partition, ifNotExists bool) error {
	return c.UpdateTable(database, name, func(t *Table) error {
		for _, p := range parts {
			if t.partition(p.Values) >= 0 {
				if ifNotExists {
					continue
				}
				return fmt.Errorf("%s.%s %s: %w", database, name, t.PartitionName(p.Values), ErrPartitionHere)
			}
			t.Partitions = append(t.Partitions, p)
		}
		return nil
	})
}

// DropPartitions removes registered partitions. A missing one is an error
// (ErrNoPartition) unless ifExists.
func (c *Catalog) DropPartitions(database, name string, values [][]string, ifExists bool) error {
	return c.UpdateTable(database, name, func(t *Table) error {
		for _, v := range values {
			i := t.partition(v)
			if i < 0 {
				if ifExists {
					continue
				}
				return fmt.Errorf("%s.%s %s: %w", database, name, t.PartitionName(v), ErrNoPartition)
			}
			t.Partitions = slices.Delete(t.Partitions, i, i+1)
		}
		return nil
	})
}

func (t *Table) partition(values []string) int {
	return slices.IndexFunc(t.Partitions, func(p Partition) bool { return slices.Equal(p.Values, values) })
}

// PartitionName is a partition as SHOW PARTITIONS prints it:
// region=us-east-1/year=2024.
func (t *Table) PartitionName(values []string) string {
	var s []byte
	for i, v := range values {
		if i > 0 {
			s = append(s, '/')
		}
		if i < len(t.PartitionKeys) {
			s = append(s, t.PartitionKeys[i].Name...)
		}
		s = append(append(s, '='), v...)
	}
	return string(s)
}
