#!/bin/sh
# The main job on the bundled sample trail, with nothing kept between runs.
# usage: demo.sh LEASTTRAIL
set -eu
leasttrail=$1
trail=$(dirname "$0")/trail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

step() {
	printf '\n$ leasttrail'
	printf ' %s' "$@"
	printf '\n'
	"$leasttrail" --home "$home" "$@" 2>&1
}

echo 'A week of a small company, in two accounts. Who is in these logs?'
step principals --logs "$trail"

echo
echo 'What did alice call?'
step calls --user alice --logs "$trail"

echo
echo 'The same asked in Athena SQL: what was she refused?'
step query --logs "$trail" "SELECT eventsource, eventname, count(*) AS times FROM cloudtrail_logs WHERE useridentity.username = 'alice' AND errorcode LIKE '%Denied%' GROUP BY 1, 2 ORDER BY 3 DESC, 2"

echo
echo 'The least that she needs: the policy, and below it the report.'
step policy --user alice --logs "$trail"
