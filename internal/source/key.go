package source

import (
	"strings"
	"time"
)

// Key is what the path of a delivered log file says about its records.
type Key struct {
	Account, Region string
	// Org is the organization id (o-…) when the path has one.
	Org string
	// Kind is the folder below the account: CloudTrail, CloudTrail-Digest,
	// CloudTrail-Insight, CloudTrail-NetworkActivity, CloudTrail-Aggregated
	// or CloudTrail-Lake; "" when the path does not say.
	Kind string
	// Year, Month and Day are the folders' text (2024, 01, 31), the day of
	// delivery and not of the events: an event of 23:58 may lie in the next
	// day's folder.
	Year, Month, Day string
	// Delivered is the time in the file name, UTC; zero if it has none.
	Delivered time.Time
}

// ParseKey reads the layout out of a path; false if there is none of it. The
// layout may begin anywhere in the path, and may be cut off at its front, as
// in a local copy of one region or day:
//
//	[prefix/]AWSLogs/[o-ORG/]ACCOUNT/KIND/REGION/YYYY/MM/DD/ACCOUNT_KIND_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz
//
// Folders count before the file name. Source: CloudTrail user guide, "Finding
// your CloudTrail log files" and "CloudTrail digest file structure".
func ParseKey(key string) (Key, bool) {
	var k Key
	dirs := strings.Split(strings.ReplaceAll(key, `\`, "/"), "/")
	base := dirs[len(dirs)-1]
	dirs = dirs[:len(dirs)-1]
	at := kindFolder(dirs)
	if at >= 0 {
		k.Kind = dirs[at]
		k.folders(dirs[at+1:])
		k.owner(dirs[:at])
	} else {
		k.loose(dirs)
	}
	k.file(base)
	return k, k.Account != "" || k.Region != "" || k.Year != ""
}

// kindFolder is the index of the last CloudTrail… folder; -1 if there is none.
func kindFolder(dirs []string) int {
	for i := len(dirs) - 1; i >= 0; i-- {
		if isKind(dirs[i]) {
			return i
		}
	}
	return -1
}

func isKind(s string) bool {
	switch s {
	case "CloudTrail", "CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated", "CloudTrail-Lake":
		return true
	}
	return false
}

// folders reads what follows the kind: REGION/YYYY/MM/DD, or Query/YYYY/MM/DD
// of saved Lake results. The day may be cut off, as in a listing of folders.
func (k *Key) folders(d []string) {
	if len(d) == 0 {
		return
	}
	if isRegion(d[0]) {
		k.Region = d[0]
	} else if k.Kind != "CloudTrail-Lake" {
		return
	}
	k.day(d[1:])
}

// day reads as much of YYYY/MM/DD as there is.
func (k *Key) day(d []string) {
	if len(d) > 0 && isYear(d[0]) {
		k.Year = d[0]
		if len(d) > 1 && isTwo(d[1], 12) {
			k.Month = d[1]
			if len(d) > 2 && isTwo(d[2], 31) {
				k.Day = d[2]
			}
		}
	}
}

// owner reads what stands before the kind: …/[o-ORG/]ACCOUNT.
func (k *Key) owner(d []string) {
	if n := len(d); n > 0 && isAccount(d[n-1]) {
		k.Account = d[n-1]
		if n > 1 && isOrg(d[n-2]) {
			k.Org = d[n-2]
		}
	}
}

// loose reads a path whose front was cut off after the kind:
// [ACCOUNT/…]REGION/YYYY/MM/DD or YYYY/MM/DD.
func (k *Key) loose(d []string) {
	for i := range d {
		if i+2 < len(d) && isYear(d[i]) && isTwo(d[i+1], 12) && isTwo(d[i+2], 31) {
			k.day(d[i:])
			if i > 0 && isRegion(d[i-1]) {
				k.Region = d[i-1]
			}
		}
		if isAccount(d[i]) {
			k.owner(d[:i+1])
		}
	}
}

// file reads ACCOUNT_KIND_REGION_…TIMESTAMPZ… and fills what the folders left
// open. A digest's name has the trail's name, which may hold "_", before the
// time, so that the time is searched from the end.
func (k *Key) file(base string) {
	stem, _, _ := strings.Cut(base, ".")
	parts := strings.Split(stem, "_")
	if len(parts) < 4 || !isAccount(parts[0]) || !isKind(parts[1]) || !isRegion(parts[2]) {
		return
	}
	for i := len(parts) - 1; i > 2; i-- {
		if t, ok := stamp(parts[i]); ok {
			k.Delivered = t
			break
		}
	}
	fill(&k.Account, parts[0])
	fill(&k.Kind, parts[1])
	fill(&k.Region, parts[2])
	if k.Year == "" && !k.Delivered.IsZero() {
		k.Year, k.Month, k.Day = k.Delivered.Format("2006"), k.Delivered.Format("01"), k.Delivered.Format("02")
	}
}

func fill(to *string, with string) {
	if *to == "" {
		*to = with
	}
}

// stamp reads the two forms of time in file names: minutes in log files,
// seconds in digests.
func stamp(s string) (time.Time, bool) {
	for _, form := range []string{"20060102T1504Z", "20060102T150405Z"} {
		if t, err := time.Parse(form, s); err == nil && len(s) == len(form) {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func isAccount(s string) bool { return len(s) == 12 && digits(s) }

func isYear(s string) bool { return len(s) == 4 && digits(s) && (s[0] == '2' || s[0] == '1') }

// isTwo says whether s is a two-digit number from 01 to most.
func isTwo(s string, most int) bool {
	if len(s) != 2 || !digits(s) {
		return false
	}
	n := int(s[0]-'0')*10 + int(s[1]-'0')
	return n >= 1 && n <= most
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isOrg knows an organization id: o- and 10 to 32 lower-case letters or
// digits (AWS Organizations API reference, Organization.Id); test data has
// shorter ones, so that the length is not checked.
func isOrg(s string) bool {
	if len(s) < 3 || s[:2] != "o-" {
		return false
	}
	for i := 2; i < len(s); i++ {
		if (s[i] < 'a' || s[i] > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// isRegion knows the form of a region's name: us-east-1, us-gov-west-1,
// ap-southeast-2. New regions need no list.
func isRegion(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(parts) > 5 || len(parts[0]) < 2 {
		return false
	}
	last := parts[len(parts)-1]
	if len(last) > 2 || !digits(last) {
		return false
	}
	for _, p := range parts[:len(parts)-1] {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return true
}
