#!/usr/bin/env atf-sh
# Mobile node and home agent with IKEv2 and IPsec (RFC 4877), with real charons
# and a real kernel in a guest.  What is done there is in ipsec_case.sh.

. "$(atf_get_srcdir)/lib.sh"

# run CASE SECONDS: the seconds are those of a quiet machine; several guests share
# a processor, and a busy machine is given four times as many.
run()
{
	lab_require charon
	for c in radvd tcpdump python3 openssl; do
		command -v $c >/dev/null || atf_skip "$c is not installed"
	done
	[ "$1" != forged ] || /usr/bin/python3 -c 'import cryptography' \
	    2>/dev/null || atf_skip "python3-cryptography is not installed"
	[ -x "$LAB_SOURCE/mip6d/mip6d" ] || atf_fail "mip6d is not built"
	LAB_MEM=384
	lab_up box || atf_fail "the guest did not boot"
	mkdir "$LAB_DIR/out"
	lab_run -t $(($2 * 4)) box "TOP=$LAB_SOURCE OUT=$LAB_DIR/out \
	    sh $LAB_HERE/ipsec_case.sh $1" >out 2>&1
	rc=$?
	cat out
	[ $rc -eq 0 ] || {
		tail -n 40 "$LAB_DIR"/out/*.log
		atf_fail "$(grep -c ^FAILED out) checks failed"
	}
}

# define CASE SECONDS DESCRIPTION
define()
{
	atf_test_case "$1"
	eval "${1}_head() { atf_set descr '$3'; atf_set timeout $(($2 * 4 + 300)); }"
	eval "${1}_body() { run $1 $2; }"
}

define psk 240 "IKEv2 with a secret, K = 1: moves, home and away again"
define cert 240 "IKEv2 with certificates, K = 1"
define manual 400 "associations by hand (RFC 3776), with kernels as peers too"
define rr 240 "return routability alone goes through the IPsec tunnel"
define ro 300 "route optimization: its tests go through the IPsec tunnel"
define refused 240 "a refused care-of address moves nothing"
define renew 240 "K = 0: the IKE_SA is made anew after each move"
define renew_mn 240 "K = 0, by the node"
define charon 500 "charon dies at either end during a move"
define outage 300 "no charon at either end for longer than a binding lasts"
define rekey 300 "a rekey during moves"
define expiry 400 "associations end while packets flow, softly and for good"
define twice 240 "associations that both ends made at once: one is ended"
define storm 500 "moves every 400 ms for two minutes leave nothing behind"
define flood 300 "asked to move every 100 ms"
define security 240 "what must not be believed is not, and counted"
define forged 240 "what a node can make with keys of its own, and replays"
define agent 240 "between home address and agent itself: inside ESP"
define agent_rr 240 "between home address and agent itself: by the tunnel"

atf_init_test_cases()
{
	for c in psk cert manual rr ro refused renew renew_mn charon outage rekey \
	    expiry twice storm flood security forged agent agent_rr; do
		atf_add_test_case $c
	done
}
