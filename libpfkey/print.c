/*
 * Associations, policies, requests and messages on one line each, for logs,
 * reports and tests.  Keys are never written, only their lengths.  Writes into
 * a buffer of the caller, as snprintf(3) does.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libpfkey/internal.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define NAME(t, n)	name(t, COUNT(t), n)

struct line {
	char	*p;
	size_t	 cap, len;	/* len: what it would be with room for all */
};

static const char *const satypes[] = { "any", "ah", "esp", "rsvp", "ospfv2",
    "ripv2", "mip", "ipcomp", "tcp-md5" };
static const char *const auths[] = { "none", "hmac-md5", "hmac-sha1",
    "hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-ripemd160", "aes-xcbc",
    "hmac-sm3", "gmac128", "gmac192", "gmac256", "null", "tcp-md5" };
static const char *const encrypts[] = { "none", "des-cbc", "3des-cbc",
    "cast-cbc", "blowfish-cbc", "null", "aes-cbc", "aes-ctr", "aes-ccm8",
    "aes-ccm12", "aes-ccm16", "aes-gcm8", "aes-gcm12", "aes-gcm16",
    "camellia-cbc", "aes-gmac", "sm4-cbc", "serpent-cbc", "twofish-cbc",
    "chacha20-poly1305" };
static const char *const states[] = { "larval", "mature", "dying", "dead" };
static const char *const modes[] = { "any", "transport", "tunnel" };
static const char *const levels[] = { "default", "use", "require", "unique" };
/* The last two are Linux': of policies that belong to one socket. */
static const char *const dirs[] = { "any", "in", "out", "fwd", "socket-in",
    "socket-out" };
static const char *const actions[] = { "discard", "none", "ipsec", "entrust",
    "bypass" };
static const char *const flags[NFLAGS] = { "pfs", "noecn", "decap-dscp",
    "nopmtudisc", "cyclic-seq", "esn", "tunnel", "udpencap" };

static const struct {
	const char *const	*table;
	size_t			 n;
} tables[PFKEY_N_MAX] = {
	[PFKEY_N_SATYPE] = { satypes, COUNT(satypes) },
	[PFKEY_N_AUTH] = { auths, COUNT(auths) },
	[PFKEY_N_ENCRYPT] = { encrypts, COUNT(encrypts) },
	[PFKEY_N_STATE] = { states, COUNT(states) },
	[PFKEY_N_MODE] = { modes, COUNT(modes) },
	[PFKEY_N_LEVEL] = { levels, COUNT(levels) },
	[PFKEY_N_DIR] = { dirs, COUNT(dirs) },
	[PFKEY_N_ACTION] = { actions, COUNT(actions) },
	[PFKEY_N_FLAG] = { flags, NFLAGS },
};

static void put(struct line *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
put(struct line *l, const char *fmt, ...)
{
	size_t	 room = l->len < l->cap ? l->cap - l->len : 0;
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? l->p + l->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len += (size_t)n;
}

static void
start(struct line *l, char *buf, size_t cap)
{
	l->p = buf;
	l->cap = cap;
	l->len = 0;
	if (cap > 0)
		buf[0] = '\0';
}

static const char *
name(const char *const *table, size_t n, unsigned int i)
{
	return (i < n ? table[i] : "?");
}

static void
put_named(struct line *l, const char *const *table, size_t n, unsigned int i)
{
	if (i < n)
		put(l, "%s", table[i]);
	else
		put(l, "#%u", i & ~(unsigned int)PFKEY_RAW);
}

static void
put_addr(struct line *l, const struct pfkey_addr *a)
{
	char	 s[INET6_ADDRSTRLEN];

	if ((a->family != AF_INET && a->family != AF_INET6) ||
	    inet_ntop(a->family, a->bytes, s, sizeof(s)) == NULL)
		put(l, "-");
	else
		put(l, "%s", s);
	if (a->scope != 0)
		put(l, "%%%" PRIu32, a->scope);
}

static void
put_lifetime(struct line *l, const char *what,
    const struct pfkey_lifetime *lt)
{
	if (lt->allocations != 0)
		put(l, " %s-packets %" PRIu32, what, lt->allocations);
	if (lt->bytes != 0)
		put(l, " %s-bytes %" PRIu64, what, lt->bytes);
	if (lt->addtime != 0)
		put(l, " %s-add %" PRIu64, what, lt->addtime);
	if (lt->usetime != 0)
		put(l, " %s-use %" PRIu64, what, lt->usetime);
}

static void
put_flags(struct line *l, const struct pfkey_sa *sa)
{
	unsigned int	 i;

	for (i = 0; i < NFLAGS; i++)
		if ((sa->flags & 1U << i) != 0)
			put(l, " %s", flags[i]);
	if (sa->flags_raw != 0)
		put(l, " flags %#" PRIx32, sa->flags_raw);
}

static void
put_sa(struct line *l, const struct pfkey_sa *sa)
{
	put_named(l, satypes, COUNT(satypes), sa->satype);
	put(l, " ");
	put_addr(l, &sa->src);
	put(l, " > ");
	put_addr(l, &sa->dst);
	put(l, " spi 0x%08" PRIx32 " %s", sa->spi, NAME(modes, sa->mode));
	if (sa->reqid != 0)
		put(l, " reqid %" PRIu32, sa->reqid);
	put(l, " ");
	put_named(l, encrypts, COUNT(encrypts), sa->encrypt);
	if (sa->key_encrypt.bits != 0)
		put(l, "/%u", sa->key_encrypt.bits);
	put(l, " ");
	put_named(l, auths, COUNT(auths), sa->auth);
	if (sa->key_auth.bits != 0)
		put(l, "/%u", sa->key_auth.bits);
	put(l, " %s", NAME(states, sa->state));
	if (sa->replay != 0)
		put(l, " replay %" PRIu32, sa->replay);
	put_flags(l, sa);
	if (sa->natt_type != 0)
		put(l, " udp %u > %u", sa->natt_sport, sa->natt_dport);
	if (sa->proxy.a.family != AF_UNSPEC) {
		put(l, " proxy ");
		put_addr(l, &sa->proxy.a);
	}
	if (sa->new_src.family != AF_UNSPEC ||
	    sa->new_dst.family != AF_UNSPEC) {
		put(l, " to ");
		put_addr(l, &sa->new_src);
		put(l, " > ");
		put_addr(l, &sa->new_dst);
	}
	put_lifetime(l, "current", &sa->current);
	put_lifetime(l, "hard", &sa->hard);
	put_lifetime(l, "soft", &sa->soft);
}

static void
put_selector(struct line *l, const struct pfkey_selector *s)
{
	put_addr(l, &s->src);
	put(l, "/%u", s->src_plen);
	if (s->sport != 0)
		put(l, "[%u]", s->sport);
	put(l, " > ");
	put_addr(l, &s->dst);
	put(l, "/%u", s->dst_plen);
	if (s->dport != 0)
		put(l, "[%u]", s->dport);
	if (s->proto != 0)
		put(l, " proto %u", s->proto);
	if (s->has_type)
		put(l, " type %u", s->type);
	if (s->has_type && s->code != 0)
		put(l, " code %u", s->code);
}

static void
put_request(struct line *l, const struct pfkey_request *r)
{
	const char	*proto;

	proto = r->proto == 50 ? "esp" : r->proto == 51 ? "ah" :
	    r->proto == 108 ? "ipcomp" : NULL;
	if (proto != NULL)
		put(l, "%s", proto);
	else
		put(l, "#%u", r->proto);
	put(l, "/%s/", NAME(modes, r->mode));
	if (r->src.family != AF_UNSPEC) {
		put_addr(l, &r->src);
		put(l, "-");
		put_addr(l, &r->dst);
	}
	put(l, "/%s", NAME(levels, r->level));
	if (r->reqid != 0)
		put(l, ":%" PRIu32, r->reqid);
}

static void
put_policy(struct line *l, const struct pfkey_policy *p)
{
	unsigned int	 i;

	put(l, "%s ", NAME(dirs, p->dir));
	put_selector(l, &p->sel);
	put(l, " ");
	put_named(l, actions, COUNT(actions), p->action);
	for (i = 0; i < p->nrequests && i < PFKEY_MAX_POLICY; i++) {
		put(l, " ");
		put_request(l, &p->requests[i]);
	}
	if (p->priority != 0)
		put(l, " priority %" PRIu32, p->priority);
	if (p->id != 0)
		put(l, " id %" PRIu32, p->id);
	put_lifetime(l, "current", &p->current);
	put_lifetime(l, "hard", &p->hard);
	put_lifetime(l, "soft", &p->soft);
}

static void
put_migrate(struct line *l, const struct pfkey_migrate *g)
{
	unsigned int	 i;

	put(l, "%s ", NAME(dirs, g->dir));
	put_selector(l, &g->sel);
	for (i = 0; i < g->npairs; i++) {
		put(l, " ");
		put_request(l, &g->from[i]);
		put(l, " to ");
		put_request(l, &g->to[i]);
	}
	if (g->km_local.family != AF_UNSPEC) {
		put(l, " kmaddress ");
		put_addr(l, &g->km_local);
		put(l, "-");
		put_addr(l, &g->km_remote);
	}
}

/*
 * Write one line about sa, without newline, into the cap bytes at buf, cut
 * and NUL-terminated when too long; the full length is returned.
 */
size_t
pfkey_print_sa(char *buf, size_t cap, const struct pfkey_sa *sa)
{
	struct line	 l;

	start(&l, buf, cap);
	put_sa(&l, sa);
	return (l.len);
}

/* As pfkey_print_sa(), about a policy. */
size_t
pfkey_print_policy(char *buf, size_t cap, const struct pfkey_policy *p)
{
	struct line	 l;

	start(&l, buf, cap);
	put_policy(&l, p);
	return (l.len);
}

/* As pfkey_print_sa(), about one IPsec request of a policy. */
size_t
pfkey_print_request(char *buf, size_t cap, const struct pfkey_request *r)
{
	struct line	 l;

	start(&l, buf, cap);
	put_request(&l, r);
	return (l.len);
}

/*
 * The name of a number: of the enum that `what' stands for, or of the i-th
 * flag (1 << i) of an association.  NULL if it has none.
 */
const char *
pfkey_name(enum pfkey_names what, unsigned int i)
{
	if ((int)what < 0 || what >= PFKEY_N_MAX || i >= tables[what].n)
		return (NULL);
	return (tables[what].table[i]);
}

/* As pfkey_print_sa(), about a whole message. */
size_t
pfkey_print_msg(char *buf, size_t cap, const struct pfkey_msg *m)
{
	struct pfkey_policy	 p;
	struct pfkey_sa		 sa;
	struct pfkey_migrate	 g;
	struct line		 l;
	unsigned int		 x;

	start(&l, buf, cap);
	put(&l, "%s seq %" PRIu32 " pid %" PRIu32, pfkey_type_name(m->type),
	    m->seq, m->pid);
	if (m->errnum != 0)
		put(&l, " error %u", m->errnum);
	if (m->type == PFKEY_MIGRATE && pfkey_to_migrate(m, &g) == PFKEY_OK) {
		put(&l, ": ");
		put_migrate(&l, &g);
	} else if (PFKEY_HAS(m, PFKEY_X_POLICY) &&
	    pfkey_to_policy(m, &p) == PFKEY_OK) {
		put(&l, ": ");
		put_policy(&l, &p);
	} else if (pfkey_to_sa(m, &sa) == PFKEY_OK) {
		put(&l, ": ");
		put_sa(&l, &sa);
	} else {
		for (x = PFKEY_X_SA; x < PFKEY_X_MAX; x++)
			if (PFKEY_HAS(m, x))
				put(&l, " %s", pfkey_ext_name(x));
	}
	return (l.len);
}
