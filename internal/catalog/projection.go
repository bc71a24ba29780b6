package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// Partition projection computes a table's partitions from its properties
// instead of looking them up. Source: Athena user guide, "Use partition
// projection with Amazon Athena" and its pages on types and setup.

// maxProjected bounds the partitions that one query may project; a filter on
// the partition columns brings their number down.
const maxProjected = 1_000_000

// Projected says whether the table's partitions are computed. Registered
// partitions are ignored then.
func (t *Table) Projected() bool {
	return strings.EqualFold(strings.TrimSpace(t.Properties["projection.enabled"]), "true") && len(t.PartitionKeys) > 0
}

// projectedPartitions are the partitions of the table that the tests let
// through, at the time now.
func (t *Table) projectedPartitions(tests partitionTests, now time.Time) ([]Partition, error) {
	if err := t.checkProjection(); err != nil {
		return nil, err
	}
	values := make([][]string, len(t.PartitionKeys))
	total := 1
	for i, key := range t.PartitionKeys {
		all, err := t.projectColumn(key, tests, now)
		if err != nil {
			return nil, err
		}
		for _, v := range all {
			if tests.pass(key.Name, v) {
				values[i] = append(values[i], v)
			}
		}
		total *= len(values[i])
		if total > maxProjected {
			return nil, &athenasql.Error{Name: "HIVE_EXCEEDED_PARTITION_LIMIT",
				Message: fmt.Sprintf("Query over table '%s.%s' can potentially read more than %d partitions", t.Database, t.Name, maxProjected),
				Hint:    "narrow the partition columns in WHERE"}
		}
	}
	parts := make([]Partition, 0, total)
	row := make([]string, len(values))
	var walk func(i int)
	walk = func(i int) {
		if i == len(values) {
			v := append([]string(nil), row...)
			parts = append(parts, Partition{Values: v, Location: t.projectedLocation(v)})
			return
		}
		for _, v := range values[i] {
			row[i] = v
			walk(i + 1)
		}
	}
	walk(0)
	return parts, nil
}

// checkProjection finds partition columns without a projection type.
func (t *Table) checkProjection() error {
	var missing []string
	for _, key := range t.PartitionKeys {
		if t.Properties["projection."+key.Name+".type"] == "" {
			missing = append(missing, key.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &athenasql.Error{Name: "HIVE_METASTORE_ERROR", Message: fmt.Sprintf(
		"Table %s.%s is configured for partition projection, but the following partition columns are missing projection configuration: [%s] (table %s.%s)",
		t.Database, t.Name, strings.Join(missing, ", "), t.Database, t.Name)}
}

func (t *Table) projectionError(column, format string, args ...any) error {
	return &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Message: fmt.Sprintf(
		"Table %s.%s, projection of column %s: %s", t.Database, t.Name, column, fmt.Sprintf(format, args...))}
}

// projectColumn lists the values of one partition column.
func (t *Table) projectColumn(key Column, tests partitionTests, now time.Time) ([]string, error) {
	prop := func(name string) string { return t.Properties["projection."+key.Name+"."+name] }
	switch kind := strings.ToLower(strings.TrimSpace(prop("type"))); kind {
	case "enum":
		if prop("values") == "" {
			return nil, t.projectionError(key.Name, "type enum needs projection.%s.values", key.Name)
		}
		return strings.Split(prop("values"), ","), nil // blanks are part of the values
	case "integer":
		return t.projectIntegers(key.Name, prop("range"), prop("interval"), prop("digits"))
	case "date":
		return t.projectDates(key.Name, prop, now)
	case "injected":
		if v := tests.exact(key.Name); v != nil {
			return v, nil
		}
		return nil, &athenasql.Error{Name: "CONSTRAINT_VIOLATION", Message: fmt.Sprintf(
			"For the injected projected partition column %s, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.", key.Name)}
	default:
		return nil, t.projectionError(key.Name, "unknown type %q; there are enum, integer, date and injected", kind)
	}
}

func (t *Table) projectIntegers(column, ranges, interval, digits string) ([]string, error) {
	from, to, ok := strings.Cut(ranges, ",")
	lo, err1 := strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	hi, err2 := strconv.ParseInt(strings.TrimSpace(to), 10, 64)
	if !ok || err1 != nil || err2 != nil || lo > hi {
		return nil, t.projectionError(column, "range %q is not 'low,high'", ranges)
	}
	step, err := positive(interval, 1)
	if err != nil {
		return nil, t.projectionError(column, "interval %q is not a positive number", interval)
	}
	width, err := positive(digits, 1)
	if err != nil || width > 64 {
		return nil, t.projectionError(column, "digits %q is not a number from 1 to 64", digits)
	}
	if (hi-lo)/int64(step) >= maxProjected {
		return nil, t.projectionError(column, "range %q has more than %d values", ranges, maxProjected)
	}
	var list []string
	for n := lo; n <= hi; n += int64(step) {
		list = append(list, fmt.Sprintf("%0*d", width, n))
	}
	return list, nil
}

func positive(text string, otherwise int) (int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && n < 1 {
		err = strconv.ErrRange
	}
	return n, err
}

// projectedLocation fills the storage location template, or without one
// appends col=value folders to the table's location.
func (t *Table) projectedLocation(values []string) string {
	if tpl := t.Properties["storage.location.template"]; tpl != "" {
		for i, key := range t.PartitionKeys {
			tpl = strings.ReplaceAll(tpl, "${"+key.Name+"}", values[i])
		}
		return tpl
	}
	return strings.TrimRight(t.Location, "/") + "/" + t.PartitionName(values) + "/"
}
