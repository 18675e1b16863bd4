/*
 * core/msg: messages between processes.  Every type has a row and survives
 * packing; nothing malformed is taken, and each role may send what is on its
 * list only.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/msg.h"

static uint64_t	 seed = 0x9e3779b97f4a7c15ULL;

static uint8_t
rnd8(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((uint8_t)(seed >> 32));
}

ATF_TC_WITHOUT_HEAD(every_type_has_a_row);
ATF_TC_BODY(every_type_has_a_row, tc)
{
	unsigned int	 t, from, to;
	bool		 used;

	for (t = MSG_NONE + 1; t < MSG_MAX; t++) {
		ATF_CHECK(msg_name(t)[0] != '?');
		ATF_CHECK(msg_size(t) > 0);
		used = false;
		for (from = 0; from < ROLE_MAX; from++)
			for (to = 0; to < ROLE_MAX; to++)
				used |= msg_allowed(t, from, to);
		ATF_CHECK_MSG(used, "%s is for nobody", msg_name(t));
	}
	ATF_CHECK_EQ(msg_size(MSG_NONE), 0);
	ATF_CHECK_EQ(msg_size(MSG_MAX), 0);
	ATF_CHECK(!msg_allowed(MSG_MAX, ROLE_PARENT, ROLE_HA));
}

/* What unpacks from random bytes packs to the same bytes again. */
ATF_TC_WITHOUT_HEAD(fixed_point);
ATF_TC_BODY(fixed_point, tc)
{
	static union msg m;
	uint8_t		 in[3000], out[4000];
	char		 text[8192];
	unsigned int	 t, i, j, good = 0;
	size_t		 n, len;

	for (t = MSG_NONE + 1; t < MSG_MAX; t++) {
		memset(&m, 0, sizeof(m));
		n = msg_pack(in, sizeof(in), t, &m);
		ATF_REQUIRE(n != SIZE_MAX);
		for (i = 0; i < 2000; i++) {
			len = n;
			for (j = 0; j < 3 && len > 0; j++)
				in[rnd8() % len] = rnd8();
			if (!msg_unpack(t, in, len, &m))
				continue;
			good++;
			ATF_REQUIRE_EQ(msg_pack(out, sizeof(out), t, &m), len);
			ATF_REQUIRE(memcmp(in, out, len) == 0);
			msg_print(text, sizeof(text), t, &m);
		}
		memset(&m, 0, sizeof(m));
		n = msg_pack(in, sizeof(in), t, &m);
		ATF_CHECK(msg_unpack(t, in, n, &m));
		in[n] = 0;
		ATF_CHECK_MSG(!msg_unpack(t, in, n + 1, &m),
		    "%s: a byte left over", msg_name(t));
		for (len = 0; len < n; len++)
			ATF_CHECK_MSG(!msg_unpack(t, in, len, &m),
			    "%s: cut at %zu of %zu", msg_name(t), len, n);
	}
	ATF_CHECK(good > 1000);
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	static struct msg_log	 m;
	static union msg	 u;
	uint8_t			 buf[2000];
	size_t			 n;

	memset(m.text, 'x', sizeof(m.text));	/* not terminated */
	n = msg_pack(buf, sizeof(buf), MSG_LOG, &m);
	ATF_REQUIRE_EQ(n, 1 + 2 + MSG_TEXT_MAX - 1);
	ATF_REQUIRE(msg_unpack(MSG_LOG, buf, n, &u));
	ATF_CHECK_EQ(strlen(u.u_LOG.text), MSG_TEXT_MAX - 1);
	buf[10] = '\0';
	ATF_CHECK(!msg_unpack(MSG_LOG, buf, n, &u));
	buf[1] = 0xff;
	ATF_CHECK(!msg_unpack(MSG_LOG, buf, n, &u));
}

ATF_TC_WITHOUT_HEAD(no_room);
ATF_TC_BODY(no_room, tc)
{
	struct msg_report	 m = { 1, { (const uint8_t *)"abc", 3 } };
	uint8_t			 buf[16];

	ATF_CHECK_EQ(msg_pack(buf, 11, MSG_REPORT, &m), 11);
	ATF_CHECK_EQ(msg_pack(buf, 10, MSG_REPORT, &m), SIZE_MAX);
}

/* What is told once and not again must not be among what may be dropped. */
ATF_TC_WITHOUT_HEAD(classes);
ATF_TC_BODY(classes, tc)
{
	static const enum msg_type	 may[] = { MSG_LOG, MSG_EVENT,
	    MSG_MH_IN, MSG_MH_OUT, MSG_ICMP6_IN, MSG_ICMP6_OUT,
	    MSG_ICMP6_SENT, MSG_TUNNEL, MSG_SPI_ASK };
	unsigned int			 t, i, n = 0;
	bool				 listed;

	for (t = 0; t <= MSG_MAX; t++) {
		listed = false;
		for (i = 0; i < sizeof(may) / sizeof(may[0]); i++)
			listed |= may[i] == t;
		ATF_CHECK_EQ_MSG(msg_may_drop(t), listed, "%s", msg_name(t));
		n += msg_has_fd(t);
		ATF_CHECK(!msg_has_fd(t) || !msg_may_drop(t));
	}
	ATF_CHECK_EQ(n, 2);
}

ATF_TC_WITHOUT_HEAD(print);
ATF_TC_BODY(print, tc)
{
	struct msg_result	 m = { 7, 13 };
	char			 text[64], small[10];

	msg_print(text, sizeof(text), MSG_RESULT, &m);
	ATF_CHECK_STREQ(text, "RESULT id=7 error=13");
	msg_print(small, sizeof(small), MSG_RESULT, &m);
	ATF_CHECK_STREQ(small, "RESULT id");
}

/* The rules that the design rests on. */
ATF_TC_WITHOUT_HEAD(closed_list);
ATF_TC_BODY(closed_list, tc)
{
	ATF_CHECK(msg_allowed(MSG_HOME_ROUTE, ROLE_HA, ROLE_PARENT));
	ATF_CHECK(!msg_allowed(MSG_HOME_ROUTE, ROLE_MN, ROLE_PARENT));
	ATF_CHECK(!msg_allowed(MSG_HOME_ROUTE, ROLE_NET, ROLE_PARENT));
	ATF_CHECK(!msg_allowed(MSG_ADDR_SET, ROLE_CN, ROLE_PARENT));
	ATF_CHECK(!msg_allowed(MSG_RELOAD, ROLE_NET, ROLE_PARENT));
	ATF_CHECK(!msg_allowed(MSG_FD, ROLE_HA, ROLE_PARENT));
	ATF_CHECK(!msg_allowed(MSG_INIT, ROLE_CONTROL, ROLE_PARENT));
}

/* Name and class of each, as they are described. */
static const struct {
	const char	*name;
	enum msg_class	 class;
} described[] = {
#define LIKE(type, name, class, way)	[MSG_##type] = { #type, MC_##class },
#define MESSAGE(type, name, class, way, ...)	LIKE(type, name, class, way)
#include "core/msg.def"
};

/*
 * The closed list, whole: who may say what to whom.  It follows from the class
 * of a message and the rows of core/role.def; whoever changes these sees here
 * what that opens.
 */
static const char *const	 matrix[MC_MAX] = {
	[MC_LIFE] = "parent > control net ha mn cn ike sec cga store; ",
	[MC_LIFE_ANSWER] = "control > parent; net > parent; ha > parent; "
	    "mn > parent; cn > parent; ike > parent; sec > parent; "
	    "cga > parent; store > parent; ",
	[MC_QUERY] = "control > parent net ha mn cn ike sec cga store; ",
	[MC_REPORT] = "parent > control; net > control; ha > control; "
	    "mn > control; cn > control; ike > control; "
	    "sec > control; cga > control; store > control; ",
	[MC_ORDER] = "control > parent; ",
	[MC_PIPE_LOST] = "control > parent; net > parent; ha > parent; "
	    "mn > parent; cn > parent; ike > parent; sec > parent; "
	    "cga > parent; store > parent; ",
	[MC_PACKET_IN] = "net > ha mn cn; ",
	[MC_PACKET_OUT] = "ha > net; mn > net; cn > net; ",
	[MC_NET_NEEDS] = "net > parent; ",
	[MC_DEFEND] = "ha > net; ",
	[MC_WORLD] = "parent > net ha mn cn; ",
	[MC_MOVE] = "mn > parent; ",
	[MC_HOME_ROUTE] = "ha > parent; ",
	[MC_PEER_ROUTE] = "cn > parent; ",
	[MC_ROUTES_LOST] = "parent > ha; ",
	[MC_RESULT] = "parent > ha mn cn ike cga; store > ha mn cn ike cga; ",
	[MC_STATE] = "ha > store; mn > store; cn > store; sec > store; ",
	[MC_PAST] = "store > ha mn cn sec; ",
	[MC_CONNECT] = "ike > parent; ",
	[MC_KEYED_NODES] = "parent > parent ike; sec > parent ike; ",
	[MC_KEYED_SPIS] = "parent > parent sec; ike > parent sec; ",
	[MC_KEY_WANT] = "parent > parent ike; ha > parent ike; "
	    "mn > parent ike; sec > parent ike; ",
	[MC_KEY_STATE] = "parent > parent ha mn sec; ike > parent ha mn sec; ",
	[MC_IPSEC] = "ha > parent; mn > parent; ",
	[MC_SPI] = "parent > parent net; sec > parent net; ",
	[MC_SPI_ASK] = "parent > parent sec; net > parent sec; ",
	[MC_PLAN] = "parent > sec; ",
	[MC_PLANNED] = "sec > parent; ",
	[MC_OPEN] = "ike > parent; cga > parent; ",
	[MC_CGA_ASK] = "mn > cga; ",
	[MC_CGA_ANSWER] = "cga > mn; ",
};

/* What an engine tells, one alone hears: it names nobody when it emits. */
ATF_TC_WITHOUT_HEAD(receiver);
ATF_TC_BODY(receiver, tc)
{
	unsigned int	 t, n;
	enum role	 r, to;

	FOREACH_ENGINE(r)
		for (t = MSG_NONE + 1; t < MSG_MAX; t++) {
			n = 0;
			FOREACH_ROLE(to)
				n += msg_allowed(t, r, to) &&
				    (to == ROLE_PARENT || role_names(r, to) ||
				    role_names(to, r));
			ATF_CHECK_MSG(n <= 1, "%s: %s", role_name(r),
			    msg_name(t));
			to = msg_to(t, r);
			ATF_CHECK(n == 0 || to == ROLE_PARENT ||
			    role_names(r, to) || role_names(to, r));
		}
	ATF_CHECK_EQ(ROLE_NET, msg_to(MSG_MH_OUT, ROLE_HA));
	ATF_CHECK_EQ(ROLE_CONTROL, msg_to(MSG_EVENT, ROLE_HA));
	ATF_CHECK_EQ(ROLE_PARENT, msg_to(MSG_KEY_WANT, ROLE_HA));
	ATF_CHECK_EQ(ROLE_MAX, msg_to(MSG_IPSEC, ROLE_CN));
	ATF_CHECK_EQ(ROLE_CGA, msg_to(MSG_CGA_SIGN, ROLE_MN));
}

/* What the parent tells by proc_tell(), one child alone hears. */
ATF_TC_WITHOUT_HEAD(told_by_parent);
ATF_TC_BODY(told_by_parent, tc)
{
	static const enum msg_type	 told[] = { MSG_EVENT, MSG_REPORT,
	    MSG_REPORT_END, MSG_ROUTES_LOST, MSG_SA_ASK, MSG_SA_NODE,
	    MSG_SA_NODE_END, MSG_KEY_WANT, MSG_SPI };
	size_t				 i;
	unsigned int			 r, n;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		n = 0;
		FOREACH_CHILD(r)
			n += msg_allowed(told[i], ROLE_PARENT, (enum role)r);
		ATF_CHECK_EQ_MSG(1, n, "%s: %u hear it", msg_name(told[i]), n);
	}
}

/* "ha > net; mn > net; " */
static void
pairs_of(enum msg_type t, char *buf, size_t cap)
{
	unsigned int	 from, to;
	size_t		 n = 0;
	bool		 any;

	buf[0] = '\0';
	for (from = 0; from < ROLE_MAX; from++) {
		any = false;
		for (to = 0; to < ROLE_MAX; to++) {
			if (!msg_allowed(t, from, to))
				continue;
			n += (size_t)snprintf(buf + n, cap - n, "%s%s %s",
			    any ? "" : role_name(from), any ? "" : " >",
			    role_name(to));
			any = true;
		}
		if (any)
			n += (size_t)snprintf(buf + n, cap - n, "; ");
	}
}

ATF_TC_WITHOUT_HEAD(matrix);
ATF_TC_BODY(matrix, tc)
{
	char		 pairs[512];
	unsigned int	 t, c;

	for (t = MSG_NONE + 1; t < MSG_MAX; t++) {
		pairs_of(t, pairs, sizeof(pairs));
		printf("%-14s %s\n", msg_name(t), pairs);
		ATF_CHECK_STREQ(described[t].name, msg_name(t));
		c = described[t].class;
		ATF_CHECK_MSG(matrix[c] != NULL && strcmp(matrix[c],
		    pairs) == 0, "%s: %s", msg_name(t), pairs);
	}
	/* Before what ATF itself writes there. */
	fflush(stdout);
}

/* What is printed and packed is all of a message, in the order of its row. */
ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	static const uint8_t	 octets[] = { 'o', 'c' };
	struct msg_link		 l = { 1, "eth0", LINK_UP, 1500,
	    { 2, 0, 0, 0, 0, 1, 0xff, 0xfe }, 8 };
	struct msg_state	 s = { 7, { { { 0x20, 1, [15] = 9 } } }, true,
	    false, { octets, sizeof(octets) } };
	struct msg_query	 q = { 1, 2, 1ULL << 40, false, "x" };
	uint8_t			 buf[128];
	char			 text[256];

	msg_print(text, sizeof(text), MSG_LINK, &l);
	ATF_CHECK_STREQ(text, "LINK ifindex=1 name=\"eth0\" flags=1 mtu=1500 "
	    "lladdr=020000000001fffe lladdrlen=8");
	msg_print(text, sizeof(text), MSG_STATE_LOAD, &s);
	ATF_CHECK_STREQ(text, "STATE_LOAD id=7 home=2001::9 exact=1 "
	    "stable=0 data=6f63");
	msg_print(text, sizeof(text), MSG_QUERY, &q);
	ATF_CHECK_STREQ(text, "QUERY conn=1 verb=2 "
	    "cursor=1099511627776 restricted=0 arg=\"x\"");
	msg_print(text, sizeof(text), MSG_PING, &q);
	ATF_CHECK_STREQ(text, "PING");
	ATF_REQUIRE_EQ(4 + 16 + 1 + 1 + 4 + 2, msg_pack(buf, sizeof(buf),
	    MSG_STATE_LOAD, &s));
	ATF_CHECK(memcmp(buf, "\0\0\0\7\x20\1", 6) == 0 && buf[19] == 9);
	ATF_CHECK(memcmp(buf + 20, "\1\0\0\0\0\2oc", 8) == 0);
	ATF_REQUIRE_EQ(4 + 2 + 8 + 1 + 3, msg_pack(buf, sizeof(buf),
	    MSG_QUERY, &q));
	ATF_CHECK(memcmp(buf, "\0\0\0\1\0\2\0\0\1\0\0\0\0\0\0\0\1x",
	    18) == 0);
	ATF_CHECK_EQ(0, msg_pack(buf, 0, MSG_PING, &q));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_type_has_a_row);
	ATF_TP_ADD_TC(tp, fixed_point);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, no_room);
	ATF_TP_ADD_TC(tp, classes);
	ATF_TP_ADD_TC(tp, print);
	ATF_TP_ADD_TC(tp, closed_list);
	ATF_TP_ADD_TC(tp, receiver);
	ATF_TP_ADD_TC(tp, told_by_parent);
	ATF_TP_ADD_TC(tp, matrix);
	ATF_TP_ADD_TC(tp, fields);
	return (atf_no_error());
}
