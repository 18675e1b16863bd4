#!/usr/bin/env atf-sh
# A mobile node whose host sleeps, and one that has a stale address of the link
# that it left: what leaves the host, and that it is reachable again at once.

. "$(atf_get_srcdir)/test.sh"

# Fail, saying all that is known.
lost() {
	ctl mn show bul; ctl mn show interfaces; ctl ha show bindings
	in_ns mn ip -6 addr; in_ns mn ip -6 route
	tail -n 40 "$NET_DIR/mn.log"; tail -n 20 "$NET_DIR/ha.log"
	atf_fail "$*"
}

start() {
	begin ip radvd ping "$@"
	pair_up virtual || atf_fail "no topology"
	ra_start 0.3 0.7
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
}

# slept SECONDS: so long in all
slept() {
	$PY -c 'import struct, sys
open(sys.argv[1], "r+b").write(struct.pack("=q", int(sys.argv[2])))' \
	    "$SLEEP_FILE" "$1"
}

sent_more() { [ "$(counter mn mn bu_sent)" -gt "$1" ]; }
said() { grep -q "the host has slept for $1 s" "$NET_DIR/mn.log"; }

define sleeps "the host sleeps, for a minute and for hours"
sleeps_body() {
	start cc
	cc -shared -fPIC -o sleep.so "$SRC/sleep.c" || atf_fail "sleep.c"
	export SLEEP_FILE="$PWD/slept"
	printf '\0\0\0\0\0\0\0\0' > "$SLEEP_FILE"
	chmod 644 "$SLEEP_FILE"
	mn_to foreign1
	LD_PRELOAD="$PWD/sleep.so"; export LD_PRELOAD
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	unset LD_PRELOAD
	wait_for 15 reachable || lost "not reachable after the start"
	# Less than the lifetime: the home agent is told all the same.
	n=$(counter mn mn bu_sent)
	slept 70
	wait_for 5 said 70 || lost "it was not noticed"
	wait_for 5 sent_more "$n" || lost "no Binding Update after 70 s"
	wait_for 5 reachable || lost "not reachable after 70 s"
	# More than that, while the link is another.
	n=$(counter mn mn bu_sent)
	in_ns sw ip link set mn-port master foreign2
	slept 7270
	wait_for 5 said 7200 || lost "it was not noticed"
	wait_for 10 agree 2001:db8:f2: || lost "no agreement on a new address"
	sent_more "$n" || lost "no Binding Update after 2 h"
	wait_for 5 reachable || lost "not reachable after 2 h"
}

define stale_source "an address of the home link that has outlived it is no source"
stale_source_body() {
	start tcpdump
	mn_to foreign1
	# As the kernel has them that were formed at home.
	in_ns mn ip -6 addr add $HOME_PREFIX::5:5/64 dev wlan0 nodad \
	    valid_lft 86400 preferred_lft 14400
	in_ns mn ip -6 addr add $HOME_PREFIX::6:6/64 dev wlan0 nodad
	tcpdump_start sw mn-port stale.pcap ip6 || atf_fail "no capture"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	wait_for 15 reachable || lost "not reachable after the start"
	mn_to foreign2
	wait_for 10 agree 2001:db8:f2: || lost "no agreement"
	wait_for 5 reachable || lost "not reachable after the move"
	tcpdump_stop stale.pcap
	tcpdump -nr stale.pcap 2>/dev/null > all.txt
	grep -q 'mobility: BU' all.txt || { cat all.txt; lost "no registration seen"; }
	for a in $HOME_PREFIX::5:5 $HOME_PREFIX::6:6; do
		# Nothing to the home agent comes from there.
		! grep "IP6 $a > $HA_ADDR" all.txt || lost "from $a"
	done
	! grep 'mobility: BU' all.txt | grep -v 'IP6 2001:db8:f[12]:' ||
	    lost "an update from another address than the care-of one"
}
