/*
 * libpfkey's client when memory and socket buffers run out.  Its source is
 * compiled here with calls that fail on demand.
 */
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/no_memory.h"

static int	 fail_send, fail_recv;	/* errno, 0: none */

static ssize_t	 t_send(int, const void *, size_t, int);
static ssize_t	 t_recvmsg(int, struct msghdr *, int);

#define malloc	t_malloc
#define calloc	t_calloc
#define realloc	t_realloc
#define send	t_send
#define recvmsg	t_recvmsg
#include "libpfkey/client.c"
#undef malloc
#undef calloc
#undef realloc
#undef send
#undef recvmsg

static ssize_t
t_send(int fd, const void *p, size_t n, int flags)
{
	if (fail_send != 0) {
		errno = fail_send;
		return (-1);
	}
	return (send(fd, p, n, flags));
}

static ssize_t
t_recvmsg(int fd, struct msghdr *m, int flags)
{
	if (fail_recv != 0) {
		errno = fail_recv;
		fail_recv = 0;
		return (-1);
	}
	return (recvmsg(fd, m, flags));
}

static unsigned int	 replies, overflows;
static enum pfkey_error	 last;
static size_t		 nsas;

static void
on_reply(void *arg, const struct pfkey_reply *r)
{
	(void)arg;
	replies++;
	last = r->error;
	nsas = r->nsas;
}

static void
on_overflow(void *arg)
{
	(void)arg;
	overflows++;
}

static const struct pfkey_handlers	 handlers = { NULL, on_overflow,
    NULL };
static int				 sv[2];

static struct pfkey_client *
start(void)
{
	struct pfkey_client	*c;

	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	c = pfkey_client_new(sv[0], pfkey_dialect("linux"), 1, &handlers,
	    NULL);
	ATF_REQUIRE(c != NULL);
	return (c);
}

static struct pfkey_msg
request(void)
{
	struct pfkey_msg	 m;

	pfkey_msg_init(&m, PFKEY_DUMP);
	m.satype = PFKEY_ESP;
	return (m);
}

/* A part of a dump, as the kernel sends it. */
static void
part(uint32_t seq)
{
	struct pfkey_msg	 m = request();
	uint8_t			 buf[PFKEY_MSG_ROOM];
	size_t			 len;

	m.src.a.family = m.dst.a.family = AF_INET6;
	m.present = BIT(PFKEY_X_SA) | BIT(PFKEY_X_SRC) | BIT(PFKEY_X_DST);
	m.seq = seq;
	m.pid = 1;
	ATF_REQUIRE_EQ(pfkey_build(pfkey_dialect("linux"), &m, buf,
	    sizeof(buf), &len), PFKEY_OK);
	ATF_REQUIRE_EQ(send(sv[1], buf, len, 0), (ssize_t)len);
}

ATF_TC_WITHOUT_HEAD(no_memory_for_a_request);
ATF_TC_BODY(no_memory_for_a_request, tc)
{
	struct pfkey_client	*c = start();
	struct pfkey_migrate	 g;
	struct pfkey_msg	 m;
	int			 i;

	fail_alloc = 0;
	ATF_CHECK(pfkey_client_new(0, NULL, 0, NULL, NULL) == NULL);
	memset(&g, 0, sizeof(g));
	g.sel.src.family = g.sel.dst.family = AF_INET6;
	g.dir = PFKEY_IN;
	g.npairs = 1;
	g.from[0].proto = 50;
	g.from[0].mode = PFKEY_TUNNEL;
	g.from[0].src.family = g.from[0].dst.family = AF_INET6;
	g.from[0].src.bytes[15] = g.from[0].dst.bytes[15] = 1;
	g.to[0] = g.from[0];
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(pfkey_from_migrate(&m, &g), PFKEY_OK);
		fail_alloc = i;
		ATF_CHECK_EQ(pfkey_request(c, &m, on_reply, NULL, 1),
		    i < 3 ? PFKEY_E_NOMEM : PFKEY_OK);
	}
	fail_alloc = -1;
	ATF_CHECK_EQ(replies, 0);
	pfkey_client_free(c);
	ATF_CHECK_EQ(replies, 1);
}

ATF_TC_WITHOUT_HEAD(no_memory_for_a_dump);
ATF_TC_BODY(no_memory_for_a_dump, tc)
{
	struct pfkey_client	*c = start();
	struct pfkey_msg	 m = request();
	uint32_t		 i;

	ATF_REQUIRE_EQ(pfkey_request(c, &m, on_reply, NULL, UINT64_MAX),
	    PFKEY_OK);
	pfkey_client_write(c, 1);
	fail_alloc = 1;
	for (i = 1; i < 30; i++) {
		part(i);
		ATF_REQUIRE_EQ(pfkey_client_read(c, 1), PFKEY_OK);
	}
	fail_alloc = -1;
	part(0);
	ATF_REQUIRE_EQ(pfkey_client_read(c, 1), PFKEY_OK);
	ATF_CHECK_EQ(replies, 1);
	ATF_CHECK_EQ(last, PFKEY_E_NOMEM);
	ATF_CHECK_EQ(nsas, 16);
	pfkey_client_free(c);
}

ATF_TC_WITHOUT_HEAD(overflow_on_receive);
ATF_TC_BODY(overflow_on_receive, tc)
{
	struct pfkey_client	*c = start();
	struct pfkey_msg	 m = request();

	fail_recv = ENOBUFS;
	ATF_REQUIRE_EQ(pfkey_client_read(c, 1), PFKEY_OK);
	ATF_CHECK_EQ(overflows, 1);
	/* During a dump it means that parts may be missing. */
	ATF_REQUIRE_EQ(pfkey_request(c, &m, on_reply, NULL, UINT64_MAX),
	    PFKEY_OK);
	pfkey_client_write(c, 1);
	part(1);
	part(0);
	fail_recv = ENOBUFS;
	ATF_REQUIRE_EQ(pfkey_client_read(c, 1), PFKEY_OK);
	ATF_CHECK_EQ(overflows, 2);
	ATF_CHECK_EQ(replies, 1);
	ATF_CHECK_EQ(last, PFKEY_E_GAP);
	ATF_CHECK_EQ(nsas, 2);
	fail_recv = EINTR;
	ATF_CHECK_EQ(pfkey_client_read(c, 1), PFKEY_OK);
	fail_recv = EIO;
	ATF_CHECK_EQ(pfkey_client_read(c, 1), PFKEY_E_RECV);
	pfkey_client_free(c);
}

ATF_TC_WITHOUT_HEAD(overflow_on_send);
ATF_TC_BODY(overflow_on_send, tc)
{
	struct pfkey_client	*c = start();
	struct pfkey_msg	 m = request();
	uint8_t			 buf[PFKEY_MSG_ROOM];

	ATF_REQUIRE_EQ(pfkey_request(c, &m, on_reply, NULL, UINT64_MAX),
	    PFKEY_OK);
	fail_send = ENOBUFS;
	pfkey_client_write(c, 1000);
	ATF_CHECK_EQ(replies, 0);
	/* The socket stays writable all the time: the clock decides. */
	ATF_CHECK(!pfkey_client_wants_write(c));
	ATF_CHECK_EQ(pfkey_client_next(c), 1000 + RETRY_NS);
	fail_send = 0;
	pfkey_client_write(c, 2000);
	ATF_CHECK_EQ(recv(sv[1], buf, sizeof(buf), MSG_DONTWAIT), -1);
	pfkey_client_expire(c, 1000 + RETRY_NS);
	ATF_CHECK_EQ(recv(sv[1], buf, sizeof(buf), MSG_DONTWAIT), 16);
	ATF_CHECK_EQ(pfkey_client_next(c), UINT64_MAX);
	pfkey_client_free(c);
	ATF_CHECK_EQ(last, PFKEY_E_CANCELLED);
}

/* What is freed has no key in it; looked at just before. */
ATF_TC_WITHOUT_HEAD(sent_keys_are_wiped);
ATF_TC_BODY(sent_keys_are_wiped, tc)
{
	static const uint8_t	 key[16] = "0123456789abcdef";
	struct pfkey_client	*c = start();
	struct pfkey_msg	 m;
	struct pfkey_sa		 sa;
	size_t			 i;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_AH;
	sa.auth = PFKEY_A_MD5;
	sa.src.family = sa.dst.family = AF_INET6;
	sa.key_auth.p = key;
	sa.key_auth.bits = 128;
	ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
	ATF_REQUIRE_EQ(pfkey_request(c, &m, on_reply, NULL, UINT64_MAX),
	    PFKEY_OK);
	for (i = 0; i + sizeof(key) <= sizeof(c->out); i++)
		ATF_REQUIRE(memcmp(c->out + i, key, sizeof(key)) != 0);
	pfkey_client_write(c, 1);
	ATF_CHECK(TAILQ_FIRST(&c->pending)->bytes == NULL);
	/* The kernel's answer, which may repeat the key. */
	m.seq = 0;
	m.pid = 2;
	ATF_REQUIRE_EQ(pfkey_build(c->d, &m, c->out, sizeof(c->out), &i),
	    PFKEY_OK);
	ATF_REQUIRE_EQ(send(sv[1], c->out, i, 0), (ssize_t)i);
	ATF_REQUIRE_EQ(pfkey_client_read(c, 1), PFKEY_OK);
	for (i = 0; i + sizeof(key) <= sizeof(c->in); i++)
		ATF_REQUIRE(memcmp(c->in + i, key, sizeof(key)) != 0);
	pfkey_client_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_memory_for_a_request);
	ATF_TP_ADD_TC(tp, no_memory_for_a_dump);
	ATF_TP_ADD_TC(tp, overflow_on_receive);
	ATF_TP_ADD_TC(tp, overflow_on_send);
	ATF_TP_ADD_TC(tp, sent_keys_are_wiped);
	return (atf_no_error());
}
