/*
 * A home agent's keys.  Connections are loaded in the background, the most
 * recently seen nodes first, and unloaded when they are no longer configured.
 */
#include "ike_mock.h"

#define AGENT	"2001:db8:1::1"
#define MANY	400

static struct conf_ha		 ha;
static struct conf_home_link	 link_;
static struct conf_prefix	 prefix;
static struct conf_node		 nodes[MANY];
static struct in6_addr		 homes[MANY];
static struct conf_ipsec	 ipsec[MANY];

static const char *
home(unsigned int i)
{
	static char	 text[4][64];
	static int	 turn_;

	turn_ = (turn_ + 1) % 4;
	snprintf(text[turn_], sizeof(text[0]), "2001:db8:1::1:%x", i + 1);
	return (text[turn_]);
}

static void
configure_ha(unsigned int n)
{
	unsigned int	 i;

	snprintf(ike.identity, sizeof(ike.identity), "ha.example.com");
	snprintf(ike.ike_proposals, sizeof(ike.ike_proposals), "default");
	snprintf(ike.esp_proposals, sizeof(ike.esp_proposals), "default");
	ike.ike_lifetime = 14400000;
	ike.sa_lifetime = 3600000;
	prefix.addr = addr("2001:db8:1::");
	prefix.len = 64;
	link_.address = addr(AGENT);
	link_.prefixes = &prefix;
	link_.nprefixes = 1;
	ha.links = &link_;
	ha.nlinks = 1;
	for (i = 0; i < n; i++) {
		homes[i] = addr(home(i));
		nodes[i].homes = &homes[i];
		nodes[i].nhomes = 1;
		nodes[i].auth.type = AUTH_IPSEC;
		nodes[i].ipsec = &ipsec[i];
		ipsec[i].protect = PROTECT_NONE;
		snprintf(ipsec[i].identity, sizeof(ipsec[i].identity),
		    "mn%u@example.com", i);
		ipsec[i].secretlen = (size_t)snprintf(
		    (char *)ipsec[i].secret, sizeof(ipsec[i].secret),
		    "secret%u", i);
	}
	ha.nodes = nodes;
	ha.nnodes = n;
	conf.ha = &ha;
}

static void
say_nodes(unsigned int n)
{
	unsigned int	 i;

	for (i = 0; i < n; i++)
		say_node(home(i), 100 + 2 * i, i == 1 ? 5000 : i);
	say_node_end();
}

ATF_TC_WITHOUT_HEAD(loads);
ATF_TC_BODY(loads, tc)
{
	configure_ha(3);
	ipsec[1].protect = PROTECT_PAYLOAD;
	ipsec[2].protect = PROTECT_RR;
	start_ike();
	connect_charon();
	ATF_CHECK_EQ_MSG(0, count(asked, "load-conn"), "no reqids yet");
	say_nodes(3);
	in_order((const char *const[]){
	    "load-shared id=mip6-2001:db8:1::1:2 type=IKE data=secret1 "
	    "owners=[mn1@example.com ha.example.com]",
	    "load-conn mip6-2001:db8:1::1:2{version=2 local_addrs=[" AGENT
	    "] remote_addrs=[%any] unique=replace mobike=no "
	    "rekey_time=14400s proposals=[default] "
	    "local{auth=psk id=ha.example.com} "
	    "remote{auth=psk id=mn1@example.com} "
	    "children{mh{mode=transport_proxy policies=no reqid=102 "
	    "esp_proposals=[default] rekey_time=3600s life_time=7200s "
	    "rand_time=360s "
	    "local_ts=[" AGENT "/128[135] " AGENT "/128[58]] "
	    "remote_ts=[2001:db8:1::1:2/128[135] 2001:db8:1::1:2/128[58]]} "
	    "tun{mode=tunnel policies=no reqid=103 esp_proposals=[default] "
	    "rekey_time=3600s life_time=7200s rand_time=360s local_ts=[::/0] "
	    "remote_ts=[2001:db8:1::1:2/128]}}}",
	    "load-conn mip6-2001:db8:1::1:3{",
	    "local_ts=[::/0[135/768]] "
	    "remote_ts=[2001:db8:1::1:3/128[135/256]]",
	    "load-conn mip6-2001:db8:1::1:1{", NULL });
	ATF_CHECK_EQ(2, count(asked, "tun{"));
	ATF_CHECK_EQ(0, count(asked, "initiate"));
	ATF_CHECK_EQ(0, ntold);
	ATF_CHECK_EQ(1, count(lines, "3 connections loaded, 0 failed"));

	/* A node comes, and is told not to. */
	sas[0] = (struct mock_sa){ 4, 102, home(1), "ESTABLISHED", true,
	    true, NULL };
	event_sa("ike-updown", &sas[0], true);
	event_sa("child-updown", &sas[0], true);
	turn();
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	ATF_CHECK(last_told()->tunnel);
	say_want(KEY_NEED, home(1), "::", "::");
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	say_want(KEY_END, home(1), "::", "::");
	ATF_CHECK_EQ(1, count(asked, "terminate ike-id=4 force=yes"));
	ATF_CHECK_EQ(KEY_DOWN, last_told()->state);
}

static void
discards_due(void)
{
	struct discard	*d;

	TAILQ_FOREACH(d, &keying()->discards, entry)
		d->due.ns = 0;
	event_active(keying()->discard_timer, EV_TIMEOUT, 0);
	turn();
}

/* Where a node was is discarded (K = 0), where it is by now is not. */
ATF_TC_WITHOUT_HEAD(discards);
ATF_TC_BODY(discards, tc)
{
	char	 text[INET6_ADDRSTRLEN];

	configure_ha(2);
	start_ike();
	connect_charon();
	say_nodes(2);
	sas[0] = (struct mock_sa){ 4, 100, home(0), "ESTABLISHED", true,
	    false, "2001:db8:f1::1" };
	sas[1] = (struct mock_sa){ 5, 102, home(1), "ESTABLISHED", true,
	    false, "2001:db8:f1::1" };
	event_sa("ike-updown", &sas[0], true);
	event_sa("ike-updown", &sas[1], true);
	event_sa("child-updown", &sas[1], true);
	turn();
	say_want(KEY_DISCARD, home(0), AGENT, "2001:db8:f1::1");
	say_want(KEY_DISCARD, home(1), AGENT, "2001:db8:f1::1");
	/* The acknowledgement is still to be protected. */
	ATF_CHECK_EQ(0, count(asked, "terminate"));
	ATF_CHECK_STREQ("2001:db8:f1::1", inet_ntop(AF_INET6,
	    &last_told()->at, text, sizeof(text)));
	/* One of them comes from where it is now. */
	sas[1].id = 6;
	sas[1].remote = "2001:db8:f2::1";
	event_sa("ike-updown", &sas[1], true);
	turn();
	discards_due();
	ATF_CHECK_EQ(1, count(asked, "terminate ike-id=4 force=yes"));
	ATF_CHECK_EQ(1, count(asked, "terminate"));
	/* Away and back again: it leads there, but is another one. */
	ATF_CHECK_EQ(0, keying()->ndiscards);
	say_want(KEY_DISCARD, home(1), AGENT, "2001:db8:f2::1");
	ATF_CHECK_EQ(1, keying()->ndiscards);
	say_want(KEY_DISCARD, home(1), AGENT, "2001:db8:f3::1");
	ATF_CHECK_EQ_MSG(1, keying()->ndiscards, "nothing leads there");
	sas[1].id = 7;
	event_sa("ike-updown", &sas[1], true);
	turn();
	discards_due();
	ATF_CHECK_EQ(1, count(asked, "terminate"));
	ATF_CHECK_EQ(0, keying()->ndiscards);
	/* No more are remembered than there are places; that is said. */
	sas[1].id = 8;
	event_sa("ike-updown", &sas[1], true);
	turn();
	keying()->ndiscards = DISCARDS_MAX;
	say_want(KEY_DISCARD, home(1), AGENT, "2001:db8:f2::1");
	ATF_CHECK_EQ(1, keying()->ch->counters.v[IC_DISCARDS_FULL]);
	ATF_CHECK_EQ(1, count(lines, "more than 65536 IKE_SAs"));
	keying()->ndiscards = 0;
}

/*
 * Both ends have made the same at once: the older one is ended, by the home
 * agent, when both are there to stay.
 */
ATF_TC_WITHOUT_HEAD(spare);
ATF_TC_BODY(spare, tc)
{
	configure_ha(2);
	ipsec[1].protect = PROTECT_PAYLOAD;
	start_ike();
	connect_charon();
	say_nodes(2);
	sas[0] = (struct mock_sa){ 4, 102, home(1), "ESTABLISHED", true,
	    true, NULL };
	event_sa("ike-updown", &sas[0], true);
	event_sa("list-sa", &sas[0], true);
	turn();
	ATF_CHECK_EQ(0, count(asked, "terminate"));
	/* A rekeying of both ends may be under way. */
	second = 50;
	second_age = "5";
	event_sa("list-sa", &sas[0], true);
	turn();
	ATF_CHECK_EQ(0, count(asked, "terminate"));
	second_age = "6";
	event_sa("list-sa", &sas[0], true);
	turn();
	ATF_CHECK_EQ(1, count(asked, "terminate child-id=40 timeout=-1\n"));
	ATF_CHECK_EQ(1, count(asked, "terminate"));
	ATF_CHECK_EQ(1, keying()->ch->counters.v[IC_SPARES]);
	ATF_CHECK_EQ(1, count(lines, "CHILD_SA mh[40] is ended"));
	/* The newer one is that of the higher number, wherever it stands. */
	asked[0] = '\0';
	second = 30;
	second_age = "600";
	event_sa("list-sa", &sas[0], true);
	turn();
	ATF_CHECK_EQ(1, count(asked, "terminate child-id=30 "));
	ATF_CHECK_EQ(1, count(asked, "terminate"));
}

/* The parent wants to know all SPIs of a node. */
ATF_TC_WITHOUT_HEAD(spis_asked);
ATF_TC_BODY(spis_asked, tc)
{
	union msg	 m = { .u_SA_ASK = { 7, addr(home(1)) } };

	configure_ha(3);
	ipsec[1].protect = PROTECT_PAYLOAD;
	start_ike();
	ike_ops.message(&ch, ROLE_PARENT, MSG_SA_ASK, &m);
	turn();
	ATF_CHECK_STREQ("unknown", spis);
	connect_charon();
	say_nodes(3);
	sas[0] = (struct mock_sa){ 4, 102, home(1), "ESTABLISHED", true,
	    true, NULL };
	nsas = 1;
	event_sa("ike-updown", &sas[0], true);
	turn();
	asked[0] = '\0';
	ike_ops.message(&ch, ROLE_PARENT, MSG_SA_ASK, &m);
	turn();
	ATF_CHECK_EQ(1, count(asked, "list-sas ike=mip6-2001:db8:1::1:2"));
	ATF_CHECK_STREQ(" 00000050 00000051 00000052 00000053", spis);
	/* Of one that is not ours. */
	m.u_SA_ASK.home = addr("2001:db8::77");
	ike_ops.message(&ch, ROLE_PARENT, MSG_SA_ASK, &m);
	turn();
	ATF_CHECK_STREQ("unknown", spis);
}

ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	unsigned int	 i, most = 0;

	configure_ha(MANY);
	start_ike();
	connect_charon();
	mute = true;
	say_nodes(MANY);
	most = keying()->loader.out;
	ATF_CHECK(most >= 8 && most <= VICI_QUEUE_MAX / 2);
	ATF_CHECK(vici_waiting(((struct charon *)ch.priv)->conn) <= most);
	mute = false;
	for (i = 0; i < 20; i++)
		turn();
	ATF_CHECK_EQ(MANY, count(asked, "load-conn"));
	ATF_CHECK_EQ(MANY, keying()->nodes.nload[LOAD_YES]);
	ATF_CHECK_EQ(0, keying()->loader.out);
	/* The next charon has all of them again. */
	asked[0] = '\0';
	connect_charon();
	for (i = 0; i < 20; i++)
		turn();
	ATF_CHECK_EQ(MANY, count(asked, "load-conn"));
}

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	configure_ha(4);
	snprintf(ipsec[3].identity, sizeof(ipsec[3].identity),
	    "*@example.com");
	refused = "load-conn";
	start_ike();
	connect_charon();
	say_nodes(4);
	ATF_CHECK_EQ(3, count(asked, "load-conn"));
	ATF_CHECK_EQ(4, keying()->nodes.nload[LOAD_BAD]);
	ATF_CHECK_EQ(1, count(lines, "0 connections loaded, 4 failed"));
	ATF_CHECK_EQ(1, count(lines, "the identity is a pattern"));
	/* What the pattern's own row says, and what charon said. */
	ATF_CHECK(why_find(&ch.whys, WHY_NODE_NOT_LOADED, home(0)) != NULL);
}

static const struct why *
failed(const char *subject)
{
	return (why_find(&ch.whys, WHY_IKE_PEER_FAILED, subject));
}

/* Peers whose IKE fails: which, from where, why; by what charon logs. */
ATF_TC_WITHOUT_HEAD(peers);
ATF_TC_BODY(peers, tc)
{
	const struct why	*y;
	char			 name[80];

	configure_ha(3);
	start_ike();
	y = why_find(&ch.whys, WHY_CHARON_AWAY, "charon");
	ATF_CHECK(y == NULL);
	connect_charon();
	say_nodes(3);
	/* An identity that no node has. */
	event_log_of("7", "(unnamed)", "2001:db8:f1::66 is initiating an "
	    "IKE_SA");
	event_log_of("8", NULL, "2001:db8:f1::2 is initiating an IKE_SA");
	event_log_of("7", "(unnamed)", "looking for peer configs matching "
	    AGENT "[ha.example.com]...2001:db8:f1::66[evil@example.com]");
	event_log_of("7", "(unnamed)", "no matching peer config found");
	/* A node with another secret. */
	snprintf(name, sizeof(name), "mip6-%s", home(1));
	event_log_of("8", name, "selected peer config 'mip6-x'");
	event_log_of("8", name, "tried 1 shared key for 'ha.example.com' - "
	    "'mn1@example.com', but MAC mismatched");
	/* One that has come no further than its first message. */
	event_log_of("9", NULL, "2001:db8:f1::9 is initiating an IKE_SA");
	event_log_of("9", NULL, "received proposals unacceptable");
	turn();
	ATF_REQUIRE((y = failed("evil@example.com")) != NULL);
	ATF_CHECK_STREQ("IKE from 2001:db8:f1::66 with identity "
	    "evil@example.com failed: no node of the configuration has its "
	    "identity", y->text);
	ATF_CHECK(why_about(y, "2001:db8:f1::66"));
	ATF_REQUIRE((y = failed(home(1))) != NULL);
	ATF_CHECK_STREQ("IKE from 2001:db8:f1::2 with identity "
	    "mn1@example.com failed: its secret is another than the one that "
	    "is configured for its identity", y->text);
	ATF_CHECK(why_about(y, "mn1@example.com"));
	ATF_REQUIRE((y = failed("2001:db8:f1::9")) != NULL);
	ATF_CHECK(strstr(y->text, "no IKE proposal in common") != NULL);
	/* It has come to its senses. */
	sas[0] = (struct mock_sa){ 10, 102, home(1), "ESTABLISHED", true,
	    true, NULL };
	event_sa("ike-updown", &sas[0], true);
	turn();
	ATF_CHECK(failed(home(1)) == NULL);
	ATF_CHECK(failed("evil@example.com") != NULL);
	/* Lines that are not as expected are of no use and do no harm. */
	event_log_of("7", NULL, "looking for peer configs matching");
	event_log_of("7", NULL, "looking for peer configs matching a[b]...c");
	event_log_of("7", NULL, "looking for peer configs matching a[]...[]");
	event_log_of("x", NULL, "no matching peer config found");
	event_log_of("77", NULL, "no matching peer config found");
	turn();
	ATF_CHECK(failed("") == NULL);
}

/* All reqids were taken; those of a node that goes come to it later. */
ATF_TC_WITHOUT_HEAD(late_reqid);
ATF_TC_BODY(late_reqid, tc)
{
	configure_ha(2);
	start_ike();
	connect_charon();
	say_node(home(0), 100, 0);
	say_node_end();
	ATF_CHECK_EQ(1, count(asked, "load-conn"));
	ATF_CHECK_EQ(1, keying()->nodes.nload[LOAD_BAD]);
	ATF_CHECK_EQ(1, count(lines, "has no reqids yet"));
	asked[0] = '\0';
	say_node(home(1), 102, 0);
	say_node_end();
	ATF_CHECK_EQ(1, count(asked, "load-conn"));
	ATF_CHECK_EQ(1, count(asked, "reqid=102"));
	ATF_CHECK_EQ(2, keying()->nodes.nload[LOAD_YES]);
}

ATF_TC_WITHOUT_HEAD(reload);
ATF_TC_BODY(reload, tc)
{
	static struct conf	 old;
	static struct conf_ha	 old_ha;
	static struct conf_ipsec old_ipsec;
	static struct conf_node	 old_nodes[3];

	conns[0] = "mip6-2001:db8:1::dead";
	conns[1] = "mip6-2001:db8:1::1:1";
	conns[2] = "somebody-else";
	nconns = 3;
	configure_ha(3);
	start_ike();
	connect_charon();
	say_nodes(3);
	/* What an earlier configuration left; others' are theirs. */
	in_order((const char *const[]){
	    "unload-conn name=mip6-2001:db8:1::dead\n",
	    "unload-shared id=mip6-2001:db8:1::dead\n",
	    "terminate ike=mip6-2001:db8:1::dead force=yes", NULL });
	ATF_CHECK_EQ(1, count(asked, "unload-conn"));
	ATF_CHECK_EQ(0, count(asked, "somebody"));

	asked[0] = '\0';
	old = conf;
	old_ha = ha;
	old_ipsec = ipsec[0];
	memcpy(old_nodes, nodes, sizeof(old_nodes));
	old.ha = &old_ha;
	old_ha.nodes = old_nodes;
	old_nodes[0].ipsec = &old_ipsec;
	node_find(&keying()->nodes, &homes[0])->ipsec = &old_ipsec;
	memcpy(ipsec[0].secret, "another", 7);
	ipsec[0].secretlen = 7;
	ha.nnodes = 2;
	ike_ops.configure(&ch, &old);
	turn();
	in_order((const char *const[]){
	    "unload-conn name=mip6-2001:db8:1::1:3\n",
	    "unload-shared id=mip6-2001:db8:1::1:3\n",
	    "terminate ike=mip6-2001:db8:1::1:3 ", NULL });
	ATF_CHECK_EQ(0, count(asked, "load-conn mip6"));
	say_nodes(2);
	ATF_CHECK_EQ_MSG(1, count(asked, "\nload-conn"), "%s", asked);
	ATF_CHECK_EQ(1, count(asked, "data=another"));
	ATF_CHECK_EQ(2, keying()->nodes.n);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, loads);
	ATF_TP_ADD_TC(tp, discards);
	ATF_TP_ADD_TC(tp, spare);
	ATF_TP_ADD_TC(tp, spis_asked);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, peers);
	ATF_TP_ADD_TC(tp, late_reqid);
	ATF_TP_ADD_TC(tp, reload);
	return (atf_no_error());
}
