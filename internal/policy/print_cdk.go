package policy

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// quoteAll writes each of a list, sorted, as a literal.
func quoteAll(values []string, quote func(string) string) []string {
	list := sorted(values)
	for i, v := range list {
		list[i] = quote(v)
	}
	return list
}

// cdkClass is the CDK's class for the target.
func (r *Result) cdkClass() (class, typeScriptName, pythonName string) {
	if r.opts.Target == Managed {
		return "ManagedPolicy", "managedPolicyName", "managed_policy_name"
	}
	return "Policy", "policyName", "policy_name"
}

// writeCDKTypeScript writes a class for each policy; of an inline one the
// reader says where it goes: policy.attachToRole(role).
// Source: AWS CDK API Reference, aws-iam, ManagedPolicy, Policy, PolicyStatement.
func (r *Result) writeCDKTypeScript(b *bytes.Buffer) {
	class, name, _ := r.cdkClass()
	b.WriteString("import * as iam from \"aws-cdk-lib/aws-iam\";\nimport { Construct } from \"constructs\";\n")
	for i := range r.Policies {
		fmt.Fprintf(b, "\nexport class %s extends iam.%s {\n  constructor(scope: Construct, id: string) {\n    super(scope, id, {\n", logicalID(r.Names[i]), class)
		fmt.Fprintf(b, "      %s: %s,\n      statements: [\n", name, jsonString(r.Names[i]))
		for j := range r.Policies[i].Statements {
			s := &r.Policies[i].Statements[j]
			fmt.Fprintf(b, "        new iam.PolicyStatement({\n          sid: %s,\n          effect: iam.Effect.%s,\n", jsonString(s.Sid), strings.ToUpper(s.Effect))
			fmt.Fprintf(b, "          actions: [\n            %s,\n          ],\n", strings.Join(quoteAll(s.Actions, jsonString), ",\n            "))
			fmt.Fprintf(b, "          resources: [\n            %s,\n          ],\n", strings.Join(quoteAll(s.Resources, jsonString), ",\n            "))
			if len(s.Conditions) > 0 {
				fmt.Fprintf(b, "          conditions: %s,\n", cdkConditions(s.Conditions))
			}
			b.WriteString("        }),\n")
		}
		b.WriteString("      ],\n    });\n  }\n}\n")
	}
}

// cdkConditions writes conditions as TypeScript and Python both read them.
func cdkConditions(c iam.Conditions) string {
	var ops []string
	for _, op := range slices.Sorted(maps.Keys(c)) {
		var keys []string
		for _, key := range slices.Sorted(maps.Keys(c[op])) {
			keys = append(keys, jsonString(key)+": ["+strings.Join(quoteAll(c[op][key], jsonString), ", ")+"]")
		}
		ops = append(ops, jsonString(op)+": {"+strings.Join(keys, ", ")+"}")
	}
	return "{" + strings.Join(ops, ", ") + "}"
}

// writeCDKPython writes the same as writeCDKTypeScript in Python.
func (r *Result) writeCDKPython(b *bytes.Buffer) {
	class, _, name := r.cdkClass()
	b.WriteString("from aws_cdk import aws_iam as iam\nfrom constructs import Construct\n")
	for i := range r.Policies {
		fmt.Fprintf(b, "\n\nclass %s(iam.%s):\n    def __init__(self, scope: Construct, id: str) -> None:\n        super().__init__(\n            scope,\n            id,\n", logicalID(r.Names[i]), class)
		fmt.Fprintf(b, "            %s=%s,\n            statements=[\n", name, jsonString(r.Names[i]))
		for j := range r.Policies[i].Statements {
			s := &r.Policies[i].Statements[j]
			fmt.Fprintf(b, "                iam.PolicyStatement(\n                    sid=%s,\n                    effect=iam.Effect.%s,\n", jsonString(s.Sid), strings.ToUpper(s.Effect))
			const between = ",\n                        "
			fmt.Fprintf(b, "                    actions=[\n                        %s,\n                    ],\n", strings.Join(quoteAll(s.Actions, jsonString), between))
			fmt.Fprintf(b, "                    resources=[\n                        %s,\n                    ],\n", strings.Join(quoteAll(s.Resources, jsonString), between))
			if len(s.Conditions) > 0 {
				fmt.Fprintf(b, "                    conditions=%s,\n", cdkConditions(s.Conditions))
			}
			b.WriteString("                ),\n")
		}
		b.WriteString("            ],\n        )\n")
	}
}
