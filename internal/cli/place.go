package cli

import (
	"regexp"
	"strings"

	"github.com/leasttrail/leasttrail/internal/catalog"
)

var (
	orgID      = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	accountID  = regexp.MustCompile(`^\d{12}$`)
	regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`)
	tableName  = regexp.MustCompile(`^([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$`)
)

// placeForms is what the location of each form of DDL looks like: a pattern of
// what follows AWSLogs/, and an example.
var placeForms = map[catalog.Form]struct {
	parts   []*regexp.Regexp
	example string
}{
	catalog.FormProjection: {
		[]*regexp.Regexp{accountID, regexp.MustCompile(`^CloudTrail$`), regionName},
		"s3://BUCKET/[PREFIX/]AWSLogs/[ORGANIZATION/]ACCOUNT/CloudTrail/REGION/",
	},
	catalog.FormConsole: {
		[]*regexp.Regexp{accountID, regexp.MustCompile(`^CloudTrail$`)},
		"s3://BUCKET/[PREFIX/]AWSLogs/ACCOUNT/CloudTrail/",
	},
	catalog.FormOrganization: {
		nil,
		"s3://BUCKET/[PREFIX/]AWSLogs/[ORGANIZATION/]",
	},
}

// checkPlace says whether a trail's location fits the form of DDL: a table over
// another folder would be made without complaint, and find nothing.
func checkPlace(form catalog.Form, location string) error {
	want, ok := placeForms[form]
	if !ok {
		return usagef("the forms are projection, console, organization", "--form %s is unknown", form)
	}
	wrong := usagef("for this form: "+want.example, "--location %q does not fit --form %s", location, form)
	rest, ok := strings.CutPrefix(location, "s3://")
	if !ok || strings.ContainsAny(rest, "'\"\n\r ") {
		return wrong
	}
	_, after, ok := strings.Cut("/"+strings.Trim(rest, "/")+"/", "/AWSLogs/")
	if !ok || strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "AWSLogs/") {
		return wrong
	}
	parts := strings.FieldsFunc(after, func(r rune) bool { return r == '/' })
	if len(parts) > 0 && orgID.MatchString(parts[0]) && form != catalog.FormConsole {
		parts = parts[1:]
	}
	if len(parts) != len(want.parts) {
		return wrong
	}
	for i, re := range want.parts {
		if !re.MatchString(parts[i]) {
			return wrong
		}
	}
	return nil
}

// checkNames checks the names that go into a statement.
func checkNames(name string, accounts, regions []string) error {
	if name != "" && !tableName.MatchString(name) {
		return usagef("lower-case letters, digits and _, with the database before a dot if need be", "--name %q is not a table's name", name)
	}
	for _, a := range accounts {
		if !accountID.MatchString(a) {
			return usagef("an account id has twelve digits", "%q is not an account id", a)
		}
	}
	for _, g := range regions {
		if !regionName.MatchString(g) {
			return usagef("for example us-east-1", "%q is not a region", g)
		}
	}
	return nil
}
