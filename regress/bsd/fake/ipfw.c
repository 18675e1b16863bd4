/*
 * ipfw(4) of FreeBSD for tests of mip6d/kern, beside kernel.c.  Rules are kept
 * as they come, with the checks of add_rules() and check_ipfw_rule1() there.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_fw.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "regress/bsd/fake/fake.h"

#define MAX	32
#define SIZE	512
#define ROUND(n) (((n) + 7) & ~(size_t)7)

struct entry {
	struct ip_fw_rule	 r;
	uint8_t			 p[SIZE];	/* with r in front */
	size_t			 size;
};

static struct entry	 entries[MAX];
static size_t		 n;

int	 fake_sysctlbyname(const char *, void *, size_t *, const void *,
	    size_t);

static int
refuse(int e)
{
	errno = e;
	return (-1);
}

/* A rule of somebody else, which would come first. */
void
fake_ipfw(unsigned int number, unsigned int set)
{
	struct entry	*e = &entries[n++];

	memset(e, 0, sizeof(*e));
	e->r.rulenum = number;
	e->r.set = (__UINT8_TYPE__)set;
	e->r.cmd_len = 1;
	e->r.cmd[0].opcode = O_DENY;
	e->r.cmd[0].len = 1;
	e->size = ROUND(sizeof(e->r));
	memcpy(e->p, &e->r, sizeof(e->r));
}

unsigned int
fake_ipfw_rules(unsigned int set)
{
	unsigned int	 found = 0;
	size_t		 i;

	for (i = 0; i < n; i++)
		found += entries[i].r.set == set;
	return (found);
}

void
fake_ipfw_flush(void)
{
	n = 0;
}

/* Does an instruction match what leaves?  What is not ours does not. */
static bool
matches(const uint8_t *c, const struct fake_packet *p)
{
	ipfw_insn	 insn;
	ipfw_insn_icmp6	 types;
	bool		 is;

	memcpy(&insn, c, sizeof(insn));
	switch (insn.opcode) {
	case O_IP6:
	case O_DENY:
		return (true);
	case O_PROTO:
		is = insn.arg1 == p->protocol;
		break;
	case O_IP6_SRC:
		is = memcmp(c + sizeof(insn), &p->src, sizeof(p->src)) == 0;
		break;
	case O_XMIT:
		is = strcmp((const char *)c + offsetof(ipfw_insn_if, name),
		    p->interface) == 0;
		break;
	case O_ICMP6TYPE:
		memcpy(&types, c, sizeof(types));
		is = p->protocol == IPPROTO_ICMPV6 &&
		    (types.d[p->type / 32] & 1U << p->type % 32) != 0;
		break;
	default:		/* O_IN and what is for the host itself */
		is = false;
	}
	return (is != ((insn.len & F_NOT) != 0));
}

/* Does a packet to elsewhere leave by its interface? */
bool
fake_ipfw_passes(const struct fake_packet *p)
{
	const uint8_t	*c;
	size_t		 at, i;

	for (i = 0; i < n; i++) {
		c = entries[i].p + offsetof(struct ip_fw_rule, cmd);
		for (at = 0; at < entries[i].r.cmd_len; )
			if (matches(c + at * 4, p))
				at += c[at * 4 + 1] & 0x3f;
			else
				break;
		if (at >= entries[i].r.cmd_len)
			return (false);
	}
	return (true);
}

static int
list(uint8_t *p, socklen_t *len)
{
	ipfw_cfg_lheader	 h;
	ipfw_obj_ctlv		 c;
	ipfw_obj_tlv		 t;
	size_t			 i, need = sizeof(h) + sizeof(c);

	for (i = 0; i < n; i++)
		need += sizeof(t) + entries[i].size;
	memcpy(&h, p, sizeof(h));
	h.size = (__UINT32_TYPE__)need;
	memcpy(p, &h, sizeof(h));
	if (*len < need)
		return (refuse(ENOMEM));
	*len = (socklen_t)need;
	memset(&c, 0, sizeof(c));
	c.head.type = IPFW_TLV_RULE_LIST;
	c.head.length = (__UINT32_TYPE__)(need - sizeof(h));
	c.count = (__UINT32_TYPE__)n;
	memcpy(p += sizeof(h), &c, sizeof(c));
	p += sizeof(c);
	for (i = 0; i < n; i++) {
		memset(&t, 0, sizeof(t));
		t.type = IPFW_TLV_RULE_ENT;
		t.length = (__UINT32_TYPE__)(sizeof(t) + entries[i].size);
		memcpy(p, &t, sizeof(t));
		memcpy(p + sizeof(t), entries[i].p, entries[i].size);
		p += t.length;
	}
	return (0);
}

/* Each instruction has the length that its kind has; the action is last. */
static int
check(const uint8_t *p, const struct ip_fw_rule *r)
{
	static const struct { int opcode, words; } known[] = {
		{ O_IP6, 1 }, { O_PROTO, 1 }, { O_IP6_SRC_ME, 1 },
		{ O_IP6_DST_ME, 1 }, { O_IN, 1 }, { O_EXT_HDR, 1 },
		{ O_DENY, 1 }, { O_IP6_SRC, 5 }, { O_ICMP6TYPE, 8 },
		{ O_XMIT, 6 },
	};
	const uint8_t	*c = p + sizeof(*r) - sizeof(r->cmd);
	size_t		 at = 0, i, words;
	int		 last = 0;

	for (; at < r->cmd_len; at += words) {
		last = c[at * 4];
		words = c[at * 4 + 1] & 0x3f;
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (known[i].opcode == last)
				break;
		if (i == sizeof(known) / sizeof(known[0]) ||
		    words != (size_t)known[i].words)
			return (EINVAL);
		if (last == O_DENY && at != r->act_ofs)
			return (EINVAL);
	}
	return (at != r->cmd_len || last != O_DENY ? EINVAL : 0);
}

static int
add(const uint8_t *p, size_t len)
{
	struct ip_fw_rule	 r;
	ipfw_obj_ctlv		 c;
	struct entry		*e;
	size_t			 size;

	memcpy(&c, p + sizeof(ip_fw3_opheader), sizeof(c));
	p += sizeof(ip_fw3_opheader) + sizeof(c);
	if (c.head.type != IPFW_TLV_RULE_LIST || c.count != 1 ||
	    c.head.length % 8 != 0 ||
	    sizeof(ip_fw3_opheader) + c.head.length != len)
		return (refuse(EINVAL));
	memcpy(&r, p, sizeof(r));
	size = sizeof(r) + r.cmd_len * 4U - 4;
	if (ROUND(size) != c.head.length - sizeof(c) || size > SIZE ||
	    check(p, &r) != 0)
		return (refuse(EINVAL));
	if (n == MAX)
		abort();
	e = &entries[n++];
	memset(e, 0, sizeof(*e));
	e->r = r;
	e->size = ROUND(size);
	memcpy(e->p, p, size);
	return (0);
}

static int
del(const uint8_t *p, size_t len)
{
	ipfw_range_header	 q;
	size_t			 i;

	if (len != sizeof(q))
		return (refuse(EINVAL));
	memcpy(&q, p, sizeof(q));
	if (q.range.head.length != sizeof(q.range) ||
	    q.range.flags != (IPFW_RCFLAG_RANGE | IPFW_RCFLAG_SET))
		return (refuse(EINVAL));
	for (i = n; i-- > 0; )
		if (entries[i].r.set == q.range.set &&
		    entries[i].r.rulenum >= q.range.start_rule &&
		    entries[i].r.rulenum <= q.range.end_rule)
			entries[i] = entries[--n];
	return (0);
}

int
fake_getsockopt(int fd, int level, int name, void *p, socklen_t *len)
{
	ip_fw3_opheader	 h;
	size_t		 size = sizeof(int);
	int		 enabled;

	(void)fd;
	/* Off or on, the module has to be there. */
	if (fake_sysctlbyname("net.inet6.ip6.fw.enable", &enabled, &size, NULL,
	    0) == -1)
		return (refuse(ENOPROTOOPT));
	if (level != IPPROTO_IP || name != IP_FW3)
		return (refuse(ENOPROTOOPT));
	memcpy(&h, p, sizeof(h));
	switch (h.opcode) {
	case IP_FW_XGET:
		return (list(p, len));
	case IP_FW_XADD:
		return (add(p, *len));
	case IP_FW_XDEL:
		return (del(p, *len));
	default:
		return (refuse(EINVAL));
	}
}
