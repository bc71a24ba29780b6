package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CreateStatement is the table's DDL as SHOW CREATE TABLE prints it, a line
// an element: back-ticked lower-case names, properties sorted.
func (t *Table) CreateStatement() []string {
	lines := []string{fmt.Sprintf("CREATE EXTERNAL TABLE `%s`(", t.Name)}
	lines = append(lines, columnLines(t.deserialized())...)
	if t.Comment != "" {
		lines = append(lines, "COMMENT "+quote(t.Comment))
	}
	if len(t.PartitionKeys) > 0 {
		lines = append(lines, "PARTITIONED BY ( ")
		lines = append(lines, columnLines(t.PartitionKeys)...)
	}
	if t.SerDe != "" {
		lines = append(lines, "ROW FORMAT SERDE ", "  "+quote(t.SerDe)+" ")
	}
	if len(t.SerDeProperties) > 0 {
		lines = append(lines, "WITH SERDEPROPERTIES ( ")
		lines = append(lines, propertyLines(t.SerDeProperties)...)
	}
	if t.InputFormat != "" {
		lines = append(lines, "STORED AS INPUTFORMAT ", "  "+quote(t.InputFormat)+" ", "OUTPUTFORMAT ", "  "+quote(t.OutputFormat))
	}
	lines = append(lines, "LOCATION", "  "+quote(t.Location))
	if len(t.Properties) > 0 {
		lines = append(lines, "TBLPROPERTIES (")
		lines = append(lines, propertyLines(t.Properties)...)
	}
	return lines
}

// fromDeserializer is the comment that Hive shows for the columns of a table
// with a SerDe that have none of their own.
const fromDeserializer = "from deserializer"

func (t *Table) deserialized() []Column {
	if t.SerDe == "" {
		return t.Columns
	}
	cols := slices.Clone(t.Columns)
	for i := range cols {
		if cols[i].Comment == "" {
			cols[i].Comment = fromDeserializer
		}
	}
	return cols
}

func columnLines(cols []Column) []string {
	lines := make([]string, len(cols))
	for i, c := range cols {
		lines[i] = fmt.Sprintf("  `%s` %s", c.Name, c.Type)
		if c.Comment != "" {
			lines[i] += " COMMENT " + quote(c.Comment)
		}
		lines[i] += listEnd(i, len(cols))
	}
	return lines
}

func propertyLines(props map[string]string) []string {
	keys := slices.Sorted(maps.Keys(props))
	lines := make([]string, len(keys))
	for i, k := range keys {
		lines[i] = "  " + quote(k) + "=" + quote(props[k]) + listEnd(i, len(keys))
	}
	return lines
}

func listEnd(i, n int) string {
	if i == n-1 {
		return ")"
	}
	return ", "
}

// quote writes a Hive string literal.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(s) + "'"
}

// describeRows are DESCRIBE's rows, each one text: names, types and comments
// padded to 20 characters and set apart by tabs, as measured on Athena.
func (t *Table) describeRows() []string {
	row := func(c Column) string { return fmt.Sprintf("%-20s\t%-20s\t%-20s", c.Name, c.Type, c.Comment) }
	var rows []string
	for _, c := range t.Columns {
		rows = append(rows, row(c))
	}
	for _, c := range t.PartitionKeys {
		rows = append(rows, row(c))
	}
	if len(t.PartitionKeys) > 0 {
		rows = append(rows, "\t \t ", "# Partition Information\t \t ", "# col_name            \tdata_type           \tcomment             ", "\t \t ")
		for _, c := range t.PartitionKeys {
			rows = append(rows, row(c))
		}
	}
	return rows
}

// Form is a way of writing the DDL for a trail.
type Form string

// The forms.
const (
	// FormProjection has partition projection on the day, as AWS's documents
	// recommend today.
	FormProjection Form = "projection"
	// FormConsole is what the CloudTrail console's "Create Athena table"
	// button writes: no partitions.
	FormConsole Form = "console"
	// FormOrganization has projection on account, region and day, over an
	// organization trail.
	FormOrganization Form = "organization"
)

// TrailDDL writes the CREATE EXTERNAL TABLE statement for a trail's logs at
// location, such as s3://bucket/AWSLogs/111122223333/CloudTrail/us-east-1/ for
// the projection form, …/AWSLogs/111122223333/CloudTrail/ for the console's,
// and …/AWSLogs/o-exampleorg/ for the organization's. Accounts and regions are
// the values of the organization form's projected columns; without them those
// columns are of the injected type, which every query must then name.
func TrailDDL(form Form, table, location string, accounts, regions []string) (string, error) {
	if location == "" {
		return "", fmt.Errorf("the trail's location is missing: --location s3://bucket/AWSLogs/…")
	}
	location = strings.TrimRight(location, "/") + "/"
	t := &Table{
		Name: table, Columns: formD, Location: location,
		SerDe:        "org.apache.hive.hcatalog.data.JsonSerDe",
		InputFormat:  CloudTrailInputFormat,
		OutputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
		Properties:   map[string]string{"classification": "cloudtrail"},
	}
	if t.Name == "" {
		t.Name = LogsTable
	}
	day := map[string]string{
		"projection.enabled": "true", "projection.timestamp.type": "date", "projection.timestamp.format": "yyyy/MM/dd",
		"projection.timestamp.interval": "1", "projection.timestamp.interval.unit": "DAYS", "projection.timestamp.range": "2020/01/01,NOW",
	}
	switch form {
	case FormConsole:
		t.Columns = consoleColumns()
		bucket, _, _ := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
		t.Comment = "CloudTrail table for " + bucket + " bucket"
		if table == "" {
			t.Name = LogsTable + "_" + strings.NewReplacer("-", "_", ".", "_").Replace(bucket)
		}
	case FormProjection:
		t.PartitionKeys = []Column{{Name: "timestamp", Type: "string"}}
		maps.Copy(t.Properties, day)
		t.Properties["storage.location.template"] = location + "${timestamp}"
	case FormOrganization:
		t.PartitionKeys = []Column{{Name: "account", Type: "string"}, {Name: "region", Type: "string"}, {Name: "timestamp", Type: "string"}}
		maps.Copy(t.Properties, day)
		project(t.Properties, "account", accounts)
		project(t.Properties, "region", regions)
		t.Properties["storage.location.template"] = location + "${account}/CloudTrail/${region}/${timestamp}"
	default:
		return "", fmt.Errorf("unknown form %q; there are projection, console and organization", form)
	}
	return t.trailStatement(), nil
}

// project gives a column the enum of its values, or the injected type.
func project(props map[string]string, column string, values []string) {
	if len(values) == 0 {
		props["projection."+column+".type"] = "injected"
		return
	}
	props["projection."+column+".type"] = "enum"
	props["projection."+column+".values"] = strings.Join(values, ",")
}

// consoleColumns are the columns that the console's button writes today: those
// of form D without what came later, and with webIdFederationData as a map.
// Source: CloudTrail user guide, "Creating a table for CloudTrail logs in the
// CloudTrail console", and published copies of its statement.
func consoleColumns() []Column {
	drop := []string{"vpcendpointaccountid", "eventcategory", "addendum", "sessioncredentialfromconsole", "edgedevicedetails"}
	var cols []Column
	for _, c := range formD {
		if slices.Contains(drop, c.Name) {
			continue
		}
		if c.Name == "useridentity" {
			c.Type = strings.Replace(c.Type, "onbehalfof:struct<userid:string,identitystorearn:string>,", "", 1)
			c.Type = strings.Replace(c.Type, "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>", "webidfederationdata:map<string,string>", 1)
		}
		cols = append(cols, c)
	}
	return cols
}

// trailStatement is the statement as one would write it by hand.
func (t *Table) trailStatement() string {
	lines := []string{fmt.Sprintf("CREATE EXTERNAL TABLE %s (", t.Name)}
	lines = append(lines, columnLines(t.Columns)...)
	if t.Comment != "" {
		lines = append(lines, "COMMENT "+quote(t.Comment))
	}
	if len(t.PartitionKeys) > 0 {
		lines = append(lines, "PARTITIONED BY (")
		lines = append(lines, columnLines(t.PartitionKeys)...)
	}
	lines = append(lines, "ROW FORMAT SERDE "+quote(t.SerDe),
		"STORED AS INPUTFORMAT "+quote(t.InputFormat), "OUTPUTFORMAT "+quote(t.OutputFormat),
		"LOCATION "+quote(t.Location), "TBLPROPERTIES (")
	lines = append(lines, propertyLines(t.Properties)...)
	return strings.Join(lines, "\n") + ";\n"
}
