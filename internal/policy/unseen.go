package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// dataServices are services whose everyday calls are data events, which a trail
// records only if told to, with what is then missing.
// Source: AWS CloudTrail User Guide, "Logging data events".
var dataServices = []struct{ source, what string }{
	{"s3.amazonaws.com", "reading and writing S3 objects"},
	{"dynamodb.amazonaws.com", "reading and writing DynamoDB items"},
	{"lambda.amazonaws.com", "invoking Lambda functions"},
	{"sqs.amazonaws.com", "sending and receiving SQS messages"},
	{"sns.amazonaws.com", "publishing to SNS topics"},
}

// unseen tells what the policy cannot know, in sentences a person can act on.
func (b *Builder) unseen() []string {
	list := []string{}
	if c := b.cover; c != nil {
		list = append(list, b.unseenData()...)
		list = append(list, fmt.Sprintf("The logs hold records of %s and %s. What was done elsewhere is not in the policy.",
			some(c.Accounts, "account"), some(c.Regions, "region")))
		for _, name := range slices.Sorted(maps.Keys(c.LoggingChanges)) {
			list = append(list, fmt.Sprintf("cloudtrail:%s was called %s in these logs: afterwards, calls may not have been logged.", name, times(c.LoggingChanges[name])))
		}
		if c.Network == 0 {
			list = append(list, "Network activity events (calls refused by a VPC endpoint's policy) are not in these logs.")
		}
	}
	if b.bare > 0 {
		list = append(list, fmt.Sprintf("%s came from an Event history CSV, which has no request parameters, no error messages and no ARN of the caller: "+
			"resources are what its Resources column names. The JSON download of the same Event history has all of them; it makes the policy more exact.", plural(b.bare, "call")))
	}
	if o := b.opts; o.Late > 0 && !o.To.IsZero() {
		list = append(list, fmt.Sprintf("Of the bucket only what was delivered up to %s was read, %s after the end of the time asked for (--late): CloudTrail may deliver later, up to 30 days.",
			o.To.Add(o.Late).UTC().Format(time.DateTime), o.Late))
	}
	list = append(list,
		"iam:PassRole is never logged. It is in the policy where a call's parameters name a role to pass"+passRoleTail(b.bare > 0),
		"Calls that are made rarely (a yearly task, a restore) are in the policy only if they fell into these logs.",
		"CloudTrail delivers within minutes as a rule, but may be late: calls of the last hours before the end may be missing.",
		"The logs do not show which policy allowed a call: where a resource's own policy allows it, the identity may not need it.")
	return list
}

func passRoleTail(bare bool) string {
	if bare {
		return ", which a CSV does not show: add it by hand for the services that are given a role."
	}
	return "."
}

func (b *Builder) unseenData() []string {
	c := b.cover
	if c.Data == 0 {
		var whats []string
		for _, d := range dataServices {
			whats = append(whats, d.what)
		}
		return []string{"The logs hold no data events: " + strings.Join(whats, ", ") +
			" are not recorded, and the policy allows none of it. Turn data events on in the trail, or add those actions by hand."}
	}
	var absent []string
	for _, d := range dataServices {
		if c.DataServices[d.source] == 0 {
			absent = append(absent, d.what)
		}
	}
	text := "Data events are there for " + strings.Join(slices.Sorted(maps.Keys(c.DataServices)), ", ") + "."
	if len(absent) > 0 {
		text += " None are there for " + strings.Join(absent, ", ") + ": either nobody did, or the trail does not record it."
	}
	return []string{text}
}

// some names a few of a list, or counts many.
func some(list []string, what string) string {
	const few = 6
	if len(list) > few {
		return plural(int64(len(list)), what)
	}
	if len(list) == 1 {
		return what + " " + list[0]
	}
	return what + "s " + strings.Join(list, ", ")
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
