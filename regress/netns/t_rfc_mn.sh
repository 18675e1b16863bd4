#!/usr/bin/env atf-sh
# The mobile node of the real daemon, asked by scapy what the RFCs demand of
# it on the wire: see rfc.py.

PY=/usr/bin/python3

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
	state-directory "$NET_DIR"
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

atf_test_case wire cleanup
wire_head() {
	atf_set descr "RFC 6275, 4285, 4283, 2473, 4861 as a mobile node's peers see them"
	atf_set require.user root
	atf_set timeout 120
}
wire_body() {
	SRC=$(atf_get_srcdir)
	TOP=$(cd "$SRC/../.." && pwd)
	MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
	NET_ID=m6s$$ NET_DIR=$(pwd)/net
	echo "$NET_ID" > net_id
	. "$SRC/lib.sh"
	why=$(net_need ip) || atf_skip "$why"
	$PY -c 'import scapy.layers.inet6' || atf_skip "no scapy"
	mkdir -p "$NET_DIR"
	links || atf_fail "no topology"
	configuration > "$NET_DIR/mn.conf"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	$PY "$SRC/rfc.py" mn "$NET_ID" ||
	    { tail -n 60 "$NET_DIR/mn.log"; atf_fail "not as the RFCs have it"; }
}
wire_cleanup() {
	SRC=$(atf_get_srcdir)
	[ -f net_id ] || return 0
	NET_ID=$(cat net_id) NET_DIR=$(pwd)/net
	. "$SRC/lib.sh"
	net_down
}

atf_init_test_cases() {
	atf_add_test_case wire
}
