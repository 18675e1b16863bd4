/*
 * kern/linux_nl: each result reaches its request, with dumps in between or
 * not.  What is not the kernel's is not believed, neither there nor in
 * linux_nft.
 */
#include <sys/socket.h>

#include <atf-c.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For how it reads an answer. */
#include "kern/linux_nft.c"
#include "kern/kern.h"
#include "kern/linux_nl.h"

static unsigned int	 ndone;
static uint32_t		 ids[8];
static int		 errors[8];

static void
done(void *arg, uint32_t id, int error)
{
	(void)arg;
	ids[ndone] = id;
	errors[ndone++] = error;
}

static void
acknowledge(int fd, uint32_t seq, int error)
{
	struct {
		struct nlmsghdr	 h;
		struct nlmsgerr	 e;
	}		 m;

	memset(&m, 0, sizeof(m));
	m.h.nlmsg_len = sizeof(m);
	m.h.nlmsg_type = NLMSG_ERROR;
	m.h.nlmsg_seq = seq;
	m.e.error = -error;
	ATF_REQUIRE(send(fd, &m, sizeof(m), 0) == sizeof(m));
}

ATF_TC(dump_between);
ATF_TC_HEAD(dump_between, tc)
{
	/* What it is about is a wait without end. */
	atf_tc_set_md_var(tc, "timeout", "10");
}
ATF_TC_BODY(dump_between, tc)
{
	struct ifinfomsg	 body;
	struct nl		 nl;
	int			 sv[2];

	memset(&nl, 0, sizeof(nl));
	memset(&body, 0, sizeof(body));
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	nl.fd = sv[0];
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 11));
	nl.seq += 5;		/* as dumps do */
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 12));
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 13));
	acknowledge(sv[1], nl.req[0].seq, 0);
	acknowledge(sv[1], nl.req[0].seq + 2, EIO);	/* of no request */
	acknowledge(sv[1], nl.req[1].seq, EEXIST);
	acknowledge(sv[1], nl.req[2].seq, 0);
	ATF_CHECK_EQ(nl_commit(&nl, done, NULL), 0);
	ATF_REQUIRE_EQ(ndone, 3);
	ATF_CHECK_EQ(ids[0], 11);
	ATF_CHECK_EQ(ids[1], 12);
	ATF_CHECK_EQ(ids[2], 13);
	ATF_CHECK_EQ(errors[0], 0);
	ATF_CHECK_EQ(errors[1], EEXIST);
	ATF_CHECK_EQ(errors[2], 0);
	nl_close(&nl);
	close(sv[1]);
}

struct error {
	struct nlmsghdr	 h;
	struct nlmsgerr	 e;
};

/* From one socket to the other, as if it were the kernel's; or skip. */
static void
forge(int fd, uint32_t to, uint32_t seq, int error)
{
	struct sockaddr_nl	 sa = { .nl_family = AF_NETLINK, .nl_pid = to };
	struct error		 m = { .h = { .nlmsg_len = sizeof(m),
	    .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = seq },
	    .e = { .error = -error } };

	if (sendto(fd, &m, sizeof(m), 0, (struct sockaddr *)&sa,
	    sizeof(sa)) == -1)
		atf_tc_skip("no message to another socket: %s",
		    strerror(errno));
}

/* Only what comes from the kernel is believed; what else comes is counted. */
ATF_TC(forged);
ATF_TC_HEAD(forged, tc)
{
	atf_tc_set_md_var(tc, "timeout", "10");
	/* Nobody else may send to the socket of somebody else. */
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(forged, tc)
{
	struct ifinfomsg	 body;
	struct nl		 nl, other;

	ATF_REQUIRE_EQ(nl_open(&nl), 0);
	ATF_REQUIRE_EQ(nl_open(&other), 0);
	memset(&body, 0, sizeof(body));
	/* An answer to the next request, before it is made. */
	forge(other.fd, nl.port, nl.seq + 1, EXDEV);
	ATF_REQUIRE(nl_begin(&nl, RTM_SETLINK, 0, &body, sizeof(body), 1));
	ndone = 0;
	ATF_CHECK_EQ(nl_commit(&nl, done, NULL), 0);
	ATF_CHECK_EQ(ndone, 1);
	ATF_CHECK(errors[0] != EXDEV);
	ATF_CHECK_EQ(nl.forged, 1);
	nl_close(&nl);
	nl_close(&other);
}

/* The same for the table of the filter. */
ATF_TC(forged_filter);
ATF_TC_HEAD(forged_filter, tc)
{
	atf_tc_set_md_var(tc, "timeout", "30");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(forged_filter, tc)
{
	struct nft	 n = { .fd = -1, .events = -1 };
	uint32_t	 port;
	int		 other;

	if (open_requests(&n) != 0 || (other = open_socket(false, &port)) == -1)
		atf_tc_skip("no netfilter: %s", strerror(errno));
	forge(other, n.port, 7, EXDEV);
	ATF_CHECK_EQ(answer(&n, 7), ETIMEDOUT);
	ATF_CHECK_EQ(n.forged, 1);
	nft_free(&n);
	close(other);
}

static struct in6_addr *
many_homes(size_t n)
{
	struct in6_addr	*homes = calloc(n, sizeof(*homes));
	size_t		 i;

	ATF_REQUIRE(homes != NULL);
	for (i = 0; i < n; i++) {
		homes[i].s6_addr[0] = 0x20;
		homes[i].s6_addr[13] = (uint8_t)(i >> 16);
		homes[i].s6_addr[14] = (uint8_t)(i >> 8);
		homes[i].s6_addr[15] = (uint8_t)i;
	}
	return (homes);
}

#define BEGIN	(NLMSG_HDRLEN + sizeof(struct nfgenmsg))

static const struct nlattr *
attribute(const void *p)
{
	return (p);
}

/* How many elements that message has; those are the addresses at homes. */
static size_t
count_elements(const struct nlmsghdr *h, const struct in6_addr *homes)
{
	const uint8_t	*p = (const uint8_t *)h + BEGIN;
	size_t		 n, len;

	p += NLA_ALIGN(attribute(p)->nla_len);
	p += NLA_ALIGN(attribute(p)->nla_len);
	len = attribute(p)->nla_len;
	ATF_CHECK_EQ(p + len, (const uint8_t *)h + h->nlmsg_len);
	for (p += NLA_HDRLEN, len -= NLA_HDRLEN, n = 0; len > 0; n++) {
		ATF_REQUIRE_EQ(attribute(p)->nla_len, HOME_LEN);
		ATF_CHECK_EQ(memcmp(p + HOME_LEN - sizeof(homes[n]),
		    &homes[n], sizeof(homes[n])), 0);
		p += HOME_LEN;
		len -= HOME_LEN;
	}
	return (n);
}

/* A table for n home addresses: all are in it, and it has room for them. */
static void
build(size_t n, size_t messages)
{
	struct nft		 nft = { .fd = -1, .events = -1 };
	struct in6_addr		*homes = many_homes(n + 1);
	struct batch		 b;
	const struct nlmsghdr	*h;
	size_t			 at, found = 0;

	ATF_REQUIRE_EQ(start(&nft, &b, n), 0);
	whole_table(&b, homes, n, true);
	for (at = 0; at < b.len; at += NLMSG_ALIGN(h->nlmsg_len)) {
		h = (const struct nlmsghdr *)(const void *)(b.buf + at);
		ATF_REQUIRE(h->nlmsg_len >= BEGIN);
		if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 |
		    NFT_MSG_NEWSETELEM))
			continue;
		found += count_elements(h, homes + found);
		messages--;
	}
	ATF_CHECK_EQ(at, b.len);
	ATF_CHECK_EQ(found, n);
	ATF_CHECK_EQ(messages, 0);
	free(b.buf);
	free(homes);
}

ATF_TC_WITHOUT_HEAD(homes_fit);
ATF_TC_BODY(homes_fit, tc)
{
	build(0, 0);
	build(1, 1);
	build(HOMES_AT_ONCE, 1);
	build(HOMES_AT_ONCE + 1, 2);
	build(100000, 100000 / HOMES_AT_ONCE + 1);
}

/* And the kernel takes them, in one transaction, and each by itself. */
ATF_TC(homes_taken);
ATF_TC_HEAD(homes_taken, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(homes_taken, tc)
{
	struct nft	 n = { .fd = -1, .events = -1, .seq = 1 };
	struct in6_addr	*homes = many_homes(20000);
	int		 e;

	if (unshare(CLONE_NEWNET) == -1)
		atf_tc_skip("no namespace: %s", strerror(errno));
	if ((e = nft_put(&n, homes, 1, true)) != 0)
		atf_tc_skip("no nf_tables: %s", strerror(e));
	ATF_CHECK_EQ(nft_put(&n, homes, 19999, true), 0);
	/* One that is there may be put, one that is not is not taken. */
	ATF_CHECK_EQ(nft_home(&n, &homes[19998], true), 0);
	ATF_CHECK_EQ(nft_home(&n, &homes[19999], false), ENOENT);
	ATF_CHECK_EQ(nft_home(&n, &homes[19999], true), 0);
	ATF_CHECK_EQ(nft_home(&n, &homes[19999], false), 0);
	ATF_CHECK_EQ(nft_home(&n, &homes[0], false), 0);
	ATF_CHECK_EQ(nft_home(&n, &homes[0], false), ENOENT);
	ATF_CHECK_EQ(nft_take(&n), 0);
	ATF_CHECK_EQ(nft_home(&n, &homes[0], true), ENOENT);
	nft_free(&n);
	free(homes);
}

/* The default routers that were told of, each as a bit of its last octet. */
static unsigned int	 routers;

static void
on_router(void *arg, const struct msg_router *m)
{
	unsigned int	 bit = 1U << m->addr.s6_addr[15];

	(void)arg;
	routers = m->gone ? routers & ~bit : routers | bit;
}

static void
on_link(void *arg, const struct msg_link *m)
{
	(void)arg;
	(void)m;
}

static void
on_address(void *arg, const struct msg_address *m)
{
	(void)arg;
	(void)m;
}

static void
in_shell(const char *command)
{
	if (system(command) != 0)
		atf_tc_skip("not here: %s", command);
}

/* A default route over several routers is one to each of them. */
ATF_TC(several_routers);
ATF_TC_HEAD(several_routers, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "ip");
}
ATF_TC_BODY(several_routers, tc)
{
	struct kern_events	 cb = { .link = on_link,
				    .address = on_address,
				    .router = on_router };
	struct kern		*k;

	if (unshare(CLONE_NEWNET) == -1)
		atf_tc_skip("no namespace: %s", strerror(errno));
	in_shell("ip link add v0 type veth peer name v1 && "
	    "ip link set v0 up && ip link set v1 up && "
	    "ip -6 addr add 2001:db8::1/64 dev v0 nodad");
	ATF_REQUIRE_EQ(kern_open(&k, &cb), 0);
	in_shell("ip -6 route add default nexthop via 2001:db8::a dev v0 "
	    "nexthop via 2001:db8::b dev v0");
	kern_read(k);
	ATF_CHECK_EQ(routers, 1U << 0xa | 1U << 0xb);
	in_shell("ip -6 route del default");
	kern_read(k);
	ATF_CHECK_EQ(routers, 0);
	in_shell("ip -6 route add default via 2001:db8::c");
	kern_read(k);
	ATF_CHECK_EQ(routers, 1U << 0xc);
	kern_close(k);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, homes_fit);
	ATF_TP_ADD_TC(tp, homes_taken);
	ATF_TP_ADD_TC(tp, several_routers);
	ATF_TP_ADD_TC(tp, dump_between);
	ATF_TP_ADD_TC(tp, forged);
	ATF_TP_ADD_TC(tp, forged_filter);
	return (atf_no_error());
}
