/*
 * mip6d/kern of FreeBSD on a kernel of ours (regress/bsd/fake).  It refuses
 * what running ones were seen to refuse, and says nothing where they say
 * nothing.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "kern/kern.h"
#include "regress/bsd/fake/fake.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"

#define LINK	1
#define OTHER	2
#define B_ENXIO 6
#define B_EEXIST 17
#define B_EOPNOTSUPP 45

const char	*fake_inet_ntop(int, const void *, char *, socklen_t);
struct mono	 fake_mono_now(void);

static struct kern		*kern;
static struct kern_events	 cb;
static char			 told[8192];
static size_t			 ntold;
static uint32_t			 answered;
static int			 answer;

/* The family is that of another system. */
const char *
fake_inet_ntop(int family, const void *p, char *buf, socklen_t n)
{
	(void)family;
	return (inet_ntop(AF_INET6, p, buf, n));
}

static void
tell(const char *what, const struct in6_addr *a, const char *more)
{
	char	 text[INET6_ADDRSTRLEN] = "";

	if (a != NULL)
		inet_ntop(AF_INET6, a, text, sizeof(text));
	ntold += (size_t)snprintf(told + ntold, sizeof(told) - ntold,
	    "%s %s%s\n", what, text, more);
	ATF_REQUIRE(ntold < sizeof(told));
}

static void
on_link(void *arg, const struct msg_link *m)
{
	(void)arg;
	tell("link", NULL, m->name);
}

static void
on_address(void *arg, const struct msg_address *m)
{
	(void)arg;
	tell("address", &m->addr, (m->flags & ADDR_GONE) != 0 ? " gone" :
	    (m->flags & ADDR_TENTATIVE) != 0 ? " tentative" : "");
}

static void
on_router(void *arg, const struct msg_router *m)
{
	(void)arg;
	tell("router", &m->addr, m->gone ? " gone" : "");
}

static void
on_lost(void *arg)
{
	(void)arg;
	tell("lost", NULL, "");
}

static void
on_say(void *arg, bool warn, const char *text)
{
	(void)arg;
	(void)warn;
	tell("say", NULL, text);
}

static void
on_tun_lost(void *arg)
{
	(void)arg;
	tell("tun lost", NULL, "");
}

static struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(inet_pton(AF_INET6, s, &a), 1);
	return (a);
}

static void
begin(void)
{
	fake_begin();
	fake_link(LINK, "vtnet0");
	fake_link(OTHER, "vtnet1");
	cb.link = on_link;
	cb.address = on_address;
	cb.router = on_router;
	cb.lost = on_lost;
	cb.say = on_say;
	cb.tun_lost = on_tun_lost;
	ATF_REQUIRE_EQ(kern_open(&kern, &cb), 0);
}

static void
forget_told(void)
{
	ntold = 0;
	told[0] = '\0';
}

static void
done(void *arg, uint32_t id, int error)
{
	(void)arg;
	answered = id;
	answer = error;
}

/* What the kernel answers to what was just asked for. */
static int
result(void)
{
	answered = 0;
	answer = -1;
	kern_commit(kern, done, NULL);
	ATF_REQUIRE_EQ(answered, 7);
	return (answer);
}

/* Let time pass as the event loop would, until that moment. */
static void
pass(int64_t ns)
{
	struct mono	 end = mono_add(fake_mono_now(), ns), when;

	while (kern_next(kern, &when) && !mono_before(end, when)) {
		if (mono_before(fake_mono_now(), when))
			fake_pass(mono_diff(when, fake_mono_now()));
		kern_commit(kern, NULL, NULL);
	}
	fake_pass(mono_diff(end, fake_mono_now()));
}

static int
open_tun_as(uint32_t *ifindex)
{
	return (kern_tun(kern, "mip6", 1400, ifindex) == -1 ? -1 : 0);
}

static int
open_tun(void)
{
	uint32_t	 ifindex;

	return (open_tun_as(&ifindex));
}

/* Duplicate detection ends without a word. */
ATF_TC_WITHOUT_HEAD(tentative);
ATF_TC_BODY(tentative, tc)
{
	struct in6_addr	 a = addr("2001:db8:a::1");

	begin();
	fake_address(LINK, &a, FAKE_TENTATIVE, UINT32_MAX);
	ATF_REQUIRE_EQ(kern_dump(kern), 0);
	ATF_CHECK(strstr(told, "2001:db8:a::1 tentative\n") != NULL);
	forget_told();
	pass(SEC(1));
	ATF_CHECK_STREQ(told, "");
	fake_address_is(&a, 0, UINT32_MAX);
	pass(MS(200));
	ATF_CHECK_STREQ(told, "address 2001:db8:a::1\n");
	kern_close(kern);
}

/* It doesn't end on a link that is down: the looks become rare. */
ATF_TC_WITHOUT_HEAD(tentative_for_long);
ATF_TC_BODY(tentative_for_long, tc)
{
	struct in6_addr	 a = addr("2001:db8:a::1");

	begin();
	fake_address(LINK, &a, FAKE_TENTATIVE, UINT32_MAX);
	ATF_REQUIRE_EQ(kern_dump(kern), 0);
	pass(SEC(60));
	fake_asked = 0;
	pass(SEC(60));
	ATF_CHECK(fake_asked >= 10 && fake_asked <= 20);
	forget_told();
	fake_address_is(&a, 0, UINT32_MAX);
	pass(SEC(6));
	ATF_CHECK_STREQ(told, "address 2001:db8:a::1\n");
	kern_close(kern);
}

/* So does the end of a link's router; what a router said is a hint. */
ATF_TC_WITHOUT_HEAD(detached);
ATF_TC_BODY(detached, tc)
{
	struct in6_addr	 a = addr("2001:db8:a::1"), r = addr("fe80::1");
	struct in6_addr	 any = addr("::");

	begin();
	fake_address(LINK, &a, 0, UINT32_MAX);
	ATF_REQUIRE_EQ(kern_dump(kern), 0);
	pass(SEC(60));
	forget_told();
	fake_address_is(&a, FAKE_DETACHED, UINT32_MAX);
	fake_tell_route(&any, 0, &r, LINK);
	kern_read(kern);
	pass(MS(10));
	ATF_CHECK_STREQ(told, "address 2001:db8:a::1 tentative\n");
	forget_told();
	fake_address_is(&a, 0, UINT32_MAX);
	pass(MS(200));
	ATF_CHECK_STREQ(told, "address 2001:db8:a::1\n");
	/* Even if nothing is heard of it. */
	forget_told();
	fake_address_is(&a, FAKE_DETACHED, UINT32_MAX);
	pass(SEC(6));
	ATF_CHECK_STREQ(told, "address 2001:db8:a::1 tentative\n");
	kern_close(kern);
}

/* An advertisement gives an address more time: no word. */
ATF_TC_WITHOUT_HEAD(lifetime);
ATF_TC_BODY(lifetime, tc)
{
	struct in6_addr	 a = addr("2001:db8:a::1");

	begin();
	fake_address(LINK, &a, 0, 60);
	ATF_REQUIRE_EQ(kern_dump(kern), 0);
	forget_told();
	pass(SEC(30));
	ATF_CHECK_STREQ(told, "");
	fake_address_is(&a, 0, 60);
	pass(SEC(6));
	ATF_CHECK_STREQ(told, "address 2001:db8:a::1\n");
	kern_close(kern);
}

/* To ask what there is makes nothing. */
ATF_TC_WITHOUT_HEAD(abilities);
ATF_TC_BODY(abilities, tc)
{
	struct kern_caps	 c;
	int			 i;

	begin();
	for (i = 0; i < 10; i++)
		kern_caps(kern, &c);
	ATF_CHECK(c.tun);
	ATF_CHECK_EQ(fake_devices, 0);
	kern_close(kern);
}

/* ipfw in the kernel loses what comes in, unless that is switched off. */
ATF_TC_WITHOUT_HEAD(ipfw);
ATF_TC_BODY(ipfw, tc)
{
	char	 text[64] = "";

	begin();
	ATF_CHECK(!kern_drops_mh(kern, text, sizeof(text)));
	fake_setting("net.inet6.ip6.fw.deny_unknown_exthdrs", 1);
	ATF_CHECK(!kern_drops_mh(kern, text, sizeof(text)));
	fake_setting("net.inet6.ip6.fw.enable", 1);
	ATF_CHECK(kern_drops_mh(kern, text, sizeof(text)));
	ATF_CHECK_STREQ(text, "net.inet6.ip6.fw.deny_unknown_exthdrs=1");
	fake_setting("net.inet6.ip6.fw.deny_unknown_exthdrs", 0);
	ATF_CHECK(!kern_drops_mh(kern, text, sizeof(text)));
	kern_close(kern);
}

/* Have that filter; why there is none, or 0. */
static int
filter(enum kern_filter what)
{
	ATF_REQUIRE_EQ(kern_filter(kern, what), 0);
	kern_commit(kern, NULL, NULL);
	return (kern_filter_error(kern));
}

/* Where ipfw is, it keeps in the answers; else nothing does. */
ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	struct kern_caps	 c;

	begin();
	ATF_CHECK_EQ(filter(FILTER_ON), B_EOPNOTSUPP);
	ATF_CHECK_EQ(filter(FILTER_OFF), 0);
	kern_caps(kern, &c);
	ATF_CHECK_EQ(c.suppress, SUPPRESS_OPERATOR);
	ATF_CHECK(strstr(c.no_suppress, "kldload ipfw") != NULL);
	fake_setting("net.inet6.ip6.fw.enable", 1);
	fake_ipfw(106, 0);
	kern_caps(kern, &c);
	ATF_CHECK_EQ(c.suppress, SUPPRESS_IPFW);
	ATF_CHECK_EQ(c.no_suppress, NULL);
	ATF_CHECK_EQ(filter(FILTER_ON), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 2);
	ATF_CHECK_EQ(filter(FILTER_ON), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 2);
	/* Somebody empties it: it is looked at, and put back. */
	fake_ipfw_flush();
	ATF_CHECK_EQ(fake_ipfw_rules(30), 0);
	pass(SEC(6));
	ATF_CHECK_EQ(fake_ipfw_rules(30), 2);
	/* What another version left makes way. */
	fake_ipfw(106, 30);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 3);
	pass(SEC(6));
	ATF_CHECK_EQ(fake_ipfw_rules(30), 2);
	/* Somebody switches it off: then there is none, and ours go. */
	fake_setting("net.inet6.ip6.fw.enable", 0);
	pass(SEC(6));
	ATF_CHECK_EQ(kern_filter_error(kern), B_EOPNOTSUPP);
	ATF_CHECK_EQ(filter(FILTER_OFF), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 0);
	/* What a crash left goes, unless it is to be there. */
	fake_setting("net.inet6.ip6.fw.enable", 1);
	fake_ipfw(106, 30);
	ATF_CHECK_EQ(kern_reconcile(kern), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 0);
	fake_ipfw(106, 30);
	ATF_REQUIRE_EQ(kern_filter(kern, FILTER_ON), 0);
	ATF_CHECK_EQ(kern_reconcile(kern), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 2);
	ATF_CHECK_EQ(kern_withdraw(kern), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 0);
	kern_close(kern);
}

/* What comes from a home address that is away has no way but the tunnel. */
ATF_TC_WITHOUT_HEAD(closed);
ATF_TC_BODY(closed, tc)
{
	struct msg_addr_set	 m = { .id = 7, .addr = addr("2001:db8:1::100"),
	    .plen = 128, .add = true };
	struct kern_caps	 c;

	begin();
	kern_caps(kern, &c);
	ATF_CHECK(!c.fail_closed);
	ATF_CHECK(c.no_fail_closed != NULL);
	fake_setting("net.inet6.ip6.fw.enable", 1);
	kern_caps(kern, &c);
	ATF_CHECK(c.fail_closed);
	ATF_REQUIRE_EQ(open_tun_as(&m.ifindex), 0);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 1);
	/* Who removes it finds it again. */
	fake_ipfw_flush();
	pass(SEC(6));
	ATF_CHECK_EQ(fake_ipfw_rules(30), 1);
	m.addr = addr("2001:db8:1::101");
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 2);
	m.add = false;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 1);
	ATF_CHECK_EQ(kern_withdraw(kern), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 0);
	kern_close(kern);
}

static bool
leaves(const struct in6_addr *src, int protocol, int type,
    const char *interface)
{
	struct fake_packet	 p = { *src, protocol, type, interface };

	return (fake_ipfw_passes(&p));
}

/*
 * The Binding Update of a return leaves from the home address by the home
 * link, while that address still is on the tunnel's device, and so does the
 * Neighbor Advertisement that the home agent wants before it can answer.
 */
ATF_TC_WITHOUT_HEAD(closed_return);
ATF_TC_BODY(closed_return, tc)
{
	struct msg_addr_set	 m = { .id = 7, .addr = addr("2001:db8:1::100"),
	    .plen = 128, .add = true };
	struct in6_addr		 other = addr("2001:db8:1::101");

	begin();
	fake_setting("net.inet6.ip6.fw.enable", 1);
	ATF_REQUIRE_EQ(open_tun_as(&m.ifindex), 0);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK(!leaves(&m.addr, IP6_P_TCP, 0, "em0"));
	ATF_CHECK(!leaves(&m.addr, IP6_P_ICMPV6, ICMP6_T_ECHO, "em0"));
	ATF_CHECK(!leaves(&m.addr, IP6_P_ICMPV6, ICMP6_T_NS, "em0"));
	ATF_CHECK(leaves(&m.addr, IP6_P_ICMPV6, ICMP6_T_NA, "em0"));
	ATF_CHECK(leaves(&m.addr, IP6_P_TCP, 0, "mip6"));
	ATF_CHECK(leaves(&m.addr, IP6_P_TCP, 0, "lo0"));
	ATF_CHECK(leaves(&other, IP6_P_TCP, 0, "em0"));
	ATF_CHECK(leaves(&m.addr, IP6_P_MH, 0, "em0"));
	/* Of a filter that is off nothing has been removed. */
	fake_setting("net.inet6.ip6.fw.enable", 0);
	fake_ipfw_flush();
	pass(SEC(6));
	ATF_CHECK_EQ(fake_ipfw_rules(30), 0);
	fake_setting("net.inet6.ip6.fw.enable", 1);
	pass(SEC(6));
	ATF_CHECK_EQ(fake_ipfw_rules(30), 1);
	kern_close(kern);
}

/* All of us were killed: it stays until the next life says where it is. */
ATF_TC_WITHOUT_HEAD(closed_by_former);
ATF_TC_BODY(closed_by_former, tc)
{
	struct msg_addr_set	 m = { .id = 7, .addr = addr("2001:db8:1::100"),
	    .plen = 128, .add = true };
	struct msg_addr_set	 o = m;

	begin();
	fake_setting("net.inet6.ip6.fw.enable", 1);
	ATF_REQUIRE_EQ(open_tun_as(&m.ifindex), 0);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	o.addr = addr("2001:db8:1::101");
	o.ifindex = m.ifindex;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &o), 0);
	ATF_CHECK_EQ(result(), 0);
	fake_net_ends();
	kern_close(kern);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 2);
	/* One is not configured any more. */
	ATF_REQUIRE_EQ(kern_open(&kern, &cb), 0);
	ATF_REQUIRE_EQ(open_tun_as(&m.ifindex), 0);
	ATF_REQUIRE_EQ(kern_keep_closed(kern, &m.addr), 0);
	ATF_CHECK_EQ(kern_reconcile(kern), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 1);
	/* At home. */
	m.add = false;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_ipfw_rules(30), 0);
	kern_close(kern);
}

/*
 * RFC 6275 section 11.5.5: what the home agent defended a moment ago isn't
 * tested, on the link or the tun; what the interface gets after that is.
 */
ATF_TC_WITHOUT_HEAD(untested);
ATF_TC_BODY(untested, tc)
{
	struct msg_addr_set	 m = { .id = 7, .addr = addr("2001:db8:1::100"),
	    .ifindex = LINK, .plen = 64, .add = true, .flags = ADDR_NODAD };
	struct msg_addr_set	 o = m;
	uint32_t		 tun;

	begin();
	ATF_REQUIRE_EQ(open_tun_as(&tun), 0);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_address_flags(&m.addr) & FAKE_TENTATIVE, 0);
	o.addr = addr("2001:db8:1::101");
	o.flags = 0;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &o), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_address_flags(&o.addr) & FAKE_TENTATIVE,
	    FAKE_TENTATIVE);
	o.addr = addr("2001:db8:1::102");
	o.flags = ADDR_NODAD;
	o.ifindex = tun;
	o.plen = 128;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &o), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_address_flags(&o.addr) & FAKE_TENTATIVE, 0);
	kern_close(kern);
}

/* The tun gets another MTU while it is up, and keeps that. */
ATF_TC_WITHOUT_HEAD(tun_mtu);
ATF_TC_BODY(tun_mtu, tc)
{
	uint32_t	 tun;

	begin();
	ATF_CHECK_EQ(kern_tun_mtu(kern, 1400), 0);
	ATF_REQUIRE_EQ(open_tun_as(&tun), 0);
	ATF_CHECK_EQ(kern_tun_mtu(kern, 1300), 0);
	pass(SEC(1));
	ATF_CHECK_EQ(fake_link_mtu(tun), 1300);
	pass(SEC(6));
	ATF_CHECK_EQ(fake_link_mtu(tun), 1300);
	kern_close(kern);
}

/* An interface that is none is told as such. */
ATF_TC_WITHOUT_HEAD(no_interface);
ATF_TC_BODY(no_interface, tc)
{
	uint32_t	 ifindex;

	begin();
	errno = 0;
	ATF_CHECK_EQ(kern_capture(kern, "vtnet7", &ifindex), -1);
	ATF_CHECK_EQ(errno, B_ENXIO);
	kern_close(kern);
}

/* IPsec is refused before anybody asks the kernel. */
ATF_TC_WITHOUT_HEAD(no_ipsec);
ATF_TC_BODY(no_ipsec, tc)
{
	struct kern_caps	 c;

	begin();
	kern_caps(kern, &c);
	ATF_REQUIRE(kern_never_ipsec() != NULL);
	ATF_CHECK_STREQ(c.no_ipsec, kern_never_ipsec());
	kern_close(kern);
}

/* A default route that mn asks for, where the kernel finds none itself. */
ATF_TC_WITHOUT_HEAD(way_out);
ATF_TC_BODY(way_out, tc)
{
	struct in6_addr	 any = addr("::");
	struct msg_path	 m = { .id = 7, .router = addr("fe80::1"),
	    .ifindex = LINK, .add = true };

	begin();
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&any, 0), LINK);
	ATF_REQUIRE_EQ(kern_dump(kern), 0);
	ATF_CHECK_MSG(strstr(told, "router") == NULL, "%s", told);
	/* Another link. */
	m.ifindex = OTHER;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&any, 0), OTHER);
	m = (struct msg_path){ .id = 7 };
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&any, 0), 0);
	kern_close(kern);
}

/* A prefix of an interface stays there. */
ATF_TC_WITHOUT_HEAD(connected);
ATF_TC_BODY(connected, tc)
{
	struct msg_home_route	 m = { .id = 7, .home = addr("2001:db8:1::"),
	    .plen = 64, .add = true };

	begin();
	ATF_REQUIRE(open_tun() != -1);
	fake_route(&m.home, 64, NULL, LINK, false);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_HOME_ROUTE, &m), 0);
	ATF_CHECK_EQ(result(), B_EEXIST);
	ATF_CHECK_EQ(fake_route_by(&m.home, 64), LINK);
	kern_close(kern);
}

/* One of ours is replaced by the one that is asked for. */
ATF_TC_WITHOUT_HEAD(former);
ATF_TC_BODY(former, tc)
{
	struct in6_addr	 r1 = addr("fe80::1"), r2 = addr("fe80::2");
	struct in6_addr	 low = addr("::"), high = addr("8000::");
	struct msg_path	 m = { .id = 7, .agent = addr("2001:db8:1::1"),
	    .router = r2, .ifindex = OTHER, .add = true };

	begin();
	fake_route(&m.agent, 128, &r1, LINK, true);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&m.agent, 128), OTHER);
	/* What a dead tun left goes at the start. */
	fake_route(&low, 1, NULL, 9, true);
	fake_route(&high, 1, NULL, 9, true);
	ATF_CHECK_EQ(kern_reconcile(kern), 0);
	ATF_CHECK_EQ(fake_route_by(&low, 1), 0);
	ATF_CHECK_EQ(fake_route_by(&high, 1), 0);
	ATF_CHECK_EQ(fake_route_by(&m.agent, 128), OTHER);
	ATF_CHECK_EQ(kern_withdraw(kern), 0);
	ATF_CHECK_EQ(fake_route_by(&m.agent, 128), 0);
	kern_close(kern);
}

/* The router of another link, which is out of reach. */
ATF_TC_WITHOUT_HEAD(stale_router);
ATF_TC_BODY(stale_router, tc)
{
	struct in6_addr	 any = addr("::"), r1 = addr("fe80::1");
	struct msg_path	 m = { .id = 7, .router = addr("fe80::2"),
	    .ifindex = LINK };

	begin();
	fake_route(&any, 0, &r1, LINK, false);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&any, 0), LINK);
	m.router = r1;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&any, 0), 0);
	kern_close(kern);
}

/*
 * The kernel has chosen a router of the link before: it is to choose the one
 * of this link, now or when it hears it.
 */
ATF_TC_WITHOUT_HEAD(choice);
ATF_TC_BODY(choice, tc)
{
	struct in6_addr	 any = addr("::"), r1 = addr("fe80::1");
	struct in6_addr	 r2 = addr("fe80::2"), r3 = addr("fe80::3");
	struct msg_path	 m = { .id = 7, .router = r1, .ifindex = LINK };

	begin();
	fake_advertises(&r1, LINK);
	fake_advertises(&r2, LINK);
	ATF_CHECK(memcmp(fake_route_via(&any, 0), &r1, sizeof(r1)) == 0);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK(memcmp(fake_route_via(&any, 0), &r2, sizeof(r2)) == 0);
	/* Nobody else was heard yet. */
	m.router = r2;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_PATH, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK(memcmp(fake_route_via(&any, 0), &r2, sizeof(r2)) != 0);
	fake_advertises(&r3, LINK);
	ATF_CHECK(memcmp(fake_route_via(&any, 0), &r3, sizeof(r3)) == 0);
	kern_close(kern);
}

/* Back on the home link its prefix is not led into the tun. */
ATF_TC_WITHOUT_HEAD(on_link);
ATF_TC_BODY(on_link, tc)
{
	struct in6_addr		 low = addr("2001:db8:1::"), any = addr("::");
	struct in6_addr		 high = addr("2001:db8:1:0:8000::");
	struct msg_home_policy	 m = { .id = 7, .active = true,
	    .home = addr("2001:db8:1::100"), .plen = 64 };

	begin();
	ATF_REQUIRE(open_tun() != -1);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_HOME_POLICY, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK(fake_route_by(&low, 65) != 0);
	ATF_CHECK(fake_route_by(&high, 65) != 0);
	ATF_CHECK(fake_route_by(&any, 1) != 0);
	m.on_link = true;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_HOME_POLICY, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&low, 65), 0);
	ATF_CHECK_EQ(fake_route_by(&high, 65), 0);
	ATF_CHECK(fake_route_by(&any, 1) != 0);
	m.on_link = m.active = false;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_HOME_POLICY, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_route_by(&any, 1), 0);
	kern_close(kern);
}

/* From the link onto the tun and back. */
ATF_TC_WITHOUT_HEAD(home_address);
ATF_TC_BODY(home_address, tc)
{
	struct msg_addr_set	 m = { .id = 7, .addr = addr("2001:db8:1::100"),
	    .plen = 64, .ifindex = LINK, .add = true,
	    .preferred = UINT32_MAX, .valid = UINT32_MAX };

	begin();
	ATF_REQUIRE(open_tun() != -1);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_address_on(&m.addr), LINK);
	m.add = false;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	m.add = true;
	m.ifindex = 0;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK(fake_address_on(&m.addr) > OTHER);
	m.add = false;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_ADDR_SET, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_address_on(&m.addr), 0);
	kern_close(kern);
}

/* The new name of our own device is not its end. */
/*
 * An address of a link that was left is deprecated, and nothing else of it
 * changes; what makes it preferred is looked at, and undone a second later
 * unless whoever asked takes it back.  At the end it has what it had.
 */
ATF_TC_WITHOUT_HEAD(deprecated);
ATF_TC_BODY(deprecated, tc)
{
	struct msg_deprecate	 m = { .id = 7, .addr = addr("2001:db8:a::1"),
	    .ifindex = LINK, .preferred = 600, .on = true };

	begin();
	fake_address(LINK, &m.addr, FAKE_AUTOCONF, 1000);
	ATF_REQUIRE_EQ(kern_dump(kern), 0);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_DEPRECATE, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK(kern_has(kern, MSG_DEPRECATE, &m));
	ATF_CHECK_EQ(fake_address_preferred(&m.addr), 0);
	ATF_CHECK_EQ(fake_address_flags(&m.addr), FAKE_AUTOCONF);
	/* An advertisement, say. */
	fake_address_is(&m.addr, FAKE_AUTOCONF, 2000);
	pass(SEC(7));
	ATF_CHECK_EQ(fake_address_preferred(&m.addr), 0);
	ATF_CHECK(strstr(told, "say") != NULL);
	pass(SEC(93));
	m.on = false;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_DEPRECATE, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_address_preferred(&m.addr), 500);
	ATF_CHECK_EQ(fake_address_flags(&m.addr), FAKE_AUTOCONF);
	ATF_CHECK(!kern_has(kern, MSG_DEPRECATE, &m));
	/* Taken back after an advertisement: what that said stays. */
	m.on = true;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_DEPRECATE, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	fake_address_is(&m.addr, FAKE_AUTOCONF, 3000);
	m.on = false;
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_DEPRECATE, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(fake_address_preferred(&m.addr), 3000);
	/* The operator's own. */
	m.addr = addr("2001:db8:a::2");
	m.on = true;
	fake_address(LINK, &m.addr, 0, UINT32_MAX);
	ATF_REQUIRE_EQ(kern_dump(kern), 0);
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_DEPRECATE, &m), 0);
	ATF_CHECK_EQ(result(), EPERM);
	ATF_CHECK_EQ(fake_address_preferred(&m.addr), UINT32_MAX);
	/* The end of all. */
	m.addr = addr("2001:db8:a::1");
	ATF_REQUIRE_EQ(kern_ask(kern, MSG_DEPRECATE, &m), 0);
	ATF_CHECK_EQ(result(), 0);
	ATF_CHECK_EQ(kern_withdraw(kern), 0);
	ATF_CHECK(fake_address_preferred(&m.addr) > 0);
	kern_close(kern);
}

ATF_TC_WITHOUT_HEAD(renamed);
ATF_TC_BODY(renamed, tc)
{
	begin();
	ATF_CHECK(open_tun() != -1);
	kern_read(kern);
	ATF_CHECK_MSG(strstr(told, "tun lost") == NULL, "%s", told);
	forget_told();
	fake_destroy("mip6");
	kern_read(kern);
	ATF_CHECK_MSG(strstr(told, "tun lost") != NULL, "%s", told);
	kern_close(kern);
}

/* Another daemon's device is in use. */
ATF_TC_WITHOUT_HEAD(second);
ATF_TC_BODY(second, tc)
{
	begin();
	fake_foreign_tun("mip6", "mip6d, pid 4711", true);
	ATF_CHECK_EQ(open_tun(), -1);
	ATF_CHECK_EQ(kern_tun_holder(kern, "mip6"), 4711);
	ATF_CHECK_EQ(kern_reconcile(kern), 0);
	kern_close(kern);
	ATF_CHECK(fake_there("mip6"));
	ATF_CHECK_EQ(fake_hung, 0);
}

/* The dead leave theirs. */
ATF_TC_WITHOUT_HEAD(dead);
ATF_TC_BODY(dead, tc)
{
	begin();
	fake_foreign_tun("mip6", "mip6d, pid 4711", false);
	fake_foreign_tun("tun7", "of somebody else", false);
	ATF_CHECK(open_tun() != -1);
	ATF_CHECK(fake_there("mip6"));
	ATF_CHECK(fake_there("tun7"));
	fake_net_ends();
	kern_close(kern);
	ATF_CHECK(!fake_there("mip6"));
	ATF_CHECK(fake_there("tun7"));
	ATF_CHECK_EQ(fake_hung, 0);
}

/* net has not ended: to destroy its device would hang for ever. */
ATF_TC_WITHOUT_HEAD(still_open);
ATF_TC_BODY(still_open, tc)
{
	begin();
	ATF_CHECK(open_tun() != -1);
	kern_close(kern);
	ATF_CHECK_EQ(fake_hung, 0);
	ATF_CHECK(fake_there("mip6"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tentative);
	ATF_TP_ADD_TC(tp, tentative_for_long);
	ATF_TP_ADD_TC(tp, detached);
	ATF_TP_ADD_TC(tp, lifetime);
	ATF_TP_ADD_TC(tp, abilities);
	ATF_TP_ADD_TC(tp, ipfw);
	ATF_TP_ADD_TC(tp, answers);
	ATF_TP_ADD_TC(tp, closed);
	ATF_TP_ADD_TC(tp, closed_return);
	ATF_TP_ADD_TC(tp, closed_by_former);
	ATF_TP_ADD_TC(tp, untested);
	ATF_TP_ADD_TC(tp, tun_mtu);
	ATF_TP_ADD_TC(tp, no_interface);
	ATF_TP_ADD_TC(tp, no_ipsec);
	ATF_TP_ADD_TC(tp, way_out);
	ATF_TP_ADD_TC(tp, connected);
	ATF_TP_ADD_TC(tp, former);
	ATF_TP_ADD_TC(tp, stale_router);
	ATF_TP_ADD_TC(tp, choice);
	ATF_TP_ADD_TC(tp, on_link);
	ATF_TP_ADD_TC(tp, home_address);
	ATF_TP_ADD_TC(tp, deprecated);
	ATF_TP_ADD_TC(tp, renamed);
	ATF_TP_ADD_TC(tp, second);
	ATF_TP_ADD_TC(tp, dead);
	ATF_TP_ADD_TC(tp, still_open);
	return (atf_no_error());
}
