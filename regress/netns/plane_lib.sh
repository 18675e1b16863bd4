# Packets with extension headers at a home agent: scapy is everybody else, and
# rfc_plane.py has what is asked.  Sourced after lib.sh by tests of netns and,
# in a guest whose kernel has Mobile IPv6, of the lab.
#
#	peer wan ======= wan ha		ha's wan may be on another device, low

PLANE_WAN=2001:db8:aa::2 PLANE_AGENT=2001:db8:2::1

# plane_up KIND: what wan is at the home agent; 2: this kernel has no such thing
plane_up() {
	ns_add ha peer || return 1
	veth peer wan ha low || return 1
	case $1 in
	veth)	in_ns ha ip link set low down &&
		in_ns ha ip link set low name wan ;;
	bridge)	in_ns ha ip link add wan type bridge mcast_snooping 0 &&
		in_ns ha ip link set low master wan ;;
	vlan)	in_ns peer ip link set wan down &&
		in_ns peer ip link set wan name under &&
		in_ns peer ip link set under up &&
		in_ns peer ip link add wan link under type vlan id 5 &&
		in_ns ha ip link add wan link low type vlan id 5 ;;
	macvlan) in_ns ha ip link add wan link low type macvlan mode bridge ;;
	bond)	in_ns ha ip link add wan type bond mode active-backup miimon 100 &&
		in_ns ha ip link set low down &&
		in_ns ha ip link set low master wan ;;
	ipvlan)	in_ns ha ip link add wan link low type ipvlan mode l2 ;;
	esac 2> "$NET_DIR/kind" || return 2
	for _i in low wan; do
		in_ns ha ip link set $_i up 2>/dev/null
	done
	in_ns peer ip link set wan up
	in_ns peer sysctl -qw net.ipv6.conf.wan.disable_ipv6=1
	# All answers of the kernel are to be seen.
	in_ns ha sysctl -qw net.ipv6.conf.all.forwarding=1 \
	    net.ipv6.icmp.ratelimit=0
	addr ha wan $PLANE_WAN/64
	in_ns ha ip addr add $PLANE_AGENT/128 dev lo
	in_ns ha ip -6 route add default via 2001:db8:aa::1
	in_ns ha ip -6 neigh add 2001:db8:aa::1 dev wan nud permanent \
	    lladdr "$(in_ns peer cat /sys/class/net/wan/address)"
}

plane_conf() {
	cat > "$NET_DIR/ha.conf" <<-CONF
	user "nobody"; chroot "/var/empty"; log stderr; log verbose
	state-directory "$NET_DIR"
	home-agent {
		home-link virtual { address $PLANE_AGENT; prefix 2001:db8:2::/64; }
		mobile-node "mn2.0@example.com" {
			home-address 2001:db8:2::100
			authentication mn-ha spi 456 key "0123456789abcd10"
		}
	}
	correspondent { }
	# These have a capture of their own.
	mobile-node {
		interface "low"
		interface "wan"
		home-address 2001:db8:3::100 {
			home-prefix 2001:db8:3::/64
			home-agent 2001:db8:3::1; identifier "me@example.com"
			authentication mn-ha spi 256 key "0123456789abcdef"
		}
	}
	CONF
}

# plane_start nft|ip6tables: for the second, nf_tables is made unavailable
plane_start() {
	if [ "$1" = ip6tables ] && in_ns ha nft add table ip6 probe; then
		in_ns ha nft delete table ip6 probe
		printf '#!/bin/sh\nexec %s %s %s "$@"\n' "$PY" \
		    "$NET_HERE/no_nft.py" "$MIP6D" > "$NET_DIR/mip6d"
		chmod 755 "$NET_DIR/mip6d"
		MIP6D=$NET_DIR/mip6d
	fi
	plane_conf
	mip6d_start ha "$NET_DIR/ha.conf" || return 1
	ctl ha show globals | grep -q "suppressed by.*$(
	    [ "$1" = nft ] && echo nf_tables || echo ip6tables)"
}

# plane PART [ARGUMENT...]: of rfc_plane.py
plane() {
	MIP6CTL=$MIP6CTL SOCK=$NET_DIR/ha.sock $PY "$NET_HERE/rfc.py" plane "$NET_ID" \
	    "$(in_ns ha cat /sys/class/net/wan/address)" "$@"
}

# plane_flush nft|ip6tables: as a firewall's service does that is restarted
plane_flush() {
	if [ "$1" = nft ]; then
		in_ns ha nft flush ruleset
		return
	fi
	in_ns ha ip6tables-legacy -F
	in_ns ha ip6tables-legacy -X
}
