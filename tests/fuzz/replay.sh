#!/bin/sh
# Gives every kept input to its fuzz target and counts them.
# FUZZ_TARGETS and srcdir come from the Makefile.
set -eu

count=0
failed=0
for target in $FUZZ_TARGETS; do
    name=$(basename "$target" _fuzz)
    corpus=${srcdir:?}/tests/fuzz/corpus/$name
    files=$(find "$corpus" -type f | wc -l)
    if [ "$files" -eq 0 ]; then
        echo "$name: $corpus has no inputs"
        failed=$((failed + 1))
    elif find "$corpus" -type f -print0 | sort -z | xargs -0 "./$target"; then
        count=$((count + files))
    else
        echo "$name: an input failed: the last one named above"
        failed=$((failed + 1))
    fi
done
echo "fuzz: $count inputs replayed, $failed targets failed"
[ "$failed" -eq 0 ]
