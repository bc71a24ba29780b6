package policy

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/leasttrail/leasttrail/internal/iam"
)

func (r *Result) writeCloudFormation(b *bytes.Buffer) {
	b.WriteString("AWSTemplateFormatVersion: \"2010-09-09\"\n")
	fmt.Fprintf(b, "Description: %s\nResources:\n", jsonString("What "+r.opts.Asked+" needs, from CloudTrail logs"))
	for i := range r.Policies {
		fmt.Fprintf(b, "  %s:\n", logicalID(r.Names[i]))
		switch r.opts.Target {
		case User, Role, Group:
			kind := camel(string(r.opts.Target))
			fmt.Fprintf(b, "    Type: AWS::IAM::%sPolicy\n    Properties:\n      PolicyName: %s\n      %sName: %s\n",
				kind, jsonString(r.Names[i]), kind, jsonString(r.attachTo()))
		default:
			fmt.Fprintf(b, "    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      ManagedPolicyName: %s\n", jsonString(r.Names[i]))
		}
		fmt.Fprintf(b, "      PolicyDocument:\n        Version: %s\n", jsonString(r.Policies[i].Version))
		if len(r.Policies[i].Statements) == 0 {
			b.WriteString("        Statement: []\n")
			continue
		}
		b.WriteString("        Statement:\n")
		for j := range r.Policies[i].Statements {
			yamlStatement(b, "          ", &r.Policies[i].Statements[j])
		}
	}
}

// writeSAM writes the Policies property of a function: the documents one after
// another.
// Source: AWS SAM Developer Guide, AWS::Serverless::Function, Policies.
func (r *Result) writeSAM(b *bytes.Buffer) {
	b.WriteString("Policies:\n")
	for i := range r.Policies {
		fmt.Fprintf(b, "  - Version: %s\n", jsonString(r.Policies[i].Version))
		if len(r.Policies[i].Statements) == 0 {
			b.WriteString("    Statement: []\n")
			continue
		}
		b.WriteString("    Statement:\n")
		for j := range r.Policies[i].Statements {
			yamlStatement(b, "      ", &r.Policies[i].Statements[j])
		}
	}
}

// logicalID is a resource's name in a template: letters and digits.
// Source: AWS CloudFormation User Guide, "Resources", logical ID.
func logicalID(name string) string {
	id := camel(name)
	if id == "" || id[0] >= '0' && id[0] <= '9' {
		id = "Policy" + id
	}
	return id
}

func yamlStatement(b *bytes.Buffer, indent string, s *iam.Statement) {
	fmt.Fprintf(b, "%s- Sid: %s\n%s  Effect: %s\n", indent, jsonString(s.Sid), indent, s.Effect)
	yamlList(b, indent+"  ", "Action", s.Actions)
	yamlList(b, indent+"  ", "Resource", s.Resources)
	if s.Conditions == nil {
		return
	}
	b.WriteString(indent + "  Condition:\n")
	for _, op := range slices.Sorted(maps.Keys(s.Conditions)) {
		fmt.Fprintf(b, "%s    %s:\n", indent, jsonString(op))
		for _, key := range slices.Sorted(maps.Keys(s.Conditions[op])) {
			yamlList(b, indent+"      ", jsonString(key), s.Conditions[op][key])
		}
	}
}

func yamlList(b *bytes.Buffer, indent, name string, values []string) {
	if len(values) == 1 {
		fmt.Fprintf(b, "%s%s: %s\n", indent, name, jsonString(values[0]))
		return
	}
	fmt.Fprintf(b, "%s%s:\n", indent, name)
	for _, v := range sorted(values) {
		fmt.Fprintf(b, "%s  - %s\n", indent, jsonString(v))
	}
}
