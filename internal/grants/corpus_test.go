package grants_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/grants"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/roadtest"
)

// session answers statements over logs.
var session = roadtest.Session

// awsManaged are the texts of AWS managed policies that the published logs name,
// as far as their statements matter here.
// Source: AWS Managed Policy Reference.
const awsManaged = `{"UserDetailList": [], "Policies": [
  {"Arn": "arn:aws:iam::aws:policy/AdministratorAccess", "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true,
    "Document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]},
  {"Arn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", "DefaultVersionId": "v2", "PolicyVersionList": [{"VersionId": "v2", "IsDefaultVersion": true,
    "Document": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": ["ssm:DescribeAssociation", "ssm:GetDeployablePatchSnapshotForInstance", "ssm:GetDocument", "ssm:DescribeDocument", "ssm:GetManifest", "ssm:GetParameter", "ssm:GetParameters",
        "ssm:ListAssociations", "ssm:ListInstanceAssociations", "ssm:PutInventory", "ssm:PutComplianceItems", "ssm:PutConfigurePackageResult", "ssm:UpdateAssociationStatus", "ssm:UpdateInstanceAssociationStatus", "ssm:UpdateInstanceInformation"], "Resource": "*"},
      {"Effect": "Allow", "Action": ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"], "Resource": "*"},
      {"Effect": "Allow", "Action": ["ec2messages:AcknowledgeMessage", "ec2messages:DeleteMessage", "ec2messages:FailMessage", "ec2messages:GetEndpoint", "ec2messages:GetMessages", "ec2messages:SendReply"], "Resource": "*"}]}}]}
]}`

// sums are the counts of one source.
type sums struct{ principals, asked, rebuilt, reproduced, explained, unexplained int }

func (s *sums) add(c *grants.Checked) {
	s.principals++
	s.asked += c.Asked()
	s.rebuilt += c.Rebuilt
	s.reproduced += c.Reproduced
	s.explained += len(c.Explained)
	s.unexplained += len(c.Unexplained)
}

func (s sums) String() string {
	return fmt.Sprintf("%d principals, %d authorizations (%d against older policies): %d reproduced, %d explained, %d unexplained", s.principals, s.asked, s.rebuilt, s.reproduced, s.explained, s.unexplained)
}

// reviewed are the unexplained authorizations of the published logs, each looked
// at, with what it comes from. What they have in common names them; people's and
// accounts' names are not repeated here.
var reviewed = []struct{ event, why, reason string }{
	{"organizations.amazonaws.com:LeaveOrganization", "allowed by identity policy assumed", "the assumption is wrong: the role is an attack simulation's, whose policy, as the records of its making in another source show, has ec2:Describe* alone"},
	{"ec2.amazonaws.com:DescribeInstanceAttribute", "allowed by identity policy assumed", "the assumption is wrong: the role is an attack simulation's, whose policy, as the records of its making in another source show, has ec2:DescribeInstances alone"},
	{"ec2.amazonaws.com:GetPasswordData", "allowed by identity policy assumed", "the assumption is wrong: the role is an attack simulation's, whose policy, as the records of its making in another source show, has ec2:Describe* alone"},
}

// recorded is what the check finds in each source of the published logs: for the
// principals whose policies the logs tell, and for all others under the
// assumption that they may do everything, under which every refusal must have
// another reason.
var recorded = map[string]string{
	"awsdocs-cloudtrail-user-guide known":   "1 principals, 1 authorizations (0 against older policies): 1 reproduced, 0 explained, 0 unexplained",
	"awsdocs-cloudtrail-user-guide assumed": "5 principals, 6 authorizations (0 against older policies): 6 reproduced, 0 explained, 0 unexplained",
	"awsdocs-s3-userguide assumed":          "2 principals, 4 authorizations (0 against older policies): 4 reproduced, 0 explained, 0 unexplained",
	"cloud-custodian known":                 "2 principals, 10 authorizations (0 against older policies): 10 reproduced, 0 explained, 0 unexplained",
	"cloud-custodian assumed":               "13 principals, 23 authorizations (0 against older policies): 23 reproduced, 0 explained, 0 unexplained",
	"invictus-aws-dataset assumed":          "4 principals, 1013 authorizations (0 against older policies): 1006 reproduced, 7 explained, 0 unexplained",
	"invictus-aws-dataset known":            "6 principals, 58 authorizations (58 against older policies): 58 reproduced, 0 explained, 0 unexplained",
	"lambda-promtail assumed":               "1 principals, 1 authorizations (0 against older policies): 1 reproduced, 0 explained, 0 unexplained",
	"otrf-security-datasets assumed":        "2 principals, 26 authorizations (0 against older policies): 26 reproduced, 0 explained, 0 unexplained",
	"plaso assumed":                         "1 principals, 12 authorizations (0 against older policies): 12 reproduced, 0 explained, 0 unexplained",
	"stratus-red-team assumed":              "41 principals, 139 authorizations (0 against older policies): 131 reproduced, 5 explained, 3 unexplained",
	"trailscraper known":                    "1 principals, 1 authorizations (0 against older policies): 1 reproduced, 0 explained, 0 unexplained",
	"trailscraper assumed":                  "1 principals, 1 authorizations (0 against older policies): 1 reproduced, 0 explained, 0 unexplained",
}

// TestTwoSidedCorpus holds every call of the published logs against the policies
// in force at its time, or assumed.
func TestTwoSidedCorpus(t *testing.T) {
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	sources, err := os.ReadDir(filepath.Join(root, "events"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, src := range sources {
		known, assumed := checkSource(t, session(t, filepath.Join(root, "events", src.Name())), src.Name(), seen)
		for kind, got := range map[string]sums{"known": known, "assumed": assumed} {
			if got == (sums{}) {
				continue
			}
			key := src.Name() + " " + kind
			want, ok := recorded[key]
			if !ok && !isRecorded(src.Name()) {
				t.Logf("not recorded: %q: %q,", key, got)
				continue
			}
			if want != got.String() {
				t.Errorf("%q: %q,\nrecorded %q", key, got, want)
			}
		}
	}
	for i := range reviewed {
		if !seen[i] {
			t.Errorf("reviewed, and not met: %s: %s", reviewed[i].event, reviewed[i].why)
		}
	}
}

func isRecorded(source string) bool {
	return recorded[source+" known"] != "" || recorded[source+" assumed"] != ""
}

// checkSource runs the check twice: for those whose policies the logs tell, and
// for the others as administrators.
func checkSource(t *testing.T, s *query.Session, name string, seen map[int]bool) (known, assumed sums) {
	ctx := context.Background()
	changes, err := activity.PolicyChanges(ctx, s, activity.Selector{})
	if err != nil {
		t.Fatal(err)
	}
	var texts grants.Account
	if err := texts.Read("managed", []byte(awsManaged)); err != nil {
		t.Fatal(err)
	}
	timeline := grants.NewTimeline(&texts, changes)
	checks := grants.NewChecks(timeline)
	admin := map[string]*grants.Usage{}
	sel := activity.Selector{Seconds: timeline.Days(), Facts: timeline.Facts()}
	if _, err := activity.Events(ctx, s, sel, func(e *activity.Event) error {
		checks.Add(e)
		p := eval.PrincipalOf(e.PrincipalARN)
		arn := cmp.Or(p.Issuer, p.ARN)
		if arn == "" || p.Kind == eval.Root || p.Kind == eval.Service || timeline.Knows(arn, e.FirstSeen) {
			return nil
		}
		if admin[arn] == nil {
			id := &grants.Identity{ARN: arn, BoundaryKnown: true, Policies: []grants.Attached{{Name: "assumed", Policy: texts.Managed["arn:aws:iam::aws:policy/AdministratorAccess"].Versions["v1"]}}}
			admin[arn] = grants.NewUsage(id)
		}
		admin[arn].Add(e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range checks.Results() {
		if c.Known {
			known.add(&c)
			review(t, name, &c, seen)
		}
	}
	for arn, u := range admin {
		c := grants.Checked{ARN: arn, Check: u.Check()}
		assumed.add(&c)
		review(t, name, &c, seen)
	}
	return known, assumed
}

// review looks an unexplained authorization up among those that were looked at.
func review(t *testing.T, source string, c *grants.Checked, seen map[int]bool) {
	for _, u := range c.Unexplained {
		found := false
		for i, r := range reviewed {
			if r.event == u.Event && strings.Contains(u.Why, r.why) {
				found, seen[i] = true, true
			}
		}
		if !found {
			t.Errorf("%s: %s: nobody has looked at it: %s %s on %s: %s", source, c.ARN, u.Event, u.Action, u.Resource, u.Why)
		}
	}
}
