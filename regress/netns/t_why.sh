#!/usr/bin/env atf-sh
# What mip6ctl why says where a kernel, a firewall or a link is what is wrong:
# one topology, broken in one way after the other, and mended again.

. "$(atf_get_srcdir)/test.sh"

# A home agent whose address is nowhere, on a virtual home link; not started.
setup() {
	begin ip radvd nft ping
	pair_up virtual || atf_fail "no topology"
	in_ns ha ip addr del $HA_ADDR/128 dev home
}

# says NS REASON [ARGUMENT]: it stands
says() {
	ctl "$1" -j why ${3:-} | tr '{' '\n' | grep -q "\"reason\":\"$2\""
}

is_well() { [ "$(ctl "$1" -j why | grep -c '"reason"')" = 0 ]; }

# expect NS REASON [ARGUMENT]: it comes to stand, and the log had it once
expect() {
	wait_for 60 says "$@" || lost "$1 does not say $2"
	_l=$(grep -c "\[$2\]" "$NET_DIR/$1.log")
	[ "$_l" -ge 1 ] || lost "the log of $1 does not say $2"
}

# told NS PATTERN VERB...: the answer has it, however its lines are broken
told() {
	_n=$1 _p=$2; shift 2
	ctl "$_n" "$@" | tr -s ' \n' ' ' >out
	atf_check -o match:"$_p" cat out
}

mended() {
	wait_for 60 is_well "$1" || lost "$1 is not well again"
}

lost() {
	ctl mn why; ctl ha why; ctl mn status; ctl mn show tunnels
	tail -n 30 "$NET_DIR/mn.log" "$NET_DIR/ha.log"
	in_ns mn ip -6 addr; in_ns ha ip -6 addr
	atf_fail "$*"
}

# drop NFT-RULE...: on the way between the mobile node and its home agent
drop() {
	in_ns core nft add table ip6 fw
	in_ns core nft add chain ip6 fw f '{ type filter hook forward priority 0; }'
	in_ns core nft add rule ip6 fw f "$@"
}

open_all() { in_ns core nft delete table ip6 fw; }

define why "each thing that is wrong is said, and that it no longer is" 120
why_body() {
	setup
	ra_start 0.5 1
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	# The home agent's address is nowhere.
	expect ha agent-address-missing
	told ha "ip -6 addr add" why
	told ha "ha degraded 1 home agent address $HA_ADDR" status
	in_ns ha ip addr add $HA_ADDR/128 dev home nodad
	mended ha
	told ha '^nothing is wrong $' why

	# A mobile node on no network.
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	expect mn no-carrier wlan0
	says mn no-link $MN_HOME || lost "no-link"

	# One whose kernel takes no advertisements, as it forwards.
	in_ns mn sysctl -qw net.ipv6.conf.wlan0.forwarding=1
	mn_to foreign1
	expect mn advertisements-ignored wlan0
	expect mn no-address wlan0
	told mn "2001:db8:f1::/64 on wlan0, and the kernel.*accept_ra=2" \
	    why wlan0
	in_ns mn sysctl -qw net.ipv6.conf.wlan0.forwarding=0
	wait_for 30 reachable || lost "not reachable"
	mended mn
	told mn "$MN_HOME registered with $HA_ADDR from 2001:db8:f1:.* nothing is wrong, for" why
	told ha "bound.*nothing is wrong, for" why $MN_HOME

	# Protocol 41 goes astray, 135 does not.
	drop meta l4proto ipv6 drop
	in_ns mn ping -i 0.5 -I $MN_HOME $CN_ADDR >/dev/null 2>&1 &
	ping=$!
	expect mn tunnel-silent $HA_ADDR
	told mn 'may drop protocol 41' why
	open_all
	mended mn
	kill $ping

	# Protocol 135 goes astray, pings do not.
	drop meta l4proto 135 drop
	mn_to foreign2
	expect mn updates-ignored $MN_HOME
	open_all
	mended mn

	# ... and is refused by somebody who says so.
	in_ns core ip -6 route add prohibit $HA_ADDR/128
	mn_to foreign1
	expect mn refused-on-the-way
	told mn '2001:db8:f.::1 answers the Binding Updates' why
	in_ns core ip -6 route del prohibit $HA_ADDR/128
	mended mn

	# Nothing arrives at all.
	drop ip6 daddr $HA_ADDR drop
	mn_to foreign2
	expect mn agent-silent $HA_ADDR
	open_all
	mended mn

	# An interface that is not there, by a reload, and another key.
	KEY=fedcba9876543210
	mn_conf 'interface "wlan7"'
	ctl mn reload
	expect mn interface-missing wlan7
	mn_conf 'interface "wlan0"'
	ctl mn reload
	mn_to foreign1
	expect mn answers-not-believed
	expect ha wrong-key $MN_HOME
	told ha 'configured for node mn@example.com with SPI 256' \
	    why mn@example.com

	# A home link whose interface is not there.
	ha_conf '"lan7"'
	ctl ha reload
	expect ha interface-missing lan7
	# Each began once in the log.
	for r in no-carrier no-address tunnel-silent updates-ignored; do
		[ "$(grep -c "\[$r\]" "$NET_DIR/mn.log")" -le 4 ] ||
		    lost "$r is said too often"
	done
}
