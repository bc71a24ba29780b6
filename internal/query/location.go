package query

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// checkLocation refuses a location that a session may not name.
func (x *execution) checkLocation(location string) error {
	l := strings.ToLower(strings.TrimSpace(location))
	if !x.session.opts.S3Only || l == "" || strings.HasPrefix(l, "s3://") || strings.HasPrefix(l, "s3a://") || strings.HasPrefix(l, "s3n://") {
		return nil
	}
	return &athenasql.Error{Name: "INVALID_LOCATION", Message: "LOCATION '" + location + "' is not a valid S3 path", Hint: "write s3://bucket/prefix/"}
}

// checkLocations looks at every place where a statement of the catalog's can
// name a location.
func (x *execution) checkLocations(stmt athenasql.Statement) error {
	for _, l := range locationsOf(stmt) {
		if err := x.checkLocation(l); err != nil {
			return err
		}
	}
	return nil
}

func locationsOf(stmt athenasql.Statement) []string {
	switch s := stmt.(type) {
	case *athenasql.CreateTable:
		return append(templates(s.Properties), s.Location)
	case *athenasql.CreateDatabase:
		return []string{s.Location}
	case *athenasql.AlterTable:
		switch a := s.Action.(type) {
		case *athenasql.AddPartitions:
			var list []string
			for _, p := range a.Partitions {
				list = append(list, p.Location)
			}
			return list
		case *athenasql.SetLocation:
			return []string{a.Location}
		case *athenasql.SetProperties:
			return templates(a.Properties)
		}
	}
	return nil
}

// templates are the locations among a table's properties, such as
// storage.location.template.
func templates(props []athenasql.KeyValue) []string {
	var list []string
	for _, kv := range props {
		if strings.Contains(strings.ToLower(kv.Key), "location") {
			list = append(list, kv.Value)
		}
	}
	return list
}
