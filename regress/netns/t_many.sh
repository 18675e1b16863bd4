#!/usr/bin/env atf-sh
# Hosts of many containers: a thousand other interfaces, thousands of
# addresses, few descriptors.  What mip6d needs is made last and works.

. "$(atf_get_srcdir)/test.sh"

topology() {
	begin ip radvd
	pair_up virtual || atf_fail "no topology"
	ra_start 0.03 0.07
}

# bridges NS FROM TO: as of containers, up
bridges() {
	seq "$2" "$3" | sed 's/.*/link add br& type bridge\nlink set br& up/' |
	    in_ns "$1" ip -batch - || atf_fail "no bridges in $1"
}

# no_bridges NS FROM TO
no_bridges() {
	seq "$2" "$3" | sed 's/.*/link del br&/' |
	    in_ns "$1" ip -batch - || atf_fail "bridges stay in $1"
}

# The interface of the agent that matters, the last one that it has.
make_wan() {
	in_ns ha ip link del wan 2>/dev/null
	veth core toha ha wan
	addr core toha 2001:db8:aa::1/64; addr ha wan 2001:db8:aa::2/64
	in_ns core ip -6 route replace $HOME_PREFIX::/64 via 2001:db8:aa::2
	in_ns ha ip -6 route replace default via 2001:db8:aa::1
}

# The same of the node, plugged into that link.
make_wlan() {
	in_ns mn ip link del wlan0 2>/dev/null
	veth mn wlan0 sw mn-port
	mn_to "$1"
}

expect_reachable() {
	wait_for 20 reachable && return
	cat "$NET_DIR/mn.log" "$NET_DIR/ha.log" >&2
	atf_fail "not reachable $1"
}

# fds NS ROLE: descriptors of that process
fds() {
	find "/proc/$(child_pid "$1" "$2")/fd" -mindepth 1 | wc -l
}

# seen NS: interfaces that mip6d knows of, with a capture and in all
seen() {
	ctl "$1" -j show globals | $PY -c '
import json, sys
print([r["value"] for r in json.load(sys.stdin)["rows"]
       if r["name"] == "interfaces seen"][0])'
}

knows() { [ "$(seen "$1")" = "$2 of $2" ]; }

# knows_all NS: as many as there are
knows_all() {
	_k=$(in_ns "$1" sh -c 'ls /sys/class/net 2>/dev/null; ip -o link' |
	    grep -c '^[0-9]*: ')
	wait_for 10 knows "$1" "$_k" ||
	    atf_fail "$1 has $_k interfaces, mip6d knows $(seen "$1")"
}

define interfaces "A thousand of them, before and while the daemons run"
interfaces_body() {
	topology
	bridges ha 1 1000; make_wan
	bridges mn 1 1000; make_wlan foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	expect_reachable "after the start"
	knows_all ha; knows_all mn
	ha_fds=$(fds ha net) mn_fds=$(fds mn net)
	# They come and go, and at last what is needed is made again.
	for n in ha mn; do
		no_bridges $n 1 25; bridges $n 2001 2100; no_bridges $n 2001 2025
		bridges $n 1 25
	done
	make_wan
	make_wlan foreign2
	expect_reachable "with interfaces made again"
	knows_all ha; knows_all mn
	atf_check_equal "$ha_fds" "$(fds ha net)"
	wait_for 5 same_fds || atf_fail "net of mn: $mn_fds descriptors, " \
	    "then $(fds mn net)"
	# It was told of all there are, and net too when it is another one.
	kill -9 "$(child_pid ha net)"
	expect_reachable "with another net"
	wait_for 5 same_ha_fds || atf_fail "another net: $(fds ha net)" \
	    "descriptors, not $ha_fds"
}
same_fds() { [ "$(fds mn net)" = "$mn_fds" ]; }
same_ha_fds() { [ "$(fds ha net)" = "$ha_fds" ]; }

define addresses "2,000 on an interface, the care-of address among them"
addresses_body() {
	topology
	# The kernel forms none where there are that many, unless told to.
	in_ns mn sysctl -qw net.ipv6.conf.wlan0.max_addresses=0
	many_addresses mn wlan0
	many_addresses ha wan
	addr ha wan 2001:db8:aa::2/64
	in_ns ha ip -6 route replace default via 2001:db8:aa::1
	mn_to foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	expect_reachable "after the start"
	in_ns ha ip -6 addr flush dev wan to fd00::/16
	in_ns mn ip -6 addr flush dev wlan0 to fd00::/16
	mn_to foreign2
	expect_reachable "after a move"
}

# many_addresses NS IF: while it is down, which is faster
many_addresses() {
	in_ns "$1" ip link set "$2" down
	seq 1 2000 | sed "s/.*/addr add fd00::&\/128 dev $2 nodad preferred_lft 0/" |
	    in_ns "$1" ip -6 -batch - || atf_fail "no addresses"
	in_ns "$1" ip link set "$2" up
}

define few_descriptors "64 descriptors and 200 interfaces"
few_descriptors_body() {
	topology
	bridges ha 1 200; make_wan
	bridges mn 1 200; make_wlan foreign1
	# shellcheck disable=SC3045
	ulimit -Hn 64 -Sn 64 || atf_skip "no ulimit -n here"
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	expect_reachable "after the start"
	knows_all ha; knows_all mn
	make_wlan foreign2
	expect_reachable "with the interface made again"
}
