/*
 * parent/vici: the socket that the configuration names is connected, or the
 * reason told.  Nothing else is.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atf-c.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/pipe_lab.h"
#include "core/clock.h"
#include "parent/parent.h"

/* A clock that goes on only when it is told to. */
static int64_t		 at = SEC(1);
static struct mono
fake_now(void)
{
	return ((struct mono){ at });
}
#define mono_now	fake_now
#include "parent/connect.c"
#undef mono_now

static struct parent	 p;
static struct conf	 conf;
static struct conf_ike	 ike;
static struct ipc	*child;		/* where ike would be */

/* The last that it was told. */
static enum msg_type	 type;
static union msg	 told;
static int		 fd = -1;

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int f)
{
	(void)arg;
	(void)ipc;
	type = t;
	told = *m;
	fd = f;
}

static void
setup(const char *path)
{
	struct proc	*pr = &p.procs[ROLE_IKE];
	int		 sv[2];

	p.conf = &conf;
	conf.ike = &ike;
	snprintf(ike.vici, sizeof(ike.vici), "%s", path);
	ATF_REQUIRE((p.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	pr->parent = &p;
	pr->role = ROLE_IKE;
	pr->ipc = ipc_new(p.base, sv[0], ROLE_PARENT, ROLE_IKE, on_message,
	    on_dead, NULL);
	child = ipc_new(p.base, sv[1], ROLE_IKE, ROLE_PARENT, on_message,
	    on_dead, NULL);
	ATF_REQUIRE(pr->ipc != NULL && child != NULL);
}

/* Ask after that time. */
static void
ask(uint32_t id, int64_t pause)
{
	union msg	 m = { .u_CONNECT = { .id = id,
			    .place = ROLE_PLACE_VICI } };
	int		 i;

	at += pause;
	type = MSG_NONE;
	fd = -1;
	connect_request(&p.procs[ROLE_IKE], &m);
	for (i = 0; i < 10 && type == MSG_NONE; i++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

static void
expect_error(uint32_t id, int error)
{
	ATF_CHECK_EQ(MSG_RESULT, type);
	ATF_CHECK_EQ(id, told.u_RESULT.id);
	ATF_CHECK_EQ_MSG(error, (int)told.u_RESULT.error, "%s",
	    strerror((int)told.u_RESULT.error));
	ATF_CHECK_EQ(-1, fd);
}

ATF_TC_WITHOUT_HEAD(connects);
ATF_TC_BODY(connects, tc)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX,
				    .sun_path = "vici" };
	char			 c = 0;
	int			 l, s;

	setup("vici");
	ask(1, 0);
	expect_error(1, ENOENT);
	ATF_REQUIRE((l = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(l, (struct sockaddr *)&sun, sizeof(sun)));
	ask(2, INTERVAL);
	expect_error(2, ECONNREFUSED);
	ATF_REQUIRE_EQ(0, listen(l, 5));
	ask(3, INTERVAL);
	ATF_CHECK_EQ(MSG_FD, type);
	ATF_CHECK_EQ(FD_CONNECTED, told.u_FD.kind);
	ATF_CHECK_EQ(3, told.u_FD.arg);
	ATF_REQUIRE(fd != -1);
	ATF_CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	ATF_REQUIRE((s = accept(l, NULL, NULL)) != -1);
	ATF_CHECK_EQ(1, write(s, "x", 1));
	ATF_CHECK_EQ(1, read(fd, &c, 1));
	ATF_CHECK_EQ('x', c);
	close(fd);

	/* Too hasty, by a moment. */
	ask(4, INTERVAL - 1);
	expect_error(4, EAGAIN);
	/* The block has gone from the configuration. */
	conf.ike = NULL;
	ask(5, INTERVAL);
	expect_error(5, ENOENT);
}

ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX,
				    .sun_path = "vici" };
	int			 i, l;

	/* A charon that does not accept must not stop the parent. */
	setup("vici");
	ATF_REQUIRE((l = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(l, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(l, 0));
	for (i = 0; i < 20; i++) {
		ask((uint32_t)i, INTERVAL);
		if (type != MSG_FD)
			break;
	}
	ATF_CHECK_MSG(i < 20, "the queue is never full");
	ATF_CHECK_EQ(MSG_RESULT, type);
	ATF_CHECK(told.u_RESULT.error == EAGAIN ||
	    told.u_RESULT.error == ECONNREFUSED);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, connects);
	ATF_TP_ADD_TC(tp, full);
	return (atf_no_error());
}
