package catalog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
)

// RecordColumn is the column of a CloudTrail Lake table that holds the whole
// record as JSON.
const RecordColumn = "eventjson"

// lakeColumns are the columns of an event data store. Source: CloudTrail user
// guide, "CloudTrail Lake supported SQL schema for event data stores",
// CloudTrail event record fields.
var lakeColumns = []Column{
	{Name: "eventversion", Type: "string"},
	{Name: "useridentity", Type: "struct<type:string,principalid:string,arn:string,accountid:string,accesskeyid:string,username:string," +
		"sessioncontext:struct<attributes:struct<creationdate:timestamp,mfaauthenticated:string>," +
		"sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>," +
		"webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>," +
		"sourceidentity:string,ec2roledelivery:string,ec2issuedinvpc:string>," +
		"invokedby:string,identityprovider:string,credentialid:string,onbehalfof:struct<userid:string,identitystorearn:string>>"},
	{Name: "eventtime", Type: "timestamp"},
	{Name: "eventsource", Type: "string"},
	{Name: "eventname", Type: "string"},
	{Name: "awsregion", Type: "string"},
	{Name: "sourceipaddress", Type: "string"},
	{Name: "useragent", Type: "string"},
	{Name: "errorcode", Type: "string"},
	{Name: "errormessage", Type: "string"},
	{Name: "requestparameters", Type: "map<string,string>"},
	{Name: "responseelements", Type: "map<string,string>"},
	{Name: "additionaleventdata", Type: "map<string,string>"},
	{Name: "requestid", Type: "string"},
	{Name: "eventid", Type: "string"},
	{Name: "readonly", Type: "boolean"},
	{Name: "resources", Type: "array<struct<accountid:string,type:string,arn:string,arnprefix:string>>"},
	{Name: "eventtype", Type: "string"},
	{Name: "apiversion", Type: "string"},
	{Name: "managementevent", Type: "boolean"},
	{Name: "recipientaccountid", Type: "string"},
	{Name: "sharedeventid", Type: "string"},
	{Name: "annotation", Type: "string"},
	{Name: "vpcendpointid", Type: "string"},
	{Name: "vpcendpointaccountid", Type: "string"},
	{Name: "serviceeventdetails", Type: "map<string,string>"},
	{Name: "addendum", Type: "map<string,string>"},
	{Name: "edgedevicedetails", Type: "map<string,string>"},
	{Name: "insightdetails", Type: "map<string,string>"},
	{Name: "eventcategory", Type: "string"},
	{Name: "tlsdetails", Type: "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>"},
	{Name: "sessioncredentialfromconsole", Type: "boolean"},
	{Name: RecordColumn, Type: "string"},
	{Name: "eventjsonchecksum", Type: "string"},
}

// Lake is the catalog as queries of CloudTrail Lake see it: each table of
// CloudTrail's logs is an event data store with Lake's columns. Where there is a
// table of --logs, every name that is no table's means it, since those queries
// name an event data store that nobody has here.
func (c *Catalog) Lake() *LakeCatalog { return &LakeCatalog{c} }

// LakeCatalog is what Catalog.Lake returns.
type LakeCatalog struct{ *Catalog }

// Lookup finds a table as Lake has it: see bind.Catalog.
func (c *LakeCatalog) Lookup(catalog, database, name string) (*bind.Table, *bind.View, error) {
	if !strings.EqualFold(catalog, DefaultCatalog) {
		return nil, nil, fmt.Errorf("%s: %w", catalog, bind.ErrNoCatalog)
	}
	t, err := c.Table(database, name)
	if err != nil {
		logs, noLogs := c.Table(DefaultDatabase, LogsTable)
		if noLogs != nil || len(logs.Logs) == 0 || !errors.Is(err, ErrNoTable) {
			return c.Catalog.Lookup(catalog, database, name)
		}
		t = logs
	}
	if !t.IsCloudTrail() {
		return c.Catalog.Lookup(catalog, database, name)
	}
	lake := *t
	lake.Lake, lake.Columns = true, lakeColumns
	bt := &bind.Table{Catalog: DefaultCatalog, Database: database, Name: name, Handle: &lake}
	if err := addColumns(bt, &lake, lake.Columns, bind.DataColumn); err != nil {
		return nil, nil, err
	}
	lake.hide(bt)
	return bt, nil, nil
}
