package sample

import (
	"fmt"
	"time"
)

// stable access keys: "AKIA" and 16 more, the last seven EXAMPLE.
func accessKey(prefix, name string) string {
	id := stableID("", name)
	return prefix + id[:9] + "EXAMPLE"
}

// callerARN is the ARN of the present actor as userIdentity has it.
func (w *writer) callerARN() string {
	a := w.actor
	switch a.kind {
	case iamUser:
		return "arn:aws:iam::" + w.account + ":user/" + a.name
	case rootUser:
		return "arn:aws:iam::" + w.account + ":root"
	default:
		return "arn:aws:sts::" + w.account + ":assumed-role/" + a.name + "/" + w.session
	}
}

// identity writes userIdentity as CloudTrail does for each type of caller.
func (w *writer) identity(e *event, out *outcome) {
	w.buf = append(w.buf, `"userIdentity":{`...)
	a := w.actor
	switch {
	case a.kind == awsService:
		w.buf = fmt.Appendf(w.buf, `"type":"AWSService","invokedBy":"%s"`, a.name)
	case a.kind == webRole && e.name == "AssumeRoleWithWebIdentity":
		w.buf = fmt.Appendf(w.buf, `"type":"WebIdentityUser","principalId":"arn:aws:iam::%s:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:example-corp/shop:ref:refs/heads/main","userName":"repo:example-corp/shop:ref:refs/heads/main","identityProvider":"arn:aws:iam::%s:oidc-provider/token.actions.githubusercontent.com"`, w.account, w.account)
	case a.kind == iamUser:
		w.userIdentity(e)
	case a.kind == rootUser:
		w.buf = fmt.Appendf(w.buf, `"type":"Root","principalId":"%s","arn":"%s","accountId":"%s","accessKeyId":"","sessionContext":{"attributes":{"creationDate":"%s","mfaAuthenticated":"true"}}`, w.account, w.callerARN(), w.account, w.sessionStart())
	default:
		w.roleIdentity()
	}
	if out.how == forwarded {
		w.buf = append(w.buf, `,"invokedBy":"cloudformation.amazonaws.com"`...)
	}
	w.buf = append(w.buf, `},`...)
}

// userIdentity writes an IAM user's: with a long-term key from a program, with a
// session from the console.
func (w *writer) userIdentity(e *event) {
	a := w.actor
	id := stableID("AIDA", w.account+a.name)
	w.buf = fmt.Appendf(w.buf, `"type":"IAMUser","principalId":"%s","arn":"%s","accountId":"%s"`, id, w.callerARN(), w.account)
	switch {
	case e.eventType == "AwsConsoleSignIn":
		w.buf = fmt.Appendf(w.buf, `,"userName":"%s"`, a.name)
	case w.agent == agentConsole:
		key := accessKey("ASIA", id+w.sessionStart())
		w.buf = fmt.Appendf(w.buf, `,"accessKeyId":"%s","userName":"%s","sessionContext":{"attributes":{"creationDate":"%s","mfaAuthenticated":"true"}}`, key, a.name, w.sessionStart())
	default:
		w.buf = fmt.Appendf(w.buf, `,"accessKeyId":"%s","userName":"%s"`, accessKey("AKIA", id), a.name)
	}
}

func (w *writer) roleIdentity() {
	a := w.actor
	id := stableID("AROA", w.account+a.name)
	key := accessKey("ASIA", id+w.session+w.sessionStart())
	path := a.path
	if path == "" {
		path = "/"
	}
	w.buf = fmt.Appendf(w.buf, `"type":"AssumedRole","principalId":"%s:%s","arn":"%s","accountId":"%s","accessKeyId":"%s","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"%s","arn":"arn:aws:iam::%s:role%s%s","accountId":"%s","userName":"%s"}`,
		id, w.session, w.callerARN(), w.account, key, id, w.account, path, a.name, w.account, a.name)
	if a.kind == webRole {
		w.buf = fmt.Appendf(w.buf, `,"webIdFederationData":{"federatedProvider":"arn:aws:iam::%s:oidc-provider/token.actions.githubusercontent.com","attributes":{}}`, w.account)
	}
	w.buf = fmt.Appendf(w.buf, `,"attributes":{"creationDate":"%s","mfaAuthenticated":"false"}`, w.sessionStart())
	if a.kind == machineRole && len(w.session) > 2 && w.session[:2] == "i-" {
		w.buf = append(w.buf, `,"ec2RoleDelivery":"2.0"`...)
	}
	w.buf = append(w.buf, '}')
}

// sessionStart is when the present session began: a session lasts for the hour
// of its file.
func (w *writer) sessionStart() string {
	return w.file.start.Truncate(time.Hour).Format(time.RFC3339)
}
