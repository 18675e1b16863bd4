#!/usr/bin/env atf-sh
# Processes die and hang, one after the other: each time the node is reachable
# again, an engine costs no packet, and nothing leaves in clear.  The other
# combinations are scenarios (*_restart*.scn).

. "$(atf_get_srcdir)/test.sh"
# shellcheck source=faults_lib.sh
. "$SRC/faults_lib.sh"

# node, process, state, signal, datagrams that may be lost (-: any number)
FAULTS="
ha ha traffic 9 0
ha ha handover 9 -
ha net idle 9 0
ha net traffic 9 -
ha net handover 9 -
ha control traffic 9 0
ha ike traffic 9 0
ha store traffic 9 0
mn store handover 9 -
mn mn traffic 9 0
mn mn handover 9 -
mn net traffic 9 -
mn net handover 9 -
mn control idle 9 0
ha ha traffic STOP 0
mn net traffic STOP -
ha store traffic STOP 0
ha parent traffic STOP 0
ha parent traffic 9 -
mn parent traffic 9 -
mn all idle 9 0
ha all handover 9 -
"

define matrix "processes x what goes on x how they end"
matrix_body() {
	begin ip radvd nft
	faults_up 10 || atf_fail "no start: $(tail -n 20 "$NET_DIR"/*.log)"
	failed=0
	while read -r node role state signal may <&3; do
		[ -n "$node" ] || continue
		fault "$node" "$role" "$state" "$signal" || true
		[ "$may" = - ] || [ "$fault_lost" = "$may" ] ||
		    fault_why="${fault_why:+$fault_why; }$fault_lost lost"
		echo "$node $role, $state, -$signal:" \
		    "$fault_lost lost, $fault_ms ms ${fault_why:+FAILED: }$fault_why"
		[ -z "$fault_why" ] || failed=$((failed + 1))
	done 3<<-TABLE
	$FAULTS
	TABLE
	[ $failed = 0 ] && return
	tail -n 60 "$NET_DIR/mn.log"; tail -n 60 "$NET_DIR/ha.log"
	ctl mn show bul; ctl ha show bindings; ctl mn why $MN_HOME
	atf_fail "$failed of them"
}
