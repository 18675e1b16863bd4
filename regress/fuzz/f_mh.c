/*
 * Mobility Header: what was parsed and built again parses to the same, and
 * builds to the same octets.  Authenticators are computed over what is there.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/mh.h"
#include "wire/mhauth.h"
#include "wire/print.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define	CHECK(x)	do { if (!(x)) abort(); } while (0)

static const struct in6_addr	 a1 = { { { 0x20, 1, 0xd, 0xb8, 1 } } };
static const struct in6_addr	 a2 = { { { 0x20, 1, 0xd, 0xb8, 2 } } };

static bool
same_option(const struct mh_opt *a, const struct mh_opt *b)
{
	return (a->type == b->type && a->len == b->len &&
	    a->stray == b->stray && a->row == b->row &&
	    a->varlen == b->varlen &&
	    (a->varlen == 0 || memcmp(a->var, b->var, a->varlen) == 0) &&
	    mhopt_subtype(a) == mhopt_subtype(b));
}

static bool
same(const struct mh *a, const struct mh *b)
{
	uint8_t	 i;

	if (a->type != b->type || a->proto != b->proto ||
	    a->rawlen != b->rawlen || a->nopts != b->nopts)
		return (false);
	for (i = 0; i < a->nopts; i++)
		if (!same_option(&a->opt[i], &b->opt[i]))
			return (false);
	return (true);
}

static void
print(const uint8_t *p, size_t len)
{
	char	 buf[2048];

	print_mh(buf, sizeof(buf), p, len, &a1, &a2, PRINT_LINE);
	CHECK(strlen(buf) < sizeof(buf) && strchr(buf, '\n') == NULL);
	print_mh(buf, sizeof(buf), p, len, NULL, NULL, PRINT_FIELDS);
}

static void
authenticate(struct mh *m)
{
	static struct mhauth	*a;

	if (a == NULL)
		a = mhauth_new();
	mhauth_bad_verify(a, m, "k", 1, &a1, &a2);
	mhauth_auth_verify(a, m, MHOPT_AUTH_MNHA, "k", 1, &a1, &a2);
	mhauth_auth_verify(a, m, MHOPT_AUTH_MNAAA, "k", 1, &a1, &a2);
	if (m->wire == NULL)
		return;
	if (mhauth_bad_sign(a, m, "k", 1, &a1, &a2) == MHAUTH_OK &&
	    mh_find(m, MHOPT_BAD)->varlen == MHOPT_AUTHLEN)
		CHECK(mhauth_bad_verify(a, m, "k", 1, &a1, &a2) == MHAUTH_OK);
	if (mhauth_auth_sign(a, m, MHOPT_AUTH_MNHA, "k", 1, &a1, &a2) ==
	    MHAUTH_OK)
		CHECK(mhauth_auth_verify(a, m, MHOPT_AUTH_MNHA, "k", 1, &a1,
		    &a2) == MHAUTH_OK);
}

/*
 * An option of the row that the first octet chooses, its data what follows: it
 * is taken if its length is right, and its fields build to the same octets.
 */
static void
one_option(const uint8_t *p, size_t len)
{
	const struct mhopt_row	*rows, *row;
	struct mh_opt		 o;
	struct rbuf		 r;
	struct wbuf		 w;
	struct text		 t;
	uint8_t			 out[256];
	char			 text[2048];
	size_t			 n;

	rows = mhopt_rows(&n);
	if (len == 0)
		return;
	row = &rows[p[0] % n];
	len = len - 1 > 255 ? 255 : len - 1;
	if (len < row->min || len > row->max)
		return;
	memset(&o, 0, sizeof(o));
	o.type = row->type;
	o.row = row;
	rbuf_init(&r, p + 1, len);
	mhopt_parse(&r, &o);
	CHECK(!r.bad);
	o.varlen = (uint8_t)rbuf_left(&r);
	o.var = rbuf_ptr(&r, o.varlen);
	CHECK(mhopt_size(&o) == 2 + len);
	wbuf_init(&w, out, sizeof(out));
	mhopt_build(&w, &o);
	wbuf_bytes(&w, o.var, o.varlen);
	CHECK(!w.bad && w.off == len && memcmp(out, p + 1, len) == 0);
	text_init(&t, text, sizeof(text));
	mhopt_print(&t, &o);
	CHECK(strncmp(text, row->name, strlen(row->name)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static uint8_t	 one[MH_MAXLEN], two[MH_MAXLEN];
	struct mh	 m, back;
	enum mh_err	 e;
	size_t		 n;

	one_option(p, len);
	print(p, len);
	e = mh_parse(&m, p, len);
	CHECK(m.err_off <= len + 1 && mh_err_name(e) != NULL);
	if (e != MH_OK && e != MH_E_TYPE)
		return (0);
	authenticate(&m);
	n = mh_build(&m, one, sizeof(one));
	if (n == 0) {		/* padding made it too long: near the end */
		CHECK(m.nopts != 0 && len > MH_MAXLEN - 8 * MH_MAXOPTS);
		return (0);
	}
	CHECK(mh_parse(&back, one, n) == e);
	CHECK(same(&m, &back));
	CHECK(mh_build(&back, two, sizeof(two)) == n);
	CHECK(memcmp(one, two, n) == 0);
	authenticate(&back);
	mh_set_checksum(&back, &a1, &a2);
	CHECK(mh_checksum_ok(two, n, &a1, &a2));
	return (0);
}
