/*
 * wire/mh, wire/mhopt and wire/mhauth: messages and options with their
 * alignment, and the authenticators (RFC 6275 6.1, 6.2, 9.2, RFC 4285, RFC
 * 4866).  What must be refused is refused with its reason, whether it is
 * parsed or built.
 */
#include "wire_util.h"

#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

/* Messages and what is wrong with them; err_off is for Parameter Problem. */
static const struct bad_case {
	const char	*what;
	const char	*hex;
	enum mh_err	 err;
	uint16_t	 err_off;
} bad_cases[] = {
	{ "BRR", "3b00000000000000", MH_OK, 0 },
	{ "no octets", "", MH_E_SHORT, 1 },
	{ "five octets", "3b00000000", MH_E_SHORT, 1 },
	{ "header length beyond the end", "3b01000000000000", MH_E_SHORT, 1 },
	{ "more octets than header length (left out)",
	    "3b00000000000000ff", MH_OK, 0 },
	/* RFC 6275 9.2: the order is type, payload proto, header length */
	{ "unknown type, bad proto", "0600630000000000", MH_E_TYPE, 2 },
	{ "payload proto 6, short BU", "0600050000000000", MH_E_PROTO, 0 },
	{ "short BU", "3b00050000000000", MH_E_HLEN, 1 },
	{ "short HoTI", "3b00010000000000", MH_E_HLEN, 1 },
	{ "short CoTI", "3b00020000000000", MH_E_HLEN, 1 },
	{ "short HoT", "3b010300000000000000000000000000", MH_E_HLEN, 1 },
	{ "short CoT", "3b010400000000000000000000000000", MH_E_HLEN, 1 },
	{ "short BA", "3b00060000000000", MH_E_HLEN, 1 },
	{ "short BE", "3b010700000000000000000000000000", MH_E_HLEN, 1 },
	/* options of a BU, from octet 12 on */
	{ "only Pad1", "3b010500 00000001 80000001 00000000", MH_OK, 0 },
	{ "PadN of 0", "3b010500 00000001 80000001 01000100", MH_OK, 0 },
	{ "type in the last octet", "3b010500 00000001 80000001 00000003",
	    MH_E_OPT_TRUNCATED, 15 },
	{ "PadN beyond the end", "3b010500 00000001 80000001 01030000",
	    MH_E_OPT_TRUNCATED, 13 },
	{ "unknown option beyond the end",
	    "3b010500 00000001 80000001 c8030000", MH_E_OPT_TRUNCATED, 13 },
	/* a truncated Alternate Care-of Address must not be completed with
	 * whatever lies behind the message */
	{ "alternate care-of address cut", "3b020500 00000001 80000001"
	    "01000310 20010db8 00000000 0000000000000000",
	    MH_E_OPT_TRUNCATED, 15 },
	{ "alternate care-of address of 8", "3b020500 00000001 80000001"
	    "03082001 0db80000 0000 0100", MH_E_OPT_LENGTH, 13 },
	{ "refresh advice of 1", "3b010600 00000000 00010001 02010000",
	    MH_E_OPT_LENGTH, 13 },
	{ "nonce indices of 2", "3b010500 00000001 80000001 04020000",
	    MH_E_OPT_LENGTH, 13 },
	{ "authorization data of 0", "3b010500 00000001 80000001 01000500",
	    MH_E_OPT_LENGTH, 15 },
	{ "MN-ID of 1", "3b010500 00000001 80000001 08010100",
	    MH_E_OPT_LENGTH, 13 },
	{ "authentication of 5", "3b020500 00000001 80000001"
	    "00 0905 0100000100 00000000", MH_E_OPT_LENGTH, 14 },
	{ "timestamp of 4", "3b020500 00000001 80000001"
	    "0100 0a04 00000000 00000000", MH_E_OPT_LENGTH, 15 },
	{ "CGA request of 1", "3b010500 00000001 80000001 0b010000",
	    MH_E_OPT_LENGTH, 13 },
	/* RFC 6275 6.2.7: last, and no padding behind */
	{ "padding behind authorization data", "3b030500 00000001 80000001"
	    "050c0102030405060708090a0b0c 0000 00000000",
	    MH_E_OPT_ORDER, 26 },
	{ "two nonce indices", "3b020500 00000001 80000001"
	    "040400010002 040400010002", MH_E_OPT_TWICE, 18 },
	/* RFC 4285 5: MN-HA before MN-AAA, one of each, nothing behind */
	{ "padding behind authentication", "3b030500 00000001 80000001 00"
	    "0906 01 00000100 aa 0109 000000000000000000", MH_OK, 0 },
	{ "MN-AAA before MN-HA", "3b030500 00000001 80000001 00"
	    "0906 02 00000003 aa 000000 0906 01 00000100 bb",
	    MH_E_OPT_ORDER, 24 },
	{ "two MN-HA", "3b030500 00000001 80000001 00"
	    "0906 01 00000100 aa 000000 0906 01 00000100 bb",
	    MH_E_OPT_TWICE, 24 },
	{ "MN-HA and MN-AAA", "3b030500 00000001 80000001 00"
	    "0906 01 00000100 aa 000000 0906 02 00000003 bb", MH_OK, 0 },
	{ "MN-ID behind authentication", "3b030500 00000001 80000001 00"
	    "0906 01 00000100 aa 0804 01 614062 0103000000",
	    MH_E_OPT_ORDER, 21 },
};

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	const struct bad_case	*c;
	struct mh		 m;
	uint8_t			*p;
	uint8_t			 all[256];
	size_t			 i, len;
	enum mh_err		 e;

	for (i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++) {
		c = &bad_cases[i];
		len = unhex(c->hex, all, sizeof(all));
		/* a block of its own, so that ASan sees a read behind it */
		p = malloc(len + 1);
		memcpy(p, all, len);
		p = realloc(p, len == 0 ? 1 : len);
		e = mh_parse(&m, p, len);
		ATF_CHECK_MSG(e == c->err, "%s: %s", c->what, mh_err_name(e));
		ATF_CHECK_MSG(m.err_off == c->err_off, "%s: error at %u",
		    c->what, m.err_off);
		free(p);
	}
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	uint8_t			 p[64];
	const struct mh_opt	*o;
	struct in6_addr		 a;
	struct mh		 m;
	size_t			 len;

	len = unhex("3b03050012340000 f0ffffff 01000310"
	    "20010db8000200000000000000000b01", p, sizeof(p));
	p[6] = 0xab;
	p[7] = 0xcd;
	ATF_REQUIRE_EQ(mh_parse(&m, p, len), MH_OK);
	ATF_CHECK_EQ(m.type, MH_BU);
	ATF_CHECK_EQ(m.cksum, 0x1234);
	ATF_CHECK_EQ(m.len, 32);
	ATF_CHECK_EQ(m.u.bu.seq, 0xabcd);
	ATF_CHECK_EQ(m.u.bu.flags & 0xf000,
	    MH_BU_A | MH_BU_H | MH_BU_L | MH_BU_K);
	ATF_CHECK_EQ(m.u.bu.lifetime, 0xffff);
	o = mh_find(&m, MHOPT_ALTCOA);
	ATF_REQUIRE(o != NULL);
	a = addr("2001:db8:2::b01");
	ATF_CHECK(in6_eq(&o->u.altcoa, &a));
	ATF_CHECK_EQ(o->off, 14);
	ATF_CHECK(mh_find(&m, MHOPT_BAD) == NULL);

	len = unhex("3b0107000000 0100", p, sizeof(p));
	memset(p + len, 7, 16);
	p[1] = 2;
	ATF_REQUIRE_EQ(mh_parse(&m, p, 24), MH_OK);
	ATF_CHECK_EQ(m.u.be.status, MH_BE_UNKNOWN_BINDING);
	ATF_CHECK_EQ(m.u.be.home.s6_addr[15], 7);

	/* RFC 6275 6.2.4: refresh advice is valid in a BA only */
	len = unhex("3b010500 00000001 80000001 02020001", p, sizeof(p));
	ATF_REQUIRE_EQ(mh_parse(&m, p, len), MH_OK);
	ATF_CHECK_EQ(m.nopts, 1);
	ATF_CHECK(m.opt[0].stray);
	ATF_CHECK(mh_find(&m, MHOPT_REFRESH) == NULL);

	/* unknown type: raw, and built as it was */
	len = unhex("3b011400 0000 0102030405060708090a", p, sizeof(p));
	ATF_CHECK_EQ(mh_parse(&m, p, len), MH_E_TYPE);
	ATF_CHECK_EQ(m.rawlen, 10);
	ATF_CHECK_EQ(m.raw[0], 1);
	ATF_CHECK_EQ(mh_build(&m, p + 32, 32), 16);
	check_octets("raw", p + 32, 16, p, 16);
}

/* RFC 6275 6.2.1: unknown options are skipped, however many there are. */
ATF_TC_WITHOUT_HEAD(unknown_options);
ATF_TC_BODY(unknown_options, tc)
{
	uint8_t		 p[MH_MAXLEN];
	struct mh	 m;
	size_t		 i;

	memset(p, 0, sizeof(p));
	p[0] = 59;
	p[1] = 255;
	p[2] = MH_BU;
	for (i = 12; i < 2030; i += 2) {
		p[i] = 0xc8;
		p[i + 1] = 0;
	}
	memcpy(p + 2030, "\3\x10", 2);
	p[2046] = 0;
	ATF_CHECK_EQ(mh_parse(&m, p, sizeof(p)), MH_E_OPT_MANY);
	memset(p + 2030, 0, 18);
	ATF_CHECK_EQ(mh_parse(&m, p, sizeof(p)), MH_OK);
	ATF_CHECK_EQ(m.nunknown, 1009);
	ATF_CHECK_EQ(m.nopts, MH_MAXOPTS);
	/* a known one behind 23 unknown ones is found */
	memset(p + 12 + 46, 0, sizeof(p) - 58);
	memcpy(p + 12 + 46, "\4\4\0\1\0\2", 6);
	ATF_CHECK_EQ(mh_parse(&m, p, sizeof(p)), MH_OK);
	ATF_REQUIRE(mh_find(&m, MHOPT_NONCE) != NULL);
	ATF_CHECK_EQ(mh_find(&m, MHOPT_NONCE)->u.nonce.careof, 2);
}

/* Whatever is in front: each option has its alignment, the end is at 8n. */
ATF_TC_WITHOUT_HEAD(alignment);
ATF_TC_BODY(alignment, tc)
{
	static const uint8_t	 filler[255];
	const struct mhopt_row	*rows, *row;
	struct mh_opt		*o;
	struct mh		 m, back;
	uint8_t			 out[MH_MAXLEN];
	size_t			 n, i, len, in_front;

	rows = mhopt_rows(&n);
	for (i = 0; i < n; i++)
		for (in_front = 0; in_front < 16; in_front++) {
			row = &rows[i];
			mh_init(&m, row->messages >> MH_BU & 1 ? MH_BU : MH_BA);
			o = mh_add(&m, 200);
			o->var = filler;
			o->varlen = (uint8_t)in_front;
			o = mh_add(&m, row->type);
			if (o->varlen == 0 && row->max == 255) {
				o->var = filler;
				o->varlen = (uint8_t)(9 + in_front);
			}
			len = mh_build(&m, out, sizeof(out));
			ATF_CHECK(len != 0 && len % 8 == 0);
			ATF_CHECK_EQ(mh_parse(&back, out, len), MH_OK);
			o = &back.opt[back.nopts - 1];
			ATF_REQUIRE_EQ(o->type, row->type);
			ATF_CHECK_MSG(o->off % row->align == row->align_off,
			    "%s at %u", row->name, o->off);
			if (row->flags & MHOPT_F_LAST)
				ATF_CHECK_EQ(o->off + 2u + o->len, len);
		}
	/* RFC 6275 6.1.7: without options 4 octets of padding */
	mh_init(&m, MH_BU);
	ATF_CHECK_EQ(mh_build(&m, out, sizeof(out)), 16);
	ATF_CHECK_EQ(out[12], MHOPT_PADN);
	ATF_CHECK_EQ(mh_build(&m, out, 15), 0);
	ATF_CHECK_EQ(mh_build(&m, out, 0), 0);
	mh_init(&m, MH_BRR);
	ATF_CHECK_EQ(mh_build(&m, out, sizeof(out)), 8);
}

/*
 * Each row, as short and as long as it may be: its fields are in its least
 * length, and what was built parses to the same and can be printed.
 */
ATF_TC_WITHOUT_HEAD(rows);
ATF_TC_BODY(rows, tc)
{
	static const size_t		 sizes[] = { [MHOPT_U8] = 1,
	    [MHOPT_U16] = 2, [MHOPT_U32] = 4, [MHOPT_U64] = 8,
	    [MHOPT_ADDR] = 16 };
	static uint8_t			 data[255], out[512], again[32];
	const struct mhopt_row		*all, *row;
	const struct mhopt_field	*f;
	struct mh_opt			*o;
	struct mh			 m, back;
	struct text			 t;
	struct wbuf			 w;
	char				 text[1024];
	size_t				 i, k, n, len, fixed;
	uint8_t				 type;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i + 1);
	all = mhopt_rows(&n);
	for (i = 0; i < 2 * n; i++) {
		row = &all[i / 2];
		ATF_CHECK(mhopt_row(row->type) == row);
		ATF_CHECK(strchr(row->name, ' ') == NULL);
		fixed = 0;
		for (f = row->fields; f->kind != MHOPT_END; f++)
			fixed += sizes[f->kind];
		ATF_CHECK_MSG(fixed <= row->min, "%s", row->name);
		for (type = 0; (row->messages >> type & 1) == 0; type++)
			;
		mh_init(&m, type);
		ATF_REQUIRE((o = mh_add(&m, row->type)) != NULL);
		for (f = row->fields, k = 0; f->kind != MHOPT_END; f++) {
			memcpy((uint8_t *)o + f->off, data + k,
			    sizes[f->kind]);
			k += sizes[f->kind];
		}
		o->var = data;
		o->varlen = (uint8_t)((i % 2 ? row->max : row->min) - fixed);
		ATF_REQUIRE_MSG((len = mh_build(&m, out, sizeof(out))) != 0,
		    "%s", row->name);
		ATF_REQUIRE_EQ(MH_OK, mh_parse(&back, out, len));
		ATF_REQUIRE_EQ(1, back.nopts);
		ATF_CHECK(back.opt[0].row == row && !back.opt[0].stray);
		ATF_CHECK_EQ(o->varlen, back.opt[0].varlen);
		ATF_CHECK(memcmp(back.opt[0].var, data, o->varlen) == 0);
		ATF_CHECK_EQ(mhopt_subtype(o), mhopt_subtype(&back.opt[0]));
		wbuf_init(&w, again, sizeof(again));
		mhopt_build(&w, &back.opt[0]);
		check_octets(row->name, again, w.off, out + o->off + 2, fixed);
		ATF_CHECK_EQ(fixed, w.off);
		text_init(&t, text, sizeof(text));
		mhopt_print(&t, &back.opt[0]);
		ATF_CHECK(strncmp(text, row->name, strlen(row->name)) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(build_refuses);
ATF_TC_BODY(build_refuses, tc)
{
	static const uint8_t	 filler[255];
	struct mh_opt		*o;
	struct mh		 m;
	uint8_t			 out[MH_MAXLEN + 64];
	int			 i;

	mh_init(&m, MH_BU);
	mh_add(&m, MHOPT_MNID);		/* empty: RFC 4283 needs one octet */
	ATF_CHECK_EQ(mh_build(&m, out, sizeof(out)), 0);
	mh_init(&m, MH_BU);
	o = mh_add(&m, MHOPT_MNID);
	o->var = filler;
	o->varlen = 255;
	ATF_CHECK_EQ(mh_build(&m, out, sizeof(out)), 0);
	mh_init(&m, MH_BU);
	mh_add(&m, MHOPT_PADN);
	ATF_CHECK_EQ(mh_build(&m, out, sizeof(out)), 0);
	mh_init(&m, MH_BU);
	for (i = 0; i < 9; i++) {
		o = mh_add(&m, MHOPT_CGA);
		o->var = filler;
		o->varlen = 255;
	}
	ATF_CHECK_EQ(mh_build(&m, out, sizeof(out)), 0);
	mh_init(&m, MH_BU);
	for (i = 0; i < MH_MAXOPTS; i++)
		ATF_CHECK(mh_add(&m, 200) != NULL);
	ATF_CHECK(mh_add(&m, 200) == NULL);
	/* nothing to sign, nothing built: nothing happens */
	mh_init(&m, MH_BU);
	mh_set_checksum(&m, &(struct in6_addr)IN6ADDR_ANY_INIT,
	    &(struct in6_addr)IN6ADDR_ANY_INIT);
}

ATF_TC_WITHOUT_HEAD(checksum);
ATF_TC_BODY(checksum, tc)
{
	struct in6_addr	 home = addr("2001:db8:1::a");
	struct in6_addr	 ha = addr("2001:db8:1::1");
	struct in6_addr	 coa = addr("2001:db8:2::b");
	struct mh	 m;
	uint8_t		 out[64];
	size_t		 n;

	mh_init(&m, MH_BU);
	n = mh_build(&m, out, sizeof(out));
	mh_set_checksum(&m, &home, &ha);
	ATF_CHECK_EQ(m.cksum, out[4] << 8 | out[5]);
	ATF_CHECK(mh_checksum_ok(out, n, &home, &ha));
	ATF_CHECK(!mh_checksum_ok(out, n, &coa, &ha));
	ATF_CHECK(!mh_checksum_ok(out, n - 1, &home, &ha));
	ATF_CHECK(!mh_checksum_ok(out, 7, &home, &ha));
	out[8] ^= 1;
	ATF_CHECK(!mh_checksum_ok(out, n, &home, &ha));
}

/* RFC 2202 3, cases 1, 2, 6; RFC 3174's "abc". */
ATF_TC_WITHOUT_HEAD(hmac);
ATF_TC_BODY(hmac, tc)
{
	static const struct {
		const char	*key;
		const char	*data;
		const char	*mac;
	} cases[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
		    "b617318655057264e28bc0b6fb378c8ef146be00" },
		{ "4a656665", "what do ya want for nothing?",
		    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    "Test Using Larger Than Block-Size Key - Hash Key First",
		    "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	};
	uint8_t		 key[128], mac[20], want[20];
	struct mhauth	*a = mhauth_new();
	size_t		 i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = unhex(cases[i].key, key, sizeof(key));
		unhex(cases[i].mac, want, sizeof(want));
		ATF_CHECK(mhauth_hmac(a, key, n, cases[i].data,
		    strlen(cases[i].data), mac));
		check_octets(cases[i].data, mac, 20, want, 20);
	}
	unhex("a9993e364706816aba3e25717850c26c9cd0d89d", want, sizeof(want));
	ATF_CHECK(mhauth_sha1(a, "abc", 3, mac));
	check_octets("abc", mac, 20, want, 20);
	mhauth_free(a);
	mhauth_free(NULL);
}

ATF_TC_WITHOUT_HEAD(auth_refuses);
ATF_TC_BODY(auth_refuses, tc)
{
	struct in6_addr	 home = addr("2001:db8:1::a");
	struct in6_addr	 coa = addr("2001:db8:2::b");
	struct mhauth	*a = mhauth_new();
	struct mh_opt	*o;
	struct mh	 m, in;
	uint8_t		 out[256];
	uint64_t	 token;
	size_t		 n;

	mh_init(&m, MH_BU);
	mh_build(&m, out, sizeof(out));
	ATF_CHECK_EQ(mhauth_bad_sign(a, &m, "k", 1, &coa, &home),
	    MHAUTH_E_NONE);
	ATF_CHECK_EQ(mhauth_bad_verify(a, &m, "k", 1, &coa, &home),
	    MHAUTH_E_NONE);
	ATF_CHECK_EQ(mhauth_auth_sign(a, &m, 1, "k", 1, &coa, &home),
	    MHAUTH_E_NONE);
	ATF_CHECK_EQ(mhauth_auth_verify(a, &m, 1, "k", 1, &coa, &home),
	    MHAUTH_E_NONE);

	/* an authenticator of one octet is no authenticator */
	mh_init(&m, MH_BU);
	o = mh_add(&m, MHOPT_BAD);
	o->varlen = 1;
	n = mh_build(&m, out, sizeof(out));
	ATF_CHECK_EQ(mhauth_bad_sign(a, &m, "k", 1, &coa, &home), MHAUTH_OK);
	ATF_REQUIRE_EQ(mh_parse(&in, out, n), MH_OK);
	ATF_CHECK_EQ(mhauth_bad_verify(a, &in, "k", 1, &coa, &home),
	    MHAUTH_E_LENGTH);
	o->varlen = 40;
	mh_build(&m, out, sizeof(out));
	ATF_CHECK_EQ(mhauth_bad_sign(a, &m, "k", 1, &coa, &home),
	    MHAUTH_E_LENGTH);

	mh_init(&m, MH_BU);
	o = mh_add(&m, MHOPT_AUTH);
	o->u.auth.subtype = MHOPT_AUTH_MNHA;
	o->u.auth.spi = 256;
	o->varlen = 4;
	n = mh_build(&m, out, sizeof(out));
	ATF_CHECK_EQ(mhauth_auth_sign(a, &m, 1, "k", 1, &coa, &home),
	    MHAUTH_E_LENGTH);
	ATF_REQUIRE_EQ(mh_parse(&in, out, n), MH_OK);
	ATF_CHECK_EQ(mhauth_auth_verify(a, &in, 1, "k", 1, &coa, &home),
	    MHAUTH_E_LENGTH);
	o->varlen = MHOPT_AUTHLEN;
	n = mh_build(&m, out, sizeof(out));
	ATF_CHECK_EQ(mhauth_auth_sign(a, &m, 1, "k", 1, &coa, &home),
	    MHAUTH_OK);
	ATF_REQUIRE_EQ(mh_parse(&in, out, n), MH_OK);
	ATF_CHECK_EQ(mhauth_auth_verify(a, &in, 1, "k", 1, &coa, &home),
	    MHAUTH_OK);
	ATF_CHECK_EQ(mhauth_auth_verify(a, &in, 1, "K", 1, &coa, &home),
	    MHAUTH_E_MISMATCH);
	ATF_CHECK_EQ(mhauth_auth_verify(a, &in, 1, "k", 1, &home, &home),
	    MHAUTH_E_MISMATCH);
	ATF_CHECK_EQ(mhauth_auth_verify(a, &in, 1, "k", 1, &coa, &coa),
	    MHAUTH_E_MISMATCH);
	ATF_CHECK_EQ(mhauth_auth_verify(a, &in, 2, "k", 1, &coa, &home),
	    MHAUTH_E_NONE);
	ATF_CHECK(!mhauth_token(a, MHAUTH_HOME, out, &coa, out, 65, &token));
	mhauth_free(a);
}

/* RFC 4285 6: NTP format, "close enough", what a refusal carries. */
ATF_TC_WITHOUT_HEAD(timestamps);
ATF_TC_BODY(timestamps, tc)
{
	struct timespec	 ts = { .tv_sec = 0, .tv_nsec = 500000000 };
	uint64_t	 t;

	t = mhauth_ntp(&ts);
	ATF_CHECK_EQ(t >> 32, 2208988800u);	/* 1970 in NTP seconds */
	ATF_CHECK_EQ(t & 0xffffffff, 0x80000000);
	mhauth_ntp_time(t, &ts);
	ATF_CHECK_EQ(ts.tv_sec, 0);
	ATF_CHECK_EQ(ts.tv_nsec, 500000000);
	ts.tv_sec = 2085978496;			/* the next era begins */
	ts.tv_nsec = 0;
	t = mhauth_ntp(&ts);
	ATF_CHECK_EQ(t, 0);
	mhauth_ntp_time(t, &ts);
	ATF_CHECK_EQ(ts.tv_sec, 2085978496);
	ATF_CHECK_EQ(mhauth_ntp_ns(INT64_C(2085978496500000000)), 0x80000000);
	ATF_CHECK_EQ(mhauth_ntp_ns(-1) >> 32, 2208988800u);
	ATF_CHECK_EQ(mhauth_ntp_ns(-1) & 0xffffffff, 0);
	ATF_CHECK(mhauth_ntp_close(t, t - 1, 0) == false);
	ATF_CHECK(mhauth_ntp_close(t, t - 1, 1));
	ATF_CHECK(mhauth_ntp_close((uint64_t)7 << 32, t, 7));
	ATF_CHECK(mhauth_ntp_close(t, (uint64_t)7 << 32, 7));
	ATF_CHECK(!mhauth_ntp_close(t, ((uint64_t)7 << 32) + 1, 7));
	ATF_CHECK_EQ(mhauth_ntp_reject(0x1111111122222222, 0x3333333344444444),
	    0x3333333322222222);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	int	 i;

	for (i = 0; i < MH_NERR; i++)
		ATF_CHECK(mh_err_name(i) != NULL);
	ATF_CHECK_STREQ(mh_status_name(135), "sequence number out of window");
	ATF_CHECK_STREQ(mh_status_name(200), "of no RFC known here");
	ATF_CHECK_STREQ(mh_row(5)->name, "BU");
	ATF_CHECK(mh_row(99) == NULL);
	ATF_CHECK(mhopt_row(99) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, unknown_options);
	ATF_TP_ADD_TC(tp, alignment);
	ATF_TP_ADD_TC(tp, rows);
	ATF_TP_ADD_TC(tp, build_refuses);
	ATF_TP_ADD_TC(tp, checksum);
	ATF_TP_ADD_TC(tp, hmac);
	ATF_TP_ADD_TC(tp, auth_refuses);
	ATF_TP_ADD_TC(tp, timestamps);
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}
