package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/source"
)

// partitionValues puts the values of PARTITION (…) into the order of the keys.
func (t *Table) partitionValues(s athenasql.PartitionSpec) ([]string, error) {
	values := make([]string, len(t.PartitionKeys))
	set := make([]bool, len(t.PartitionKeys))
	for i, key := range s.Keys {
		at := slices.IndexFunc(t.PartitionKeys, func(c Column) bool { return c.Name == fold(key) })
		if at < 0 {
			return nil, &athenasql.Error{Message: fmt.Sprintf("FAILED: SemanticException [Error 10098]: Non-Partition column appears in the partition specification:  %s", fold(key)),
				Hint: "the table's partition columns are " + names(t.PartitionKeys)}
		}
		values[at], set[at] = s.Values[i], true
	}
	for i, ok := range set {
		if !ok {
			return nil, &athenasql.Error{Message: fmt.Sprintf("FAILED: SemanticException partition spec is missing the column %s", t.PartitionKeys[i].Name),
				Hint: "give all partition columns: " + names(t.PartitionKeys)}
		}
	}
	return values, nil
}

func names(cols []Column) string {
	if len(cols) == 0 {
		return "none"
	}
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

func (c *Catalog) alterPartitions(db, name string, action athenasql.AlterAction) (*Answer, error) {
	t, err := c.Table(db, name)
	if err != nil {
		return nil, err
	}
	switch a := action.(type) {
	case *athenasql.AddPartitions:
		parts := make([]Partition, len(a.Partitions))
		for i, s := range a.Partitions {
			if parts[i].Values, err = t.partitionValues(s); err != nil {
				return nil, err
			}
			parts[i].Location = strings.TrimRight(t.Location, "/") + "/" + t.PartitionName(parts[i].Values) + "/"
			if s.Location != "" {
				if parts[i].Location, err = Location(s.Location); err != nil {
					return nil, err
				}
			}
		}
		return done("ALTER_TABLE_ADD_PARTITION"), c.AddPartitions(db, name, parts, a.IfNotExists)
	case *athenasql.DropPartitions:
		list := make([][]string, len(a.Partitions))
		for i, s := range a.Partitions {
			if list[i], err = t.partitionValues(s); err != nil {
				return nil, err
			}
		}
		return done("ALTER_TABLE_DROP_PARTITION"), c.DropPartitions(db, name, list, a.IfExists)
	case *athenasql.RenamePartition:
		from, err := t.partitionValues(a.From)
		if err != nil {
			return nil, err
		}
		to, err := t.partitionValues(a.To)
		if err != nil {
			return nil, err
		}
		return done("ALTER_TABLE_RENAME_PARTITION"), c.renamePartition(db, name, from, to)
	}
	return nil, ErrNotHere
}

func (c *Catalog) renamePartition(db, name string, from, to []string) error {
	return c.UpdateTable(db, name, func(t *Table) error {
		i := t.partition(from)
		if i < 0 {
			return fmt.Errorf("%s.%s %s: %w", db, name, t.PartitionName(from), ErrNoPartition)
		}
		if t.partition(to) >= 0 {
			return fmt.Errorf("%s.%s %s: %w", db, name, t.PartitionName(to), ErrPartitionHere)
		}
		t.Partitions[i].Values = to
		return nil
	})
}

// repair registers the key=value folders below the table's location. The
// texts are Hive's; the two for missing tables were measured on Athena.
func (c *Catalog) repair(ctx context.Context, s *athenasql.RepairTable, database string, opts source.Options) (*Answer, error) {
	db, name := split(s.Name, database)
	a := &Answer{Sub: "MSCK_REPAIR", Columns: []string{"result"}}
	line := func(format string, args ...any) { a.Rows = append(a.Rows, []string{fmt.Sprintf(format, args...)}) }
	t, err := c.Table(db, name)
	if err != nil {
		line("Tables not in metastore:\t%s", name)
		return a, nil
	}
	found, err := t.folders(ctx, opts)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, source.ErrNoMapping) {
		line("Tables missing on filesystem:\t%s", name)
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	var added []Partition
	for _, p := range found {
		if t.partition(p.Values) < 0 {
			added = append(added, p)
		}
	}
	if len(added) == 0 {
		return a, nil
	}
	missing := make([]string, len(added))
	for i, p := range added {
		missing[i] = name + ":" + t.PartitionName(p.Values)
	}
	line("Partitions not in metastore:\t%s", strings.Join(missing, "\t"))
	for _, m := range missing {
		line("Repair: Added partition to metastore %s", m)
	}
	return a, c.AddPartitions(db, name, added, true)
}

// folders finds the partitions that lie as key=value folders, in the order of
// the keys, below the location.
func (t *Table) folders(ctx context.Context, opts source.Options) ([]Partition, error) {
	loc, err := source.Open(t.Location, opts)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var list []Partition
	for o, err := range loc.List(ctx, "") {
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if o.Name == "" {
				return nil, err // the whole listing failed, of which no part may pass for it
			}
			continue
		}
		dirs := strings.Split(o.Key, "/")
		if len(dirs) <= len(t.PartitionKeys) {
			continue
		}
		values := make([]string, len(t.PartitionKeys))
		for i, key := range t.PartitionKeys {
			k, v, ok := strings.Cut(dirs[i], "=")
			if !ok || !strings.EqualFold(k, key.Name) {
				values = nil
				break
			}
			if values[i], err = url.PathUnescape(v); err != nil {
				values[i] = v
			}
		}
		if values == nil || len(values) == 0 || seen[t.PartitionName(values)] {
			continue
		}
		seen[t.PartitionName(values)] = true
		list = append(list, Partition{Values: values, Location: strings.TrimRight(t.Location, "/") + "/" + strings.Join(dirs[:len(values)], "/") + "/"})
	}
	return list, nil
}
