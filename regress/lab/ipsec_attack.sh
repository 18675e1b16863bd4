# ipsec_attack.sh: cases of ipsec_case.sh, which sources it, in which a node
# sends what must not be believed.

# Another node of the home agent, whose home address is claimed.
OTHER="mobile-node {
	home-address $HOME_PREFIX::200
	authentication ipsec
	ipsec {
		identity \"other@example.com\"
		secret \"what the other one knows\"
	}
}"

# dropped NS: what was dropped or refused there, and by whom.
dropped() {
	ctl "$1" -j show counters | $PYTHON -c '
import json, sys
for r in json.load(sys.stdin)["rows"]:
    if r["value"] and (r["role"] == "kernel" or "drop" in r["name"] or
                       "refused" in r["name"]):
        print(r["role"], r["name"], r["value"], end=", ")'
}

# Another's home address, under one's own association and under none.
case_security() {
	EXTRA_HA=$OTHER
	up
	must "not registered" ig_move foreign1 40
	say "hostile messages from the node's own link"
	coa=$(ig_field mn "show bul" careof)
	mismatches=$(counter ha kernel in_tmpl_mismatch)
	ip netns exec "$(ns mn)" $PYTHON "$TOP/regress/lab/ipsec_hostile.py" \
	    "$coa" $HA_ADDR $MN_HOME $HOME_PREFIX::200 wlan0 || wrong "sending"
	# An update without option and both solicitations are the kernel's.
	must "not counted: in_tmpl_mismatch" wait_for 10 \
	    counted $((mismatches + 3)) ha kernel in_tmpl_mismatch
	for c in "ha drop_unprotected" "net dropped_wrong_spi" \
	    "net dropped_unknown_spi" "net dropped_clear_tunnel"; do
		# shellcheck disable=SC2086
		must "not counted: $c" wait_for 10 counted 1 ha $c
	done
	ctl ha show bindings | grep -q "^$HOME_PREFIX::200" &&
	    wrong "a binding for another's home address"
	[ "$(ig_field ha "show bindings" careof)" = "$coa" ] ||
	    wrong "the binding was changed"
	say "dropped: $(dropped ha)"
	say "acknowledgements in the clear"
	ip netns exec "$(ns ha)" $PYTHON "$TOP/regress/lab/ipsec_ack.py" \
	    "$coa" $HA_ADDR $MN_HOME "$(ig_field mn "show bul" sequence)" wan ||
	    wrong "sending"
	# Nothing is to be acknowledged; the one without header is the kernel's.
	noticed() {
		[ $(($(counter mn mn ba_no_auth) +
		    $(counter mn mn ba_not_waiting))) -gt 0 ] &&
		    counted 1 mn kernel in_tmpl_mismatch
	}
	must "acknowledgements in the clear were not noticed" wait_for 10 noticed
	[ "$(ig_field mn "show bul" state)" = registered ] ||
	    wrong "an acknowledgement in the clear was believed"
	say "another's home address in IKE_AUTH"
	# The node claims it with its own identity and secret.
	mn_to home
	mip6d_stop mn
	before=$(grep -c . $NET_DIR/ha.charon.log)
	sed "s/$MN_HOME/$HOME_PREFIX::200/" $NET_DIR/mn.conf > $NET_DIR/x.conf
	mv $NET_DIR/x.conf $NET_DIR/mn.conf
	ig_mip6d mn || wrong "the node does not start"
	refused() {
		sed "1,${before}d" $NET_DIR/ha.charon.log |
		    grep -Eq "IKE_AUTH response.*N\((TS_UNACCEPT|AUTH_FAILED)"
	}
	must "charon did not refuse" wait_for 40 refused
	# The node has heard that, and knows why it has no keys.
	told() { [ -n "$(ig_field mn "show ike" last_error | tr -d '\n')" ]; }
	must "the node does not tell why" wait_for 20 told
	[ "$(ig_field mn "show sa" keys)" != up ] ||
	    wrong "keys for another's home address"
	ctl ha -j show sa $HOME_PREFIX::200 | grep -q '"keys": *"up"' &&
	    wrong "the other's keys are up"
	in_ns ha ip xfrm state | grep -q "$HOME_PREFIX::200" &&
	    wrong "an association for another's home address"
}

# unfit: how much its kernel refused at the home agent, as it was protected by
# another association than policies require, or by none.
unfit() {
	echo $(($(counter ha kernel in_tmpl_mismatch) +
	    $(counter ha kernel in_no_policies)))
}

# seen_is MARK N
seen_is() { [ "$(seen "$1")" = "$2" ]; }

# seen MARK: how many echo requests with this identifier came to cn.
seen() {
	tcpdump -n -r $NET_DIR/cn.pcap 'icmp6[0] == 128' 2>/dev/null |
	    grep -c "id $(($1)),"
}

# What the node can make with the keys that it has.
case_forged() {
	EXTRA_HA=$OTHER
	up
	must "not registered" ig_move foreign1 40
	must "not reachable" wait_for 30 ig_reach
	tcpdump_start cn eth0 $NET_DIR/cn.pcap || wrong "no capture"
	coa=$(ig_field mn "show bul" careof)
	seq=$(ig_field ha "show bindings" sequence)
	replays=$(counter ha kernel in_state_seq_error)
	refused=$(unfit)
	SEQ=$(((seq + 65531) % 65536)) ip netns exec "$(ns mn)" $PYTHON \
	    "$TOP/regress/lab/ipsec_forge.py" "$coa" $HA_ADDR $MN_HOME \
	    $HOME_PREFIX::200 $CN_ADDR wlan0 || wrong "sending"
	# All have arrived when these, which it sent last, are seen or counted.
	must "in order, not seen once" wait_for 10 seen_is 0xa001 1
	must "from elsewhere, not seen" wait_for 10 seen_is 0xa003 1
	must "replays are not counted" wait_for 10 \
	    counted $((replays + 2)) ha kernel in_state_seq_error
	all_unfit() { [ "$(unfit)" -ge $((refused + 4)) ]; }
	must "not all that is unfit is refused" wait_for 10 all_unfit
	ctl ha show bindings | grep -q "^$HOME_PREFIX::200" &&
	    wrong "a binding for another's home address"
	[ "$(ig_field ha "show bindings" careof)" = "$coa" ] ||
	    wrong "the binding was changed"
	# Once, as the second was a replay: the forgery itself was in order.
	[ "$(counter ha ha refused_sequence)" = 1 ] ||
	    wrong "old updates refused: $(counter ha ha refused_sequence), not 1"
	[ "$(counter ha net dropped_wrong_spi)" -gt 0 ] ||
	    wrong "another's home address was not noticed"
	[ "$(seen 0xa001)" = 1 ] || wrong "in order, seen $(seen 0xa001) times"
	[ "$(seen 0xa002)" = 0 ] || wrong "another's inner source passed"
	# ESP says who it is from (RFC 6275 10.4.5): no check is needed.
	[ "$(seen 0xa003)" = 1 ] || wrong "from elsewhere: $(seen 0xa003)"
	now=$(counter ha kernel in_state_seq_error)
	[ "$now" -eq $((replays + 2)) ] || wrong "replays: $now, were $replays"
	# The one without option, two updates and a source through the tunnel.
	[ "$(unfit)" -ge $((refused + 4)) ] ||
	    wrong "refused: $(unfit), were $refused"
	say "dropped: $(dropped ha)"
	must "not reachable in the end" wait_for 30 ig_reach
	must "check at the agent" wait_for 20 checked ha
}
