/*
 * Messages that an engine sends, as names and values.  run.c compares them
 * with the lines "< NAME key value ..." of a scenario.  encode.c is the other
 * way.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/mhauth.h"
#include "wire/rewrite.h"

/* Append a field; a second one of the same name is one more value of it. */
void
add_field(struct output *o, const char *name, const char *fmt, ...)
{
	struct field	*f;
	va_list		 ap;

	if (o->nfields == MAXFIELDS)
		return;
	f = &o->f[o->nfields++];
	snprintf(f->name, sizeof(f->name), "%s", name);
	va_start(ap, fmt);
	vsnprintf(f->value, sizeof(f->value), fmt, ap);
	va_end(ap);
}

static void
add_addr(struct output *o, const char *name, const struct in6_addr *a)
{
	char	 buf[INET6_ADDRSTRLEN];

	add_field(o, name, "%s", inet_ntop(AF_INET6, a, buf, sizeof(buf)));
}

static void
add_hex(struct output *o, const char *name, const uint8_t *p, size_t n)
{
	char	 buf[512];
	size_t	 i;

	for (i = 0; i < n && i < sizeof(buf) / 2 - 1; i++)
		snprintf(buf + 2 * i, 3, "%02x", p[i]);
	buf[2 * i] = '\0';
	add_field(o, name, "%s", buf);
}

static void
add_flags(struct output *o, const char *letters, unsigned int flags,
    unsigned int first)
{
	char	 buf[16];
	size_t	 n = 0;

	for (; *letters != '\0'; letters++, first >>= 1)
		if ((flags & first) != 0 && *letters != '.')
			buf[n++] = *letters;
	buf[n] = '\0';
	add_field(o, "flags", "%s", n == 0 ? "-" : buf);
}

/*
 * A timestamp in terms of what a reader knows: "echo" is the one the engine
 * was last given, "corrected" its low half under the time of day.
 */
static void
add_mesgid(struct runner *r, struct output *o, uint64_t v)
{
	uint64_t	 now = mhauth_ntp_ns(r->now.wall);

	if (v == r->mem.mesgid_in)
		add_field(o, "mesgid", "echo");
	else if (r->mem.mesgid_in != 0 && v >> 32 == now >> 32 &&
	    (uint32_t)v == (uint32_t)r->mem.mesgid_in)
		add_field(o, "mesgid", "corrected");
	else if (v == now)
		add_field(o, "mesgid", "now");
	else
		add_field(o, "mesgid", "0x%016llx", (unsigned long long)v);
}

/*
 * The authenticator is checked with the last key of the script: "ok" or
 * "bad".  A Binding Acknowledgement is about the last Binding Update.
 */
static void
add_auth(struct runner *r, struct output *o, const struct mh *m,
    const struct mh_opt *opt)
{
	struct mhauth	*auth = mhauth_new();
	enum mhauth_err	 err;

	err = mhauth_auth_verify(auth, m, opt->u.auth.subtype, r->mem.key,
	    r->mem.keylen, &r->mem.coa, &r->mem.home);
	mhauth_free(auth);
	add_field(o, "spi", "%u", opt->u.auth.spi);
	add_field(o, "auth", "%s", err == MHAUTH_OK ? "ok" : "bad");
}

/* Any other, as its row prints it, in one word. */
static void
any_option(struct output *o, const struct mh_opt *opt)
{
	char		 buf[1024], *p;
	struct text	 t;

	text_init(&t, buf, sizeof(buf));
	mhopt_print(&t, opt);
	for (p = buf; *p != '\0'; p++)
		if (*p == ' ')
			*p = ',';
	add_field(o, "option", "%s", buf);
}

static void
mh_options(struct runner *r, struct output *o, const struct mh *m)
{
	const struct mh_opt	*opt;
	uint8_t			 i;

	for (i = 0; i < m->nopts; i++) {
		opt = &m->opt[i];
		switch (opt->type) {
		case MHOPT_REFRESH:
			add_field(o, "refresh", "%u",
			    opt->u.refresh * MH_LIFETIME_UNIT);
			break;
		case MHOPT_ALTCOA:
			add_addr(o, "altcoa", &opt->u.altcoa);
			break;
		case MHOPT_MNID:
			add_field(o, "mnid", "%.*s", opt->varlen,
			    (const char *)opt->var);
			break;
		case MHOPT_MESGID:
			add_mesgid(r, o, opt->u.timestamp);
			break;
		case MHOPT_AUTH:
			add_auth(r, o, m, opt);
			break;
		default:
			any_option(o, opt);
		}
	}
}

static void
mh_fields(struct runner *r, struct output *o, const struct mh *m)
{
	switch (m->type) {
	case MH_BU:
		add_field(o, "seq", "%u", m->u.bu.seq);
		add_field(o, "lifetime", "%u",
		    m->u.bu.lifetime * MH_LIFETIME_UNIT);
		add_flags(o, "AHLKMRP", m->u.bu.flags, 0x8000);
		r->mem.seq_out = m->u.bu.seq;
		break;
	case MH_BA:
		add_field(o, "status", "%u", m->u.ba.status);
		add_field(o, "seq", "%u", m->u.ba.seq);
		add_field(o, "lifetime", "%u",
		    m->u.ba.lifetime * MH_LIFETIME_UNIT);
		add_flags(o, "K", m->u.ba.flags, MH_BA_K);
		break;
	case MH_HOTI:
	case MH_COTI:
		add_field(o, "cookie", "0x%" PRIx64, m->u.init.cookie);
		break;
	case MH_HOT:
	case MH_COT:
		add_field(o, "cookie", "0x%" PRIx64, m->u.test.cookie);
		add_field(o, "index", "%u", m->u.test.nonce_index);
		add_field(o, "token", "0x%016" PRIx64, m->u.test.token);
		rr_heard(m);
		break;
	case MH_BE:
		add_field(o, "status", "%u", m->u.be.status);
		add_addr(o, "about", &m->u.be.home);
		break;
	}
}

/* As a router would quote it, into cap octets at to; how many it has. */
static size_t
remember_packet(const struct msg_mh_out *out, uint8_t *to, size_t cap)
{
	uint8_t		 buf[PKT_HEADROOM + 2048];
	struct ip6_walk	 w;
	struct pkt	 p;

	if (IP6_HDRLEN + out->mh.len + IP6_HAO_HDRLEN > cap)
		return (0);
	pkt_init(&p, buf, PKT_HEADROOM, IP6_HDRLEN + out->mh.len);
	ip6_header(pkt_data(&p), (out->flags & PKT_HAO) != 0 ? &out->home :
	    &out->src, &out->dst, IP6_P_MH, (uint16_t)out->mh.len, 64, 0, 0);
	memcpy(pkt_data(&p) + IP6_HDRLEN, out->mh.p, out->mh.len);
	if ((out->flags & PKT_HAO) != 0 &&
	    (ip6_walk(&w, pkt_data(&p), p.len, 0) != IP6_OK ||
	    rw_hao_insert(&p, &w, &out->src) != RW_OK))
		return (0);
	memcpy(to, pkt_data(&p), p.len);
	return (p.len);
}

/* What a Binding Update that the engine sends is about. */
static void
remember(struct runner *r, const struct msg_mh_out *out, const struct mh *m)
{
	const struct mh_opt	*opt;
	int			 i;

	if (m->type == MH_HOTI || m->type == MH_COTI) {
		i = m->type == MH_COTI;
		r->mem.initlen[i] = remember_packet(out, r->mem.init[i],
		    sizeof(r->mem.init[i]));
	}
	if (m->type != MH_BU)
		return;
	r->mem.home = (out->flags & PKT_HAO) != 0 ? out->home : out->src;
	opt = mh_find(m, MHOPT_ALTCOA);
	r->mem.coa = opt != NULL ? opt->u.altcoa : out->src;
	opt = mh_find(m, MHOPT_MESGID);
	if (opt != NULL)
		r->mem.mesgid_out = opt->u.timestamp;
	r->mem.updatelen = remember_packet(out, r->mem.update,
	    sizeof(r->mem.update));
}

static void
decode_mh(struct runner *r, struct output *o, const void *v)
{
	const struct msg_mh_out	*out = v;
	const struct in6_addr	*src, *dst;
	const struct mh_row	*row;
	struct mh		 m;
	enum mh_err		 err;
	bool			 is_ours;

	err = mh_parse(&m, out->mh.p, out->mh.len);
	row = mh_row(m.type);
	snprintf(o->name, sizeof(o->name), "%s", row == NULL ? "MH" :
	    row->name);
	add_addr(o, "from", &out->src);
	add_addr(o, "to", &out->dst);
	if ((out->flags & (PKT_HAO | PKT_RH2)) != 0)
		add_addr(o, "home", &out->home);
	if (out->ifindex != 0)
		add_field(o, "if", "%u", out->ifindex);
	if ((out->flags & PKT_PROTECTED) != 0)
		add_field(o, "protected", "yes");
	src = (out->flags & PKT_HAO) != 0 ? &out->home : &out->src;
	dst = (out->flags & PKT_RH2) != 0 ? &out->home : &out->dst;
	if (!mh_checksum_ok(out->mh.p, out->mh.len, src, dst))
		add_field(o, "checksum", "bad");
	if (err != MH_OK) {
		add_field(o, "malformed", "%s", mh_err_name(err));
		return;
	}
	remember(r, out, &m);
	mh_fields(r, o, &m);
	mh_options(r, o, &m);
	if (m.type == MH_BA && mh_find(&m, MHOPT_BAD) != NULL) {
		add_field(o, "mac", "%s", rr_verify(&m, &out->src) ? "ok" :
		    "bad");
		is_ours = rr_ack(&m, &out->src);
		if (mh_find(&m, MHOPT_PHKT) != NULL)
			add_field(o, "token", "%s", is_ours ? "ok" : "bad");
	}
	peer_fields(o, out, &m);
}

static void
add_lladdr(struct output *o, const char *name, const struct nd_opt *opt)
{
	add_hex(o, name, opt->data, opt->datalen > 6 ? 6 : opt->datalen);
}

static void
nd_options(struct output *o, const struct icmp6 *m)
{
	char			 a[INET6_ADDRSTRLEN], f[4];
	const struct nd_opt	*opt;
	uint8_t			 i;
	size_t			 n;

	for (i = 0; i < m->nopts; i++) {
		opt = &m->opt[i];
		switch (opt->type) {
		case ND_SLLA:
			add_lladdr(o, "slla", opt);
			break;
		case ND_TLLA:
			add_lladdr(o, "tlla", opt);
			break;
		case ND_PREFIX:
			n = 0;
			if ((opt->u.prefix.flags & ICMP6_PI_L) != 0)
				f[n++] = 'L';
			if ((opt->u.prefix.flags & ICMP6_PI_A) != 0)
				f[n++] = 'A';
			if ((opt->u.prefix.flags & ICMP6_PI_R) != 0)
				f[n++] = 'R';
			f[n] = '\0';
			inet_ntop(AF_INET6, &opt->u.prefix.prefix, a,
			    sizeof(a));
			add_field(o, "prefix", "%s/%u,%s,%u,%u", a,
			    opt->u.prefix.len, f, opt->u.prefix.valid,
			    opt->u.prefix.preferred);
			break;
		case ND_ADVINT:
			add_field(o, "advint", "%u", opt->u.advint);
			break;
		case ND_HAINFO:
			add_field(o, "hainfo", "%d,%u",
			    (int16_t)opt->u.hainfo.preference,
			    opt->u.hainfo.lifetime);
			break;
		case ND_NONCE:
			add_field(o, "nonce", "yes");
			break;
		default:
			add_field(o, "option", "%u", opt->type);
		}
	}
}

/* The first addresses of a list, each by itself and in their order. */
#define AGENTS_SHOWN	30

static void
add_agents(struct output *o, const struct icmp6 *m)
{
	char		 a[INET6_ADDRSTRLEN], all[600] = "";
	struct in6_addr	 addr;
	size_t		 i, n = 0;

	for (i = 0; i < m->u.mip.naddrs && i < AGENTS_SHOWN; i++) {
		addr = icmp6_dhaad_addr(m, i);
		add_addr(o, "agent", &addr);
		inet_ntop(AF_INET6, &addr, a, sizeof(a));
		if (n + strlen(a) + 2 < sizeof(all))
			n += (size_t)snprintf(all + n, sizeof(all) - n,
			    "%s%s", n == 0 ? "" : ",", a);
	}
	add_field(o, "agents", "%s", all);
	add_field(o, "count", "%u", m->u.mip.naddrs);
}

static void
icmp6_fields(struct output *o, const struct icmp6 *m)
{
	switch (m->type) {
	case ICMP6_T_DHAAD_REP:
		add_agents(o, m);
		/* FALLTHROUGH */
	case ICMP6_T_DHAAD_REQ:
		add_field(o, "id", "%u", m->u.mip.id);
		add_flags(o, "R", m->u.mip.flags, ICMP6_DHAAD_R);
		break;
	case ICMP6_T_NS:
		add_addr(o, "target", &m->u.nd.target);
		break;
	case ICMP6_T_NA:
		add_addr(o, "target", &m->u.nd.target);
		add_flags(o, "RSO", m->u.nd.flags, ICMP6_NA_R);
		break;
	case ICMP6_T_RA:
		add_flags(o, "MOH", m->u.ra.flags, ICMP6_RA_M);
		add_field(o, "lifetime", "%u", m->u.ra.lifetime);
		add_field(o, "hoplimit", "%u", m->u.ra.hop_limit);
		break;
	default:
		add_field(o, "code", "%u", m->code);
	}
}

static void
decode_icmp6(struct runner *r, struct output *o, const void *v)
{
	static const struct { uint8_t type; const char *name; } names[] = {
		{ ICMP6_T_RS, "RS" }, { ICMP6_T_RA, "RA" },
		{ ICMP6_T_NS, "NS" }, { ICMP6_T_NA, "NA" },
		{ ICMP6_T_UNREACH, "UNREACH" }, { ICMP6_T_ECHO, "ECHO" },
		{ ICMP6_T_DHAAD_REQ, "DHAAD_REQ" },
		{ ICMP6_T_DHAAD_REP, "DHAAD_REP" },
	};
	const struct msg_icmp6_out	*out = v;
	struct icmp6			 m;
	enum icmp6_err			 err;
	size_t				 i;

	err = icmp6_parse(&m, out->icmp6.p, out->icmp6.len);
	snprintf(o->name, sizeof(o->name), "ICMP6");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == m.type)
			snprintf(o->name, sizeof(o->name), "%s",
			    names[i].name);
	add_addr(o, "from", &out->src);
	add_addr(o, "to", &out->dst);
	add_field(o, "if", "%u", out->ifindex);
	add_field(o, "hlim", "%u", out->hlim);
	if (err == ICMP6_OK && m.type >= ICMP6_T_RS && m.type <= ICMP6_T_NA)
		err = icmp6_valid(&m, &out->src, &out->dst, out->hlim);
	if (err != ICMP6_OK) {
		add_field(o, "malformed", "%s", icmp6_err_name(err));
		return;
	}
	if (m.type == ICMP6_T_ECHO)
		r->mem.echo_out = m.u.err.param;
	if (m.type == ICMP6_T_DHAAD_REQ)
		r->mem.dhaad_id = m.u.mip.id;
	icmp6_fields(o, &m);
	nd_options(o, &m);
}

/* All other messages: the members of their structs, as msg_print() has them. */
static void
decode_members(struct output *o, enum msg_type type, const void *v)
{
	char	 buf[8192], *p, *eq, *end;

	msg_print(buf, sizeof(buf), type, v);
	snprintf(o->name, sizeof(o->name), "%s", msg_name(type));
	p = strchr(buf, ' ');
	while (p != NULL && *p != '\0') {
		p++;
		if ((eq = strchr(p, '=')) == NULL)
			break;
		*eq++ = '\0';
		if (*eq == '"') {
			eq++;
			if ((end = strchr(eq, '"')) == NULL)
				break;
			*end++ = '\0';
		} else if ((end = strchr(eq, ' ')) != NULL)
			*end = '\0';
		add_field(o, p, "%s", eq);
		p = end;
		if (p != NULL && *p == '\0' && end != NULL && p[0] == '\0' &&
		    end > eq && end < buf + sizeof(buf) - 1)
			*p = ' ';
	}
}

/* Fill in o from what the engine sent. */
void
decode(struct runner *r, struct output *o, enum msg_type type, const void *m)
{
	if (type == MSG_MH_OUT)
		decode_mh(r, o, m);
	else if (type == MSG_ICMP6_OUT)
		decode_icmp6(r, o, m);
	else
		decode_members(o, type, m);
	if (type == MSG_CGA_SIGN)
		peer_asked(m);
}
