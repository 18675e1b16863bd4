/*
 * libpfkey's client against a socket pair whose other end plays the kernel.
 * Answers come late, out of order, twice, for others, or not at all.
 */
#include <sys/socket.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libpfkey/libpfkey.h"
#include "regress/unit/pfkey_lab.h"

#define PID	4711
#define NEVER	UINT64_MAX

struct seen {
	unsigned int	 replies, broadcasts, overflows, bads;
	enum pfkey_error error, bad;
	int		 errnum;
	bool		 has_msg;
	enum pfkey_type	 type, broadcast;
	uint32_t	 spi;
	size_t		 nsas, npolicies;
	uint32_t	 first_spi;
	bool		 keys;
};

static struct seen		 seen;
static struct pfkey_client	*client;
static const struct pfkey_dialect *dialect;
static int			 kernel;	/* the other end */
static int			 mine;

static void
on_reply(void *arg, const struct pfkey_reply *r)
{
	struct seen	*s = arg;

	s->replies++;
	s->error = r->error;
	s->errnum = r->errnum;
	s->has_msg = r->msg != NULL;
	if (r->msg != NULL) {
		s->type = r->msg->type;
		s->spi = r->msg->sa.spi;
	}
	s->nsas = r->nsas;
	s->npolicies = r->npolicies;
	if (r->nsas > 0) {
		s->first_spi = r->sas[0].spi;
		s->keys = r->sas[0].key_auth.p != NULL ||
		    r->sas[0].key_encrypt.p != NULL;
	}
}

static void
on_broadcast(void *arg, const struct pfkey_msg *m)
{
	(void)arg;
	seen.broadcasts++;
	seen.broadcast = m->type;
}

static void
on_overflow(void *arg)
{
	(void)arg;
	seen.overflows++;
}

static void
on_bad(void *arg, enum pfkey_error e, size_t where)
{
	(void)arg;
	(void)where;
	seen.bads++;
	seen.bad = e;
}

static const struct pfkey_handlers	 handlers = { on_broadcast,
    on_overflow, on_bad };

static void
start(const char *name)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	mine = sv[0];
	kernel = sv[1];
	memset(&seen, 0, sizeof(seen));
	dialect = pfkey_dialect(name);
	client = pfkey_client_new(mine, dialect, PID, &handlers, NULL);
	ATF_REQUIRE(client != NULL);
}

static void
stop(void)
{
	pfkey_client_free(client);
	close(mine);
	close(kernel);
}

/* What the client has sent; false if there is nothing. */
static bool
kernel_recv(struct pfkey_msg *m)
{
	static uint8_t	 buf[65536];
	ssize_t		 n;

	n = recv(kernel, buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1)
		return (false);
	ATF_REQUIRE_EQ(pfkey_parse(dialect, buf, (size_t)n, m, NULL),
	    PFKEY_OK);
	return (true);
}

static void
kernel_send(const struct pfkey_msg *m)
{
	uint8_t	 buf[PFKEY_MSG_ROOM];
	size_t	 len;

	ATF_REQUIRE_EQ(pfkey_build(dialect, m, buf, sizeof(buf), &len),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(send(kernel, buf, len, 0), (ssize_t)len);
}

static struct pfkey_msg
get_request(uint32_t spi)
{
	struct pfkey_msg	 m;
	struct pfkey_sa		 sa;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = spi;
	sa.src = addr("2001:db8::1");
	sa.dst = addr("2001:db8::2");
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_GET, &sa), PFKEY_OK);
	return (m);
}

ATF_TC_WITHOUT_HEAD(answered_out_of_order);
ATF_TC_BODY(answered_out_of_order, tc)
{
	struct pfkey_msg	 a = get_request(1), b = get_request(2), k[2];
	struct seen		 sa = { 0 }, sb = { 0 };

	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &sa, NEVER),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, on_reply, &sb, NEVER),
	    PFKEY_OK);
	ATF_CHECK(a.seq != b.seq);
	ATF_CHECK(a.seq != 0 && b.seq != 0);
	ATF_CHECK(pfkey_client_wants_write(client));
	pfkey_client_write(client, 1);
	ATF_CHECK(!pfkey_client_wants_write(client));
	ATF_REQUIRE(kernel_recv(&k[0]) && kernel_recv(&k[1]));
	ATF_CHECK_EQ(k[0].pid, PID);
	kernel_send(&k[1]);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(sa.replies, 0);
	ATF_CHECK_EQ(sb.replies, 1);
	ATF_CHECK_EQ(sb.spi, 2);
	kernel_send(&k[0]);
	kernel_send(&k[0]);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 3), PFKEY_OK);
	ATF_CHECK_EQ(sa.replies, 1);
	ATF_CHECK_EQ(sa.error, PFKEY_OK);
	ATF_CHECK_EQ(sa.spi, 1);
	/* The second copy answers nothing. */
	ATF_CHECK_EQ(seen.broadcasts, 1);
	stop();
}

ATF_TC_WITHOUT_HEAD(others_are_not_ours);
ATF_TC_BODY(others_are_not_ours, tc)
{
	struct pfkey_msg	 a = get_request(1), k;

	start("freebsd");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	k.pid = PID + 1;
	kernel_send(&k);
	k.pid = 0;
	kernel_send(&k);
	k.pid = PID;
	k.seq++;
	kernel_send(&k);
	k.seq--;
	k.type = PFKEY_DELETE;
	kernel_send(&k);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 0);
	ATF_CHECK_EQ(seen.broadcasts, 4);
	k.type = PFKEY_GET;
	kernel_send(&k);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 1);
	stop();
}

ATF_TC_WITHOUT_HEAD(kernel_errors);
ATF_TC_BODY(kernel_errors, tc)
{
	struct pfkey_msg	 a = get_request(1), k;

	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	k.errnum = ESRCH;
	k.present = 0;
	kernel_send(&k);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 1);
	ATF_CHECK_EQ(seen.error, PFKEY_E_KERNEL);
	ATF_CHECK_EQ(seen.errnum, ESRCH);
	stop();
}

ATF_TC_WITHOUT_HEAD(lost_answers);
ATF_TC_BODY(lost_answers, tc)
{
	struct pfkey_msg	 a = get_request(1), b = get_request(2),
				 c = get_request(3), k;
	struct seen		 s[3];

	memset(s, 0, sizeof(s));
	start("linux");
	ATF_CHECK_EQ(pfkey_client_next(client), NEVER);
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &s[0], 300),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, on_reply, &s[1], 100),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE_EQ(pfkey_request(client, &c, on_reply, &s[2], 200),
	    PFKEY_OK);
	ATF_CHECK_EQ(pfkey_client_next(client), 100);
	pfkey_client_expire(client, 99);
	ATF_CHECK_EQ(s[1].replies, 0);
	pfkey_client_expire(client, 200);	/* b, and c that never left */
	ATF_CHECK_EQ(s[1].error, PFKEY_E_TIMEOUT);
	ATF_CHECK_EQ(s[2].error, PFKEY_E_TIMEOUT);
	ATF_CHECK_EQ(s[0].replies, 0);
	ATF_CHECK_EQ(pfkey_client_next(client), 300);
	ATF_CHECK(!pfkey_client_wants_write(client));
	/* An answer that comes after its deadline is nobody's. */
	ATF_REQUIRE(kernel_recv(&k));
	ATF_REQUIRE(kernel_recv(&k));
	ATF_CHECK(!kernel_recv(&(struct pfkey_msg){ 0 }));
	kernel_send(&k);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 201), PFKEY_OK);
	ATF_CHECK_EQ(s[1].replies, 1);
	ATF_CHECK_EQ(seen.broadcasts, 1);
	stop();
	ATF_CHECK_EQ(s[0].replies, 1);
	ATF_CHECK_EQ(s[0].error, PFKEY_E_CANCELLED);
}

ATF_TC_WITHOUT_HEAD(cancelled);
ATF_TC_BODY(cancelled, tc)
{
	struct pfkey_msg	 a = get_request(1), b = get_request(2), k;

	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, on_reply, &seen, NEVER),
	    PFKEY_OK);
	ATF_CHECK(pfkey_cancel(client, a.seq));
	ATF_CHECK(pfkey_cancel(client, b.seq));
	ATF_CHECK(!pfkey_cancel(client, b.seq));
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	ATF_CHECK(!kernel_recv(&k));
	stop();
	ATF_CHECK_EQ(seen.replies, 0);
}

/* RFC 2367 section 3.1.6: what answers an ACQUIRE has its number. */
ATF_TC_WITHOUT_HEAD(given_sequence_number);
ATF_TC_BODY(given_sequence_number, tc)
{
	struct pfkey_msg	 a = get_request(1), k;

	start("linux");
	a.seq = 5;
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	ATF_CHECK_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_E_DUPLICATE);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	ATF_CHECK_EQ(k.seq, 5);
	/* Without a function nobody waits, and nothing is kept. */
	pfkey_msg_init(&a, PFKEY_ACQUIRE);
	a.satype = PFKEY_ESP;
	a.seq = 9;
	a.errnum = EINVAL;
	ATF_REQUIRE_EQ(pfkey_request(client, &a, NULL, NULL, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	ATF_CHECK_EQ(k.type, PFKEY_ACQUIRE);
	ATF_CHECK_EQ(k.seq, 9);
	ATF_CHECK(!pfkey_cancel(client, 9));
	stop();
}

static struct pfkey_msg
migrate_request(const char *to, uint8_t dir)
{
	struct pfkey_migrate	 g;
	struct pfkey_msg	 m;

	memset(&g, 0, sizeof(g));
	g.sel.src = addr("2001:db8::1");
	g.sel.src_plen = 128;
	g.sel.dst = addr("::");
	g.sel.proto = 135;
	g.sel.has_type = true;
	g.sel.type = 1;
	g.dir = dir;
	g.npairs = 1;
	g.from[0].proto = 50;
	g.from[0].mode = PFKEY_TUNNEL;
	g.from[0].level = PFKEY_UNIQUE;
	g.from[0].reqid = 5;
	g.to[0] = g.from[0];
	g.from[0].src = addr("2001:db8::a");
	g.from[0].dst = g.to[0].dst = addr("2001:db8::b");
	g.to[0].src = addr(to);
	g.km_local = addr(to);
	g.km_remote = addr("2001:db8::b");
	ATF_REQUIRE_EQ(pfkey_from_migrate(&m, &g), PFKEY_OK);
	return (m);
}

/* As af_key does it: seq and pid 0, satype of the request, no ports. */
static void
kernel_migrated(struct pfkey_msg m)
{
	m.seq = m.pid = 0;
	m.satype = PFKEY_ESP;
	m.src.a.port = m.dst.a.port = 0;
	kernel_send(&m);
}

ATF_TC_WITHOUT_HEAD(migrate_by_content);
ATF_TC_BODY(migrate_by_content, tc)
{
	struct pfkey_msg	 a = migrate_request("2001:db8::c", PFKEY_OUT),
				 b = migrate_request("2001:db8::c", PFKEY_IN),
				 c = migrate_request("2001:db8::d", PFKEY_IN),
				 k[3];
	struct seen		 s[3];

	memset(s, 0, sizeof(s));
	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &s[0], NEVER),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, on_reply, &s[1], NEVER),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &c, on_reply, &s[2], NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k[0]) && kernel_recv(&k[1]) &&
	    kernel_recv(&k[2]));
	kernel_migrated(k[1]);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(s[0].replies, 0);
	ATF_CHECK_EQ(s[1].replies, 1);
	ATF_CHECK_EQ(s[1].error, PFKEY_OK);
	ATF_CHECK_EQ(s[2].replies, 0);
	/* A failure comes with number and process id. */
	k[2].errnum = ENOENT;
	k[2].present = 0;
	kernel_send(&k[2]);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(s[2].error, PFKEY_E_KERNEL);
	ATF_CHECK_EQ(s[2].errnum, ENOENT);
	kernel_migrated(k[0]);
	kernel_migrated(k[0]);		/* somebody else's, the same move */
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(s[0].replies, 1);
	ATF_CHECK_EQ(seen.broadcasts, 1);
	ATF_CHECK_EQ(seen.broadcast, PFKEY_MIGRATE);
	stop();
}

/* Two equal ones are answered in their order. */
ATF_TC_WITHOUT_HEAD(migrate_twice);
ATF_TC_BODY(migrate_twice, tc)
{
	struct pfkey_msg	 a = migrate_request("2001:db8::c", PFKEY_OUT),
				 b = a, k;
	struct seen		 s[2];

	memset(s, 0, sizeof(s));
	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &s[0], NEVER),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, on_reply, &s[1], NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	kernel_migrated(k);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(s[0].replies, 1);
	ATF_CHECK_EQ(s[1].replies, 0);
	b.policy.nrequests = 1;
	b.seq = 0;
	ATF_CHECK_EQ(pfkey_request(client, &b, on_reply, &s[0], NEVER),
	    PFKEY_E_REQUEST);
	stop();
}

static struct pfkey_msg
dump_request(enum pfkey_type type)
{
	struct pfkey_msg	 m;

	pfkey_msg_init(&m, type);
	m.satype = type == PFKEY_DUMP ? PFKEY_ESP : PFKEY_SA_ANY;
	return (m);
}

/* One part of a dump with a count of its own. */
static void
kernel_part(uint32_t spi, uint32_t seq)
{
	static const uint8_t	 key[16] = "secret";
	struct pfkey_msg	 m = get_request(spi);

	m.type = PFKEY_DUMP;
	m.pid = PID;
	m.seq = seq;
	m.key_auth.p = key;
	m.key_auth.bits = 128;
	m.present |= 1 << PFKEY_X_KEY_AUTH;
	kernel_send(&m);
}

ATF_TC_WITHOUT_HEAD(dump_counting_up);
ATF_TC_BODY(dump_counting_up, tc)
{
	struct pfkey_msg	 a = dump_request(PFKEY_DUMP), k;
	uint32_t		 i;

	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	for (i = 1; i < 40; i++) {
		kernel_part(1000 + i, i);
		ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	}
	ATF_CHECK_EQ(seen.replies, 0);
	kernel_part(1040, 0);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 1);
	ATF_CHECK_EQ(seen.error, PFKEY_OK);
	ATF_CHECK_EQ(seen.nsas, 40);
	ATF_CHECK_EQ(seen.first_spi, 1001);
	ATF_CHECK(!seen.keys);
	ATF_CHECK_EQ(seen.broadcasts, 0);
	stop();
}

ATF_TC_WITHOUT_HEAD(dump_counting_down);
ATF_TC_BODY(dump_counting_down, tc)
{
	struct pfkey_msg	 a = dump_request(PFKEY_DUMP), b = a, k;

	start("netbsd");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, on_reply, &seen, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	/* One dump at a time. */
	ATF_CHECK(!kernel_recv(&k));
	ATF_CHECK(!pfkey_client_wants_write(client));
	kernel_part(1, 2);
	kernel_part(2, 1);
	kernel_part(3, 0);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 1);
	ATF_CHECK_EQ(seen.error, PFKEY_OK);
	ATF_CHECK_EQ(seen.nsas, 3);
	ATF_CHECK(pfkey_client_wants_write(client));
	pfkey_client_write(client, 3);
	ATF_REQUIRE(kernel_recv(&k));
	kernel_part(1, 3);
	kernel_part(3, 1);		/* 2 was lost */
	kernel_part(4, 0);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 4), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 2);
	ATF_CHECK_EQ(seen.error, PFKEY_E_GAP);
	ATF_CHECK_EQ(seen.nsas, 3);
	stop();
}

ATF_TC_WITHOUT_HEAD(dump_partial);
ATF_TC_BODY(dump_partial, tc)
{
	struct pfkey_msg	 a = dump_request(PFKEY_DUMP), b, k;
	struct pfkey_policy	 p;
	struct seen		 s[2];

	memset(s, 0, sizeof(s));
	b = dump_request(PFKEY_SPDDUMP);
	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &s[0], 100),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, on_reply, &s[1], 1000),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	kernel_part(1, 1);
	kernel_part(2, 2);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	pfkey_client_expire(client, 100);
	ATF_CHECK_EQ(s[0].error, PFKEY_E_TIMEOUT);
	ATF_CHECK_EQ(s[0].nsas, 2);
	pfkey_client_write(client, 101);
	ATF_REQUIRE(kernel_recv(&k));
	ATF_CHECK_EQ(k.type, PFKEY_SPDDUMP);
	kernel_part(3, 3);		/* late, and not this dump's */
	memset(&p, 0, sizeof(p));
	p.sel.src = p.sel.dst = addr("::");
	p.dir = PFKEY_IN;
	ATF_REQUIRE_EQ(pfkey_from_policy(&k, PFKEY_SPDADD, &p), PFKEY_OK);
	k.type = PFKEY_SPDDUMP;
	k.pid = PID;
	k.seq = 2;			/* and the first was lost */
	kernel_send(&k);
	k.present &= ~(1ULL << PFKEY_X_SRC);
	k.seq = 0;			/* nor is this one a policy */
	kernel_send(&k);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 102), PFKEY_OK);
	ATF_CHECK_EQ(seen.broadcasts, 1);
	ATF_CHECK_EQ(s[1].replies, 1);
	ATF_CHECK_EQ(s[1].error, PFKEY_E_GAP);
	ATF_CHECK_EQ(s[1].npolicies, 1);
	stop();
}

ATF_TC_WITHOUT_HEAD(dump_empty_or_refused);
ATF_TC_BODY(dump_empty_or_refused, tc)
{
	static const int	 errnos[] = { ENOENT, EBUSY };
	struct pfkey_msg	 a, k;
	size_t			 i;

	start("linux");
	for (i = 0; i < 2; i++) {
		a = dump_request(PFKEY_SPDDUMP);
		ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen,
		    NEVER), PFKEY_OK);
		pfkey_client_write(client, 1);
		ATF_REQUIRE(kernel_recv(&k));
		k.errnum = (uint8_t)errnos[i];
		kernel_send(&k);
		ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
		ATF_CHECK_EQ(seen.replies, i + 1);
		ATF_CHECK_EQ(seen.error, i == 0 ? PFKEY_OK : PFKEY_E_KERNEL);
		ATF_CHECK_EQ(seen.npolicies, 0);
	}
	ATF_CHECK_EQ(seen.errnum, EBUSY);
	/* A dump that nobody waits for is still read to its end. */
	a = dump_request(PFKEY_DUMP);
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_CHECK(pfkey_cancel(client, a.seq));
	kernel_part(1, 1);
	kernel_part(2, 0);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 3), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 2);
	ATF_CHECK_EQ(seen.broadcasts, 0);
	stop();
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	static uint8_t	 big[70000];
	int		 room = 2 * sizeof(big);

	start("linux");
	ATF_REQUIRE_EQ(setsockopt(kernel, SOL_SOCKET, SO_SNDBUF, &room,
	    sizeof(room)), 0);
	ATF_REQUIRE_EQ(setsockopt(mine, SOL_SOCKET, SO_RCVBUF, &room,
	    sizeof(room)), 0);
	ATF_REQUIRE_EQ(send(kernel, "x", 1, 0), 1);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 1), PFKEY_OK);
	ATF_CHECK_EQ(seen.bads, 1);
	ATF_CHECK_EQ(seen.bad, PFKEY_E_SHORT);
	ATF_REQUIRE_EQ(send(kernel, big, sizeof(big), 0),
	    (ssize_t)sizeof(big));
	ATF_REQUIRE_EQ(pfkey_client_read(client, 1), PFKEY_OK);
	ATF_CHECK_EQ(seen.bads, 2);
	ATF_CHECK_EQ(seen.bad, PFKEY_E_NO_ROOM);
	stop();
}

ATF_TC_WITHOUT_HEAD(full_queue);
ATF_TC_BODY(full_queue, tc)
{
	struct pfkey_msg	 a;
	unsigned int		 n = 0;
	uint64_t		 now = 1;
	enum pfkey_error	 e = PFKEY_OK;

	start("linux");
	do {
		a = get_request(n);
		e = pfkey_request(client, &a, on_reply, &seen, NEVER);
	} while (e == PFKEY_OK && ++n < 100000);
	ATF_CHECK_EQ(e, PFKEY_E_QUEUE);
	ATF_CHECK_EQ(n, 4096);
	/*
	 * The socket takes some of them: the rest waits for room, which a BSD
	 * does not tell of, so that the time decides.
	 */
	pfkey_client_write(client, now);
	ATF_CHECK(pfkey_client_wants_write(client) ||
	    pfkey_client_next(client) != NEVER);
	ATF_CHECK_EQ(seen.replies, 0);
	n = 0;
	while (n < 4096 && kernel_recv(&a)) {
		n++;
		now += 1000000000;
		pfkey_client_write(client, now);
	}
	ATF_CHECK_EQ(n, 4096);
	ATF_CHECK(!pfkey_client_wants_write(client));
	stop();
	ATF_CHECK_EQ(seen.replies, 4096);
}

ATF_TC_WITHOUT_HEAD(socket_gone);
ATF_TC_BODY(socket_gone, tc)
{
	struct pfkey_msg	 a = get_request(1);

	start("linux");
	close(kernel);
	ATF_REQUIRE_EQ(pfkey_request(client, &a, on_reply, &seen, NEVER),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_CHECK_EQ(seen.replies, 1);
	ATF_CHECK_EQ(seen.error, PFKEY_E_SEND);
	ATF_CHECK(seen.errnum != 0);
	close(mine);
	ATF_CHECK_EQ(pfkey_client_read(client, 2), PFKEY_E_RECV);
	pfkey_client_free(client);
}

ATF_TC_WITHOUT_HEAD(end_of_file);
ATF_TC_BODY(end_of_file, tc)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	client = pfkey_client_new(sv[0], NULL, 0, NULL, NULL);
	ATF_REQUIRE(client != NULL);
	close(sv[1]);
	ATF_CHECK_EQ(pfkey_client_read(client, 1), PFKEY_E_CLOSED);
	pfkey_client_free(client);
	pfkey_client_free(NULL);
	close(sv[0]);
}

static void
free_within(void *arg, const struct pfkey_reply *r)
{
	struct pfkey_msg	 a = get_request(9);

	seen.replies++;
	seen.error = r->error;
	pfkey_client_free(client);
	ATF_CHECK_EQ(pfkey_request(client, &a, free_within, arg, NEVER),
	    PFKEY_E_CANCELLED);
}

ATF_TC_WITHOUT_HEAD(freed_by_a_callback);
ATF_TC_BODY(freed_by_a_callback, tc)
{
	struct pfkey_msg	 a = get_request(1), b = get_request(2), k;

	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, free_within, NULL, 10),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(client, &b, free_within, NULL, 10),
	    PFKEY_OK);
	pfkey_client_write(client, 1);
	ATF_REQUIRE(kernel_recv(&k));
	kernel_send(&k);
	kernel_send(&k);
	ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
	ATF_CHECK_EQ(seen.replies, 2);
	ATF_CHECK_EQ(seen.error, PFKEY_E_CANCELLED);
	close(mine);
	close(kernel);
	start("linux");
	a.seq = 0;
	ATF_REQUIRE_EQ(pfkey_request(client, &a, free_within, NULL, 10),
	    PFKEY_OK);
	pfkey_client_expire(client, 10);
	ATF_CHECK_EQ(seen.error, PFKEY_E_TIMEOUT);
	close(mine);
	close(kernel);
}

static void
ask_again(void *arg, const struct pfkey_reply *r)
{
	struct pfkey_msg	 a = get_request(7);

	seen.replies++;
	if (r->error == PFKEY_OK)
		ATF_CHECK_EQ(pfkey_request(client, &a, ask_again, arg, 50),
		    PFKEY_OK);
}

ATF_TC_WITHOUT_HEAD(request_from_a_callback);
ATF_TC_BODY(request_from_a_callback, tc)
{
	struct pfkey_msg	 a = get_request(1), k;
	int			 i;

	start("linux");
	ATF_REQUIRE_EQ(pfkey_request(client, &a, ask_again, NULL, 50),
	    PFKEY_OK);
	for (i = 0; i < 10; i++) {
		pfkey_client_write(client, 1);
		ATF_REQUIRE(kernel_recv(&k));
		kernel_send(&k);
		ATF_REQUIRE_EQ(pfkey_client_read(client, 2), PFKEY_OK);
		ATF_CHECK_EQ(seen.replies, (unsigned int)i + 1);
	}
	pfkey_client_expire(client, 50);
	ATF_CHECK_EQ(seen.replies, 11);
	stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answered_out_of_order);
	ATF_TP_ADD_TC(tp, others_are_not_ours);
	ATF_TP_ADD_TC(tp, kernel_errors);
	ATF_TP_ADD_TC(tp, lost_answers);
	ATF_TP_ADD_TC(tp, cancelled);
	ATF_TP_ADD_TC(tp, given_sequence_number);
	ATF_TP_ADD_TC(tp, migrate_by_content);
	ATF_TP_ADD_TC(tp, migrate_twice);
	ATF_TP_ADD_TC(tp, dump_counting_up);
	ATF_TP_ADD_TC(tp, dump_counting_down);
	ATF_TP_ADD_TC(tp, dump_partial);
	ATF_TP_ADD_TC(tp, dump_empty_or_refused);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, full_queue);
	ATF_TP_ADD_TC(tp, socket_gone);
	ATF_TP_ADD_TC(tp, end_of_file);
	ATF_TP_ADD_TC(tp, freed_by_a_callback);
	ATF_TP_ADD_TC(tp, request_from_a_callback);
	return (atf_no_error());
}
