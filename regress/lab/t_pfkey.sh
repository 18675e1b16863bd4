#!/usr/bin/env atf-sh
# libpfkey against the PF_KEY of a real kernel.

. "$(atf_get_srcdir)/lib.sh"

atf_test_case kernel
kernel_head()
{
	atf_set descr "policies, associations, MIGRATE and its errors"
	atf_set timeout 600
}
kernel_body()
{
	lab_require
	lab_up box || atf_fail "the guest did not boot"
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -g -I"$LAB_SOURCE" \
	    -Wall -Wextra -o "$LAB_DIR/pfkey_lab" \
	    "$LAB_HERE/pfkey_lab.c" "$LAB_SOURCE"/libpfkey/*.c ||
	    atf_fail "pfkey_lab.c"
	lab_modprobe box af_key esp6 authenc cbc aes_generic sha256_generic \
	    hmac dummy || atf_fail "modules"
	# Packets to 2001:db8:aa::/64 have an interface to leave by.
	lab_run box "ip link add nowhere type dummy &&
	    ip link set nowhere up &&
	    ip addr add 2001:db8:aa::1/64 dev nowhere nodad" ||
	    atf_fail "interface"
	lab_run -t 120 box "$LAB_DIR/pfkey_lab" >out
	rc=$?
	cat out
	[ $rc -eq 0 ] || atf_fail "$(grep -c ^FAIL out) checks failed"
	# Every part was reached.
	for c in "REGISTER lists" "SPDGET by id" "GET has the keys" \
	    "MIGRATE fwd of the home agent, KMADDRESS last" \
	    "MIGRATE with trailing padding: EINVAL" \
	    "MIGRATE during an ACQUIRE: ENODATA" "EXPIRE, soft and hard" \
	    "a dump shows that all is well"; do
		grep -q "^ok $c" out || atf_fail "no check: $c"
	done
}

atf_init_test_cases()
{
	atf_add_test_case kernel
}
