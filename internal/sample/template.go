package sample

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed events.txt
var eventsText string

// event is one API call (or service event) that the sample trail knows.
type event struct {
	service, name string
	readOnly      bool
	data          bool // a data event
	global        bool // logged in us-east-1 only
	eventType     string

	request, response, additional, resources template
	errors                                   []apiError
	denial                                   denial
}

// apiError is an error that a call meets now and then: its code, and its message
// as JSON string content.
type apiError struct {
	code    string
	message template
}

// denial is how the refusal of a call names the action and the resource. An
// empty action means that the trail never shows this call refused; the resource
// "-" is EC2's way, which hides it in an encoded message.
type denial struct {
	action   string
	resource template
}

// template is text with variables, compiled.
type template []piece

// piece is a literal text, or a variable when text is empty.
type piece struct {
	text  string
	which variable
}

// loadEvents reads events.txt. An error is a mistake in that file.
func loadEvents() (map[string]*event, error) {
	events := map[string]*event{}
	var e *event
	for i, line := range strings.Split(eventsText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		key, rest, _ := strings.Cut(line, " ")
		var err error
		if key == "@" {
			e, err = parseHead(rest)
			if err == nil {
				events[e.service+"."+e.name] = e
			}
		} else {
			err = e.parseLine(key, rest)
		}
		if err != nil {
			return nil, fmt.Errorf("events.txt:%d: %w", i+1, err)
		}
	}
	return events, nil
}

func parseHead(text string) (*event, error) {
	words := strings.Fields(text)
	if len(words) < 2 || len(words) > 3 {
		return nil, fmt.Errorf("want a service, a name and flags, found %q", text)
	}
	e := &event{service: words[0], name: words[1], eventType: "AwsApiCall"}
	if len(words) == 3 {
		for _, flag := range words[2] {
			switch flag {
			case 'r':
				e.readOnly = true
			case 'd':
				e.data = true
			case 'g':
				e.global = true
			case 'v':
				e.eventType = "AwsServiceEvent"
			case 'c':
				e.eventType = "AwsConsoleSignIn"
			default:
				return nil, fmt.Errorf("unknown flag %q", flag)
			}
		}
	}
	return e, nil
}

func (e *event) parseLine(key, rest string) (err error) {
	if e == nil {
		return fmt.Errorf("a line before the first event")
	}
	switch key {
	case "q":
		e.request, err = compileJSON(rest)
	case "s":
		e.response, err = compileJSON(rest)
	case "x":
		e.additional, err = compileJSON(rest)
	case "z":
		e.resources, err = compileJSON(rest)
	case "e":
		code, message, _ := strings.Cut(rest, " ")
		var t template
		t, err = compileText(message)
		e.errors = append(e.errors, apiError{code, t})
	case "n":
		action, resource, _ := strings.Cut(rest, " ")
		var t template
		t, err = compileText(resource)
		e.denial = denial{action, t}
	default:
		err = fmt.Errorf("unknown line %q", key)
	}
	return err
}

// compileText compiles plain text into the inside of a JSON string.
func compileText(text string) (template, error) {
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return compile(string(quoted[1 : len(quoted)-1]))
}

// compileJSON compiles a JSON text; the variables' values go in as they are.
func compileJSON(text string) (template, error) {
	t, err := compile(text)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, p := range t {
		if p.text == "" {
			b = append(b, '1') // a number fits outside and inside a string
		}
		b = append(b, p.text...)
	}
	if !json.Valid(b) {
		return nil, fmt.Errorf("not JSON: %s", b)
	}
	return t, nil
}

func compile(text string) (template, error) {
	var t template
	for text != "" {
		at := strings.IndexByte(text, '$')
		if at < 0 {
			return append(t, piece{text: text}), nil
		}
		if at > 0 {
			t = append(t, piece{text: text[:at]})
		}
		text = text[at+1:]
		if strings.HasPrefix(text, "$") {
			t, text = append(t, piece{text: "$"}), text[1:]
			continue
		}
		n := 0
		for n < len(text) && isNameByte(text[n]) {
			n++
		}
		v, ok := variableNames[text[:n]]
		if !ok {
			return nil, fmt.Errorf("unknown variable $%s", text[:n])
		}
		t, text = append(t, piece{which: v}), text[n:]
	}
	return t, nil
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
