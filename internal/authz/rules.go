package authz

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// resourceRules find the resource of a row whose resource column names one.
var resourceRules = map[string]func(r *resolver, a *Action) []found{
	"bucket-objects":  (*resolver).bucketObjects,
	"copy-source":     (*resolver).copySource,
	"kms-source":      func(r *resolver, a *Action) []found { return r.kmsKey(a, "sourceKeyId") },
	"kms-destination": func(r *resolver, a *Action) []found { return r.kmsKey(a, "destinationKeyId") },
	"dynamo-update": func(r *resolver, a *Action) []found {
		return r.tables(a, r.request.find("transactItems.update.tableName"))
	},
	"dynamo-delete": func(r *resolver, a *Action) []found {
		return r.tables(a, r.request.find("transactItems.delete.tableName"))
	},
	"dynamo-conditionCheck": func(r *resolver, a *Action) []found {
		return r.tables(a, r.request.find("transactItems.conditionCheck.tableName"))
	},
	"partiql-tables": (*resolver).partiQLTables,
}

// actionRules find the resources of actions whose types the parameters choose.
var actionRules = map[string]func(r *resolver, a *Action) []found{
	"elasticloadbalancing:CreateLoadBalancer": (*resolver).newLoadBalancer,
}

// ruled applies the rule of a row or of an action; nil if there is none or it
// finds nothing, then the usual way is taken.
func (r *resolver) ruled(row eventRow, a *Action) []found {
	if rule := resourceRules[row.resource]; rule != nil {
		return rule(r, a)
	}
	if rule := actionRules[a.Name]; rule != nil {
		return rule(r, a)
	}
	if strings.HasPrefix(a.Name, "lambda:") {
		return r.qualified(a)
	}
	if strings.HasPrefix(a.Name, "events:") {
		return r.eventRule(a)
	}
	return nil
}

// bucketObjects is every object of the bucket: DeleteObjects logs no keys.
// Source: Amazon S3 User Guide, "Amazon S3 CloudTrail events".
func (r *resolver) bucketObjects(a *Action) []found {
	bucket := r.request.first("bucketName")
	if bucket == "" {
		for _, f := range r.call.Resources {
			if name, ok := strings.CutPrefix(f.ARN, "arn:"+r.partition+":s3:::"); ok && !strings.Contains(name, "/") {
				bucket = name
			}
		}
	}
	if bucket == "" {
		return nil
	}
	return []found{{arn: "arn:" + r.partition + ":s3:::" + quoteARN(bucket) + "/*", typeName: "object",
		why: r.m.event + " does not log the keys", from: "request"}}
}

// copySource is the object that x-amz-copy-source names: bucket/key, with or
// without a leading slash, URL-encoded, perhaps with ?versionId=; or the ARN of
// an object behind an access point.
// Source: Amazon S3 API Reference, CopyObject, x-amz-copy-source.
func (r *resolver) copySource(a *Action) []found {
	header := r.request.first("x-amz-copy-source")
	if header == "" {
		return []found{r.pattern(firstType(a, "object"), "the record does not give x-amz-copy-source")}
	}
	source, _, _ := strings.Cut(header, "?versionId=")
	if decoded, err := url.PathUnescape(source); err == nil {
		source = decoded
	}
	arn := source
	if !strings.HasPrefix(source, "arn:") {
		bucket, key, ok := strings.Cut(strings.TrimPrefix(source, "/"), "/")
		if !ok || bucket == "" || key == "" {
			return []found{r.pattern(firstType(a, "object"), "x-amz-copy-source is not of the form bucket/key")}
		}
		arn = "arn:" + r.partition + ":s3:::" + bucket + "/" + key
	}
	t := a.typeOf(arn)
	if t == "" {
		return nil
	}
	return []found{{arn: quoteARN(arn), typeName: t, from: "request"}}
}

func firstType(a *Action, name string) ResourceType {
	if t, ok := a.hasType(name); ok {
		return t
	}
	return a.Types[0]
}

// kmsKey is the key that a parameter names by id or ARN. ReEncrypt lists both
// keys in resources; where it lists one, both sides are that one.
func (r *resolver) kmsKey(a *Action, parameter string) []found {
	listed := r.listed(a)
	id := r.request.first(parameter)
	if id == "" || strings.Contains(id, "alias/") {
		return listed
	}
	for _, f := range listed {
		if f.arn == id || strings.HasSuffix(f.arn, "key/"+id) {
			return []found{f}
		}
	}
	if t := a.typeOf(id); t != "" {
		return []found{{arn: quoteARN(id), typeName: t, from: "request"}}
	}
	return []found{{arn: r.arn("kms", r.call.Region, "key/"+quoteARN(id)), typeName: "key", from: "request"}}
}

// tables turns table names or ARNs into tables of the account.
func (r *resolver) tables(a *Action, names []string) []found {
	var tables []found
	for _, name := range names {
		arn := name
		if !strings.HasPrefix(name, "arn:") {
			arn = r.arn("dynamodb", r.call.Region, "table/"+quoteARN(name))
		}
		if t := a.typeOf(arn); t != "" {
			tables = append(tables, found{arn: arn, typeName: t, from: "request"})
		}
	}
	return dropDuplicates(tables)
}

// partiQLTable finds the table, and the index, of a PartiQL statement.
// Source: Amazon DynamoDB Developer Guide, PartiQL statements for DynamoDB.
var partiQLTable = regexp.MustCompile(`(?i)\b(?:from|into|update)\s+"?([\w.\-]+?)"?(?:\."([\w.\-]+)")?(?:\s|$|;)`)

func (r *resolver) partiQLTables(a *Action) []found {
	_, verb, _ := strings.Cut(a.Name, ":PartiQL")
	var names []string
	for _, path := range []string{"statement", "statements.statement", "transactStatements.statement"} {
		for _, statement := range r.request.find(path) {
			if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(statement)), strings.ToLower(verb)) {
				continue
			}
			if m := partiQLTable.FindStringSubmatch(statement); m != nil {
				name := m[1]
				if m[2] != "" {
					name += "/index/" + m[2]
				}
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return r.tables(a, slices.Compact(names))
}

// newLoadBalancer tells classic load balancers, which have loadBalancerName,
// from those of version 2, which have name and a type.
// Source: Elastic Load Balancing API Reference, CreateLoadBalancer, both versions.
func (r *resolver) newLoadBalancer(a *Action) []found {
	if name := r.request.first("loadBalancerName"); name != "" {
		return []found{{arn: r.arn("elasticloadbalancing", r.call.Region, "loadbalancer/"+quoteARN(name)), typeName: "loadbalancer", from: "request"}}
	}
	name := r.request.first("name")
	if name == "" {
		return nil
	}
	kind := map[string]string{"network": "net", "gateway": "gwy"}[r.request.first("type")]
	if kind == "" {
		kind = "app"
	}
	return []found{{arn: r.arn("elasticloadbalancing", r.call.Region, "loadbalancer/"+kind+"/"+quoteARN(name)+"/*"),
		typeName: "loadbalancer/" + kind + "/", why: "AWS adds an id of its own to the ARN", from: "request"}}
}

// eventRule is a rule of EventBridge: without a bus, or with bus "default", it
// has the short ARN.
// Source: Amazon EventBridge User Guide, "Amazon EventBridge resources".
func (r *resolver) eventRule(a *Action) []found {
	short, ok := a.hasType("rule-on-default-event-bus")
	if !ok {
		return nil
	}
	long, _ := a.hasType("rule-on-custom-event-bus")
	names := r.request.find("rule")
	if len(names) == 0 && strings.HasSuffix(r.m.event, "Rule") {
		names = r.request.find("name")
	}
	if len(names) == 0 {
		return nil
	}
	bus := r.request.first("eventBusName")
	bus = bus[strings.LastIndexByte(bus, '/')+1:]
	resource, typeName := "rule/"+quoteARN(names[0]), short.Name
	if bus != "" && bus != "default" {
		resource, typeName = "rule/"+quoteARN(bus)+"/"+quoteARN(names[0]), long.Name
	}
	return []found{{arn: r.arn("events", r.call.Region, resource), typeName: typeName, from: "request"}}
}

// qualified is the version or alias that a call to Lambda names, as a parameter
// or behind the function: the function alone does not allow it.
// Source: AWS Lambda Developer Guide, "Resources and conditions for Lambda
// actions" (qualified and unqualified ARNs).
func (r *resolver) qualified(a *Action) []found {
	if _, ok := a.hasType("function alias"); !ok {
		return nil
	}
	function := r.request.first("functionName")
	if i := strings.Index(function, "function:"); i >= 0 {
		function = function[i+len("function:"):]
	}
	name, qualifier, _ := strings.Cut(function, ":")
	if given := r.request.first("qualifier"); given != "" {
		qualifier = given
	}
	if name == "" || qualifier == "" {
		return nil
	}
	arn := r.arn("lambda", r.call.Region, "function:"+quoteARN(name)+":"+quoteARN(qualifier))
	t := a.typeOf(arn)
	if t == "" {
		return nil
	}
	return []found{{arn: arn, typeName: t, from: "request"}}
}
