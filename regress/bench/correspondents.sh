#!/bin/sh
# A mobile node with many correspondents moves: how long it takes, from the
# acknowledgement of its home agent on, until all of them have acknowledged where
# it is now, and how many Mobility Headers it has on its link for that.
#
#	correspondents.sh [-j] [-n MOVES] [COUNT...]
#
# The correspondents are addresses of one host with one daemon; it and the home
# agent are 5 ms away.  Each sends a datagram and has it returned, twice a second.
# On a link that is new the care-of address is tested first, with each of them;
# as it is one host, its limit of tests from one network counts for all of them.
# Needs root: the nodes are network namespaces.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
PYTHON=${PYTHON:-/usr/bin/python3}
NET_ID=bench$$ NET_DIR=$(mktemp -d)
format=table moves=7

while getopts jn: o; do
	case $o in
	j)	format=json ;;
	n)	moves=$OPTARG ;;
	*)	echo "usage: correspondents.sh [-j] [-n moves] [count ...]" >&2
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"
# shellcheck source=distant.sh
. "$TOP/regress/bench/distant.sh"
PAIR_HEAD='user "nobody"; log stderr'
why=$(net_need ip radvd tcpdump "$PYTHON") ||
    { echo "correspondents: $why"; exit 1; }
trap 'net_down; rm -rf "$NET_DIR"' EXIT
trap 'exit 1' INT TERM

all_direct() {
	_coa=$(field mn careof show bul)
	case $_coa in 2001:db8:f$2:*) ;; *) return 1 ;; esac
	[ "$(rows mn "show bul" agent state=optimized "careof=$_coa" |
	    wc -l)" = "$1" ]
}

# measure COUNT
measure() {
	pair_up virtual || exit 1
	optimising
	_k=0
	while [ $((_k += 1)) -le "$1" ]; do
		printf 'address add 2001:db8:cc::1:%x/64 dev eth0 nodad\n' $_k
	done | ip_in cn
	ra_start 0.03 0.07
	mn_to foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || exit 1
	mip6d_start mn "$NET_DIR/mn.conf" || exit 1
	wait_for 15 agree 2001:db8:f1: || { echo "not registered" >&2; exit 1; }
	ip netns exec "$(ns mn)" "$PYTHON" "$TOP/regress/bench/stream.py" \
	    echo $MN_HOME &
	echo $! >> "$NET_DIR/pids"
	wait_for 10 receives mn 5003
	ip netns exec "$(ns cn)" "$PYTHON" "$TOP/regress/netns/senders.py" \
	    2001:db8:cc::1:1 "$1" $MN_HOME 0.5 &
	echo $! >> "$NET_DIR/pids"
	wait_for 20 all_direct "$1" 1 ||
	    { echo "$1: not all are direct" >&2; exit 1; }
	tcpdump_start mn wlan0 "$NET_DIR/$1.pcap"
	: > "$NET_DIR/$1.at"
	_k=0
	while [ $((_k += 1)) -le "$moves" ]; do
		_to=$((_k % 2 + 1))
		date +%s%N >> "$NET_DIR/$1.at"
		mn_to foreign$_to
		wait_for 20 all_direct "$1" $_to ||
		    { echo "$1: not all follow" >&2; exit 1; }
		# A correspondent is told of three moves a second at most
		# (RFC 6275 12).
		sleep 1.2
	done
	tcpdump_stop "$NET_DIR/$1.pcap"
	net_down
	: > "$NET_DIR/pids"
}

[ $# -gt 0 ] || set -- 1 100 500
for count; do
	measure "$count"
done
"$PYTHON" "$TOP/regress/bench/correspondents.py" $format "$NET_DIR" "$@"
