#!/bin/sh
# demo.sh: a mobile node keeps its address.  Home link, two foreign links, a
# core router and a correspondent, each a network namespace on this machine;
# TCP both ways and a ping run between the correspondent and the home address
# while the node leaves home, moves twice and returns.  Exit status 0 only if
# every octet arrived, in both directions, and the address stayed reachable.
#
#	DEMO_MB=50		megabytes each way
#	DEMO_SECONDS=24		which the transfer is paced to last
#	DEMO_DIR=demo.out	logs and the capture
#	DEMO_STOP_MN=		if set: stop mip6d on the node half way
set -u

TOP=$(cd "$(dirname "$0")/.." && pwd)
MB=${DEMO_MB:-50} SECONDS_=${DEMO_SECONDS:-24}
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
NET_DIR=$(mkdir -p "${DEMO_DIR:-demo.out}" && cd "${DEMO_DIR:-demo.out}" && pwd)
NET_ID=demo$$
PYTHON=${PYTHON:-/usr/bin/python3}
failed=0

# shellcheck source=../regress/netns/lib.sh
. "$TOP/regress/netns/lib.sh"

say() { printf '\n== %s\n' "$*"; }
wrong() { printf 'FAILED: %s\n' "$*"; failed=1; }

why=$(net_need ip radvd tcpdump ping "$PYTHON") || { echo "demo: $why"; exit 1; }
rm -f "$NET_DIR"/*
trap 'net_down' EXIT
trap 'exit 1' INT TERM

configurations() {
	cat > "$NET_DIR/ha.conf" <<CONF
user "nobody"
log stderr
control socket "$NET_DIR/ha.sock"
home-agent {
	home-link "home" {
		address $HA_ADDR
		prefix $HOME_PREFIX::/64
		router-advertisements {
			interval 30ms 70ms
		}
	}
	mobile-node "mn@example.com" {
		home-address $MN_HOME
		authentication mn-ha spi 256 key "demonstration only"
	}
}
CONF
	cat > "$NET_DIR/mn.conf" <<CONF
user "nobody"
log stderr
control socket "$NET_DIR/mn.sock"
mobile-node {
	interface "wlan0"
	home-address $MN_HOME {
		home-prefix $HOME_PREFIX::/64
		home-agent $HA_ADDR
		identifier "mn@example.com"
		lifetime 600s
		authentication mn-ha spi 256 key "demonstration only"
	}
}
CONF
}

# at LINK: has the node arrived, as its own mip6d sees it?
arrived() {
	case $1 in
	home)	ctl mn show bul | grep -q -i 'home' &&
		    in_ns mn ip -6 addr show dev wlan0 | grep -q "$MN_HOME" ;;
	*)	ctl ha show bindings | grep -A 1 ' bound ' |
		    grep -q "2001:db8:f${1#foreign}:" ;;
	esac
}

nothing_bound() { ! ctl ha show bindings | grep -q ' bound '; }

move() {
	say "the node moves to: $1"
	mn_to "$1"
	wait_for 10 arrived "$1" || wrong "not registered from $1"
	[ "$1" = home ] || ctl ha show bindings
	sleep "$STAY"
}

offload_off() {
	command -v ethtool >/dev/null || return 0
	for _p in "ha home" "ha wan" "core f1" "core f2" "core toha" \
	    "core tocn" "cn eth0" "mn wlan0"; do
		# shellcheck disable=SC2086
		set -- $_p
		in_ns "$1" ethtool -K "$2" tx off tso off gso off gro off \
		    >/dev/null 2>&1
	done
}

say "building the network"
net_up || exit 1
offload_off
configurations
ra_start 0.03 0.07
ip netns exec "$(ns core)" tcpdump -q -U -i any -w "$NET_DIR/demo.pcap" \
    >/dev/null 2>&1 &
dumper=$!
echo $dumper >> "$NET_DIR/pids"
mn_to home

say "starting mip6d: home agent, then mobile node at home"
mip6d_start ha "$NET_DIR/ha.conf" || exit 1
mip6d_start mn "$NET_DIR/mn.conf" || exit 1
wait_for 10 arrived home || wrong "the node does not find itself at home"
wait_for 10 in_ns cn ping -6 -c 1 -W 1 $MN_HOME || wrong "not reachable at home"

say "traffic: $MB MB of TCP each way and a ping every 10 ms"
STAY=$(awk "BEGIN { print $SECONDS_ / 7 }")
ip netns exec "$(ns mn)" "$PYTHON" "$TOP/regress/netns/traffic.py" \
    listen $MN_HOME 5001 "$MB" "$SECONDS_" > "$NET_DIR/tcp.mn" 2>&1 &
mn_tcp=$!
sleep 0.5
ip netns exec "$(ns cn)" "$PYTHON" "$TOP/regress/netns/traffic.py" \
    connect $MN_HOME 5001 "$MB" "$SECONDS_" > "$NET_DIR/tcp.cn" 2>&1 &
cn_tcp=$!
ip netns exec "$(ns cn)" ping -6 -n -i 0.01 $MN_HOME > "$NET_DIR/ping" 2>&1 &
pinger=$!
echo $pinger >> "$NET_DIR/pids"

sleep 2
move foreign1
if [ -n "${DEMO_STOP_MN:-}" ]; then
	say "stopping mip6d on the node, as asked"
	mip6d_stop mn
fi
move foreign2
move foreign1
say "no route to the home address but that of its prefix"
for n in core cn; do
	in_ns $n ip -6 route show | grep -F "$MN_HOME" &&
	    wrong "$n has a route to the home address"
done
in_ns core ip -6 route show | grep -F "$HOME_PREFIX::/64"
ctl mn show handovers || wrong "no handovers to show"
move home
wait_for 5 nothing_bound || wrong "a binding is left at the home agent"

say "waiting for the transfers"
wait $mn_tcp || wrong "transfer, node's end: $(tail -n 1 "$NET_DIR/tcp.mn")"
wait $cn_tcp || wrong "transfer, correspondent's end: $(tail -n 1 "$NET_DIR/tcp.cn")"
kill -INT $pinger; wait $pinger

sum() { awk -v w="$2" '$1 == w { print $2 }' "$NET_DIR/tcp.$1"; }
for pair in "mn cn" "cn mn"; do
	# shellcheck disable=SC2086
	set -- $pair
	a=$(sum "$1" sent) b=$(sum "$2" received)
	printf '%s -> %s: SHA-256 %s\n' "$1" "$2" "$a"
	[ -n "$a" ] && [ "$a" = "$b" ] || wrong "$2 received another: $b"
done

say "handovers, as the node saw them"
ctl mn show handovers || wrong "mip6d on the node does not answer"
say "packets"
tail -n 3 "$NET_DIR/ping" | head -n 2
sent=$(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' "$NET_DIR/ping")
got=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$NET_DIR/ping")
echo "$((${sent:-0} - ${got:-0})) of ${sent:-0} echo requests without a reply, over four handovers"
[ "${got:-0}" -gt 0 ] || wrong "no reply at all"
[ "$((${sent:-0} - ${got:-0}))" -le "$((${sent:-0} / 5))" ] ||
    wrong "more than a fifth of the echo requests was lost"

kill "$dumper" 2>/dev/null
sleep 0.5
tunnelled=$(tcpdump -n -r "$NET_DIR/demo.pcap" 'ip6 proto 41' 2>/dev/null | wc -l)
echo "$tunnelled tunnelled packets in $NET_DIR/demo.pcap"
[ "$tunnelled" -gt 0 ] || wrong "the capture shows no tunnel"

if [ "$failed" = 0 ]; then
	say "the node kept its address and its sessions"
else
	say "FAILED, logs are in $NET_DIR"
fi
exit $failed
