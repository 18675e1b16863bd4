/*
 * FreeBSD: rules of ours in ipfw(4), where that is in the kernel and on.  Two
 * keep in the answers to what the shim handles; one for each home address that
 * is away leaves what comes from there no way but the tunnel, also when all of
 * us are dead.  They are told from others by their set and their numbers.
 * Called by the bsd files.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_fw.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/bsd.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define OUR_SET		30
#define NUMBER_ANSWERS	106	/* for both */
#define NUMBER_CLOSED	107	/* and up, one each */
#define NUMBER_LAST	999
#define WORDS(size)	((unsigned int)((size) / sizeof(uint32_t)))
#define CMDS_MAX	64	/* words of the longest of our rules */
#define ROUND(n)	(((n) + 7) & ~(size_t)7)
#define TRIES		4

#define CMDS		WORDS(offsetof(struct ip_fw_rule, cmd))

/* A rule as it is told and asked for, with room for what it does. */
union rule {
	struct ip_fw_rule	 r;
	uint32_t		 words[CMDS + CMDS_MAX];
};

typedef bool	 each_rule(void *, const union rule *);

/*
 * What this opcode of the header hdr asks for; 0 or an errno, ENOPROTOOPT:
 * there is no ipfw.
 */
static int
ask(void *p, size_t *len, int opcode)
{
	ip_fw3_opheader	*h = p;
	socklen_t	 n = (socklen_t)*len;
	int		 e = 0, s;

	if ((s = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)) == -1)
		return (errno);
	h->opcode = (uint16_t)opcode;
	if (getsockopt(s, IPPROTO_IP, IP_FW3, p, &n) == -1)
		e = errno;
	*len = n;
	close(s);
	return (e);
}

/* NULL: ipfw is in the kernel, and on for IPv6; else what to do about that. */
const char *
bsd_lacks_filter(void)
{
	int	 v = 0;
	size_t	 len = sizeof(v);

	if (sysctlbyname("net.inet6.ip6.fw.enable", &v, &len, NULL, 0) == 0 &&
	    v != 0)
		return (NULL);
	return ("kldload ipfw, with net.inet.ip.fw.default_to_accept=1 in "
	    "loader.conf(5) unless it has your rules, and sysctl "
	    "net.inet6.ip6.fw.enable=1");
}

/* Append an instruction of that many octets. */
static void *
append(union rule *r, size_t size, int opcode, uint16_t arg)
{
	ipfw_insn	*c = (void *)(r->words + CMDS + r->r.cmd_len);

	c->opcode = (uint8_t)opcode;
	c->len = (uint8_t)WORDS(size);
	c->arg1 = arg;
	r->r.cmd_len = (uint16_t)(r->r.cmd_len + WORDS(size));
	return (c);
}

static void
begin(union rule *r, unsigned int number)
{
	memset(r, 0, sizeof(*r));
	r->r.rulenum = number;
	r->r.set = OUR_SET;
	append(r, sizeof(ipfw_insn), O_IP6, 0);
}

static void
outgoing(union rule *r)
{
	ipfw_insn	*c = append(r, sizeof(*c), O_IN, 0);

	c->len |= F_NOT;
}

static void
not_by(union rule *r, const char *interface)
{
	ipfw_insn_if	*c = append(r, sizeof(*c), O_XMIT, 0);

	c->o.len |= F_NOT;
	snprintf(c->name, sizeof(c->name), "%s", interface);
}

static void
deny(union rule *r)
{
	r->r.act_ofs = r->r.cmd_len;
	append(r, sizeof(ipfw_insn), O_DENY, 0);
}

static ipfw_insn_icmp6 *
icmp6_type(union rule *r, unsigned int type)
{
	ipfw_insn_icmp6	*c = append(r, sizeof(*c), O_ICMP6TYPE, 0);

	c->d[type / 32] = 1U << type % 32;
	return (c);
}

/* deny ipv6-icmp from me6 to any out icmp6types 4 */
static void
problems_out(union rule *r)
{
	begin(r, NUMBER_ANSWERS);
	append(r, sizeof(ipfw_insn), O_PROTO, IPPROTO_ICMPV6);
	append(r, sizeof(ipfw_insn), O_IP6_SRC_ME, 0);
	outgoing(r);
	icmp6_type(r, ICMP6_T_PARAM);
	deny(r);
}

/* deny ip6 from any to me6 in ext6hdr rthdr2: the kernel would skip it */
static void
type2_in(union rule *r)
{
	begin(r, NUMBER_ANSWERS);
	append(r, sizeof(ipfw_insn), O_IP6_DST_ME, 0);
	append(r, sizeof(ipfw_insn), O_IN, 0);
	append(r, sizeof(ipfw_insn), O_EXT_HDR, EXT_RTHDR2);
	deny(r);
}

/*
 * deny ip6 from HOME to any not proto 135 not icmp6types 136 out not xmit mip6
 * not xmit lo0: the Binding Update of a return comes from there while it still
 * is away, and so does the Neighbor Advertisement by which the home agent finds
 * it, to answer that (RFC 6275 section 11.5.5).
 */
static void
closed(union rule *r, const struct kern *k, const struct in6_addr *home,
    unsigned int number)
{
	ipfw_insn	*c;

	begin(r, number);
	c = append(r, sizeof(*c) + sizeof(*home), O_IP6_SRC, 0);
	memcpy(c + 1, home, sizeof(*home));
	c = append(r, sizeof(*c), O_PROTO, IP6_P_MH);
	c->len |= F_NOT;
	icmp6_type(r, ICMP6_T_NA)->o.len |= F_NOT;
	outgoing(r);
	not_by(r, k->tun_name);
	not_by(r, "lo0");
	deny(r);
}

/* Do they the same?  One that is longer than any of ours does not. */
static bool
same(const union rule *a, const union rule *b)
{
	return (a->r.cmd_len == b->r.cmd_len && a->r.cmd_len <= CMDS_MAX &&
	    memcmp(a->words + CMDS, b->words + CMDS, a->r.cmd_len *
	    sizeof(uint32_t)) == 0);
}

/* The home address that it is for, if it is one of those. */
static bool
is_closed(const struct kern *k, const union rule *r, struct in6_addr *home)
{
	union rule	 want;

	if (r->r.rulenum < NUMBER_CLOSED)
		return (false);
	/* The address comes second, behind the one word of O_IP6. */
	memcpy(home, r->words + CMDS + 2, sizeof(*home));
	closed(&want, k, home, r->r.rulenum);
	return (same(&want, r));
}

/* One rule of a list into memory that is aligned, and to fn if it is ours. */
static bool
take(const uint8_t *p, size_t len, each_rule *fn, void *arg)
{
	union rule	 r;
	size_t		 head = sizeof(ipfw_obj_tlv), n;

	if (len < head + sizeof(r.r))
		return (true);
	n = len - head < sizeof(r) ? len - head : sizeof(r);
	memset(&r, 0, sizeof(r));
	memcpy(&r, p + head, n);
	if (r.r.set != OUR_SET || r.r.rulenum < NUMBER_ANSWERS ||
	    r.r.rulenum > NUMBER_LAST)
		return (true);
	return (fn(arg, &r));
}

/* Behind the header may be a list of names; then the rules. */
static void
take_all(const uint8_t *p, size_t len, each_rule *fn, void *arg)
{
	ipfw_obj_ctlv	 list;
	ipfw_obj_tlv	 t;
	size_t		 at = sizeof(ipfw_cfg_lheader);

	if (len < at)
		return;
	for (; len - at >= sizeof(list); at += list.head.length) {
		memcpy(&list, p + at, sizeof(list));
		if (list.head.length < sizeof(list) ||
		    list.head.length > len - at)
			return;
		if (list.head.type == IPFW_TLV_RULE_LIST)
			break;
	}
	for (at += sizeof(list); at < len && len - at >= sizeof(t);
	    at += t.length) {
		memcpy(&t, p + at, sizeof(t));
		if (t.length < sizeof(t) || t.length > len - at ||
		    !take(p + at, t.length, fn, arg))
			return;
	}
}

/*
 * Each rule of ours, until fn says false.  0 or an errno; without ipfw there
 * are none.
 */
static int
each(each_rule *fn, void *arg)
{
	ipfw_cfg_lheader	*h;
	size_t			 cap = 4096, len;
	int			 e = ENOMEM, i;

	for (i = 0; i < TRIES && e == ENOMEM; i++) {
		if ((h = calloc(1, cap)) == NULL)
			return (ENOMEM);
		h->flags = IPFW_CFG_GET_STATIC;
		h->start_rule = NUMBER_ANSWERS;
		h->end_rule = NUMBER_LAST;
		len = cap;
		if ((e = ask(h, &len, IP_FW_XGET)) == 0)
			take_all((const uint8_t *)h, len < cap ? len : cap, fn,
			    arg);
		/* It says what it takes; there may be more by then. */
		cap = ROUND((size_t)h->size + 4096);
		free(h);
	}
	return (e == ENOPROTOOPT ? 0 : e);
}

static int
add(const union rule *r)
{
	union {
		ip_fw3_opheader	 h;
		uint8_t		 p[sizeof(ip_fw3_opheader) +
				    sizeof(ipfw_obj_ctlv) +
				    sizeof(union rule)];
	} q;
	ipfw_obj_ctlv	 list;
	size_t		 size, len;

	size = (CMDS + r->r.cmd_len) * sizeof(uint32_t);
	memset(&q, 0, sizeof(q));
	memset(&list, 0, sizeof(list));
	list.head.type = IPFW_TLV_RULE_LIST;
	list.head.length = (uint32_t)(sizeof(list) + ROUND(size));
	list.count = 1;
	memcpy(q.p + sizeof(q.h), &list, sizeof(list));
	memcpy(q.p + sizeof(q.h) + sizeof(list), r, size);
	len = sizeof(q.h) + list.head.length;
	return (ask(&q, &len, IP_FW_XADD));
}

/* All rules of ours with that number go. */
static int
del(unsigned int number)
{
	ipfw_range_header	 q;
	size_t			 len = sizeof(q);

	memset(&q, 0, sizeof(q));
	q.range.head.type = IPFW_TLV_RANGE;
	q.range.head.length = sizeof(q.range);
	q.range.flags = IPFW_RCFLAG_RANGE | IPFW_RCFLAG_SET;
	q.range.start_rule = q.range.end_rule = (uint16_t)number;
	q.range.set = OUR_SET;
	return (ask(&q, &len, IP_FW_XDEL));
}

/* Answers. */

struct answers {
	union rule	 out, in;
	unsigned int	 found, other;
};

static bool
see_answer(void *arg, const union rule *r)
{
	struct answers	*a = arg;

	if (r->r.rulenum != NUMBER_ANSWERS)
		return (true);
	if (same(r, &a->out))
		a->found |= 1;
	else if (same(r, &a->in))
		a->found |= 2;
	else
		a->other++;
	return (true);
}

static int
find_answers(struct answers *a)
{
	memset(a, 0, sizeof(*a));
	problems_out(&a->out);
	type2_in(&a->in);
	return (each(see_answer, a));
}

bool
bsd_answers_filtered(void)
{
	struct answers	 a;

	return (bsd_lacks_filter() == NULL && find_answers(&a) == 0 &&
	    a.found == 3 && a.other == 0);
}

/* Put or take the rules for answers; EOPNOTSUPP: there is no ipfw. */
int
bsd_filter_answers(bool on)
{
	struct answers	 a;
	int		 e;

	if (on && bsd_lacks_filter() != NULL)
		return (EOPNOTSUPP);
	if ((e = find_answers(&a)) != 0)
		return (e);
	if (on && a.found == 3 && a.other == 0)
		return (0);
	if (a.found != 0 || a.other != 0)
		e = del(NUMBER_ANSWERS);
	if (on && e == 0 && (e = add(&a.out)) == 0)
		e = add(&a.in);
	return (e);
}

/* Home addresses. */

struct closed {
	const struct kern	*k;
	const struct in6_addr	*home;		/* this one */
	unsigned int		 number;	/* is of it; 0: none */
	bool			 used[NUMBER_LAST + 1];
	bool			 strange[NUMBER_LAST + 1];
	/* Each one. */
	void			(*fn)(struct kern *, const struct in6_addr *);
	struct kern		*arg;
};

static bool
see_closed(void *arg, const union rule *r)
{
	struct closed	*c = arg;
	struct in6_addr	 home;

	c->used[r->r.rulenum] = true;
	if (!is_closed(c->k, r, &home))
		c->strange[r->r.rulenum] = r->r.rulenum >= NUMBER_CLOSED;
	else if (c->fn != NULL)
		c->fn(c->arg, &home);
	else if (IN6_ARE_ADDR_EQUAL(&home, c->home))
		c->number = r->r.rulenum;
	return (true);
}

static int
find_closed(struct closed *c, const struct kern *k,
    const struct in6_addr *home)
{
	memset(c, 0, sizeof(*c));
	c->k = k;
	c->home = home;
	return (each(see_closed, c));
}

/* What comes from home has no way but the tunnel, or has others again. */
int
bsd_close(struct kern *k, const struct in6_addr *home, bool on)
{
	struct closed	 c;
	union rule	 r;
	unsigned int	 n = NUMBER_CLOSED;
	int		 e;

	if ((e = find_closed(&c, k, home)) != 0)
		return (e);
	if (!on)
		return (c.number == 0 ? 0 : del(c.number));
	if (c.number != 0)
		return (0);
	while (n <= NUMBER_LAST && c.used[n])
		n++;
	if (n > NUMBER_LAST)
		return (ENOSPC);
	closed(&r, k, home, n);
	return (add(&r));
}

bool
bsd_is_closed(struct kern *k, const struct in6_addr *home)
{
	struct closed	 c;

	return (bsd_lacks_filter() == NULL && find_closed(&c, k, home) == 0 &&
	    c.number != 0);
}

/*
 * Each home address that has no other way; 0 or an errno.  What is of no use,
 * as it was for a tun of another name, goes.
 */
int
bsd_each_closed(struct kern *k,
    void (*fn)(struct kern *, const struct in6_addr *))
{
	struct closed	 c;
	unsigned int	 n;
	int		 e;

	memset(&c, 0, sizeof(c));
	c.k = c.arg = k;
	c.fn = fn;
	e = each(see_closed, &c);
	for (n = NUMBER_CLOSED; e == 0 && n <= NUMBER_LAST; n++)
		if (c.strange[n])
			e = del(n);
	return (e);
}
