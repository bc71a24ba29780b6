package blindspot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Trail is what a trail records.
// Source: AWS CloudTrail API Reference, GetEventSelectors, EventSelector,
// AdvancedEventSelector, AdvancedFieldSelector.
type Trail struct {
	Name string // from its ARN
	// management and data are the selectors, an event that any of them takes is
	// recorded.
	management []managementSelector
	data       []dataSelector
	network    bool
}

// managementSelector takes management events: reading ones, writing ones, but
// those of some sources and, with limited, of some callers or kinds only.
type managementSelector struct {
	reads, writes bool
	excluded      []string
	limited       []string // fields that limit it in other ways
}

// dataSelector takes data events of a type of resource.
type dataSelector struct {
	resourceType  string
	reads, writes bool
	limits        []string // conditions, in words
}

// fieldSelector is one condition of an advanced event selector.
type fieldSelector struct {
	Field                                                               string
	Equals, StartsWith, EndsWith, NotEquals, NotStartsWith, NotEndsWith []string
}

// ParseTrail reads the output of aws cloudtrail get-event-selectors.
func ParseTrail(data []byte) (*Trail, error) {
	var in struct {
		TrailARN       string
		EventSelectors []struct {
			ReadWriteType           string
			IncludeManagementEvents *bool
			DataResources           []struct {
				Type   string
				Values []string
			}
			ExcludeManagementEventSources []string
		}
		AdvancedEventSelectors []struct {
			Name           string
			FieldSelectors []fieldSelector
		}
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("it is not the JSON of get-event-selectors: %w", err)
	}
	if in.EventSelectors == nil && in.AdvancedEventSelectors == nil {
		return nil, fmt.Errorf("it has neither EventSelectors nor AdvancedEventSelectors: it is not the output of get-event-selectors")
	}
	t := &Trail{Name: in.TrailARN[strings.LastIndexByte(in.TrailARN, '/')+1:]}
	for i, s := range in.EventSelectors {
		reads, writes, err := readWrite(s.ReadWriteType)
		if err != nil {
			return nil, fmt.Errorf("EventSelectors[%d]: %w", i, err)
		}
		if s.IncludeManagementEvents == nil || *s.IncludeManagementEvents {
			t.management = append(t.management, managementSelector{reads: reads, writes: writes, excluded: s.ExcludeManagementEventSources})
		}
		for _, d := range s.DataResources {
			t.data = append(t.data, dataSelector{resourceType: d.Type, reads: reads, writes: writes, limits: basicLimits(d.Type, d.Values)})
		}
	}
	for i, s := range in.AdvancedEventSelectors {
		if err := t.advanced(s.FieldSelectors); err != nil {
			return nil, fmt.Errorf("AdvancedEventSelectors[%d] (%s): %w", i, s.Name, err)
		}
	}
	return t, nil
}

func readWrite(text string) (reads, writes bool, err error) {
	switch text {
	case "All", "":
		return true, true, nil
	case "ReadOnly":
		return true, false, nil
	case "WriteOnly":
		return false, true, nil
	}
	return false, false, fmt.Errorf("ReadWriteType %q is none of All, ReadOnly, WriteOnly", text)
}

// everything are the values of a basic selector that mean all resources.
var everything = map[string][]string{
	"AWS::S3::Object":       {"arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::*"},
	"AWS::Lambda::Function": {"arn:aws:lambda"},
	"AWS::DynamoDB::Table":  {"arn:aws:dynamodb"},
}

func basicLimits(resourceType string, values []string) []string {
	for _, v := range values {
		parts := strings.SplitN(v, ":", 3)
		if len(parts) == 3 {
			v = "arn:aws:" + parts[2] // any partition
		}
		if slices.Contains(everything[resourceType], v) {
			return nil
		}
	}
	return []string{"only of " + few(values)}
}

// advanced reads an advanced event selector: all its conditions must hold.
func (t *Trail) advanced(fields []fieldSelector) error {
	var category, resourceType string
	reads, writes := true, true
	var excluded, limits []string
	for _, f := range fields {
		switch f.Field {
		case "eventCategory":
			category = first(f.Equals)
		case "readOnly":
			switch first(f.Equals) {
			case "true":
				writes = false
			case "false":
				reads = false
			default:
				return fmt.Errorf("readOnly takes Equals true or false")
			}
		case "resources.type":
			resourceType = first(f.Equals)
		case "":
			return fmt.Errorf("a field selector has no Field")
		case "eventSource":
			excluded = append(excluded, f.NotEquals...)
			if rest := (fieldSelector{Field: f.Field, Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith}); rest.text() != "" {
				limits = append(limits, rest.text())
			}
		default:
			limits = append(limits, f.text())
		}
	}
	switch category {
	case "Management":
		t.management = append(t.management, managementSelector{reads, writes, excluded, limits})
	case "Data":
		if resourceType == "" {
			return fmt.Errorf("a selector of data events names no resources.type")
		}
		t.data = append(t.data, dataSelector{resourceType, reads, writes, limits})
	case "NetworkActivity":
		t.network = true
	case "":
		return fmt.Errorf("no eventCategory is given")
	}
	return nil
}

// text is the condition in words.
func (f *fieldSelector) text() string {
	var parts []string
	for _, p := range []struct {
		how    string
		values []string
	}{
		{"is", f.Equals}, {"begins with", f.StartsWith}, {"ends with", f.EndsWith},
		{"is not", f.NotEquals}, {"does not begin with", f.NotStartsWith}, {"does not end with", f.NotEndsWith},
	} {
		if len(p.values) > 0 {
			parts = append(parts, p.how+" "+few(p.values))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "only where " + f.Field + " " + strings.Join(parts, " and ")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func few(list []string) string {
	const most = 4
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

// prefixes of the sources that management events can be left out of.
// Source: AWS CloudTrail User Guide, "Logging management events".
var excludable = map[string]string{"kms.amazonaws.com": "kms", "rdsdata.amazonaws.com": "rds-data"}

// trails tells what the trails do not record.
func (f *finder) trails() {
	f.managementEvents()
	for _, d := range dataEvents() {
		if f.untouched(d.prefix) {
			continue
		}
		if d.main || f.in.Used[d.prefix] > 0 || f.touched(d.prefix) {
			f.dataEvents(d)
		}
	}
	if !slices.ContainsFunc(f.in.Trails, func(t *Trail) bool { return t.network }) {
		f.add(Info, "", "The trail does not record network activity events (calls refused by a VPC endpoint's policy).", "")
	}
}

func (f *finder) touched(prefix string) bool {
	return f.in.Accessed != nil && !f.in.Accessed.Services[prefix].Last.IsZero()
}

// managementEvents tells which of them no trail records.
func (f *finder) managementEvents() {
	var reads, writes bool
	var limited []string
	excluded := map[string]int{}
	selectors := 0
	for _, t := range f.in.Trails {
		for _, m := range t.management {
			if len(m.limited) > 0 {
				limited = append(limited, m.limited...)
				continue
			}
			selectors++
			reads, writes = reads || m.reads, writes || m.writes
			for _, source := range m.excluded {
				excluded[source]++
			}
		}
	}
	turnOn := "Record all management events in the trail, and collect anew."
	switch {
	case !reads && !writes && len(limited) == 0:
		f.add(Red, "", "The trail records no management events: nearly all calls are missing from these logs.", turnOn)
	case !reads && !writes:
		f.add(Red, "", "The trail records management events in part: "+strings.Join(limited, "; ")+".", turnOn)
	case !reads:
		f.add(Red, "", "The trail records only writing management events: calls that read (Describe…, Get…, List…) are missing, and the policy allows none of them.", turnOn)
	case !writes:
		f.add(Red, "", "The trail records only reading management events: calls that change anything are missing, and the policy allows none of them.", turnOn)
	}
	for _, source := range []string{"kms.amazonaws.com", "rdsdata.amazonaws.com"} {
		if selectors > 0 && excluded[source] == selectors && !f.untouched(excludable[source]) {
			level := Amber
			if f.touched(excludable[source]) {
				level = Red
			}
			f.add(level, excludable[source], "The trail leaves out the management events of "+source+": calls to it are missing, and the policy allows none of them.",
				"Take the exclusion out of the trail and collect anew, or add the actions by hand.")
		}
	}
}

// dataEvents tells whether a kind of data event is recorded whole.
func (f *finder) dataEvents(d dataEvent) {
	var reads, writes bool
	var limits []string
	for _, t := range f.in.Trails {
		for _, s := range t.data {
			if s.resourceType != d.resourceType {
				continue
			}
			if len(s.limits) > 0 {
				limits = append(limits, strings.Join(s.limits, ", "))
				continue
			}
			reads, writes = reads || s.reads, writes || s.writes
		}
	}
	level := Amber
	if f.touched(d.prefix) && f.in.Used[d.prefix] == 0 {
		level = Red
	}
	byHand := " on in the trail and collect anew, or add those actions by hand."
	switch {
	case reads && writes:
	case reads:
		f.add(level, d.prefix, "Of "+d.what+" the trail records only what reads.", "Turn writing data events of "+d.resourceType+byHand)
	case writes:
		f.add(level, d.prefix, "Of "+d.what+" the trail records only what writes.", "Turn reading data events of "+d.resourceType+byHand)
	case len(limits) > 0:
		f.add(level, d.prefix, "The trail records "+d.what+" in part: "+strings.Join(limits, "; ")+".",
			"If the principal uses others, turn data events of "+d.resourceType+byHand)
	case level == Red: // told already, with the same advice
	default:
		f.add(level, d.prefix, "The trail does not record "+d.what+", and the policy allows none of it.", "Turn data events of "+d.resourceType+byHand)
	}
}
