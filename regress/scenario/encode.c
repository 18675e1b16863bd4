/*
 * Lines "> NAME key value ..." of a scenario, made into messages to the
 * engine.  The keys of each message are a table.  run.c calls it for each such
 * line; decode.c is the other way.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"

/* The words of a line from its second on, taken one after the other. */
struct args {
	const struct line	*l;
	size_t			 i;
};

static const char *
next(struct args *a)
{
	if (a->i >= a->l->n)
		fail(a->l, "a value is missing behind \"%s\"",
		    a->l->w[a->l->n - 1]);
	return (a->l->w[a->i++]);
}

static struct in6_addr
next_addr(struct args *a)
{
	return (word_addr(a->l, next(a)));
}

static uint64_t
next_u64(struct args *a)
{
	return (word_u64(a->l, next(a)));
}

static bool
is(const char *w, const char *name)
{
	return (strcmp(w, name) == 0);
}

static size_t
hex(const struct line *l, const char *w, uint8_t *p, size_t cap)
{
	unsigned int	 v;
	size_t		 n = 0;

	for (; *w != '\0'; w += 2) {
		if (n == cap || sscanf(w, "%2x", &v) != 1 || w[1] == '\0')
			fail(l, "not hexadecimal: %s", w);
		p[n++] = (uint8_t)v;
	}
	return (n);
}

/* --- Mobility Headers --- */

struct mh_line {
	struct mh	 m;
	bool		 sign, bad, authorized;
	int		 proto, hlen;		/* to be put in wrongly */
	struct in6_addr	 coa, home;
	bool		 has_coa;
	uint8_t		 rawbytes[2048];
	size_t		 rawlen;
	uint8_t		 data[MH_MAXLEN];	/* of options */
	size_t		 datalen;
	struct rr	 rr;
	const char	*signer;		/* a node of node.c, or NULL */
	bool		 spoilt;		/* the signature is wrong */
};

/* "now", "now+5s", "now-5s", "last" (the one sent before), "echo". */
static uint64_t
timestamp(struct runner *r, const struct line *l, const char *w)
{
	int64_t	 wall = r->now.wall;

	if (is(w, "last"))
		return (r->mem.mesgid_in);
	if (is(w, "echo"))
		return (r->mem.mesgid_out);
	if (strncmp(w, "now", 3) != 0)
		return (word_u64(l, w));
	if (w[3] == '+')
		wall += word_time(l, w + 4);
	else if (w[3] == '-')
		wall -= word_time(l, w + 4);
	return (mhauth_ntp_ns(wall));
}

static uint16_t
bu_flags(const struct line *l, const char *w)
{
	static const struct { char c; uint16_t v; } bits[] = {
		{ 'A', MH_BU_A }, { 'H', MH_BU_H }, { 'L', MH_BU_L },
		{ 'K', MH_BU_K }, { 'M', 0x0800 }, { 'R', 0x0400 },
		{ 'P', 0x0200 }, { '-', 0 },
	};
	uint16_t	 v = 0;
	size_t		 i;

	for (; *w != '\0'; w++) {
		for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
			if (bits[i].c == *w)
				break;
		if (i == sizeof(bits) / sizeof(bits[0]))
			fail(l, "no such flag: %c", *w);
		v |= bits[i].v;
	}
	return (v);
}

static struct mh_opt *
option(const struct line *l, struct mh *m, uint8_t type)
{
	struct mh_opt	*o = mh_add(m, type);

	if (o == NULL)
		fail(l, "too many options");
	return (o);
}

static const struct mhopt_row *
row_named(const struct line *l, const char *name)
{
	const struct mhopt_row	*rows;
	size_t			 i, n;

	rows = mhopt_rows(&n);
	for (i = 0; i < n; i++)
		if (is(rows[i].name, name))
			return (&rows[i]);
	fail(l, "no such option: %s", name);
}

static void
set_field(struct args *a, struct mh_opt *o, const struct mhopt_field *f)
{
	uint8_t		*to = (uint8_t *)o + f->off;
	struct in6_addr	 addr;
	uint64_t	 v64 = 0;
	uint32_t	 v32;
	uint16_t	 v16;

	if (f->kind == MHOPT_ADDR) {
		addr = next_addr(a);
		memcpy(to, &addr, sizeof(addr));
		return;
	}
	v64 = next_u64(a);
	v32 = (uint32_t)v64;
	v16 = (uint16_t)v64;
	if (f->kind == MHOPT_U8)
		*to = (uint8_t)v64;
	else if (f->kind == MHOPT_U16)
		memcpy(to, &v16, sizeof(v16));
	else if (f->kind == MHOPT_U32)
		memcpy(to, &v32, sizeof(v32));
	else
		memcpy(to, &v64, sizeof(v64));
}

/* option NAME: any, as its row has it; each field in turn, then octets. */
static void
any_option(struct mh_line *x, struct args *a)
{
	const struct mhopt_row		*row = row_named(a->l, next(a));
	const struct mhopt_field	*f;
	struct mh_opt			*o = option(a->l, &x->m, row->type);
	size_t				 len;

	for (f = row->fields; f->kind != MHOPT_END; f++) {
		if (!is(next(a), f->name))
			fail(a->l, "option %s: %s expected", row->name,
			    f->name);
		set_field(a, o, f);
	}
	if (a->i < a->l->n && is(a->l->w[a->i], "data")) {
		a->i++;
		len = hex(a->l, next(a), x->data + x->datalen,
		    sizeof(x->data) - x->datalen);
		o->var = x->data + x->datalen;
		o->varlen = (uint8_t)len;
		x->datalen += len;
	}
}

static bool
mh_option(struct runner *r, struct mh_line *x, const struct in6_addr *src,
    struct args *a, const char *w)
{
	struct mh_opt	*o;

	if (is(w, "altcoa")) {
		x->coa = next_addr(a);
		x->has_coa = true;
		option(a->l, &x->m, MHOPT_ALTCOA)->u.altcoa = x->coa;
	} else if (is(w, "nonce")) {
		o = option(a->l, &x->m, MHOPT_NONCE);
		o->u.nonce.home = (uint16_t)next_u64(a);
		o->u.nonce.careof = (uint16_t)next_u64(a);
	} else if (is(w, "refresh")) {
		option(a->l, &x->m, MHOPT_REFRESH)->u.refresh =
		    (uint16_t)(next_u64(a) / MH_LIFETIME_UNIT);
	} else if (is(w, "mnid")) {
		o = option(a->l, &x->m, MHOPT_MNID);
		o->u.mnid.subtype = MHOPT_MNID_NAI;
		o->var = (const uint8_t *)next(a);
		o->varlen = (uint8_t)strlen((const char *)o->var);
	} else if (is(w, "mesgid")) {
		r->mem.mesgid_in = timestamp(r, a->l, next(a));
		option(a->l, &x->m, MHOPT_MESGID)->u.timestamp =
		    r->mem.mesgid_in;
	} else if (is(w, "spi")) {
		o = option(a->l, &x->m, MHOPT_AUTH);
		o->u.auth.subtype = MHOPT_AUTH_MNHA;
		o->u.auth.spi = (uint32_t)next_u64(a);
		x->sign = true;
	} else if (is(w, "aaa")) {
		o = option(a->l, &x->m, MHOPT_AUTH);
		o->u.auth.subtype = MHOPT_AUTH_MNAAA;
		o->u.auth.spi = MHAUTH_SPI_HMAC_SHA1;
		o->varlen = MHAUTH_MACLEN;
	} else if (is(w, "authorized")) {
		option(a->l, &x->m, MHOPT_BAD)->varlen = MHOPT_AUTHLEN;
		x->authorized = true;
	} else if (is(w, "permanent-token")) {
		peer_permanent(option(a->l, &x->m, MHOPT_PHKT), src,
		    next_u64(a));
	} else if (is(w, "careof-token")) {
		peer_careof(option(a->l, &x->m, MHOPT_COT), src, next_u64(a));
	} else if (is(w, "option")) {
		any_option(x, a);
	} else if (is(w, "key")) {
		w = next(a);
		r->mem.keylen = strlen(w);
		memcpy(r->mem.key, w, r->mem.keylen);
	} else
		return (false);
	return (true);
}

static uint16_t
next_seq(struct runner *r, struct args *a)
{
	const char	*w = next(a);

	return (is(w, "last") ? r->mem.seq_out : (uint16_t)word_u64(a->l, w));
}

/* A number, or "-" for that of the tokens. */
static int32_t
next_index(struct args *a)
{
	const char	*w = next(a);

	return (is(w, "-") ? -1 : (int32_t)word_u64(a->l, w));
}

/* What makes an update to a correspondent, or what is wrong with it. */
static bool
rr_field(struct mh_line *x, struct args *a, const char *w)
{
	struct rr	*rr = &x->rr;

	if (is(w, "rr"))
		rr->tokens = next(a);
	else if (is(w, "home-only"))
		rr->home_only = true;
	else if (is(w, "padded"))
		rr->padded = true;
	else if (is(w, "permanent"))
		rr->permanent = true;
	else if (is(w, "early"))
		rr->early = true;
	else if (is(w, "over")) {
		rr->over = next_addr(a);
		rr->has_over = true;
	} else if (is(w, "indices")) {
		rr->home_index = next_index(a);
		rr->coa_index = next_index(a);
	} else
		return (false);
	return (true);
}

/* Of Home Test and Care-of Test, and of what they answer. */
static bool
test_field(struct mh *m, struct args *a, const char *w)
{
	bool	 init = m->type == MH_HOTI || m->type == MH_COTI;

	if (is(w, "cookie"))
		*(init ? &m->u.init.cookie : &m->u.test.cookie) = next_u64(a);
	else if (is(w, "index"))
		m->u.test.nonce_index = (uint16_t)next_u64(a);
	else if (is(w, "token"))
		m->u.test.token = next_u64(a);
	else
		return (false);
	return (true);
}

/* What RFC 4866 adds to an update: options, in the order of these words. */
static bool
cga_field(struct mh_line *x, struct args *a, const char *w)
{
	if (is(w, "cga"))
		node_params(a->l, next(a), &x->m);
	else if (is(w, "signed")) {
		x->signer = next(a);
		node_signature(a->l, x->signer, &x->m);
	} else if (is(w, "badsig"))
		x->spoilt = true;
	else
		return (false);
	return (true);
}

static bool
mh_field(struct runner *r, struct mh_line *x, const struct in6_addr *src,
    struct args *a, const char *w)
{
	struct mh	*m = &x->m;
	bool		 bu = m->type == MH_BU;
	uint16_t	 v;

	if (is(w, "seq")) {
		v = next_seq(r, a);
		*(bu ? &m->u.bu.seq : &m->u.ba.seq) = v;
		r->mem.seq_in = v;
	} else if (is(w, "lifetime") || is(w, "units")) {
		v = (uint16_t)(next_u64(a) / (is(w, "units") ? 1 :
		    MH_LIFETIME_UNIT));
		*(bu ? &m->u.bu.lifetime : &m->u.ba.lifetime) = v;
	} else if (is(w, "flags")) {
		v = bu_flags(a->l, next(a));
		if (bu)
			m->u.bu.flags = v;
		else
			m->u.ba.flags = (v & MH_BU_K) != 0 ? MH_BA_K : 0;
	} else if (is(w, "status"))
		*(m->type == MH_BE ? &m->u.be.status : &m->u.ba.status) =
		    (uint8_t)next_u64(a);
	else if (is(w, "about"))
		m->u.be.home = next_addr(a);
	else if (is(w, "proto"))
		x->proto = (int)next_u64(a);
	else if (is(w, "hlen"))
		x->hlen = (int)next_u64(a);
	else if (is(w, "badauth"))
		x->bad = true;
	else if (is(w, "bytes"))
		x->rawlen = hex(a->l, next(a), x->rawbytes,
		    sizeof(x->rawbytes));
	else
		return (rr_field(x, a, w) || cga_field(x, a, w) ||
		    test_field(m, a, w) || mh_option(r, x, src, a, w));
	return (true);
}

static bool
mh_meta(struct msg_mh_in *in, struct args *a, const char *w)
{
	if (is(w, "from"))
		in->src = next_addr(a);
	else if (is(w, "to"))
		in->dst = next_addr(a);
	else if (is(w, "home"))
		in->home = next_addr(a);
	else if (is(w, "ifindex"))
		in->ifindex = (uint32_t)next_u64(a);
	else if (is(w, "hlim"))
		in->hlim = (uint8_t)next_u64(a);
	else if (is(w, "protected"))
		in->flags |= PKT_PROTECTED;
	else if (is(w, "hao")) {
		in->home = next_addr(a);
		in->flags |= PKT_HAO;
	} else if (is(w, "rh2"))
		in->flags |= PKT_RH2;
	else if (is(w, "tunnelled"))
		in->flags |= PKT_TUNNEL;
	else
		return (false);
	return (true);
}

/* The addresses that an authenticator covers (RFC 4285 5.1). */
static void
remember(struct runner *r, struct mh_line *x, const struct msg_mh_in *in)
{
	if (x->m.type == MH_BU) {
		r->mem.home = (in->flags & PKT_HAO) != 0 ? in->home : in->src;
		r->mem.coa = x->has_coa ? x->coa : in->src;
	}
	x->home = r->mem.home;
	x->coa = r->mem.coa;
}

/* Padding behind the last option, which Header Len is to count. */
static void
pad(struct mh_line *x, struct input *in)
{
	static const uint8_t	 padn[8] = { MHOPT_PADN, 6 };

	memcpy(in->buf + x->m.len, padn, sizeof(padn));
	in->buf[MH_OFF_HLEN]++;
	x->m.len += sizeof(padn);
	in->m.u_MH_IN.mh.len = x->m.len;
}

static void
finish_mh(struct runner *r, const struct line *l, struct mh_line *x,
    struct input *in)
{
	struct msg_mh_in	*m = &in->m.u_MH_IN;
	struct mhauth		*auth;

	if (x->rr.tokens != NULL)
		rr_options(l, &x->rr, &x->m);
	if (x->m.type == MH_HOT || x->m.type == MH_COT)
		peer_test(l, &x->m, &m->src, &m->dst);
	m->mh.p = in->buf;
	m->mh.len = mh_build(&x->m, in->buf, sizeof(in->buf));
	if (m->mh.len == 0)
		fail(l, "this message can't be built");
	if (x->rr.padded)
		pad(x, in);
	if (x->signer != NULL)
		node_sign(l, x->signer, &x->m, x->spoilt, &x->coa, &m->dst);
	/* RFC 6275 6.2.7: to delete, by the home address and its token. */
	if (x->rr.tokens != NULL && x->m.u.bu.lifetime == 0)
		x->rr.home_only = true;
	if (x->rr.tokens != NULL)
		rr_sign(l, &x->rr, &x->m, &x->home,
		    x->rr.has_over ? &x->rr.over :
		    x->rr.home_only ? &x->home : &x->coa, &m->dst);
	if (x->sign) {
		auth = mhauth_new();
		mhauth_auth_sign(auth, &x->m, MHOPT_AUTH_MNHA, r->mem.key,
		    r->mem.keylen, &x->coa, &x->home);
		mhauth_free(auth);
	}
	if (x->authorized)
		peer_sign(l, &x->m, &m->src);
	if (x->bad)
		in->buf[m->mh.len - 1] ^= 0x55;
	if (x->proto >= 0)
		in->buf[MH_OFF_PROTO] = (uint8_t)x->proto;
	if (x->hlen >= 0)
		in->buf[MH_OFF_HLEN] = (uint8_t)x->hlen;
	if (x->rawlen > 0) {
		memcpy(in->buf, x->rawbytes, x->rawlen);
		m->mh.len = x->rawlen;
	}
}

static void
encode_mh(struct runner *r, const struct line *l, struct input *in,
    int type)
{
	struct msg_mh_in	*m = &in->m.u_MH_IN;
	struct args		 a = { l, 2 };
	struct mh_line		 x;
	const char		*w;

	memset(&x, 0, sizeof(x));
	x.proto = x.hlen = -1;
	x.rr.home_index = x.rr.coa_index = -1;
	mh_init(&x.m, (uint8_t)type);
	m->hlim = 64;
	in->from = ROLE_NET;
	in->type = MSG_MH_IN;
	while (a.i < l->n) {
		w = next(&a);
		if (is(w, "home"))
			m->flags |= type == MH_BU ? PKT_HAO : PKT_RH2;
		if (!mh_meta(m, &a, w) && !mh_field(r, &x, &m->src, &a, w))
			fail(l, "unknown: %s", w);
	}
	remember(r, &x, m);
	finish_mh(r, l, &x, in);
}

/* --- ICMPv6 --- */

static uint8_t
na_flags(const char *w)
{
	return ((uint8_t)((strchr(w, 'R') != NULL ? ICMP6_NA_R : 0) |
	    (strchr(w, 'S') != NULL ? ICMP6_NA_S : 0) |
	    (strchr(w, 'O') != NULL ? ICMP6_NA_O : 0)));
}

static uint8_t
ra_flags(const char *w)
{
	return ((uint8_t)((strchr(w, 'M') != NULL ? ICMP6_RA_M : 0) |
	    (strchr(w, 'O') != NULL ? ICMP6_RA_O : 0) |
	    (strchr(w, 'H') != NULL ? ICMP6_RA_H : 0)));
}

static uint8_t
pi_flags(const char *w)
{
	return ((uint8_t)((strchr(w, 'L') != NULL ? ICMP6_PI_L : 0) |
	    (strchr(w, 'A') != NULL ? ICMP6_PI_A : 0) |
	    (strchr(w, 'R') != NULL ? ICMP6_PI_R : 0)));
}

/* prefix ADDR/LEN FLAGS VALID PREFERRED */
static void
prefix_option(struct args *a, struct nd_opt *o)
{
	char	 buf[64], *slash;

	snprintf(buf, sizeof(buf), "%s", next(a));
	if ((slash = strchr(buf, '/')) == NULL)
		fail(a->l, "not a prefix: %s", buf);
	*slash = '\0';
	o->u.prefix.prefix = word_addr(a->l, buf);
	o->u.prefix.len = (uint8_t)strtoul(slash + 1, NULL, 10);
	o->u.prefix.flags = pi_flags(next(a));
	o->u.prefix.valid = (uint32_t)next_u64(a);
	o->u.prefix.preferred = (uint32_t)next_u64(a);
}

static void
lladdr_option(struct args *a, struct nd_opt *o, uint8_t *scratch)
{
	o->datalen = (uint16_t)hex(a->l, next(a), scratch, 14);
	o->data = scratch;
}

struct icmp6_line {
	struct icmp6	 m;
	uint8_t		 ll[2][16];
	uint8_t		 quoted[1400];
	uint8_t		 agents[16 * 80];
	size_t		 cut;		/* octets off the end */
};

static struct nd_opt *
nd_option(struct args *a, struct icmp6 *m, uint8_t type)
{
	struct nd_opt	*o = icmp6_add(m, type);

	if (o == NULL)
		fail(a->l, "too many options");
	return (o);
}

static bool
icmp6_option(struct icmp6_line *x, struct args *a, const char *w)
{
	struct nd_opt	*o;

	if (is(w, "slla"))
		lladdr_option(a, nd_option(a, &x->m, ND_SLLA), x->ll[0]);
	else if (is(w, "tlla"))
		lladdr_option(a, nd_option(a, &x->m, ND_TLLA), x->ll[1]);
	else if (is(w, "prefix"))
		prefix_option(a, nd_option(a, &x->m, ND_PREFIX));
	else if (is(w, "advint"))
		nd_option(a, &x->m, ND_ADVINT)->u.advint =
		    (uint32_t)next_u64(a);
	else if (is(w, "hainfo") || is(w, "hainfo-routers")) {
		o = nd_option(a, &x->m, ND_HAINFO);
		o->u.hainfo.flags = is(w, "hainfo") ? 0 : ND_HAINFO_R;
		o->u.hainfo.preference = (uint16_t)next_u64(a);
		o->u.hainfo.lifetime = (uint16_t)next_u64(a);
	} else
		return (false);
	return (true);
}

/* Home agent address discovery: "id last" is that of the last request sent. */
static bool
dhaad_field(const struct runner *r, struct icmp6_line *x, struct args *a,
    const char *w)
{
	struct icmp6	*m = &x->m;
	struct in6_addr	 addr;

	if (m->type != ICMP6_T_DHAAD_REQ && m->type != ICMP6_T_DHAAD_REP)
		return (false);
	m->u.mip.addrs = x->agents;
	if (is(w, "id"))
		m->u.mip.id = is(a->l->w[a->i], "last") ?
		    (a->i++, r->mem.dhaad_id) : (uint16_t)next_u64(a);
	else if (is(w, "flags"))
		m->u.mip.flags = strchr(next(a), 'R') != NULL ?
		    ICMP6_DHAAD_R : 0;
	else if (is(w, "agent")) {
		addr = next_addr(a);
		memcpy(x->agents + 16 * m->u.mip.naddrs++, &addr, 16);
	} else if (is(w, "cut"))
		x->cut = (size_t)next_u64(a);
	else
		return (false);
	return (true);
}

static bool
icmp6_field(struct icmp6_line *x, struct args *a, const char *w)
{
	struct icmp6	*m = &x->m;

	if (is(w, "target"))
		m->u.nd.target = next_addr(a);
	else if (is(w, "code"))
		m->code = (uint8_t)next_u64(a);
	else if (is(w, "param"))
		m->u.err.param = (uint32_t)next_u64(a);
	else if (is(w, "quoted")) {
		m->u.err.len = hex(a->l, next(a), x->quoted,
		    sizeof(x->quoted));
		m->u.err.quoted = x->quoted;
	} else if (is(w, "flags") && m->type == ICMP6_T_RA)
		m->u.ra.flags = ra_flags(next(a));
	else if (is(w, "flags"))
		m->u.nd.flags = na_flags(next(a));
	else if (is(w, "lifetime"))
		m->u.ra.lifetime = (uint16_t)next_u64(a);
	else if (is(w, "hoplimit"))
		m->u.ra.hop_limit = (uint8_t)next_u64(a);
	else if (is(w, "reachable"))
		m->u.ra.reachable = (uint32_t)next_u64(a);
	else
		return (icmp6_option(x, a, w));
	return (true);
}

static bool
icmp6_meta(struct msg_icmp6_in *in, struct args *a, const char *w)
{
	if (is(w, "from"))
		in->src = next_addr(a);
	else if (is(w, "to"))
		in->dst = next_addr(a);
	else if (is(w, "home")) {
		in->home = next_addr(a);
		in->flags |= PKT_HAO;
	} else if (is(w, "if"))
		in->ifindex = (uint32_t)next_u64(a);
	else if (is(w, "hlim"))
		in->hlim = (uint8_t)next_u64(a);
	else if (is(w, "outer"))
		in->flags |= PKT_OUTERR;
	else
		return (false);
	return (true);
}

static void
encode_icmp6(struct runner *r, const struct line *l, struct input *in,
    int type)
{
	struct msg_icmp6_in	*m = &in->m.u_ICMP6_IN;
	struct args		 a = { l, 2 };
	struct icmp6_line	 x;
	const char		*w;

	memset(&x, 0, sizeof(x));
	icmp6_init(&x.m, (uint8_t)type);
	if (type == ICMP6_T_ECHOREPLY)
		x.m.u.err.param = r->mem.echo_out;
	m->hlim = 255;
	in->from = ROLE_NET;
	in->type = MSG_ICMP6_IN;
	while (a.i < l->n) {
		w = next(&a);
		if (is(w, "quoted-update")) {
			x.m.u.err.quoted = r->mem.update;
			x.m.u.err.len = r->mem.updatelen;
			continue;
		}
		if (is(w, "quoted-hoti") || is(w, "quoted-coti")) {
			x.m.u.err.quoted = r->mem.init[is(w, "quoted-coti")];
			x.m.u.err.len = r->mem.initlen[is(w, "quoted-coti")];
			continue;
		}
		if (!icmp6_meta(m, &a, w) && !dhaad_field(r, &x, &a, w) &&
		    !icmp6_field(&x, &a, w))
			fail(l, "unknown: %s", w);
	}
	m->icmp6.p = in->buf;
	m->icmp6.len = icmp6_build(&x.m, in->buf, sizeof(in->buf));
	if (m->icmp6.len == 0)
		fail(l, "this message can't be built");
	m->icmp6.len -= x.cut;
}

/* --- everything else: the members of the message's struct --- */

enum kind { U8, U16, U32, BOOL, ADDR, STR, HEX8, BLOB };

struct member {
	const char	*name;
	enum kind	 kind;
	size_t		 off, size;
};

#define M(s, m, k)	{ #m, k, offsetof(struct msg_##s, m), \
			    sizeof(((struct msg_##s *)0)->m) }
#define END		{ NULL, U8, 0, 0 }

static const struct member m_link[] = {
	M(link, ifindex, U32), M(link, name, STR), M(link, flags, U8),
	M(link, mtu, U32), M(link, lladdr, HEX8), END
};
static const struct member m_address[] = {
	M(address, ifindex, U32), M(address, addr, ADDR), M(address, plen, U8),
	M(address, flags, U8), M(address, preferred, U32),
	M(address, valid, U32), M(address, dynamic, BOOL),
	M(address, stale, BOOL), END
};
static const struct member m_router[] = {
	M(router, ifindex, U32), M(router, addr, ADDR), M(router, gone, BOOL),
	M(router, silent, BOOL),
	END
};
static const struct member m_result[] = {
	M(result, id, U32), M(result, error, U32), END
};
static const struct member m_tunnel[] = {
	M(tunnel, home, ADDR), M(tunnel, other, ADDR), M(tunnel, peer, ADDR),
	M(tunnel, event, U8),
	M(tunnel, icmp6_type, U8), M(tunnel, icmp6_code, U8),
	M(tunnel, value, U32), M(tunnel, age, U32), END
};
static const struct member m_state[] = {
	M(state, home, ADDR), M(state, exact, BOOL), M(state, data, BLOB), END
};
static const struct member m_key_state[] = {
	M(key_state, home, ADDR), M(key_state, at, ADDR),
	M(key_state, state, U8),
	M(key_state, tunnel, BOOL), M(key_state, text, STR), END
};
static const struct member m_woke[] = { M(woke, seconds, U32), END };
static const struct member m_empty[] = { END };
static const struct member m_bind[] = {
	M(bind, home, ADDR), M(bind, other, ADDR), M(bind, local, ADDR),
	M(bind, peer, ADDR), M(bind, ifindex, U32), M(bind, flags, U8),
	M(bind, owner, BLOB), END
};

static const struct member m_cga_params[] = {
	M(cga_params, home, ADDR), M(cga_params, params, BLOB), END
};
static const struct member m_cga_signed[] = {
	M(cga_signed, id, U32), M(cga_signed, home, ADDR),
	M(cga_signed, status, U8), M(cga_signed, signature, BLOB), END
};
static const struct member m_cga_decrypted[] = {
	M(cga_decrypted, id, U32), M(cga_decrypted, home, ADDR),
	M(cga_decrypted, status, U8), M(cga_decrypted, token, BLOB), END
};

/* Words for bits, joined by commas. */
static const struct { const char *w; uint32_t v; } words[] = {
	{ "up", LINK_UP }, { "running", LINK_RUNNING },
	{ "gone", LINK_GONE }, { "loopback", LINK_LOOPBACK },
	{ "tentative", ADDR_TENTATIVE }, { "optimistic", ADDR_OPTIMISTIC },
	{ "duplicate", ADDR_DUPLICATE }, { "deprecated", ADDR_DEPRECATED },
	{ "temporary", ADDR_TEMPORARY }, { "ours", ADDR_OURS },
	{ "tun", LINK_TUN }, { "no-forwarding", LINK_NO_FORWARDING },
	{ "removed", ADDR_GONE },
	{ "first-in", TUNNEL_FIRST_IN }, { "first-out", TUNNEL_FIRST_OUT },
	{ "error", TUNNEL_ERROR }, { "no-binding", TUNNEL_NO_BINDING },
	{ "silent", TUNNEL_SILENT }, { "heard", TUNNEL_HEARD },
	{ "observed", TUNNEL_OBSERVED },
	{ "keys-down", KEY_DOWN }, { "keys-pending", KEY_PENDING },
	{ "keys-up", KEY_UP }, { "keys-failed", KEY_FAILED },
	{ "done", CGA_DONE }, { "no-key", CGA_NO_KEY },
	{ "refused", CGA_REFUSED }, { "failed", CGA_FAILED },
	{ "infinity", UINT32_MAX }, { "-", 0 },
};

static uint32_t
bits(struct runner *r, const struct line *l, const char *w)
{
	char		 buf[128], *p, *save = NULL;
	uint32_t	 v = 0;
	size_t		 i;

	if (is(w, "last"))
		return (r->mem.id_out);
	if (isdigit((unsigned char)*w))
		return ((uint32_t)word_u64(l, w));
	snprintf(buf, sizeof(buf), "%s", w);
	for (p = strtok_r(buf, ",", &save); p != NULL;
	    p = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (is(words[i].w, p))
				break;
		if (i == sizeof(words) / sizeof(words[0]))
			fail(l, "unknown word: %s", p);
		v |= words[i].v;
	}
	return (v);
}

static void
set_member(struct runner *r, const struct line *l, struct input *in,
    const struct member *f, const char *w)
{
	struct in6_addr	 addr;
	struct blob	 b;
	uint8_t		*p = (uint8_t *)&in->m + f->off;
	uint32_t	 v;

	switch (f->kind) {
	case ADDR:
		addr = word_addr(l, w);
		memcpy(p, &addr, sizeof(addr));
		break;
	case STR:
		snprintf((char *)p, f->size, "%s", w);
		break;
	case BLOB:
		b.p = in->buf;
		b.len = is(w, "-") ? 0 : hex(l, w, in->buf, sizeof(in->buf));
		memcpy(p, &b, sizeof(b));
		break;
	case HEX8:
		p[f->size] = (uint8_t)hex(l, w, p, f->size);
		break;
	case U8:
		*p = (uint8_t)bits(r, l, w);
		break;
	case BOOL:
		*p = bits(r, l, w) != 0;
		break;
	case U16:
	case U32:
		v = bits(r, l, w);
		memcpy(p, &v, sizeof(v));
		break;
	}
}

static void
encode_members(struct runner *r, const struct line *l, struct input *in,
    const struct member *members)
{
	const struct member	*f;
	struct args		 a = { l, 2 };
	const char		*w;

	while (a.i < l->n) {
		w = next(&a);
		for (f = members; f->name != NULL && !is(f->name, w); f++)
			;
		if (f->name == NULL)
			fail(l, "unknown: %s", w);
		set_member(r, l, in, f, next(&a));
	}
	if (in->type == MSG_LINK && in->m.u_LINK.lladdrlen == 0)
		in->m.u_LINK.lladdrlen = 6;
}

static const struct {
	const char		*name;
	void			(*mh)(struct runner *, const struct line *,
				    struct input *, int);
	int			 type;		/* MH or ICMPv6 type */
	enum role		 from;
	enum msg_type		 msg;
	const struct member	*members;
} inputs[] = {
	{ "BU", encode_mh, MH_BU, 0, 0, NULL },
	{ "BA", encode_mh, MH_BA, 0, 0, NULL },
	{ "BE", encode_mh, MH_BE, 0, 0, NULL },
	{ "BRR", encode_mh, MH_BRR, 0, 0, NULL },
	{ "HoTI", encode_mh, MH_HOTI, 0, 0, NULL },
	{ "CoTI", encode_mh, MH_COTI, 0, 0, NULL },
	{ "HoT", encode_mh, MH_HOT, 0, 0, NULL },
	{ "CoT", encode_mh, MH_COT, 0, 0, NULL },
	{ "MH", encode_mh, MH_BRR, 0, 0, NULL },
	{ "NS", encode_icmp6, ICMP6_T_NS, 0, 0, NULL },
	{ "NA", encode_icmp6, ICMP6_T_NA, 0, 0, NULL },
	{ "RS", encode_icmp6, ICMP6_T_RS, 0, 0, NULL },
	{ "RA", encode_icmp6, ICMP6_T_RA, 0, 0, NULL },
	{ "UNREACH", encode_icmp6, ICMP6_T_UNREACH, 0, 0, NULL },
	{ "TOOBIG", encode_icmp6, ICMP6_T_TOOBIG, 0, 0, NULL },
	{ "PARAM", encode_icmp6, ICMP6_T_PARAM, 0, 0, NULL },
	{ "ECHOREPLY", encode_icmp6, ICMP6_T_ECHOREPLY, 0, 0, NULL },
	{ "DHAAD_REQ", encode_icmp6, ICMP6_T_DHAAD_REQ, 0, 0, NULL },
	{ "DHAAD_REP", encode_icmp6, ICMP6_T_DHAAD_REP, 0, 0, NULL },
	{ "LINK", NULL, 0, ROLE_PARENT, MSG_LINK, m_link },
	{ "ADDRESS", NULL, 0, ROLE_PARENT, MSG_ADDRESS, m_address },
	{ "ROUTER", NULL, 0, ROLE_PARENT, MSG_ROUTER, m_router },
	{ "RESULT", NULL, 0, ROLE_PARENT, MSG_RESULT, m_result },
	{ "KEY_STATE", NULL, 0, ROLE_PARENT, MSG_KEY_STATE, m_key_state },
	{ "SNAPSHOT", NULL, 0, ROLE_PARENT, MSG_SNAPSHOT, m_empty },
	{ "SNAPSHOT_END", NULL, 0, ROLE_PARENT, MSG_SNAPSHOT_END, m_empty },
	{ "STATE_LOAD", NULL, 0, ROLE_STORE, MSG_STATE_LOAD, m_state },
	{ "TUNNEL", NULL, 0, ROLE_NET, MSG_TUNNEL, m_tunnel },
	{ "RESYNC", NULL, 0, ROLE_NET, MSG_RESYNC, m_empty },
	{ "BOUND", NULL, 0, ROLE_NET, MSG_BOUND, m_bind },
	{ "BOUND_END", NULL, 0, ROLE_NET, MSG_BOUND_END, m_empty },
	{ "WOKE", NULL, 0, ROLE_PARENT, MSG_WOKE, m_woke },
	{ "ROUTES_LOST", NULL, 0, ROLE_PARENT, MSG_ROUTES_LOST, m_empty },
	{ "CGA_PARAMS", NULL, 0, ROLE_CGA, MSG_CGA_PARAMS, m_cga_params },
	{ "CGA_SIGNED", NULL, 0, ROLE_CGA, MSG_CGA_SIGNED, m_cga_signed },
	{ "CGA_DECRYPTED", NULL, 0, ROLE_CGA, MSG_CGA_DECRYPTED,
	    m_cga_decrypted },
};

/* The message of a line "> NAME ...". */
void
encode(struct runner *r, const struct line *l, struct input *in)
{
	size_t	 i;

	memset(in, 0, sizeof(*in));
	if (l->n < 2)
		fail(l, "which message?");
	for (i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
		if (is(inputs[i].name, l->w[1]))
			break;
	if (i == sizeof(inputs) / sizeof(inputs[0]))
		fail(l, "no such message: %s", l->w[1]);
	if (inputs[i].mh != NULL) {
		inputs[i].mh(r, l, in, inputs[i].type);
		return;
	}
	in->from = inputs[i].from;
	in->type = inputs[i].msg;
	encode_members(r, l, in, inputs[i].members);
}
