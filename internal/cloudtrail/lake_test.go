package cloudtrail

import (
	"strings"
	"testing"
)

// TestLakeResults reads saved results of CloudTrail Lake.
func TestLakeResults(t *testing.T) {
	for _, c := range []struct{ name, csv, want string }{
		{"plain columns", "eventTime,eventSource,eventName,awsRegion,errorCode,readOnly,eventID\n" +
			"2026-05-01 10:00:00.000,s3.amazonaws.com,ListBuckets,us-east-1,,true,1\n",
			`{"eventTime":"2026-05-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"us-east-1","readOnly":true,"eventID":"1"}`},
		{"the identity as Lake writes it", "\"eventtime\",\"eventsource\",\"eventname\",\"useridentity\",\"requestparameters\",\"n\"\n" +
			"\"2026-05-01 10:00:00.000\",\"s3.amazonaws.com\",\"GetBucketAcl\",\"{type=AssumedRole, principalid=AROA:s, arn=arn:aws:sts::1:assumed-role/r/s, accountid=1, accesskeyid=null, username=null, sessioncontext={attributes={creationdate=2026-05-01 09:00:00.000, mfaauthenticated=false}, sessionissuer={type=Role, principalid=AROA, arn=arn:aws:iam::1:role/r, accountid=1, username=r}, webidfederationdata=null}, invokedby=null}\",\"{bucketName=b, Host=x}\",\"3\"\n",
			`{"eventTime":"2026-05-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl","userIdentity":{"type":"AssumedRole","principalId":"AROA:s","arn":"arn:aws:sts::1:assumed-role/r/s","accountId":"1","sessionContext":{"attributes":{"creationDate":"2026-05-01 09:00:00.000","mfaAuthenticated":"false"},"sessionIssuer":{"type":"Role","principalId":"AROA","arn":"arn:aws:iam::1:role/r","accountId":"1","userName":"r"}}}}`},
		{"JSON that the query made", "eventtime,eventsource,eventname,requestparameters\n2026-05-01 10:00:00.000,s3.amazonaws.com,X,\"{\"\"bucketName\"\":\"\"b\"\"}\"\n",
			`{"eventTime":"2026-05-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"X","requestParameters":{"bucketName":"b"}}`},
		{"the whole event", "eventJson,x\n\"{\"\"eventName\"\":\"\"A\"\",\"\"eventSource\"\":\"\"b\"\",\"\"eventTime\"\":\"\"c\"\"}\",1\n",
			`{"eventName":"A","eventSource":"b","eventTime":"c"}`},
	} {
		s := NewScanner([]Field{{Path: nil, Nested: true}}, Options{})
		s.Reset("result_1.csv.gz", strings.NewReader(c.csv))
		if !s.Next() || string(s.Raw()) != c.want {
			t.Errorf("%s:\n%s\nwant\n%s\n%v", c.name, s.Raw(), c.want, s.Report())
		}
		for s.Next() {
		}
		if r := s.Report(); r.Shape != "lake-csv" || r.MalformedCount+r.SkippedCount > 0 || r.Records != 1 {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	s := NewScanner(nil, Options{})
	s.Reset("result_1.csv", strings.NewReader("eventname,n\nListBuckets,3\n"))
	if s.Next() || s.Report().SkippedCount != 1 {
		t.Errorf("counts of a query are no events: %+v", s.Report())
	}
}
