/*
 * parent/kernel: what a child asks of the kernel is checked against the
 * configuration.  What is refused never reaches the kernel and is counted.
 */
#include <sys/socket.h>

#include <net/if.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/pipe_lab.h"

/* The fake takes the place of this system's file. */
#include "kern/fake.c"
#include "core/report.h"
#include "parent/guard.h"
#include "parent/kernel.h"
#include "parent/parent.h"

static struct parent	 p;
static struct conf	*conf;

static const char	 text[] =
    "home-agent {\n"
    "  home-link virtual {\n"
    "    address 2001:db8:1::1\n"
    "    prefix 2001:db8:1::/64\n"
    "  }\n"
    "  mobile-node \"mn@example.com\" {\n"
    "    home-address 2001:db8:1::100\n"
    "    authentication mn-ha spi 256 key \"0123456789abcdef\"\n"
    "  }\n"
    "}\n"
    "correspondent { maximum-bindings 2 }\n"
    NODE_TEXT("wlan0");

static void
say_nothing(void *arg, enum why_level level, bool began, const struct why *y,
    const char *line)
{
	(void)arg;
	(void)level;
	(void)began;
	(void)y;
	(void)line;
}

static void
setup(void)
{
	static const struct hash_key	 key = { { 1, 2 } };
	char	 why[256];

	fake_reset();
	memset(&p, 0, sizeof(p));
	p.base = event_base_new();
	p.conf = conf = conf_parse_text(text, strlen(text), complain, NULL);
	ATF_REQUIRE(conf != NULL);
	ATF_REQUIRE_EQ(counters_init(&p.counters, parent_counters), 0);
	ATF_REQUIRE(whys_init(&p.whys, &key, say_nothing, NULL));
	proc_init(&p, &parent_hooks);
	*fake_caps() = (struct kern_caps){ .tun = true, .capture = true,
	    .forwarding = true,
	    .suppress = SUPPRESS_NFT };
	ATF_REQUIRE_EQ(kernel_open(&p, why, sizeof(why)), 0);
}

static struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(inet_pton(AF_INET6, s, &a), 1);
	return (a);
}

static void
check(bool passed, const char *what)
{
	bool	 seen = strstr(fake_log(), "kernel ") != NULL;

	ATF_CHECK_MSG(seen == passed, "%s: %s", what, fake_log());
	ATF_CHECK_EQ(p.counters.v[PC_DENIED], passed ? 0 : 1);
	p.counters.v[PC_DENIED] = 0;
	fake_reset();
}

ATF_TC_WITHOUT_HEAD(home_routes);
ATF_TC_BODY(home_routes, tc)
{
	static const struct {
		const char	*home;
		uint8_t		 plen;
		bool		 ok;
	} rows[] = {
		{ "2001:db8:1::100", 128, true },
		{ "2001:db8:1::", 64, true },	/* the virtual link whole */
		{ "2001:db8:1::", 63, false },
		{ "2001:db8:1::", 65, false },
		{ "2001:db8:2::100", 128, false },
		{ "::", 0, false },
		{ "2001:db8:1::100", 200, false },
	};
	union msg	 m;
	size_t		 i;

	setup();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&m, 0, sizeof(m));
		m.u_HOME_ROUTE.home = addr(rows[i].home);
		m.u_HOME_ROUTE.plen = rows[i].plen;
		m.u_HOME_ROUTE.add = true;
		fake_reset();
		request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
		check(rows[i].ok, rows[i].home);
	}
}

/* One peer's route, asked for by cn; did the kernel get it? */
static void
ask_peer(const char *home, const char *own, bool add, bool passed)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_PEER_ROUTE.home = addr(home);
	m.u_PEER_ROUTE.own = addr(own);
	m.u_PEER_ROUTE.add = add;
	fake_reset();
	kernel_peer_route(&p.procs[ROLE_CN], &m);
	request_commit(-1, 0, &p);
	check(passed, home);
}

static void
ask_gone_peer(const char *home)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_PEER_ROUTE.home = addr(home);
	fake_reset();
	kernel_peer_route(&p.procs[ROLE_CN], &m);
	request_commit(-1, 0, &p);
	ATF_CHECK_STREQ("", fake_log());
	ATF_CHECK_EQ(0, p.counters.v[PC_DENIED]);
}

ATF_TC_WITHOUT_HEAD(peer_routes);
ATF_TC_BODY(peer_routes, tc)
{
	static const char *const denied[] = {
		"2001:db8:1::100",	/* of a node that is at home here */
		"2001:db8:2::100",	/* our own, as a mobile node */
		"2001:db8:2::1",	/* our home agent */
		"fe80::1", "ff02::1", "::", "::1",
	};
	size_t	 i;

	setup();
	for (i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		ask_peer(denied[i], "2001:db8:9::1", true, false);
	ask_peer("2001:db8:7::1", "::", true, false);
	ask_gone_peer("2001:db8:7::1");
	ask_peer("2001:db8:7::1", "2001:db8:9::1", true, true);
	ask_peer("2001:db8:7::1", "2001:db8:9::2", true, true);
	/* maximum-bindings is 2. */
	ask_peer("2001:db8:7::2", "2001:db8:9::1", true, true);
	ask_peer("2001:db8:7::3", "2001:db8:9::1", true, false);
	ask_peer("2001:db8:7::1", "2001:db8:9::1", false, true);
	ask_peer("2001:db8:7::3", "2001:db8:9::1", true, true);
	/* Its end is that of all routes, and there is room again. */
	fake_reset();
	kernel_child_gone(&p.procs[ROLE_NET]);
	request_commit(-1, 0, &p);
	ATF_CHECK_STREQ("", fake_log());
	kernel_child_gone(&p.procs[ROLE_CN]);
	request_commit(-1, 0, &p);
	ATF_CHECK(strstr(fake_log(), "take route 2001:db8:7::2") != NULL);
	ATF_CHECK(strstr(fake_log(), "take route 2001:db8:7::3") != NULL);
	ask_peer("2001:db8:7::4", "2001:db8:9::1", true, true);
	ask_peer("2001:db8:7::5", "2001:db8:9::1", true, true);
	ask_peer("2001:db8:7::6", "2001:db8:9::1", true, false);
	/* What is gone may be taken; there is nothing to be done. */
	ask_gone_peer("2001:db8:7::3");
}

ATF_TC_WITHOUT_HEAD(addresses_and_policies);
ATF_TC_BODY(addresses_and_policies, tc)
{
	union msg	 m;

	setup();
	memset(&m, 0, sizeof(m));
	m.u_ADDR_SET.addr = addr("2001:db8:2::100");
	m.u_ADDR_SET.plen = 128;
	m.u_ADDR_SET.add = true;
	fake_reset();
	request_message(&p.procs[ROLE_MN], MSG_ADDR_SET, &m);
	check(true, "own home address");
	m.u_ADDR_SET.addr = addr("2001:db8:2::101");
	request_message(&p.procs[ROLE_MN], MSG_ADDR_SET, &m);
	check(false, "not its home address");
	m.u_ADDR_SET.ifindex = 2;
	request_message(&p.procs[ROLE_MN], MSG_ADDR_SET, &m);
	check(false, "care-of address that the kernel forms");
	memset(&m, 0, sizeof(m));
	m.u_HOME_POLICY.home = addr("2001:db8:2::100");
	m.u_HOME_POLICY.active = true;
	request_message(&p.procs[ROLE_MN], MSG_HOME_POLICY, &m);
	check(true, "policy");
	m.u_HOME_POLICY.home = addr("2001:db8:1::100");
	request_message(&p.procs[ROLE_MN], MSG_HOME_POLICY, &m);
	check(false, "policy for another");
}

/* The loopback interface has its name from the system. */
static const char *
loopback(void)
{
	return (if_nametoindex("lo") != 0 ? "lo" : "lo0");
}

/* Only what the configuration gives, or has given, may be taken away. */
ATF_TC_WITHOUT_HEAD(removals);
ATF_TC_BODY(removals, tc)
{
	union msg	 m;

	setup();
	memset(&m, 0, sizeof(m));
	m.u_HOME_ROUTE.plen = 128;
	m.u_HOME_ROUTE.home = addr("2001:db8:1::100");
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(true, "a node's route");
	m.u_HOME_ROUTE.home = addr("2001:db8:9::1");
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(false, "route of another's");
	m.u_HOME_ROUTE.home = addr("::");
	m.u_HOME_ROUTE.plen = 0;
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(false, "the default route");
	memset(&m, 0, sizeof(m));
	m.u_ADDR_SET.addr = addr("2001:db8:2::101");
	m.u_ADDR_SET.ifindex = 2;
	request_message(&p.procs[ROLE_MN], MSG_ADDR_SET, &m);
	check(false, "an address of the operator's");
	m.u_ADDR_SET.addr = addr("2001:db8:2::100");
	request_message(&p.procs[ROLE_MN], MSG_ADDR_SET, &m);
	check(true, "its home address wherever it is");
	memset(&m, 0, sizeof(m));
	m.u_HOME_POLICY.home = addr("2001:db8:9::1");
	request_message(&p.procs[ROLE_MN], MSG_HOME_POLICY, &m);
	check(false, "policy of nobody");
	memset(&m, 0, sizeof(m));
	m.u_PATH.agent = addr("2001:db8:9::1");
	request_message(&p.procs[ROLE_MN], MSG_PATH, &m);
	check(false, "path to another host");
	m.u_PATH.agent = addr("::");
	m.u_PATH.router = addr("fe80::1");
	m.u_PATH.ifindex = if_nametoindex(loopback());
	request_message(&p.procs[ROLE_MN], MSG_PATH, &m);
	check(false, "router of an interface that is not its own");
}

/*
 * Addresses that no program is to begin with: only on links of the mobile
 * node, and only what other hosts could be told of.
 */
ATF_TC_WITHOUT_HEAD(deprecations);
ATF_TC_BODY(deprecations, tc)
{
	static const struct {
		const char	*addr;
		bool		 on_link, ok;
	} rows[] = {
		{ "2001:db8:9::1", true, true },
		{ "2001:db8:2::100", true, false },	/* its home address */
		{ "fe80::1", true, false },
		{ "ff0e::1", true, false },
		{ "::", true, false },
		{ "::1", true, false },
		{ "2001:db8:9::1", false, false },
	};
	struct msg_deprecate	*d;
	union msg		 m;
	size_t			 i;

	setup();
	snprintf(conf->mn->interfaces[0].name,
	    sizeof(conf->mn->interfaces[0].name), "%s", loopback());
	memset(&m, 0, sizeof(m));
	d = &m.u_DEPRECATE;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		d->addr = addr(rows[i].addr);
		d->ifindex = rows[i].on_link ? if_nametoindex(loopback()) :
		    p.tun.ifindex;
		d->on = true;
		request_message(&p.procs[ROLE_MN], MSG_DEPRECATE, &m);
		ATF_CHECK_EQ_MSG(kern_has(p.kern, MSG_DEPRECATE, d), rows[i].ok,
		    "%s", rows[i].addr);
		ATF_CHECK_EQ(p.counters.v[PC_DENIED], rows[i].ok ? 0 : 1);
		p.counters.v[PC_DENIED] = 0;
		/* Taken back only what was asked for. */
		d->on = false;
		request_message(&p.procs[ROLE_MN], MSG_DEPRECATE, &m);
		ATF_CHECK_EQ(p.counters.v[PC_DENIED], rows[i].ok ? 0 : 1);
		p.counters.v[PC_DENIED] = 0;
	}
	/* After a reload that took the interface away, too. */
	d->addr = addr("2001:db8:9::1");
	d->ifindex = if_nametoindex(loopback());
	d->on = true;
	request_message(&p.procs[ROLE_MN], MSG_DEPRECATE, &m);
	request_commit(-1, 0, &p);
	ATF_CHECK(strstr(fake_log(), "put 2001:db8:9::1 on ") !=
	    NULL);
	conf->mn->ninterfaces = 0;
	d->on = false;
	request_message(&p.procs[ROLE_MN], MSG_DEPRECATE, &m);
	request_commit(-1, 0, &p);
	ATF_CHECK(strstr(fake_log(), "take 2001:db8:9::1 on ") !=
	    NULL);
	ATF_CHECK_EQ(p.counters.v[PC_DENIED], 0);
}

/* What a former configuration has given may be taken back after a reload. */
ATF_TC_WITHOUT_HEAD(removals_after_reload);
ATF_TC_BODY(removals_after_reload, tc)
{
	union msg	 m;

	setup();
	memset(&m, 0, sizeof(m));
	m.u_HOME_ROUTE.plen = 128;
	m.u_HOME_ROUTE.home = addr("2001:db8:1::100");
	m.u_HOME_ROUTE.add = true;
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(true, "host route");
	m.u_HOME_ROUTE.plen = 64;
	m.u_HOME_ROUTE.home = addr("2001:db8:1::");
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(true, "prefix");
	request_commit(-1, 0, &p);
	conf->ha->nlinks = 0;
	fake_reset();
	m.u_HOME_ROUTE.add = false;
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(true, "prefix of before");
	m.u_HOME_ROUTE.plen = 128;
	m.u_HOME_ROUTE.home = addr("2001:db8:1::100");
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(true, "host route of before");
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	check(false, "twice");
}

/* A kernel that makes no addresses of advertisements is told of by name. */
ATF_TC_WITHOUT_HEAD(advertisements);
ATF_TC_BODY(advertisements, tc)
{
	const struct why	*y;
	struct conf		*other;

	setup();
	advert_look(&p);
	ATF_CHECK(why_find(&p.whys, WHY_ADVERTISEMENTS_IGNORED, "wlan0") ==
	    NULL);
	fake_takes_ra(false);
	advert_look(&p);
	y = why_find(&p.whys, WHY_ADVERTISEMENTS_IGNORED, "wlan0");
	ATF_REQUIRE(y != NULL);
	ATF_CHECK(strstr(y->text, "on wlan0: forwarding=1") != NULL);
	fake_takes_ra(true);
	advert_look(&p);
	ATF_CHECK(why_find(&p.whys, WHY_ADVERTISEMENTS_IGNORED, "wlan0") ==
	    NULL);
	/* Who forms addresses himself needs no kernel for it. */
	fake_takes_ra(false);
	conf->mn->form_addresses = true;
	advert_look(&p);
	ATF_CHECK(why_find(&p.whys, WHY_ADVERTISEMENTS_IGNORED, "wlan0") ==
	    NULL);
	conf->mn->form_addresses = false;
	advert_look(&p);
	ATF_CHECK(why_find(&p.whys, WHY_ADVERTISEMENTS_IGNORED, "wlan0") !=
	    NULL);
	/* After a reload nobody names the interface. */
	other = conf_parse_text(text, strlen(text), complain, NULL);
	ATF_REQUIRE(other != NULL);
	other->mn->ninterfaces = 0;
	p.conf = other;
	advert_configured(&p, conf);
	ATF_CHECK(why_find(&p.whys, WHY_ADVERTISEMENTS_IGNORED, "wlan0") ==
	    NULL);
}

#define HOME_RULE	"rule 1058 from 2001:db8:2::100/128: tunnel"

static void
away(void)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	m.u_ADDR_SET.addr = addr("2001:db8:2::100");
	m.u_ADDR_SET.plen = 128;
	m.u_ADDR_SET.add = true;
	request_message(&p.procs[ROLE_MN], MSG_ADDR_SET, &m);
	memset(&m, 0, sizeof(m));
	m.u_HOME_POLICY.home = addr("2001:db8:2::100");
	m.u_HOME_POLICY.active = true;
	request_message(&p.procs[ROLE_MN], MSG_HOME_POLICY, &m);
	request_commit(-1, 0, &p);
	fake_reset();
}

/* Somebody removes what is ours: it is put back, counted, and told of. */
ATF_TC_WITHOUT_HEAD(put_back);
ATF_TC_BODY(put_back, tc)
{
	unsigned int	 i;

	setup();
	away();
	ATF_REQUIRE(fake_has(HOME_RULE));
	ATF_REQUIRE(fake_remove(HOME_RULE));
	fake_pass(MS(20));
	request_commit(-1, 0, &p);
	ATF_CHECK_STREQ(fake_log(), "put " HOME_RULE "\n");
	ATF_CHECK_EQ(kern_row_counters(p.kern)->removed, 1);
	ATF_CHECK_EQ(kern_row_counters(p.kern)->put_back, 1);
	/* Again and again: a reason, and no war. */
	for (i = 0; i < 20; i++) {
		ATF_REQUIRE(fake_remove(HOME_RULE));
		fake_pass(ROW_SLOW);
		request_commit(-1, 0, &p);
	}
	ATF_CHECK(why_find(&p.whys, WHY_KERNEL_RIVAL,
	    HOME_RULE) != NULL);
	ATF_CHECK_EQ(kern_row_counters(p.kern)->rivals, 1);
	fake_pass(ROW_CALM);
	request_commit(-1, 0, &p);
	ATF_CHECK(why_find(&p.whys, WHY_KERNEL_RIVAL,
	    HOME_RULE) == NULL);
}

/* The kernel does not take it back: a reason while that is so. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	setup();
	away();
	fake_fail(EACCES);
	ATF_REQUIRE(fake_remove("address 2001:db8:2::100 on mip6"));
	fake_pass(MS(20));
	request_commit(-1, 0, &p);
	ATF_CHECK(why_find(&p.whys, WHY_KERNEL_REFUSED,
	    "address 2001:db8:2::100 on mip6") != NULL);
	fake_fail(0);
	fake_pass(SEC(1));
	request_commit(-1, 0, &p);
	ATF_CHECK(fake_has("address 2001:db8:2::100 on mip6"));
	ATF_CHECK(why_find(&p.whys, WHY_KERNEL_REFUSED,
	    "address 2001:db8:2::100 on mip6") == NULL);
}

static int	 said;

static void
hear(void *arg, uint32_t id, int error)
{
	(void)arg;
	(void)id;
	said = error;
}

/*
 * A router that the kernel does not let go: mn hears that at once, and it is
 * not taken later, when it may have been heard again or be the operator's.
 */
ATF_TC_WITHOUT_HEAD(router_once);
ATF_TC_BODY(router_once, tc)
{
	struct msg_path	 m = { .id = 2, .ifindex = 1,
	    .router = addr("fe80::1") };

	setup();
	ATF_REQUIRE_EQ(kern_ask(p.kern, MSG_PATH, &m), 0);
	fake_fail(EPERM);
	kern_commit(p.kern, hear, NULL);
	ATF_CHECK(strstr(fake_log(), "take default router fe80::1") != NULL);
	ATF_CHECK_EQ_MSG(said, EPERM, "%d", said);
	fake_reset();
	fake_pass(ROW_SLOW);
	kern_commit(p.kern, hear, NULL);
	ATF_CHECK_STREQ(fake_log(), "");
	/* A new request is a new try. */
	ATF_REQUIRE_EQ(kern_ask(p.kern, MSG_PATH, &m), 0);
	kern_commit(p.kern, hear, NULL);
	ATF_CHECK(strstr(fake_log(), "take default router fe80::1") != NULL);
	ATF_CHECK_EQ(said, 0);
}

/* An address that is in the way goes as soon as the kernel lets it. */
ATF_TC_WITHOUT_HEAD(address_taken);
ATF_TC_BODY(address_taken, tc)
{
	struct msg_addr_set	 m = { .id = 2, .ifindex = 1, .plen = 64,
	    .addr = addr("2001:db8:2::100") };

	setup();
	ATF_REQUIRE_EQ(kern_ask(p.kern, MSG_ADDR_SET, &m), 0);
	fake_fail(EPERM);
	kern_commit(p.kern, hear, NULL);
	ATF_CHECK_EQ_MSG(said, EPERM, "%d", said);
	fake_reset();
	fake_pass(ROW_SLOW);
	kern_commit(p.kern, hear, NULL);
	ATF_CHECK(strstr(fake_log(), "take address 2001:db8:2::100") != NULL);
}

static unsigned int	 nlost;

static void
count_lost(void *arg)
{
	(void)arg;
	nlost++;
}

/* Routes of bindings are in no table of root's: ha is asked, once. */
ATF_TC_WITHOUT_HEAD(routes_lost);
ATF_TC_BODY(routes_lost, tc)
{
	struct in6_addr	 home = addr("2001:db8:1::100");
	struct in6_addr	 other = addr("2001:db8:1::101");
	union msg	 m;

	setup();
	memset(&m, 0, sizeof(m));
	m.u_HOME_ROUTE.plen = 128;
	m.u_HOME_ROUTE.home = home;
	m.u_HOME_ROUTE.add = true;
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	m.u_HOME_ROUTE.home = other;
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	request_commit(-1, 0, &p);
	the.cb.routes_lost = count_lost;
	/* A comparison that finds them all is no repair. */
	fake_lost();
	request_commit(-1, 0, &p);
	fake_pass(SEC(1));
	request_commit(-1, 0, &p);
	ATF_CHECK_EQ(nlost, 0);
	ATF_CHECK_EQ(kern_row_counters(p.kern)->put_back, 0);
	fake_host_gone(&home);
	fake_host_gone(&other);
	fake_pass(MS(20));
	request_commit(-1, 0, &p);
	ATF_CHECK_EQ(nlost, 1);
	fake_pass(SEC(100));
	request_commit(-1, 0, &p);
	ATF_CHECK_EQ(nlost, 1);
	/* One that no binding has is not missed. */
	m.u_HOME_ROUTE.add = false;
	request_message(&p.procs[ROLE_HA], MSG_HOME_ROUTE, &m);
	request_commit(-1, 0, &p);
	fake_host_gone(&other);
	fake_pass(SEC(100));
	request_commit(-1, 0, &p);
	ATF_CHECK_EQ(nlost, 1);
}

/* What no filter keeps in is told, with what it takes, until there is one. */
ATF_TC_WITHOUT_HEAD(not_fail_closed);
ATF_TC_BODY(not_fail_closed, tc)
{
	const struct why	*y;

	setup();
	p.tun.fd = -1;
	fake_caps()->no_fail_closed = "load ipfw";
	kernel_reconfigured(&p);
	y = why_find(&p.whys, WHY_NOT_FAIL_CLOSED, "filter");
	ATF_REQUIRE(y != NULL);
	ATF_CHECK(strstr(y->text, "load ipfw") != NULL);
	fake_caps()->fail_closed = true;
	kernel_reconfigured(&p);
	ATF_CHECK(why_find(&p.whys, WHY_NOT_FAIL_CLOSED, "filter") == NULL);
	kernel_close(&p);
}

ATF_TC_WITHOUT_HEAD(missing_capabilities);
ATF_TC_BODY(missing_capabilities, tc)
{
	char	 why[256];

	setup();
	ATF_CHECK(kernel_check(&p, conf, why, sizeof(why)));
	fake_caps()->tun = false;
	fake_caps()->no_tun = "load tun";
	ATF_CHECK(!kernel_check(&p, conf, why, sizeof(why)));
	ATF_CHECK_STREQ(why, "no tun device: load tun");
	fake_caps()->tun = true;
	/* What can't be had here -n refuses, too, which asks no kernel. */
	fake_caps()->ipsec = false;
	fake_caps()->no_ipsec = "not on this system";
	ATF_CHECK(conf_supported(conf, why, sizeof(why)));
	conf->ha->nodes[0].auth.type = AUTH_IPSEC;
	ATF_CHECK(!conf_supported(conf, why, sizeof(why)));
	ATF_CHECK_STREQ(why, "authentication ipsec: not on this system");
	conf->ha->nodes[0].auth.type = AUTH_MN_HA;
	fake_caps()->forwarding = false;
	fake_caps()->no_forwarding = "switch it on";
	ATF_CHECK(!kernel_check(&p, conf, why, sizeof(why)));
	ATF_CHECK_STREQ(why,
	    "a home agent must forward packets: switch it on");
}

/* On some systems a mobile node sends by forwarding, too. */
ATF_TC_WITHOUT_HEAD(sending_off);
ATF_TC_BODY(sending_off, tc)
{
	const struct why	*y;
	struct conf_ha		*ha;
	char			 why[256];

	setup();
	ha = conf->ha;
	conf->ha = NULL;
	fake_caps()->forwarding = false;
	ATF_REQUIRE(kernel_check(&p, conf, why, sizeof(why)));
	forward_look(&p);
	ATF_CHECK(why_find(&p.whys, WHY_SENDING_OFF, "forwarding") == NULL);
	fake_caps()->sends_by_tun = true;
	fake_caps()->no_forwarding = "switch it on";
	ATF_CHECK(!kernel_check(&p, conf, why, sizeof(why)));
	ATF_CHECK(strstr(why, "by forwarding here: switch it on") != NULL);
	forward_look(&p);
	y = why_find(&p.whys, WHY_SENDING_OFF, "forwarding");
	ATF_REQUIRE(y != NULL);
	ATF_CHECK(strstr(y->text, "forwarding is 0") != NULL);
	fake_caps()->forwarding = true;
	forward_look(&p);
	ATF_CHECK(why_find(&p.whys, WHY_SENDING_OFF, "forwarding") == NULL);
	conf->ha = ha;
}

ATF_TC_WITHOUT_HEAD(clean_end);
ATF_TC_BODY(clean_end, tc)
{
	char	 why[256];

	setup();
	ATF_REQUIRE_EQ(kernel_begin(&p, why, sizeof(why)), 0);
	ATF_CHECK(fake_has("optimistic DAD on wlan0"));
	p.kern_ours = true;
	fake_reset();
	kernel_close(&p);
	ATF_CHECK_STREQ(fake_log(),
	    "reconcile\ntake optimistic DAD on wlan0\n"
	    "take the filter against Parameter Problems\nclose\n");
}

/* Whatever is ours goes, and what a crash left as well. */
ATF_TC_WITHOUT_HEAD(withdrawn);
ATF_TC_BODY(withdrawn, tc)
{
	setup();
	p.kern_ours = true;
	away();
	fake_add("rule of a former life");
	ATF_CHECK(the.nhave > 1);
	kernel_close(&p);
	ATF_CHECK_EQ(the.nhave, 0);
}

/* What changes something is behind the lock. */
ATF_TC_WITHOUT_HEAD(begin);
ATF_TC_BODY(begin, tc)
{
	char	 why[256];

	setup();
	ATF_CHECK_STREQ(fake_log(), "open\n");
	fake_reset();
	*fake_caps() = (struct kern_caps){ .tun = true };
	ATF_REQUIRE_EQ(tun_claim(&p, why, sizeof(why)), 0);
	ATF_CHECK_STREQ(fake_log(), "tun\n");
	fake_reset();
	kernel_close(&p);
	ATF_CHECK_STREQ(fake_log(), "close\n");
}

/* Another daemon has the device: who that is, and not a thing is done. */
ATF_TC_WITHOUT_HEAD(not_alone);
ATF_TC_BODY(not_alone, tc)
{
	char	 why[256], want[256];

	setup();
	fake_reset();
	*fake_caps() = (struct kern_caps){ .tun = true };
	fake_tun_held(getpid());
	ATF_CHECK_EQ(tun_claim(&p, why, sizeof(why)), -1);
	snprintf(want, sizeof(want), "another mip6d is running here, pid %ld: "
	    "it has the tun device mip6", (long)getpid());
	ATF_CHECK_STREQ(why, want);
	kernel_close(&p);
	ATF_CHECK_STREQ(fake_log(), "close\n");
}

static void
pipe_ends(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)ipc;
	atf_tc_fail("%s", reason);
}

/* The device was removed and could not be made again at once: net needs it. */
ATF_TC_WITHOUT_HEAD(tun_again);
ATF_TC_BODY(tun_again, tc)
{
	struct proc	*net = &p.procs[ROLE_NET];
	char		 why[256];
	int		 sv[2];

	setup();
	ATF_REQUIRE_EQ(tun_claim(&p, why, sizeof(why)), 0);
	fake_tun_held(getpid());
	fake_events()->tun_lost(fake_events()->arg);
	ATF_CHECK_EQ(p.tun.fd, -1);
	ATF_REQUIRE_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	net->ipc = ipc_new(p.base, sv[0], ROLE_PARENT, ROLE_NET,
	    verbs_from_child, pipe_ends, net);
	ATF_REQUIRE(net->ipc != NULL);
	net->state = PROC_STARTING;
	ATF_CHECK_EQ(kernel_give_net(net), -1);
	fake_tun_held(0);
	ATF_CHECK_EQ(kernel_give_net(net), 0);
	ATF_CHECK(p.tun.fd != -1);
	ATF_CHECK_EQ(p.tun.ifindex, FAKE_TUN);
	net->state = PROC_NONE;
	ipc_close(net->ipc);
	net->ipc = NULL;
	kernel_close(&p);
	close(sv[1]);
}

static void
link_is(uint32_t ifindex, const char *name, uint32_t mtu, uint8_t flags)
{
	struct msg_link	 m = { .ifindex = ifindex, .mtu = mtu,
	    .flags = flags };

	snprintf(m.name, sizeof(m.name), "%s", name);
	fake_events()->link(fake_events()->arg, &m);
	event_active(p.kern_ev, EV_READ, 0);
	event_base_loop(p.base, EVLOOP_NONBLOCK);
}

/* RFC 2473 7.1: the MTU of a tunnel is that of its path less what it adds. */
ATF_TC_WITHOUT_HEAD(tun_mtu_follows);
ATF_TC_BODY(tun_mtu_follows, tc)
{
	struct conf_ha	*ha;
	char		 why[256];

	setup();
	ATF_REQUIRE_EQ(tun_claim(&p, why, sizeof(why)), 0);
	ATF_REQUIRE_EQ(kernel_begin(&p, why, sizeof(why)), 0);
	ATF_CHECK_EQ(fake_tun_mtu(), 1452);
	link_is(1, "lo", 1400, LINK_UP | LINK_LOOPBACK);
	link_is(2, "wlan0", 9000, LINK_UP);
	ATF_CHECK_EQ(fake_tun_mtu(), 8952);
	link_is(3, "eth0", 1492, LINK_UP);
	ATF_CHECK_EQ(fake_tun_mtu(), 1444);
	link_is(FAKE_TUN, "mip6", 1300, LINK_UP);
	link_is(4, "eth1", 1400, 0);
	ATF_CHECK_EQ(fake_tun_mtu(), 1444);
	/* Not less than IPv6 takes (RFC 8200 5). */
	link_is(4, "eth1", 1300, LINK_UP);
	ATF_CHECK_EQ(fake_tun_mtu(), 1280);
	link_is(4, "eth1", 1300, LINK_UP | LINK_GONE);
	ATF_CHECK_EQ(fake_tun_mtu(), 1444);
	/* With none it stays. */
	link_is(3, "eth0", 1492, 0);
	link_is(2, "wlan0", 9000, 0);
	ATF_CHECK_EQ(fake_tun_mtu(), 8952);
	/* A reload: nothing is added but the header. */
	link_is(3, "eth0", 1492, LINK_UP);
	conf->global.no_encapsulation_limit = true;
	kernel_reconfigured(&p);
	ATF_CHECK_EQ(fake_tun_mtu(), 1452);
	/* A node alone that was told which interface is its. */
	link_is(2, "wlan0", 1500, LINK_UP);
	ATF_CHECK_EQ(fake_tun_mtu(), 1452);
	ha = conf->ha;
	conf->ha = NULL;
	kernel_reconfigured(&p);
	ATF_CHECK_EQ(fake_tun_mtu(), 1460);
	conf->ha = ha;
	kernel_close(&p);
}

/* All pages of show configuration as text. */
static char *
configuration(unsigned int *pages)
{
	static struct report	 rep;
	struct report_field	 f;
	struct rbuf		 all, row;
	char			*out, table[64];
	uint64_t		 cursor = 0;
	size_t			 len;
	int			 error = 0;
	FILE			*o = open_memstream(&out, &len);

	ATF_REQUIRE(o != NULL);
	*pages = 0;
	do {
		report_init(&rep);
		cursor = confrows(&p, &rep, cursor, &error);
		ATF_REQUIRE_EQ(0, error);
		rbuf_init(&all, rep.mem, rep.w.off);
		while (report_next_row(&all, &row, table, sizeof(table))) {
			ATF_REQUIRE(report_next_field(&row, &f));
			fprintf(o, "%.*s\n", (int)f.v.str.len, f.v.str.p);
		}
		ATF_REQUIRE(rbuf_done(&all));
		++*pages;
	} while (cursor != 0);
	ATF_REQUIRE_EQ(0, fclose(o));
	return (out);
}

/* A page of the configuration prints nothing anew, and none is left out. */
ATF_TC_WITHOUT_HEAD(configuration_pages);
ATF_TC_BODY(configuration_pages, tc)
{
	static struct report	 rep;
	char			*big, *want, *found;
	uint64_t		 cursor;
	size_t			 len;
	unsigned int		 i, pages;
	int			 error = 0;
	FILE			*f;

	setup();
	f = open_memstream(&big, &len);
	fprintf(f, "home-agent {\nhome-link virtual {\naddress 2001:db8:1::1"
	    "\nprefix 2001:db8:1::/64\n}\n");
	for (i = 1; i <= 5000; i++)
		fprintf(f, "mobile-node \"mn%u@example.com\" {\nhome-address "
		    "2001:db8:1::2:%x\nauthentication mn-ha spi %u key "
		    "\"0123456789abcdef\"\n}\n", i, i, 255 + i);
	fprintf(f, "}\n");
	ATF_REQUIRE_EQ(0, fclose(f));
	p.conf = conf_parse_text(big, len, complain, NULL);
	ATF_REQUIRE(p.conf != NULL);
	f = open_memstream(&want, &len);
	conf_print(f, p.conf, CONF_PRINT_ALL & ~CONF_PRINT_SECRETS);
	fclose(f);
	found = configuration(&pages);
	ATF_CHECK(strcmp(want, found) == 0);
	ATF_CHECK(strstr(found, "0123456789abcdef") == NULL);
	ATF_CHECK_MSG(pages > 10, "%u pages", pages);
	free(found);
	/* Page by page it is the same text, not another print of it. */
	report_init(&rep);
	cursor = confrows(&p, &rep, 0, &error);
	conf_free(p.conf);
	p.conf = NULL;
	report_init(&rep);
	ATF_CHECK(confrows(&p, &rep, cursor, &error) != 0);
	ATF_CHECK_EQ(0, error);
	/* In the middle there is another configuration. */
	p.conf = conf;
	confrows_forget(&p);
	report_init(&rep);
	ATF_CHECK_EQ(0, confrows(&p, &rep, cursor, &error));
	ATF_CHECK_EQ(ESTALE, error);
	error = 0;
	ATF_CHECK_EQ(0, confrows(&p, &rep, 0, &error));
	ATF_CHECK_EQ(0, error);
	confrows_forget(&p);
	ATF_CHECK(p.shown == NULL);
	free(want);
	free(big);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, home_routes);
	ATF_TP_ADD_TC(tp, peer_routes);
	ATF_TP_ADD_TC(tp, addresses_and_policies);
	ATF_TP_ADD_TC(tp, removals);
	ATF_TP_ADD_TC(tp, deprecations);
	ATF_TP_ADD_TC(tp, advertisements);
	ATF_TP_ADD_TC(tp, removals_after_reload);
	ATF_TP_ADD_TC(tp, put_back);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, router_once);
	ATF_TP_ADD_TC(tp, address_taken);
	ATF_TP_ADD_TC(tp, routes_lost);
	ATF_TP_ADD_TC(tp, not_fail_closed);
	ATF_TP_ADD_TC(tp, missing_capabilities);
	ATF_TP_ADD_TC(tp, sending_off);
	ATF_TP_ADD_TC(tp, clean_end);
	ATF_TP_ADD_TC(tp, withdrawn);
	ATF_TP_ADD_TC(tp, begin);
	ATF_TP_ADD_TC(tp, not_alone);
	ATF_TP_ADD_TC(tp, tun_again);
	ATF_TP_ADD_TC(tp, tun_mtu_follows);
	ATF_TP_ADD_TC(tp, configuration_pages);
	return (atf_no_error());
}
