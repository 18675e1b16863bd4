/*
 * A mobile node's keys: what charon is told, in which order, and what the
 * parent is told of it.  Also what is done when charon fails, moves or starts
 * anew.
 */
#include "ike_mock.h"
#include "kern/compat.h"

#define HOME	"2001:db8:1::100"
#define AGENT	"2001:db8:1::1"
#define COA	"2001:db8:2::5"
#define COA2	"2001:db8:3::5"

static struct conf_mn	 mn;
static struct conf_home	 home;
static struct conf_ipsec ipsec;

static void
configure_mn(void)
{
	snprintf(ike.ike_proposals, sizeof(ike.ike_proposals),
	    "aes128-sha256-x25519,aes256-sha384-ecp384");
	snprintf(ike.esp_proposals, sizeof(ike.esp_proposals),
	    "aes128-sha256");
	ike.sa_lifetime = 3600000;
	home.address = addr(HOME);
	home.agent = addr(AGENT);
	home.auth.type = AUTH_IPSEC;
	home.ipsec = &ipsec;
	ipsec.protect = PROTECT_PAYLOAD;
	snprintf(ipsec.identity, sizeof(ipsec.identity), "mn@example.com");
	snprintf(ipsec.agent_identity, sizeof(ipsec.agent_identity),
	    "ha.example.com");
	memcpy(ipsec.secret, "secret", 6);
	ipsec.secretlen = 6;
	mn.homes = &home;
	mn.nhomes = 1;
	conf.mn = &mn;
}

static void
setup(void)
{
	configure_mn();
	start_ike();
	connect_charon();
	say_node(HOME, 100, 0);
	say_node_end();
	ATF_REQUIRE_EQ(1, ntold);
	ATF_CHECK_EQ(KEY_DOWN, told[0].state);
	ntold = 0;
}

static void
established(uint32_t id, bool binding, bool tunnel)
{
	nsas = 1;
	sas[0] = (struct mock_sa){ id, 100, HOME, "ESTABLISHED", binding,
	    tunnel, NULL };
	event_sa("ike-updown", &sas[0], true);
	event_sa("child-updown", &sas[0], true);
	turn();
}

/* The parent has opened the file, or says why not. */
static void
say_file(uint32_t id, int error, const char *data)
{
	const union msg		 no = { .u_RESULT = { .id = id,
				    .error = (uint32_t)error } };
	const struct msg_fd	 m = { .kind = FD_FILE, .arg = id };
	int			 fd;

	if (error != 0)
		say(MSG_RESULT, &no);
	else {
		fd = compat_memory();
		ATF_REQUIRE(fd != -1);
		ATF_REQUIRE(pwrite(fd, data, strlen(data), 0) ==
		    (ssize_t)strlen(data));
		ike_ops.got_fd(&ch, &m, fd);
		ATF_CHECK_EQ(-1, fcntl(fd, F_GETFD));
	}
	turn();
}

ATF_TC_WITHOUT_HEAD(up);
ATF_TC_BODY(up, tc)
{
	static const char *const	 order[] = {
	    "load-shared id=mip6-" HOME " type=IKE data=secret "
	    "owners=[mn@example.com ha.example.com]",
	    "load-conn mip6-" HOME "{version=2 local_addrs=[" COA "] "
	    "remote_addrs=[" AGENT "]",
	    "mobike=no rekey_time=0s",
	    "proposals=[aes128-sha256-x25519 aes256-sha384-ecp384]",
	    "local{auth=psk id=mn@example.com}",
	    "remote{auth=psk id=ha.example.com}",
	    "mh{mode=transport_proxy policies=no reqid=100",
	    "esp_proposals=[aes128-sha256] rekey_time=10800s life_time=14400s",
	    "local_ts=[" HOME "/128[135] " HOME "/128[58]]",
	    "remote_ts=[" AGENT "/128[135] " AGENT "/128[58]]",
	    "tun{mode=tunnel policies=no reqid=101",
	    "local_ts=[" HOME "/128] remote_ts=[::/0]",
	    "initiate ike=mip6-" HOME " child=mh timeout=-1", NULL };

	setup();
	ATF_CHECK_EQ_MSG(0, count(asked, "load-"), "%s", asked);
	nsas = 1;
	sas[0] = (struct mock_sa){ 1, 100, HOME, "CONNECTING", false, false,
	    NULL };
	say_want(KEY_NEED, HOME, COA, AGENT);
	in_order(order);
	ATF_CHECK_EQ(1, ntold);
	ATF_CHECK_EQ(KEY_PENDING, last_told()->state);
	established(1, true, false);
	ATF_CHECK_EQ(2, ntold);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	ATF_CHECK(!last_told()->tunnel);
	ATF_CHECK_EQ(1, count(asked, "child=tun"));
	established(1, true, true);
	ATF_CHECK_EQ(3, ntold);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	ATF_CHECK(last_told()->tunnel);
	/* Nothing more to do, but it is told again. */
	asked[0] = '\0';
	say_want(KEY_NEED, HOME, COA2, AGENT);
	ATF_CHECK_STREQ("", asked);
	ATF_CHECK_EQ(4, ntold);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);

	/* The K bit is not possible: anew, from the other address. */
	nsas = 0;
	say_want(KEY_RENEW, HOME, COA2, AGENT);
	in_order((const char *const[]){ "terminate ike=mip6-" HOME
	    " force=yes timeout=-1", "load-shared", "load-conn",
	    "local_addrs=[" COA2 "]", "initiate", "child=mh", NULL });
	ATF_CHECK_EQ(5, ntold);
	ATF_CHECK_EQ(KEY_PENDING, last_told()->state);
	/* A list that was asked for before it was terminated. */
	sas[0].id = 1;
	event_sa("list-sa", &sas[0], true);
	turn();
	ATF_CHECK_EQ_MSG(5, ntold, "%s", last_told()->text);
	established(2, true, true);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	asked[0] = '\0';
	say_want(KEY_END, HOME, "::", "::");
	ATF_CHECK_EQ(1, count(asked, "terminate ike=mip6-" HOME));
	ATF_CHECK_EQ(KEY_DOWN, last_told()->state);
}

/* Of two for the same a node ends none: that is for the home agent. */
ATF_TC_WITHOUT_HEAD(spare);
ATF_TC_BODY(spare, tc)
{
	setup();
	established(1, true, true);
	say_want(KEY_NEED, HOME, COA, AGENT);
	second = 50;
	second_age = "60";
	event_sa("list-sa", &sas[0], true);
	turn();
	ATF_CHECK_EQ(2, sa_find(&keying()->charon->sas, 1)->nchildren - 1);
	ATF_CHECK_EQ(0, count(asked, "terminate"));
}

ATF_TC_WITHOUT_HEAD(moved_early);
ATF_TC_BODY(moved_early, tc)
{
	setup();
	nsas = 1;
	sas[0] = (struct mock_sa){ 1, 100, HOME, "CONNECTING", false, false,
	    NULL };
	say_want(KEY_NEED, HOME, COA, AGENT);
	until_asked("list-sas ike=mip6-" HOME);
	asked[0] = '\0';
	nsas = 0;
	say_want(KEY_NEED, HOME, COA2, AGENT);
	in_order((const char *const[]){ "terminate ike=", "load-conn",
	    "local_addrs=[" COA2 "]", "initiate", NULL });
	ATF_CHECK_EQ(1, count(asked, "initiate"));
}

ATF_TC_WITHOUT_HEAD(failure);
ATF_TC_BODY(failure, tc)
{
	const struct node	*n;

	setup();
	nsas = 1;
	sas[0] = (struct mock_sa){ 1, 100, HOME, "CONNECTING", false, false,
	    NULL };
	say_want(KEY_NEED, HOME, COA, AGENT);
	nsas = 0;
	event_log(HOME, "received AUTHENTICATION_FAILED notify error");
	until_told(2);
	ATF_CHECK_EQ(KEY_FAILED, last_told()->state);
	ATF_CHECK(strstr(last_told()->text, "authentication failed") != NULL);
	n = node_find(&keying()->nodes, &home.address);
	ATF_CHECK_EQ(2000, n->backoff);
	ATF_CHECK_EQ(1, count(lines, "authentication failed"));
	asked[0] = '\0';
	/* Tried again after a second, with what is loaded. */
	until_asked("initiate");
	ATF_CHECK_EQ_MSG(0, count(asked, "load-conn"), "%s", asked);
	ATF_CHECK_EQ_MSG(2, ntold, "it is still failed");
	/* No reason told: it is not there any more. */
	until_told(3);
	ATF_CHECK_STREQ("charon gave up", last_told()->text);
	ATF_CHECK_EQ(4000, n->backoff);
	ATF_CHECK_EQ(2, n->retries);
	/* Another address is another chance. */
	asked[0] = '\0';
	say_want(KEY_NEED, HOME, COA2, AGENT);
	ATF_CHECK_EQ(1, count(asked, "local_addrs=[" COA2 "]"));
	ATF_CHECK_EQ(KEY_PENDING, last_told()->state);
	ATF_CHECK_EQ(1000, n->backoff);
}

ATF_TC_WITHOUT_HEAD(bare);
ATF_TC_BODY(bare, tc)
{
	setup();
	nsas = 1;
	sas[0] = (struct mock_sa){ 7, 100, HOME, "ESTABLISHED", false, false,
	    NULL };
	say_want(KEY_NEED, HOME, COA, AGENT);
	event_log(HOME, "received TS_UNACCEPTABLE notify, no CHILD_SA built");
	until_told(3);
	ATF_CHECK_EQ(KEY_FAILED, last_told()->state);
	ATF_CHECK_MSG(strstr(last_told()->text, "no CHILD_SA mh: traffic") !=
	    NULL, "%s", last_told()->text);
	/* SAs of other reqids are those of other policies. */
	sas[0].reqid = 200;
	sas[0].binding = true;
	event_sa("child-updown", &sas[0], true);
	turn();
	ATF_CHECK_EQ(3, ntold);
}

ATF_TC_WITHOUT_HEAD(refusal);
ATF_TC_BODY(refusal, tc)
{
	setup();
	refused = "load-conn";
	say_want(KEY_NEED, HOME, COA, AGENT);
	ATF_CHECK_EQ(2, ntold);
	ATF_CHECK_EQ(KEY_FAILED, last_told()->state);
	ATF_CHECK_STREQ("it is refused", last_told()->text);
	ATF_CHECK_EQ(0, count(asked, "initiate"));
	refused = NULL;
	nsas = 1;
	sas[0] = (struct mock_sa){ 1, 100, HOME, "CONNECTING", false, false,
	    NULL };
	until_asked("initiate");
	/* A pattern would be anybody. */
	snprintf(ipsec.agent_identity, sizeof(ipsec.agent_identity),
	    "*.example.com");
	nsas = 0;
	say_want(KEY_RENEW, HOME, COA, AGENT);
	ATF_CHECK_STREQ("the identity is a pattern", last_told()->text);
}

ATF_TC_WITHOUT_HEAD(restart);
ATF_TC_BODY(restart, tc)
{
	setup();
	say_want(KEY_NEED, HOME, COA, AGENT);
	established(1, true, true);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	asked[0] = '\0';
	nsas = 0;
	connect_charon();
	ATF_CHECK_EQ(KEY_PENDING, last_told()->state);
	in_order((const char *const[]){ "list-conns", "load-shared",
	    "load-conn", "initiate", NULL });
	established(1, true, true);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	/* It was only the connection that ended. */
	asked[0] = '\0';
	connect_charon();
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	ATF_CHECK_EQ_MSG(0, count(asked, "initiate"), "%s", asked);
	/* Down: made again, but not in a hurry. */
	nsas = 0;
	event_sa("ike-updown", &sas[0], false);
	turn();
	until_asked("initiate");
}

/* What charon has made goes on without it, until it is back without that. */
ATF_TC_WITHOUT_HEAD(away);
ATF_TC_BODY(away, tc)
{
	setup();
	say_want(KEY_NEED, HOME, COA, AGENT);
	established(1, true, true);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	close(charon);
	charon = -1;
	turn();
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	ATF_CHECK(last_told()->tunnel);
	ATF_CHECK_STREQ("charon is away", last_told()->text);
	/* Asked again, the same; but for others it is needed. */
	say_want(KEY_NEED, HOME, COA, AGENT);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	say_want(KEY_RENEW, HOME, COA, AGENT);
	ATF_CHECK_EQ(KEY_PENDING, last_told()->state);
	ATF_CHECK_STREQ("charon is away", last_told()->text);
}

/* What is there, events and lists tell: not that charon will rekey, or not. */
ATF_TC_WITHOUT_HEAD(rekeyed);
ATF_TC_BODY(rekeyed, tc)
{
	const struct node	*n;
	struct view		 v;
	unsigned int		 i;

	setup();
	say_want(KEY_NEED, HOME, COA, AGENT);
	established(9, true, true);
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	n = node_find(&keying()->nodes, &home.address);
	ntold = 0;
	for (i = 0; i < 2; i++) {
		refused = i == 0 ? NULL : "rekey";
		asked[0] = '\0';
		ATF_CHECK_STREQ("charon was asked to rekey",
		    verb(VERB_IKE_REKEY, HOME));
		turn();
		ATF_CHECK_STREQ("rekey child-id=90\nrekey child-id=91\n"
		    "rekey ike-id=9\n", asked);
		ATF_CHECK_EQ(0, ntold);
		ATF_CHECK_EQ(0, n->timer_at.ns);
		ATF_CHECK(!n->busy && !n->failed);
		ATF_CHECK_EQ(1, n->nids);
		keying_view(keying(), n, &v);
		ATF_REQUIRE(v.sa != NULL && v.binding && v.tunnel);
		ATF_CHECK_EQ(9, v.sa->id);
		ATF_REQUIRE_EQ(2, v.sa->nchildren);
		ATF_CHECK_EQ(90, v.sa->children[0].id);
		ATF_CHECK_EQ(91, v.sa->children[1].id);
	}
	/* It came to nothing, which an event tells. */
	event_sa("child-updown", &sas[0], false);
	turn();
	ATF_CHECK_EQ(1, ntold);
	ATF_CHECK_EQ(KEY_PENDING, last_told()->state);
	/* And to something after all, which a list does. */
	sas[0].id = 10;
	event_sa("list-sa", &sas[0], true);
	turn();
	ATF_CHECK_EQ(KEY_UP, last_told()->state);
	keying_view(keying(), n, &v);
	ATF_REQUIRE(v.sa != NULL);
	ATF_CHECK_EQ(10, v.sa->id);
}

ATF_TC_WITHOUT_HEAD(files_read);
ATF_TC_BODY(files_read, tc)
{
	static struct conf_path	 ca;

	configure_mn();
	ipsec.secretlen = 0;
	ipsec.protect = PROTECT_RR;
	snprintf(ipsec.certificate, sizeof(ipsec.certificate), "/mn.pem");
	snprintf(ipsec.private_key, sizeof(ipsec.private_key), "/mn.key");
	snprintf(ca.path, sizeof(ca.path), "/ca.pem");
	ike.authorities = &ca;
	ike.nauthorities = 1;
	start_ike();
	connect_charon();
	say_node(HOME, 100, 0);
	say_node_end();
	ATF_CHECK_STREQ("/ca.pem\n/mn.pem\n/mn.key\n", files);
	say_want(KEY_NEED, HOME, COA, AGENT);
	say_file(file_id[0], 0, "AUTHORITY");
	say_file(file_id[1], 0, "CERTIFICATE");
	ATF_CHECK_EQ(0, count(asked, "load-conn"));
	say_file(file_id[2], 0, "KEY");
	in_order((const char *const[]){
	    "load-cert type=X509 flag=CA data=AUTHORITY",
	    "load-cert type=X509 flag=NONE data=CERTIFICATE",
	    "load-key type=any data=KEY",
	    "local{auth=pubkey id=mn@example.com certs=[CERTIFICATE]}",
	    "remote{auth=pubkey id=ha.example.com cacerts=[AUTHORITY]}",
	    "local_ts=[" HOME "/128[135/256]] remote_ts=[::/0[135/768]]",
	    "initiate", NULL });
	ATF_CHECK_EQ(0, count(asked, "load-shared"));
	/* The next charon gets the key, too, and it can't be read. */
	connect_charon();
	ATF_REQUIRE_EQ(6, nfiles);
	say_file(file_id[3], 0, "AUTHORITY");
	say_file(file_id[4], 0, "CERTIFICATE");
	say_file(file_id[5], ENOENT, "");
	ATF_CHECK_EQ(KEY_FAILED, last_told()->state);
	ATF_CHECK_STREQ("/mn.key: No such file or directory",
	    last_told()->text);
}

ATF_TC_WITHOUT_HEAD(verbs);
ATF_TC_BODY(verbs, tc)
{
	setup();
	ATF_CHECK_STREQ(strerror(ENOENT), verb(VERB_IKE_REKEY, "::1"));
	ATF_CHECK_STREQ(strerror(EINVAL), verb(VERB_IKE_REKEY, "x"));
	ATF_CHECK_STREQ("no care-of address is known",
	    verb(VERB_IKE_INITIATE, HOME));
	ATF_CHECK_STREQ("has no IKE_SA", verb(VERB_IKE_REKEY, HOME));
	say_want(KEY_NEED, HOME, COA, AGENT);
	established(9, true, true);
	ATF_CHECK_STREQ("all is there", verb(VERB_IKE_INITIATE, HOME));
	asked[0] = '\0';
	ATF_CHECK_STREQ("charon was asked to rekey",
	    verb(VERB_IKE_REKEY, HOME));
	ATF_CHECK_STREQ("rekey child-id=90\nrekey child-id=91\n"
	    "rekey ike-id=9\n", asked);
	nsas = 0;
	ATF_CHECK_STREQ("1 IKE_SA is terminated, a new one is made",
	    verb(VERB_IKE_TERMINATE, HOME));
	ATF_CHECK_EQ(KEY_PENDING, last_told()->state);
	until_asked("initiate");
	close(charon);
	charon = -1;
	turn();
	ATF_CHECK_STREQ("charon is away", verb(VERB_IKE_INITIATE, HOME));
	verb(VERB_SHOW_TIMERS, "");
	verb(VERB_SHOW_IKE, "");
	ike_ops.stop(&ch);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, up);
	ATF_TP_ADD_TC(tp, spare);
	ATF_TP_ADD_TC(tp, moved_early);
	ATF_TP_ADD_TC(tp, failure);
	ATF_TP_ADD_TC(tp, bare);
	ATF_TP_ADD_TC(tp, refusal);
	ATF_TP_ADD_TC(tp, restart);
	ATF_TP_ADD_TC(tp, away);
	ATF_TP_ADD_TC(tp, rekeyed);
	ATF_TP_ADD_TC(tp, files_read);
	ATF_TP_ADD_TC(tp, verbs);
	return (atf_no_error());
}
