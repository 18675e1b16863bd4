/*
 * libpfkey against a real kernel: policies, associations, MIGRATE and every
 * errno that it answers with.  Runs as root in a network namespace that it
 * may empty, with an interface that takes packets to 2001:db8:aa::/64.
 * Prints `ok NAME' or `FAIL NAME: why' for each check.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libpfkey/libpfkey.h"

#define HA		"2001:db8:ff::1"
#define HOA		"2001:db8:ff::10"
#define COA1		"2001:db8:1::10"
#define COA2		"2001:db8:2::10"
#define PATIENCE	120000000000ULL	/* ns: a busy machine is slow */
#define TIMEOUT		60000000000ULL	/* for an answer */
#define MANY		300		/* policies, to fill a socket */

/* What became of a request. */
struct answer {
	bool		 done;
	enum pfkey_error error;
	int		 errnum;
	bool		 has_sa, has_policy, had_keys;
	struct pfkey_sa	 sa;
	struct pfkey_policy policy;
	uint8_t		 key_auth[64], key_encrypt[64];
	unsigned int	 aes_cbc, sha256;	/* in the list of REGISTER */
	struct pfkey_sa	*sas;
	struct pfkey_policy *policies;
	size_t		 n;
};

/* What a socket overheard. */
struct heard {
	unsigned int	 n[PFKEY_T_MAX];
	struct pfkey_msg migrate;	/* the last one; no blobs in it */
	struct pfkey_msg acquire;
	unsigned int	 combs;		/* that ACQUIRE proposes */
};

struct end {
	int		 fd;
	struct pfkey_client *client;
	struct heard	 heard;
};

static struct end	 a, b;		/* b only listens */
static unsigned int	 failed;
static const uint8_t	 auth_key[32] = "authentication key of 32 bytes!";
static const uint8_t	 encrypt_key[16] = "encryption key!";

static void check(bool, const char *, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static void
check(bool ok, const char *name, const char *fmt, ...)
{
	va_list	 ap;

	if (ok) {
		printf("ok %s\n", name);
		return;
	}
	failed++;
	printf("FAIL %s: ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static uint64_t
now_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static struct pfkey_addr
addr(const char *s)
{
	struct pfkey_addr	 x = { .family = AF_INET6 };

	if (inet_pton(AF_INET6, s, x.bytes) != 1)
		errx(1, "%s", s);
	return (x);
}

static bool
same_addr(const struct pfkey_addr *x, const char *s)
{
	struct pfkey_addr	 y = addr(s);

	return (x->family == AF_INET6 && memcmp(x->bytes, y.bytes, 16) == 0);
}

static void
on_answer(void *arg, const struct pfkey_reply *r)
{
	struct answer		*an = arg;
	struct pfkey_alg	 alg;
	size_t			 i;

	an->done = true;
	an->error = r->error;
	an->errnum = r->errnum;
	if (r->msg != NULL) {
		an->has_sa = pfkey_to_sa(r->msg, &an->sa) == PFKEY_OK;
		an->has_policy = pfkey_to_policy(r->msg, &an->policy) ==
		    PFKEY_OK;
		if (an->sa.key_auth.p != NULL && an->sa.key_auth.bits <= 512)
			memcpy(an->key_auth, an->sa.key_auth.p,
			    (an->sa.key_auth.bits + 7U) / 8);
		if (an->sa.key_encrypt.p != NULL &&
		    an->sa.key_encrypt.bits <= 512)
			memcpy(an->key_encrypt, an->sa.key_encrypt.p,
			    (an->sa.key_encrypt.bits + 7U) / 8);
		for (i = 0; pfkey_alg(NULL, r->msg,
		    PFKEY_X_SUPPORTED_ENCRYPT, i, &alg); i++)
			an->aes_cbc += alg.id == PFKEY_C_AES_CBC;
		for (i = 0; pfkey_alg(NULL, r->msg, PFKEY_X_SUPPORTED_AUTH,
		    i, &alg); i++)
			an->sha256 += alg.id == PFKEY_A_SHA256;
	}
	if (r->nsas > 0) {
		an->n = r->nsas;
		an->sas = calloc(r->nsas, sizeof(*r->sas));
		if (an->sas == NULL)
			err(1, NULL);
		memcpy(an->sas, r->sas, r->nsas * sizeof(*r->sas));
	}
	if (r->npolicies > 0) {
		an->n = r->npolicies;
		an->policies = calloc(r->npolicies, sizeof(*r->policies));
		if (an->policies == NULL)
			err(1, NULL);
		memcpy(an->policies, r->policies,
		    r->npolicies * sizeof(*r->policies));
	}
}

static void
on_broadcast(void *arg, const struct pfkey_msg *m)
{
	struct end		*e = arg;
	struct pfkey_comb	 comb;
	size_t			 i;

	e->heard.n[m->type]++;
	if (m->type == PFKEY_MIGRATE)
		e->heard.migrate = *m;
	if (m->type == PFKEY_ACQUIRE)
		e->heard.acquire = *m;
	for (i = 0; pfkey_comb(NULL, m, i, &comb); i++)
		e->heard.combs++;
}

static void
on_bad(void *arg, enum pfkey_error e, size_t where)
{
	(void)arg;
	check(false, "messages of the kernel are parsed", "%s at %zu",
	    pfkey_strerror(e), where);
}

static const struct pfkey_handlers	 handlers = { on_broadcast, NULL,
    on_bad };

static void
open_end(struct end *e)
{
	if ((e->fd = pfkey_open()) == -1)
		err(1, "PF_KEY");
	e->client = pfkey_client_new(e->fd, NULL, 0, &handlers, e);
	if (e->client == NULL)
		err(1, NULL);
}

/*
 * Let both ends read until that is so, or for as long as a busy machine may
 * take.
 */
static void
turn_until(bool (*so)(const void *), const void *arg)
{
	uint64_t	 end = now_ns() + PATIENCE;
	struct pollfd	 p[2];

	while (!so(arg) && now_ns() < end) {
		p[0].fd = a.fd;
		p[0].events = POLLIN;
		if (pfkey_client_wants_write(a.client))
			p[0].events |= POLLOUT;
		p[1].fd = b.fd;
		p[1].events = POLLIN;
		if (poll(p, 2, 20) == -1)
			err(1, "poll");
		pfkey_client_write(a.client, now_ns());
		if (pfkey_client_read(a.client, now_ns()) != PFKEY_OK ||
		    pfkey_client_read(b.client, now_ns()) != PFKEY_OK)
			err(1, "read");
		pfkey_client_expire(a.client, now_ns());
	}
}

static bool
is_set(const void *arg)
{
	return (*(const bool *)arg);
}

/* Send m and wait for what becomes of it. */
static struct answer
ask(struct pfkey_msg *m)
{
	struct answer	 an;

	memset(&an, 0, sizeof(an));
	an.error = pfkey_request(a.client, m, on_answer, &an,
	    now_ns() + TIMEOUT);
	if (an.error == PFKEY_OK)
		turn_until(is_set, &an.done);
	return (an);
}

static void
expect(const char *name, struct pfkey_msg *m, int errnum)
{
	struct answer	 an = ask(m);

	if (errnum == 0)
		check(an.error == PFKEY_OK, name, "%s, %s",
		    pfkey_strerror(an.error), strerror(an.errnum));
	else
		check(an.error == PFKEY_E_KERNEL && an.errnum == errnum,
		    name, "%s, %s, not %s", pfkey_strerror(an.error),
		    strerror(an.errnum), strerror(errnum));
	free(an.sas);
	free(an.policies);
}

static struct answer
ask_policy(enum pfkey_type type, const struct pfkey_policy *p)
{
	struct pfkey_msg	 m;
	struct answer		 an;

	memset(&an, 0, sizeof(an));
	if ((an.error = pfkey_from_policy(&m, type, p)) != PFKEY_OK)
		return (an);
	return (ask(&m));
}

static void
expect_policy(const char *name, enum pfkey_type type,
    const struct pfkey_policy *p, int errnum)
{
	struct pfkey_msg	 m;
	enum pfkey_error	 e;

	if ((e = pfkey_from_policy(&m, type, p)) != PFKEY_OK)
		check(false, name, "%s", pfkey_strerror(e));
	else
		expect(name, &m, errnum);
}

static void
expect_sa(const char *name, enum pfkey_type type, const struct pfkey_sa *sa,
    int errnum)
{
	struct pfkey_msg	 m;
	enum pfkey_error	 e;

	if ((e = pfkey_from_sa(&m, type, sa)) != PFKEY_OK)
		check(false, name, "%s", pfkey_strerror(e));
	else
		expect(name, &m, errnum);
}

static void
flush(void)
{
	struct pfkey_msg	 m;

	pfkey_msg_init(&m, PFKEY_SPDFLUSH);
	ask(&m);
	pfkey_msg_init(&m, PFKEY_FLUSH);
	m.satype = PFKEY_ESP;
	ask(&m);
}

static struct answer
dump(enum pfkey_type type)
{
	struct pfkey_msg	 m;

	pfkey_msg_init(&m, type);
	m.satype = type == PFKEY_DUMP ? PFKEY_ESP : PFKEY_SA_ANY;
	return (ask(&m));
}

/* A policy as text, without the kernel's id and what has been used. */
static char *
text_of(struct pfkey_policy p)
{
	char	 s[512];

	p.id = 0;
	memset(&p.current, 0, sizeof(p.current));
	pfkey_print_policy(s, sizeof(s), &p);
	return (strdup(s));
}

static int
text_cmp(const void *x, const void *y)
{
	return (strcmp(*(char *const *)x, *(char *const *)y));
}

static char **
texts_of(const struct pfkey_policy *p, size_t n)
{
	char	**v = calloc(n + 1, sizeof(*v));
	size_t	  i;

	if (v == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++)
		if ((v[i] = text_of(p[i])) == NULL)
			err(1, NULL);
	qsort(v, n, sizeof(*v), text_cmp);
	return (v);
}

/* The kernel's policies are exactly these. */
static void
expect_policies(const char *name, const struct pfkey_policy *p, size_t n)
{
	struct answer	 an = dump(PFKEY_SPDDUMP);
	char		**want = texts_of(p, n);
	char		**have = texts_of(an.policies, an.n);
	size_t		 i, differ = 0;

	for (i = 0; i < n && i < an.n; i++)
		differ += strcmp(want[i], have[i]) != 0;
	check(an.error == PFKEY_OK && an.n == n && differ == 0, name,
	    "%s, %zu policies of %zu, %zu differ", pfkey_strerror(an.error),
	    an.n, n, differ);
	for (i = 0; differ != 0 && i < an.n; i++)
		printf("# %s\n", have[i]);
	for (i = 0; i < n; i++)
		free(want[i]);
	for (i = 0; i < an.n; i++)
		free(have[i]);
	free(want);
	free(have);
	free(an.policies);
}

static struct pfkey_policy
policy(uint8_t dir, const char *src, uint8_t splen, const char *dst,
    uint8_t dplen, uint8_t proto)
{
	struct pfkey_policy	 p;

	memset(&p, 0, sizeof(p));
	p.sel.src = addr(src);
	p.sel.src_plen = splen;
	p.sel.dst = addr(dst);
	p.sel.dst_plen = dplen;
	p.sel.proto = proto;
	p.dir = dir;
	p.action = PFKEY_IPSEC;
	p.nrequests = 1;
	p.requests[0].proto = IPPROTO_ESP;
	p.requests[0].mode = PFKEY_TRANSPORT;
	p.requests[0].level = PFKEY_REQUIRE;
	return (p);
}

static struct pfkey_policy
tunnel(uint8_t dir, const char *src, uint8_t splen, const char *dst,
    uint8_t dplen, uint8_t proto, const char *from, const char *to,
    uint32_t reqid)
{
	struct pfkey_policy	 p;

	p = policy(dir, src, splen, dst, dplen, proto);
	p.requests[0].mode = PFKEY_TUNNEL;
	p.requests[0].level = PFKEY_UNIQUE;
	p.requests[0].reqid = reqid;
	p.requests[0].src = addr(from);
	p.requests[0].dst = addr(to);
	return (p);
}

/* The policies of RFC 4877 section 4.3 and then some. */
static void
policies(void)
{
	struct pfkey_policy	 p[7], q;
	struct answer		 an;
	char			 name[64];
	size_t			 i;

	flush();
	expect_policies("an empty SPD is dumped", NULL, 0);
	p[0] = policy(PFKEY_OUT, HOA, 128, HA, 128, 135);
	p[1] = policy(PFKEY_IN, HA, 128, HOA, 128, 135);
	p[1].requests[0].level = PFKEY_UNIQUE;
	p[1].requests[0].reqid = 100;
	p[2] = policy(PFKEY_OUT, HOA, 128, HA, 128, 135);
	p[2].sel.has_type = true;
	p[2].sel.type = 5;
	p[2].priority = 10;
	p[3] = tunnel(PFKEY_OUT, HOA, 128, "::", 0, 135, COA1, HA, 102);
	p[3].sel.has_type = true;
	p[3].sel.type = 1;
	p[4] = tunnel(PFKEY_FWD, HOA, 128, "::", 0, 135, COA1, HA,
	    PFKEY_REQID_MAX);
	p[5] = policy(PFKEY_OUT, HOA, 128, HA, 128, 58);
	p[5].sel.has_type = true;
	p[5].sel.type = 146;
	p[6] = policy(PFKEY_IN, "::", 0, "2001:db8:5::", 48, 0);
	p[6].action = PFKEY_DISCARD;
	p[6].nrequests = 0;
	for (i = 0; i < 7; i++) {
		snprintf(name, sizeof(name), "SPDADD %zu", i);
		expect_policy(name, PFKEY_SPDADD, &p[i], 0);
	}
	check(b.heard.n[PFKEY_SPDADD] == 7, "the other socket heard SPDADD",
	    "%u times", b.heard.n[PFKEY_SPDADD]);
	expect_policy("SPDADD of what is there: EEXIST", PFKEY_SPDADD, &p[3],
	    EEXIST);
	expect_policies("SPDDUMP shows all of them as added", p, 7);
	p[3].priority = 77;
	an = ask_policy(PFKEY_SPDUPDATE, &p[3]);
	check(an.error == PFKEY_OK && an.has_policy, "SPDUPDATE", "%s",
	    strerror(an.errnum));
	expect_policies("SPDDUMP shows the update", p, 7);
	q = an.policy;
	an = ask_policy(PFKEY_SPDGET, &q);
	check(an.error == PFKEY_OK && an.policy.priority == 77 &&
	    an.policy.sel.type == 1 && an.policy.requests[0].reqid == 102 &&
	    same_addr(&an.policy.requests[0].src, COA1), "SPDGET by id",
	    "%s, %s", pfkey_strerror(an.error), strerror(an.errnum));
	expect_policy("SPDDELETE", PFKEY_SPDDELETE, &p[6], 0);
	expect_policy("SPDDELETE of what is gone: ENOENT", PFKEY_SPDDELETE,
	    &p[6], ENOENT);
	expect_policies("SPDDUMP without it", p, 6);
	expect_policy("SPDDELETE2 by id", PFKEY_SPDDELETE2, &q, 0);
	expect_policy("SPDGET of what is gone: ENOENT", PFKEY_SPDGET, &q,
	    ENOENT);
	p[3] = p[5];
	expect_policies("SPDDUMP without that one", p, 5);
	p[0].requests[0].level = PFKEY_UNIQUE;
	p[0].requests[0].reqid = PFKEY_REQID_MAX + 1;
	an = ask_policy(PFKEY_SPDUPDATE, &p[0]);
	check(an.error == PFKEY_E_REQID, "a reqid of 0x4000 is refused",
	    "%s", pfkey_strerror(an.error));
	flush();
}

/* Why that is refused: the kernel takes it and puts another there. */
static void
large_reqid(void)
{
	struct pfkey_policy	 p;
	struct pfkey_msg	 m;
	struct answer		 an;
	uint32_t		 reqid = 0x5000;
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 len;

	p = policy(PFKEY_OUT, HOA, 128, HA, 128, 135);
	p.requests[0].level = PFKEY_UNIQUE;
	p.requests[0].reqid = 1;
	if (pfkey_from_policy(&m, PFKEY_SPDADD, &p) != PFKEY_OK ||
	    pfkey_build(NULL, &m, buf, sizeof(buf), &len) != PFKEY_OK)
		errx(1, "build");
	memcpy(buf + len - 8, &reqid, sizeof(reqid));
	if (send(a.fd, buf, len, 0) != (ssize_t)len)
		err(1, "send");
	an = dump(PFKEY_SPDDUMP);
	check(an.n == 1 && an.policies[0].requests[0].reqid != reqid,
	    "the kernel replaces a reqid of 0x5000", "it is %u",
	    an.n == 1 ? an.policies[0].requests[0].reqid : 0);
	free(an.policies);
	flush();
}

static struct pfkey_sa
association(const char *src, const char *dst, uint32_t spi, uint8_t mode,
    uint32_t reqid)
{
	struct pfkey_sa	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = spi;
	sa.src = addr(src);
	sa.dst = addr(dst);
	sa.mode = mode;
	sa.reqid = reqid;
	sa.replay = 32;
	sa.auth = PFKEY_A_SHA256;
	sa.encrypt = PFKEY_C_AES_CBC;
	sa.key_auth.p = auth_key;
	sa.key_auth.bits = 256;
	sa.key_encrypt.p = encrypt_key;
	sa.key_encrypt.bits = 128;
	return (sa);
}

static struct answer
get(const char *src, const char *dst, uint32_t spi)
{
	struct pfkey_sa		 sa = association(src, dst, spi, 0, 0);
	struct pfkey_msg	 m;

	if (pfkey_from_sa(&m, PFKEY_GET, &sa) != PFKEY_OK)
		errx(1, "GET");
	return (ask(&m));
}

static void
associations(void)
{
	struct pfkey_sa		 sa, gone;
	struct pfkey_msg	 m;
	struct answer		 an;

	flush();
	an = dump(PFKEY_DUMP);
	check(an.error == PFKEY_OK && an.n == 0, "an empty SAD is dumped",
	    "%s", pfkey_strerror(an.error));
	sa = association(HOA, HA, 0x1001, PFKEY_TRANSPORT, 100);
	sa.hard.addtime = 3600;
	sa.soft.addtime = 3000;
	expect_sa("ADD", PFKEY_ADD, &sa, 0);
	expect_sa("ADD of what is there: EEXIST", PFKEY_ADD, &sa, EEXIST);
	an = get(HOA, HA, 0x1001);
	check(an.error == PFKEY_OK && an.has_sa && an.sa.reqid == 100 &&
	    an.sa.mode == PFKEY_TRANSPORT && an.sa.replay == 32 &&
	    an.sa.auth == PFKEY_A_SHA256 && an.sa.state == PFKEY_MATURE &&
	    an.sa.encrypt == PFKEY_C_AES_CBC &&
	    an.sa.hard.addtime == 3600 && same_addr(&an.sa.src, HOA), "GET",
	    "%s, %s", pfkey_strerror(an.error), strerror(an.errnum));
	check(an.sa.key_auth.bits == 256 && an.sa.key_encrypt.bits == 128 &&
	    memcmp(an.key_auth, auth_key, 32) == 0 &&
	    memcmp(an.key_encrypt, encrypt_key, 16) == 0,
	    "GET has the keys", "%u and %u bits", an.sa.key_auth.bits,
	    an.sa.key_encrypt.bits);
	an = dump(PFKEY_DUMP);
	check(an.error == PFKEY_OK && an.n == 1 && an.sas[0].spi == 0x1001 &&
	    an.sas[0].key_auth.p == NULL, "DUMP, which has no keys",
	    "%s, %zu", pfkey_strerror(an.error), an.n);
	free(an.sas);
	sa.soft.addtime = 2000;
	expect_sa("UPDATE of lifetimes", PFKEY_UPDATE, &sa, 0);
	an = get(HOA, HA, 0x1001);
	check(an.sa.soft.addtime == 2000, "GET shows the update", "%llu",
	    (unsigned long long)an.sa.soft.addtime);
	gone = association(HOA, HA, 0x1002, 0, 0);
	expect_sa("GET of another SPI: ESRCH", PFKEY_GET, &gone, ESRCH);
	expect_sa("DELETE of another SPI: ESRCH", PFKEY_DELETE, &gone,
	    ESRCH);
	expect_sa("DELETE", PFKEY_DELETE, &sa, 0);
	expect_sa("DELETE of what is gone: ESRCH", PFKEY_DELETE, &sa, ESRCH);

	/* GETSPI, then UPDATE, as key management does it. */
	sa = association(HA, HOA, 0, PFKEY_TUNNEL, 101);
	if (pfkey_from_sa(&m, PFKEY_GETSPI, &sa) != PFKEY_OK)
		errx(1, "GETSPI");
	m.spirange.min = 0x4000;
	m.spirange.max = 0x4fff;
	m.present |= 1ULL << PFKEY_X_SPIRANGE;
	an = ask(&m);
	check(an.error == PFKEY_OK && an.has_sa && an.sa.spi >= 0x4000 &&
	    an.sa.spi <= 0x4fff && an.sa.state == PFKEY_LARVAL, "GETSPI",
	    "%s, spi %#x", strerror(an.errnum), an.sa.spi);
	sa.spi = an.sa.spi;
	expect_sa("UPDATE of a larval association", PFKEY_UPDATE, &sa, 0);
	an = get(HA, HOA, sa.spi);
	check(an.error == PFKEY_OK && an.sa.state == PFKEY_MATURE &&
	    an.sa.reqid == 101, "which then is mature", "%s",
	    strerror(an.errnum));
	flush();
}

static struct pfkey_migrate
move(const struct pfkey_policy *p, const char *from, const char *to)
{
	struct pfkey_migrate	 g;

	memset(&g, 0, sizeof(g));
	g.sel = p->sel;
	g.dir = p->dir;
	g.npairs = 1;
	g.from[0] = g.to[0] = p->requests[0];
	g.from[0].level = g.to[0].level = PFKEY_UNIQUE;
	if (same_addr(&p->requests[0].src, from))
		g.to[0].src = addr(to);
	if (same_addr(&p->requests[0].dst, from))
		g.to[0].dst = addr(to);
	return (g);
}

static void
expect_migrate(const char *name, const struct pfkey_migrate *g, int errnum)
{
	struct pfkey_msg	 m;
	enum pfkey_error	 e;

	if ((e = pfkey_from_migrate(&m, g)) != PFKEY_OK)
		check(false, name, "%s", pfkey_strerror(e));
	else
		expect(name, &m, errnum);
}

/* The mobile node's two policies and associations. */
static void
mobile_node(struct pfkey_policy *p, const char *coa)
{
	struct pfkey_sa	 sa;

	flush();
	p[0] = tunnel(PFKEY_OUT, HOA, 128, "::", 0, 0, coa, HA, 101);
	p[1] = tunnel(PFKEY_IN, "::", 0, HOA, 128, 0, HA, coa, 101);
	expect_policy("SPDADD out", PFKEY_SPDADD, &p[0], 0);
	expect_policy("SPDADD in", PFKEY_SPDADD, &p[1], 0);
	sa = association(coa, HA, 0x2001, PFKEY_TUNNEL, 101);
	expect_sa("ADD out", PFKEY_ADD, &sa, 0);
	sa = association(HA, coa, 0x2002, PFKEY_TUNNEL, 101);
	expect_sa("ADD in", PFKEY_ADD, &sa, 0);
}

static void
expect_at(const char *name, const char *src, const char *dst, uint32_t spi)
{
	struct answer	 an = get(src, dst, spi);

	check(an.error == PFKEY_OK && same_addr(&an.sa.src, src) &&
	    same_addr(&an.sa.dst, dst) && an.sa.mode == PFKEY_TUNNEL &&
	    an.sa.reqid == 101 && an.sa.key_auth.bits == 256 &&
	    memcmp(an.key_auth, auth_key, 32) == 0, name, "%s, %s",
	    pfkey_strerror(an.error), strerror(an.errnum));
}

/* So many of a type were heard, at least. */
struct hearing {
	const struct end	*e;
	enum pfkey_type		 type;
	unsigned int		 n;
};

static bool
have_come(const void *arg)
{
	const struct hearing	*h = arg;

	return (h->e->heard.n[h->type] >= h->n);
}

/*
 * What the listener heard of the last MIGRATE: it was delivered although
 * seq and pid are 0, with or without the addresses for key management.
 */
static void
expect_heard(const char *name, unsigned int n, uint8_t dir,
    const char *local, const char *remote)
{
	const struct pfkey_msg	*m = &b.heard.migrate;

	turn_until(have_come, &(struct hearing){ &b, PFKEY_MIGRATE, n });
	check(b.heard.n[PFKEY_MIGRATE] == n && m->seq == 0 && m->pid == 0 &&
	    m->satype == PFKEY_ESP && m->policy.dir == dir &&
	    PFKEY_HAS(m, PFKEY_X_KMADDRESS) == (local != NULL) &&
	    (local == NULL || (same_addr(&m->km.local, local) &&
	    same_addr(&m->km.remote, remote))), name,
	    "%u heard, seq %u pid %u dir %u", b.heard.n[PFKEY_MIGRATE],
	    m->seq, m->pid, m->policy.dir);
}

static void
migrate_mobile_node(void)
{
	struct pfkey_migrate	 g;
	struct pfkey_policy	 p[2];
	unsigned int		 n = b.heard.n[PFKEY_MIGRATE];

	mobile_node(p, COA1);
	g = move(&p[0], COA1, COA2);
	expect_migrate("MIGRATE out", &g, 0);
	expect_heard("the listener heard it, without KMADDRESS", n + 1,
	    PFKEY_OUT, NULL, NULL);
	expect_at("the outbound association moved", COA2, HA, 0x2001);
	expect_at("the inbound one did not", HA, COA1, 0x2002);
	p[0].requests[0].src = addr(COA2);
	expect_policies("the outbound policy moved", p, 2);
	g = move(&p[1], COA1, COA2);
	g.km_local = addr(COA2);
	g.km_remote = addr(HA);
	expect_migrate("MIGRATE in with KMADDRESS", &g, 0);
	expect_heard("the listener heard KMADDRESS", n + 2, PFKEY_IN, COA2,
	    HA);
	expect_at("the inbound association moved", HA, COA2, 0x2002);
	check(get(HA, COA1, 0x2002).errnum == ESRCH,
	    "it is not at the old address", "but it is");
	p[1].requests[0].dst = addr(COA2);
	expect_policies("the inbound policy moved", p, 2);

	/* old == new, which only tells key management. */
	g = move(&p[0], COA2, COA2);
	g.km_local = addr(COA2);
	g.km_remote = addr(HA);
	expect_migrate("MIGRATE to where it is", &g, 0);
	expect_heard("the listener heard that too", n + 3, PFKEY_OUT, COA2,
	    HA);
}

static void
migrate_home_agent(bool km)
{
	static const struct {
		const char	*name;
		uint8_t		 dir;
	} moves[] = {
		{ "out", PFKEY_OUT }, { "in", PFKEY_IN }, { "fwd", PFKEY_FWD }
	};
	struct pfkey_migrate	 g;
	struct pfkey_policy	 p[3];
	struct pfkey_sa		 sa;
	unsigned int		 i, n = b.heard.n[PFKEY_MIGRATE];
	char			 name[80];

	flush();
	p[0] = tunnel(PFKEY_OUT, "::", 0, HOA, 128, 0, HA, COA1, 101);
	p[1] = tunnel(PFKEY_IN, HOA, 128, "::", 0, 0, COA1, HA, 101);
	p[2] = p[1];
	p[2].dir = PFKEY_FWD;
	for (i = 0; i < 3; i++)
		expect_policy("SPDADD of the home agent", PFKEY_SPDADD, &p[i],
		    0);
	sa = association(HA, COA1, 0x3001, PFKEY_TUNNEL, 101);
	expect_sa("ADD out", PFKEY_ADD, &sa, 0);
	sa = association(COA1, HA, 0x3002, PFKEY_TUNNEL, 101);
	expect_sa("ADD in", PFKEY_ADD, &sa, 0);
	for (i = 0; i < 3; i++) {
		g = move(&p[i], COA1, COA2);
		if (km && i == 2) {
			g.km_local = addr(HA);
			g.km_remote = addr(COA2);
		}
		snprintf(name, sizeof(name), "MIGRATE %s of the home agent%s",
		    moves[i].name, km ? ", KMADDRESS last" : "");
		expect_migrate(name, &g, 0);
		expect_heard("the listener heard it", n + i + 1,
		    moves[i].dir, km && i == 2 ? HA : NULL, COA2);
	}
	expect_at("the outbound association moved", HA, COA2, 0x3001);
	expect_at("the inbound association moved", COA2, HA, 0x3002);
	p[0].requests[0].dst = addr(COA2);
	p[1].requests[0].src = p[2].requests[0].src = addr(COA2);
	expect_policies("the three policies moved", p, 3);
}

/* MIGRATE with something changed that the structures do not let through. */
static struct pfkey_msg
raw_move(const struct pfkey_policy *p)
{
	struct pfkey_migrate	 g = move(p, COA1, COA2);
	struct pfkey_msg	 m;

	if (pfkey_from_migrate(&m, &g) != PFKEY_OK)
		errx(1, "MIGRATE");
	return (m);
}

static void
trailing_padding(const struct pfkey_policy *p)
{
	struct pfkey_msg	 m = raw_move(p);
	uint8_t			 buf[PFKEY_MSG_ROOM];
	uint16_t		 units;
	ssize_t			 n;
	size_t			 len;
	int			 fd;

	m.seq = 99;
	m.pid = (uint32_t)getpid();
	if (pfkey_build(NULL, &m, buf, sizeof(buf), &len) != PFKEY_OK)
		errx(1, "MIGRATE");
	memset(buf + len, 0, 8);
	units = (uint16_t)((len + 8) / 8);
	memcpy(buf + 4, &units, sizeof(units));
	memcpy(&units, buf + 96, sizeof(units));	/* of the policy */
	units++;
	memcpy(buf + 96, &units, sizeof(units));
	if ((fd = pfkey_open()) == -1 ||
	    send(fd, buf, len + 8, 0) != (ssize_t)len + 8)
		err(1, "MIGRATE");
	n = recv(fd, buf, sizeof(buf), 0);
	check(n == 16 && pfkey_parse(NULL, buf, 16, &m, NULL) == PFKEY_OK &&
	    m.seq == 99 && m.errnum == EINVAL,
	    "MIGRATE with trailing padding: EINVAL", "%zd bytes", n);
	close(fd);
}

static void
migrate_errors(void)
{
	struct pfkey_migrate	 g;
	struct pfkey_policy	 p[2], q;
	struct pfkey_sa		 sa;
	struct pfkey_msg	 m;

	mobile_node(p, COA1);
	q = p[0];
	q.sel.src_plen = 127;
	g = move(&q, COA1, COA2);
	expect_migrate("MIGRATE with another prefix: ENOENT", &g, ENOENT);
	q = p[0];
	q.sel.proto = 135;
	g = move(&q, COA1, COA2);
	expect_migrate("MIGRATE with another protocol: ENOENT", &g, ENOENT);
	q = p[0];
	q.dir = PFKEY_FWD;
	g = move(&q, COA1, COA2);
	expect_migrate("MIGRATE in another direction: ENOENT", &g, ENOENT);
	q = p[0];
	q.requests[0].reqid = 102;
	g = move(&q, COA1, COA2);
	expect_migrate("MIGRATE with another reqid: ENODATA", &g, ENODATA);
	q = p[0];
	q.requests[0].src = addr("2001:db8:3::10");
	g = move(&q, "2001:db8:3::10", COA2);
	expect_migrate("MIGRATE from another address: ENODATA", &g, ENODATA);
	q = p[0];
	q.requests[0].mode = PFKEY_TRANSPORT;
	g = move(&q, COA1, COA2);
	expect_migrate("MIGRATE with another mode: ENODATA", &g, ENODATA);
	m = raw_move(&p[0]);
	m.policy.dir = 4;
	expect("MIGRATE with a bad direction: EINVAL", &m, EINVAL);
	m = raw_move(&p[0]);
	m.policy.requests[1].src = addr("::");
	expect("MIGRATE to ::: EINVAL", &m, EINVAL);
	m = raw_move(&p[0]);
	m.policy.requests[1].reqid = 102;
	expect("MIGRATE with two reqids in a pair: EINVAL", &m, EINVAL);
	m = raw_move(&p[0]);
	m.policy.requests[2] = m.policy.requests[0];
	m.policy.requests[3] = m.policy.requests[1];
	m.policy.nrequests = 4;
	expect("MIGRATE with a pair twice: EINVAL", &m, EINVAL);
	trailing_padding(&p[0]);
	expect_policies("no policy moved meanwhile", p, 2);
	expect_at("no association moved", COA1, HA, 0x2001);

	/* A larval association in the way, as GETSPI leaves it. */
	sa = association(COA1, HA, 0x2001, PFKEY_TUNNEL, 101);
	expect_sa("DELETE", PFKEY_DELETE, &sa, 0);
	expect_sa("GETSPI leaves a larval association", PFKEY_GETSPI, &sa, 0);
	g = move(&p[0], COA1, COA2);
	expect_migrate("MIGRATE with a larval association: ENODATA", &g,
	    ENODATA);
	pfkey_msg_init(&m, PFKEY_FLUSH);
	m.satype = PFKEY_ESP;
	expect("FLUSH", &m, 0);
	expect_migrate("MIGRATE without an association", &g, 0);
	flush();
}

/* A packet that needs an association which is not there. */
static void
acquire(void)
{
	struct sockaddr_in6	 to = { .sin6_family = AF_INET6 };
	struct pfkey_migrate	 g;
	struct pfkey_policy	 p;
	struct pfkey_msg	 m;
	struct pfkey_sa		 sa;
	int			 fd;

	flush();
	p = tunnel(PFKEY_OUT, "::", 0, "2001:db8:aa::2", 128, 17, COA1,
	    "2001:db8:aa::9", 101);
	expect_policy("SPDADD", PFKEY_SPDADD, &p, 0);
	to.sin6_port = htons(9);
	inet_pton(AF_INET6, "2001:db8:aa::2", &to.sin6_addr);
	if ((fd = socket(AF_INET6, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	turn_until(have_come, &(struct hearing){ &a, PFKEY_ACQUIRE, 1 });
	close(fd);
	m = a.heard.acquire;
	check(a.heard.n[PFKEY_ACQUIRE] > 0 && m.pid == 0 && m.seq != 0 &&
	    m.satype == PFKEY_ESP && same_addr(&m.src.a, COA1) &&
	    same_addr(&m.dst.a, "2001:db8:aa::9") &&
	    m.policy.dir == PFKEY_OUT, "ACQUIRE comes to who has registered",
	    "%u of them", a.heard.n[PFKEY_ACQUIRE]);
	/* KAME's policies name no algorithm, and so it proposes none. */
	check(PFKEY_HAS(&m, PFKEY_X_PROPOSAL) && a.heard.combs == 0,
	    "its proposal is empty", "%u of %u", a.heard.combs,
	    a.heard.n[PFKEY_ACQUIRE]);
	check(b.heard.n[PFKEY_ACQUIRE] == 0, "and to nobody else", "%u",
	    b.heard.n[PFKEY_ACQUIRE]);
	g = move(&p, COA1, COA2);
	expect_migrate("MIGRATE during an ACQUIRE: ENODATA", &g, ENODATA);
	/* The cure: one that is complete takes the larval one's place. */
	sa = association(COA1, "2001:db8:aa::9", 0x6d697036, PFKEY_TUNNEL,
	    101);
	expect_sa("ADD of a dummy", PFKEY_ADD, &sa, 0);
	expect_sa("and its DELETE", PFKEY_DELETE, &sa, 0);
	expect_migrate("MIGRATE after that", &g, 0);
	flush();
}

static void
expire(void)
{
	struct hearing	 both = { &a, PFKEY_EXPIRE,
			    a.heard.n[PFKEY_EXPIRE] + 2 };
	struct pfkey_sa	 sa;

	flush();
	sa = association(HOA, HA, 0x5001, PFKEY_TRANSPORT, 1);
	sa.soft.addtime = 1;
	sa.hard.addtime = 2;
	expect_sa("ADD for two seconds", PFKEY_ADD, &sa, 0);
	turn_until(have_come, &both);
	check(have_come(&both), "EXPIRE, soft and hard", "%u heard",
	    a.heard.n[PFKEY_EXPIRE]);
	expect_sa("and it is gone", PFKEY_GET, &sa, ESRCH);
}

static bool
all_done(const void *arg)
{
	const struct answer	*an = arg;
	int			 i;

	for (i = 0; i < MANY && an[i].done; i++)
		continue;
	return (i == MANY);
}

/*
 * More answers than the socket holds: Linux drops what does not fit and says
 * nothing.  What was meant and what there is are compared by a dump, which
 * the kernel gives as fast as it is read.
 */
static void
overflow(void)
{
	struct pfkey_policy	*p;
	struct pfkey_msg	 m;
	struct answer		*an;
	unsigned int		 lost = 0;
	int			 i, size = 4096;

	flush();
	if ((p = calloc(MANY, sizeof(*p))) == NULL ||
	    (an = calloc(MANY, sizeof(*an))) == NULL)
		err(1, NULL);
	if (setsockopt(a.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) ==
	    -1)
		err(1, "SO_RCVBUF");
	for (i = 0; i < MANY; i++) {
		p[i] = policy(PFKEY_OUT, HOA, 128, HA, 128, 17);
		p[i].sel.dport = (uint16_t)(1000 + i);
		if (pfkey_from_policy(&m, PFKEY_SPDADD, &p[i]) != PFKEY_OK ||
		    pfkey_request(a.client, &m, on_answer, &an[i],
		    now_ns() + 500000000) != PFKEY_OK)
			errx(1, "SPDADD");
	}
	while (pfkey_client_wants_write(a.client))
		pfkey_client_write(a.client, now_ns());
	turn_until(all_done, an);
	for (i = 0; i < MANY; i++)
		lost += an[i].error == PFKEY_E_TIMEOUT;
	check(lost > 0, "answers were lost", "none of them");
	expect_policies("a dump shows that all is well", p, MANY);
	free(p);
	free(an);
	flush();
}

static void
registered(void)
{
	struct pfkey_msg	 m;
	struct answer		 an;

	pfkey_msg_init(&m, PFKEY_REGISTER);
	m.satype = PFKEY_ESP;
	an = ask(&m);
	check(an.error == PFKEY_OK && an.aes_cbc == 1 && an.sha256 == 1,
	    "REGISTER lists the algorithms", "%s", pfkey_strerror(an.error));
}

int
main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_end(&a);
	open_end(&b);
	registered();
	policies();
	large_reqid();
	associations();
	migrate_mobile_node();
	migrate_home_agent(false);
	migrate_home_agent(true);
	migrate_errors();
	acquire();
	expire();
	overflow();
	pfkey_client_free(a.client);
	pfkey_client_free(b.client);
	printf("%u failed\n", failed);
	return (failed != 0);
}
