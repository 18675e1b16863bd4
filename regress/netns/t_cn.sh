#!/usr/bin/env atf-sh
# A correspondent, the real daemon, and a mobile node that is none of ours: what
# goes over the wire, what is in the kernel, and what is left.

. "$(atf_get_srcdir)/test.sh"

CN=2001:db8:c::1
HOME_ADDRESS=2001:db8:1::100
CAREOF=2001:db8:2::1
OTHER=2001:db8:2::2

cn_up() {
	begin ip python3 tcpdump
	ns_add cn node
	veth cn eth0 node eth0
	addr cn eth0 $CN/64
	addr node eth0 $HOME_ADDRESS/128
	addr node eth0 $CAREOF/128
	in_ns node ip -6 route add $CN dev eth0
	in_ns cn ip -6 route add 2001:db8:1::/64 dev eth0
	in_ns cn ip -6 route add 2001:db8:2::/64 dev eth0
	cat > conf <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/cn.state"
	correspondent { }
	CONF
	mkdir -p "$NET_DIR/cn.state"
	mip6d_start cn conf || atf_fail "no start"
}

node() { in_ns node /usr/bin/python3 "$SRC/cn_node.py" $CN $HOME_ADDRESS \
    $CAREOF "$@"; }
bound() { [ "$(field cn careof show bindings)" = $CAREOF ]; }
routed() { in_ns cn ip -6 route show table all | grep -q "^$HOME_ADDRESS dev mip6"; }
unrouted() { ! routed; }

define served "tests, a binding, its route, its use, its deletion; a new process begins anew" 60
served_body() {
	cn_up
	atf_check_equal "$(node 1 400)" "0 400"
	wait_for 10 bound || atf_fail "not bound"
	wait_for 10 routed || atf_fail "no route to the peer"
	# Packets of this host go to the care-of address; that they do is told.
	tcpdump_start cn eth0 out.pcap || atf_fail "no capture"
	in_ns cn ping -6 -c 1 -W 1 -I $CN $HOME_ADDRESS > ping.out
	wait_for 10 used || atf_fail "nobody has seen it used"
	tcpdump_stop out.pcap
	atf_check_equal "$(tcpdump -n -r out.pcap 2>/dev/null |
	    grep -c "$CN > $CAREOF: RT6 (len=2, type=2, segleft=1, \[0\]$HOME_ADDRESS) ICMP6, echo request")" 1
	# What one process has given out another does not know, and undoes.
	node - 0 > before
	p=$(child_pid cn cn)
	kill -9 "$p"
	wait_for 10 reborn cn cn "$p" || atf_fail "not back"
	wait_for 10 unrouted || atf_fail "the route is left"
	node - 0 > after
	cmp -s before after && atf_fail "the same tokens: $(cat after)"
	[ -z "$(field cn careof show bindings)" ] || atf_fail "still bound"
	atf_check_equal "$(node 2 400)" "0 400"
	wait_for 10 routed || atf_fail "no route to the peer again"
	atf_check_equal "$(node 3 0)" "0 0"
	wait_for 10 unrouted || atf_fail "the route is left by a deletion"
	[ -z "$(field cn careof show bindings)" ] || atf_fail "not deleted"
	# With the nonces of the deletion it does not come back, with others it
	# does: whoever is told so tests again.
	wait_for 10 again || atf_fail "not bound any more"
	wait_for 10 routed || atf_fail "no route to the peer any more"
	kill "$(cat "$NET_DIR/cn.pid")"
	wait_for 10 unrouted || atf_fail "the route is left at the end"
}
used() { [ "$(field cn used show bindings)" = true ]; }
again() { [ "$(node 4 400)" = "0 400" ]; }

define enhanced "RFC 4866 with a node of Python's: early and signed, complete, moved by its token" 60
enhanced_body() {
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null ||
	    atf_skip "python3-cryptography is not installed"
	cn_up
	addr node eth0 $OTHER/64
	in_ns node /usr/bin/python3 "$SRC/cn_cga_node.py" eth0 $CN $CAREOF \
	    $OTHER > out || atf_fail "$(cat out)"
	HOME_ADDRESS=$(sed -n '$p' out)
	sed '$d' out > got
	printf '%s\n' "147 0" "0 86400" "0 86400" "0 4000" "0 4000" "148 0" \
	    "149 0" "0 4000" > want
	atf_check -o file:want cat got
	atf_check_equal "$(field cn careof show bindings)" $CAREOF
	atf_check_equal "$(field cn careof_verified show bindings)" false
	atf_check_equal "$(field cn permanent_token show bindings)" true
	wait_for 10 routed || atf_fail "no route to the peer"
	kill "$(cat "$NET_DIR/cn.pid")"
	wait_for 10 unrouted || atf_fail "the route is left at the end"
}
