#!/usr/bin/env atf-sh
# The demo as a test: it passes, its capture is clean to a third party, and it
# fails when mip6d on the node is stopped half way.

setup() {
	SRC=$(atf_get_srcdir)
	TOP=$(cd "$SRC/../.." && pwd)
	. "$SRC/lib.sh"
	why=$(net_need ip radvd tcpdump ping) || atf_skip "$why"
}

atf_test_case moves
moves_head() {
	atf_set descr "leave home, move twice, return; nothing is lost of TCP"
	atf_set require.user root
	atf_set timeout 900
}
moves_body() {
	setup
	DEMO_DIR=$(pwd)/out DEMO_MB=30 DEMO_SECONDS=14 \
	    atf_check -o save:text -e save:err sh "$TOP/etc/demo.sh"
	cat text
	command -v tshark >/dev/null || atf_skip "tshark is not installed"
	atf_check -o save:sums /usr/bin/python3 "$SRC/capture.py" \
	    out/demo.pcap
	cat sums
}

atf_test_case direct
direct_head() {
	atf_set descr "the same by the direct way, each phase as it should be"
	atf_set require.user root
	atf_set timeout 900
}
direct_body() {
	setup
	DEMO_RO=yes DEMO_DIR=$(pwd)/out DEMO_MB=20 DEMO_SECONDS=10 \
	    atf_check -o save:text -e save:err sh "$TOP/etc/demo.sh"
	cat text
	command -v tshark >/dev/null || atf_skip "tshark is not installed"
	odd=$(tshark -r out/demo-ro.pcap -Y "mip6 && _ws.malformed" | wc -l)
	[ "$odd" = 0 ] || atf_fail "tshark calls $odd packets malformed"
}

atf_test_case enhanced
enhanced_head() {
	atf_set descr "the same by RFC 4866, with a home address that is a CGA"
	atf_set require.user root
	atf_set timeout 900
}
enhanced_body() {
	setup
	/usr/bin/python3 -c 'import cryptography' ||
	    atf_skip "python3-cryptography is missing"
	DEMO_RO=enhanced DEMO_DIR=$(pwd)/out DEMO_MB=20 DEMO_SECONDS=10 \
	    atf_check -o save:text -e save:err sh "$TOP/etc/demo.sh"
	cat text
	# Signed once, then by the token.
	[ "$(grep -c ' BU [0-9]* signed ' text)" = 1 ] || atf_fail "not signed once"
	grep -q ' BU [0-9]* - permanent early ' text || atf_fail "no early update"
}

atf_test_case stopped
stopped_head() {
	atf_set descr "without mip6d on the node there is no demo"
	atf_set require.user root
	atf_set timeout 900
}
stopped_body() {
	setup
	# It is to wait in vain, so there is no use in patience.
	NET_PATIENCE=1 DEMO_DIR=$(pwd)/out DEMO_MB=5 DEMO_SECONDS=8 \
	    DEMO_STOP_MN=1 sh "$TOP/etc/demo.sh" > text 2>&1 &&
	    atf_fail "exit status 0"
	tail -n 1 text
	tail -n 1 text | grep -q '^demo: FAILED: not registered from' ||
	    atf_fail "does not say so"
	[ -s out/state.txt ] && [ -s out/mn.log ] || atf_fail "no logs are kept"
}

atf_init_test_cases() {
	atf_add_test_case moves
	atf_add_test_case direct
	atf_add_test_case enhanced
	atf_add_test_case stopped
}
