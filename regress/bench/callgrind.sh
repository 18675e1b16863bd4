#!/bin/sh
# Instructions, by callgrind, per message of each loop of b_wire (two runs of
# different length, so that what is spent once cancels out), per Binding
# Update of the home agent, per refresh of the mobile node, and per tunnelled
# packet, and each without a tunnel, of net's code: of the functions that take
# these alone.
# Usage: callgrind.sh, after "make bench-programs"; "make instructions" does both.
set -u

dir=$(cd "$(dirname "$0")" && pwd)
command -v valgrind >/dev/null || {
	echo "instructions: skipped, there is no valgrind"
	exit 0
}
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
for b in b_wire b_ha b_mn b_net; do
	# valgrind gives up on debug information of newer compilers
	strip -g -o "$out/$b" "$dir/$b.bench" || exit 1
done

# collected "FUNCTION..." PROGRAM ARGUMENT...: within these, or all
collected()
{
	toggles=
	for f in $1; do
		toggles="$toggles --toggle-collect=$f"
	done
	program=$out/$2
	shift 2
	# shellcheck disable=SC2086
	valgrind --tool=callgrind --callgrind-out-file="$out/cg" $toggles \
	    "$program" "$@" 2>&1 | awk '/Collected/ { n = $4 }
		END { if (n == 0) exit 1; print n }' || {
		echo "instructions: callgrind counts nothing of $program" >&2
		kill $$
	}
}

row()
{
	printf '%-48s %10d\n' "$1" "$2"
}

printf '%-48s %10s\n' 'for each' instructions
for name in bu-parse bu-bad bu-mnha ba ba-mnha strip-64 strip-1500 \
    insert-64 insert-1476; do
	a=$(collected "" b_wire -n 1000 $name)
	b=$(collected "" b_wire -n 3000 $name)
	row "wire: $name" $(((b - a) / 2000))
done

n=2000
a=$(collected ha_input b_ha -r 1 $n)
b=$(collected ha_input b_ha -r 2 $n)
c=$(collected ha_input b_ha -r 3 $n)
row "home agent: Binding Update, registration" $((a / n))
row "home agent: Binding Update, refused (sequence)" $(((b - a) / n))
row "home agent: Binding Update, move" $(((c - b) / n))

a=$(collected "mn_input mn_expire" b_mn 100)
b=$(collected "mn_input mn_expire" b_mn 600)
row "mobile node: refresh, with the router's RA" $(((b - a) / 500))

n=20000
row "net: packet into a tunnel, 1000 bindings" \
    $(($(collected dp_tun b_net 1000 $n) / n))
row "net: packet out of a tunnel, 1000 bindings" \
    $(($(collected dp_tunnel b_net 1000 $n) / n))
row "net: packet to a peer, 1000 pairs" \
    $(($(collected dp_tun b_net 1000 $n pairs) / n))
row "net: packet from a peer, 1000 pairs" \
    $(($(collected dp_capture b_net 1000 $n pairs) / n))
