package sample

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is the type of an actor's userIdentity.
type kind uint8

const (
	iamUser kind = iota
	machineRole
	personRole // a role taken by a person, through single sign-on or from another account
	webRole    // a role taken with a web identity token
	rootUser
	awsService
)

// actor is somebody who calls: who they are, where, how often, and in which runs.
type actor struct {
	name     string
	kind     kind
	weight   float64 // share of the runs, against the other actors' weights
	account  int     // index of the account it acts in; -1 any
	office   bool    // works in office hours
	agents   []string
	ip       string
	sessions []string // session names of a role
	path     string   // the role's path
	pools    map[string][]string
	runs     []run
	total    float64 // sum of the runs' weights
}

// run is a few calls that belong together.
type run struct {
	weight float64
	steps  []step
}

// step is one call of a run, made min to max times.
type step struct {
	event    *event
	min, max int
	how      how
}

// how says what becomes of a call.
type how uint8

const (
	asItComes how = iota
	denied
	failed
	forwarded // made by CloudFormation for the caller
)

// script is a run as it is written down:
// "WEIGHT: service.Event*2-5 service.Event! service.Event? service.Event~"
// where ! is denied, ? fails with the call's first error, ~ is forwarded.
func parseRun(script string, events map[string]*event) (run, error) {
	head, body, ok := strings.Cut(script, ":")
	weight, err := strconv.ParseFloat(head, 64)
	if !ok || err != nil {
		return run{}, fmt.Errorf("run %q has no weight", script)
	}
	r := run{weight: weight}
	for _, word := range strings.Fields(body) {
		s := step{min: 1, max: 1}
		word, times, repeated := strings.Cut(word, "*")
		if repeated {
			lo, hi, ranged := strings.Cut(times, "-")
			if !ranged {
				hi = lo
			}
			var err1, err2 error
			s.min, err1 = strconv.Atoi(lo)
			s.max, err2 = strconv.Atoi(hi)
			if err1 != nil || err2 != nil || s.max < s.min {
				return run{}, fmt.Errorf("run %q: bad repetition %q", script, times)
			}
		}
		for suffix, h := range map[string]how{"!": denied, "?": failed, "~": forwarded} {
			if rest, ok := strings.CutSuffix(word, suffix); ok {
				word, s.how = rest, h
			}
		}
		if s.event = events[word]; s.event == nil {
			return run{}, fmt.Errorf("run %q: unknown event %q", script, word)
		}
		if s.how == denied && s.event.denial.action == "" || s.how == failed && len(s.event.errors) == 0 {
			return run{}, fmt.Errorf("run %q: %s has no such outcome in events.txt", script, word)
		}
		r.steps = append(r.steps, s)
	}
	return r, nil
}

// Users' agents. The SDKs' and tools' spellings are those of public logs.
const (
	agentCLI       = "aws-cli/2.27.41 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0-60-generic md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython m/E,b cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#lambda.update-function-code"
	agentBoto      = "Boto3/1.38.36 md/Botocore#1.38.36 ua/2.1 os/linux#6.1.141-155.222.amzn2023.x86_64 md/arch#x86_64 lang/python#3.12.9 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.38.36"
	agentTerraform = "APN/1.0 HashiCorp/1.0 Terraform/1.12.1 (+https://www.terraform.io) terraform-provider-aws/5.99.1 (+https://terraform.example/providers/aws) aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.23.8 md/GOOS#linux md/GOARCH#amd64 api/lambda#1.71.2"
	agentConsole   = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36"
	agentJava      = "aws-sdk-java/2.31.55 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.237-230.949.amzn2.x86_64 lang/java#21.0.7 md/OpenJDK_64-Bit_Server_VM#21.0.7+6-LTS md/vendor#Amazon.com_Inc. md/en_US cfg/retry-mode#standard"
	agentDocker    = "docker/28.2.2 go/go1.24.3 git-commit/45873be kernel/6.8.0-60-generic os/linux arch/amd64 UpstreamClient(Docker-Client/28.2.2 \\\\(linux\\\\))"
	agentKubelet   = "kubernetes/v1.33.1-eks-7308294 aws-sdk-go/1.55.7 (go1.24.2; linux; amd64)"
	agentSSM       = "aws-sdk-go/1.55.5 (go1.23.8; linux; arm64) amazon-ssm-agent/3.3.1142.0"
	agentJS        = "aws-sdk-js/3.826.0 ua/2.1 os/linux#5.10 lang/js md/nodejs#22.15.1 api/dynamodb#3.826.0 exec-env/AWS_Lambda_nodejs22.x m/E"
)

// cast makes the people and machines of the company. Users live in the first
// account unless said otherwise.
func cast(events map[string]*event) ([]*actor, error) {
	actors := make([]*actor, 0, len(company))
	for _, c := range company {
		a := c.actor
		for _, script := range strings.Split(strings.TrimSpace(c.runs), "\n") {
			r, err := parseRun(strings.TrimSpace(script), events)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.name, err)
			}
			a.runs = append(a.runs, r)
			a.total += r.weight
		}
		actors = append(actors, &a)
	}
	return actors, nil
}
