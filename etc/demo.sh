#!/bin/sh
# demo.sh: a mobile node keeps its address.  Home link, two foreign links, a
# core router and a correspondent, each a network namespace on this machine;
# TCP both ways and a ping run between the correspondent and the home address
# while the node leaves home, moves twice and returns.  Exit status 0 only if
# every octet arrived, in both directions, and no echo request was lost but
# between the loss of a link and the registration from the next one.  Nothing
# depends on how fast the machine is.  The last line says what failed, if
# something did; logs, configurations and the capture are kept in DEMO_DIR, those
# of the run before in DEMO_DIR/before.
#
# With DEMO_RO the correspondent runs mip6d, too, and packets go by the direct
# way as soon as both ends agree on it; then the capture must show, phase by
# phase, what belongs there: neither header nor tunnel at home, no tunnel where
# the way is direct.
#
#	DEMO_RO=		if set: with route optimisation; "enhanced": by
#				RFC 4866, with a home address that is a CGA, and
#				the capture is judged for that, too
#	DEMO_MB=50		megabytes each way
#	DEMO_SECONDS=24		which the transfer is paced to last
#	DEMO_DIR=demo.out	logs and the capture
#	DEMO_STOP_MN=		if set: stop mip6d on the node half way
set -u

TOP=$(cd "$(dirname "$0")/.." && pwd)
MB=${DEMO_MB:-50} SECONDS_=${DEMO_SECONDS:-24} RO=${DEMO_RO:-}
NAME=demo${RO:+-ro}
[ "$RO" != enhanced ] || NAME=demo-ero
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
NET_DIR=$(mkdir -p "${DEMO_DIR:-demo.out}" && cd "${DEMO_DIR:-demo.out}" && pwd)
NET_ID=demo$$
PYTHON=${PYTHON:-/usr/bin/python3}
failures=

# shellcheck source=../regress/netns/lib.sh
. "$TOP/regress/netns/lib.sh"

say() { printf '\n== %s\n' "$*"; }
wrong() { printf 'FAILED: %s\n' "$*"; failures="$failures${failures:+; }$*"; }
give_up() { wrong "$@"; finish; }

# What both ends know, for who reads the logs afterwards.
keep_state() {
	for _n in ha mn ${RO:+cn}; do
		for _w in status "show bindings" "show bul" "show handovers" \
		    "show counters" why; do
			echo "# $_n $_w"
			# shellcheck disable=SC2086
			ctl $_n $_w
		done
		for _w in "addr" "route show table all" "rule" "neigh"; do
			echo "# $_n ip -6 $_w"
			# shellcheck disable=SC2086
			in_ns $_n ip -6 $_w
		done
	done > "$NET_DIR/state.txt" 2>&1
	# Where packets are lost that nobody of ours has dropped.
	for _n in ha mn core cn; do
		for _w in snmp6 raw6 icmp6 softnet_stat; do
			echo "# $_n $_w"
			in_ns $_n cat /proc/net/$_w
		done
		in_ns $_n ip -s link
	done >> "$NET_DIR/state.txt" 2>&1
}

finish() {
	[ -z "$failures" ] || keep_state
	net_down
	trap - EXIT
	if [ -z "$failures" ]; then
		say "the node kept its address and its sessions"
		exit 0
	fi
	printf '\n%s: FAILED: %s (logs are in %s)\n' "$NAME" "$failures" "$NET_DIR"
	exit 1
}

why=$(net_need ip radvd tcpdump ping "$PYTHON") || { echo "$NAME: FAILED: $why"; exit 1; }
rm -rf "$NET_DIR/before"
mkdir "$NET_DIR/before"
find "$NET_DIR" -maxdepth 1 \( -type f -o -name '*.state' \) \
    -exec mv {} "$NET_DIR/before" \;
trap 'net_down' EXIT
trap 'echo "$NAME: FAILED: interrupted"; exit 1' INT TERM

# A home address that is a CGA, with its key: for the node's block about it.
generated() {
	in_home=
	[ "$RO" = enhanced ] || return 0
	rm -f "$NET_DIR/home.key" "$NET_DIR/home.cga"
	"$MIP6CTL" cga new -k "$NET_DIR/home.key" -o "$NET_DIR/home.cga" \
	    $HOME_PREFIX::/64 > "$NET_DIR/home" || return 1
	cat "$NET_DIR/home"
	MN_HOME=$(sed -n 's/^address: *//p' "$NET_DIR/home")
	in_home="cga-parameters \"$NET_DIR/home.cga\"
		cga-key \"$NET_DIR/home.key\""
}

configurations() {
	optimise=
	[ -z "$RO" ] || optimise='route-optimisation { after 3; }'
	cat > "$NET_DIR/ha.conf" <<CONF
user "nobody"
log stderr
state-directory "$NET_DIR/ha.state"
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
state-directory "$NET_DIR/mn.state"
control socket "$NET_DIR/mn.sock"
mobile-node {
	interface "wlan0"
	home-address $MN_HOME {
		home-prefix $HOME_PREFIX::/64
		home-agent $HA_ADDR
		identifier "mn@example.com"
		lifetime 600s
		authentication mn-ha spi 256 key "demonstration only"
		$in_home
	}
	$optimise
}
CONF
	cat > "$NET_DIR/cn.conf" <<CONF
user "nobody"
log stderr
state-directory "$NET_DIR/cn.state"
control socket "$NET_DIR/cn.sock"
correspondent {
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

# direct LINK: is that agreed with the correspondent?  At home there is nothing
# to agree on; away, both ends use the direct way to where the node is now.
direct() {
	[ -n "$RO" ] || return 0
	if [ "$1" = home ]; then
		! ctl cn show bindings | grep -q "$MN_HOME"
		return
	fi
	_coa=$(rows mn "show bul" careof "agent=$CN_ADDR" state=optimized)
	[ -n "$_coa" ] && [ "$_coa" = "$(field mn careof show bul)" ] &&
	    [ "$_coa" = "$(rows cn "show bindings" careof "home=$MN_HOME")" ]
}

# What was in the capture in which phase, see ro_judge.py.
phase_begin() { _phase=$(now); }
phase_end() { echo "$_phase $(now) $1" >> "$NET_DIR/phases"; }

# As long as STAY echo requests take, one each hundredth of a second.
stay() {
	case $1 in home) _what=home ;; *) _what=optimised ;; esac
	# What was sent the other way has arrived.
	flows 10 || wrong "no replies at $1"
	phase_begin
	flows "$STAY" || wrong "no replies at $1"
	phase_end $_what
}

nothing_bound() { ! ctl ha show bindings | grep -q ' bound '; }

move() {
	# Where it has failed once, it is not asked again.
	[ -z "$failures" ] || return
	say "the node moves to: $1"
	gap_begin
	phase_begin
	mn_to "$1"
	wait_for 10 arrived "$1" || { wrong "not registered from $1"; return; }
	wait_for 10 direct "$1" ||
	    { wrong "not agreed with the correspondent from $1"; return; }
	wait_for 5 in_ns cn ping -6 -c 1 -W 1 $MN_HOME ||
	    { wrong "not reachable at $1"; return; }
	gap_end
	phase_end moving
	[ "$1" = home ] || ctl ha show bindings
	stay "$1"
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

mkdir -p "$NET_DIR/cn.state"
: > "$NET_DIR/phases"
say "building the network"
net_up || give_up "the network could not be built"
offload_off
generated || give_up "no address could be made"
configurations
ra_start 0.03 0.07
tcpdump_start core any "$NET_DIR/$NAME.pcap" || give_up "tcpdump does not capture"
# Mobility Headers, and what may be one: none of them is missed for all the rest.
[ "$RO" != enhanced ] || tcpdump_start core any "$NET_DIR/updates.pcap" \
    'ip6 proto 135 or ip6[40]=135 or ip6 proto 41 or (ip6 proto 60 and ip6[40]=41)' ||
    give_up "tcpdump does not capture"
mn_to home

say "starting mip6d: home agent, then mobile node at home"
mip6d_start ha "$NET_DIR/ha.conf" || give_up "the home agent did not start"
mip6d_start mn "$NET_DIR/mn.conf" || give_up "the mobile node did not start"
[ -z "$RO" ] || mip6d_start cn "$NET_DIR/cn.conf" ||
    give_up "the correspondent did not start"
wait_for 10 arrived home || wrong "the node does not find itself at home"
wait_for 10 in_ns cn ping -6 -c 1 -W 1 $MN_HOME || wrong "not reachable at home"

say "traffic: $MB MB of TCP each way and a ping every 10 ms"
STAY=$((SECONDS_ * 100 / 7))
ip netns exec "$(ns mn)" "$PYTHON" "$TOP/regress/netns/traffic.py" \
    listen $MN_HOME 5001 "$MB" "$SECONDS_" > "$NET_DIR/tcp.mn" 2>&1 &
mn_tcp=$!
wait_for 10 listens mn 5001 || wrong "nobody listens"
ip netns exec "$(ns cn)" "$PYTHON" "$TOP/regress/netns/traffic.py" \
    connect $MN_HOME 5001 "$MB" "$SECONDS_" > "$NET_DIR/tcp.cn" 2>&1 &
cn_tcp=$!
stream || wrong "no replies at home"
stay home
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
[ -n "$failures" ] || wait_for 5 nothing_bound ||
    wrong "a binding is left at the home agent"

say "waiting for the transfers"
# What has failed already does not get better by waiting.
# shellcheck disable=SC2086
[ -z "$failures" ] || kill $mn_tcp $cn_tcp 2>/dev/null
wait $mn_tcp || wrong "transfer, node's end: $(tail -n 1 "$NET_DIR/tcp.mn")"
wait $cn_tcp || wrong "transfer, correspondent's end: $(tail -n 1 "$NET_DIR/tcp.cn")"

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
echo "echo requests; a gap is from unplugging until reachable again:"
[ -n "$failures" ] || stream_judge ||
    wrong "echo requests were lost outside of handovers"
tcpdump_stop "$NET_DIR/$NAME.pcap"
# The header is behind an encapsulation limit, which pcap filters don't skip.
tunnelled=$(tcpdump -n -r "$NET_DIR/$NAME.pcap" \
    'ip6 proto 41 or (ip6 proto 60 and ip6[40] = 41)' 2>/dev/null | wc -l)
echo "$tunnelled tunnelled packets in $NET_DIR/$NAME.pcap"
[ "$tunnelled" -gt 0 ] || wrong "the capture shows no tunnel"

if [ -n "$RO" ]; then
	"$PYTHON" "$TOP/regress/netns/ro_judge.py" "$NET_DIR/$NAME.pcap" \
	    "$NET_DIR/phases" $CN_ADDR $MN_HOME ||
	    wrong "the capture shows what does not belong there"
	if [ "$RO" = enhanced ]; then
		say "what the correspondent was told, and how that was proved"
		tcpdump_stop "$NET_DIR/updates.pcap"
		"$PYTHON" "$TOP/regress/netns/ero_judge.py" \
		    "$NET_DIR/updates.pcap" $CN_ADDR "$MN_HOME" \
		    "$NET_DIR/home.cga" "$NET_DIR/home.key" ||
		    wrong "a signature, a token or an authenticator is wrong"
	fi
	for n in mn cn; do
		[ -z "$(in_ns $n ip xfrm state)$(in_ns $n ip xfrm policy list nosock)" ] ||
		    wrong "the kernel of $n has xfrm state"
	done
	! grep '^mip6 ' /proc/modules 2>/dev/null ||
	    wrong "the kernel's own module is there"
fi

finish
