/*
 * mip6ctl check: facts about nodes that fit together, and each way in which
 * they don't.  The rows of the daemon are made here.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"
#include "mip6ctl/check.h"
#include "mip6ctl/lasting.h"

static struct report		 rep;
static struct check		*check;
static char			 found[8][200];
static size_t			 nfound;

static struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_EQ(1, inet_pton(AF_INET6, s, &a));
	return (a);
}

static void
take(struct output *o, const struct row *row)
{
	ATF_REQUIRE(check_row(check, o->verb, row));
}

static const struct writer	 taker = { NULL, take, NULL };

/* End the row under construction and give it to the check. */
static void
give(enum verb verb)
{
	struct output	 o;

	memset(&o, 0, sizeof(o));
	o.w = &taker;
	o.verb = verb;
	report_end(&rep);
	ATF_REQUIRE(output_rows(&o, rep.mem, rep.w.off));
}

static void
row(const char *table)
{
	report_init(&rep);
	report_row(&rep, table);
}

static void
policy(const char *request)
{
	row("policy");
	report_str(&rep, "requests", request);
	give(VERB_SHOW_SPD);
}

static void
sa(const char *src, const char *dst, const char *spi, uint32_t reqid,
    const char *mode)
{
	struct in6_addr	 s = addr(src), d = addr(dst);

	row("sa");
	report_addr(&rep, "source", &s);
	report_addr(&rep, "destination", &d);
	report_str(&rep, "spi", spi);
	report_str(&rep, "mode", mode);
	report_str(&rep, "state", "mature");
	report_u64(&rep, "reqid", reqid);
	give(VERB_SHOW_SAD);
}

static void
child(const char *spi, uint32_t reqid)
{
	row("child_sa");
	report_str(&rep, "state", "INSTALLED");
	report_str(&rep, "spi_in", spi);
	report_u64(&rep, "reqid", reqid);
	give(VERB_SHOW_IKE);
}

#define HOME	"2001:db8:1::100"
#define HA	"2001:db8:1::1"
#define COA	"2001:db8:f1::9"
#define OLD	"2001:db8:f2::9"

/* A mobile node, away, of which all is as it should be. */
static void
begin(const char *tunnel_to, const char *policies_to)
{
	struct in6_addr	 home = addr(HOME), ha = addr(HA), coa = addr(COA);
	struct in6_addr	 to = addr(tunnel_to);
	char		 text[120];
	int		 i;

	ATF_REQUIRE((check = check_new()) != NULL);
	nfound = 0;
	row("node");
	report_addr(&rep, "home", &home);
	report_addr(&rep, "agent", &ha);
	report_addr(&rep, "care_of", &coa);
	report_str(&rep, "role", "mn");
	report_str(&rep, "keying", "ike");
	report_str(&rep, "protect", "payload");
	report_u64(&rep, "reqid", 1024);
	report_bool(&rep, "tunnel", true);
	give(VERB_SHOW_SA);
	for (i = 0; i < 4; i++)
		policy("esp/transport//unique:1024");
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "esp/tunnel/%s-%s/unique:1025",
		    policies_to, HA);
		policy(text);
	}
	row("bul");
	report_addr(&rep, "home", &home);
	report_addr(&rep, "registered_careof", &coa);
	report_bool(&rep, "bound", true);
	give(VERB_SHOW_BUL);
	row("tunnel");
	report_addr(&rep, "home", &home);
	report_addr(&rep, "local", &to);
	report_addr(&rep, "peer", &ha);
	report_str(&rep, "role", "mn");
	report_bool(&rep, "active", true);
	give(VERB_SHOW_TUNNELS);
	sa(HOME, HA, "0x00000101", 1024, "transport");
	sa(HA, HOME, "0x00000102", 1024, "transport");
	child("00000102", 1024);
	child("00000104", 1025);
}

static void
note(void *arg, const struct check_finding *f)
{
	(void)arg;
	ATF_REQUIRE(nfound < 8);
	snprintf(found[nfound++], sizeof(found[0]), "%s: %s", f->where,
	    f->text);
}

static void
expect(size_t n, const char *what)
{
	size_t	 i;

	ATF_CHECK_EQ(n, check_compare(check, note, NULL));
	ATF_CHECK_EQ(1, check_nodes(check));
	for (i = 0; i < nfound; i++)
		if (what != NULL && strstr(found[i], what) != NULL)
			break;
	if (what != NULL)
		ATF_CHECK_MSG(i < nfound, "not found: %s; but %s", what,
		    nfound == 0 ? "nothing" : found[0]);
	check_free(check);
}

ATF_TC_WITHOUT_HEAD(fits);
ATF_TC_BODY(fits, tc)
{
	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	/* What is of others does not count. */
	policy("esp/tunnel/2001:db8::1-2001:db8::2/unique:7");
	policy("");
	expect(0, NULL);
}

/* Correspondents are no home registrations, and need no policies. */
ATF_TC_WITHOUT_HEAD(correspondents);
ATF_TC_BODY(correspondents, tc)
{
	struct in6_addr	 home = addr(HOME), old = addr(OLD);

	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	row("bul");
	report_addr(&rep, "home", &home);
	report_str(&rep, "type", "peer");
	report_addr(&rep, "registered_careof", &old);
	report_bool(&rep, "bound", true);
	give(VERB_SHOW_BUL);
	expect(0, NULL);
}

ATF_TC_WITHOUT_HEAD(places);
ATF_TC_BODY(places, tc)
{
	begin(OLD, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	expect(1, "net: tunnel to " OLD);

	begin(COA, OLD);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	expect(1, "spd: 2 policies of the tunnel");

	begin(COA, COA);
	sa(OLD, HA, "0x00000103", 1025, "tunnel");
	sa(HA, OLD, "0x00000104", 1025, "tunnel");
	expect(1, "sad: 2 associations of the tunnel");
}

ATF_TC_WITHOUT_HEAD(missing);
ATF_TC_BODY(missing, tc)
{
	begin(COA, COA);
	expect(2, "sad: 0 associations for the tunnel");

	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000204", 1025, "tunnel");
	expect(1, "sad: no association with SPI 0x00000104");

	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	child("00000104", 1025);
	expect(1, "charon: 2 CHILD_SAs for the tunnel");

	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	policy("esp/transport//unique:1024");
	expect(1, "spd: 5 policies for Binding Updates");
}

static void
ike_sa(const char *at, const char *state)
{
	row("ike_sa");
	report_str(&rep, "name", "mip6-" HOME);
	report_str(&rep, "state", state);
	report_str(&rep, "local_host", at);
	report_str(&rep, "remote_host", HA);
	give(VERB_SHOW_IKE);
}

ATF_TC_WITHOUT_HEAD(ike);
ATF_TC_BODY(ike, tc)
{
	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	ike_sa(OLD, "DELETING");
	ike_sa(COA, "ESTABLISHED");
	expect(0, NULL);

	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	ike_sa(OLD, "ESTABLISHED");
	expect(1, "charon: the IKE_SA ends at " OLD);

	begin(COA, COA);
	sa(COA, HA, "0x00000103", 1025, "tunnel");
	sa(HA, COA, "0x00000104", 1025, "tunnel");
	ike_sa(COA, "ESTABLISHED");
	ike_sa(COA, "ESTABLISHED");
	expect(1, "charon: 2 IKE_SAs");
}

static void
at_look(struct findings *s, const char *home, const char *text)
{
	struct check_finding	 f = { .home = addr(home), .where = "sad" };

	snprintf(f.text, sizeof(f.text), "%s", text);
	findings_add(s, &f);
}

/* What differs at one look alone, or in other words, was on its way. */
ATF_TC_WITHOUT_HEAD(lasting);
ATF_TC_BODY(lasting, tc)
{
	struct findings	 s = { .n = 0 }, now = { .n = 0 };
	char		 text[16];
	int		 i;

	for (i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "SPI %d", i);
		at_look(&s, HA, text);
		if (i % 2 == 0)
			at_look(&now, i == 20 ? COA : HA, text);
	}
	at_look(&now, HA, "SPI 40");
	findings_keep(&s, &now);
	ATF_REQUIRE_EQ(19, s.n);
	for (i = 0; i < 19; i++) {
		ATF_CHECK(strcmp(s.v[i].text, "SPI 20") != 0);
		ATF_CHECK(atoi(s.v[i].text + 4) % 2 == 0);
	}
	findings_free(&now);
	findings_keep(&s, &now);
	ATF_CHECK_EQ(0, s.n);
	findings_free(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fits);
	ATF_TP_ADD_TC(tp, correspondents);
	ATF_TP_ADD_TC(tp, places);
	ATF_TP_ADD_TC(tp, missing);
	ATF_TP_ADD_TC(tp, ike);
	ATF_TP_ADD_TC(tp, lasting);
	return (atf_no_error());
}
