/*
 * core/ipc: frames and descriptors over a pipe between processes.  What
 * happens when the pipe is full, when memory or descriptors run out, when the
 * other end dies with words in the pipe, and when it is hostile.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int	 fail_recv;	/* errno, 0: none */

static ssize_t	 t_recvmsg(int, struct msghdr *, int);

#define recvmsg	t_recvmsg
#include "core/ipc.c"
#undef recvmsg

/* A kernel of a BSD refuses what it has no room to deliver. */
static ssize_t
t_recvmsg(int fd, struct msghdr *mh, int flags)
{
	if (fail_recv != 0) {
		errno = fail_recv;
		return (-1);
	}
	return (recvmsg(fd, mh, flags));
}

#define ROWS_LEN	256	/* of a report that has its number */

struct end {
	struct ipc	*ipc;
	unsigned int	 got, fds;
	enum msg_type	 last;
	uint32_t	 id;
	uint32_t	 events;
	enum ipc_fault	 fault;
	char		 reason[64];
	bool		 answers;	/* a QUERY by a REPORT */
};

static struct event_base	*base;

static void
answer(struct ipc *ipc, const struct msg_query *q)
{
	static uint8_t		 rows[16000];
	struct msg_report	 r = { q->conn, { rows, sizeof(rows) } };

	ipc_send(ipc, MSG_REPORT, &r);
}

static void
on_msg(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m, int fd)
{
	struct end	*e = arg;
	struct stat	 st;

	e->got++;
	e->last = t;
	if (t == MSG_RESULT) {
		ATF_CHECK_EQ(m->u_RESULT.id, e->id);
		e->id++;
	}
	if (t == MSG_REPORT && m->u_REPORT.rows.len == ROWS_LEN) {
		ATF_REQUIRE_EQ(m->u_REPORT.conn, e->id);
		e->id++;
	}
	if (t == MSG_EVENT)
		e->events++;
	if (t == MSG_QUERY && e->answers)
		answer(ipc, &m->u_QUERY);
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
	e->fault = ipc->fault;
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

/*
 * Until at least so many have come, or nothing moves any more, not even a pipe
 * that waits a moment before it tries again.
 */
static void
spin_until(const unsigned int *have, unsigned int want)
{
	unsigned int	 last, idle = 0;

	while (*have < want && idle < 100) {
		last = *have;
		event_base_loop(base, EVLOOP_NONBLOCK);
		idle = *have == last ? idle + 1 : 0;
		if (idle > 50)
			usleep(1000);
	}
}

#define MANY_FDS	1500

static void
more_descriptors(void)
{
	struct rlimit	 rl;

	ATF_REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur < 2 * MANY_FDS)
		atf_tc_skip("no more than %lu descriptors",
		    (unsigned long)rl.rlim_cur);
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
		ipc_send(p.ipc, MSG_RESULT, &m);
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
	more_descriptors();
	for (i = 0; i < MANY_FDS; i++) {
		ipc_send_fd(p.ipc, MSG_FD, &m, open("/dev/null", O_RDONLY));
		ipc_send(p.ipc, MSG_VERBOSE, &v);
	}
	spin_until(&c.fds, MANY_FDS);
	spin();
	ATF_CHECK_EQ(c.got, 2 * MANY_FDS);
	ATF_CHECK_EQ(c.fds, MANY_FDS);
	ATF_CHECK_EQ(p.ipc->out_fds.n, 0);
	teardown(&p, &c);
}

static unsigned int
open_fds(void)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < 1024; i++)
		n += fcntl((int)i, F_GETFD) != -1;
	return (n);
}

/* Whoever has no room for a descriptor says so, instead of losing it. */
ATF_TC_WITHOUT_HEAD(no_room_for_a_descriptor);
ATF_TC_BODY(no_room_for_a_descriptor, tc)
{
	struct end	 p, c;
	struct msg_fd	 m;
	struct rlimit	 rl, old;
	int		 fd, top;

	setup(&p, ROLE_PARENT, &c, ROLE_NET, NULL);
	memset(&m, 0, sizeof(m));
	ATF_REQUIRE_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	rl = old;
	fd = open("/dev/null", O_RDONLY);
	ipc_send_fd(p.ipc, MSG_FD, &m, fd);
	ATF_REQUIRE_EQ(ipc_flush(p.ipc), 0);
	/* The place that it leaves is taken again. */
	ATF_REQUIRE((top = open("/dev/null", O_RDONLY)) != -1);
	rl.rlim_cur = (rlim_t)top + 1;
	ATF_REQUIRE_EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
	while (open("/dev/null", O_RDONLY) != -1)
		continue;
	spin();
	setrlimit(RLIMIT_NOFILE, &old);
	ATF_CHECK_STREQ(c.reason, "out of descriptors");
	ATF_CHECK_EQ(c.fault, IPC_OURS);
	ATF_CHECK_EQ(c.got, 0);
	teardown(&p, &c);
}

/* The same on a kernel that delivers nothing rather than a part. */
ATF_TC_WITHOUT_HEAD(descriptor_refused);
ATF_TC_BODY(descriptor_refused, tc)
{
	struct end	 p, c;
	struct msg_fd	 m;

	setup(&p, ROLE_PARENT, &c, ROLE_NET, NULL);
	memset(&m, 0, sizeof(m));
	ipc_send_fd(p.ipc, MSG_FD, &m, open("/dev/null", O_RDONLY));
	fail_recv = EMSGSIZE;
	spin();
	ATF_CHECK_STREQ(c.reason, "out of descriptors");
	ATF_CHECK_EQ(c.fault, IPC_OURS);
	ATF_CHECK_EQ(c.got, 0);
	teardown(&p, &c);
}

/* As many as the system lets it send at once: none of them stays open. */
ATF_TC_WITHOUT_HEAD(many_descriptors_from_a_child);
ATF_TC_BODY(many_descriptors_from_a_child, tc)
{
	union {
		struct cmsghdr	 hdr;
		char		 buf[CMSG_SPACE(sizeof(int) * 200)];
	}		 c;
	uint8_t		 frame[8] = { 0, 0, 0, 8, 0, MSG_RESYNC, 1, 0 };
	struct iovec	 iov = { frame, sizeof(frame) };
	struct msghdr	 mh;
	struct cmsghdr	*cm;
	struct end	 p;
	unsigned int	 before;
	int		 i, raw = -1;

	setup(&p, ROLE_PARENT, NULL, ROLE_HA, &raw);
	memset(&mh, 0, sizeof(mh));
	memset(&c, 0, sizeof(c));
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = c.buf;
	mh.msg_controllen = sizeof(c.buf);
	cm = CMSG_FIRSTHDR(&mh);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int) * 200);
	for (i = 0; i < 200; i++)
		memcpy(CMSG_DATA(cm) + (size_t)i * sizeof(int), &raw,
		    sizeof(raw));
	before = open_fds();
	ATF_REQUIRE_EQ(sendmsg(raw, &mh, 0), (ssize_t)sizeof(frame));
	spin();
	ATF_CHECK_STREQ(p.reason, "descriptor from a child");
	ATF_CHECK_EQ(p.fault, IPC_THEIRS);
	/* One less: its end of the pipe. */
	ATF_CHECK_EQ(open_fds(), before - 1);
	close(raw);
	teardown(&p, NULL);
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

#define REPORTS		65000	/* of 270 bytes: more than 16 MB */

static void
send_report(struct ipc *ipc, uint32_t number)
{
	static uint8_t		 rows[ROWS_LEN];
	struct msg_report	 r = { number, { rows, sizeof(rows) } };

	ipc_send(ipc, MSG_REPORT, &r);
}

/* Nobody reads: what may be dropped is, and counted; all else arrives. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	struct end	 p, c;
	struct msg_event m;
	unsigned int	 i, refused = 0;

	setup(&p, ROLE_CONTROL, &c, ROLE_HA, NULL);
	memset(&m, 0, sizeof(m));
	memset(m.text, 'x', 500);
	for (i = 0; i < REPORTS; i++) {
		send_report(c.ipc, i);
		if (!ipc_try(c.ipc, MSG_EVENT, &m))
			refused++;
	}
	ATF_CHECK(ipc_congested(c.ipc));
	ATF_CHECK(ipc_queued(c.ipc) > 16 * 1024 * 1024);
	ATF_CHECK(refused > REPORTS / 2 && refused < REPORTS);
	ATF_CHECK_EQ(c.ipc->stats.dropped, refused);
	ATF_CHECK_EQ(c.ipc->stats.congested, 1);
	spin_until(&p.id, REPORTS);
	spin();
	ATF_CHECK_EQ(p.id, REPORTS);
	ATF_CHECK_EQ(p.events, REPORTS - refused);
	ATF_CHECK(!ipc_congested(c.ipc));
	ATF_CHECK_EQ(ipc_queued(c.ipc), 0);
	/* What it took is given back. */
	ATF_CHECK(c.ipc->out_cap <= IPC_HIGH_WATER);
	ATF_CHECK(ipc_try(c.ipc, MSG_EVENT, &m));
	teardown(&p, &c);
}

/* What may be dropped alone costs a bounded amount. */
ATF_TC_WITHOUT_HEAD(flood);
ATF_TC_BODY(flood, tc)
{
	struct end	 p;
	struct msg_log	 m;
	unsigned int	 i;
	int		 raw = -1;

	setup(&p, ROLE_HA, NULL, ROLE_PARENT, &raw);
	memset(&m, 0, sizeof(m));
	memset(m.text, 'x', 500);
	for (i = 0; i < 60000; i++)
		ipc_send(p.ipc, MSG_LOG, &m);
	ATF_CHECK(p.ipc->stats.dropped > 0);
	ATF_CHECK(p.ipc->out_cap <= 2 * IPC_LIMIT);
	close(raw);
	teardown(&p, NULL);
}

static unsigned int	 allocations;	/* that still succeed */

static void *
failing_realloc(void *p, size_t n)
{
	if (allocations == 0)
		return (NULL);
	allocations--;
	return (realloc(p, n));
}

/*
 * Memory fails at each of the allocations in turn: the pipe breaks, and never
 * is there a hole in what has come.
 */
ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	struct end	 p, c;
	unsigned int	 i, n, broken = 0;

	for (n = 0; n < 12; n++) {
		setup(&p, ROLE_CONTROL, &c, ROLE_HA, NULL);
		allocations = n;
		ipc_realloc = failing_realloc;
		for (i = 0; i < 5000; i++)
			send_report(c.ipc, i);
		ATF_CHECK(c.ipc != NULL);	/* never within a send */
		if (c.ipc->broken != NULL)
			broken++;
		spin_until(&p.id, 5000);
		spin();
		ipc_realloc = realloc;
		if (p.id < 5000) {
			ATF_CHECK(p.reason[0] != '\0');
			ATF_CHECK(c.reason[0] != '\0');
			ATF_CHECK(p.fault == IPC_OURS || c.fault == IPC_OURS);
		}
		teardown(&p, &c);
	}
	ATF_CHECK(broken > 3 && broken < 12);
}

/* For what may be dropped the pipe does not break. */
ATF_TC_WITHOUT_HEAD(memory_for_an_event);
ATF_TC_BODY(memory_for_an_event, tc)
{
	struct end	 p, c;
	struct msg_event m;

	setup(&p, ROLE_CONTROL, &c, ROLE_HA, NULL);
	memset(&m, 0, sizeof(m));
	allocations = 0;
	ipc_realloc = failing_realloc;
	ATF_CHECK(!ipc_try(c.ipc, MSG_EVENT, &m));
	ipc_realloc = realloc;
	ATF_CHECK_EQ(c.ipc->stats.dropped, 1);
	spin();
	ATF_REQUIRE(c.ipc != NULL);
	ATF_CHECK(ipc_try(c.ipc, MSG_EVENT, &m));
	spin();
	ATF_CHECK_EQ(p.events, 1);
	teardown(&p, &c);
}

/* A descriptor that waits when the pipe breaks is closed. */
ATF_TC_WITHOUT_HEAD(memory_for_a_descriptor);
ATF_TC_BODY(memory_for_a_descriptor, tc)
{
	struct end	 p, c;
	struct msg_fd	 m;
	unsigned int	 n, before;

	for (n = 0; n < 3; n++) {
		setup(&p, ROLE_PARENT, &c, ROLE_NET, NULL);
		memset(&m, 0, sizeof(m));
		before = open_fds();
		allocations = n;
		ipc_realloc = failing_realloc;
		ipc_send_fd(p.ipc, MSG_FD, &m, open("/dev/null", O_RDONLY));
		spin();
		ipc_realloc = realloc;
		ATF_CHECK(p.reason[0] != '\0' || c.reason[0] != '\0');
		ATF_CHECK(open_fds() <= before);
		teardown(&p, &c);
	}
}

/*
 * A child that asks and does not read: who is asked stops to listen, keeps a
 * bounded amount, and goes on when the child reads.
 */
static void
unread(enum role asked)
{
	struct msg_query	 q;
	struct end		 p;
	struct ipc		*ask;
	uint8_t			 scrap[65536];
	struct event_base	*other = event_base_new();
	struct end		 c;
	int			 raw = -1, i;
	size_t			 got = 0, most = 0;
	ssize_t			 n;

	setup(&p, asked, NULL, ROLE_CONTROL, &raw);
	p.answers = true;
	memset(&c, 0, sizeof(c));
	memset(&q, 0, sizeof(q));
	/* Only its writing is driven. */
	ask = ipc_new(other, raw, ROLE_CONTROL, asked, on_msg, on_dead, &c);
	ATF_REQUIRE(ask != NULL);
	for (i = 0; i < 20000; i++)
		ipc_send(ask, MSG_QUERY, &q);
	for (i = 0; i < 2000; i++) {
		ipc_flush(ask);
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (p.ipc != NULL && ipc_queued(p.ipc) > most)
			most = ipc_queued(p.ipc);
	}
	ATF_REQUIRE(p.ipc != NULL);
	ATF_CHECK(p.ipc->holding);
	ATF_CHECK(p.ipc->stats.held > 0);
	/* A child takes so many, the parent as long as there is room. */
	ATF_CHECK(most < IPC_HOLD + 32768);
	ATF_CHECK(most > (asked == ROLE_PARENT ? (size_t)IPC_HOLD :
	    (size_t)QUERIES_MAX / 2 * 16000));
	ATF_CHECK(p.got < 20000);
	for (i = 0; p.got < 20000 || ipc_queued(p.ipc) > 0; i++) {
		ATF_REQUIRE_MSG(i < 1000000, "%u of 20000", p.got);
		ipc_flush(ask);
		event_base_loop(base, EVLOOP_NONBLOCK);
		while ((n = read(raw, scrap, sizeof(scrap))) > 0)
			got += (size_t)n;
	}
	while ((n = read(raw, scrap, sizeof(scrap))) > 0)
		got += (size_t)n;
	ATF_CHECK(got > (size_t)20000 * 16000);
	ipc_close(ask);
	teardown(&p, NULL);
	event_base_free(other);
}

ATF_TC_WITHOUT_HEAD(unread_answers);
ATF_TC_BODY(unread_answers, tc)
{
	unread(ROLE_PARENT);
	unread(ROLE_HA);
}

/* Of many questions some are taken, and then others have their turn. */
ATF_TC_WITHOUT_HEAD(many_questions);
ATF_TC_BODY(many_questions, tc)
{
	struct msg_query	 q;
	struct end		 a, c;
	unsigned int		 before, i;

	setup(&a, ROLE_HA, &c, ROLE_CONTROL, NULL);
	memset(&q, 0, sizeof(q));
	for (i = 0; i < 10 * QUERIES_MAX; i++)
		ipc_send(c.ipc, MSG_QUERY, &q);
	ATF_REQUIRE_EQ(ipc_flush(c.ipc), 0);
	for (i = 0; i < 1000 && a.got < 10 * QUERIES_MAX; i++) {
		before = a.got;
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		ATF_CHECK_MSG(a.got - before <= 2 * QUERIES_MAX,
		    "%u at once", a.got - before);
	}
	ATF_CHECK_EQ(a.got, 10 * QUERIES_MAX);
	teardown(&a, &c);
}

/* Its end closes while the parent does not listen: that is noticed. */
ATF_TC_WITHOUT_HEAD(death_unheard);
ATF_TC_BODY(death_unheard, tc)
{
	struct msg_report	 r;
	static uint8_t		 rows[60000];
	struct end		 p;
	int			 raw = -1, i;

	setup(&p, ROLE_PARENT, NULL, ROLE_CONTROL, &raw);
	memset(&r, 0, sizeof(r));
	r.rows.p = rows;
	r.rows.len = sizeof(rows);
	for (i = 0; i < 400; i++)
		ipc_send(p.ipc, MSG_REPORT, &r);
	ATF_REQUIRE(write(raw, "", 1) == 1);
	spin();
	ATF_REQUIRE(p.ipc->holding);
	close(raw);
	spin();
	ATF_CHECK_STREQ(p.reason, "closed");
	ATF_CHECK_EQ(p.fault, IPC_CLOSED);
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
	ATF_TP_ADD_TC(tp, no_room_for_a_descriptor);
	ATF_TP_ADD_TC(tp, descriptor_refused);
	ATF_TP_ADD_TC(tp, many_descriptors_from_a_child);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, flood);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, memory_for_an_event);
	ATF_TP_ADD_TC(tp, memory_for_a_descriptor);
	ATF_TP_ADD_TC(tp, unread_answers);
	ATF_TP_ADD_TC(tp, many_questions);
	ATF_TP_ADD_TC(tp, death_unheard);
	ATF_TP_ADD_TC(tp, last_words);
	return (atf_no_error());
}
