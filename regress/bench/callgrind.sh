#!/bin/sh
# Instructions per message of each loop of b_wire, by callgrind: two runs of
# different length, so that what is spent once cancels out.
# Usage: callgrind.sh [b_wire.bench]
bench=${1:-regress/bench/b_wire.bench}
command -v valgrind >/dev/null || { echo "no valgrind"; exit 1; }
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
# valgrind gives up on debug information of newer compilers
strip -g -o "$out/bench" "$bench" || exit 1

instructions()
{
	valgrind --tool=callgrind --callgrind-out-file="$out/cg" \
	    "$out/bench" -n "$2" "$1" 2>&1 | awk '/Collected/ { print $4 }'
}

printf '%-20s %12s\n' loop 'instructions'
for name in bu-parse bu-bad bu-mnha ba ba-mnha strip-64 strip-1500 \
    insert-64 insert-1476; do
	a=$(instructions $name 1000)
	b=$(instructions $name 3000)
	printf '%-20s %12d\n' $name $(((b - a) / 2000))
done
