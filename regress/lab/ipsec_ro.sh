# ipsec_ro.sh: a case of ipsec_case.sh, which sources it: route optimization where
# the tests go through the tunnel of ESP (RFC 6275 5.2.5, 11.6.1), with mip6d as
# the correspondent.

# peer_of_node FIELD: of the node's row about the correspondent
peer_of_node() { rows mn "show bul" "$1" "agent=$CN_ADDR"; }

# directly N: both ends have agreed on a care-of address of foreignN.
directly() {
	[ "$(peer_of_node state)" = optimized ] || return 1
	_coa=$(peer_of_node careof)
	case $_coa in 2001:db8:f$1:*) ;; *) return 1 ;; esac
	[ "$_coa" = "$(rows cn "show bindings" careof "home=$MN_HOME")" ]
}
# There has to be traffic, or nobody is asked.
goes_directly() {
	ig_reach
	directly "$1"
}

# optimised N: packets go without the agent, for a phase of the capture.
optimised() {
	must "no direct way at foreign$1" wait_for 30 goes_directly "$1"
	must "check at the node, at foreign$1" wait_for 20 checked mn
	must "check at the agent, at foreign$1" wait_for 20 checked ha
	_begin=$(now)
	must "not reachable directly at foreign$1" ig_reach
	echo "$_begin $(now) optimised" >> $NET_DIR/phases
}

# It forgets what it has of the node, and its nonces: there will be a home test.
forgets() {
	_old=$(child_pid cn cn)
	kill -9 "$_old"
	must "no other engine at the correspondent" wait_for 30 \
	    reborn cn cn "$_old"
}

tests_taken() { counted "$1" mn mn hot_taken; }

# Without policies, which only the parent would put back, a Home Test Init comes
# by the tun, and is dropped there.
without_policies() {
	kill -STOP "$(cat $NET_DIR/mn.pid)"
	in_ns mn ip xfrm policy flush
	forgets
	wait_for 1 ig_reach
	rule_time 3 "transmissions of a test: after 1 and 2 seconds more"
	kill -CONT "$(cat $NET_DIR/mn.pid)"
	must "no Home Test Init was dropped without policies" wait_for 15 \
	    counted 1 mn net dropped_clear
}

case_ro() {
	EXTRA_MN="route-optimisation { after 3; hold-down 10s; }"
	up
	cat > $NET_DIR/cn.conf <<-CONF
	user "nobody"; chroot "/tmp/empty"; log stderr
	state-directory "$NET_DIR/cn.state"
	control socket "$NET_DIR/cn.sock"
	correspondent {
	}
	CONF
	must "no correspondent" ig_mip6d cn
	for i in f1 f2 tocn; do
		tcpdump_start core $i $NET_DIR/$i.pcap || wrong "no capture"
	done
	say "to foreign1"
	must "not registered from foreign1" ig_move foreign1 40
	optimised 1
	must "no Home Test at foreign1" tests_taken 1
	say "to foreign2, with another home test"
	mn_unplug
	forgets
	must "not registered from foreign2" ig_move foreign2 40
	optimised 2
	must "no Home Test at foreign2" tests_taken 2
	say "without policies"
	without_policies
	optimised 2
	for i in f1 f2 tocn; do
		tcpdump_stop $NET_DIR/$i.pcap
	done
	must "at the node's links" $PYTHON "$TOP/regress/lab/ipsec_ro_judge.py" \
	    $CN_ADDR $MN_HOME $HA_ADDR $NET_DIR/tocn.pcap $NET_DIR/f1.pcap \
	    $NET_DIR/f2.pcap
	ESP_TUNNEL=4 judged
	must "the phases" $PYTHON "$TOP/regress/netns/ro_judge.py" \
	    $NET_DIR/core.pcap $NET_DIR/phases $CN_ADDR $MN_HOME
}
