/*
 * core/child, core/stage: a pipe to a peer that breaks, a configuration in its
 * file, last words.  The parent and the peers are ends of pipes of the test.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>

/* For what is static in it. */
#include "core/child.c"

static const char	 text[] =
    "home-agent {\n"
    "  home-link virtual {\n"
    "    address 2001:db8:1::1\n"
    "    prefix 2001:db8:1::/64\n"
    "  }\n"
    "  mobile-node \"mn@example.com\" {\n"
    "    home-address 2001:db8:1::100\n"
    "    authentication mn-ha spi 256 key \"0123456789abcdef\"\n"
    "  }\n"
    "}\n";

#define STATES	8000	/* more than a socket holds */

static struct child	 ha;
static struct ipc	*other[ROLE_MAX];
static char		 told[ROLE_MAX][512];
static unsigned int	 states, ups, downs, configured;
static uint32_t		 saved_id;	/* of the last STATE_SAVE */
static bool		 refuse;

static void
at_other(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	char	*out = told[ipc->self];
	size_t	 n = strlen(out);

	(void)arg;
	ATF_CHECK_EQ(fd, -1);
	if (t == MSG_STATE_SAVE) {
		states++;
		saved_id = m->u_STATE_SAVE.id;
	} else if (t == MSG_PEER_LOST)
		snprintf(out + n, 512 - n, "lost %s ",
		    role_name(m->u_PEER_LOST.peer));
	else if (t == MSG_PEER_BAD)
		snprintf(out + n, 512 - n, "bad %s ",
		    role_name(m->u_PEER_BAD.peer));
	else if (t == MSG_CONF_ACK)
		snprintf(out + n, 512 - n, "%s %u ",
		    m->u_CONF_ACK.ok ? "ok" : "no", m->u_CONF_ACK.gen);
	else if (t == MSG_REPORT_END)
		snprintf(out + n, 512 - n, "%u ", m->u_REPORT_END.status);
	else if (t != MSG_LOG)
		snprintf(out + n, 512 - n, "%s ", msg_name(t));
}

static void
other_dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)reason;
	if (other[ipc->self] == ipc)
		other[ipc->self] = NULL;
	ipc_close(ipc);
}

static void
peer(struct child *ch, enum role role, bool up)
{
	(void)ch;
	ATF_CHECK(role == ROLE_NET || role == ROLE_CONTROL ||
	    role == ROLE_STORE);
	if (up)
		ups++;
	else
		downs++;
}

static bool
check(struct child *ch, const struct conf *conf, char *why, size_t cap)
{
	(void)ch;
	(void)conf;
	snprintf(why, cap, "no");
	return (!refuse);
}

static void
configure(struct child *ch, const struct conf *old)
{
	(void)ch;
	(void)old;
	configured++;
}

static void
stop(struct child *ch)
{
	static const uint8_t	 data[250];
	struct msg_state	 m = { .data = { data, sizeof(data) } };
	int			 i;

	for (i = 0; i < STATES; i++)
		child_save(ch, &m);
}

static const struct child_ops	 ops = {
	.role = ROLE_HA,
	.peer = peer,
	.check = check,
	.configure = configure,
	.stop = stop,
};

static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(ha.base, EVLOOP_NONBLOCK);
}

static int
other_end(enum role r)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	other[r] = ipc_new(ha.base, sv[1], r, ROLE_HA, at_other, other_dead,
	    NULL);
	ATF_REQUIRE(other[r] != NULL);
	return (sv[0]);
}

static void
setup(void)
{
	ha.ops = &ops;
	ATF_REQUIRE((ha.base = event_base_new()) != NULL);
	ha.parent = ipc_new(ha.base, other_end(ROLE_PARENT), ROLE_HA,
	    ROLE_PARENT, from_parent, parent_dead, &ha);
	ATF_REQUIRE(ha.parent != NULL);
	ATF_REQUIRE(past_init(&ha.past, ROLE_HA, to_store, &ha));
	ha.started = ha.ready = ha.past.known = true;
}

static void
connect_peer(enum role r)
{
	struct msg_fd	 m = { .kind = FD_PIPE, .peer = (uint8_t)r };

	got_fd(&ha, &m, other_end(r));
}

static void
connect_net(void)
{
	connect_peer(ROLE_NET);
}

static void
expect(const char *want)
{
	run();
	ATF_CHECK_STREQ(told[ROLE_PARENT], want);
	told[ROLE_PARENT][0] = '\0';
}

static bool	 for_net;	/* memory fails for its pipe alone */

static void *
failing_realloc(void *p, size_t n)
{
	if (for_net && (ha.peers[ROLE_NET] == NULL ||
	    p == ha.peers[ROLE_NET]->out))
		return (NULL);
	return (realloc(p, n));
}

/* A hole in what net was told: both begin anew, and nobody is accused. */
ATF_TC_WITHOUT_HEAD(no_memory_for_a_peer);
ATF_TC_BODY(no_memory_for_a_peer, tc)
{
	struct msg_unbind	 m = { .home = IN6ADDR_ANY_INIT };

	setup();
	connect_net();
	expect("");
	child_send(&ha, ROLE_NET, MSG_UNBIND, &m);
	run();
	ATF_CHECK_STREQ(told[ROLE_NET], "UNBIND ");
	/* It grows beyond what it has. */
	ipc_realloc = failing_realloc;
	for_net = true;
	while (ha.peers[ROLE_NET]->broken == NULL)
		child_send(&ha, ROLE_NET, MSG_UNBIND, &m);
	for_net = false;
	ATF_CHECK_EQ(downs, 0);	/* never within a send */
	expect("lost net ");
	ATF_CHECK(ha.peers[ROLE_NET] == NULL);
	ATF_CHECK_EQ(downs, 1);
	ATF_CHECK(other[ROLE_NET] == NULL);
	/* Nothing is sent to nobody. */
	child_send(&ha, ROLE_NET, MSG_UNBIND, &m);
	connect_net();
	ATF_CHECK_EQ(ups, 2);
	expect("");
	ipc_realloc = realloc;
}

/* What net sent is malformed: that is told, and of whom. */
ATF_TC_WITHOUT_HEAD(bad_peer);
ATF_TC_BODY(bad_peer, tc)
{
	int	 fd;

	setup();
	connect_net();
	fd = other[ROLE_NET]->fd;
	ATF_REQUIRE(write(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 8);
	expect("bad net ");
	ATF_CHECK_EQ(downs, 1);
	/* That it ends is no offence. */
	connect_net();
	ipc_close(other[ROLE_NET]);
	expect("");
	ATF_CHECK_EQ(downs, 2);
}

/*
 * Control asks and is answered by its own pipe, and is told events by that; the
 * parent hears nothing of it.
 */
ATF_TC_WITHOUT_HEAD(control);
ATF_TC_BODY(control, tc)
{
	struct msg_query	 q = { .conn = 7, .verb = VERB_SHOW_COUNTERS };

	setup();
	/* Nobody is there to hear it: that is no reason to wait. */
	child_event(&ha, "early", NULL, "x");
	connect_peer(ROLE_CONTROL);
	ha.started = false;
	ipc_send(other[ROLE_CONTROL], MSG_QUERY, &q);
	run();
	ATF_CHECK_STREQ(told[ROLE_CONTROL], "65535 ");
	ha.started = true;
	told[ROLE_CONTROL][0] = '\0';
	child_event(&ha, "late", NULL, "x");
	ipc_send(other[ROLE_CONTROL], MSG_QUERY, &q);
	run();
	ATF_CHECK_STREQ(told[ROLE_CONTROL], "EVENT REPORT 0 ");
	/* It is not the one to tell us what the parent does. */
	told[ROLE_CONTROL][0] = '\0';
	ipc_send(other[ROLE_CONTROL], MSG_SHUTDOWN, &(struct msg_empty){ 0 });
	expect("bad control ");
	ATF_CHECK(ha.started);
}

static void
offer(uint32_t gen, const char *p, size_t len, uint64_t told_len, int *kept)
{
	struct msg_conf	 m = { .gen = gen, .len = told_len };
	int		 fd = compat_memory();

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE(write(fd, p, len) == (ssize_t)len);
	/* As the parent does: whole pages. */
	if (told_len == len)
		ATF_REQUIRE_EQ(ftruncate(fd, sysconf(_SC_PAGESIZE)), 0);
	if (kept != NULL)
		*kept = dup(fd);
	stage_conf(&ha, &m, fd);
	ATF_CHECK_EQ(fcntl(fd, F_GETFD), -1);
}

ATF_TC_WITHOUT_HEAD(staging);
ATF_TC_BODY(staging, tc)
{
	char	 left[sizeof(text)], zero[sizeof(text)] = "";
	size_t	 len = strlen(text);
	int	 fd;

	setup();
	ha.started = false;
	offer(1, text, len, len, &fd);
	expect("ok 1 ");
	/* The key is in there no more. */
	ATF_CHECK_EQ(pread(fd, left, len, 0), (ssize_t)len);
	ATF_CHECK_EQ(memcmp(left, zero, len), 0);
	close(fd);
	/* Another one's numbers mean nothing. */
	stage_commit(&ha, 2);
	ATF_CHECK(ha.conf == NULL && ha.staged != NULL);
	stage_abort(&ha, 2);
	ATF_CHECK(ha.staged != NULL);
	stage_commit(&ha, 1);
	ATF_REQUIRE(ha.conf != NULL && ha.staged == NULL);
	ATF_CHECK_EQ(ha.conf->ha->nnodes, 1);
	stage_commit(&ha, 1);
	ATF_CHECK_EQ(configured, 0);
	ha.started = true;
	refuse = true;
	offer(3, text, len, len, NULL);
	expect("no 3 ");
	stage_abort(&ha, 3);
	ATF_CHECK(ha.staged == NULL);
	refuse = false;
	offer(4, text, len, len, NULL);
	offer(5, text, len, len, NULL);
	expect("ok 4 ok 5 ");
	stage_abort(&ha, 4);
	stage_commit(&ha, 4);
	ATF_CHECK_EQ(configured, 0);
	stage_commit(&ha, 5);
	ATF_CHECK_EQ(configured, 1);
}

/* Text that is wrong, shorter than was said, or not there. */
ATF_TC_WITHOUT_HEAD(bad_text);
ATF_TC_BODY(bad_text, tc)
{
	size_t	 len = strlen(text);

	setup();
	offer(1, "nonsense\n", 9, 9, NULL);
	expect("no 1 ");
	offer(2, text, len, len + 100000, NULL);
	expect("no 2 ");
	offer(3, text, len, UINT64_MAX, NULL);
	expect("no 3 ");
	offer(4, text, len, 0, NULL);
	expect("no 4 ");
	ATF_CHECK(ha.staged == NULL);
}

/* What it says at its end leaves, however much that is. */
ATF_TC_WITHOUT_HEAD(last_words);
ATF_TC_BODY(last_words, tc)
{
	setup();
	connect_peer(ROLE_STORE);
	shut_down(-1, 0, &ha);
	ATF_CHECK(ipc_queued(ha.peers[ROLE_STORE]) > 0);
	ATF_CHECK(!event_base_got_break(ha.base));
	event_base_dispatch(ha.base);
	ATF_CHECK(event_base_got_break(ha.base));
	ATF_CHECK_EQ(ipc_queued(ha.peers[ROLE_STORE]), 0);
	run();
	ATF_CHECK_EQ(states, STATES);
}

/* But it does not wait for ever. */
ATF_TC_WITHOUT_HEAD(last_words_unread);
ATF_TC_BODY(last_words_unread, tc)
{
	setup();
	connect_peer(ROLE_STORE);
	event_del(other[ROLE_STORE]->ev_read);
	shut_down(-1, 0, &ha);
	event_base_dispatch(ha.base);
	ATF_CHECK(event_base_got_break(ha.base));
	ATF_CHECK(ipc_queued(ha.peers[ROLE_STORE]) > 0);
}

/*
 * It is ready when it knows what its former life left, and peers are there from
 * then on.  A store that is new is told all, and one that asks nothing is not
 * believed.
 */
ATF_TC_WITHOUT_HEAD(past);
ATF_TC_BODY(past, tc)
{
	static const uint8_t	 one[] = "one", two[] = "two";
	struct msg_state	 m = { .exact = true, .data = { one, 4 } };
	const struct msg_empty	 none = { 0 };
	const struct record	*r;

	setup();
	ha.ready = ha.past.known = false;
	connect_net();
	ATF_CHECK_EQ(ups, 0);
	connect_peer(ROLE_STORE);
	run();
	ATF_CHECK_STREQ(told[ROLE_STORE], "STATE_ASK ");
	/* It dies before it has said all. */
	ipc_send(other[ROLE_STORE], MSG_STATE_LOAD, &m);
	run();
	ipc_close(other[ROLE_STORE]);
	run();
	ATF_CHECK(!ha.ready);
	told[ROLE_STORE][0] = '\0';
	connect_peer(ROLE_STORE);
	run();
	ATF_CHECK_STREQ(told[ROLE_STORE], "STATE_ASK ");
	m.home.s6_addr[15] = 2;
	ipc_send(other[ROLE_STORE], MSG_STATE_LOAD, &m);
	ipc_send(other[ROLE_STORE], MSG_STATE_LOADED, &none);
	expect("READY ");
	ATF_CHECK_EQ(ups, 2);
	/* Not any more. */
	m.data.p = two;
	ipc_send(other[ROLE_STORE], MSG_STATE_LOAD, &m);
	run();
	r = past_find(&ha.past, &m.home);
	ATF_REQUIRE(r != NULL);
	ATF_CHECK(r->exact && memcmp(r->data, one, 4) == 0);
	/* While it is away something is saved. */
	ipc_close(other[ROLE_STORE]);
	run();
	m.home.s6_addr[15] = 3;
	child_save(&ha, &m);
	told[ROLE_STORE][0] = '\0';
	connect_peer(ROLE_STORE);
	run();
	ATF_CHECK_EQ(states, 3);
	ATF_CHECK_STREQ(told[ROLE_STORE], "STATE_TOLD ");
}

/*
 * What was answered is not asked for again of a store that is new: the answer
 * would be taken for that to what is saved next under the same number.
 */
ATF_TC_WITHOUT_HEAD(answered_once);
ATF_TC_BODY(answered_once, tc)
{
	static const uint8_t	 one[] = "one";
	struct msg_state	 m = { .id = 7, .stable = true,
				    .data = { one, 4 } };
	struct msg_result	 r = { .id = 7, .error = EIO };

	setup();
	connect_peer(ROLE_STORE);
	run();
	child_save(&ha, &m);
	run();
	ATF_CHECK_EQ(saved_id, 7);
	/* It is tried again, also by another. */
	ipc_send(other[ROLE_STORE], MSG_RESULT, &r);
	run();
	ipc_close(other[ROLE_STORE]);
	run();
	saved_id = 0;
	connect_peer(ROLE_STORE);
	run();
	ATF_CHECK_EQ(saved_id, 7);
	r.error = 0;
	ipc_send(other[ROLE_STORE], MSG_RESULT, &r);
	run();
	ipc_close(other[ROLE_STORE]);
	run();
	states = 0;
	connect_peer(ROLE_STORE);
	run();
	ATF_CHECK_EQ(states, 1);
	ATF_CHECK_EQ(saved_id, 0);
}

static uint64_t
knows_nothing(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	(void)ch;
	(void)q;
	(void)rep;
	*error = EOPNOTSUPP;
	return (0);
}

/* How it is, it can always tell; of all else it has no table. */
ATF_TC_WITHOUT_HEAD(status);
ATF_TC_BODY(status, tc)
{
	static const struct child_ops	 with = { .role = ROLE_NET,
					    .query = knows_nothing };
	static const struct child_ops	 without = { .role = ROLE_NET };
	static struct report		 rep;
	struct msg_query		 q;
	struct child			 ch;
	int				 error, i;

	for (i = 0; i < 2; i++) {
		memset(&ch, 0, sizeof(ch));
		memset(&q, 0, sizeof(q));
		ch.ops = i == 0 ? &with : &without;
		ch.started = true;
		report_init(&rep);
		q.verb = VERB_STATUS;
		ATF_CHECK_EQ(child_query(&ch, &q, &rep, &error), 0);
		ATF_CHECK_EQ(error, 0);
		q.verb = VERB_SHOW_BUL;
		ATF_CHECK_EQ(child_query(&ch, &q, &rep, &error), 0);
		ATF_CHECK_EQ(error, EOPNOTSUPP);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, status);
	ATF_TP_ADD_TC(tp, no_memory_for_a_peer);
	ATF_TP_ADD_TC(tp, bad_peer);
	ATF_TP_ADD_TC(tp, control);
	ATF_TP_ADD_TC(tp, staging);
	ATF_TP_ADD_TC(tp, bad_text);
	ATF_TP_ADD_TC(tp, last_words);
	ATF_TP_ADD_TC(tp, last_words_unread);
	ATF_TP_ADD_TC(tp, past);
	ATF_TP_ADD_TC(tp, answered_once);
	return (atf_no_error());
}
