package cloudtrail

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Results of CloudTrail Lake queries are saved as CSV whose header is the
// query's columns. Where those are fields of an event, under their own names,
// rows are records. Rows, maps and arrays stand there as text that cannot be
// read back without guessing, {bucketName=a, key=b}; userIdentity, whose names
// are known, is read, and parameters are only taken where the query made JSON
// of them. Source: CloudTrail user guide, "Event schema for CloudTrail event
// data stores" and "Download your CloudTrail Lake saved query results".

// lakeFields are the fields by their lower-case names.
var lakeFields = map[string]string{
	"eventversion": "eventVersion", "useridentity": "userIdentity", "eventtime": "eventTime", "eventsource": "eventSource",
	"eventname": "eventName", "awsregion": "awsRegion", "sourceipaddress": "sourceIPAddress", "useragent": "userAgent",
	"errorcode": "errorCode", "errormessage": "errorMessage", "requestparameters": "requestParameters",
	"responseelements": "responseElements", "additionaleventdata": "additionalEventData", "requestid": "requestID",
	"eventid": "eventID", "readonly": "readOnly", "resources": "resources", "eventtype": "eventType", "apiversion": "apiVersion",
	"managementevent": "managementEvent", "recipientaccountid": "recipientAccountId", "sharedeventid": "sharedEventID",
	"vpcendpointid": "vpcEndpointId", "eventcategory": "eventCategory", "serviceeventdetails": "serviceEventDetails",
	"eventjson": "eventJson",
}

// lakeNested are the fields that are no plain text.
var lakeNested = map[string]bool{
	"requestParameters": true, "responseElements": true, "additionalEventData": true, "resources": true, "serviceEventDetails": true,
}

// lakeHeader finds the columns of a saved result, if the header is one's: it
// names at least time, source and name of the events, or eventJson.
func (t *table) lakeHeader() {
	t.lake = nil
	fields, has := make([]string, len(t.cells)), map[string]bool{}
	for i, cell := range t.cells {
		name := lakeFields[strings.ToLower(strings.TrimSpace(string(cell)))]
		if name != "" && !has[name] {
			fields[i], has[name] = name, true
		}
	}
	if has["eventJson"] || has["eventTime"] && has["eventSource"] && has["eventName"] {
		t.lake = fields
	}
}

// lakeRecord makes a record's JSON of a row.
func (t *table) lakeRecord(b []byte) []byte {
	for i, field := range t.lake {
		if field == "eventJson" && json.Valid(t.cells[i]) {
			return append(b, t.cells[i]...)
		}
	}
	b = append(b, '{')
	for i, field := range t.lake {
		cell := bytes.TrimSpace(t.cells[i])
		switch {
		case field == "" || field == "eventJson" || len(cell) == 0 || string(cell) == "null":
		case field == "eventTime":
			b = appendMember(b, field, lakeTime(cell))
		case field == "readOnly" || field == "managementEvent":
			if string(cell) == "true" || string(cell) == "false" {
				b = append(appendName(b, field), cell...)
			}
		case field == "userIdentity":
			b = appendIdentity(b, cell)
		case lakeNested[field]:
			if (cell[0] == '{' || cell[0] == '[') && json.Valid(cell) {
				b = append(appendName(b, field), cell...)
			}
		default:
			b = appendMember(b, field, cell)
		}
	}
	return append(b, '}')
}

// lakeTime gives a timestamp of Lake's the form that eventTime has.
func lakeTime(cell []byte) []byte {
	for _, form := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999 UTC"} {
		if t, err := time.Parse(form, string(cell)); err == nil {
			return t.AppendFormat(nil, "2006-01-02T15:04:05Z")
		}
	}
	return cell
}

// identityNames are the names in the text of a userIdentity, which Lake writes
// in lower case, as a record has them. Others are passed over.
var identityNames = map[string]string{
	"type": "type", "principalid": "principalId", "arn": "arn", "accountid": "accountId", "accesskeyid": "accessKeyId", "username": "userName",
	"invokedby": "invokedBy", "identityprovider": "identityProvider", "credentialid": "credentialId",
	"sessioncontext": "sessionContext", "sessionissuer": "sessionIssuer", "attributes": "attributes",
	"creationdate": "creationDate", "mfaauthenticated": "mfaAuthenticated", "sourceidentity": "sourceIdentity",
	"webidfederationdata": "webIdFederationData", "federatedprovider": "federatedProvider",
}

// appendIdentity adds a userIdentity: JSON as it is, or Lake's text of one.
func appendIdentity(b, cell []byte) []byte {
	if json.Valid(cell) && cell[0] == '{' {
		return append(appendName(b, "userIdentity"), cell...)
	}
	inner, rest, ok := rowText(nil, cell, 0)
	if !ok || len(bytes.TrimSpace(rest)) > 0 {
		return b
	}
	return append(appendName(b, "userIdentity"), inner...)
}

// maxRowDepth is how deep the text of a row may nest.
const maxRowDepth = 8

// rowText turns {name=value, name={name=value}} at the beginning of text into
// JSON. A value ends where a comma and another known name follow, or the brace.
func rowText(b, text []byte, depth int) (out, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '{' || depth > maxRowDepth {
		return b, text, false
	}
	b, text = append(b, '{'), text[1:]
	for len(text) > 0 && text[0] != '}' {
		name, after, found := bytes.Cut(text, []byte{'='})
		if !found {
			return b, text, false
		}
		known := identityNames[strings.ToLower(strings.TrimSpace(string(name)))]
		if len(after) > 0 && after[0] == '{' {
			var inner []byte
			if inner, after, ok = rowText(nil, after, depth+1); !ok {
				return b, text, false
			}
			if known != "" {
				b = append(appendName(b, known), inner...)
			}
		} else {
			end := valueEnd(after)
			if value := after[:end]; known != "" && string(value) != "null" {
				b = appendMember(b, known, value)
			}
			after = after[end:]
		}
		text = bytes.TrimPrefix(bytes.TrimPrefix(after, []byte{','}), []byte{' '})
	}
	if len(text) == 0 {
		return b, text, false
	}
	return append(b, '}'), text[1:], true
}

// valueEnd is where a plain value ends.
func valueEnd(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '}':
			return i
		case text[i] == ',':
			name, _, found := bytes.Cut(text[i+1:], []byte{'='})
			if found && identityNames[strings.ToLower(strings.TrimSpace(string(name)))] != "" {
				return i
			}
			if found && isName(bytes.TrimSpace(name)) {
				return i
			}
		}
	}
	return len(text)
}

// isName says whether text could be a field's name.
func isName(text []byte) bool {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(text) > 0
}
