package policy

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

func (r *Result) writeTerraform(b *bytes.Buffer) {
	for i := range r.Policies {
		if i > 0 {
			b.WriteByte('\n')
		}
		r.terraformResource(b, i)
		b.WriteString("\n  policy = jsonencode({\n")
		fmt.Fprintf(b, "    Version = %s\n    Statement = [\n", hclString(r.Policies[i].Version))
		for j := range r.Policies[i].Statements {
			hclStatement(b, &r.Policies[i].Statements[j])
		}
		b.WriteString("    ]\n  })\n}\n")
	}
}

// terraformResource begins the resource of a policy: its head, its name and
// what it is attached to.
func (r *Result) terraformResource(b *bytes.Buffer, i int) {
	kind := "aws_iam_policy"
	if r.opts.Target != Managed {
		kind = "aws_iam_" + string(r.opts.Target) + "_policy"
	}
	fmt.Fprintf(b, "resource \"%s\" \"%s\" {\n", kind, terraformLabel(r.Names[i]))
	width := len("name")
	if r.opts.Target != Managed {
		width = max(width, len(r.opts.Target))
		defer func() { fmt.Fprintf(b, "  %-*s = %s\n", width, string(r.opts.Target), hclString(r.attachTo())) }()
	}
	fmt.Fprintf(b, "  %-*s = %s\n", width, "name", hclString(r.Names[i]))
}

// writeTerraformData writes each document as a data source and the resource
// that takes it.
// Source: Terraform AWS provider, data source aws_iam_policy_document.
func (r *Result) writeTerraformData(b *bytes.Buffer) {
	for i := range r.Policies {
		if i > 0 {
			b.WriteByte('\n')
		}
		label := terraformLabel(r.Names[i])
		fmt.Fprintf(b, "data \"aws_iam_policy_document\" \"%s\" {\n", label)
		for j := range r.Policies[i].Statements {
			if j > 0 {
				b.WriteByte('\n')
			}
			dataStatement(b, &r.Policies[i].Statements[j])
		}
		b.WriteString("}\n\n")
		r.terraformResource(b, i)
		fmt.Fprintf(b, "\n  policy = data.aws_iam_policy_document.%s.json\n}\n", label)
	}
}

func dataStatement(b *bytes.Buffer, s *iam.Statement) {
	fmt.Fprintf(b, "  statement {\n    sid    = %s\n    effect = %s\n\n", hclString(s.Sid), hclString(s.Effect))
	hclBlockList(b, "    ", "actions", s.Actions)
	b.WriteByte('\n')
	hclBlockList(b, "    ", "resources", s.Resources)
	for _, op := range slices.Sorted(maps.Keys(s.Conditions)) {
		for _, key := range slices.Sorted(maps.Keys(s.Conditions[op])) {
			fmt.Fprintf(b, "\n    condition {\n      test     = %s\n      variable = %s\n", hclString(op), hclString(key))
			fmt.Fprintf(b, "      values   = [%s]\n    }\n", strings.Join(quoteAll(s.Conditions[op][key], hclString), ", "))
		}
	}
	b.WriteString("  }\n")
}

// hclBlockList writes a list that stays one even with a single value.
func hclBlockList(b *bytes.Buffer, indent, name string, values []string) {
	fmt.Fprintf(b, "%s%s = [\n", indent, name)
	for _, v := range sorted(values) {
		fmt.Fprintf(b, "%s  %s,\n", indent, hclString(v))
	}
	fmt.Fprintf(b, "%s]\n", indent)
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
	hclAttributes(b, "        ", []attribute{
		{"Sid", []string{s.Sid}}, {"Effect", []string{s.Effect}}, {"Action", s.Actions}, {"Resource", s.Resources},
	})
	if s.Conditions != nil {
		b.WriteString("        Condition = {\n")
		for _, op := range slices.Sorted(maps.Keys(s.Conditions)) {
			name := op
			if strings.Contains(op, ":") { // ForAnyValue:StringEquals
				name = hclString(op)
			}
			fmt.Fprintf(b, "          %s = {\n", name)
			var keys []attribute
			for _, key := range slices.Sorted(maps.Keys(s.Conditions[op])) {
				keys = append(keys, attribute{hclString(key), s.Conditions[op][key]})
			}
			hclAttributes(b, "            ", keys)
			b.WriteString("          }\n")
		}
		b.WriteString("        }\n")
	}
	b.WriteString("      },\n")
}

// attribute is a name with one or several values.
type attribute struct {
	name   string
	values []string
}

// hclAttributes writes attributes as terraform fmt does: those of one line that
// stand together have their equals signs below each other.
func hclAttributes(b *bytes.Buffer, indent string, list []attribute) {
	for i := 0; i < len(list); {
		n, width := i, 0
		for n < len(list) && len(list[n].values) == 1 {
			width = max(width, len([]rune(list[n].name)))
			n++
		}
		for ; i < n; i++ {
			fmt.Fprintf(b, "%s%-*s = %s\n", indent, width, list[i].name, hclString(list[i].values[0]))
		}
		if i < len(list) {
			hclBlockList(b, indent, list[i].name, list[i].values)
			i++
		}
	}
}
