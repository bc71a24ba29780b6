package duckdb

import (
	"errors"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/query"
)

// Queries as CloudTrail Lake's users write them run over logs and over tables.
func TestLakeQueries(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "log.json", `{"Records":[`+
		`{"eventID":"e1","eventTime":"2024-01-31T10:00:05Z","eventName":"GetObject","eventSource":"s3.amazonaws.com","readOnly":true,"managementEvent":false,"eventCategory":"Data",`+
		`"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/r/s","sessionContext":{"sourceIdentity":"carol","attributes":{"creationDate":"2024-01-31T09:00:00Z","mfaAuthenticated":"false"}}},`+
		`"requestParameters":{"bucketName":"b","key":"k/1","tags":[{"Key":"a"}],"n":5,"none":null},"additionalEventData":{"bytesTransferredOut":12},"resources":[{"ARN":"arn:aws:s3:::b/k/1","type":"AWS::S3::Object"},{"ARNPrefix":"arn:aws:s3:::b/","type":"AWS::S3::Bucket"}]},`+
		`{"eventID":"e2","eventTime":"2024-02-01T00:00:00Z","eventName":"PutEvaluations","eventSource":"config.amazonaws.com","readOnly":false,"managementEvent":true,"sessionCredentialFromConsole":"true",`+
		`"userIdentity":{"type":"IAMUser","userName":"alice"},"requestParameters":{"evaluations":[{"complianceType":"COMPLIANT"}]},"responseElements":null}]}`)
	w := newWorld(t, dir)
	s := query.NewSession(w.cat, w.eng, query.Options{Lake: true})
	if _, _, err := w.sqlRows(w.session(), strings.ReplaceAll(tableOver("trail", "", dir)[0], "\n", " ")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, want string }{
		{"SELECT eventName, element_at(requestParameters, 'bucketName') AS bucket, element_at(requestParameters, 'tags') FROM $EDS_ID WHERE eventTime > '2024-01-31 00:00:00' AND eventTime < '2024-02-01 00:00:00'", "GetObject|b|[{\"Key\":\"a\"}]"},
		{"/* Replace <EDS ID> by yours */ SELECT eventID FROM <EDS ID> WHERE element_at(requestParameters, 'n') = '5'", "e1"},
		{"SELECT a.eventID FROM cdc27250-6e9b-4cfb-afaf-4c14eacd649d a JOIN cdc27250-6e9b-4cfb-afaf-4c14eacd649d b ON a.eventID = b.eventID WHERE a.readOnly = false", "e2"},
		{"SELECT eventTime, year(eventTime), day_of_week(eventTime) FROM trail WHERE eventTime >= '2024-02-01'", "2024-02-01 00:00:00.000|2024|4"},
		{"SELECT count(*) FROM ${eds} WHERE eventTime BETWEEN '2024-01-31 10:00:05' AND '2024-01-31 10:00:05'", "1"},
		{"SELECT count(*) FROM ${eds} WHERE eventTime IN ('2024-01-31 10:00:05', '2024-01-01 00:00:00')", "1"},
		{"SELECT count(*) FROM eds WHERE eventTime >= date_format(date_add('day', -700, timestamp '2024-02-01 00:00:00'), '%Y-%m-%d %H:%i:%s')", "2"},
		{"SELECT json_extract_scalar(json_array_get(element_at(requestParameters, 'evaluations'), 0), '$.complianceType') FROM eds WHERE eventName = 'PutEvaluations' AND managementEvent = true", "COMPLIANT"},
		{"SELECT element_at(resources, 1).ARN, element_at(resources, 2).arnPrefix, userIdentity.sessionContext.sourceIdentity, userIdentity.sessionContext.attributes.creationDate FROM eds WHERE eventCategory = 'Data'",
			"arn:aws:s3:::b/k/1|arn:aws:s3:::b/|carol|2024-01-31 09:00:00.000"},
		{"SELECT element_at(requestParameters, 'bucketName') AS b, count(*) FROM eds WHERE eventName = 'GetObject' GROUP BY requestParameters", "b|1"},
		{"SELECT cardinality(requestParameters), element_at(requestParameters, 'none'), element_at(requestParameters, 'missing') FROM eds WHERE eventID = 'e1'", "5|None|None"},
		{"SELECT responseElements, additionalEventData, requestParameters FROM eds WHERE eventID = 'e1'", "None|{bytesTransferredOut=12}|{bucketName=b, key=k/1, tags=[{\"Key\":\"a\"}], n=5, none=null}"},
		{"SELECT json_extract_scalar(eventJson, '$.userIdentity.userName'), eventJsonChecksum FROM eds WHERE sessionCredentialFromConsole = true", "alice|None"},
		{"SELECT count(*) FROM eds WHERE eventTime > 'yesterday'", "INVALID_CAST_ARGUMENT"},
		{"SELECT eventID FROM eds WHERE eventID = 5", "TYPE_MISMATCH"},
		{"SELECT eventData.resourceType FROM eds", "COLUMN_NOT_FOUND"},
	} {
		rows, _, err := w.sqlRows(s, c.sql)
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, "|"))
		}
		got := strings.Join(lines, ";")
		var user *athenasql.Error
		if errors.As(err, &user) {
			got = user.Name
		} else if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
	// What is Lake's alone is none of Athena's.
	for _, sql := range []string{"SELECT 1 FROM $EDS_ID", "SELECT 1 FROM <EDS ID>", "SELECT 1 FROM trail WHERE eventtime > timestamp '2024-01-01 00:00:00'", "SELECT element_at(requestparameters, 'bucketName') FROM trail"} {
		if _, _, err := w.sqlRows(w.session(), sql); err == nil {
			t.Errorf("Athena's dialect takes %s", sql)
		}
	}
}
