package catalog

import (
	"fmt"
	"slices"
	"time"
)

// LogsTable is the name of the table, in database default, that --logs makes.
const LogsTable = "cloudtrail_logs"

// formD are the columns of the table in AWS's documents of today.
// Source: Athena user guide, "Query AWS CloudTrail logs", manual partitions.
var formD = []Column{
	{Name: "eventversion", Type: "string"},
	{Name: "useridentity", Type: "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string," +
		"onbehalfof:struct<userid:string,identitystorearn:string>," +
		"sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>," +
		"sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>," +
		"ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>"},
	{Name: "eventtime", Type: "string"},
	{Name: "eventsource", Type: "string"},
	{Name: "eventname", Type: "string"},
	{Name: "awsregion", Type: "string"},
	{Name: "sourceipaddress", Type: "string"},
	{Name: "useragent", Type: "string"},
	{Name: "errorcode", Type: "string"},
	{Name: "errormessage", Type: "string"},
	{Name: "requestparameters", Type: "string"},
	{Name: "responseelements", Type: "string"},
	{Name: "additionaleventdata", Type: "string"},
	{Name: "requestid", Type: "string"},
	{Name: "eventid", Type: "string"},
	{Name: "resources", Type: "array<struct<arn:string,accountid:string,type:string>>"},
	{Name: "eventtype", Type: "string"},
	{Name: "apiversion", Type: "string"},
	{Name: "readonly", Type: "string"},
	{Name: "recipientaccountid", Type: "string"},
	{Name: "serviceeventdetails", Type: "string"},
	{Name: "sharedeventid", Type: "string"},
	{Name: "vpcendpointid", Type: "string"},
	{Name: "vpcendpointaccountid", Type: "string"},
	{Name: "eventcategory", Type: "string"},
	{Name: "addendum", Type: "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>"},
	{Name: "sessioncredentialfromconsole", Type: "string"},
	{Name: "edgedevicedetails", Type: "string"},
	{Name: "tlsdetails", Type: "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>"},
}

// LogsColumns are the columns of the table that --logs makes, and of tables made
// as AWS's documents say today.
func LogsColumns() []Column { return slices.Clone(formD) }

// logsKeys are the partition columns of the --logs table, from each file's
// key or, where it has none, from the record.
var logsKeys = []Column{
	{Name: "account", Type: "string"}, {Name: "region", Type: "string"},
	{Name: "year", Type: "string"}, {Name: "month", Type: "string"}, {Name: "day", Type: "string"},
}

// WithLogs makes the table default.cloudtrail_logs over these locations, for
// this run only; it hides a stored table of that name.
func (c *Catalog) WithLogs(locations []string) (*Table, error) {
	if len(locations) == 0 {
		return nil, fmt.Errorf("no logs were named: give --logs a folder, a file, a glob or - for standard input")
	}
	t := &Table{
		Database: DefaultDatabase, Name: LogsTable,
		Columns: formD, PartitionKeys: logsKeys,
		Location: locations[0], Logs: locations,
		InputFormat: CloudTrailInputFormat, Created: time.Now().UTC(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.overlay[t.Database+"."+t.Name] = t
	return t, nil
}
