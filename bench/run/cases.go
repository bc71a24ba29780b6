package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

// benchCase is one process that is measured.
type benchCase struct {
	name    string
	command []string
	rounds  int // 0: all of them
	runs    int // in a row in each round, of which the median counts; 0: one
	before  func() error
}

const (
	limit = "L: read and inflate, nothing else"
	start = "start: query \"SELECT 1\""
	help  = "start: --help"
	again = "the same, after another policy"

	repeats = 21
	warmJ1  = "warm J1, 0.1 %"
	warmJ1s = "the same, 21 times in one process"

	jsonAll1, jsonAll2 = "DuckDB read_json, the table's columns, J1", "DuckDB read_json, the table's columns, J2"
	jsonFew1, jsonFew2 = "DuckDB read_json, six columns, J1", "DuckDB read_json, six columns, J2"
)

// The questions: J1 is the distinct calls of one user, J2 groups everything and
// looks into a JSON column.
const (
	j1   = "SELECT DISTINCT eventtype, eventsource, eventname FROM cloudtrail_logs WHERE useridentity.username = '"
	full = "SELECT count(*) FROM (SELECT DISTINCT eventtype, eventsource, eventname FROM cloudtrail_logs)"
	j2   = "SELECT eventsource, errorcode, count(*), count(json_extract_scalar(requestparameters, '$.bucketName')) FROM cloudtrail_logs GROUP BY 1, 2"

	// The same for DuckDB's reader, whose rows are called r.
	peerJ1 = "SELECT DISTINCT r.eventType, r.eventSource, r.eventName FROM logs WHERE r.userIdentity.userName = 'user-001'"
	peerJ2 = "SELECT r.eventSource, r.errorCode, count(*), count(json_extract_string(r.requestParameters, '$.bucketName')) FROM logs GROUP BY 1, 2"
)

func (b *bench) cases() []benchCase {
	lt := b.leasttrail()
	home := func(name string, args ...string) []string {
		return append([]string{lt, "--quiet", "--home", filepath.Join(b.home, name)}, args...)
	}
	cold := func(dir, sql string) []string { return home("cold", "query", "--no-store", "--logs", dir, sql) }
	warm := func(sql string) []string { return home("warm", "query", "--logs", b.trail, sql) }
	readJSON := func(columns, sql string) []string {
		return []string{filepath.Join(b.bin, "readjson"), columns, b.trail, sql}
	}
	cases := []benchCase{
		{name: limit, command: []string{filepath.Join(b.bin, "limit"), b.trail}},
		{name: help, runs: 5, command: []string{lt, "--help"}},
		{name: start, runs: 5, command: home("cold", "query", "--no-store", "SELECT 1")},
		{name: "cold J1, 0.1 % of events", command: cold(b.trail, j1+"user-001'")},
		{name: "cold J1, 10 %", command: cold(b.trail, j1+"user-10'")},
		{name: "cold J1, 90 %", command: cold(b.mostly, j1+"user-90'")},
		{name: "L of the logs of J1, 90 %", command: []string{filepath.Join(b.bin, "limit"), b.mostly}},
		{name: "cold full scan, three columns", command: cold(b.trail, full)},
		{name: "cold J2", command: cold(b.trail, j2)},
		{name: "cold calls --user, 0.1 %", command: home("cold", "calls", "--no-store", "--user", "user-001", "--logs", b.trail)},
		{name: "cold policy --user, 0.1 %", command: home("cold", "policy", "--no-store", "--user", "user-001", "--logs", b.trail)},
		{name: "full scan, a tenth of the events", runs: 5, command: cold(b.small, full)},
		{name: "full scan, ten times the events", command: cold(b.large, full), rounds: b.slow},
		{name: "copying: full scan, keeping the copy", command: home("warm", "query", "--store", "always", "--logs", b.trail, full), rounds: max(1, b.slow), before: func() error {
			return os.RemoveAll(filepath.Join(b.home, "warm"))
		}},
		{name: warmJ1, command: warm(j1 + "user-001'")},
		{name: warmJ1s, command: home("warm", "query", "--logs", b.trail, "--file", b.questions)},
		{name: "warm full scan", command: warm(full)},
		{name: "warm J2", command: warm(j2)},
		{name: "warm policy --user, 0.1 %", command: home("warm", "policy", "--user", "user-001", "--logs", b.trail)},
		{name: again, command: home("warm", "policy", "--user", "user-001", "--logs", b.trail)},
		{name: jsonAll1, command: readJSON("all", peerJ1), rounds: b.slow},
		{name: jsonAll2, command: readJSON("all", peerJ2), rounds: b.slow},
		{name: jsonFew1, command: readJSON("few", peerJ1), rounds: b.slow},
		{name: jsonFew2, command: readJSON("few", peerJ2), rounds: b.slow},
	}
	// The slowest are run once; what is not installed is left out.
	if python, err := exec.LookPath("python3"); err == nil {
		cases = append(cases, benchCase{name: "Python, J1, one core", command: []string{python, "bench/peer.py", b.trail, "user-001"}, rounds: min(1, b.slow)})
	}
	if _, err := exec.LookPath("jq"); err == nil {
		cases = append(cases, benchCase{name: "zcat | jq, J1", rounds: min(1, b.slow), command: []string{"sh", "-c",
			`find "$0" -name '*.json.gz' -print0 | xargs -0 zcat | jq -r '.Records[] | select(.userIdentity.userName == "user-001") | [.eventType, .eventSource, .eventName] | @tsv' | sort -u`, b.trail}})
	}
	return cases
}
