# Packets with extension headers at a home agent: scapy is everybody else, and
# rfc_plane.py has what is asked.  Sourced after lib.sh by tests of netns and,
# in a guest whose kernel has Mobile IPv6, of the lab.
#
#	peer wan ======= wan ha		ha's wan may be on another device, low

PLANE_WAN=2001:db8:aa::2 PLANE_AGENT=2001:db8:2::1

# plane_up KIND: what wan is at the home agent.  Status 2: this kernel has no
# such devices; what went wrong is in the file why.
plane_up() {
	mkdir -p "$NET_DIR"
	{ ns_add ha peer && veth peer wan ha low; } 2> "$NET_DIR/why" || return 1
	plane_has "$1" || return 2
	{ plane_wan "$1" && plane_addresses; } 2>> "$NET_DIR/why"
}

# It says so of a kind that it does not know, and of another one that this is
# not how such a device is made.
plane_has() {
	in_ns ha ip link add probe type "$1" 2> "$NET_DIR/why" &&
	    in_ns ha ip link del probe
	! grep -Eq 'Unknown device type|not supported' "$NET_DIR/why"
}

plane_wan() {
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
	*)	echo "$1?" >&2; return 1 ;;
	esac || return 1
	[ "$1" = veth ] || in_ns ha ip link set low up || return 1
	in_ns ha ip link set wan up && in_ns peer ip link set wan up
}

plane_addresses() {
	in_ns peer sysctl -qw net.ipv6.conf.wan.disable_ipv6=1 &&
	# All answers of the kernel are to be seen.
	in_ns ha sysctl -qw net.ipv6.conf.all.forwarding=1 \
	    net.ipv6.icmp.ratelimit=0 &&
	addr ha wan $PLANE_WAN/64 &&
	in_ns ha ip addr add $PLANE_AGENT/128 dev lo &&
	in_ns ha ip -6 route add default via 2001:db8:aa::1 &&
	in_ns ha ip -6 neigh add 2001:db8:aa::1 dev wan nud permanent \
	    lladdr "$(in_ns peer cat /sys/class/net/wan/address)"
}

plane_conf() {
	cat > "$NET_DIR/ha.conf" <<-CONF
	user "nobody"; chroot "/var/empty"; log stderr; log verbose
	state-directory "$NET_DIR/state"
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

# plane_start nft|ip6tables: for the second, nf_tables is made unavailable where
# the kernel has it
plane_start() {
	if [ "$1" = ip6tables ] && in_ns ha nft add table ip6 probe; then
		in_ns ha nft delete table ip6 probe
		no_nft
	fi
	plane_conf
	# ip6tables that takes 5 seconds is killed, and run again 30 later.
	mip6d_start ha "$NET_DIR/ha.conf" && wait_for 40 filter_is ha "$1"
}

# plane PART [ARGUMENT...]: of rfc_plane.py
plane() {
	MIP6CTL=$MIP6CTL SOCK=$NET_DIR/ha.sock $PY "$NET_HERE/rfc.py" plane "$NET_ID" \
	    "$(in_ns ha cat /sys/class/net/wan/address)" "$@"
}
