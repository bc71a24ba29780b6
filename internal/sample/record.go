package sample

import (
	"fmt"
	"strings"
	"time"
)

// field is a top-level field of a record.
type field uint8

const (
	fEventVersion field = iota
	fUserIdentity
	fEventTime
	fEventSource
	fEventName
	fAwsRegion
	fSourceIP
	fUserAgent
	fError
	fRequest
	fResponse
	fAdditional
	fRequestID
	fEventID
	fReadOnly
	fResources
	fEventType
	fAPIVersion
	fManagement
	fRecipient
	fSharedID
	fCategory
	fTLS
	fConsole
)

// orders are the orders of a record's fields that occur; the first is the usual
// one. Nothing may rely on any.
var orders = [][]field{
	{fEventVersion, fUserIdentity, fEventTime, fEventSource, fEventName, fAwsRegion, fSourceIP, fUserAgent, fError, fRequest, fResponse, fAdditional, fRequestID, fEventID, fReadOnly, fResources, fEventType, fAPIVersion, fManagement, fRecipient, fSharedID, fCategory, fTLS, fConsole},
	{fEventVersion, fUserIdentity, fEventTime, fEventSource, fEventName, fAwsRegion, fSourceIP, fUserAgent, fRequest, fResponse, fAdditional, fRequestID, fEventID, fResources, fEventType, fAPIVersion, fReadOnly, fRecipient, fSharedID, fError, fManagement, fCategory, fConsole, fTLS},
	{fAdditional, fAPIVersion, fAwsRegion, fError, fCategory, fEventID, fEventName, fEventSource, fEventTime, fEventType, fEventVersion, fManagement, fReadOnly, fRecipient, fRequestID, fRequest, fResources, fResponse, fConsole, fSharedID, fSourceIP, fTLS, fUserAgent, fUserIdentity},
}

// outcome is what a record says of one call, beside its event.
type outcome struct {
	how     how
	code    string
	message func()
}

// record writes one event of the present actor.
func (w *writer) record(e *event, h how) {
	out := w.outcome(e, h)
	order := orders[0]
	switch n := w.rng.IntN(100); {
	case n < 4:
		order = orders[2]
	case n < 18:
		order = orders[1]
	}
	w.open()
	for _, f := range order {
		w.field(f, e, &out)
	}
	w.close()
}

func (w *writer) open() {
	if w.records > 0 {
		w.buf = append(w.buf, ',')
	}
	w.records++
	w.buf = append(w.buf, '{')
}

// close ends a record; every field wrote a comma behind itself.
func (w *writer) close() {
	w.buf[len(w.buf)-1] = '}'
	w.endEvent()
}

// text writes `"key":"value",`; the value is JSON string content already.
func (w *writer) text(key, value string) {
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, key...)
	w.buf = append(w.buf, `":"`...)
	w.buf = append(w.buf, value...)
	w.buf = append(w.buf, `",`...)
}

// raw writes `"key":template,`.
func (w *writer) raw(key string, t template) {
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, key...)
	w.buf = append(w.buf, `":`...)
	if t == nil {
		w.buf = append(w.buf, `null`...)
	}
	w.put(t)
	w.buf = append(w.buf, ',')
}

func (w *writer) bool(key string, value bool) {
	w.buf = fmt.Appendf(w.buf, `"%s":%t,`, key, value)
}

func (w *writer) field(f field, e *event, out *outcome) {
	switch f {
	case fEventVersion:
		w.text("eventVersion", eventVersion(e))
	case fUserIdentity:
		w.identity(e, out)
	case fEventTime:
		w.text("eventTime", w.now.Format(time.RFC3339))
	case fEventSource:
		w.text("eventSource", e.service+".amazonaws.com")
	case fEventName:
		w.text("eventName", e.name)
	case fAwsRegion:
		w.text("awsRegion", w.region)
	case fSourceIP:
		w.text("sourceIPAddress", w.sourceIP(out))
	case fUserAgent:
		w.text("userAgent", w.userAgent(out))
	case fError:
		if out.code != "" {
			w.text("errorCode", out.code)
			w.buf = append(w.buf, `"errorMessage":"`...)
			out.message()
			w.buf = append(w.buf, `",`...)
		}
	case fRequest:
		w.raw("requestParameters", e.request)
	case fResponse:
		if out.code != "" {
			w.raw("responseElements", nil)
		} else {
			w.raw("responseElements", e.response)
		}
	case fAdditional:
		if e.eventType == "AwsServiceEvent" {
			w.raw("serviceEventDetails", e.additional)
		} else if e.additional != nil {
			w.raw("additionalEventData", e.additional)
		}
	case fRequestID:
		w.requestID(e)
	case fEventID:
		w.text("eventID", w.uuid())
	case fReadOnly:
		w.bool("readOnly", e.readOnly)
	case fResources:
		if e.resources != nil {
			w.raw("resources", e.resources)
		}
	case fEventType:
		w.text("eventType", e.eventType)
	default:
		w.tailField(f, e, out)
	}
}

// tailField writes the fields that newer record versions brought.
func (w *writer) tailField(f field, e *event, out *outcome) {
	switch f {
	case fAPIVersion:
		if e.service == "dynamodb" {
			w.text("apiVersion", "2012-08-10")
		}
	case fManagement:
		w.bool("managementEvent", !e.data)
	case fRecipient:
		w.text("recipientAccountId", w.account)
	case fSharedID:
		if w.actor.kind == awsService && e.name == "AssumeRole" {
			w.text("sharedEventID", w.uuid())
		}
	case fCategory:
		if e.data {
			w.text("eventCategory", "Data")
		} else {
			w.text("eventCategory", "Management")
		}
	case fTLS:
		if out.how != forwarded && w.actor.kind != awsService && e.eventType == "AwsApiCall" {
			w.buf = fmt.Appendf(w.buf, `"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s"},`, host(e, w.region))
		}
	case fConsole:
		if w.agent == agentConsole && e.eventType == "AwsApiCall" {
			w.text("sessionCredentialFromConsole", "true")
		}
	}
}

func eventVersion(e *event) string {
	switch e.service {
	case "s3", "lambda", "dynamodb", "kms":
		return "1.11"
	case "logs", "ecr", "ec2", "ssm":
		return "1.10"
	case "sts", "signin":
		return "1.08"
	default:
		return "1.09"
	}
}

func host(e *event, region string) string {
	if e.global {
		return e.service + ".amazonaws.com"
	}
	return e.service + "." + region + ".amazonaws.com"
}

func (w *writer) requestID(e *event) {
	if e.service == "s3" {
		w.text("requestID", w.pick(base32, 16))
		return
	}
	w.text("requestID", w.uuid())
}

// outcome decides how a call ends: as its run demands, or now and then with an
// error of its own, a throttle, or (for people) a denial.
func (w *writer) outcome(e *event, h how) outcome {
	out := outcome{how: h}
	chance := w.rng.IntN(1000)
	switch {
	case e.eventType != "AwsApiCall":
		return out
	case h == denied, h == asItComes && chance < 2 && e.denial.action != "" && w.actor.kind != awsService:
		out.code, out.message = w.denialOf(e)
	case h == failed, h == asItComes && chance < 34 && len(e.errors) > 0:
		err := e.errors[w.rng.IntN(len(e.errors))]
		out.code, out.message = err.code, func() { w.put(err.message) }
	case h == asItComes && chance >= 996 && w.actor.kind != awsService:
		out.code, out.message = throttled(w, e)
	}
	return out
}

func throttled(w *writer, e *event) (string, func()) {
	switch e.service {
	case "ec2":
		return "Client.RequestLimitExceeded", func() { w.buf = append(w.buf, "Request limit exceeded."...) }
	case "s3":
		return "SlowDown", func() { w.buf = append(w.buf, "Please reduce your request rate."...) }
	case "iam":
		return "Throttling", func() { w.buf = append(w.buf, "Rate exceeded"...) }
	default:
		return "ThrottlingException", func() { w.buf = append(w.buf, "Rate exceeded"...) }
	}
}

// denialOf words a refusal as the services do.
func (w *writer) denialOf(e *event) (string, func()) {
	who := w.callerARN()
	action := e.denial.action
	switch e.service {
	case "ec2":
		return "Client.UnauthorizedOperation", func() {
			w.buf = fmt.Appendf(w.buf, "You are not authorized to perform this operation. User: %s is not authorized to perform: %s because no identity-based policy allows the %s action. Encoded authorization failure message: %s", who, action, action, w.pick(base64, 160))
		}
	case "s3":
		return "AccessDenied", func() {
			w.buf = fmt.Appendf(w.buf, `User: %s is not authorized to perform: %s on resource: \"`, who, action)
			w.put(e.denial.resource)
			w.buf = fmt.Appendf(w.buf, `\" because no identity-based policy allows the %s action`, action)
		}
	}
	code := "AccessDenied"
	if e.service == "lambda" || e.service == "kms" || e.service == "logs" || e.service == "dynamodb" {
		code = "AccessDeniedException"
	}
	return code, func() {
		w.buf = fmt.Appendf(w.buf, "User: %s is not authorized to perform: %s on resource: ", who, action)
		w.put(e.denial.resource)
		w.buf = fmt.Appendf(w.buf, " because no identity-based policy allows the %s action", action)
	}
}

func (w *writer) sourceIP(out *outcome) string {
	if out.how == forwarded {
		return "cloudformation.amazonaws.com"
	}
	if w.actor.kind == awsService {
		return w.actor.name
	}
	return w.actor.ip
}

func (w *writer) userAgent(out *outcome) string {
	if out.how == forwarded {
		return "cloudformation.amazonaws.com"
	}
	return w.agent
}

// crossRecord writes one account's record of a role taken across accounts.
func (w *writer) crossRecord(c crossCall) {
	from, to := w.accounts[c.from], w.accounts[c.to]
	role := "arn:aws:iam::" + to + ":role/deploy-target"
	w.now = c.at.Truncate(time.Second)
	userID := stableID("AIDA", from+"alice")
	w.open()
	w.text("eventVersion", "1.08")
	if c.owner {
		w.buf = fmt.Appendf(w.buf, `"userIdentity":{"type":"AWSAccount","principalId":"%s","accountId":"%s"},`, userID, from)
	} else {
		w.buf = fmt.Appendf(w.buf, `"userIdentity":{"type":"IAMUser","principalId":"%s","arn":"arn:aws:iam::%s:user/alice","accountId":"%s","accessKeyId":"%s","userName":"alice"},`, userID, from, from, stableID("AKIA", "key"+from+"alice")[:20])
	}
	w.text("eventTime", w.now.Format(time.RFC3339))
	w.text("eventSource", "sts.amazonaws.com")
	w.text("eventName", "AssumeRole")
	w.text("awsRegion", w.region)
	w.text("sourceIPAddress", "203.0.113.24")
	w.text("userAgent", agentCLI)
	w.buf = fmt.Appendf(w.buf, `"requestParameters":{"roleArn":"%s","roleSessionName":"alice-release","durationSeconds":3600},`, role)
	w.buf = fmt.Appendf(w.buf, `"responseElements":{"credentials":{"accessKeyId":"ASIA%sEXAMPLE","sessionToken":"IQoJb3JpZ2luX2VjE%sEXAMPLETOKEN==","expiration":"%s"},"assumedRoleUser":{"assumedRoleId":"%s:alice-release","arn":"arn:aws:sts::%s:assumed-role/deploy-target/alice-release"}},`,
		strings.ToUpper(stableHex(c.shared, 9)), stableHex(c.request, 60), w.now.Add(time.Hour).Format("Jan 2, 2006, 3:04:05 PM"), stableID("AROA", to+"deploy-target"), to)
	w.text("requestID", c.request)
	w.text("eventID", w.uuid())
	w.bool("readOnly", true)
	w.buf = fmt.Appendf(w.buf, `"resources":[{"accountId":"%s","type":"AWS::IAM::Role","ARN":"%s"}],`, to, role)
	w.text("eventType", "AwsApiCall")
	w.bool("managementEvent", true)
	w.text("recipientAccountId", w.account)
	w.text("sharedEventID", c.shared)
	w.text("eventCategory", "Management")
	w.close()
}
