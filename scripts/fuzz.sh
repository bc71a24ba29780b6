#!/bin/sh
# Runs every fuzz target of every package for FUZZTIME each; with the argument
# "soak" round and round until SOAKTIME is over. Finding no target is an error. TAGS are
# the build tags.
set -eu
go=${GO:-go}
fuzztime=${FUZZTIME:-20s}

seconds() {
	case $1 in
	*h) echo $((${1%h} * 3600)) ;;
	*m) echo $((${1%m} * 60)) ;;
	*s) echo "${1%s}" ;;
	*) echo "$1" ;;
	esac
}

targets=$(grep -rEo '^func Fuzz[A-Za-z0-9_]+\(' --include='*_test.go' cmd internal | sed -E 's/^(.*)\/[^/]+:func (Fuzz[A-Za-z0-9_]+)\($/\1 \2/' | sort -u)
if [ -z "$targets" ]; then
	echo 'there is no fuzz target' >&2
	exit 1
fi

round() {
	echo "$targets" | while read -r pkg name; do
		echo "== $pkg $name ($fuzztime)"
		"$go" test -tags "${TAGS:-}" "./$pkg" -run '^$' -fuzz "^$name\$" -fuzztime "$fuzztime" -fuzzminimizetime 5s
	done
}

if [ "${1:-}" != soak ]; then
	round
	exit 0
fi
end=$(($(date +%s) + $(seconds "${SOAKTIME:-10m}")))
while [ "$(date +%s)" -lt "$end" ]; do
	round
done
