#!/bin/sh
# A mobile node with many correspondents moves: how long it takes, from the
# acknowledgement of its home agent on, until all of them have acknowledged where
# it is now, and how many Mobility Headers it has on its link for that.
#
#	correspondents.sh [-j] [-h HOSTS] [-n MOVES] [COUNT...]
#
# The correspondents are addresses of 5 hosts with a daemon each (of one, if the
# count can't be divided), behind a router; they and the home agent are 5 ms away.  Each sends a
# datagram and has it returned, twice a second.  On a link that is new the care-of
# address is tested first, with each of them.  A host answers 200 tests a second
# from one network: with -h 1 that counts for all correspondents.
# Needs root: the nodes are network namespaces.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
PYTHON=${PYTHON:-/usr/bin/python3}
NET_ID=bench$$ NET_DIR=$(mktemp -d)
format=table moves=7 hosts=5

while getopts h:jn: o; do
	case $o in
	h)	hosts=$OPTARG ;;
	j)	format=json ;;
	n)	moves=$OPTARG ;;
	*)	echo "usage: correspondents.sh [-j] [-h hosts]" \
		    "[-n moves] [count ...]" >&2
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"
# shellcheck source=../netns/hosts_lib.sh
. "$TOP/regress/netns/hosts_lib.sh"
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

# measure COUNT HOSTS
measure() {
	pair_up virtual || exit 1
	distant
	mn_conf 'interface "wlan0"' "route-optimisation { after 3 }"
	hosts_up "$2" $(($1 / $2)) || exit 1
	ra_start 0.03 0.07
	mn_to foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || exit 1
	mip6d_start mn "$NET_DIR/mn.conf" || exit 1
	wait_for 15 agree 2001:db8:f1: || { echo "not registered" >&2; exit 1; }
	ip netns exec "$(ns mn)" "$PYTHON" "$TOP/regress/bench/stream.py" \
	    echo $MN_HOME &
	echo $! >> "$NET_DIR/pids"
	wait_for 10 receives mn 5003
	hosts_send "$2" 1 $(($1 / $2)) $MN_HOME
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
	[ $((count % hosts)) = 0 ] && of=$hosts || of=1
	measure "$count" "$of"
done
"$PYTHON" "$TOP/regress/bench/correspondents.py" $format "$NET_DIR" "$@"
