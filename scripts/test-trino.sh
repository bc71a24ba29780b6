#!/usr/bin/env bash
# Runs the differential tests on a real Trino: fetches its server once with Maven
# into the cache, starts one node with the hive connector on a folder of its own,
# runs the tests, and stops it. Where there is no fitting Java, or the server
# cannot be had, it says SKIPPED in a line of its own and is not an error.
#
# LEASTTRAIL_TRINO_SEEDS  seeds of the query generator, with blanks between
# LEASTTRAIL_TRINO_COUNT  queries for each seed
set -euo pipefail
cd "$(dirname "$0")/.."

version=476 # the newest that Maven serves; it wants Java 24 or newer
java_least=24
sha1=c9b38be4017ebd2f7095455aaac772fb40247ebe
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leasttrail
home=$cache/trino-$version

skip() {
	echo "SKIPPED: test-trino ($*)"
	exit 0
}

# java_version prints the feature version of a java binary, 0 if it is none.
java_version() {
	local v
	v=$("$1" -version 2>&1 | sed -nE '1s/.*version "([0-9]+).*/\1/p') || true
	echo "${v:-0}"
}

find_java() {
	local j
	for j in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} "$(command -v java || true)" /usr/lib/jvm/*/bin/java /Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java; do
		if [[ -x $j ]] && (($(java_version "$j") >= java_least)); then
			echo "$j"
			return
		fi
	done
}

# fetch takes of the server what one node with the hive connector needs.
fetch() {
	command -v mvn >/dev/null 2>&1 || skip "Trino not available: there is no mvn to fetch it with"
	tmp=$cache/fetch.$$
	trap 'rm -rf "$tmp"' EXIT
	mkdir -p "$tmp"
	echo "test-trino: fetching io.trino:trino-server:$version (800 MB, once)"
	if ! timeout 900 mvn -q -B dependency:copy -Dmaven.repo.local="$tmp/m2" -DoutputDirectory="$tmp" \
		-Dartifact="io.trino:trino-server:$version:tar.gz" >"$tmp/log" 2>&1; then
		skip "Trino not available: Maven could not fetch it: $(sed -nE 's/^\[ERROR\] (.*)/\1/p' "$tmp/log" | head -1 | cut -c1-200)"
	fi
	local tar=$tmp/trino-server-$version.tar.gz
	echo "$sha1  $tar" | sha1sum -c --quiet - || {
		echo "test-trino: $tar is not what it was when this script was written" >&2
		exit 1
	}
	tar -C "$tmp" -xzf "$tar" # all of it: its plugins share files
	rm -rf "$home"
	mkdir -p "$tmp/home/plugin"
	mv "$tmp/trino-server-$version/"{lib,NOTICE} "$tmp/home/"
	mv "$tmp/trino-server-$version/plugin/hive" "$tmp/home/plugin/"
	mv "$tmp/home" "$home"
	rm -rf "$tmp"
	trap - EXIT
}

# free_port prints a loopback port that nobody listens on.
free_port() {
	local port
	for _ in $(seq 50); do
		port=$((20000 + RANDOM % 20000))
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
	echo "test-trino: no free port" >&2
	exit 1
}

configure() {
	mkdir -p "$run/etc/catalog" "$run/data" "$run/warehouse" "$run/tables"
	cat >"$run/etc/config.properties" <<-END
		coordinator=true
		node-scheduler.include-coordinator=true
		http-server.http.port=$port
		discovery.uri=http://127.0.0.1:$port
		query.max-memory=600MB
		query.max-memory-per-node=500MB
		query.min-expire-age=10s
		query.max-history=50
	END
	echo 'io.trino=WARN' >"$run/etc/log.properties"
	cat >"$run/etc/catalog/hive.properties" <<-END
		connector.name=hive
		hive.metastore=file
		hive.metastore.catalog.dir=file://$run/warehouse
		fs.hadoop.enabled=true
		hive.non-managed-table-writes-enabled=true
	END
}

start() {
	(cd "$run" && exec "$java" -server -Xmx2G -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -Dfile.encoding=UTF-8 \
		-Djdk.attach.allowAttachSelf=true -XX:+EnableDynamicAgentLoading --enable-native-access=ALL-UNNAMED \
		--sun-misc-unsafe-memory-access=allow -Dnode.environment=test -Dnode.id=test -Dnode.data-dir="$run/data" \
		-Dnode.internal-address=127.0.0.1 -Dnode.bind-ip=127.0.0.1 -Dplugin.dir="$home/plugin" \
		-Dcatalog.config-dir="$run/etc/catalog" -Dconfig="$run/etc/config.properties" -Dlog.levels-file="$run/etc/log.properties" \
		-cp "$home/lib/*" io.trino.server.TrinoServer) >"$run/log" 2>&1 &
	pid=$!
	for _ in $(seq 180); do
		kill -0 "$pid" 2>/dev/null || break
		if curl -fs "http://127.0.0.1:$port/v1/info" 2>/dev/null | grep -q '"starting":false'; then
			return
		fi
		sleep 1
	done
	grep -vE 'Bootstrap|WARNING' "$run/log" | tail -40 | cut -c1-300 >&2 || true
	echo "test-trino: Trino did not start" >&2
	exit 1
}

stop() {
	if [[ -n $pid ]]; then
		kill "$pid" 2>/dev/null || true
		for _ in $(seq 20); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.5
		done
		kill -9 "$pid" 2>/dev/null || true
	fi
	rm -rf "$run"
}

java=$(find_java)
[[ -n $java ]] || skip "no Java $java_least or newer"
command -v curl >/dev/null 2>&1 || skip "Trino not available: there is no curl to ask it whether it is up"
[[ -d $home/lib ]] || fetch
pid=
run=$(mktemp -d)
trap stop EXIT
port=$(free_port)
configure
start
echo "test-trino: Trino $version on port $port"
LEASTTRAIL_TRINO=http://test@127.0.0.1:$port LEASTTRAIL_TRINO_TABLES=$run/tables \
	"${GO:-go}" test -count=1 -timeout 20m "$@" ./internal/engine/trino
