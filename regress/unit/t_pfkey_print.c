/*
 * libpfkey: one line about each policy, association and message.  A key is
 * never in it, and a buffer that is too short is never overrun.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "libpfkey/libpfkey.h"
#include "regress/unit/pfkey_lab.h"

static const uint8_t	 key[32] = "KEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKE";

static struct pfkey_sa
some_sa(void)
{
	struct pfkey_sa	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = 0xc0ffee;
	sa.src = addr("2001:db8::1");
	sa.dst = addr("2001:db8::2");
	sa.mode = PFKEY_TUNNEL;
	sa.reqid = 101;
	sa.state = PFKEY_MATURE;
	sa.encrypt = PFKEY_C_AES_CBC;
	sa.key_encrypt.p = sa.key_auth.p = key;
	sa.key_encrypt.bits = 128;
	sa.auth = PFKEY_A_SHA256;
	sa.key_auth.bits = 256;
	sa.replay = 32;
	return (sa);
}

static struct pfkey_policy
some_policy(void)
{
	struct pfkey_policy	 p;

	memset(&p, 0, sizeof(p));
	p.sel.src = addr("2001:db8::1");
	p.sel.src_plen = 128;
	p.sel.dst = addr("::");
	p.sel.proto = 135;
	p.sel.has_type = true;
	p.sel.type = 1;
	p.dir = PFKEY_OUT;
	p.action = PFKEY_IPSEC;
	p.nrequests = 1;
	p.requests[0].proto = 50;
	p.requests[0].mode = PFKEY_TUNNEL;
	p.requests[0].level = PFKEY_UNIQUE;
	p.requests[0].reqid = 102;
	p.requests[0].src = addr("2001:db8:1::10");
	p.requests[0].dst = addr("2001:db8:ff::1");
	p.priority = 7;
	p.id = 9;
	return (p);
}

ATF_TC_WITHOUT_HEAD(sa);
ATF_TC_BODY(sa, tc)
{
	struct pfkey_sa	 sa = some_sa();
	char		 s[512];

	ATF_CHECK_EQ(pfkey_print_sa(s, sizeof(s), &sa), strlen(s));
	ATF_CHECK_STREQ(s, "esp 2001:db8::1 > 2001:db8::2 spi 0x00c0ffee "
	    "tunnel reqid 101 aes-cbc/128 hmac-sha256/256 mature replay 32");
	sa.flags = PFKEY_F_ESN;
	sa.flags_raw = 0x10000;
	sa.natt_type = 2;
	sa.natt_sport = sa.natt_dport = 4500;
	sa.proxy.a = addr("192.0.2.9");
	sa.new_src = addr("fe80::1");
	sa.new_src.scope = 3;
	sa.hard.addtime = 60;
	sa.soft.bytes = 1;
	sa.current.allocations = 2;
	sa.current.usetime = 3;
	sa.satype = PFKEY_RAW | 77;
	sa.encrypt = PFKEY_RAW | 200;
	sa.mode = 9;
	ATF_CHECK_EQ(pfkey_print_sa(s, sizeof(s), &sa), strlen(s));
	ATF_CHECK_STREQ(s, "#77 2001:db8::1 > 2001:db8::2 spi 0x00c0ffee "
	    "? reqid 101 #200/128 hmac-sha256/256 mature replay 32 esn "
	    "flags 0x10000 udp 4500 > 4500 proxy 192.0.2.9 to fe80::1%3 > - "
	    "current-packets 2 current-use 3 hard-add 60 soft-bytes 1");
}

ATF_TC_WITHOUT_HEAD(policy);
ATF_TC_BODY(policy, tc)
{
	struct pfkey_policy	 p = some_policy();
	char			 s[512];

	ATF_CHECK_EQ(pfkey_print_policy(s, sizeof(s), &p), strlen(s));
	ATF_CHECK_STREQ(s, "out 2001:db8::1/128 > ::/0 proto 135 type 1 "
	    "ipsec esp/tunnel/2001:db8:1::10-2001:db8:ff::1/unique:102 "
	    "priority 7 id 9");
	p.sel.proto = 58;
	p.sel.code = 4;
	p.requests[0].proto = 9;
	p.requests[0].mode = PFKEY_TRANSPORT;
	p.requests[0].level = PFKEY_REQUIRE;
	p.requests[0].reqid = 0;
	p.requests[0].src.family = AF_UNSPEC;
	p.action = PFKEY_RAW | 9;
	ATF_CHECK_EQ(pfkey_print_policy(s, sizeof(s), &p), strlen(s));
	ATF_CHECK_STREQ(s, "out 2001:db8::1/128 > ::/0 proto 58 type 1 "
	    "code 4 #9 #9/transport//require priority 7 id 9");
	p.sel.has_type = false;
	p.sel.proto = 6;
	p.sel.sport = 1;
	p.sel.dport = 2;
	p.nrequests = 0;
	p.action = PFKEY_DISCARD;
	p.priority = p.id = 0;
	p.dir = PFKEY_FWD;
	pfkey_print_policy(s, sizeof(s), &p);
	ATF_CHECK_STREQ(s,
	    "fwd 2001:db8::1/128[1] > ::/0[2] proto 6 discard");
}

ATF_TC_WITHOUT_HEAD(messages);
ATF_TC_BODY(messages, tc)
{
	struct pfkey_policy	 p = some_policy();
	struct pfkey_sa		 sa = some_sa();
	struct pfkey_migrate	 g;
	struct pfkey_msg	 m;
	char			 s[512];

	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	m.seq = 5;
	m.pid = 6;
	ATF_CHECK_EQ(pfkey_print_msg(s, sizeof(s), &m), strlen(s));
	ATF_CHECK(strncmp(s, "ADD seq 5 pid 6: esp 2001:", 26) == 0);
	ATF_CHECK(strstr(s, "KEY") == NULL && strstr(s, "4b4559") == NULL);
	ATF_REQUIRE_EQ(pfkey_from_policy(&m, PFKEY_SPDADD, &p), PFKEY_OK);
	pfkey_print_msg(s, sizeof(s), &m);
	ATF_CHECK(strncmp(s, "X_SPDADD seq 0 pid 0: out ", 26) == 0);
	memset(&g, 0, sizeof(g));
	g.sel = p.sel;
	g.dir = PFKEY_IN;
	g.npairs = 1;
	g.from[0] = g.to[0] = p.requests[0];
	g.to[0].src = addr("2001:db8:2::10");
	g.km_local = g.to[0].src;
	g.km_remote = g.to[0].dst;
	ATF_REQUIRE_EQ(pfkey_from_migrate(&m, &g), PFKEY_OK);
	pfkey_print_msg(s, sizeof(s), &m);
	ATF_CHECK_STREQ(s, "X_MIGRATE seq 0 pid 0: in 2001:db8::1/128 > ::/0 "
	    "proto 135 type 1 "
	    "esp/tunnel/2001:db8:1::10-2001:db8:ff::1/unique:102 to "
	    "esp/tunnel/2001:db8:2::10-2001:db8:ff::1/unique:102 "
	    "kmaddress 2001:db8:2::10-2001:db8:ff::1");
	pfkey_msg_init(&m, PFKEY_GETSPI);
	m.errnum = 2;
	m.src.a = m.dst.a = addr("::1");
	m.present = 1 << PFKEY_X_SRC | 1 << PFKEY_X_DST;
	pfkey_print_msg(s, sizeof(s), &m);
	ATF_CHECK_STREQ(s,
	    "GETSPI seq 0 pid 0 error 2 ADDRESS_SRC ADDRESS_DST");
}

ATF_TC_WITHOUT_HEAD(short_buffers);
ATF_TC_BODY(short_buffers, tc)
{
	struct pfkey_policy	 p = some_policy();
	char			 full[512], s[512];
	size_t			 cap, len;

	len = pfkey_print_policy(full, sizeof(full), &p);
	ATF_CHECK_EQ(pfkey_print_policy(NULL, 0, &p), len);
	for (cap = 1; cap <= len; cap++) {
		memset(s, 'x', sizeof(s));
		ATF_REQUIRE_EQ(pfkey_print_policy(s, cap, &p), len);
		ATF_REQUIRE_EQ(s[cap - 1], '\0');
		ATF_REQUIRE_EQ(s[cap], 'x');
		ATF_REQUIRE(strncmp(s, full, cap - 1) == 0);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sa);
	ATF_TP_ADD_TC(tp, policy);
	ATF_TP_ADD_TC(tp, messages);
	ATF_TP_ADD_TC(tp, short_buffers);
	return (atf_no_error());
}
