#!/usr/bin/env atf-sh
# Which packets the kernel gets and who answers them, by nf_tables and by
# ip6tables, whatever devices are stacked: see rfc_plane.py.

. "$(atf_get_srcdir)/test.sh"
. "$SRC/plane_lib.sh"

setup() {
	begin ip nft
	$PY -c 'import scapy.layers.inet6' || atf_skip "no scapy"
	plane_up "$1" && return
	[ $? = 2 ] || atf_fail "$1: no topology: $(cat "$NET_DIR/why")"
	atf_skip "this kernel has no $1 devices: $(cat "$NET_DIR/why")"
}

start() { plane_start "$1" || atf_fail "$1: $(cat "$NET_DIR/ha.log")"; }

define answers "options and headers are answered once, by whom they concern" 120
answers_body() {
	setup veth
	by nft
}

define answers_ip6tables "the same where the kernel has no nf_tables" 120
answers_ip6tables_body() {
	setup veth
	why=$(has_ip6tables ha) || atf_skip "$why"
	by ip6tables
}

by() {
	mip6= ; [ ! -d /sys/module/mip6 ] || mip6=mip6
	plane kernel $mip6 || atf_fail "the kernel says something else by itself"
	start "$1"
	plane answers || atf_fail "not as the RFCs have it"
	plane length || atf_fail "Header Len"
	plane tunnels || atf_fail "what the kernel's tunnels say"
	mip6d_stop ha || atf_fail "no end"
	plane kernel $mip6 || atf_fail "something is left"
}

define once "nothing is lost or comes twice while rules are flushed" 120
once_body() {
	setup veth
	flushed nft
}

define once_ip6tables "the same where the kernel has no nf_tables" 120
once_ip6tables_body() {
	setup veth
	why=$(has_ip6tables ha) || atf_skip "$why"
	flushed ip6tables
}

# flushed nft|ip6tables: twenty times, at most 50 ms after the last
flushed() {
	start "$1"
	plane once done > out & p=$!
	n=0
	while [ $n -lt 20 ]; do
		filter_flush ha "$1" || atf_fail "no flush"
		n=$((n + 1))
		sleep 0.05
	done
	touch done
	wait $p || { cat out; atf_fail "$1"; }
	mip6d_stop ha || atf_fail "no end"
}

define rules "rules on the real interface hold for what has options" 60
rules_body() {
	setup veth
	start nft
	in_ns ha nft -f - <<-'NFT' || atf_fail "no rules"
	table inet f {
		chain i {
			type filter hook input priority 0
			iifname "wan" udp dport 7777 drop
		}
		chain p {
			type filter hook prerouting priority -150
			ip6 saddr 2001:db8:aa::1 fib saddr . iif oif missing drop
		}
	}
	NFT
	plane refused || atf_fail "got in"
	in_ns ha nft 'flush chain inet f i'
	# The strict reverse path filter lets them in.
	plane others || atf_fail "not as the kernel does"
}

# stacked KIND: each packet is taken once, and answered from where it came in
stacked() {
	setup $1
	start nft
	captured=$(counter ha net captured)
	plane taken 5 || atf_fail "$1: not taken once"
	[ "$(counter ha net captured)" = $((captured + 6)) ] ||
	    atf_fail "$1: $(counter ha net captured) were captured, not" \
	    "$((captured + 6))"
	plane answers || atf_fail "$1: not as the RFCs have it"
}

for k in bridge vlan macvlan ipvlan bond; do
	define stacked_$k "a packet is taken once: $k" 60
	eval "stacked_${k}_body() { stacked $k; }"
done
