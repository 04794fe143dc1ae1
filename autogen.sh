#!/bin/sh
# Makes configure and Makefile.in from configure.ac and Makefile.am.
set -eu
cd "$(dirname "$0")"

for tool in autoconf:autoconf automake:automake pkg-config:pkg-config; do
    if ! command -v "${tool%%:*}" >/dev/null 2>&1; then
        echo "autogen.sh: ${tool%%:*} is missing: apt-get install ${tool##*:}" >&2
        exit 1
    fi
done

mkdir -p build-aux
exec autoreconf --install --warnings=all,no-obsolete
