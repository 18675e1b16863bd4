#!/usr/bin/env atf-sh
# The judge of a stream of echo requests (netns/lib.sh), by streams that are
# made up: what is lost outside of gaps is a failure, unless a queue was full
# then and there.

# judged SECONDS LOST [LOST]: nine requests, of which those are lost; the first
# of them is in a gap of SECONDS.  FULL_BEFORE (the stream), FULL_GAP and
# FULL_AFTER are how many packets found a queue full.
judged() {
	SRC=$(atf_get_srcdir)/../netns TOP=$(atf_get_srcdir)/../.. NET_DIR=.
	. "$SRC/lib.sh"
	ip() { shift 3; "$@"; }
	ping() { cat replies; }
	flows() { :; }
	overflow() { echo $full; }
	now() { echo "$time"; }
	: > pids
	for n in 1 2 3 4 5 6 7 8 9; do
		[ $n = "$2" ] || [ $n = "${3:-}" ] ||
		    echo "[$((100 + n)).5] 64 bytes from x: icmp_seq=$n ttl=1"
	done > replies
	full=${FULL_BEFORE:-0}
	stream
	time=$((100 + $2)); gap_begin
	full=$((full + ${FULL_GAP:-0}))
	time=$((time + $1)); gap_end
	full=$((full + ${FULL_AFTER:-0}))
	wait "$(cat "stream.$MN_HOME.pid")"
	stream_judge
}

atf_test_case losses
losses_head() { atf_set descr "in a gap, outside, and where a queue was full"; }
losses_body() {
	(judged 1 3) || atf_fail "one in a gap"
	(judged 1 3 7) && atf_fail "one outside"
	(FULL_AFTER=1; judged 1 3 7) || atf_fail "one outside, a queue was full"
	(FULL_BEFORE=1; judged 1 3 7) && atf_fail "it was full before the stream"
	(FULL_GAP=1; judged 1 3 7) && atf_fail "it was full in the gap"
	(FULL_BEFORE=5 FULL_GAP=-5; judged 1 3 7) && atf_fail "a new device"
	true
}

atf_init_test_cases() { atf_add_test_case losses; }
