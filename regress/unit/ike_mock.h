/* The ike role with a parent and a charon that are ours. */
#ifndef REGRESS_IKE_MOCK_H
#define REGRESS_IKE_MOCK_H

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

#include "conf/conf.h"
#include "core/log.h"
#include "core/verb.h"
#include "ike/charon.h"
#include "ike/conn.h"
#include "ike/ike.h"
#include "ike/keying.h"
#include "ike_mock_vici.h"

static struct child	 ch;
static struct conf	 conf;
static struct conf_ike	 ike;
static struct ipc	*parent;
static char		 lines[16384];		/* of the log */
static char		 files[2048];		/* of the parent, a line each */
static uint32_t		 file_id[16];
static unsigned int	 nfiles;
static uint32_t		 connect_id;
static unsigned int	 nconnects;
static struct msg_key_state told[64];
static unsigned int	 ntold;
static char		 spis[512];	/* told last; "unknown" */
static struct report	 rep;

static inline void
on_log(void *arg, enum log_level level, const char *text)
{
	size_t	 n = strlen(lines);

	(void)arg;
	if (level != LL_DEBUG)
		snprintf(lines + n, sizeof(lines) - n, "%s\n", text);
}

static inline void
on_message(void *arg, struct ipc *ipc, enum msg_type t, const union msg *m,
    int fd)
{
	size_t	 n = strlen(files);

	(void)arg;
	(void)ipc;
	(void)fd;
	if (t == MSG_CONNECT) {
		connect_id = m->u_CONNECT.id;
		nconnects++;
	} else if (t == MSG_KEY_STATE) {
		ATF_REQUIRE(ntold < 64);
		told[ntold++] = m->u_KEY_STATE;
	} else if (t == MSG_SA_SPIS) {
		size_t	 i;

		ATF_CHECK_EQ(7, m->u_SA_SPIS.id);
		snprintf(spis, sizeof(spis), "%s",
		    m->u_SA_SPIS.known ? "" : "unknown");
		for (i = 0; i + 4 <= m->u_SA_SPIS.spis.len; i += 4)
			snprintf(spis + strlen(spis),
			    sizeof(spis) - strlen(spis), " %02x%02x%02x%02x",
			    m->u_SA_SPIS.spis.p[i], m->u_SA_SPIS.spis.p[i + 1],
			    m->u_SA_SPIS.spis.p[i + 2],
			    m->u_SA_SPIS.spis.p[i + 3]);
	} else if (t == MSG_OPEN) {
		ATF_REQUIRE(nfiles < 16);
		file_id[nfiles++] = m->u_OPEN.id;
		snprintf(files + n, sizeof(files) - n, "%s\n",
		    m->u_OPEN.path);
	}
}

static inline void
on_dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)ipc;
	atf_tc_fail("pipe: %s", reason);
}

/* All that can happen without time. */
static inline void
turn(void)
{
	int	 i, idle = 0;

	for (i = 0; i < 20000 && idle < 4; i++) {
		event_base_loop(ch.base, EVLOOP_NONBLOCK);
		idle = serve() ? 0 : idle + 1;
	}
}

/* Until there are n states told in all. */
static inline void
until_told(unsigned int n)
{
	int	 i;

	for (i = 0; i < 1000 && ntold < n; i++) {
		turn();
		usleep(5000);
	}
	ATF_REQUIRE_EQ_MSG(n, ntold, "asked: %s", asked);
}

/* Until charon is asked that. */
static inline void
until_asked(const char *what)
{
	int	 i;

	for (i = 0; i < 1000 && strstr(asked, what) == NULL; i++) {
		turn();
		usleep(5000);
	}
	ATF_REQUIRE_MSG(strstr(asked, what) != NULL, "not asked: %s\nbut:\n%s",
	    what, asked);
}

/* The parts come one after the other in what charon was asked. */
static inline void
in_order(const char *const *parts)
{
	const char	*p = asked;

	for (; *parts != NULL; parts++) {
		p = strstr(p, *parts);
		ATF_REQUIRE_MSG(p != NULL, "not in its place: %s\nin:\n%s",
		    *parts, asked);
		p += strlen(*parts);
	}
}

static inline size_t
count(const char *text, const char *what)
{
	size_t	 n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return (n);
}

static inline const struct msg_key_state *
last_told(void)
{
	ATF_REQUIRE(ntold > 0);
	return (&told[ntold - 1]);
}

static inline struct keying *
keying(void)
{
	/* What is behind struct charon in ike.c. */
	return ((struct keying *)(void *)((struct charon *)ch.priv + 1));
}

static inline void
connect_charon(void)
{
	struct msg_fd	 m = { .kind = FD_CONNECTED };
	int		 sv[2], i;
	unsigned int	 before = nconnects;

	if (charon != -1) {
		close(charon);
		charon = -1;
		for (i = 0; i < 400 && nconnects == before; i++) {
			turn();
			usleep(5000);
		}
	}
	turn();
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	charon = sv[1];
	m.arg = connect_id;
	ike_ops.got_fd(&ch, &m, sv[0]);
	turn();
}

static inline void
start_ike(void)
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
	ATF_REQUIRE_EQ(0, ike_ops.start(&ch));
	turn();
}

static inline void
say(enum msg_type t, const union msg *m)
{
	ike_ops.message(&ch, ROLE_PARENT, t, m);
}

static inline void
say_node(const char *home, uint32_t reqid, uint64_t seen)
{
	union msg	 m = { .u_SA_NODE = { .home = addr(home),
			    .reqid = reqid, .seen = seen } };

	say(MSG_SA_NODE, &m);
}

static inline void
say_node_end(void)
{
	union msg	 m = { .u_CONF_ACK = { .ok = false } };

	say(MSG_SA_NODE_END, &m);
	turn();
}

static inline void
say_want(enum key_op op, const char *home, const char *local,
    const char *remote)
{
	union msg	 m = { .u_KEY_WANT = { .home = addr(home),
			    .local = addr(local), .remote = addr(remote),
			    .op = (uint8_t)op } };

	say(MSG_KEY_WANT, &m);
	turn();
}

/* mip6ctl; the text of the answer, or its error. */
static inline const char *
verb(enum verb v, const char *arg)
{
	static char		 text[256];
	struct msg_query	 q = { .verb = (uint16_t)v };
	struct report_field	 f;
	struct rbuf		 r, row;
	char			 table[64];
	int			 error = 0;

	snprintf(q.arg, sizeof(q.arg), "%s", arg);
	report_init(&rep);
	ATF_CHECK_EQ(0, ike_ops.query(&ch, &q, &rep, &error));
	if (error != 0)
		return (strerror(error));
	text[0] = '\0';
	rbuf_init(&r, rep.mem, rep.w.off);
	while (report_next_row(&r, &row, table, sizeof(table)))
		while (report_next_field(&row, &f))
			if (strcmp(f.name, "text") == 0)
				snprintf(text, sizeof(text), "%.*s",
				    (int)f.v.str.len, f.v.str.p);
	turn();
	return (text);
}

#endif
