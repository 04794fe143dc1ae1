#!/bin/sh
# Seeds one fault for each of the tools that guard the tree, and sees each of them found.
# srcdir and PYTHON3 come from the Makefile.
set -eu

tools=$(cd "${srcdir:?}/tools" && pwd)
python=${PYTHON3:-python3}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0
failed=0

# A tree of two rooms without a fault
make_tree() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/src/low" "$tree/src/high" "$tree/tests/unit/low"
    printf 'low:\nhigh: low\n' > "$tree/src/ROOMS"
    printf '#ifndef WEIR_LOW_A_H\n#define WEIR_LOW_A_H\n\nint a_get(void);\n\n#endif\n' > "$tree/src/low/a.h"
    printf '#include "low/a.h"\n\nint a_get(void)\n{\n    return 1;\n}\n' > "$tree/src/low/a.c"
    printf '#ifndef WEIR_HIGH_B_H\n#define WEIR_HIGH_B_H\n\nint b_get(void);\n\n#endif\n' > "$tree/src/high/b.h"
    printf '#include "high/b.h"\n\n#include "low/a.h"\n\nint b_get(void)\n{\n    return a_get();\n}\n' \
        > "$tree/src/high/b.c"
    cp "$srcdir/.clang-format" "$srcdir/.clang-tidy" "$tree"
}

verdict() {
    if [ "$1" = yes ]; then
        passed=$((passed + 1))
        echo "ok: $2"
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
        sed 's/^/    /' "$tree/said"
    fi
}

# passes WHAT COMMAND...: the command has nothing to say
passes() {
    what=$1
    shift
    if "$@" > "$tree/said" 2>&1; then verdict yes "$what"; else verdict no "$what"; fi
}

# finds WHAT PATTERN COMMAND...: the command fails and says the pattern
finds() {
    what=$1
    pattern=$2
    shift 2
    if "$@" > "$tree/said" 2>&1; then
        verdict no "$what: nothing found"
    elif grep -q -- "$pattern" "$tree/said"; then
        verdict yes "$what"
    else
        verdict no "$what: \"$pattern\" not said"
    fi
}

check_rooms() { "$python" "$tools/check-rooms" "$tree"; }
check_headers() { sh "$tools/check-headers" "$tree"; }
check_format() { sh "$tools/check-format" "$tree"; }
check_cppcheck() { (cd "$tree" && sh "$tools/check-cppcheck" "$tree"); }
check_tidy() {
    (cd "$tree" && "$python" "$tools/compile-commands" "$tree" -I"$tree/src" > db.json &&
        mv db.json compile_commands.json && "$python" "$tools/check-tidy" "$tree" compile_commands.json)
}

has() { command -v "$1" > /dev/null 2>&1 || { echo "passed over: $1 is not installed"; return 1; }; }

make_tree
passes "rooms: a clean tree" check_rooms
echo '#include "high/b.h"' >> "$tree/src/low/a.c"
finds "rooms: an arrow that goes up" 'src/low/a.c:7: low may not include high' check_rooms

make_tree
echo '#include "a.h"' >> "$tree/src/low/a.c"
finds "rooms: an include without a room" 'src/low/a.c:7: "a.h" does not name a room' check_rooms

make_tree
mkdir "$tree/src/new"
echo '#include "low/a.h"' > "$tree/src/new/c.c"
finds "rooms: a room without a row" 'src/new/c.c:1: the room new is not in' check_rooms

make_tree
printf 'low: high\nhigh: low\n' > "$tree/src/ROOMS"
finds "rooms: a circle of rooms" 'src/ROOMS:1: low names high' check_rooms

make_tree
echo '#include "low/c.h"' >> "$tree/src/low/a.c"
echo '#include "low/a.h"' > "$tree/src/low/c.h"
passes "rooms: a header that several .c share" check_rooms
echo '#include "low/c.h"' >> "$tree/src/low/a.h"
finds "rooms: a circle of headers" 'src/low/a.h:7: a circle of files' check_rooms

make_tree
echo '#include "low/c.h"' >> "$tree/src/low/a.c"
echo '#include "low/d.h"' > "$tree/src/low/c.c"
echo '#include "low/a.h"' > "$tree/src/low/d.c"
finds "rooms: a circle of files" 'src/low/a.c:7: a circle of files' check_rooms

make_tree
cp "$tree/src/low/a.c" "$tree/src/high/a.c"
finds "rooms: a file name used twice" 'src/low/a.c:1: src/high has a file of this name' check_rooms

make_tree
echo '#include "low/a.c"' > "$tree/tests/unit/low/a_test.c"
finds "rooms: a test that includes a .c" 'tests/unit/low/a_test.c:1: a test includes' check_rooms

make_tree
passes "headers: a clean tree" check_headers
sed -i 's/^int a_get/size_t a_get/' "$tree/src/low/a.h"
finds "headers: one that does not compile alone" 'src/low/a.h:1: does not compile' check_headers

make_tree
sed -i 's/WEIR_HIGH_B_H/B_H/' "$tree/src/high/b.h"
finds "headers: a wrong guard" 'src/high/b.h:1: the guard must be WEIR_HIGH_B_H' check_headers

if has clang-format; then
    make_tree
    passes "format: a clean tree" check_format
    sed -i 's/    return/  return/' "$tree/src/low/a.c"
    finds "format: a wrong indent" 'src/low/a.c:4:' check_format
fi

if has clang-tidy; then
    make_tree
    passes "tidy: a clean tree" check_tidy
    passes "tidy: a clean tree, from what was kept" check_tidy
    sed -i 's/return 1/int X = 1; return X/' "$tree/src/low/a.c"
    finds "tidy: a wrong name" 'src/low/a.c:5:.*readability-identifier-naming' check_tidy
    finds "tidy: a finding is not kept as clean" 'readability-identifier-naming' check_tidy
fi

if has cppcheck; then
    make_tree
    passes "cppcheck: a clean tree" check_cppcheck
    sed -i 's/return 1/int x; return x/' "$tree/src/low/a.c"
    finds "cppcheck: a value never set" 'src/low/a.c:5:.*uninitvar' check_cppcheck
fi

echo "tools: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
