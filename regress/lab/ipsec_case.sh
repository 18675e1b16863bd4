# ipsec_case.sh CASE: one test of security associations between mobile node and
# home agent, within a guest; t_ipsec.sh starts it.  Prints what it does; exit
# status 0 only if all of it held.
set -u
case $1 in
cert)	KEYS=cert ;;
manual)	KEYS=manual ;;
renew)	KM_HA=no ;;
rr)	PROTECT=return-routability ;;
esac
# shellcheck source=ipsec_guest.sh
. "$TOP/regress/lab/ipsec_guest.sh"
failed=0
say() { echo "== $*"; }
wrong() { echo "FAILED: $*"; failed=1; }
must() { _what=$1; shift; "$@" || wrong "$_what"; }

finish() {
	ig_save
	[ $failed = 0 ] || cat "$OUT"/state.txt
	net_down
	exit $failed
}

up() {
	ig_up || { wrong "it does not come up"; finish; }
	must "not reachable at home" wait_for 30 ig_reach
}

# Away, elsewhere, home, away again; what each has fits together all along.
round() {
	for to in foreign1 foreign2 home foreign2; do
		say "to $to"
		must "not registered from $to" ig_move $to
		must "not reachable from $to" wait_for 30 ig_reach
		must "check at the node, from $to" wait_for 20 ctl mn check
		must "check at the agent, from $to" wait_for 20 ctl ha check
	done
}

judged() {
	kill "$(cat $NET_DIR/tcpdump.pid)"
	sleep 1
	must "the capture" $PYTHON "$TOP/regress/lab/ipsec_judge.py" \
	    $NET_DIR/core.pcap $HA_ADDR $MN_HOME $PROTECT
}

counter() {
	ctl "$1" -j show counters | $PYTHON -c '
import json, sys
print(sum(r["value"] for r in json.load(sys.stdin)["rows"]
    if r["role"] == sys.argv[1] and r["name"] == sys.argv[2]))' "$2" "$3"
}

case_psk() {
	up
	round
	# K = 1: one IKE_SA from the beginning, at another place now.
	[ "$(ig_field mn "show ike" local_host)" != $MN_HOME ] ||
	    wrong "the IKE_SA is still at home"
	[ "$(counter mn mn keys_renewed)" = 0 ] ||
	    wrong "the IKE_SA was renewed, though it can move"
	judged
}
case_cert() { case_psk; }
case_manual() { up; round; judged; }
case_rr() { up; round; judged; }

# K = 0: the home agent can't move it, so it is made anew from where we are.
case_renew() {
	up
	must "not registered" ig_move foreign1 40
	renewed() { [ "$(counter mn mn keys_renewed)" -ge "$1" ]; }
	must "the IKE_SA was not renewed" wait_for 10 renewed 1
	must "no keys after that" wait_for 20 ig_keys_up mn
	must "not reachable after that" wait_for 30 ig_reach
	must "not registered at the second place" ig_move foreign2
	must "the IKE_SA was not renewed again" wait_for 10 renewed 2
	must "no keys at the second place" wait_for 20 ig_keys_up mn
	must "not reachable at the second place" wait_for 30 ig_reach
	case $(ig_field mn "show ike" local_host) in
	2001:db8:f2:*) ;;
	*) wrong "the IKE_SA is elsewhere" ;;
	esac
	judged
}

# charon dies at either end while the node moves.
case_charon() {
	up
	must "not registered" ig_move foreign1 40
	for n in mn ha; do
		say "charon is killed at $n, and the node moves"
		ig_charon_kill $n
		[ $n = mn ] && to=foreign2 || to=foreign1
		mn_to $to
		sleep 2
		ctl ha show bindings | grep -q ' bound' ||
		    wrong "the binding has gone with charon"
		must "charon" ig_charon $n
		must "no keys again" wait_for 60 ig_keys_up mn
		must "not registered again" wait_for 60 ig_at ${to#foreign}
		must "not reachable again" wait_for 60 ig_reach
	done
	must "check at the node" wait_for 30 ctl mn check
}

# Keys are replaced while the node moves.
case_rekey() {
	up
	must "not registered" ig_move foreign1 40
	for to in foreign2 foreign1 foreign2; do
		ctl ha ike rekey $MN_HOME >/dev/null || wrong "ike rekey"
		must "not registered from $to" ig_move $to
		must "not reachable from $to" wait_for 30 ig_reach
	done
	sleep 8
	must "not registered in the end" ig_move foreign1
	must "not reachable in the end" wait_for 30 ig_reach
	must "check at the node" wait_for 15 ctl mn check
	must "check at the agent" wait_for 15 ctl ha check
}

rss() {
	for _r in parent net ha mn ike; do
		_p=$(child_pid "$1" $_r 2>/dev/null)
		[ -n "$_p" ] && awk '/VmRSS/ { print $2 }' "/proc/$_p/status"
	done | awk '{ s += $1 } END { print s }'
}

# Moves every 400 ms: nothing is left over.
case_storm() {
	up
	must "not registered" ig_move foreign1 40
	must "not registered" ig_move foreign2
	sleep 2
	mn=$(ig_counts mn) ha=$(ig_counts ha)
	rss_mn=$(rss mn) rss_ha=$(rss ha)
	end=$(($(date +%s) + ${STORM_SECONDS:-120})) i=0
	while [ "$(date +%s)" -lt $end ]; do
		i=$((i + 1))
		mn_to foreign$((i % 2 + 1))
		sleep 0.4
	done
	say "$i moves"
	must "not registered in the end" ig_move foreign1 60
	must "not registered in the end" ig_move foreign2 60
	must "not reachable in the end" wait_for 30 ig_reach
	same() { [ "$mn" = "$(ig_counts mn)" ] && [ "$ha" = "$(ig_counts ha)" ]; }
	must "counts differ" wait_for 30 same
	say "node: $mn; now $(ig_counts mn)"
	say "home agent: $ha; now $(ig_counts ha)"
	say "RSS in kB: node $rss_mn, now $(rss mn); agent $rss_ha, now $(rss ha)"
	for p in "$rss_mn $(rss mn)" "$rss_ha $(rss ha)"; do
		echo "$p" | awk '{ exit !($2 <= $1 * 1.02) }' ||
		    wrong "memory grew: $p"
	done
}

# Another's home address, under one's own association and under none.
case_security() {
	EXTRA_HA="mobile-node {
		home-address $HOME_PREFIX::200
		authentication ipsec
		ipsec {
			identity \"other@example.com\"
			secret \"what the other one knows\"
		}
	}"
	up
	must "not registered" ig_move foreign1 40
	say "hostile messages from the node's own link"
	coa=$(ig_field mn "show bul" careof)
	ip netns exec "$(ns mn)" $PYTHON "$TOP/regress/lab/ipsec_hostile.py" \
	    "$coa" $HA_ADDR $MN_HOME $HOME_PREFIX::200 wlan0 || wrong "sending"
	sleep 2
	ctl ha show bindings | grep -q "^$HOME_PREFIX::200" &&
	    wrong "a binding for another's home address"
	[ "$(ig_field ha "show bindings" careof)" = "$coa" ] ||
	    wrong "the binding was changed"
	for c in "ha drop_unprotected" "net dropped_wrong_spi" \
	    "net dropped_unknown_spi" "net dropped_clear_tunnel"; do
		# shellcheck disable=SC2086
		[ "$(counter ha $c)" -gt 0 ] || wrong "not counted: $c"
	done
	say "the kernel's: $(in_ns ha cat /proc/net/xfrm_stat |
	    awk '$2 > 0 { printf "%s %d, ", $1, $2 }')"
	say "another's home address in IKE_AUTH"
	# The node claims it with its own identity and secret.
	mn_to home
	mip6d_stop mn
	sed "s/$MN_HOME/$HOME_PREFIX::200/" $NET_DIR/mn.conf > $NET_DIR/x.conf
	mv $NET_DIR/x.conf $NET_DIR/mn.conf
	ig_mip6d mn || wrong "the node does not start"
	refused() {
		grep -Eq "TS_UNACCEPTABLE|unacceptable|no matching peer config|no CHILD_SA built|AUTHENTICATION_FAILED|AUTH_FAILED" \
		    $NET_DIR/ha.charon.log
	}
	must "charon did not refuse" wait_for 40 refused
	[ "$(ig_field mn "show sa" keys)" != up ] ||
	    wrong "keys for another's home address"
	ig_field ha "show sa" keys | grep -q up && [ "$(ctl ha -j show sa $HOME_PREFIX::200 |
	    grep -c '"up"')" -gt 0 ] && wrong "the other's keys are up"
}

"case_$1"
finish
