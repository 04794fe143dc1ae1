#!/bin/sh
# Holds the pages of doc/ to the program: the tables between the marks of a page must be what
# doc_reference prints, the configurations shown must be readable, the manual page without a fault.
# `doc_test.sh write` (make doc) puts the tables into the pages instead.
set -eu

pages=${srcdir:?}
reference=./tests/tools/doc_reference
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
passed=0
failed=0

verdict() {
    if [ "$1" = yes ]; then
        passed=$((passed + 1))
        echo "ok: $2"
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
    fi
}

# splice PAGE WORD: PAGE with what doc_reference says to WORD between its marks, on standard output
splice() {
    "$reference" "$2" > "$made/$2"
    awk -v word="$2" -v made="$made/$2" '
        $0 == "<!-- make doc writes " word " from here -->" {
            print
            print ""
            inside = 1
            marks++
            while ((getline line < made) > 0) print line
        }
        $0 == "<!-- to here -->" && inside {
            marks++
            inside = 0
        }
        !inside { print }
        END { exit marks == 2 ? 0 : 1 }' "$1"
}

# holds PAGE WORD
holds() {
    if ! splice "$pages/$1" "$2" > "$made/page"; then
        verdict no "$1 has both marks of $2"
    elif [ "$mode" = write ]; then
        cmp -s "$made/page" "$pages/$1" || cp "$made/page" "$pages/$1"
        verdict yes "$1: $2 written"
    elif diff -u "$pages/$1" "$made/page"; then
        verdict yes "$1 has the $2 of the program"
    else
        verdict no "$1 has the $2 of the program; run: make doc"
    fi
}

# A page with a wrong table must be found
finds_stale() {
    printf '<!-- make doc writes metrics from here -->\nold\n<!-- to here -->\n' > "$made/stale"
    if splice "$made/stale" metrics | cmp -s - "$made/stale"; then
        verdict no "a stale table is found"
    else
        verdict yes "a stale table is found"
    fi
    # shellcheck disable=SC2016  # a fence of Markdown
    printf '```yaml\nlisteners:\n  - adress: localhost:80\n```\n' > "$made/wrong.md"
    if "$reference" examples "$made/wrong.md" 2>/dev/null; then
        verdict no "a wrong example is found"
    else
        verdict yes "a wrong example is found"
    fi
}

can_be_read() {
    if "$reference" examples "$pages"/README.md "$pages"/doc/*.md; then
        verdict yes "every configuration shown can be read"
    else
        verdict no "every configuration shown can be read"
    fi
}

is_a_manual() {
    if ! command -v man >/dev/null; then
        echo "left out: man is not installed"
        return
    fi
    if LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z \
        "$pages/doc/weir.1" 2> "$made/said" > /dev/null && [ ! -s "$made/said" ]; then
        verdict yes "weir.1 is without a fault"
    else
        cat "$made/said"
        verdict no "weir.1 is without a fault"
    fi
}

mode=${1:-check}
holds doc/configuration.md settings
holds doc/operations.md metrics
if [ "$mode" = check ]; then
    finds_stale
    can_be_read
    is_a_manual
fi
echo "doc: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
