/*
 * core/shell: what a mobile node sends before there is a net process to send
 * it.  It leaves when there is one.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/pipe_lab.h"
#include "conf/conf.h"
#include "core/child.h"
#include "mn/mn.h"

static const struct child_ops	*mn_child;

/* Instead of becoming the child, have its operations. */
static int
test_child_main(const struct child_ops *o)
{
	static struct child_ops	 copy;

	copy = *o;
	mn_child = &copy;
	return (0);
}

#define child_main	test_child_main
#include "core/shell.c"
#undef child_main

static const char	 text[] = NODE_TEXT("wlan0");

static struct child	 ch;
static char		 to_net[512], to_parent[4096];

static void
to_store(void *arg, enum msg_type t, const void *m)
{
	(void)arg;
	(void)t;
	(void)m;
}

static void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	char	*out = arg;
	size_t	 cap = out == to_net ? sizeof(to_net) : sizeof(to_parent);
	size_t	 n = strlen(out);

	(void)ipc;
	ATF_CHECK_EQ(fd, -1);
	if (t == MSG_ICMP6_OUT)
		snprintf(out + n, cap - n, "icmp6 %u on %u ",
		    m->u_ICMP6_OUT.icmp6.p[0], m->u_ICMP6_OUT.ifindex);
	else
		snprintf(out + n, cap - n, "%s ", msg_name(t));
}

/* Both ends of a pipe; returns that of the mobile node. */
static struct ipc *
make_pipe(enum role peer, char *told)
{
	struct ipc	*ours, *other;
	int		 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ours = ipc_new(ch.base, sv[0], ROLE_MN, peer, on_message, on_dead,
	    NULL);
	other = ipc_new(ch.base, sv[1], peer, ROLE_MN, on_message, on_dead,
	    told);
	ATF_REQUIRE(ours != NULL && other != NULL);
	return (ours);
}

static void
run(void)
{
	int	 i;

	for (i = 0; i < 20; i++)
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
}

static void
tell(enum msg_type t, const union msg *m)
{
	mn_child->message(&ch, ROLE_PARENT, t, m);
}

ATF_TC_WITHOUT_HEAD(solicitation_waits);
ATF_TC_BODY(solicitation_waits, tc)
{
	union msg	 m;

	ATF_REQUIRE((ch.base = event_base_new()) != NULL);
	ch.conf = conf_parse_text(text, strlen(text), NULL, NULL);
	ATF_REQUIRE(ch.conf != NULL);
	ATF_REQUIRE_EQ(0, engine_main(&mn_engine));
	ch.ops = mn_child;
	ATF_REQUIRE_EQ(0, counters_init(&ch.counters, mn_child->counters));
	ATF_REQUIRE(whys_init(&ch.whys, &(struct hash_key){ { 1, 2 } }, NULL,
	    NULL));
	ch.parent = make_pipe(ROLE_PARENT, to_parent);
	ATF_REQUIRE(past_init(&ch.past, ROLE_MN, to_store, NULL));
	ch.past.known = true;
	ATF_REQUIRE_EQ(0, mn_child->start(&ch));
	ch.started = true;
	memset(&m, 0, sizeof(m));
	tell(MSG_SNAPSHOT, &m);
	m.u_LINK.ifindex = 3;
	snprintf(m.u_LINK.name, sizeof(m.u_LINK.name), "wlan0");
	m.u_LINK.flags = LINK_UP | LINK_RUNNING;
	m.u_LINK.mtu = 1500;
	tell(MSG_LINK, &m);
	memset(&m, 0, sizeof(m));
	tell(MSG_SNAPSHOT_END, &m);
	run();
	ATF_CHECK_EQ(ch.held.n, 1);
	ATF_CHECK_EQ(ch.held.dropped, 0);
	ch.peers[ROLE_NET] = make_pipe(ROLE_NET, to_net);
	mn_child->peer(&ch, ROLE_NET, true);
	run();
	/* 133: a Router Solicitation. */
	ATF_CHECK_STREQ(to_net, "RESYNC icmp6 133 on 3 ");
	ATF_CHECK_EQ(ch.held.n, 0);
	/* Once. */
	to_net[0] = '\0';
	mn_child->peer(&ch, ROLE_NET, true);
	run();
	ATF_CHECK_STREQ(to_net, "RESYNC ");
	/* What waits at the end is freed. */
	ipc_close(ch.peers[ROLE_NET]);
	ch.peers[ROLE_NET] = NULL;
	mn_child->stop(&ch);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, solicitation_waits);
	return (atf_no_error());
}
