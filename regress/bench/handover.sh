#!/bin/sh
# Handovers of a mobile node between two foreign links, break before make:
# when the Binding Update, its acknowledgement and the first packet come, and
# how many packets of a stream of one every 10 ms are lost.  With a correspondent
# that optimizes routes, it and the home agent 5 ms away, besides: when the
# first packet comes and goes the direct way; by return routability (optimised),
# and with a home address that is a CGA (enhanced, RFC 4866).
#
#	handover.sh [-j] [-n COUNT] [NAME...]	names: those of the rows below
#
# Needs root: the nodes are network namespaces, links are bridges.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
PYTHON=${PYTHON:-/usr/bin/python3}
STREAM=$TOP/regress/bench/stream.py
NET_ID=bench$$ NET_DIR=$(mktemp -d)
format=table count=20

while getopts jn: o; do
	case $o in
	j)	format=json ;;
	n)	count=$OPTARG ;;
	*)	echo "usage: handover.sh [-j] [-n count] [name ...]" >&2
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"
# shellcheck source=distant.sh
. "$TOP/regress/bench/distant.sh"
PAIR_HEAD='user "nobody"; log stderr'
why=$(net_need ip radvd ping "$PYTHON") || { echo "handover: $why"; exit 1; }
trap 'net_down; rm -rf "$NET_DIR"' EXIT
trap 'exit 1' INT TERM

registered() { agree "2001:db8:f$1:"; }

# The node has never seen the other link.
forget_link() {
	in_ns mn ip -6 -o addr show dev wlan0 scope global |
	    awk -v p="2001:db8:f$1:" 'index($4, p) == 1 { print $4 }' |
	    while read -r _a; do
		in_ns mn ip -6 addr del "$_a" dev wlan0
	done
}

direct() {
	[ "$(rows mn "show bul" state "agent=$CN_ADDR")" = optimized ]
}

# A home address that is a CGA; the one there was is in plain_home.
plain_home=$MN_HOME
generated() {
	"$MIP6CTL" cga new -k "$NET_DIR/home.key" -o "$NET_DIR/home.cga" \
	    $HOME_PREFIX::/64 > "$NET_DIR/made" || exit 1
	MN_HOME=$(sed -n 's/^address: *//p' "$NET_DIR/made")
	IN_HOME="cga-parameters \"$NET_DIR/home.cga\"
	    cga-key \"$NET_DIR/home.key\""
}

# The token for which nothing is signed again.
has_token() { [ "$(counter mn cga decrypted)" -ge 1 ]; }

# measure NAME RA-MIN RA-MAX DAD KNOWN PAUSE TITLE
measure() {
	echo "$7" > "$NET_DIR/$1.title"
	MN_HOME=$plain_home IN_HOME='' _direct=
	[ "$1" != enhanced ] || generated
	pair_up virtual || exit 1
	case $1 in
	optimised|enhanced) _direct=yes; optimising ;;
	esac
	if [ "$4" = optimistic ]; then
		for _i in all default wlan0; do
			in_ns mn sysctl -qw net.ipv6.conf.$_i.accept_dad=1
		done
	fi
	ra_start "$2" "$3"
	mn_to foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || exit 1
	mip6d_start mn "$NET_DIR/mn.conf" || exit 1
	wait_for 15 registered 1 || { echo "$1: not registered" >&2; exit 1; }
	ip netns exec "$(ns mn)" "$PYTHON" "$STREAM" echo $MN_HOME &
	echo $! >> "$NET_DIR/pids"
	wait_for 10 receives mn 5003
	ip netns exec "$(ns cn)" "$PYTHON" "$STREAM" send $MN_HOME \
	    "$NET_DIR/$1.sent" &
	_sender=$!
	echo $_sender >> "$NET_DIR/pids"
	if [ -n "$_direct" ]; then
		wait_for 15 direct || { echo "$1: no direct way" >&2; exit 1; }
		[ "$1" != enhanced ] || wait_for 15 has_token ||
		    { echo "$1: no token" >&2; exit 1; }
		tcpdump_start mn wlan0 "$NET_DIR/$1.pcap"
	fi
	# The stream runs for a while before anything is done to it.
	rule_time 1
	: > "$NET_DIR/$1.at"
	_k=0 _at=1
	while [ $_k -lt "$count" ]; do
		_to=$((3 - _at))
		[ "$5" = known ] && [ $_k -ge 2 ] || forget_link $_to
		# It hears of that, which nothing shows; none of it fails
		# if it has not.
		sleep 0.1
		date +%s%N >> "$NET_DIR/$1.at"
		mn_to foreign$_to
		wait_for 15 registered $_to ||
		    { echo "$1: lost at $_k" >&2; exit 1; }
		# How far moves are apart is part of the method: see below.
		sleep "$6"
		_at=$_to _k=$((_k + 1))
	done
	kill $_sender; wait $_sender
	[ ! -f "$NET_DIR/$1.pcap" ] || tcpdump_stop "$NET_DIR/$1.pcap"
	ctl mn -j show handovers > "$NET_DIR/$1.json"
	[ -n "${KEEP:-}" ] && ctl mn show handovers >&2
	net_down
	: > "$NET_DIR/pids"
}

run() {
	case $1 in
	new)
		measure new 0.03 0.07 off new 1.2 \
		    "new link, RA 30-70 ms, DAD off" ;;
	new-optimistic)
		measure new-optimistic 0.03 0.07 optimistic new 1.2 \
		    "new link, RA 30-70 ms, optimistic DAD" ;;
	solicited)
		measure solicited 200 600 off new 2 \
		    "new link, solicited RA only, DAD off" ;;
	solicited-optimistic)
		measure solicited-optimistic 200 600 optimistic new 2 \
		    "new link, solicited RA only, optimistic DAD" ;;
	known)
		measure known 0.03 0.07 off known 1.2 \
		    "link seen before, RA 30-70 ms, DAD off" ;;
	known-solicited)
		measure known-solicited 200 600 off known 2 \
		    "link seen before, solicited RA only, DAD off" ;;
	optimised)
		measure optimised 0.03 0.07 off new 1.2 \
		    "new link, RA 30-70 ms, DAD off, direct ways, RTT 10 ms" ;;
	enhanced)
		measure enhanced 0.03 0.07 off new 1.2 \
		    "new link, RA 30-70 ms, DAD off, the same by RFC 4866" ;;
	*)
		echo "handover: no row $1" >&2; exit 2 ;;
	esac
}

[ $# -gt 0 ] || set -- new new-optimistic solicited solicited-optimistic \
    known known-solicited optimised enhanced
for name; do
	run "$name"
done
"$PYTHON" "$STREAM" $format "$NET_DIR" "$@"
