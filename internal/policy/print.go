package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The forms of Print.
const (
	FormatJSON           = "json"
	FormatTerraform      = "terraform"
	FormatTerraformData  = "terraform-data"
	FormatCloudFormation = "cloudformation"
	FormatSAM            = "sam"
	FormatCDKTypeScript  = "cdk-typescript"
	FormatCDKPython      = "cdk-python"
)

// Formats lists the forms of Print.
func Formats() []string {
	return []string{FormatJSON, FormatTerraform, FormatTerraformData, FormatCloudFormation, FormatSAM, FormatCDKTypeScript, FormatCDKPython}
}

// Extension is that of files in a form.
func Extension(format string) string {
	switch format {
	case FormatTerraform, FormatTerraformData:
		return ".tf"
	case FormatCloudFormation, FormatSAM:
		return ".yaml"
	case FormatCDKTypeScript:
		return ".ts"
	case FormatCDKPython:
		return ".py"
	}
	return ".json"
}

// Print writes the policies.
//
//   - json: the policy document; where there are several, an object
//     {"Policies": [{"PolicyName": …, "PolicyDocument": {…}}, …]}.
//   - terraform: a resource for each, aws_iam_policy or, for an inline target,
//     aws_iam_user_policy, aws_iam_role_policy or aws_iam_group_policy.
//   - terraform-data: the same, each with its document as a data source
//     aws_iam_policy_document.
//   - cloudformation: a YAML template with a resource for each,
//     AWS::IAM::ManagedPolicy or AWS::IAM::UserPolicy, RolePolicy, GroupPolicy.
//   - sam: the Policies property of an AWS::Serverless::Function, in YAML.
//   - cdk-typescript, cdk-python: a class for each, a ManagedPolicy or, for an
//     inline target, a Policy of the AWS CDK.
func (r *Result) Print(w io.Writer, format string) error {
	var b bytes.Buffer
	switch format {
	case FormatJSON, "":
		r.writeJSON(&b)
	case FormatTerraform:
		r.writeTerraform(&b)
	case FormatTerraformData:
		r.writeTerraformData(&b)
	case FormatCloudFormation:
		r.writeCloudFormation(&b)
	case FormatSAM:
		r.writeSAM(&b)
	case FormatCDKTypeScript:
		r.writeCDKTypeScript(&b)
	case FormatCDKPython:
		r.writeCDKPython(&b)
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

func sorted(values []string) []string {
	list := slices.Clone(values)
	slices.Sort(list)
	return slices.Compact(list)
}
