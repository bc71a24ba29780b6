// Readjson answers a question over log files with DuckDB's own JSON reader, of
// the same DuckDB that leasttrail links: a peer in the benchmarks.
package main

import (
	"database/sql"
	"fmt"
	"os"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

// Columns are declared, so that DuckDB need not detect them, which takes twice the
// time: few has those of the benchmark's questions, all those of Athena's table.
const (
	few = `eventType VARCHAR, eventSource VARCHAR, eventName VARCHAR, errorCode VARCHAR, requestParameters JSON, userIdentity STRUCT(userName VARCHAR)`
	all = `eventVersion VARCHAR, userIdentity STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, invokedBy VARCHAR, accessKeyId VARCHAR, ` +
		`userName VARCHAR, onBehalfOf STRUCT(userId VARCHAR, identityStoreArn VARCHAR), sessionContext STRUCT(attributes STRUCT(mfaAuthenticated VARCHAR, creationDate VARCHAR), ` +
		`sessionIssuer STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR), ec2RoleDelivery VARCHAR, webIdFederationData JSON)), ` +
		`eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, awsRegion VARCHAR, sourceIPAddress VARCHAR, userAgent VARCHAR, errorCode VARCHAR, errorMessage VARCHAR, ` +
		`requestParameters JSON, responseElements JSON, additionalEventData JSON, requestID VARCHAR, eventID VARCHAR, ` +
		`resources STRUCT(arn VARCHAR, accountId VARCHAR, type VARCHAR)[], eventType VARCHAR, apiVersion VARCHAR, readOnly VARCHAR, recipientAccountId VARCHAR, ` +
		`serviceEventDetails JSON, sharedEventID VARCHAR, vpcEndpointId VARCHAR, vpcEndpointAccountId VARCHAR, eventCategory VARCHAR, addendum JSON, ` +
		`sessionCredentialFromConsole VARCHAR, edgeDeviceDetails JSON, tlsDetails STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR, clientProvidedHostHeader VARCHAR)`
)

func main() {
	columns := map[string]string{"few": few, "all": all}
	if len(os.Args) != 4 || columns[os.Args[1]] == "" {
		fmt.Fprintln(os.Stderr, "usage: readjson few|all FOLDER SQL   (the table is called logs)")
		os.Exit(2)
	}
	if err := run(columns[os.Args[1]], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "readjson:", err)
		os.Exit(1)
	}
}

func run(columns, dir, question string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	from := fmt.Sprintf("(SELECT unnest(Records, recursive := false) AS r FROM read_json('%s/**/*.json.gz', columns = {Records: 'STRUCT(%s)[]'}))",
		strings.ReplaceAll(dir, "'", "''"), columns)
	rows, err := db.Query(strings.ReplaceAll(question, "FROM logs", "FROM "+from))
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	fmt.Println(n, "rows")
	return rows.Err()
}
