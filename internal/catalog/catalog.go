// Package catalog keeps databases, tables, partitions and views, as Athena's
// data catalog does, in a folder on disk; it runs the DDL and UTILITY
// statements, and tells which files a query over a table has to read.
//
// Names are stored lower-case. Types are kept in Hive's spelling, as the DDL
// gave them.
package catalog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultCatalog and DefaultDatabase are the names that Athena gives to the
// catalog and database of a query that names none.
const (
	DefaultCatalog  = "awsdatacatalog"
	DefaultDatabase = "default"
)

// CloudTrailInputFormat is the input format that splits CloudTrail's files
// into records. It decides whether leasttrail can read a table: both of the
// SerDes that AWS's documents name are used with it.
// Source: Athena user guide, "Query AWS CloudTrail logs".
const CloudTrailInputFormat = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"

// Column is a column as declared: Type in Hive's spelling, lower-case.
type Column struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Comment string `json:"comment,omitempty"`
}

// Partition is one registered partition. Values stand in the order of the
// table's partition keys; Location is where its files are.
type Partition struct {
	Values   []string `json:"values"`
	Location string   `json:"location"`
}

// Table is an external table.
type Table struct {
	Database        string            `json:"database"`
	Name            string            `json:"name"`
	Columns         []Column          `json:"columns"`
	PartitionKeys   []Column          `json:"partitionKeys,omitempty"`
	Location        string            `json:"location"`
	InputFormat     string            `json:"inputFormat,omitempty"`
	OutputFormat    string            `json:"outputFormat,omitempty"`
	SerDe           string            `json:"serde,omitempty"`
	SerDeProperties map[string]string `json:"serdeProperties,omitempty"`
	Properties      map[string]string `json:"properties,omitempty"`
	Comment         string            `json:"comment,omitempty"`
	Partitions      []Partition       `json:"partitions,omitempty"`
	Created         time.Time         `json:"created"`

	// Logs are the locations of the table that --logs makes; it is never
	// stored, and its partition values come from each file's key, or from the
	// record where the key has none.
	Logs []string `json:"-"`
	// Lake says that the columns are those of CloudTrail Lake, for this query;
	// it is never stored.
	Lake bool `json:"-"`
}

// IsCloudTrail says whether the table's files are CloudTrail's.
func (t *Table) IsCloudTrail() bool {
	return len(t.Logs) > 0 || strings.EqualFold(t.InputFormat, CloudTrailInputFormat)
}

// View is a stored query.
type View struct {
	Database string    `json:"database"`
	Name     string    `json:"name"`
	SQL      string    `json:"sql"`
	Columns  []Column  `json:"columns,omitempty"`
	Created  time.Time `json:"created"`
}

// Database is a database.
type Database struct {
	Name       string            `json:"name"`
	Comment    string            `json:"comment,omitempty"`
	Location   string            `json:"location,omitempty"`
	Properties map[string]string `json:"properties,omitempty"`
}

// The reasons why something is not done. Errors of this package wrap them.
var (
	ErrNoDatabase    = errors.New("database does not exist")
	ErrNoTable       = errors.New("table does not exist")
	ErrNoView        = errors.New("view does not exist")
	ErrExists        = errors.New("already exists")
	ErrNotEmpty      = errors.New("is not empty")
	ErrNoPartition   = errors.New("partition does not exist")
	ErrPartitionHere = errors.New("partition already exists")
)

// Catalog is the catalog in one folder. It is safe for concurrent use, also
// by several processes: every change is made under a lock file and written to
// a new file that then takes the old one's place.
type Catalog struct {
	dir string

	mu      sync.RWMutex
	overlay map[string]*Table // the tables of this run only, by database.name
}

// Open opens the catalog in dir, making the folder (mode 0700) if needed. A
// catalog always has the database "default".
func Open(dir string) (*Catalog, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the catalog's folder: %w", err)
	}
	return &Catalog{dir: dir, overlay: map[string]*Table{}}, nil
}

// Databases lists the databases by name.
func (c *Catalog) Databases() ([]Database, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, fmt.Errorf("the catalog's folder: %w", err)
	}
	list := []Database{{Name: DefaultDatabase}}
	for _, e := range entries {
		name, ok := decodeName(e.Name())
		if !e.IsDir() || !ok {
			continue
		}
		var db Database
		found, err := readJSON(filepath.Join(c.dir, e.Name(), databaseFile), &db)
		if err != nil {
			return nil, err
		}
		switch {
		case name == DefaultDatabase && found:
			list[0] = db
		case found:
			list = append(list, db)
		}
	}
	slices.SortFunc(list, func(a, b Database) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// HasDatabase says whether there is a database of that name.
func (c *Catalog) HasDatabase(name string) bool {
	if name == DefaultDatabase {
		return true
	}
	_, err := os.Stat(filepath.Join(c.dir, encodeName(name), databaseFile))
	return err == nil
}

// Table finds a table; one of this run hides the stored one.
// The error wraps ErrNoDatabase or ErrNoTable.
func (c *Catalog) Table(database, name string) (*Table, error) {
	c.mu.RLock()
	t := c.overlay[database+"."+name]
	c.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	if !c.HasDatabase(database) {
		return nil, fmt.Errorf("%s: %w", database, ErrNoDatabase)
	}
	t = &Table{}
	found, err := readJSON(c.path(database, name, tableSuffix), t)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%s.%s: %w", database, name, ErrNoTable)
	}
	return t, nil
}

// View finds a view. The error wraps ErrNoDatabase or ErrNoView.
func (c *Catalog) View(database, name string) (*View, error) {
	if !c.HasDatabase(database) {
		return nil, fmt.Errorf("%s: %w", database, ErrNoDatabase)
	}
	v := &View{}
	found, err := readJSON(c.path(database, name, viewSuffix), v)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%s.%s: %w", database, name, ErrNoView)
	}
	return v, nil
}

// Names lists the tables and the views of a database, sorted.
func (c *Catalog) Names(database string) (tables, views []string, err error) {
	if !c.HasDatabase(database) {
		return nil, nil, fmt.Errorf("%s: %w", database, ErrNoDatabase)
	}
	entries, err := os.ReadDir(filepath.Join(c.dir, encodeName(database)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("the catalog's folder: %w", err)
	}
	for _, e := range entries {
		if stem, ok := strings.CutSuffix(e.Name(), tableSuffix); ok {
			if name, ok := decodeName(stem); ok {
				tables = append(tables, name)
			}
		} else if stem, ok := strings.CutSuffix(e.Name(), viewSuffix); ok {
			if name, ok := decodeName(stem); ok {
				views = append(views, name)
			}
		}
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, t := range c.overlay {
		if t.Database == database && !slices.Contains(tables, t.Name) {
			tables = append(tables, t.Name)
		}
	}
	slices.Sort(tables)
	slices.Sort(views)
	return tables, views, nil
}
