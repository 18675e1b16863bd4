/*
 * net's tables of links, addresses and groups with thousands of each.  Nothing
 * is left out, what goes takes all of its own along, and the MTU that counts
 * is right whatever goes or changes.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "net/addrs.h"
#include "net/groups.h"
#include "wire/ip6.h"

static const uint64_t	 key[2] = { 1, 2 };

static struct in6_addr
nth(const char *prefix, uint32_t i)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(inet_pton(AF_INET6, prefix, &a), 1);
	i = htonl(i);
	memcpy(&a.s6_addr[12], &i, sizeof(i));
	return (a);
}

static void
link_is(struct addrs *a, uint32_t ifindex, uint8_t flags, uint32_t mtu)
{
	struct msg_link	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	m.flags = flags;
	m.mtu = mtu;
	ATF_REQUIRE(addrs_link(a, &m));
}

static void
address(struct addrs *a, uint32_t ifindex, struct in6_addr addr, uint8_t flags)
{
	struct msg_address	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	m.addr = addr;
	m.flags = flags;
	ATF_REQUIRE(addrs_update(a, &m));
}

static bool
local(struct addrs *a, struct in6_addr addr)
{
	return (addrs_local(a, &addr));
}

/* A thousand links: each has its MTU, and the largest of them all counts. */
ATF_TC_WITHOUT_HEAD(links);
ATF_TC_BODY(links, tc)
{
	struct addrs	 a;
	uint32_t	 i;

	ATF_REQUIRE(addrs_init(&a, key));
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 1500);
	for (i = 1; i <= 1000; i++)
		link_is(&a, i, LINK_UP, 1300 + i % 3);
	for (i = 1; i <= 1000; i++)
		ATF_REQUIRE_EQ(addrs_mtu(&a, i), 1300 + i % 3);
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 1302);
	link_is(&a, 1001, LINK_UP, 9000);
	link_is(&a, 1002, LINK_UP, 9000);
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 9000);
	/* The last one that has it counts, also when it is told again. */
	link_is(&a, 1001, LINK_GONE, 0);
	link_is(&a, 1002, LINK_UP | LINK_RUNNING, 9000);
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 9000);
	link_is(&a, 1002, LINK_UP, 1400);
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 1400);
	link_is(&a, 1002, 0, 1400);		/* down */
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 1302);
	/* Ours and the loopback don't count. */
	link_is(&a, 1003, LINK_UP | LINK_LOOPBACK, 65536);
	link_is(&a, 1004, LINK_UP | LINK_TUN, 60000);
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 1302);
	for (i = 1; i <= 1000; i++)
		link_is(&a, i, LINK_GONE, 0);
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 1500);
	ATF_CHECK(!addrs_has_link(&a, 1));
	addrs_free(&a);
}

/* The same address on a thousand links, and thousands on one. */
ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	struct addrs	 a;
	uint32_t	 i;

	ATF_REQUIRE(addrs_init(&a, key));
	for (i = 1; i <= 1000; i++) {
		address(&a, i, nth("fe80::", 1), 0);
		address(&a, i, nth("fe80::", 1), 0);
	}
	for (i = 1; i <= 10000; i++)
		address(&a, 1, nth("2001:db8::", i), 0);
	for (i = 1; i <= 10000; i++)
		ATF_REQUIRE(local(&a, nth("2001:db8::", i)));
	ATF_CHECK(!local(&a, nth("2001:db8::", 10001)));
	for (i = 1; i <= 1000; i++) {
		ATF_REQUIRE(local(&a, nth("fe80::", 1)));
		address(&a, i, nth("fe80::", 1), ADDR_GONE);
		address(&a, i, nth("fe80::", 1), ADDR_GONE);
	}
	ATF_CHECK(!local(&a, nth("fe80::", 1)));
	addrs_free(&a);
}

static bool
has_linklocal(const struct addrs *a, uint32_t ifindex, struct in6_addr want)
{
	struct in6_addr	 addr;

	return (addrs_linklocal(a, ifindex, &addr) && in6_eq(&addr, &want));
}

/* Link-local addresses of a thousand links, told before or after them. */
ATF_TC_WITHOUT_HEAD(linklocal);
ATF_TC_BODY(linklocal, tc)
{
	struct in6_addr	 addr;
	struct addrs	 a;
	uint32_t	 i;

	ATF_REQUIRE(addrs_init(&a, key));
	for (i = 1; i <= 1000; i++) {
		if (i % 2 == 0)
			link_is(&a, i, LINK_UP, 1500);
		address(&a, i, nth("2001:db8::", i), 0);
		address(&a, i, nth("fe80::", i), 0);
		if (i % 2 != 0)
			link_is(&a, i, LINK_UP, 1500);
	}
	for (i = 1; i <= 1000; i++)
		ATF_REQUIRE(has_linklocal(&a, i, nth("fe80::", i)));
	/* A second one takes the place of the first. */
	address(&a, 7, nth("fe80::", 7000), 0);
	address(&a, 7, nth("fe80::", 7), ADDR_GONE);
	ATF_CHECK(has_linklocal(&a, 7, nth("fe80::", 7000)));
	address(&a, 7, nth("fe80::", 7000), ADDR_GONE);
	ATF_CHECK(!addrs_linklocal(&a, 7, &addr));
	ATF_CHECK(!addrs_linklocal(&a, 1001, &addr));
	addrs_free(&a);
}

static void
gone(void *arg, uint32_t ifindex)
{
	*(uint32_t *)arg = ifindex;
}

/* Events were lost: what the full list does not name is gone. */
ATF_TC_WITHOUT_HEAD(snapshot);
ATF_TC_BODY(snapshot, tc)
{
	struct addrs	 a;
	uint32_t	 last = 0;

	ATF_REQUIRE(addrs_init(&a, key));
	link_is(&a, 1, LINK_UP, 1400);
	link_is(&a, 2, LINK_UP, 1500);
	address(&a, 1, nth("2001:db8::", 1), 0);
	address(&a, 2, nth("2001:db8::", 2), 0);
	addrs_snapshot_begin(&a);
	link_is(&a, 1, LINK_UP, 1400);
	address(&a, 1, nth("2001:db8::", 1), 0);
	ATF_CHECK(local(&a, nth("2001:db8::", 2)));
	addrs_snapshot_end(&a, gone, &last);
	ATF_CHECK_EQ(last, 2);
	ATF_CHECK(!local(&a, nth("2001:db8::", 2)));
	ATF_CHECK(local(&a, nth("2001:db8::", 1)));
	ATF_CHECK(!addrs_has_link(&a, 2));
	ATF_CHECK_EQ(addrs_mtu(&a, 0), 1400);
	addrs_free(&a);
}

/* The kernel: how many groups each of its sockets has room for. */
struct sockets {
	size_t	 joined, room, calls;
};

static int
change(void *arg, const struct msg_group *m, int where)
{
	struct sockets	*s = arg;

	s->calls++;
	if (!m->join) {
		ATF_REQUIRE_EQ(where, 0);
		s->joined--;
		return (GROUP_FAILED);
	}
	if (s->joined == s->room)
		return (GROUP_NO_ROOM);
	s->joined++;
	return (0);
}

static void
join(struct groups *g, struct sockets *s, uint32_t ifindex, uint32_t from,
    uint32_t to, bool on)
{
	struct msg_group	 m;

	memset(&m, 0, sizeof(m));
	m.ifindex = ifindex;
	m.join = on;
	for (; from < to; from++) {
		m.group = nth("ff02::1:ff00:0", from);
		ATF_REQUIRE(groups_set(g, ROLE_HA, &m, change, s));
	}
}

/*
 * An interface goes with its groups; made again they are joined once more,
 * with the same index, too.
 */
ATF_TC_WITHOUT_HEAD(group_links);
ATF_TC_BODY(group_links, tc)
{
	struct sockets	 s = { 0, SIZE_MAX, 0 };
	struct groups	 g;

	ATF_REQUIRE(groups_init(&g, key));
	join(&g, &s, 1, 0, 10000, true);
	join(&g, &s, 2, 0, 10, true);
	ATF_CHECK_EQ(s.joined, 10010);
	groups_link_gone(&g, 3);
	ATF_CHECK(!groups_to_leave(&g));
	groups_link_gone(&g, 1);
	/* Some before they were left at the kernel, some after. */
	join(&g, &s, 1, 0, 100, true);
	ATF_CHECK_EQ(s.joined, 10010);
	ATF_CHECK_EQ(s.calls, 10010 + 2 * 100);
	while (groups_sweep(&g, 1000, change, &s))
		continue;
	ATF_CHECK_EQ(s.joined, 110);
	join(&g, &s, 1, 0, 10000, true);
	ATF_CHECK_EQ(s.joined, 10010);
	groups_free(&g);
}

/* No room: one socket more each time, and nobody is asked in vain. */
ATF_TC_WITHOUT_HEAD(group_room);
ATF_TC_BODY(group_room, tc)
{
	struct sockets	 s = { 0, 100, 0 };
	struct groups	 g;

	ATF_REQUIRE(groups_init(&g, key));
	join(&g, &s, 1, 0, 1000, true);
	ATF_CHECK_EQ(s.joined, 100);
	s.calls = 0;
	while (s.joined < 1000) {
		s.room += 100;
		groups_missing(&g, change, &s);
	}
	/* Once for each, and once for each time that there was no more room. */
	ATF_CHECK_EQ(s.calls, 900 + 8);
	groups_free(&g);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, links);
	ATF_TP_ADD_TC(tp, addresses);
	ATF_TP_ADD_TC(tp, linklocal);
	ATF_TP_ADD_TC(tp, snapshot);
	ATF_TP_ADD_TC(tp, group_links);
	ATF_TP_ADD_TC(tp, group_room);
	return (atf_no_error());
}
