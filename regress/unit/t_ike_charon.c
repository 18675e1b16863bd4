/*
 * The ike role with a parent and a charon that are played here.  It connects,
 * greets, lists, comes back after every kind of end, and says why once.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/pipe_lab.h"
#include "conf/conf.h"
#include "core/log.h"
#include "core/verb.h"
#include "ike/charon.h"
#include "ike/ike.h"
#include "mip6ctl/check.h"

static struct child	 ch;
static struct conf	 conf;
static struct conf_ike	 ike;
static struct ipc	*parent, *control;	/* where the parent would be */
static int		 charon = -1;
static char		 lines[4096];	/* of the log, without debug */
static uint32_t		 asked;		/* id of the last CONNECT */
static unsigned int	 nasked, nevents;
static struct report	 rep;

static void
on_log(void *arg, enum log_level level, const char *text)
{
	size_t	 n = strlen(lines);

	(void)arg;
	if (level != LL_DEBUG)
		snprintf(lines + n, sizeof(lines) - n, "%s\n", text);
}

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	(void)arg;
	(void)ipc;
	(void)fd;
	if (t == MSG_CONNECT) {
		asked = m->u_CONNECT.id;
		nasked++;
	} else if (t == MSG_EVENT)
		nevents++;
}

static void
turn(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
}

/* Until the parent is asked for another connection. */
static void
until_asked(unsigned int n)
{
	int	 i;

	for (i = 0; i < 500 && nasked < n; i++) {
		turn();
		usleep(5000);
	}
	ATF_REQUIRE_EQ(n, nasked);
}

static void
setup(void)
{
	int	 sv[2];

	log_to(on_log, NULL);
	snprintf(ike.vici, sizeof(ike.vici), "/vici");
	conf.ike = &ike;
	ch.conf = &conf;
	ch.ops = &ike_ops;
	ch.started = true;
	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, counters_init(&ch.counters, ike_ops.counters));
	ATF_REQUIRE(whys_init(&ch.whys, &(struct hash_key){ { 1, 2 } }, NULL,
	    NULL));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ch.parent = ipc_new(ch.base, sv[0], ROLE_IKE, ROLE_PARENT, on_message,
	    on_dead, NULL);
	parent = ipc_new(ch.base, sv[1], ROLE_PARENT, ROLE_IKE, on_message,
	    on_dead, NULL);
	ATF_REQUIRE(ch.parent != NULL && parent != NULL);
	/* Events go there. */
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ch.peers[ROLE_CONTROL] = ipc_new(ch.base, sv[0], ROLE_IKE,
	    ROLE_CONTROL, on_message, on_dead, NULL);
	control = ipc_new(ch.base, sv[1], ROLE_CONTROL, ROLE_IKE, on_message,
	    on_dead, NULL);
	ATF_REQUIRE(ch.peers[ROLE_CONTROL] != NULL && control != NULL);
	ATF_REQUIRE_EQ(0, ike_ops.start(&ch));
	until_asked(1);
}

static void
refuse(int error)
{
	union msg	 m = { .u_RESULT = { .id = asked,
			    .error = (uint32_t)error } };

	ike_ops.message(&ch, ROLE_PARENT, MSG_RESULT, &m);
	turn();
}

/* Connected, as answer to the request of that id. */
static void
give(uint32_t id)
{
	struct msg_fd	 m = { .kind = FD_CONNECTED, .arg = id };
	int		 sv[2];

	if (charon != -1)
		close(charon);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	charon = sv[1];
	ike_ops.got_fd(&ch, &m, sv[0]);
	turn();
}

static void
say(enum vici_type t, const char *name, uint32_t id)
{
	static uint8_t		 mem[4096];
	struct vici_builder	 b;
	char			 s[16];
	size_t			 n;

	vici_begin(&b, mem, sizeof(mem), t, name);
	if (id != 0) {
		snprintf(s, sizeof(s), "%u", id);
		vici_section(&b, "lab");
		vici_str(&b, "uniqueid", s);
		vici_section(&b, "child-sas");
		vici_section(&b, "all");
		vici_str(&b, "uniqueid", s);
		vici_section_end(&b);
		vici_section_end(&b);
		vici_section_end(&b);
	} else if (t == VICI_CMD_RESPONSE) {
		vici_str(&b, "daemon", "charon");
		vici_str(&b, "version", "5.9.8");
	}
	ATF_REQUIRE((n = vici_finish(&b)) > 0);
	ATF_REQUIRE_EQ((ssize_t)n, write(charon, mem, n));
	turn();
}

/* What it asks of charon next: the name, "" if nothing. */
static const char *
hear(void)
{
	static struct vici_packet	 k;
	static uint8_t			 in[1024];
	ssize_t				 n;

	turn();
	n = read(charon, in, sizeof(in));
	if (n <= VICI_HEADER)
		return ("");
	ATF_REQUIRE_EQ(VICI_OK, vici_parse(in + VICI_HEADER, (size_t)n -
	    VICI_HEADER, &k));
	return (k.name);
}

static struct mono	 rows_at;	/* when the list was begun */

/* Answer all until it is up; nsas IKE_SAs are listed, after a while. */
static void
greet_late(uint32_t nsas, unsigned int wait)
{
	const char	*name;
	uint32_t	 i;

	while (*(name = hear()) != '\0') {
		if (strcmp(name, "alert") == 0)
			say(VICI_EVENT_UNKNOWN, NULL, 0);
		else if (strcmp(name, "version") == 0 ||
		    strcmp(name, "list-conns") == 0)
			say(VICI_CMD_RESPONSE, NULL, 0);
		else if (strcmp(name, "list-sas") == 0) {
			usleep(wait);
			rows_at = child_now().mono;
			for (i = 1; i <= nsas; i++) {
				say(VICI_EVENT, "list-sa", i);
				usleep(wait / 4);
			}
			say(VICI_CMD_RESPONSE, NULL, 0);
		} else
			say(VICI_EVENT_CONFIRM, NULL, 0);
	}
}

static void
greet(uint32_t nsas)
{
	greet_late(nsas, 0);
}

/* Rows of `show ike' on all pages of a table. */
static unsigned int
show(const char *want)
{
	struct msg_query	 q = { .verb = VERB_SHOW_IKE };
	struct rbuf		 r, row;
	char			 table[64];
	unsigned int		 n = 0, pages = 0;
	int			 error = 0;

	do {
		report_init(&rep);
		q.cursor = ike_ops.query(&ch, &q, &rep, &error);
		rbuf_init(&r, rep.mem, rep.w.off);
		while (report_next_row(&r, &row, table, sizeof(table)))
			n += strcmp(table, want) == 0;
		ATF_REQUIRE(++pages < 10000);
	} while (q.cursor != 0);
	return (n);
}

static const struct charon *
state(void)
{
	return (ch.priv);
}

static size_t
count(const char *what)
{
	const char	*p;
	size_t		 n = 0;

	for (p = lines; (p = strstr(p, what)) != NULL; p++)
		n++;
	return (n);
}

ATF_TC_WITHOUT_HEAD(absent);
ATF_TC_BODY(absent, tc)
{
	unsigned int	 i;

	setup();
	for (i = 1; i <= 4; i++) {
		until_asked(i);
		refuse(ENOENT);
		ATF_CHECK_EQ(CHARON_WAITING, state()->state);
		ATF_CHECK_EQ(1, show("ike_charon"));
	}
	/* 100 ms, then twice that each time. */
	ATF_CHECK_EQ(1600, state()->backoff);
	ATF_CHECK(why_find(&ch.whys, WHY_CHARON_AWAY, "charon") != NULL);
	ATF_CHECK_EQ_MSG(1, count("trying again"), "%s", lines);
	ATF_CHECK_EQ(1, count("/vici: No such file or directory"));
	until_asked(5);
	refuse(ECONNREFUSED);
	ATF_CHECK_EQ(2, count("trying again"));
	/* An answer to what was not asked changes nothing. */
	asked = 4711;
	refuse(EPERM);
	ATF_CHECK_STREQ(strerror(ECONNREFUSED), state()->last_error);
}

ATF_TC_WITHOUT_HEAD(up);
ATF_TC_BODY(up, tc)
{
	setup();
	give(asked);
	ATF_CHECK_EQ(CHARON_GREETING, state()->state);
	/* Events first: nothing happens between list and registration. */
	ATF_CHECK_STREQ("list-sa", hear());
	say(VICI_EVENT_CONFIRM, NULL, 0);
	greet(3);
	ATF_CHECK_EQ(CHARON_UP, state()->state);
	ATF_CHECK_STREQ("charon 5.9.8", state()->version);
	ATF_CHECK_EQ(3, show("ike_sa"));
	ATF_CHECK_EQ(3, show("child_sa"));
	ATF_CHECK_EQ(1, count("charon 5.9.8 is up with 3 IKE_SAs"));
	ATF_CHECK_EQ(1, nevents);
	say(VICI_EVENT, "ike-updown", 2);
	ATF_CHECK_EQ(2, show("ike_sa"));
	ATF_CHECK_EQ(2, nevents);

	/* It ends: what charon has is not known any more. */
	close(charon);
	charon = -1;
	turn();
	ATF_CHECK_EQ(CHARON_WAITING, state()->state);
	ATF_CHECK_EQ(0, show("ike_sa"));
	ATF_CHECK_EQ(1, count("/vici: closed by charon; trying again"));
	until_asked(2);
	give(asked);
	greet(1);
	ATF_CHECK_EQ(CHARON_UP, state()->state);
	ATF_CHECK_EQ(2, state()->ups);
	ATF_CHECK_EQ(1, show("ike_sa"));
}

ATF_TC_WITHOUT_HEAD(pages);
ATF_TC_BODY(pages, tc)
{
	setup();
	give(asked);
	greet(500);
	ATF_CHECK_EQ(1, show("ike_charon"));
	ATF_CHECK_EQ(500, show("ike_sa"));
	ATF_CHECK_EQ(500, show("child_sa"));
}

static int64_t	 listed;

static void
note_listed(struct output *o, const struct row *row)
{
	(void)o;
	if (check_listed(row) != -1)
		listed = check_listed(row);
}

/* How old charon's list is, as mip6ctl check finds it; -1: it finds none. */
static int64_t
ask_listed(void)
{
	static const struct writer	 w = { NULL, note_listed, NULL };
	struct msg_query		 q = { .verb = VERB_SHOW_IKE };
	struct output			 o = { .w = &w, .verb = VERB_SHOW_IKE };
	int				 error = 0;

	listed = -1;
	report_init(&rep);
	ike_ops.query(&ch, &q, &rep, &error);
	ATF_REQUIRE(output_rows(&o, rep.mem, rep.w.off));
	return (listed);
}

/* mip6ctl check waits for a list: it must find the age of the last one. */
ATF_TC_WITHOUT_HEAD(age_of_the_list);
ATF_TC_BODY(age_of_the_list, tc)
{
	int	 i;

	setup();
	ATF_CHECK_EQ_MSG(-1, ask_listed(), "charon is not there");
	give(asked);
	greet(1);
	ATF_CHECK(ask_listed() >= 0);
	for (i = 0; i < 5000 && ask_listed() < 20; i++)
		usleep(1000);
	ATF_CHECK(ask_listed() >= 20);
}

/*
 * That a charon was stopped, or busy, before it began with a list does not make
 * it a long one, after which there is none for long.
 */
ATF_TC_WITHOUT_HEAD(late_list);
ATF_TC_BODY(late_list, tc)
{
	setup();
	give(asked);
	greet_late(2, 100000);
	ATF_CHECK_EQ(CHARON_UP, state()->state);
	ATF_CHECK(state()->list_took <= mono_diff(child_now().mono, rows_at));
	ATF_CHECK(state()->list_took >= MS(25 * 2));
}

ATF_TC_WITHOUT_HEAD(misbehaves);
ATF_TC_BODY(misbehaves, tc)
{
	setup();
	/* Garbage instead of the first answer. */
	give(asked);
	ATF_REQUIRE_EQ(8, write(charon, "\0\0\0\004\377\377\377\377", 8));
	turn();
	ATF_CHECK_EQ(CHARON_WAITING, state()->state);
	ATF_CHECK_EQ(1, count("malformed: packet of an unknown type"));
	/* A daemon that is not charon, or an old one. */
	until_asked(2);
	give(asked);
	ATF_CHECK_STREQ("list-sa", hear());
	say(VICI_EVENT_UNKNOWN, NULL, 0);
	ATF_CHECK_EQ(CHARON_WAITING, state()->state);
	ATF_CHECK_EQ(1, count("has no events about SAs"));
	/* The descriptor comes when nobody waits for it. */
	give(asked);
	ATF_CHECK_STREQ("", hear());
	ATF_CHECK_EQ(CHARON_WAITING, state()->state);
	until_asked(3);
	give(asked - 1);
	ATF_CHECK_EQ(CHARON_CONNECTING, state()->state);
	give(asked);
	greet(0);
	ATF_CHECK_EQ(CHARON_UP, state()->state);
}

ATF_TC_WITHOUT_HEAD(reconfigured);
ATF_TC_BODY(reconfigured, tc)
{
	static struct conf	 old;
	static struct conf_ike	 old_ike;

	setup();
	give(asked);
	greet(1);
	old = conf;
	old_ike = ike;
	old.ike = &old_ike;
	ike_ops.configure(&ch, &old);
	turn();
	ATF_CHECK_EQ_MSG(CHARON_UP, state()->state, "nothing has changed");
	snprintf(ike.vici, sizeof(ike.vici), "/elsewhere");
	ike_ops.configure(&ch, &old);
	ATF_CHECK_EQ(CHARON_WAITING, state()->state);
	until_asked(2);
	ike_ops.stop(&ch);
	ATF_CHECK_EQ(1, show("ike_charon"));
	/* Too late: it is closed. */
	give(asked);
	ATF_CHECK_STREQ("", hear());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, absent);
	ATF_TP_ADD_TC(tp, up);
	ATF_TP_ADD_TC(tp, pages);
	ATF_TP_ADD_TC(tp, age_of_the_list);
	ATF_TP_ADD_TC(tp, late_list);
	ATF_TP_ADD_TC(tp, misbehaves);
	ATF_TP_ADD_TC(tp, reconfigured);
	return (atf_no_error());
}
