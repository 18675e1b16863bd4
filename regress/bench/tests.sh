#!/bin/sh
# A correspondent through real sockets: mip6d in one network namespace, mobile
# nodes (rrload.c) in another, on the same machine and its processors.  How many
# of them are served a second, from both tests to the acknowledgement, which is
# verified; and how many nodes have an answer at the first, second and third try
# while 200,000 Test Inits a second are offered in the name of others, of one
# network and of as many; and the memory and the processor time that this takes,
# of the daemon and of the load, which shares the processors with it.  Medians.
# Needs root.
#
#	tests.sh [-n RUNS]
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
RRLOAD=$TOP/regress/bench/rrload.bench
WORK=$(mktemp -d)
runs=5

while getopts n: o; do
	case $o in
	n)	runs=$OPTARG ;;
	*)	echo "usage: tests.sh [-n runs]" >&2; exit 2 ;;
	esac
done

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"
PAIR_HEAD='user "nobody"; log stderr'
why=$(net_need ip ping) || { echo "tests: $why"; exit 1; }
trap 'net_down; rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM

# resident WHEN: kB of both processes
resident() {
	for _r in net cn; do
		awk -v n="$1_$_r" '/VmRSS/ { printf "%s %s ", n, $2 }' \
		    "/proc/$(child_pid cn $_r)/status"
	done
}

# cpu_ms: processor time so far of both processes, user and system, a line
cpu_ms() {
	for _r in net cn; do
		sed 's/.*) //' "/proc/$(child_pid cn $_r)/stat"
	done | awk -v hz="$(getconf CLK_TCK)" \
	    '{ ms[NR] = ($12 + $13) * 1000 / hz }
	    END { if (NR != 2) exit 1; printf "%d %d\n", ms[1], ms[2] }'
}

# spent BEFORE AFTER FILE: what each took between two of these lines; with how
# many procedures FILE has of it, so many for a second of both
spent() {
	printf '%s\n' "$1" "$2" | awk -v acks="$(sed -n \
	    's/.*acknowledged \([0-9]*\).*/\1/p' "$3")" '
	    NR == 1 { n = $1; c = $2 }
	    NR == 2 { n = $1 - n; c = $2 - c
		printf "net_cpu_ms %d cn_cpu_ms %d ", n, c
		if (acks != "" && n + c > 0)
			printf "procedures_per_cpu_second %d ",
			    acks * 1000 / (n + c) }'
}

# one RUN FLAGS...: names and figures of a daemon that has just begun, a line
one() {
	NET_ID=rr$$-$1 NET_DIR=$WORK/$1; shift
	mkdir -p "$NET_DIR"
	ns_add cn nodes && veth cn eth0 nodes eth0 || return 1
	addr cn eth0 $CN_ADDR/64; addr nodes eth0 2001:db8:cc::1/64
	in_ns cn ip route add default via 2001:db8:cc::1
	# What is sent to them is seen, and goes no further.
	in_ns nodes sysctl -qw net.ipv6.conf.all.forwarding=1
	in_ns nodes ip route add blackhole 2001:db8::/31
	in_ns cn ping -q -c 1 -W 2 2001:db8:cc::1 > /dev/null
	cn_conf cn "maximum-bindings 100000"
	mip6d_start cn "$NET_DIR/cn.conf" || return 1
	resident before
	_before=$(cpu_ms) || return 1
	in_ns nodes "$RRLOAD" -m "$(in_ns cn cat /sys/class/net/eth0/address)" \
	    "$@" | tr '\n' ' ' > "$NET_DIR/load"
	cat "$NET_DIR/load"
	_after=$(cpu_ms) || return 1
	spent "$_before" "$_after" "$NET_DIR/load"
	resident after
	echo
	net_down
	: > "$NET_DIR/pids"
}

# series TITLE FLAGS...: medians of all figures
series() {
	_title=$1; shift
	_k=0
	while [ $((_k += 1)) -le "$runs" ]; do
		one $_k "$@" || exit 1
	done > "$WORK/figures"
	echo "$_title"
	tr ' ' '\n' < "$WORK/figures" | awk 'NF { if (!name) name = $1
	    else { if (!(name in n)) order[++names] = name
		v[name, ++n[name]] = $1; name = "" } }
	    END { for (i = 1; i <= names; i++) { k = order[i]
		for (a = 1; a <= n[k]; a++) for (b = a + 1; b <= n[k]; b++)
		    if (v[k, b] + 0 < v[k, a] + 0) {
			t = v[k, a]; v[k, a] = v[k, b]; v[k, b] = t }
		printf "\t%-24s %9s (%s-%s)\n", k, v[k, int((n[k] + 1) / 2)],
		    v[k, 1], v[k, n[k]] } }'
}

echo "A correspondent, medians of $runs (minimum-maximum); memory in kB"
series "10000 nodes, 200 under way" -n 10000 -w 200 serve
series "200000 a second in the name of one network, for 6 s" -n 400 -s 6 -p flood
series "200000 a second in the name of as many, for 6 s" -n 400 -s 6 flood
