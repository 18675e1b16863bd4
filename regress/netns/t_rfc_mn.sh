#!/usr/bin/env atf-sh
# The mobile node of the real daemon, asked by scapy what the RFCs demand of
# it on the wire: see rfc.py.

. "$(atf_get_srcdir)/test.sh"

# One link, that scapy makes another one by taking the carrier away.
links() {
	ns_add mn peer || return 1
	veth mn wlan0 peer w1
	in_ns peer ip link set w1 down
	in_ns peer sysctl -qw net.ipv6.conf.w1.disable_ipv6=1
	if command -v ethtool > /dev/null; then
		in_ns mn ethtool -K wlan0 tx off tso off gso off gro off \
		    > /dev/null
	fi
}

configuration() {
	cat <<-CONF
	user "nobody"; chroot "/var/empty"; log stderr; log verbose
	state-directory "$NET_DIR/state"
	mobile-node {
		interface "wlan0"
		optimistic-dad no
		home-address $MN_HOME {
			home-prefix $HOME_PREFIX::/64
			home-agent $HA_ADDR
			identifier "mn@example.com"
			authentication mn-ha spi 256 key "0123456789abcdef"
		}
	}
	CONF
}

define wire "RFC 6275, 4285, 4283, 2473, 4861 as a mobile node's peers see them"
wire_body() {
	begin ip
	$PY -c 'import scapy.layers.inet6' || atf_skip "no scapy"
	links || atf_fail "no topology"
	configuration > "$NET_DIR/mn.conf"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	$PY "$SRC/rfc.py" mn "$NET_ID" ||
	    { tail -n 60 "$NET_DIR/mn.log"; atf_fail "not as the RFCs have it"; }
}
