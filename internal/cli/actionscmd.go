package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/authz"
)

const actionsHelp = `Says which IAM actions an event needs, by its source and name (and type, AwsApiCall
if not given). Many at once come with --input: lines of eventSource, eventName and,
if known, eventType, with tabs between them.

status is mapped, none (the event needs no permission) or unmapped (no IAM action is
known for it). when names the condition on the call's parameters under which an
action is needed; it is absent if the action always is.

--explain says for each answer why: the rule or the row of our tables it comes from,
where that is written, how sure it is (certain: documented, modelled or observed;
likely: somebody's judgement), on which resource types, and what else AWS lists that
such a call may need. JSON always has the reason, the sources and the confidence.`

const actionsExamples = `  leasttrail actions s3.amazonaws.com ListBuckets
  leasttrail actions s3.amazonaws.com CopyObject --explain
  leasttrail actions s3.amazonaws.com CopyObject -o json
  leasttrail actions signin.amazonaws.com ConsoleLogin AwsConsoleSignIn
  leasttrail query --logs ./AWSLogs/ -o csv "SELECT DISTINCT eventsource, eventname FROM cloudtrail_logs" | tail -n +2 | tr -d '"' | tr , '\t' | leasttrail actions --input -`

// eventKey names an event.
type eventKey struct{ source, name, kind string }

func (a *app) actionsCommand() *cobra.Command {
	var input, form string
	var explain bool
	c := &cobra.Command{
		Use:     "actions [flags] [EVENTSOURCE EVENTNAME [EVENTTYPE]]",
		Short:   "Which IAM actions an event needs",
		Long:    actionsHelp,
		Example: actionsExamples,
		Args:    cobra.MaximumNArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			keys, err := a.eventKeys(args, input)
			if err != nil {
				return err
			}
			if explain {
				if c.Flags().Changed("output") {
					return usagef("", "--explain prints text; JSON (-o json) has the reason, the sources and the confidence without it")
				}
				return a.explainActions(keys)
			}
			return a.actions(keys, form)
		},
	}
	c.Flags().StringVar(&input, "input", "", "read events from a `file` of lines; - is standard input")
	c.Flags().BoolVar(&explain, "explain", false, "say in words where each answer comes from and how sure it is")
	outputFlag(c, &form)
	return c
}

// eventKeys are the events that were asked for.
func (a *app) eventKeys(args []string, input string) ([]eventKey, error) {
	switch {
	case input != "" && len(args) > 0:
		return nil, usagef("", "give one event as arguments or many with --input, not both")
	case input == "-":
		return readKeys(a.in, "standard input")
	case input != "":
		f, err := os.Open(input)
		if err != nil {
			return nil, fmt.Errorf("--input: %w", err)
		}
		defer f.Close()
		return readKeys(f, input)
	case len(args) < 2:
		return nil, usagef("leasttrail actions s3.amazonaws.com ListBuckets", "an event is its source and its name")
	}
	return []eventKey{makeKey(args)}, nil
}

func makeKey(parts []string) eventKey {
	k := eventKey{source: parts[0], name: parts[1], kind: "AwsApiCall"}
	if len(parts) > 2 && parts[2] != "" {
		k.kind = parts[2]
	}
	return k
}

func readKeys(r io.Reader, name string) ([]eventKey, error) {
	var keys []eventKey
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), "\r")
		if strings.TrimSpace(text) == "" {
			continue
		}
		parts := strings.Split(text, "\t")
		if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
			return nil, &hintedError{fmt.Errorf("%s:%d: %q is not an event", name, n, text), "a line is eventSource, a tab, eventName and, if known, a tab and eventType"}
		}
		keys = append(keys, makeKey(parts))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return keys, nil
}

// actionWhen is one element of actions in JSON.
type actionWhen struct {
	Action     string `json:"action"`
	When       string `json:"when,omitempty"`
	Source     string `json:"source"`
	Confidence string `json:"confidence"`
}

func (a actionWhen) String() string {
	if a.When == "" {
		return a.Action
	}
	return a.Action + " (" + a.When + ")"
}

// actionList is a list of them; a table shows it with commas.
type actionList []actionWhen

func (l actionList) String() string {
	words := make([]string, len(l))
	for i, w := range l {
		words[i] = w.String()
	}
	return strings.Join(words, ", ")
}

func (a *app) actions(keys []eventKey, form string) error {
	ref, err := a.reference()
	if err != nil {
		return err
	}
	columns := []outColumn{{key: "eventSource", title: "event source"}, {key: "eventName", title: "event"}, {key: "status", title: "status"}, {key: "actions", title: "actions"}}
	if form == formJSON || form == formNDJSON {
		columns = append(columns, outColumn{key: "reason"}, outColumn{key: "source"})
	}
	rows := make([]outRow, len(keys))
	for i, k := range keys {
		answer := ref.Lookup(k.source, k.name, k.kind)
		list := make(actionList, len(answer.Actions))
		for j, w := range answer.Actions {
			list[j] = actionWhen(w)
		}
		rows[i] = outRow{k.source, k.name, answer.Status.String(), list, answer.Reason, answer.Source}[:len(columns)]
		if len(keys) == 1 && answer.Status != authz.Mapped && answer.Reason != "" {
			a.note("%s", answer.Reason)
		}
	}
	return writeRows(a.out, form, columns, rows)
}

// explainActions prints a paragraph for each event.
func (a *app) explainActions(keys []eventKey) error {
	ref, err := a.reference()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for i, k := range keys {
		if i > 0 {
			b.WriteByte('\n')
		}
		answer := ref.Lookup(k.source, k.name, k.kind)
		fmt.Fprintf(&b, "%s %s: %s\n", k.source, k.name, answer.Status)
		if answer.Reason != "" {
			fmt.Fprintf(&b, "  why: %s\n", answer.Reason)
		}
		if answer.Source != "" && answer.Status != authz.Mapped {
			fmt.Fprintf(&b, "  source: %s\n", answer.Source)
		}
		for _, w := range answer.Actions {
			explainAction(&b, w)
		}
		if also := authz.MayNeedToo(answer); len(also) > 0 {
			fmt.Fprintf(&b, "  may need too, by the parameters or by what the service does (mostly with events of their own): %s\n", strings.Join(also, ", "))
		}
	}
	_, err = a.out.Write(b.Bytes())
	return err
}

// explainAction prints one action with its condition, types, source and confidence.
func explainAction(b *bytes.Buffer, w authz.ActionWhen) {
	fmt.Fprintf(b, "  %s\n", w.Action)
	when := "always"
	if w.When != "" {
		when = w.When
	}
	fmt.Fprintf(b, "    when: %s\n", when)
	var types []string
	for _, t := range authz.ResourceTypes(w.Action) {
		name := t.Name
		if t.Required {
			name += " (required)"
		}
		types = append(types, name)
	}
	if len(types) == 0 {
		types = []string{"none: only *"}
	}
	fmt.Fprintf(b, "    resource types: %s\n    confidence: %s\n    source: %s\n", strings.Join(types, ", "), w.Confidence, w.Source)
}
