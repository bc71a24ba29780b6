package authz

import (
	"net/http"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// resolver answers one call.
type resolver struct {
	call      *Call
	m         mapping
	request   *parameters
	response  *parameters
	partition string
}

// Resolve says which actions on which resources one call needed: the rows of
// its event whose conditions hold, each with the resources that the record
// names, and what the call implies (iam:PassRole, tagging on creation). It does
// not judge whether the call succeeded: see Classify.
func Resolve(c *Call) Resolution {
	r := &resolver{call: c, m: mapEvent(c.EventSource, c.EventName, c.EventType)}
	res := Resolution{Status: r.m.status, Reason: r.m.reason, Source: r.m.source, Gap: r.m.gap}
	if r.m.status != Mapped {
		return res
	}
	r.request, r.response = parseParameters(c.Request), parseParameters(c.Response)
	r.partition = partitionOf(c)
	if len(r.m.api) > 0 {
		res.Needs = r.apiNeeds()
		return res
	}
	rows, note := r.holding()
	if note != "" {
		res.Notes = append(res.Notes, note)
	}
	for _, row := range rows {
		own := r.needsOf(row)
		res.Needs = append(res.Needs, own...)
		if r.m.passes(row.action) {
			res.Needs = append(res.Needs, r.passRoleNeeds(row.action)...)
		}
		if !r.m.removes() {
			res.Needs = append(res.Needs, r.tagNeeds(row.action, own)...)
		}
		res.Notes = append(res.Notes, r.notes(row.action)...)
	}
	res.Needs = append(res.Needs, r.missingObject()...)
	res.Needs = sortNeeds(res.Needs)
	return res
}

// holding gives the rows whose conditions the call meets. If it meets none, as
// when the record lost its parameters, every row that could be shown is given:
// one of them was needed, and the note says so.
func (r *resolver) holding() ([]eventRow, string) {
	var rows []eventRow
	for _, row := range r.m.rows {
		if row.cond.holds(r.request) {
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		return rows, ""
	}
	for _, row := range r.m.rows {
		if !row.cond.unknowable() {
			rows = append(rows, row)
		}
	}
	return rows, "the record does not show which of several actions the call needed: all are given"
}

// sortNeeds sorts and drops repetitions; of two that differ only in their
// wildcard, both stay.
func sortNeeds(needs []Need) []Need {
	slices.SortStableFunc(needs, func(a, b Need) int {
		if c := strings.Compare(a.Action, b.Action); c != 0 {
			return c
		}
		return strings.Compare(a.Resource, b.Resource)
	})
	return slices.CompactFunc(needs, func(a, b Need) bool {
		return a.Action == b.Action && a.Resource == b.Resource
	})
}

// via is the service that called on the principal's behalf. Only a service
// principal may enter a condition; "AWS Internal" names no service.
// Source: IAM User Guide, "Forward access sessions", aws:CalledVia.
func (r *resolver) via() string {
	if strings.HasSuffix(r.call.InvokedBy, ".amazonaws.com") {
		return r.call.InvokedBy
	}
	return ""
}

// partitionOf takes the partition the caller gives, else that of an ARN of the
// record, else that of the region.
// Source: AWS General Reference, ARN format: aws, aws-cn, aws-us-gov.
func partitionOf(c *Call) string {
	if c.Partition != "" {
		return c.Partition
	}
	for _, resource := range c.Resources {
		if a, err := iam.ParseARN(resource.ARN); err == nil {
			return a.Partition
		}
	}
	switch {
	case strings.HasPrefix(c.Region, "cn-") && isChina(c.Region):
		return "aws-cn"
	case strings.HasPrefix(c.Region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(c.Region, "us-iso-"):
		return "aws-iso"
	case strings.HasPrefix(c.Region, "us-isob-"):
		return "aws-iso-b"
	case strings.HasPrefix(c.Region, "eusc-"):
		return "aws-eusc"
	}
	return "aws"
}

// isChina tells the regions of the China partition from made-up ones that begin
// with cn-, which published logs with masked regions hold.
// Source: AWS General Reference, "AWS China regions".
func isChina(region string) bool { return region == "cn-north-1" || region == "cn-northwest-1" }

// arn puts an ARN together in the call's partition and account. With an unknown
// account, and with a region where none is known, the segment is "*".
func (r *resolver) arn(service, region, resource string) string {
	account := r.call.Account
	if account == "" {
		account = "*"
	}
	return "arn:" + r.partition + ":" + service + ":" + region + ":" + account + ":" + resource
}

// quoteARN makes the wildcard characters of a name stand for themselves.
func quoteARN(text string) string { return iam.QuoteARN(text) }

// missingObject adds the permission that a 404 of S3 shows: without
// s3:ListBucket, S3 answers 403 for an object that is not there.
// Source: Amazon S3 API Reference, GetObject and HeadObject, "Permissions".
func (r *resolver) missingObject() []Need {
	if r.m.label != "s3" || (r.call.ErrorCode != "NoSuchKey" && r.call.ErrorCode != "NotFound") || r.request.first("key") == "" {
		return nil
	}
	if bucket := r.request.first("bucketName"); bucket != "" && statusIsNotFound(r.call.ErrorMessage) {
		return []Need{{Action: "s3:ListBucket", Resource: "arn:" + r.partition + ":s3:::" + quoteARN(bucket), ResourceType: "bucket",
			Source: "Amazon S3 API Reference, GetObject: 404 is answered only with s3:ListBucket, else 403",
			From:   "request", Implied: true, Via: r.via()}}
	}
	return nil
}

// statusIsNotFound leaves out messages that are about something else than the
// key (a bucket that does not exist).
func statusIsNotFound(message string) bool {
	return message == "" || strings.Contains(message, "key") || strings.Contains(message, http.StatusText(http.StatusNotFound))
}

// unlistedRoles gives the roles at inputs that the API model names like roles,
// of actions for which passrole.tsv has no row.
func (r *resolver) unlistedRoles(action string) []string {
	prefix, _, _ := strings.Cut(action, ":")
	if prefix == "iam" || prefix == "sts" || len(passRoleRows()[strings.ToLower(action)]) > 0 || r.m.removes() {
		return nil
	}
	var roles []string
	for _, signing := range []string{r.m.label, prefix} {
		for _, op := range operationsOf(signing)[strings.ToLower(r.m.event)] {
			for _, path := range op.roles {
				for _, value := range r.request.find(strings.TrimSuffix(path, "!")) {
					if isRoleARN(value) && !slices.Contains(roles, value) {
						roles = append(roles, value)
					}
				}
			}
		}
	}
	return roles
}

// unplacedRoles gives the roles that a call passes to a service of which the
// principal is not known for certain.
func (r *resolver) unplacedRoles(action string) []string {
	var roles []string
	if !r.m.passes(action) {
		return nil
	}
	for _, n := range r.passRoleNeeds(action) {
		if len(n.Conditions) == 0 && !slices.Contains(roles, n.Resource) {
			roles = append(roles, n.Resource)
		}
	}
	return roles
}

// notes tells what a call may have needed that no record shows, or that no
// table says for certain.
func (r *resolver) notes(action string) []string {
	if roles := r.unlistedRoles(action); len(roles) > 0 {
		return []string{action + " names a role (" + strings.Join(roles, ", ") + "): iam:PassRole may be needed, but no reviewed row says so"}
	}
	if roles := r.unplacedRoles(action); len(roles) > 0 {
		return []string{action + " passes a role (" + strings.Join(roles, ", ") + ") to a service that no reviewed row names for this partition: iam:PassRole on it has no iam:PassedToService"}
	}
	switch action {
	case "ec2:RunInstances", "ec2:CreateFleet", "ec2:RequestSpotFleet", "autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup", "eks:CreateNodegroup":
		if r.request.has("launchTemplate") || r.request.has("mixedInstancesPolicy") || r.request.has("launchTemplateConfigs") || r.request.has("launchTemplateConfigSet") {
			return []string{action + " used a launch template: if it names an instance profile, iam:PassRole on that role is needed too"}
		}
	}
	return nil
}
