#!/usr/bin/env atf-sh
# The home agent of the real daemon, asked by scapy what the RFCs demand of it
# on the wire: see rfc.py.

. "$(atf_get_srcdir)/test.sh"

# Two links: scapy is everybody on the home link, and the Internet on wan.
links() {
	ns_add ha peer || return 1
	veth peer home ha home
	veth peer wan ha wan
	in_ns peer sysctl -qw net.ipv6.conf.home.disable_ipv6=1 \
	    net.ipv6.conf.wan.disable_ipv6=1
	in_ns ha sysctl -qw net.ipv6.conf.all.forwarding=1
	if command -v ethtool > /dev/null; then
		for i in home wan; do
			in_ns ha ethtool -K $i tx off tso off gso off gro off \
			    > /dev/null
		done
	fi
	addr ha home $HA_ADDR/64
	addr ha wan 2001:db8:aa::2/64
	in_ns ha ip addr add 2001:db8:2::1/128 dev lo
	in_ns ha ip -6 route add default via 2001:db8:aa::1
	in_ns ha ip -6 neigh add 2001:db8:aa::1 dev wan nud permanent \
	    lladdr "$(in_ns peer cat /sys/class/net/wan/address)"
}

configuration() {
	cat <<-CONF
	user "nobody"; chroot "/var/empty"; log stderr; log verbose
	state-directory "$NET_DIR/state"
	home-agent {
		home-link "home" {
			address $HA_ADDR
			prefix $HOME_PREFIX::/64
			preference -3; home-agent-lifetime 1000s
			router-advertisements { interval 30ms 70ms; }
		}
		home-link virtual { address 2001:db8:2::1; prefix 2001:db8:2::/64; }
		maximum-lifetime 600s; refresh-advice 300s; update-rate 1000
	CONF
	for i in 1 2; do
		n=0
		while [ $n -lt 24 ]; do
			cat <<-CONF
			mobile-node "mn$i.$n@example.com" {
				home-address 2001:db8:$i::$((100 + n))
				authentication mn-ha spi $((256 + 100 * i + n)) key "0123456789abcd$((10 + n))"
			}
			CONF
			n=$((n + 1))
		done
	done
	echo "}"
}

# ask PART: scapy asks that part of rfc.py
ask() {
	begin ip
	$PY -c 'import scapy.layers.inet6' || atf_skip "no scapy"
	links || atf_fail "no topology"
	configuration > "$NET_DIR/ha.conf"
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	export MIP6CTL NET_DIR
	$PY "$SRC/rfc.py" "$1" "$NET_ID" "$(cat "$NET_DIR/ha.pid")" \
	    "$(in_ns ha cat /sys/class/net/wan/address)" ||
	    { tail -n 40 "$NET_DIR/ha.log"; atf_fail "not as the RFCs have it"; }
}

define wire "RFC 6275, 4285, 4283, 2473, 4861 as a home agent's peers see them"
wire_body() { ask ha; }

define trouble "preconditions that change while a home agent runs" 120
trouble_body() { ask trouble; }
