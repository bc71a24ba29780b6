package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// The forms of Print.
const (
	FormatJSON           = "json"
	FormatTerraform      = "terraform"
	FormatCloudFormation = "cloudformation"
)

// Formats lists the forms of Print.
func Formats() []string { return []string{FormatJSON, FormatTerraform, FormatCloudFormation} }

// Print writes the policies.
//
//   - json: the policy document; where there are several, an object
//     {"Policies": [{"PolicyName": …, "PolicyDocument": {…}}, …]}.
//   - terraform: a resource for each, aws_iam_policy or, for an inline target,
//     aws_iam_user_policy, aws_iam_role_policy or aws_iam_group_policy.
//   - cloudformation: a YAML template with a resource for each,
//     AWS::IAM::ManagedPolicy or AWS::IAM::UserPolicy, RolePolicy, GroupPolicy.
func (r *Result) Print(w io.Writer, format string) error {
	var b bytes.Buffer
	switch format {
	case FormatJSON, "":
		r.writeJSON(&b)
	case FormatTerraform:
		r.writeTerraform(&b)
	case FormatCloudFormation:
		r.writeCloudFormation(&b)
	default:
		return fmt.Errorf("%q is no form of a policy: %s", format, strings.Join(Formats(), ", "))
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	return nil
}

func (r *Result) writeJSON(b *bytes.Buffer) {
	const indent = "  "
	if len(r.Policies) == 1 {
		b.Write(r.Policies[0].JSON(indent))
		b.WriteByte('\n')
		return
	}
	var compact bytes.Buffer
	compact.WriteString(`{"Policies":[`)
	for i := range r.Policies {
		if i > 0 {
			compact.WriteByte(',')
		}
		compact.WriteString(`{"PolicyName":` + jsonString(r.Names[i]) + `,"PolicyDocument":`)
		compact.Write(r.Policies[i].JSON(""))
		compact.WriteByte('}')
	}
	compact.WriteString("]}")
	if json.Indent(b, compact.Bytes(), "", indent) != nil {
		b.Write(compact.Bytes())
	}
	b.WriteByte('\n')
}

// jsonString quotes a text as JSON; YAML reads it as the same text.
func jsonString(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(text) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// attachTo is the inline target's name, or one for the reader to fill in.
func (r *Result) attachTo() string {
	if r.opts.AttachTo != "" {
		return r.opts.AttachTo
	}
	return string(r.opts.Target) + "-name"
}

func (r *Result) writeTerraform(b *bytes.Buffer) {
	for i := range r.Policies {
		if i > 0 {
			b.WriteByte('\n')
		}
		kind := "aws_iam_policy"
		if r.opts.Target != Managed {
			kind = "aws_iam_" + string(r.opts.Target) + "_policy"
		}
		fmt.Fprintf(b, "resource \"%s\" \"%s\" {\n", kind, terraformLabel(r.Names[i]))
		if r.opts.Target == Managed {
			fmt.Fprintf(b, "  name = %s\n\n", hclString(r.Names[i]))
		} else {
			width := max(len("name"), len(r.opts.Target))
			fmt.Fprintf(b, "  %-*s = %s\n", width, "name", hclString(r.Names[i]))
			fmt.Fprintf(b, "  %-*s = %s\n\n", width, string(r.opts.Target), hclString(r.attachTo()))
		}
		b.WriteString("  policy = jsonencode({\n")
		fmt.Fprintf(b, "    Version = %s\n    Statement = [\n", hclString(r.Policies[i].Version))
		for j := range r.Policies[i].Statements {
			hclStatement(b, &r.Policies[i].Statements[j])
		}
		b.WriteString("    ]\n  })\n}\n")
	}
}

// terraformLabel is a resource's name in the characters Terraform takes.
// Source: Terraform language documentation, "Identifiers".
func terraformLabel(name string) string {
	label := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' {
			return c
		}
		if c >= 'A' && c <= 'Z' {
			return c + ('a' - 'A')
		}
		return '_'
	}, name)
	if label == "" || label[0] >= '0' && label[0] <= '9' {
		label = "policy_" + label
	}
	return label
}

// hclString quotes a text for HCL, where ${ and %{ begin templates.
// Source: Terraform language documentation, "Strings and Templates".
func hclString(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(jsonString(text))
}

func hclStatement(b *bytes.Buffer, s *iam.Statement) {
	b.WriteString("      {\n")
	fmt.Fprintf(b, "        Sid    = %s\n        Effect = %s\n", hclString(s.Sid), hclString(s.Effect))
	hclList(b, "        ", "Action", s.Actions)
	hclList(b, "        ", "Resource", s.Resources)
	if s.Conditions != nil {
		b.WriteString("        Condition = {\n")
		for _, op := range slices.Sorted(maps.Keys(s.Conditions)) {
			fmt.Fprintf(b, "          %s = {\n", op)
			for _, key := range slices.Sorted(maps.Keys(s.Conditions[op])) {
				hclList(b, "            ", hclString(key), s.Conditions[op][key])
			}
			b.WriteString("          }\n")
		}
		b.WriteString("        }\n")
	}
	b.WriteString("      },\n")
}

func hclList(b *bytes.Buffer, indent, name string, values []string) {
	if len(values) == 1 {
		fmt.Fprintf(b, "%s%s = %s\n", indent, name, hclString(values[0]))
		return
	}
	fmt.Fprintf(b, "%s%s = [\n", indent, name)
	for _, v := range sorted(values) {
		fmt.Fprintf(b, "%s  %s,\n", indent, hclString(v))
	}
	fmt.Fprintf(b, "%s]\n", indent)
}

func sorted(values []string) []string {
	list := slices.Clone(values)
	slices.Sort(list)
	return slices.Compact(list)
}

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
			yamlStatement(b, &r.Policies[i].Statements[j])
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

func yamlStatement(b *bytes.Buffer, s *iam.Statement) {
	fmt.Fprintf(b, "          - Sid: %s\n            Effect: %s\n", jsonString(s.Sid), s.Effect)
	yamlList(b, "            ", "Action", s.Actions)
	yamlList(b, "            ", "Resource", s.Resources)
	if s.Conditions == nil {
		return
	}
	b.WriteString("            Condition:\n")
	for _, op := range slices.Sorted(maps.Keys(s.Conditions)) {
		fmt.Fprintf(b, "              %s:\n", op)
		for _, key := range slices.Sorted(maps.Keys(s.Conditions[op])) {
			yamlList(b, "                ", jsonString(key), s.Conditions[op][key])
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
