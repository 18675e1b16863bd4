#!/usr/bin/env atf-sh
# A mobile node of the real daemon moves between links while packets flow:
# whatever the routers, the addresses and the interfaces do, sessions go on,
# both ends agree, and nothing of ours is left in the kernel after a stop.

. "$(atf_get_srcdir)/test.sh"

MN2_HOME=2001:db8:1::101

# The topology and configurations, nothing started.  $1: kind of home link.
setup() {
	begin ip radvd ping
	pair_up "${1:-virtual}" "mobile-node \"mn2@example.com\" {
		home-address $MN2_HOME
		authentication mn-ha spi 257 key \"fedcba9876543210\"
	}" || atf_fail "no topology"
	seen ha > before.ha; seen mn > before.mn
}

# What a namespace has of rules, routes, addresses and filters; neither
# autoconfigured addresses nor routes of Router Advertisements.
seen() {
	in_ns "$1" ip -6 rule
	in_ns "$1" ip -6 route show table all proto 106
	in_ns "$1" ip -6 addr show | grep inet6 | grep -v 'scope link' |
	    grep -v -e mngtmpaddr -e temporary | sed 's/^ *//' | sort
	in_ns "$1" ip -o link show | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort
	in_ns "$1" sysctl -a 2>/dev/null -r 'net.ipv6.conf.*optimistic'
	command -v nft >/dev/null && in_ns "$1" nft list ruleset
}

start_ha() { mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"; }

# The mobile node, away from home, until it answers the correspondent.
start_mn() {
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	wait_for "${1:-15}" reachable || lost "not reachable after the start"
}

# Fail, saying all that is known.
lost() {
	ctl mn show timers
	ctl mn show counters | awk '$1 == "mn" && $3 != 0'
	in_ns mn ip -6 addr
	in_ns core ip -6 -o addr
	tail -n 20 "$NET_DIR/mn.log" "$NET_DIR/radvd.log"
	ctl mn show interfaces; ctl mn show bul; ctl mn show handovers
	ctl mn why $MN_HOME; ctl ha show bindings
	in_ns mn ip -6 addr; in_ns mn ip -6 route; in_ns mn ip -6 rule
	tail -n 60 "$NET_DIR/mn.log"; tail -n 30 "$NET_DIR/ha.log"
	atf_fail "$*"
}

# registered PREFIX [SECONDS]: and packets flow
registered() {
	wait_for "${2:-10}" agree "$1" ||
	    lost "no agreement on a care-of address of $1"
	wait_for 3 reachable || lost "registered from $1, but unreachable"
}

# moved LINK: to foreign1 or foreign2 while packets flow
moved() {
	gap_begin
	mn_to "$1"
	registered "2001:db8:f${1#foreign}:"
	gap_end
}

# stream_end [ADDRESS]: nothing was lost but in gaps, and it still flows
stream_end() {
	wait_for 3 reachable "$@" || lost "the stream does not go on"
	stream_judge "$@" || lost "the stream to ${1:-$MN_HOME}"
}

# Three updates a second are allowed: time for the next one.
rate_is_free() { flows 110 "$@" || lost "no stream"; }

# Stop both; nothing of ours is left and nobody complained.
stop_clean() {
	mip6d_stop mn || atf_fail "the mobile node does not stop"
	wait_for 2 unbound || atf_fail "a binding is left: $(ctl ha show bindings)"
	mip6d_stop ha || atf_fail "the home agent does not stop"
	for _n in mn ha; do
		seen $_n > after.$_n
		diff -u before.$_n after.$_n || atf_fail "left in $_n"
		! grep -E 'Sanitizer|runtime error' "$NET_DIR/$_n.log" ||
		    atf_fail "$_n"
	done
}

unbound() { ! ctl ha show bindings | grep -q ' bound '; }

# There and back, three handovers.
moves() {
	for _l in 2 1 2; do
		moved foreign$_l
		flows 20 || lost "the stream does not go on"
	done
}

define ra_fast "Router Advertisements every 30-70 ms, no DAD"
ra_fast_body() {
	setup
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	stream; moves; stream_end
	stop_clean
}

define ra_slow "Router Advertisements every 1-3 s, no DAD"
ra_slow_body() {
	setup
	ra_start 1 3
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	stream; moves; stream_end
	stop_clean
}

dad() {
	in_ns mn sysctl -qw net.ipv6.conf.all.accept_dad=1 \
	    net.ipv6.conf.default.accept_dad=1 \
	    net.ipv6.conf.wlan0.accept_dad=1 \
	    net.ipv6.conf.wlan0.dad_transmits=1
}

define dad_on "the kernel tests care-of addresses for duplicates" 90
dad_on_body() {
	setup
	dad
	ra_start 0.03 0.07
	mn_to foreign1
	mn_conf 'interface "wlan0"; optimistic-dad no'
	start_ha; start_mn 20
	atf_check_equal "$(in_ns mn \
	    sysctl -n net.ipv6.conf.wlan0.optimistic_dad)" 0
	registered 2001:db8:f1:
	stream; moves; stream_end
	stop_clean
}

define dad_optimistic "optimistic DAD (RFC 4429)"
dad_optimistic_body() {
	setup
	dad
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	atf_check -o not-inline:'0\n' ip netns exec "$(ns mn)" \
	    sysctl -n net.ipv6.conf.wlan0.optimistic_dad
	stream; moves; stream_end
	# Not a second of DAD, on a link that is new either.
	ctl mn -j show handovers | $PY -c '
import json, sys
sys.exit(any(r.get("address_ns", 0) > 9e8 and r["kind"] == "move"
         for r in json.load(sys.stdin)["rows"]))' || lost "DAD was waited for"
	stop_clean
}

define flap "a link that goes down and up again is no movement"
flap_body() {
	setup
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	sent=$(counter mn mn bu_sent) start=$(date +%s)
	stream
	gap_begin
	for i in 1 2 3 4 5 6 7 8 9 10; do
		in_ns sw ip link set mn-port down
		[ $((i % 5)) != 0 ] || wait_for 5 carrier 0
		in_ns sw ip link set mn-port up
		[ $((i % 5)) != 0 ] || wait_for 5 carrier 1
	done
	registered 2001:db8:f1:
	gap_end
	stream_end
	n=$(($(counter mn mn bu_sent) - sent)) s=$(($(date +%s) - start + 1))
	echo "$n Binding Updates in $s s"
	[ "$n" -le $((3 * s)) ] || lost "a storm of Binding Updates"
	# The interface itself, administratively: its addresses go.
	stream
	gap_begin
	in_ns mn ip link set wlan0 down
	wait_for 5 sees_down || lost "it did not notice"
	in_ns mn ip link set wlan0 up
	registered 2001:db8:f1:
	gap_end
	stream_end
	stop_clean
}
carrier() { [ "$(in_ns mn cat /sys/class/net/wlan0/carrier)" = "$1" ]; }
sees_down() { ctl mn show interfaces | grep wlan0 | grep -q down; }

# A second interface, on the other foreign link, less liked than wlan0.
two_interfaces() {
	veth mn eth1 sw mn-port2
	in_ns sw ip link set mn-port2 down
	in_ns sw ip link set mn-port2 master foreign2
	mn_conf 'interface "wlan0" preference 20; interface "eth1" preference 10'
	seen mn > before.mn
}

eth1_is_a_spare() { [ "$(in_ns mn ip -6 addr show dev eth1 scope global |
    grep -c 'inet6 2001:db8:f2:')" = 1 ]; }

define two_interfaces_break "the liked interface is lost, another takes over"
two_interfaces_break_body() {
	setup
	two_interfaces
	ra_start 0.03 0.07
	mn_to foreign1
	in_ns sw ip link set mn-port2 up
	start_ha; start_mn
	registered 2001:db8:f1:
	wait_for 5 eth1_is_a_spare || lost "no address on eth1"
	stream
	gap_begin
	in_ns sw ip link set mn-port down
	registered 2001:db8:f2:
	gap_end
	[ "$(field ha careof show bindings)" = "$(in_ns mn ip -6 -o addr show \
	    dev eth1 scope global | awk '{ sub("/.*", "", $4); print $4 }')" ] ||
	    lost "not by the address of eth1"
	# Back is make before break.
	gap_begin
	in_ns sw ip link set mn-port up
	registered 2001:db8:f1:
	gap_end
	gap_begin
	in_ns mn ip link set wlan0 down
	registered 2001:db8:f2:
	gap_end
	gap_begin
	in_ns mn ip link set wlan0 up
	registered 2001:db8:f1:
	gap_end
	rate_is_free
	stream_end
	stop_clean
}

# So far no more was lost than can have been on its way.
few_lost() {
	flows 5 || lost "the stream does not go on"
	_n=$($PY "$SRC/stream.py" "$NET_DIR/stream.$MN_HOME" "$NET_DIR/gaps" |
	    sed -n 's/.*replies, \([0-9]*\) lost.*/\1/p')
	echo "lost with both links up: $_n"
	[ "$_n" -le 3 ] || lost "$_n packets were lost, with both links up"
}

define two_interfaces_make "the new link is there before the old one goes"
two_interfaces_make_body() {
	setup
	two_interfaces
	ra_start 0.03 0.07
	in_ns sw ip link set mn-port2 up
	start_ha; start_mn
	registered 2001:db8:f2:
	stream
	# What is on its way when the home agent learns of another care-of
	# address comes from the old one, and is not taken (RFC 6275 10.4.5).
	moved foreign1
	few_lost
	flows 20 || lost "the stream does not go on"
	in_ns sw ip link set mn-port2 down
	flows 20 || lost "the stream does not go on"
	in_ns sw ip link set mn-port2 up
	wait_for 5 eth1_is_a_spare || lost "no address on eth1"
	registered 2001:db8:f1:
	rate_is_free
	stream_end
	stop_clean
}

define two_homes "two home addresses of two identities move together"
two_homes_body() {
	setup
	mn_conf 'interface "wlan0"' "home-address $MN2_HOME {
		home-prefix $HOME_PREFIX::/64
		home-agent $HA_ADDR
		identifier \"mn2@example.com\"
		authentication mn-ha spi 257 key \"fedcba9876543210\"
	}"
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	wait_for 5 reachable $MN2_HOME || lost "the second address"
	stream; stream $MN2_HOME
	for _l in 2 1 2; do
		moved foreign$_l
		# Two updates a move, three a second: both have had theirs.
		wait_for 5 both $_l || lost "not both are registered"
		by_router_of $_l || lost "the way is still by the other router"
		gap_end
		rate_is_free
	done
	stream_end $MN2_HOME
	# One of them is given up, the other goes on.
	mn_conf 'interface "wlan0"'
	ctl mn reload || atf_fail "reload"
	wait_for 5 not_both || lost "the second address is still registered"
	wait_for 3 unreachable $MN2_HOME || lost "the second address answers"
	stream_end
	stop_clean
}
both() { [ "$(ctl ha show bindings | grep -c ' bound ')" = 2 ] &&
    [ "$(ctl ha show bindings | grep -c "^  2001:db8:f$1:")" = 2 ]; }
# The way to the home agent, which is of both, is by the router of that link.
by_router_of() {
	_r=$(in_ns core ip -6 -o addr show dev f$1 scope link |
	    awk '{ sub("/.*", "", $4); print $4 }')
	in_ns mn ip -6 route show "$HA_ADDR" | grep -q "via $_r "
}
not_both() { [ "$(ctl ha show bindings | grep -c ' bound ')" = 1 ]; }
unreachable() { ! reachable "$@"; }

define move_forced "mip6ctl move to the less liked interface and back"
move_forced_body() {
	setup
	two_interfaces
	ra_start 0.03 0.07
	mn_to foreign1
	in_ns sw ip link set mn-port2 up
	start_ha; start_mn
	registered 2001:db8:f1:
	wait_for 5 eth1_is_a_spare || lost "no address on eth1"
	stream
	gap_begin
	ctl mn move "$(in_ns mn ip -6 -o addr show dev eth1 scope global |
	    awk '{ sub("/.*", "", $4); print $4 }')" || atf_fail "move"
	registered 2001:db8:f2:
	gap_end
	gap_begin
	ctl mn move :: || atf_fail "move ::"
	registered 2001:db8:f1:
	gap_end
	few_lost
	rate_is_free	# the de-registration counts, too
	stream_end
	stop_clean
}

define reloaded "a reload does not disturb a binding"
reloaded_body() {
	setup
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	stream
	sent=$(counter mn mn bu_sent) mn=$(child_pid mn mn) ha=$(child_pid ha ha)
	for i in 1 2 3; do
		ctl mn reload || atf_fail "reload of the mobile node"
		ctl ha reload || atf_fail "reload of the home agent"
		flows 10 || lost "the stream does not go on"
	done
	# By the same processes, without a word between them.
	atf_check_equal "$(counter mn mn bu_sent)" "$sent"
	atf_check_equal "$(child_pid mn mn) $(child_pid ha ha)" "$mn $ha"
	atf_check_equal "$(field ha lifetime_ms show bindings)" 600000
	LIFETIME=300s mn_conf 'interface "wlan0"'
	ctl mn reload || atf_fail "reload with another lifetime"
	moves
	stream_end
	atf_check_equal "$(field ha lifetime_ms show bindings)" 300000
	stop_clean
}

define returns "home, away, home again, with packets flowing" 90
returns_body() {
	setup physical
	ra_start 0.03 0.07
	mn_to home
	start_ha; start_mn
	at_home || lost "not at home"
	for i in 1 2; do
		# Leaving takes the second of the home agent's DAD.
		stream
		moved foreign$i
		stream_end
		stream
		gap_begin
		mn_to home
		wait_for 10 at_home || lost "not at home"
		wait_for 5 unbound || lost "a binding is left"
		wait_for 5 reachable || lost "not reachable at home"
		gap_end
		stream_end
	done
	stop_clean
}
at_home() {
	[ "$(field mn state show bul)" = "at home" ] &&
	    in_ns mn ip -6 addr show dev wlan0 | grep -q "$MN_HOME/64" &&
	    ! in_ns mn ip -6 addr show dev mip6 | grep -q "$MN_HOME"
}

define started_abroad "the home address on the interface abroad; the agent is reached by the tunnel"
started_abroad_body() {
	setup
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha
	in_ns mn ip -6 addr add $MN_HOME/64 dev wlan0 nodad
	start_mn
	registered 2001:db8:f1:
	in_ns mn ip -6 addr show dev wlan0 | grep "$MN_HOME" &&
	    lost "the home address is still on the link"
	# In clear it would not come through (RFC 6275 11.3.1).
	in_ns core ip -6 rule add pref 10 from $MN_HOME to $HA_ADDR blackhole
	wait_for 5 agent_answers || lost "the agent is not reached by the tunnel"
	in_ns mn ip -6 route get $HA_ADDR from $MN_HOME | grep 'dev mip6' ||
	    lost "not by the tunnel"
	in_ns mn ip -6 route get ${HOME_PREFIX}::77 from $MN_HOME |
	    grep 'dev mip6' || lost "others of the home link not by the tunnel"
	stop_clean
}
agent_answers() { in_ns mn ping -c 1 -W 1 -I $MN_HOME $HA_ADDR; }

# The node has heard both routers tell their Advertisement Interval.
both_advertise() {
	ctl mn show timers | awk '$2 == "router" && $3 == "silence" &&
	    $4 >= 2 { found = 1 } END { exit !found }'
}

define silent_router "the router falls silent, another link takes over"
silent_router_body() {
	setup
	two_interfaces
	ra_start 0.03 0.07
	mn_to foreign1
	in_ns sw ip link set mn-port2 up
	start_ha; start_mn
	registered 2001:db8:f1:
	wait_for 5 eth1_is_a_spare || lost "no address on eth1"
	wait_for 10 both_advertise || lost "a router is not heard"
	stream
	# It advertises no longer, but answers: it is no reason to move.
	sent=$(counter mn mn bu_sent)
	probes=$(counter mn mn probes_sent)
	kill -STOP "$(cat "$NET_DIR/radvd.pid")"
	wait_for 10 probed $((probes + 3)) || lost "its silence is not noticed"
	atf_check_equal "$(field mn careof show bul | cut -c 1-12)" 2001:db8:f1:
	atf_check_equal "$(counter mn mn bu_sent)" "$sent"
	kill -CONT "$(cat "$NET_DIR/radvd.pid")"
	# It is gone, its link stays.
	gap_begin
	in_ns core ip link set f1 down
	registered 2001:db8:f2:
	gap_end
	stream_end
	stop_clean
}
probed() { [ "$(counter mn mn probes_sent)" -ge "$1" ]; }

# slide LINK: the far end of the link is another one; nothing tells the node
slide() { in_ns sw ip link set mn-port master "$1"; }

# slid LINK: moved like that while packets flow, and the kernel's default route
# and its link-local address are what they should be
slid() {
	gap_begin
	slide "$1"
	[ -z "${HINT:-}" ] || in_ns mn ip link set wlan0 txqueuelen $((_hint += 1))
	registered "2001:db8:f${1#foreign}:" "${2:-10}"
	wait_for 5 one_default "f${1#foreign}" ||
	    lost "not the default route of $1 alone"
	gap_end
	[ "$(in_ns mn ip -6 addr show dev wlan0 scope link | grep inet6)" = \
	    "$linklocal" ] || lost "another link-local address"
}
_hint=1000
one_default() {
	_ll=$(in_ns core ip -6 -o addr show dev "$1" scope link |
	    awk '{ sub("/.*", "", $4); print $4 }')
	in_ns mn ip -6 route show default dev wlan0 > default
	[ "$(grep -c via default)" = 1 ] && grep -q "via $_ll " default
}
linklocal() { linklocal=$(in_ns mn ip -6 addr show dev wlan0 scope link |
    grep inet6); }

# made_of 1|2: addresses that the kernel has made of this link's advertisements,
# one a line, but for their lifetimes
made_of() {
	in_ns mn ip -6 -o addr show dev wlan0 scope global |
	    grep " 2001:db8:f$1:" | sed 's/valid_lft.*//' | sort
}
has_made() { [ "$(made_of "$1" | wc -l)" = 2 ]; }
are_deprecated() { has_made "$1" && ! made_of "$1" | grep -qv deprecated; }
are_preferred() { has_made "$1" && ! made_of "$1" | grep -q deprecated; }
on_link() { in_ns mn ip -6 route show 2001:db8:f$1::/64 dev wlan0 | grep -q .; }
# What another program has as its source to that destination, on that link.
source_to() { in_ns mn "$PY" -c '
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.connect((sys.argv[1], 9))
print(s.getsockname()[0])' "$1"; }

define bridge "the far end of the link changes, the link never goes down" 90
bridge_body() {
	setup
	in_ns mn sysctl -qw net.ipv6.conf.wlan0.use_tempaddr=1
	ra_start 0.03 0.07
	mn_to foreign1
	wait_for 10 has_made 1 || lost "no address, or no temporary one"
	before=$(made_of 1)
	start_ha; start_mn
	registered 2001:db8:f1:
	linklocal
	tcpdump_start mn wlan0 ns.pcap \
	    'src host :: and icmp6 and ip6[40] == 135'
	lost=$(counter mn mn routers_lost)
	stream
	for _l in 2 1; do
		slid foreign$_l
		# Nothing begins with the address of before (RFC 6275 11.5.4).
		wait_for 5 are_deprecated $((3 - _l)) ||
		    lost "addresses of the other link are still preferred"
		wait_for 5 are_preferred $_l || lost "addresses are deprecated"
		# What is there is behind the router.
		! on_link $((3 - _l)) || lost "the other prefix is on this link"
		on_link $_l || lost "the prefix is not on its link"
		# Though one of the other has more bits in common with it: what
		# is there is reached as all the rest, from the home address.
		source_to 2001:db8:f$((3 - _l))::7 | grep -x "$MN_HOME" ||
		    lost "source: $(source_to 2001:db8:f$((3 - _l))::7)"
		flows 20 || lost "the stream does not go on"
	done
	stream_end
	[ "$(counter mn mn routers_lost)" -ge $((lost + 2)) ] ||
	    lost "a router was not given up"
	# Whose is the link-local address there?  Asked for it, and kept it.
	tcpdump_stop ns.pcap
	[ "$(tcpdump -nr ns.pcap 2>/dev/null | grep -c 'who has fe80:')" -ge 2 ] ||
	    lost "no duplicate check of the link-local address"
	stop_clean
	are_preferred 2 || atf_fail "left: $(in_ns mn ip -6 addr)"
	[ "$(made_of 1)" = "$before" ] ||
	    atf_fail "was: $before, is: $(made_of 1)"
}

define bridge_quiet "the same, where routers speak only when they are asked" 150
bridge_quiet_body() {
	setup
	ra_start 200 600
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	linklocal
	# What shows it is that nothing comes back.
	in_ns mn ping -i 0.2 -I $MN_HOME $CN_ADDR > /dev/null 2>&1 &
	ping=$!
	for _l in 2 1 2; do
		slid foreign$_l 30
	done
	kill $ping
	stop_clean
}

define wireless "a word of the kernel about a link that stays up has the router asked"
wireless_body() {
	setup
	ra_start 200 600
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	linklocal
	for _l in 2 1 2; do
		rule_time 4	# a router answers once in 3 s
		began=$(date +%s%3N)
		HINT=1 slid foreign$_l
		echo "$(($(date +%s%3N) - began)) ms"
	done
	# The hint alone is no movement.
	sent=$(counter mn mn bu_sent) probes=$(counter mn mn probes_sent)
	rule_time 2
	in_ns mn ip link set wlan0 txqueuelen 900
	wait_for 5 probed $((probes + 1)) || lost "the router is not asked"
	rule_time 1
	atf_check_equal "$(counter mn mn bu_sent)" "$sent"
	registered 2001:db8:f2:
	stop_clean
}

define same_router "both routers have the same link-local address"
same_router_body() {
	setup
	for _l in f1 f2; do
		in_ns core ip -6 addr flush dev $_l scope link
		addr core $_l fe80::1/64
	done
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	linklocal
	stream
	for _l in 2 1 2; do
		slid foreign$_l
		rate_is_free
	done
	stream_end
	stop_clean
}

# killed NS ROLE: kill -9, and wait for the next one to be ready
killed() {
	_old=$(child_pid "$1" "$2")
	kill -9 "$_old"
	wait_for 10 reborn "$1" "$2" "$_old" || lost "$2 of $1 is not back"
}

define children_of_mn "kill -9 of each child of the mobile node" 90
children_of_mn_body() {
	setup
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	at=1
	for role in control mn net; do
		stream
		gap_begin
		killed mn $role
		registered 2001:db8:f$at:
		gap_end
		# The next life handles what comes.
		flows 40 || lost "the stream does not go on"
		at=$((3 - at))
		moved foreign$at
		stream_end
	done
	# Moved while nobody was looking.
	stream
	gap_begin
	kill -9 "$(child_pid mn mn)"
	mn_to foreign1
	registered 2001:db8:f1:
	gap_end
	rate_is_free
	stream_end
	stop_clean
}

define children_of_ha "kill -9 of each child of the home agent" 90
children_of_ha_body() {
	setup
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	at=1
	for role in control ha net; do
		stream
		gap_begin
		killed ha $role
		[ $role != net ] || wait_for 5 reachable
		gap_end
		flows 50 || lost "the stream does not go on"
		# The next life takes a new binding, whatever it remembers.
		at=$((3 - at))
		moved foreign$at
		stream_end
	done
	stop_clean
}

define agent_forgets "the home agent process dies, the node does not move"
agent_forgets_body() {
	setup
	LIFETIME=4s mn_conf 'interface "wlan0"'
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	stream
	taken=$(counter mn mn ba_accepted)
	killed ha ha
	# Longer than the binding lasts.
	wait_for 20 answered $((taken + 3)) || lost "no more acknowledgements"
	registered 2001:db8:f1:
	stream_end
	stop_clean
}

answered() { [ "$(counter mn mn ba_accepted)" -ge "$1" ]; }

define agent_forgets_physical "the same on a physical home link, then the node moves"
agent_forgets_physical_body() {
	setup physical
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	stream
	killed ha ha
	flows 50 || lost "the stream does not go on"
	# The new process knows the binding: no second for another DAD.
	moved foreign2
	stream_end
	stop_clean
}

define agent_forgets_return "the home agent process dies, the node returns" 90
agent_forgets_return_body() {
	setup physical
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	stream
	killed ha ha
	gap_begin
	mn_to home
	wait_for 15 at_home || lost "not at home"
	wait_for 5 no_host_route || lost "the home agent still has a route"
	wait_for 5 reachable || lost "not reachable at home"
	gap_end
	stream_end
	stop_clean
}
no_host_route() { ! in_ns ha ip -6 route show proto 106 | grep -q "$MN_HOME"; }

define agent_restarts "kill -9 of all of the home agent, and a new one"
agent_restarts_body() {
	setup
	LIFETIME=4s mn_conf 'interface "wlan0"'
	ra_start 0.03 0.07
	mn_to foreign1
	start_ha; start_mn
	registered 2001:db8:f1:
	stream
	gap_begin
	mip6d_kill ha
	start_ha
	registered 2001:db8:f1: 15
	gap_end
	stream_end
	mip6d_kill mn
	start_mn
	registered 2001:db8:f1:
	stop_clean
}
