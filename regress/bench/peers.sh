#!/bin/sh
# A correspondent ends in the middle of a stream both ways and begins anew: how
# long it takes, from when its daemon is up, until packets go by the direct way
# again, each way.
#
#	peers.sh [-n TIMES]
#
# Home agent and correspondent are 5 ms away; a ping each 10 ms.  The exit status
# is 1 if a median is not below two seconds.  Needs root: the nodes are network
# namespaces.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
PYTHON=${PYTHON:-/usr/bin/python3}
NET_ID=bench$$ NET_DIR=$(mktemp -d)
times=7

while getopts n: o; do
	case $o in
	n)	times=$OPTARG ;;
	*)	echo "usage: peers.sh [-n times]" >&2; exit 2 ;;
	esac
done

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"
# shellcheck source=distant.sh
. "$TOP/regress/bench/distant.sh"
PAIR_HEAD='user "nobody"; log stderr'
why=$(net_need ip radvd tcpdump ping "$PYTHON") ||
    { echo "peers: $why"; exit 1; }
trap 'net_down; rm -rf "$NET_DIR"' EXIT
trap 'exit 1' INT TERM

direct() {
	_coa=$(rows mn "show bul" careof "agent=$CN_ADDR" state=optimized)
	[ -n "$_coa" ] &&
	    [ "$_coa" = "$(rows cn "show bindings" careof "home=$MN_HOME")" ]
}

# again HOW: mip6d_stop or mip6d_kill
again() {
	_i=0
	while [ $((_i += 1)) -le "$times" ]; do
		"$1" cn
		mip6d_start cn "$NET_DIR/cn.conf" || exit 1
		echo "$1 $(date +%s.%N)" >> "$NET_DIR/at"
		wait_for 15 direct ||
		    { echo "not direct again: $(ctl mn show bul)" >&2; exit 1; }
		# Anybody can say that there is no binding: tests because of
		# that begin once in ten seconds.
		rule_time 10 "tests that errors cause are ten seconds apart"
	done
}

pair_up virtual || exit 1
optimising
ra_start 0.03 0.07
mn_to foreign1
mip6d_start ha "$NET_DIR/ha.conf" || exit 1
mip6d_start mn "$NET_DIR/mn.conf" || exit 1
wait_for 15 agree 2001:db8:f1: || { echo "not registered" >&2; exit 1; }
stream || exit 1
wait_for 15 direct || { echo "not direct" >&2; exit 1; }
tcpdump_start mn wlan0 "$NET_DIR/pcap"
again mip6d_stop
again mip6d_kill
tcpdump_stop "$NET_DIR/pcap"
"$PYTHON" "$TOP/regress/bench/peers.py" "$NET_DIR/pcap" "$NET_DIR/at" \
    $CN_ADDR $MN_HOME
