/*
 * parent/pfkey: show spd and show sad, with a kernel and a control process
 * that are both played here.  Memory, messages and answers get lost.
 */
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "regress/unit/no_memory.h"
#include "regress/unit/pipe_lab.h"

static int		 fail_recv;		/* errno, once */
static int64_t		 later;			/* added to the time */

static ssize_t		 t_recvmsg(int, struct msghdr *, int);
static struct mono	 t_mono_now(void);

#define malloc	t_malloc
#define calloc	t_calloc
#define realloc	t_realloc
#define recvmsg	t_recvmsg
#define mono_now t_mono_now
#include "core/timer.c"
#include "libpfkey/client.c"
#include "parent/pfkey.c"
#undef malloc
#undef calloc
#undef realloc
#undef recvmsg
#undef mono_now
#include "kern/fake.c"

#define ROWS_MAX	4000

static struct parent		 p;
static struct ipc		*control;	/* the other end */
static int			 kernel = -1, mine = -1;
static const struct pfkey_dialect *dialect;
static const uint8_t		 key[] = "SECRETSECRETSECR";

/* What control was told. */
static struct told {
	unsigned int	 ends, rows, status, conn;
	uint64_t	 cursor;
	char		 text[MSG_TEXT_MAX];
	char		 table[64];
	bool		 spi[ROWS_MAX + 1], leaked, twice;
} told;

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

static struct mono
t_mono_now(void)
{
	return (mono_add(mono_now(), later));
}

static void
take_row(struct rbuf *row)
{
	struct report_field	 f;
	unsigned long		 v;

	told.rows++;
	while (report_next_field(row, &f)) {
		if (strcmp(f.name, "spi") != 0)
			continue;
		v = strtoul(f.v.str.p, NULL, 16);
		ATF_REQUIRE(v <= ROWS_MAX);
		told.twice |= told.spi[v];
		told.spi[v] = true;
	}
	ATF_CHECK(rbuf_done(row));
}

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	struct rbuf	 all, row;

	(void)arg;
	(void)ipc;
	ATF_CHECK_EQ(fd, -1);
	if (t == MSG_REPORT_END) {
		told.ends++;
		told.status = m->u_REPORT_END.status;
		told.conn = m->u_REPORT_END.conn;
		told.cursor = m->u_REPORT_END.cursor;
		snprintf(told.text, sizeof(told.text), "%s",
		    m->u_REPORT_END.text);
		return;
	}
	ATF_REQUIRE_EQ(t, MSG_REPORT);
	ATF_CHECK(m->u_REPORT.rows.len <= REPORT_MAX);
	told.leaked |= memmem(m->u_REPORT.rows.p, m->u_REPORT.rows.len, key,
	    4) != NULL;
	rbuf_init(&all, m->u_REPORT.rows.p, m->u_REPORT.rows.len);
	while (report_next_row(&all, &row, told.table, sizeof(told.table)))
		take_row(&row);
	ATF_CHECK(rbuf_done(&all));
}

static void
new_kernel(void)
{
	int	 sv[2];

	if (kernel != -1)
		close(kernel);
	if (mine != -1)
		close(mine);
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	mine = sv[0];
	kernel = sv[1];
	/* MSG_DONTWAIT is not for send(2) on NetBSD. */
	ATF_REQUIRE_EQ(fcntl(kernel, F_SETFL, O_NONBLOCK), 0);
	fake_pfkey(mine);
}

static void
setup(void)
{
	struct kern_events	 none = { .arg = NULL };
	int			 sv[2];

	fake_reset();
	memset(&p, 0, sizeof(p));
	memset(&told, 0, sizeof(told));
	fail_alloc = -1;
	later = 0;
	dialect = pfkey_dialect(NULL);
	p.base = event_base_new();
	ATF_REQUIRE_EQ(counters_init(&p.counters, parent_counters), 0);
	proc_init(&p, &parent_hooks);
	ATF_REQUIRE_EQ(kern_open(&p.kern, &none), 0);
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p.procs[ROLE_CONTROL].ipc = ipc_new(p.base, sv[0], ROLE_PARENT,
	    ROLE_CONTROL, verbs_from_child, on_dead, &p.procs[ROLE_CONTROL]);
	p.procs[ROLE_CONTROL].state = PROC_READY;
	control = ipc_new(p.base, sv[1], ROLE_CONTROL, ROLE_PARENT,
	    on_message, on_dead, NULL);
	ATF_REQUIRE(control != NULL && p.procs[ROLE_CONTROL].ipc != NULL);
	new_kernel();
}

static void
end(void)
{
	ipsec_close(&p);
	ATF_CHECK(p.ipsec == NULL);
	ipc_close(p.procs[ROLE_CONTROL].ipc);
	ipc_close(control);
}

/* Until nothing happens any more. */
static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

static bool		 restricted;

static void
ask(uint32_t conn, enum verb v, uint64_t cursor)
{
	struct msg_query	 q = { .conn = conn,
				    .restricted = restricted };

	q.verb = (uint16_t)v;
	q.cursor = cursor;
	ipc_send(control, MSG_QUERY, &q);
	run();
}

/* What the kernel is asked; false: nothing. */
static bool
kernel_hears(struct pfkey_msg *m)
{
	static uint8_t	 buf[65536];
	ssize_t		 n = recv(kernel, buf, sizeof(buf), MSG_DONTWAIT);

	if (n <= 0)
		return (false);
	ATF_REQUIRE_EQ(pfkey_parse(dialect, buf, (size_t)n, m, NULL),
	    PFKEY_OK);
	return (true);
}

static void
kernel_says(const struct pfkey_msg *m)
{
	uint8_t	 buf[PFKEY_MSG_ROOM];
	size_t	 len;
	int	 i;

	ATF_REQUIRE_EQ(pfkey_build(dialect, m, buf, sizeof(buf), &len),
	    PFKEY_OK);
	for (i = 0; i < 100; i++) {
		if (send(kernel, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		    (ssize_t)len)
			return;
		run();
	}
	atf_tc_fail("nobody reads what the kernel says");
}

/* The i-th of n parts: Linux counts up and ends in 0, the others down. */
static uint32_t
part(unsigned int i, unsigned int n)
{
	return (strcmp(pfkey_caps(dialect)->name, "linux") != 0 ? n - 1 - i :
	    i == n - 1 ? 0 : i + 1);
}

static struct pfkey_addr
addr(const char *s)
{
	struct pfkey_addr	 a = { .family = AF_INET6 };

	ATF_REQUIRE_EQ(inet_pton(AF_INET6, s, a.bytes), 1);
	return (a);
}

/* n associations, with their keys, as a kernel tells them; without some. */
static void
tell_sas(const struct pfkey_msg *asked, unsigned int n, int without)
{
	struct pfkey_msg	 m;
	struct pfkey_sa		 sa;
	unsigned int		 i;

	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.src = addr("2001:db8::1");
	sa.dst = addr("2001:db8::2");
	sa.mode = PFKEY_TUNNEL;
	sa.encrypt = PFKEY_C_AES_CBC;
	sa.auth = PFKEY_A_SHA1;
	sa.key_encrypt = (struct pfkey_key){ key, 128 };
	sa.key_auth = (struct pfkey_key){ key, 128 };
	for (i = 0; i < n; i++) {
		if ((int)i == without)
			continue;
		sa.spi = i + 1;
		ATF_REQUIRE_EQ(pfkey_from_sa(&m, PFKEY_ADD, &sa), PFKEY_OK);
		m.type = PFKEY_DUMP;
		m.seq = part(i, n);
		m.pid = asked->pid;
		kernel_says(&m);
	}
	run();
}

static void
tell_error(const struct pfkey_msg *asked, uint8_t errnum)
{
	struct pfkey_msg	 m = *asked;

	m.errnum = errnum;
	m.present = 0;
	kernel_says(&m);
	run();
}

/* Nothing is left open that nobody needs. */
static void
check_idle(void)
{
	ATF_CHECK(p.ipsec->client == NULL && p.ipsec->fd == -1);
	ATF_CHECK(!p.ipsec->dumps[0].running && !p.ipsec->dumps[1].running);
}

ATF_TC_WITHOUT_HEAD(no_pfkey);
ATF_TC_BODY(no_pfkey, tc)
{
	setup();
	fake_pfkey(-1);
	fake_caps()->no_pfkey = "load it";
	ask(7, VERB_SHOW_SPD, 0);
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK_EQ(told.conn, 7);
	ATF_CHECK_EQ(told.status, EAFNOSUPPORT);
	ATF_CHECK_STREQ(told.text, "this kernel has no PF_KEY: load it");
	/* It may have been loaded since. */
	fake_pfkey(mine);
	ask(8, VERB_SHOW_SPD, 0);
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK(p.ipsec->dumps[0].running);
	end();
}

ATF_TC_WITHOUT_HEAD(empty);
ATF_TC_BODY(empty, tc)
{
	struct pfkey_msg	 m;

	setup();
	ask(1, VERB_SHOW_SPD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	ATF_CHECK_EQ(m.type, PFKEY_SPDDUMP);
	tell_error(&m, ENOENT);
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK_EQ(told.status, 0);
	ATF_CHECK_EQ(told.rows, 0);
	ATF_CHECK_EQ(told.cursor, 0);
	check_idle();
	end();
}

/* Thousands, in pages that hold each association once and no key. */
ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	struct pfkey_msg	 m;
	unsigned int		 pages = 0;
	size_t			 i;

	setup();
	ask(3, VERB_SHOW_SAD, 0);
	ATF_CHECK_EQ(told.ends, 0);
	ATF_REQUIRE(kernel_hears(&m));
	ATF_CHECK_EQ(m.type, PFKEY_DUMP);
	tell_sas(&m, ROWS_MAX, -1);
	check_idle();
	for (;;) {
		ATF_REQUIRE_EQ(told.ends, ++pages);
		ATF_REQUIRE_EQ(told.status, 0);
		ATF_REQUIRE(told.rows <= 100 * pages);
		if (told.cursor == 0)
			break;
		ask(3, VERB_SHOW_SAD, told.cursor);
	}
	ATF_CHECK(!kernel_hears(&m));
	ATF_CHECK_EQ(told.rows, ROWS_MAX);
	ATF_CHECK_STREQ(told.table, "sa");
	ATF_CHECK(!told.twice);
	ATF_CHECK_MSG(!told.leaked, "a key was shown");
	/* All were given out: nothing is kept. */
	for (i = 0; i < SNAPSHOTS_MAX; i++)
		ATF_CHECK_EQ(p.ipsec->snapshots[i].id, 0);
	end();
}

/* Whoever asks during a dump is told what is there after the question. */
ATF_TC_WITHOUT_HEAD(no_old_answers);
ATF_TC_BODY(no_old_answers, tc)
{
	struct pfkey_msg	 m;

	setup();
	ask(1, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	ask(2, VERB_SHOW_SAD, 0);
	ask(3, VERB_SHOW_SAD, 0);
	ATF_CHECK(!kernel_hears(&m));
	tell_sas(&m, 3, -1);
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK_EQ(told.conn, 1);
	ATF_REQUIRE(kernel_hears(&m));
	memset(&told, 0, sizeof(told));
	tell_sas(&m, 5, -1);
	ATF_CHECK_EQ(told.ends, 2);
	ATF_CHECK_EQ(told.rows, 10);
	check_idle();
	end();
}

/* Parts of a dump are missing: again, and not for ever. */
ATF_TC_WITHOUT_HEAD(lost);
ATF_TC_BODY(lost, tc)
{
	struct pfkey_msg	 m;
	int			 i;

	setup();
	ask(1, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	tell_sas(&m, 5, 2);
	ATF_CHECK_EQ(told.ends, 0);
	ATF_REQUIRE(kernel_hears(&m));
	/* ENOBUFS: the kernel says that it has lost something. */
	fail_recv = ENOBUFS;
	tell_sas(&m, 5, -1);
	ATF_CHECK_EQ(told.ends, 0);
	ATF_REQUIRE(kernel_hears(&m));
	tell_sas(&m, 5, -1);
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK_EQ(told.status, 0);
	ATF_CHECK_EQ(told.rows, 5);
	ATF_CHECK_EQ(p.counters.v[PC_IPSEC_LOST], 2);
	ask(2, VERB_SHOW_SAD, 0);
	for (i = 0; i < DUMP_ATTEMPTS; i++) {
		ATF_CHECK_EQ(told.ends, 1);
		ATF_REQUIRE(kernel_hears(&m));
		tell_sas(&m, 5, 2);
	}
	ATF_CHECK_EQ(told.ends, 2);
	ATF_CHECK_EQ(told.status, EAGAIN);
	ATF_CHECK(!kernel_hears(&m));
	check_idle();
	end();
}

ATF_TC_WITHOUT_HEAD(no_answer);
ATF_TC_BODY(no_answer, tc)
{
	struct pfkey_msg	 m, n;
	bool			 heard = false;
	int			 i;

	setup();
	ask(1, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	later = DUMP_TIME + 1;
	ask(2, VERB_SHOW_SPD, 0);	/* looks at the time anew */
	/* libevent's clock is a coarse one. */
	for (i = 0; i < 5000 && told.ends == 0; i++) {
		usleep(1000);
		run();
	}
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK_EQ(told.conn, 1);
	ATF_CHECK_EQ(told.status, ETIMEDOUT);
	ATF_CHECK_EQ(p.counters.v[PC_IPSEC_ERRORS], 1);
	/* The other question goes on, on a socket of its own. */
	for (i = 0; i < 1000 && !(heard = kernel_hears(&n)); i++) {
		usleep(1000);
		run();
	}
	ATF_REQUIRE(heard);
	ATF_CHECK_EQ(n.type, PFKEY_SPDDUMP);
	tell_error(&n, ENOENT);
	ATF_CHECK_EQ(told.ends, 2);
	ATF_CHECK_EQ(told.status, 0);
	check_idle();
	end();
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct pfkey_msg	 m;

	setup();
	ask(1, VERB_SHOW_SPD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	tell_error(&m, EPERM);
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK_EQ(told.status, EPERM);
	check_idle();
	/* The socket dies. */
	ask(2, VERB_SHOW_SPD, 0);
	ask(3, VERB_SHOW_SAD, 0);
	shutdown(kernel, SHUT_RDWR);
	run();
	/* Tried again, then given up. */
	ATF_CHECK_EQ(told.ends, 3);
	ATF_CHECK(told.status != 0);
	ATF_CHECK(p.counters.v[PC_IPSEC_DUMPS] <= 1 + 2 * DUMP_ATTEMPTS);
	check_idle();
	end();
}

ATF_TC_WITHOUT_HEAD(too_many);
ATF_TC_BODY(too_many, tc)
{
	struct pfkey_msg	 m;
	uint64_t		 first = 0;
	unsigned int		 i;

	setup();
	for (i = 0; i <= QUERIES_MAX; i++)
		ask(i + 1, VERB_SHOW_SPD, 0);
	ATF_CHECK_EQ(told.ends, 1);
	ATF_CHECK_EQ(told.status, EBUSY);
	ATF_CHECK_EQ(p.counters.v[PC_QUERIES_REFUSED], 1);
	ATF_REQUIRE(kernel_hears(&m));
	tell_error(&m, ENOENT);
	ATF_REQUIRE(kernel_hears(&m));
	tell_error(&m, ENOENT);
	ATF_CHECK_EQ(told.ends, QUERIES_MAX + 1);

	/* An answer that is not read gives way to newer ones. */
	for (i = 0; i <= SNAPSHOTS_MAX; i++) {
		later += SEC(1);
		ask(i + 1, VERB_SHOW_SAD, 0);
		ATF_REQUIRE(kernel_hears(&m));
		tell_sas(&m, 200, -1);
		ATF_REQUIRE(told.cursor != 0);
		if (i == 0)
			first = told.cursor;
	}
	ask(1, VERB_SHOW_SAD, first);
	ATF_CHECK_EQ(told.status, ESTALE);
	/* Cursors that were never given. */
	ask(1, VERB_SHOW_SAD, first | UINT32_MAX);
	ATF_CHECK_EQ(told.status, ESTALE);
	ask(1, VERB_SHOW_SAD, UINT64_MAX);
	ATF_CHECK_EQ(told.status, ESTALE);
	ask(1, VERB_SHOW_SAD, 1);
	ATF_CHECK_EQ(told.status, ESTALE);
	/* After a minute nothing is kept for those who went. */
	later += SNAPSHOT_LIFE;
	on_timer(-1, 0, p.ipsec);
	for (i = 0; i < SNAPSHOTS_MAX; i++)
		ATF_CHECK_EQ(p.ipsec->snapshots[i].id, 0);
	end();
}

/* However many restricted sockets ask, a dump every five seconds is all. */
ATF_TC_WITHOUT_HEAD(shared);
ATF_TC_BODY(shared, tc)
{
	struct pfkey_msg	 m;
	uint64_t		 cursor;
	unsigned int		 i;

	setup();
	restricted = true;
	for (i = 0; i < 50; i++)
		ask(1 + i, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	tell_sas(&m, 200, -1);
	ATF_CHECK(!kernel_hears(&m));
	ATF_CHECK_EQ(told.ends, 50);
	for (i = 0; i < 100; i++) {
		ask(100, VERB_SHOW_SAD, 0);
		while ((cursor = told.cursor) != 0)
			ask(100, VERB_SHOW_SAD, cursor);
		ATF_REQUIRE_EQ(told.status, 0);
	}
	ATF_CHECK(!kernel_hears(&m));
	/* The operator is told what is there now. */
	restricted = false;
	memset(&told, 0, sizeof(told));
	ask(101, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	tell_sas(&m, 3, -1);
	ATF_CHECK_EQ(told.rows, 3);
	restricted = true;
	memset(&told, 0, sizeof(told));
	ask(102, VERB_SHOW_SAD, 0);
	ATF_CHECK(!kernel_hears(&m));
	ATF_CHECK(told.rows > 3);
	/* Five seconds later, and when that fails. */
	later += SHARED_FOR;
	ask(103, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	tell_error(&m, EPERM);
	ATF_CHECK_EQ(told.status, EPERM);
	ask(104, VERB_SHOW_SAD, 0);
	ATF_CHECK_EQ(told.status, EAGAIN);
	ATF_CHECK(!kernel_hears(&m));
	ask(105, VERB_SHOW_SPD, 0);
	ATF_CHECK(kernel_hears(&m));
	later += SNAPSHOT_LIFE;
	on_timer(-1, 0, p.ipsec);
	for (i = 0; i < SNAPSHOTS_MAX; i++)
		ATF_CHECK_EQ(p.ipsec->snapshots[i].readers, 0);
	restricted = false;
	end();
}

/* The control process died: its questions are nobody's. */
ATF_TC_WITHOUT_HEAD(control_gone);
ATF_TC_BODY(control_gone, tc)
{
	struct pfkey_msg	 m;

	setup();
	ask(1, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	ipsec_forget(&p);
	tell_sas(&m, 200, -1);
	ATF_CHECK_EQ(told.ends, 0);
	check_idle();
	ask(1, VERB_SHOW_SAD, 0);
	ATF_REQUIRE(kernel_hears(&m));
	tell_sas(&m, 1, -1);
	ATF_CHECK_EQ(told.rows, 1);
	end();
}

/* Whatever allocation fails, there is an answer and the next is complete. */
ATF_TC_WITHOUT_HEAD(no_memory);
ATF_TC_BODY(no_memory, tc)
{
	struct pfkey_msg	 m;
	unsigned int		 n, ends, failed = 0;

	setup();
	for (n = 0; n < 100; n++) {
		ipsec_close(&p);
		new_kernel();
		memset(&told, 0, sizeof(told));
		fail_alloc = (int)n;
		ask(1, VERB_SHOW_SAD, 0);
		if (told.ends == 0) {
			ATF_REQUIRE(kernel_hears(&m));
			tell_sas(&m, 200, -1);
		}
		ends = told.ends;
		ATF_REQUIRE_EQ(ends, 1);
		if (fail_alloc >= 0)
			break;
		fail_alloc = -1;
		failed++;
		ATF_CHECK_EQ_MSG(told.status, ENOMEM, "%u: %s", n,
		    told.text);
		ATF_CHECK_EQ(told.rows, 0);
		new_kernel();
		ask(2, VERB_SHOW_SAD, 0);
		ATF_REQUIRE(kernel_hears(&m));
		tell_sas(&m, 2, -1);
		ATF_CHECK_EQ(told.rows, 2);
	}
	fail_alloc = -1;
	ATF_CHECK_EQ(told.status, 0);
	ATF_CHECK_MSG(failed >= 8, "%u", failed);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_pfkey);
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, no_old_answers);
	ATF_TP_ADD_TC(tp, lost);
	ATF_TP_ADD_TC(tp, no_answer);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, too_many);
	ATF_TP_ADD_TC(tp, shared);
	ATF_TP_ADD_TC(tp, control_gone);
	ATF_TP_ADD_TC(tp, no_memory);
	return (atf_no_error());
}
