/*
 * Linux: our table of nf_tables, spoken to without nft(8), which may be
 * absent, or hang.  It is replaced whole in one transaction.  What others do to
 * it is heard of by a second socket; ours bear the number of the first.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "kern/linux_nft.h"
#include "kern/linux_nl.h"

#define TABLE		"mip6d"
#define PRIORITY	(-300)		/* before connection tracking */
#define SET		"homes"		/* home addresses that are away */
#define SET_TYPE	8		/* nft(8) calls it ipv6_addr */
#define BATCH_MAX	65536		/* but for the home addresses */
#define HOME_LEN	28		/* of each of these */
#define HOMES_AT_ONCE	128		/* in a message, which errors quote */
#define ANSWER_TIME	2		/* seconds */
#define EVENT_BUFFER	(1024 * 1024)
#define ERROR_HDRLEN	8		/* of ICMPv6, before what it quotes */

/*
 * What is kept in, by chains in which nothing else is dropped:
 * input: a type 2 routing header without segments left, as the kernel would
 *	skip it (RFC 6275 11.3.3);
 * output: what the kernel answers to what is ours: Port Unreachable of its own
 *	tunnels, which answer each packet that is in none of theirs (module
 *	tunnel6), and, looked at by
 * tunnels: the same with up to two extension headers before the tunnelled
 *	packet, as those of a Tunnel Encapsulation Limit (RFC 2473 4.1.1) or a
 *	home address; and Parameter Problems, which are looked at by
 * fields: code 0, at the Routing Type 2, or by old kernels at the Segments Left
 *	behind it;
 * options: code 2, at a Home Address option;
 * groups: what is sent from a home address to a group while that is away, other
 *	than by the tun.  Groups have routes in the kernel's first table, which
 *	no rule of ours comes before.  Neighbor Advertisements are net's, by
 *	which a node returns home (RFC 6275 11.5.5).
 *
 * A rule can't find the octet that the error points at, so fields and options
 * have one for each place where it may be.
 */
struct match {
	enum {
		EXTHDR, L4PROTO, NETWORK, TRANSPORT, NOT_BY, HOME, SECPATH
	}		 kind;
	uint8_t		 type, offset, len;
	const char	*value;
};

#define MATCHES_MAX	4
#define TUN		"mip6"
#define ICMPV6(t, c)	{ L4PROTO, 0, 0, 1, "\x3a" },			\
			    { TRANSPORT, 0, 0, 2, t c }
/* A quoted Next Header, and a packet of IPv6 behind a header of so much. */
#define QUOTED(nh)	{ TRANSPORT, 0, ERROR_HDRLEN + 6, 1, nh }
#define TUNNELLED(at)	{ TRANSPORT, 0, ERROR_HDRLEN + 40 + (at), 1, "\x29" }
#define BEHIND(nh_len, at)						\
	{ "tunnels", NULL, {						\
	    { TRANSPORT, 0, ERROR_HDRLEN + 40, 2, nh_len }, TUNNELLED(at) } }

static const char	 go_back[] = "";

static const struct {
	const char	*chain, *jump;	/* NULL: it drops; or go_back */
	struct match	 m[MATCHES_MAX];	/* len 0: no more */
} rules[] = {
	{ "input", NULL, { { EXTHDR, IPPROTO_ROUTING, 2, 1, "\2" },
	    { EXTHDR, IPPROTO_ROUTING, 3, 1, "\0" } } },
	{ "output", NULL, { ICMPV6("\1", "\4"), QUOTED("\x29") } },
	{ "output", "tunnels", { ICMPV6("\1", "\4"), QUOTED("\0") } },
	{ "output", "tunnels", { ICMPV6("\1", "\4"), QUOTED("\x2b") } },
	{ "output", "tunnels", { ICMPV6("\1", "\4"), QUOTED("\x3c") } },
	{ "tunnels", NULL, { TUNNELLED(0) } },
	/* A routing header or destination options of 8 to 32 octets first. */
	BEHIND("\x2b\0", 8), BEHIND("\x2b\1", 16), BEHIND("\x2b\2", 24),
	BEHIND("\x2b\3", 32), BEHIND("\x3c\0", 8), BEHIND("\x3c\1", 16),
	BEHIND("\x3c\2", 24), BEHIND("\x3c\3", 32),
	{ "output", "fields", { ICMPV6("\4", "\0") } },
	{ "output", "options", { ICMPV6("\4", "\2") } },
	{ "output", "groups", { { NETWORK, 0, 24, 1, "\xff" },
	    { NOT_BY, 0, 0, sizeof(TUN), TUN } } },
	{ "groups", go_back, { { L4PROTO, 0, 0, 1, "\x3a" },
	    { TRANSPORT, 0, 0, 1, "\x88" } } },
	{ "groups", NULL, { { HOME, 0, 8, 16, NULL } } },
};

#define NRULES		(sizeof(rules) / sizeof(rules[0]))

/*
 * Where an error may point, from the first octet to the last by steps, in the
 * quoted packet, and what is at so many octets before that.
 */
static const struct {
	const char	*chain;
	unsigned int	 first, last, step, before;
	const char	*value;
} places[] = {
	{ "fields", 42, 226, 8, 0, "\2" },
	{ "fields", 43, 227, 8, 1, "\2" },
	/* Further behind only where it is to be aligned. */
	{ "options", 42, 127, 1, 0, "\xc9" },
	{ "options", 134, 238, 8, 0, "\xc9" },
};

#define NPLACES		(sizeof(places) / sizeof(places[0]))

/*
 * What came in ESP may have the headers of Mobile IPv6 inside: kernels that
 * know it put them there between a home address and the home agent itself (RFC
 * 6275 11.3.1, 9.3.2), first and as these are aligned.  This kernel would give
 * it up at them, and back from the shim it would not be what IPsec asks for
 * any more.  So addresses are exchanged in place and the headers made such as
 * are skipped; whether it was the association of that home address its policy
 * says, as of any packet with this source or destination.
 */
#define ESP_ADDRESS	48		/* in the option and in the header */

static const struct {
	struct match	 m[MATCHES_MAX];
	uint8_t		 to, mark, len;	/* octets: the address, the marks */
	const char	*skipped;
} in_esp[] = {
	/* An option of which the kernel knows to skip it (RFC 4727). */
	{ { { SECPATH, 0, 0, 1, "\1" }, { NETWORK, 0, 6, 1, "\x3c" },
	    { NETWORK, 0, 41, 1, "\2" }, { NETWORK, 0, 46, 2, "\xc9\x10" } },
	    8, 46, 1, "\x1e" },
	/* A routing type that is nobody's (RFC 3692), no segments left. */
	{ { { SECPATH, 0, 0, 1, "\1" }, { NETWORK, 0, 6, 1, "\x2b" },
	    { NETWORK, 0, 41, 3, "\2\2\1" },
	    { HOME, 0, ESP_ADDRESS, 16, NULL } },
	    24, 42, 2, "\xfd\0" },
};

#define NIN_ESP	(sizeof(in_esp) / sizeof(in_esp[0]))

static const struct {
	const char	*name;
	int		 hook;		/* -1: others jump there */
} chains[] = {
	{ "input", NF_INET_LOCAL_IN }, { "output", NF_INET_LOCAL_OUT },
	{ "tunnels", -1 }, { "fields", -1 }, { "options", -1 },
	{ "groups", -1 },
};

/* A batch of messages that is being built. */
struct batch {
	uint8_t		*buf;
	size_t		 cap, len, msg;	/* msg: where the last one begins */
	uint32_t	 seq;
};

static void *
room(struct batch *b, size_t n)
{
	void	*p = b->buf + b->len;

	/* All that is ever built is known to start(), and fits. */
	if (b->len + NLMSG_ALIGN(n) > b->cap)
		abort();
	memset(p, 0, NLMSG_ALIGN(n));
	b->len += NLMSG_ALIGN(n);
	return (p);
}

static struct nlmsghdr *
last(struct batch *b)
{
	return ((struct nlmsghdr *)(void *)(b->buf + b->msg));
}

static void
message(struct batch *b, uint16_t type, uint16_t flags, uint8_t family,
    uint16_t res_id)
{
	struct nlmsghdr	*h;
	struct nfgenmsg	*g;

	b->msg = b->len;
	h = room(b, sizeof(*h));
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = b->seq++;
	g = room(b, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	g->res_id = htons(res_id);
	h->nlmsg_len = (uint32_t)(b->len - b->msg);
}

/* A message about something in the table. */
static void
begin(struct batch *b, int type, int flags)
{
	message(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
	    (uint16_t)flags, NFPROTO_IPV6, 0);
}

/* Where the attribute begins, for end(). */
static size_t
put(struct batch *b, int type, const void *data, size_t len)
{
	size_t		 at = b->len;
	struct nlattr	*a = room(b, NLA_HDRLEN + len);

	a->nla_type = (uint16_t)type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len > 0)
		memcpy((uint8_t *)a + NLA_HDRLEN, data, len);
	last(b)->nlmsg_len = (uint32_t)(b->len - b->msg);
	return (at);
}

static void
put_string(struct batch *b, int type, const char *s)
{
	put(b, type, s, strlen(s) + 1);
}

static void
put_u32(struct batch *b, int type, uint32_t v)
{
	v = htonl(v);
	put(b, type, &v, sizeof(v));
}

static size_t
nest(struct batch *b, int type)
{
	return (put(b, type | NLA_F_NESTED, NULL, 0));
}

static void
end(struct batch *b, size_t at)
{
	((struct nlattr *)(void *)(b->buf + at))->nla_len =
	    (uint16_t)(b->len - at);
	last(b)->nlmsg_len = (uint32_t)(b->len - b->msg);
}

static void
put_data(struct batch *b, int type, const void *data, size_t len)
{
	size_t	 at = nest(b, type);

	put(b, NFTA_DATA_VALUE, data, len);
	end(b, at);
}

/* An expression of that name; finish() ends it. */
static void
expression(struct batch *b, const char *name, size_t at[2])
{
	at[0] = nest(b, NFTA_LIST_ELEM);
	put_string(b, NFTA_EXPR_NAME, name);
	at[1] = nest(b, NFTA_EXPR_DATA);
}

static void
finish(struct batch *b, const size_t at[2])
{
	end(b, at[1]);
	end(b, at[0]);
}

static void
load_meta(struct batch *b, uint32_t key)
{
	size_t	 at[2];

	expression(b, "meta", at);
	put_u32(b, NFTA_META_KEY, key);
	put_u32(b, NFTA_META_DREG, NFT_REG_1);
	finish(b, at);
}

static void
load_payload(struct batch *b, const struct match *m)
{
	size_t	 at[2];

	expression(b, "payload", at);
	put_u32(b, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_u32(b, NFTA_PAYLOAD_BASE, m->kind == TRANSPORT ?
	    NFT_PAYLOAD_TRANSPORT_HEADER : NFT_PAYLOAD_NETWORK_HEADER);
	put_u32(b, NFTA_PAYLOAD_OFFSET, m->offset);
	put_u32(b, NFTA_PAYLOAD_LEN, m->len);
	finish(b, at);
}

static void
load_exthdr(struct batch *b, const struct match *m)
{
	size_t	 at[2];

	expression(b, "exthdr", at);
	put_u32(b, NFTA_EXTHDR_DREG, NFT_REG_1);
	put(b, NFTA_EXTHDR_TYPE, &m->type, sizeof(m->type));
	put_u32(b, NFTA_EXTHDR_OFFSET, m->offset);
	put_u32(b, NFTA_EXTHDR_LEN, m->len);
	finish(b, at);
}

static void
compare(struct batch *b, const struct match *m)
{
	size_t	 at[2];

	expression(b, "cmp", at);
	put_u32(b, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(b, NFTA_CMP_OP, m->kind == NOT_BY ? NFT_CMP_NEQ : NFT_CMP_EQ);
	put_data(b, NFTA_CMP_DATA, m->value, m->len);
	finish(b, at);
}

static void
look_up(struct batch *b)
{
	size_t	 at[2];

	expression(b, "lookup", at);
	put_string(b, NFTA_LOOKUP_SET, SET);
	put_u32(b, NFTA_LOOKUP_SREG, NFT_REG_1);
	finish(b, at);
}

static void
match(struct batch *b, const struct match *m)
{
	switch (m->kind) {
	case L4PROTO:
		load_meta(b, NFT_META_L4PROTO);
		break;
	case NOT_BY:
		load_meta(b, NFT_META_OIFNAME);
		break;
	case SECPATH:
		load_meta(b, NFT_META_SECPATH);
		break;
	case NETWORK:
	case TRANSPORT:
	case HOME:
		load_payload(b, m);
		break;
	case EXTHDR:
		load_exthdr(b, m);
		break;
	}
	if (m->kind == HOME)
		look_up(b);
	else
		compare(b, m);
}

/* Drop and count, or go back, or jump. */
static void
verdict(struct batch *b, const char *jump)
{
	size_t		 at[2], data, v;
	uint32_t	 code = jump == NULL ? NF_DROP : jump == go_back ?
			    (uint32_t)NFT_RETURN : (uint32_t)NFT_JUMP;

	if (jump == NULL) {
		expression(b, "counter", at);
		finish(b, at);
	}
	expression(b, "immediate", at);
	put_u32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = nest(b, NFTA_IMMEDIATE_DATA);
	v = nest(b, NFTA_DATA_VERDICT);
	put_u32(b, NFTA_VERDICT_CODE, code);
	if (code == (uint32_t)NFT_JUMP)
		put_string(b, NFTA_VERDICT_CHAIN, jump);
	end(b, v);
	end(b, data);
	finish(b, at);
}

static size_t
begin_rule(struct batch *b, const char *chain, const struct match *m, size_t n)
{
	size_t	 i, at;

	begin(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	put_string(b, NFTA_RULE_TABLE, TABLE);
	put_string(b, NFTA_RULE_CHAIN, chain);
	at = nest(b, NFTA_RULE_EXPRESSIONS);
	for (i = 0; i < n && m[i].len > 0; i++)
		match(b, &m[i]);
	return (at);
}

static void
add_rule(struct batch *b, const char *chain, const struct match *m, size_t n,
    const char *jump)
{
	size_t	 at = begin_rule(b, chain, m, n);

	verdict(b, jump);
	end(b, at);
}

/* What was loaded, into the packet; checksums know of it already. */
static void
store(struct batch *b, uint32_t offset, uint32_t len)
{
	size_t	 at[2];

	expression(b, "payload", at);
	put_u32(b, NFTA_PAYLOAD_SREG, NFT_REG_1);
	put_u32(b, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	put_u32(b, NFTA_PAYLOAD_OFFSET, offset);
	put_u32(b, NFTA_PAYLOAD_LEN, len);
	finish(b, at);
}

static void
load_value(struct batch *b, const char *value, size_t len)
{
	size_t	 at[2];

	expression(b, "immediate", at);
	put_u32(b, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	put_data(b, NFTA_IMMEDIATE_DATA, value, len);
	finish(b, at);
}

static void
add_in_esp(struct batch *b)
{
	static const struct match	 address = { NETWORK, 0, ESP_ADDRESS,
	    sizeof(struct in6_addr), NULL };
	size_t				 i, rule, at[2];

	for (i = 0; i < NIN_ESP; i++) {
		rule = begin_rule(b, "input", in_esp[i].m, MATCHES_MAX);
		load_payload(b, &address);
		store(b, in_esp[i].to, address.len);
		load_value(b, in_esp[i].skipped, in_esp[i].len);
		store(b, in_esp[i].mark, in_esp[i].len);
		expression(b, "counter", at);
		finish(b, at);
		end(b, rule);
	}
}

static void
add_rules(struct batch *b)
{
	struct match	 m[] = { { TRANSPORT, 0, 4, 4, NULL },
			    { TRANSPORT, 0, 0, 1, NULL } };
	size_t		 i;
	unsigned int	 at;
	uint32_t	 pointer;

	for (i = 0; i < NRULES; i++)
		add_rule(b, rules[i].chain, rules[i].m, MATCHES_MAX,
		    rules[i].jump);
	for (i = 0; i < NPLACES; i++)
		for (at = places[i].first; at <= places[i].last;
		    at += places[i].step) {
			pointer = htonl(at);
			m[0].value = (const char *)&pointer;
			m[1].offset = (uint8_t)(ERROR_HDRLEN + at -
			    places[i].before);
			m[1].value = places[i].value;
			add_rule(b, places[i].chain, m, 2, NULL);
		}
}

static void
add_set(struct batch *b)
{
	begin(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	put_string(b, NFTA_SET_TABLE, TABLE);
	put_string(b, NFTA_SET_NAME, SET);
	put_u32(b, NFTA_SET_ID, 1);
	put_u32(b, NFTA_SET_FLAGS, 0);
	put_u32(b, NFTA_SET_KEY_TYPE, SET_TYPE);
	put_u32(b, NFTA_SET_KEY_LEN, sizeof(struct in6_addr));
}

/* Add so many to the set, or take them from it, by one message. */
static void
elements(struct batch *b, int type, const struct in6_addr *homes, size_t n)
{
	size_t	 i, list, at, key;

	begin(b, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
	put_string(b, NFTA_SET_ELEM_LIST_TABLE, TABLE);
	put_string(b, NFTA_SET_ELEM_LIST_SET, SET);
	list = nest(b, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (i = 0; i < n; i++) {
		at = nest(b, NFTA_LIST_ELEM);
		key = nest(b, NFTA_SET_ELEM_KEY);
		put(b, NFTA_DATA_VALUE, &homes[i], sizeof(homes[i]));
		end(b, key);
		end(b, at);
	}
	end(b, list);
}

static void
add_homes(struct batch *b, const struct in6_addr *homes, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i += HOMES_AT_ONCE)
		elements(b, NFT_MSG_NEWSETELEM, homes + i,
		    n - i < HOMES_AT_ONCE ? n - i : HOMES_AT_ONCE);
}

static void
add_chains(struct batch *b)
{
	size_t	 i, at;

	for (i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		begin(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
		put_string(b, NFTA_CHAIN_TABLE, TABLE);
		put_string(b, NFTA_CHAIN_NAME, chains[i].name);
		if (chains[i].hook == -1)
			continue;
		put_string(b, NFTA_CHAIN_TYPE, "filter");
		at = nest(b, NFTA_CHAIN_HOOK);
		put_u32(b, NFTA_HOOK_HOOKNUM, (uint32_t)chains[i].hook);
		put_u32(b, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY);
		end(b, at);
	}
}

static void
table(struct batch *b, int type)
{
	begin(b, type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0);
	put_string(b, NFTA_TABLE_NAME, TABLE);
}

/* 0 or an errno: the first error that the kernel tells, or that of the ack. */
static int
answer(struct nft *n, uint32_t seq)
{
	union {
		struct nlmsghdr	 h;
		uint8_t		 buf[8192];
	}			 u;
	struct nlmsghdr		*h;
	const struct nlmsgerr	*e;
	ssize_t			 got;
	size_t			 left;

	for (;;) {
		got = nl_recv(n->fd, u.buf, sizeof(u.buf), &n->forged);
		if (got == -1)
			return (errno == EAGAIN ? ETIMEDOUT : errno);
		left = (size_t)got;
		for (h = &u.h; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			e = NLMSG_DATA(h);
			if (e->error != 0 || h->nlmsg_seq == seq)
				return (-e->error);
		}
	}
}

static void
drain(int fd)
{
	uint8_t	 buf[8192];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		continue;
}

/*
 * Carry out a transaction, all of it or nothing.  The last message before its
 * end asks for an acknowledgement.
 */
static int
transact(struct nft *n, struct batch *b)
{
	uint32_t	 seq = last(b)->nlmsg_seq;
	int		 size = (int)b->cap * 2, e = 0;

	last(b)->nlmsg_flags |= NLM_F_ACK;
	message(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	n->seq = b->seq;
	drain(n->fd);
	setsockopt(n->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (send(n->fd, b->buf, b->len, 0) == -1)
		e = errno;
	free(b->buf);
	return (e != 0 ? e : answer(n, seq));
}

/* With room for a table with so many home addresses; 0 or ENOMEM. */
static int
start(struct nft *n, struct batch *b, size_t nhomes)
{
	b->cap = BATCH_MAX + (nhomes / HOMES_AT_ONCE + 1) *
	    (HOMES_AT_ONCE * HOME_LEN + 64);
	if ((b->buf = malloc(b->cap)) == NULL)
		return (ENOMEM);
	b->len = 0;
	b->seq = n->seq;
	message(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	return (0);
}

static void
replace(struct batch *b)
{
	/* One that is there is replaced: there is one to delete for sure. */
	table(b, NFT_MSG_NEWTABLE);
	table(b, NFT_MSG_DELTABLE);
}

static int
open_socket(bool events, uint32_t *port)
{
	struct sockaddr_nl	 sa = { .nl_family = AF_NETLINK };
	socklen_t		 len = sizeof(sa);
	struct timeval		 tv = { ANSWER_TIME, 0 };
	int			 fd, group = NFNLGRP_NFTABLES;
	int			 size = EVENT_BUFFER;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC |
	    (events ? SOCK_NONBLOCK : 0), NETLINK_NETFILTER);
	if (fd == -1)
		return (-1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (events)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    (events && setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
	    &group, sizeof(group)) == -1) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) == -1) {
		close(fd);
		return (-1);
	}
	*port = sa.nl_pid;
	return (fd);
}

static int
open_requests(struct nft *n)
{
	if (n->fd == -1)
		n->fd = open_socket(false, &n->port);
	return (n->fd == -1 ? errno : 0);
}

/* Close what is open; nft_put(), nft_take() and nft_watch() open it again. */
void
nft_free(struct nft *n)
{
	if (n->fd != -1)
		close(n->fd);
	if (n->events != -1)
		close(n->events);
	n->fd = n->events = -1;
}

static void
whole_table(struct batch *b, const struct in6_addr *homes, size_t nhomes,
    bool esp)
{
	replace(b);
	table(b, NFT_MSG_NEWTABLE);
	add_set(b);
	add_homes(b, homes, nhomes);
	add_chains(b);
	add_rules(b);
	if (esp)
		add_in_esp(b);
}

/*
 * Put the table there, whatever there was of it, with these home addresses that
 * are away; esp: what is between home address and home agent is in ESP.  0 or
 * an errno.
 */
int
nft_put(struct nft *n, const struct in6_addr *homes, size_t nhomes, bool esp)
{
	struct batch	 b;
	int		 e;

	if ((e = open_requests(n)) != 0 || (e = start(n, &b, nhomes)) != 0)
		return (e);
	whole_table(&b, homes, nhomes, esp);
	return (transact(n, &b));
}

/* A home address is away, or is not any more.  0 or an errno. */
int
nft_home(struct nft *n, const struct in6_addr *home, bool away)
{
	struct batch	 b;
	int		 e;

	if ((e = open_requests(n)) != 0 || (e = start(n, &b, 0)) != 0)
		return (e);
	elements(&b, away ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, home, 1);
	return (transact(n, &b));
}

/* Take it away; that it is not there is no error. */
int
nft_take(struct nft *n)
{
	struct batch	 b;
	int		 e;

	if ((e = open_requests(n)) != 0 || (e = start(n, &b, 0)) != 0)
		return (e);
	replace(&b);
	return (transact(n, &b));
}

/* The descriptor to poll, for nft_read(); -1 and errno. */
int
nft_watch(struct nft *n)
{
	uint32_t	 port;

	if (n->events == -1)
		n->events = open_socket(true, &port);
	return (n->events);
}

/* Is that about our table, and by somebody else? */
static bool
concerns(const struct nft *n, const struct nlmsghdr *h)
{
	const struct nlattr	*a;
	size_t			 off = NLMSG_SPACE(sizeof(struct nfgenmsg));
	const char		*name;

	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
	    (n->fd != -1 && h->nlmsg_pid == n->port))
		return (false);
	/* In all messages but that of a new generation it is the first one. */
	if ((h->nlmsg_type & 0xff) == NFT_MSG_NEWGEN ||
	    h->nlmsg_len < off + NLA_HDRLEN + sizeof(TABLE))
		return (false);
	a = (const struct nlattr *)(const void *)((const uint8_t *)h + off);
	name = (const char *)a + NLA_HDRLEN;
	return ((a->nla_type & NLA_TYPE_MASK) == NFTA_TABLE_NAME &&
	    a->nla_len == NLA_HDRLEN + sizeof(TABLE) &&
	    memcmp(name, TABLE, sizeof(TABLE)) == 0 &&
	    ((const struct nfgenmsg *)NLMSG_DATA(h))->nfgen_family ==
	    NFPROTO_IPV6);
}

/*
 * Read what waits: has somebody else changed our table, or may he have, as
 * messages were lost?
 */
bool
nft_read(struct nft *n)
{
	union {
		struct nlmsghdr	 h;
		uint8_t		 buf[16384];
	}			 u;
	struct nlmsghdr		*h;
	ssize_t			 got;
	size_t			 left;
	bool			 changed = false;

	for (;;) {
		got = nl_recv(n->events, u.buf, sizeof(u.buf), &n->forged);
		if (got == -1 && errno == ENOBUFS) {
			changed = true;
			continue;
		}
		if (got <= 0)
			return (changed);
		left = (size_t)got;
		for (h = &u.h; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			changed = changed || concerns(n, h);
	}
}
