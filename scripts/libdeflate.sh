#!/bin/sh
# Tells whether this build inflates with libdeflate, and installs Debian's package
# where that is possible without asking. The build works without it.
have() { pkg-config --exists libdeflate 2>/dev/null && test -f "$(${CC:-cc} -print-file-name=libdeflate.a)"; }

have && { echo "libdeflate: found"; exit 0; }
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "libdeflate: installing libdeflate-dev"
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq pkg-config libdeflate-dev; } >/dev/null 2>&1
	have && { echo "libdeflate: found"; exit 0; }
fi
echo "libdeflate: not found, files are inflated as streams and more slowly (Debian: apt-get install libdeflate-dev)"
