/* core/ipc: frames, descriptors, back-pressure, hostile ends. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ipc.h"

struct end {
	struct ipc	*ipc;
	unsigned int	 got, fds;
	enum msg_type	 last;
	uint32_t	 id;
	char		 reason[64];
};

static struct event_base	*base;

static void
on_msg(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m, int fd)
{
	struct end	*e = arg;
	struct stat	 st;

	(void)ipc;
	e->got++;
	e->last = t;
	if (t == MSG_RESULT) {
		ATF_CHECK_EQ(m->u_RESULT.id, e->id);
		e->id++;
	}
	if (fd != -1) {
		ATF_CHECK_EQ(fstat(fd, &st), 0);
		e->fds++;
		close(fd);
	}
}

static void
on_dead(void *arg, struct ipc *ipc, const char *reason)
{
	struct end	*e = arg;

	strncpy(e->reason, reason, sizeof(e->reason) - 1);
	ipc_close(ipc);
	e->ipc = NULL;
}

static void
spin(void)
{
	int	 i;

	for (i = 0; i < 50; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
setup(struct end *a, enum role ra, struct end *b, enum role rb, int *raw)
{
	int	 sv[2];

	memset(a, 0, sizeof(*a));
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	base = event_base_new();
	a->ipc = ipc_new(base, sv[0], ra, rb, on_msg, on_dead, a);
	ATF_REQUIRE(a->ipc != NULL);
	if (b != NULL) {
		memset(b, 0, sizeof(*b));
		b->ipc = ipc_new(base, sv[1], rb, ra, on_msg, on_dead, b);
	} else
		*raw = sv[1];
}

static void
teardown(struct end *a, struct end *b)
{
	ipc_close(a->ipc);
	if (b != NULL)
		ipc_close(b->ipc);
	event_base_free(base);
}

ATF_TC_WITHOUT_HEAD(batch_keeps_order);
ATF_TC_BODY(batch_keeps_order, tc)
{
	struct end		 p, c;
	struct msg_result	 m = { 0, 0 };

	setup(&p, ROLE_PARENT, &c, ROLE_HA, NULL);
	for (m.id = 0; m.id < 20000; m.id++)
		ATF_REQUIRE(ipc_send(p.ipc, MSG_RESULT, &m));
	spin();
	ATF_CHECK_EQ(c.got, 20000);
	ATF_CHECK_EQ(c.ipc->stats.received, 20000);
	teardown(&p, &c);
}

ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	struct end		 p, c;
	struct msg_fd		 m;
	struct msg_verbose	 v = { true };
	int			 i;

	setup(&p, ROLE_PARENT, &c, ROLE_NET, NULL);
	memset(&m, 0, sizeof(m));
	m.kind = FD_TUN;
	for (i = 0; i < 40; i++) {
		ATF_REQUIRE(ipc_send_fd(p.ipc, MSG_FD, &m,
		    open("/dev/null", O_RDONLY)));
		ATF_REQUIRE(ipc_send(p.ipc, MSG_VERBOSE, &v));
	}
	spin();
	ATF_CHECK_EQ(c.got, 80);
	ATF_CHECK_EQ(c.fds, 40);
	teardown(&p, &c);
}

ATF_TC_WITHOUT_HEAD(descriptor_from_a_child_is_fatal);
ATF_TC_BODY(descriptor_from_a_child_is_fatal, tc)
{
	struct end	 p, c;
	struct msg_fd	 m;

	setup(&p, ROLE_PARENT, &c, ROLE_NET, NULL);
	memset(&m, 0, sizeof(m));
	ipc_send_fd(c.ipc, MSG_FD, &m, open("/dev/null", O_RDONLY));
	spin();
	ATF_CHECK_STREQ(p.reason, "descriptor from a child");
	ATF_CHECK_STREQ(c.reason, "closed");
	teardown(&p, &c);
}

ATF_TC_WITHOUT_HEAD(not_its_to_send);
ATF_TC_BODY(not_its_to_send, tc)
{
	struct end		 p, c;
	struct msg_home_route	 m;

	setup(&p, ROLE_PARENT, &c, ROLE_MN, NULL);
	memset(&m, 0, sizeof(m));
	ipc_send(c.ipc, MSG_HOME_ROUTE, &m);
	spin();
	ATF_CHECK_STREQ(p.reason, "message not allowed for its role");
	teardown(&p, &c);
}

/* Frames of every type, empty, random and with every length from 0 on. */
ATF_TC_WITHOUT_HEAD(hostile_frames);
ATF_TC_BODY(hostile_frames, tc)
{
	struct end	 p;
	unsigned int	 t, round;
	uint8_t		 buf[600];
	size_t		 i, len;
	int		 raw = -1;

	for (t = 0; t <= MSG_MAX; t++)
		for (round = 0; round < 40; round++) {
			setup(&p, ROLE_PARENT, NULL, ROLE_HA, &raw);
			len = 8 + (size_t)(random() % 500);
			for (i = 0; i < sizeof(buf); i++)
				buf[i] = (uint8_t)(round < 8 ? 0 : random());
			memset(buf, 0, 8);
			buf[2] = (uint8_t)(len >> 8);
			buf[3] = (uint8_t)len;
			buf[4] = (uint8_t)(t >> 8);
			buf[5] = (uint8_t)t;
			buf[6] = round % 3 == 0;
			ATF_REQUIRE(write(raw, buf, len) == (ssize_t)len);
			close(raw);
			spin();
			ATF_CHECK_MSG(p.reason[0] != '\0', "type %u", t);
			teardown(&p, NULL);
		}
}

ATF_TC_WITHOUT_HEAD(bad_header);
ATF_TC_BODY(bad_header, tc)
{
	static const uint8_t	 bad[][8] = {
		{ 0, 0, 0, 7, 0, 11, 0, 0 },	/* shorter than its header */
		{ 0xff, 0xff, 0xff, 0xff, 0, 11, 0, 0 },
		{ 0, 2, 0, 1, 0, 11, 0, 0 },	/* longer than the limit */
		{ 0, 0, 0, 8, 0, 11, 2, 0 },	/* unknown flag */
		{ 0, 0, 0, 8, 0, 11, 0, 1 },
	};
	struct end		 p;
	size_t			 i;
	int			 raw = -1;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setup(&p, ROLE_PARENT, NULL, ROLE_HA, &raw);
		ATF_REQUIRE(write(raw, bad[i], 8) == 8);
		spin();
		ATF_CHECK_STREQ(p.reason, "malformed frame header");
		close(raw);
		teardown(&p, NULL);
	}
}

ATF_TC_WITHOUT_HEAD(half_frames);
ATF_TC_BODY(half_frames, tc)
{
	static const uint8_t	 frame[] = { 0, 0, 0, 16, 0, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 5 };
	struct end		 p;
	uint8_t			 f[16];
	size_t			 i;
	int			 raw = -1;

	setup(&p, ROLE_HA, NULL, ROLE_PARENT, &raw);
	memcpy(f, frame, sizeof(f));
	f[5] = MSG_RESULT;
	for (i = 0; i < sizeof(f); i++) {
		ATF_CHECK_EQ(p.got, 0);
		ATF_REQUIRE(write(raw, f + i, 1) == 1);
		spin();
	}
	ATF_CHECK_EQ(p.got, 1);
	close(raw);
	teardown(&p, NULL);
}

/* A peer that never reads costs a bounded amount, and is counted. */
ATF_TC_WITHOUT_HEAD(back_pressure);
ATF_TC_BODY(back_pressure, tc)
{
	struct end	 p;
	struct msg_log	 m;
	unsigned int	 i, refused = 0;
	int		 raw = -1;

	setup(&p, ROLE_HA, NULL, ROLE_PARENT, &raw);
	memset(&m, 0, sizeof(m));
	memset(m.text, 'x', 500);
	for (i = 0; i < 60000; i++)
		if (!ipc_send(p.ipc, MSG_LOG, &m))
			refused++;
	spin();
	ATF_CHECK(ipc_congested(p.ipc));
	ATF_CHECK(refused > 0);
	ATF_CHECK_EQ(p.ipc->stats.dropped, refused);
	ATF_CHECK_EQ(p.ipc->stats.congested, 1);
	ATF_CHECK(p.ipc->out_cap <= 2 * IPC_LIMIT);
	close(raw);
	teardown(&p, NULL);
}

/* What the other end said before it died is still heard. */
ATF_TC_WITHOUT_HEAD(last_words);
ATF_TC_BODY(last_words, tc)
{
	struct end	 p, c;
	struct msg_log	 m;

	setup(&p, ROLE_PARENT, &c, ROLE_HA, NULL);
	memset(&m, 0, sizeof(m));
	ipc_send(c.ipc, MSG_LOG, &m);
	ATF_CHECK_EQ(ipc_flush(c.ipc), 0);
	ipc_close(c.ipc);
	c.ipc = NULL;
	spin();
	ATF_CHECK_EQ(p.got, 1);
	ATF_CHECK_EQ(p.last, MSG_LOG);
	ATF_CHECK_STREQ(p.reason, "closed");
	teardown(&p, &c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, batch_keeps_order);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, descriptor_from_a_child_is_fatal);
	ATF_TP_ADD_TC(tp, not_its_to_send);
	ATF_TP_ADD_TC(tp, hostile_frames);
	ATF_TP_ADD_TC(tp, bad_header);
	ATF_TP_ADD_TC(tp, half_frames);
	ATF_TP_ADD_TC(tp, back_pressure);
	ATF_TP_ADD_TC(tp, last_words);
	return (atf_no_error());
}
