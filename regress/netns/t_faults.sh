#!/usr/bin/env atf-sh
# Processes die and hang, one after the other: each time the node is reachable
# again, an engine costs no packet, and nothing leaves in clear.  The other
# combinations are scenarios (*_restart*.scn).

# node, process, state, signal, datagrams that may be lost (-: any number)
FAULTS="
ha ha traffic 9 0
ha ha handover 9 -
ha net idle 9 0
ha net traffic 9 -
ha net handover 9 -
ha control traffic 9 0
ha ike traffic 9 0
mn mn traffic 9 0
mn mn handover 9 -
mn net traffic 9 -
mn net handover 9 -
mn control idle 9 0
ha ha traffic STOP 0
mn net traffic STOP -
ha parent traffic STOP 0
ha parent traffic 9 -
mn parent traffic 9 -
mn all idle 9 0
ha all handover 9 -
"

setup() {
	SRC=$(atf_get_srcdir)
	TOP=$(cd "$SRC/../.." && pwd)
	MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
	NET_ID=m6f$$ NET_DIR=$(pwd)/net
	echo "$NET_ID" > net_id
	# shellcheck source=lib.sh
	. "$SRC/lib.sh"
	# shellcheck source=faults_lib.sh
	. "$SRC/faults_lib.sh"
	why=$(net_need ip radvd nft) || atf_skip "$why"
	faults_up 10 || atf_fail "no start: $(tail -n 20 "$NET_DIR"/*.log)"
}

atf_test_case matrix cleanup
matrix_head() {
	atf_set require.user root
	atf_set timeout 240
	atf_set descr "processes x what goes on x how they end"
}
matrix_body() {
	setup
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
matrix_cleanup() {
	SRC=$(atf_get_srcdir)
	[ -f net_id ] || return 0
	NET_ID=$(cat net_id) NET_DIR=$(pwd)/net
	. "$SRC/lib.sh"
	net_down
}

atf_init_test_cases() { atf_add_test_case matrix; }
