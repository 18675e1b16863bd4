# ipsec_case.sh CASE: one test of security associations between mobile node and
# home agent, within a guest; t_ipsec.sh starts it.  Prints what it does; exit
# status 0 only if all of it held.
set -u
CASE=$1
case $1 in
cert)	KEYS=cert ;;
manual)	KEYS=manual ;;
renew)	KM_HA=no ;;
renew_mn) KM_MN=no ;;
rr | agent_rr | ro) PROTECT=return-routability ;;
esac
# shellcheck source=ipsec_guest.sh
. "$TOP/regress/lab/ipsec_guest.sh"
failed=0
say() { echo "== $*"; }
wrong() { echo "FAILED: $*"; failed=1; }
must() {
	_what=$1; shift
	"$@" && return
	wrong "$_what"
	case $_what in check*) cat $NET_DIR/check.* ;; esac
}

# known VARIABLE NS VERB FIELD: it becomes what there is, when there is any: one
# who has no time for an answer would have it compared with nothing.
known() {
	eval "$1=\$(ig_field $2 '$3' $4 | sort)"
	eval "[ -n \"\$$1\" ]"
}

# checked NS: what it has fits together.
checked() { ctl "$1" check > $NET_DIR/check.$1 2>&1; }

# The guest ends with the case, and all that is in it: nothing is tidied up.
finish() {
	[ $failed = 0 ] || { ig_save; cat "$OUT"/state.txt; }
	exit $failed
}

up() {
	ig_up || { wrong "it does not come up"; finish; }
	must "not reachable at home" wait_for 30 ig_reach
}

# At home: no tunnel, and the IKE_SA at the home address (RFC 4877 4.2).
rests() {
	[ "$(ig_field mn "show sa" tunnel)" = false ] &&
	    [ "$(ig_field ha "show sa" tunnel)" = false ] || return 1
	[ $KEYS = manual ] ||
	    { [ "$(ig_field mn "show ike" local_host)" = $MN_HOME ] &&
	    [ "$(ig_field ha "show ike" remote_host)" = $MN_HOME ]; }
}

# Away, elsewhere, home, away again; what each has fits together all along,
# and the associations are those of the beginning.
round() {
	must "the node tells of no associations" wait_for 15 \
	    known spis mn "show sad" spi
	for to in foreign1 foreign2 home foreign2; do
		say "to $to"
		must "not registered from $to" ig_move $to
		must "not reachable from $to" wait_for 30 ig_reach
		must "check at the node, from $to" wait_for 20 checked mn
		must "check at the agent, from $to" wait_for 20 checked ha
		[ $to != home ] || must "not at rest at home" wait_for 10 rests
	done
	[ $KEYS = manual ] || [ "$(ig_field mn "show sad" spi | sort)" = "$spis" ] ||
	    wrong "other associations than in the beginning"
}

# judged [NAME]: of a capture
judged() {
	tcpdump_stop $NET_DIR/${1:-core}.pcap
	must "the capture" $PYTHON "$TOP/regress/lab/ipsec_judge.py" \
	    $NET_DIR/${1:-core}.pcap $HA_ADDR $MN_HOME $PROTECT "${ESP_TUNNEL:-0}"
}

# counted N NS ROLE COUNTER: it is that many, at least.
counted() {
	_least=$1
	shift
	[ "$(counter "$@")" -ge "$_least" ]
}

policies_are() { [ "$(in_ns "$1" ip xfrm policy | grep -c 'dir ')" = "$2" ]; }

# What an operator flushes comes back: policies, configured associations, and
# those of charon, which does not notice by itself.
flushes() {
	for n in mn ha; do
		policies=$(in_ns $n ip xfrm policy | grep -c 'dir ')
		say "$n: ip xfrm policy flush, of $policies"
		in_ns $n ip xfrm policy flush
		must "$n: policies are not put back" wait_for 15 \
		    policies_are $n "$policies"
		must "$n: nothing is said" wait_for 5 \
		    grep -q 'policies of ours: put back' $NET_DIR/$n.log
	done
	must "not reachable without policies" wait_for 30 ig_reach
	for n in mn ha; do
		must "check at $n, before" wait_for 20 checked $n
		say "$n: ip xfrm state flush"
		in_ns $n ip xfrm state flush
		must "not reachable without associations of $n" wait_for 60 \
		    ig_reach
		must "check at $n, after" wait_for 60 checked $n
	done
}

# The planning is killed at the node and hangs at the agent while a tunnel is
# up: that stays, the next planning takes it up, and moves it by MIGRATE.
planning_dies() {
	old_mn=$(child_pid mn sec) old_ha=$(child_pid ha sec)
	say "sec: $old_mn of mn is killed, $old_ha of ha stopped"
	kill -STOP "$old_ha"
	kill -9 "$old_mn"
	must "not registered with another planning" ig_move foreign1 60
	must "no other sec at mn" wait_for 30 reborn mn sec "$old_mn"
	must "no other sec at ha" wait_for 60 reborn ha sec "$old_ha"
	must "not reachable by it" wait_for 30 ig_reach
	for n in mn ha; do
		must "no MIGRATE at $n" wait_for 10 counted 1 $n sec migrations
		must "check at $n, planned anew" wait_for 30 checked $n
	done
}

# What a daemon that was killed has left: -u takes it away.
undoes() {
	for n in mn ha; do
		kill -9 "$(cat $NET_DIR/$n.pid)"
		[ "$(in_ns $n ip xfrm policy | grep -c 'dir ')" -gt 0 ] ||
		    wrong "$n: no policy is left to be undone"
		must "$n: -u" in_ns $n "$MIP6D" -u -f $NET_DIR/$n.conf
		must "$n: policies are left" policies_are $n 0
		[ -z "$(in_ns $n ip xfrm state)" ] ||
		    wrong "$n: associations are left"
	done
}

case_psk() {
	up
	round
	# K = 1: one IKE_SA from the beginning, at another place now.
	[ "$(ig_field mn "show ike" local_host)" != $MN_HOME ] ||
	    wrong "the IKE_SA is still at home"
	[ "$(counter mn mn keys_renewed)" = 0 ] ||
	    wrong "the IKE_SA was renewed, though it can move"
	planning_dies
	judged
	[ "$CASE" = cert ] || flushes
}
case_cert() { case_psk; }

# sas_of BITS: the node's associations of the tunnel are replaced by those of
# iproute2 with so many bits of hmac(sha256); the parent does not see it.
sas_of() {
	coa=$(ig_field mn "show sa" care_of)
	reqid=$(($(ig_field mn "show sa" reqid) + 1))
	kill -STOP "$(cat $NET_DIR/mn.pid)"
	for a in "$coa $HA_ADDR 4099" "$HA_ADDR $coa 4100"; do
		# shellcheck disable=SC2086
		set -- $1 $a
		in_ns mn ip xfrm state delete src "$2" dst "$3" proto esp \
		    spi "$4" &&
		in_ns mn ip xfrm state add src "$2" dst "$3" proto esp \
		    spi "$4" reqid $reqid mode tunnel enc 'cbc(aes)' 0x$K16 \
		    auth-trunc 'hmac(sha256)' 0x$K32 "$1" || return 1
	done
}

sees_bits() {
	[ "$(ig_field "$1" "show sad" authentication | sort -u)" = "$2" ]
}

# What 96 bits of SHA-256 are to us they are to iproute2, and no other number
# is; 128 bits, which this PF_KEY can't set, are refused by name.
bits_of_sha256() {
	for n in mn ha; do
		must "$n: bits of associations" sees_bits $n hmac-sha256-96/256
	done
	coa=$(ig_field mn "show sa" care_of)
	for bits in 96 128 96; do
		say "the node's associations are iproute2's, of $bits bits"
		must "associations by iproute2" sas_of $bits
		if [ $bits = 96 ]; then
			must "not reachable by 96 bits" wait_for 30 ig_reach
		else
			! ig_reach || wrong "reachable by 128 bits"
		fi
		kill -CONT "$(cat $NET_DIR/mn.pid)"
	done
	must "check at the node, after iproute2" wait_for 60 checked mn
	must "not reachable after iproute2" wait_for 30 ig_reach
	sed 's/hmac-sha256-96/hmac-sha256-128/' $NET_DIR/mn.conf \
	    > $NET_DIR/128.conf
	chmod 600 $NET_DIR/128.conf
	in_ns mn "$MIP6D" -n -f $NET_DIR/128.conf 2> $NET_DIR/128.err &&
	    wrong "128 bits are taken"
	grep -q '/128.conf:[0-9]*:[0-9]*: integrity: expected hmac-sha256-96 .*found hmac-sha256-128' \
	    $NET_DIR/128.err || wrong "128 bits: $(cat $NET_DIR/128.err)"
}

# The keys are in no log and in nothing that is printed.
case_manual() {
	up
	round
	bits_of_sha256
	judged
	flushes
	ig_save
	"$MIP6D" -nv -f $NET_DIR/mn.conf > "$OUT"/printed || wrong "mip6d -nv"
	ctl mn show configuration >> "$OUT"/printed || wrong "configuration"
	! grep -l "$K16" "$OUT"/*.log "$OUT"/state.txt "$OUT"/printed ||
	    wrong "a key is printed"
	undoes
	peers
}

# hoti HOW: the node sends three Home Test Inits to the correspondent.
hoti() {
	ip netns exec "$(ns mn)" $PYTHON "$TOP/regress/lab/ipsec_hoti.py" \
	    "$1" $MN_HOME $CN_ADDR $HA_ADDR wlan0 \
	    "$(ig_field mn "show bul" careof)" || wrong "sending"
}

# came N: so many have arrived.
came() {
	[ "$(tcpdump -n -r $NET_DIR/cn.pcap \
	    "src $MN_HOME and ip6 proto 135" 2>/dev/null | wc -l)" = "$1" ]
}

# Home Test Inits go through the ESP tunnel, and in the clear they do not pass.
case_rr() {
	up
	tcpdump_start cn eth0 $NET_DIR/cn.pcap || wrong "no capture"
	round
	hoti own
	must "not all Home Test Inits came through the tunnel" wait_for 10 came 3
	hoti clear
	must "not counted: dropped_clear_tunnel" wait_for 10 \
	    counted 3 ha net dropped_clear_tunnel
	must "a Home Test Init came in a tunnel without ESP" came 3
	ESP_TUNNEL=3 judged
}

# The home agent refuses a care-of address: all stays where it was.
case_refused() {
	RULES_HA="deny care-of 2001:db8:f2::/64"
	up
	must "not registered" ig_move foreign1 40
	coa=$(ig_field mn "show bul" careof)
	ike=$(ig_field mn "show ike" initiator_spi)
	must "the node tells of no keys" wait_for 15 \
	    known spis mn "show ike" spi_in
	refused() { [ "$(counter ha ha refused_prohibited)" -gt 0 ]; }
	mn_to foreign2
	must "the second place was not refused" wait_for 20 refused
	# A node moves them when it asks, and back when it is refused.
	moved_back() { [ "$(ig_field "$1" "show sa" care_of)" = "$coa" ]; }
	for n in mn ha; do
		must "policies at $n have moved" wait_for 10 moved_back $n
	done
	[ "$(ig_field ha "show bindings" careof)" = "$coa" ] ||
	    wrong "the binding has changed"
	must "check at the agent" wait_for 20 checked ha
	mn_to foreign1
	must "not reachable at the first place again" wait_for 30 ig_reach
	must "check at the node" wait_for 30 checked mn
	[ "$(ig_field mn "show ike" initiator_spi)" = "$ike" ] ||
	    wrong "another IKE_SA"
	[ "$(ig_field mn "show ike" spi_in | sort)" = "$spis" ] ||
	    wrong "other associations"
	judged
}

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
	# Back within the time after which the home agent discards the first one
	# from there: that is not the one that it has by then.
	must "not registered, back" ig_move foreign1
	must "the IKE_SA was not renewed, back" wait_for 10 renewed 3
	must "no keys, back" wait_for 20 ig_keys_up mn
	ike=$(ig_field mn "show ike" initiator_spi)
	rule_time 17 "a discarded IKE_SA ends after 15 seconds"
	[ "$(ig_field mn "show ike" initiator_spi)" = "$ike" ] ||
	    wrong "the IKE_SA from here was discarded"
	[ "$(ig_field ha "show ike" initiator_spi)" = "$ike" ] ||
	    wrong "the home agent has another IKE_SA"
	must "not reachable, back" wait_for 30 ig_reach
	judged
}

# The same, but it is the node that can't.
case_renew_mn() { case_renew; }

# shellcheck source=ipsec_trouble.sh
. "$TOP/regress/lab/ipsec_trouble.sh"
# shellcheck source=ipsec_attack.sh
. "$TOP/regress/lab/ipsec_attack.sh"
# shellcheck source=ipsec_agent.sh
. "$TOP/regress/lab/ipsec_agent.sh"
# shellcheck source=ipsec_peer.sh
. "$TOP/regress/lab/ipsec_peer.sh"
# shellcheck source=ipsec_ro.sh
. "$TOP/regress/lab/ipsec_ro.sh"

"case_$1"
finish
