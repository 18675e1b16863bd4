#!/bin/sh
# registrations.sh: Binding Updates a second that the home agent answers
# through real sockets: mip6d in one network namespace, mobile nodes (mnload.c)
# in another, on the same machine and its processors.  Every acknowledgement
# is verified.  Needs root.
#
#	RUNS=5			of which the median is printed
#	WINDOW=100		Binding Updates under way at once
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
MNLOAD=$TOP/regress/netns/mnload.bench
RUNS=${RUNS:-5} WINDOW=${WINDOW:-100}
WORK=$(mktemp -d)

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"
. "$TOP/regress/netns/ha_lib.sh"

why=$(net_need ip) || { echo "registrations: $why: skipped"; exit 0; }
trap 'net_down; rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM

# one RUN NODES LINK WINDOW: figures, a line for each phase
one() {
	NET_ID=m6b$$-$1 NET_DIR=$WORK/$1
	load_net && load_conf "$2" "$3" 'update-rate 1000' &&
	    mip6d_start ha "$NET_DIR/ha.conf" || return 1
	load_start mn -n "$2" -w "$4"
	for p in register refresh move deregister; do
		load mn $p > /dev/null || return 1
		echo "$p $(load_figure mn per_second) \
$(load_figure mn ms_median) $(load_figure mn ms_max) \
$(load_figure mn accepted) $(load_figure mn retransmitted) \
$(load_figure mn bad)" >> "$WORK/figures"
		if [ $p = register ]; then
			for r in ha net; do
				awk '/VmRSS/ { print "rss-'$r'", $2 }' \
				    "/proc/$(child_pid ha $r)/status"
			done >> "$WORK/figures"
		fi
	done
	exec 8>&-
	mip6d_stop ha
	net_down
}

median() {
	awk -v w="$1" -v c="$2" '$1 == w { print $c }' "$WORK/figures" |
	    sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}

# series NODES LINK WINDOW TITLE
series() {
	: > "$WORK/figures"
	i=0
	while [ $i -lt "$RUNS" ]; do
		one "$4-$i" "$1" "$2" "$3" || { echo "$4: failed"; exit 1; }
		i=$((i + 1))
	done
	for p in register refresh move deregister; do
		printf '%-9s %6d %6d %-11s %9d %9.2f %9.2f\n' "$4" "$1" "$3" \
		    $p "$(median $p 2)" "$(median $p 3)" "$(median $p 4)"
		awk -v p=$p -v n="$1" '$1 == p && ($5 != n || $6 != 0 ||
		    $7 != 0) { print "\tnot all at once: accepted " $5 \
		    ", retransmitted " $6 ", bad " $7 }' "$WORK/figures"
	done
	printf '%-9s %6d resident: ha %d kB, net %d kB\n' "$4" "$1" \
	    "$(median rss-ha 2)" "$(median rss-net 2)"
}

echo "Binding Updates with RFC 4285 through real sockets, medians of $RUNS"
printf '%-9s %6s %6s %-11s %9s %9s %9s\n' link nodes window what a-second \
    ms-median ms-max
series 1000 virtual "$WINDOW" virtual
series 10000 virtual "$WINDOW" virtual
# With DAD an answer takes a second: the window decides, so all at once.
series 1000 home 1000 physical
cat <<'TEXT'
For comparison: UMIP, 1,000 nodes, window 100: register 48, refresh 157,
move 106 a second; 10,000 not reached.
TEXT
