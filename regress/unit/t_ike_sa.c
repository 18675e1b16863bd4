/*
 * ike/sa: the table of SAs.  Lists and events come as charon 5.9.8 tells them,
 * out of order, incomplete and too many.
 */
#include <atf-c.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"

static uint8_t			 mem[65536];
static struct vici_builder	 b;
static struct sa_table		 t;
static char			 notes[2048];

static void
on_note(void *arg, const char *event, const char *text)
{
	size_t	 n = strlen(notes);

	ATF_CHECK_EQ(arg, notes);
	snprintf(notes + n, sizeof(notes) - n, "%s %s\n", event, text);
}

static void
begin(void)
{
	vici_begin(&b, mem, sizeof(mem), VICI_EVENT, "event");
}

static bool
tell(const char *event)
{
	struct vici_packet	 k;
	struct vici_cursor	 c;
	size_t			 n;

	ATF_REQUIRE((n = vici_finish(&b)) > 0);
	ATF_REQUIRE_EQ(VICI_OK, vici_parse(mem + VICI_HEADER, n - VICI_HEADER,
	    &k));
	vici_message(&k, &c);
	return (sa_event(&t, event, &c, on_note, notes));
}

static void
decimal(const char *key, uint64_t v)
{
	char	 s[32];

	snprintf(s, sizeof(s), "%" PRIu64, v);
	vici_str(&b, key, s);
}

static void
hex(const char *key, int width, uint64_t v)
{
	char	 s[32];

	snprintf(s, sizeof(s), "%0*" PRIx64, width, v);
	vici_str(&b, key, s);
}

/* What charon says of an IKE_SA, without the start of its section. */
static void
put_ike(uint32_t id, const char *state)
{
	decimal("uniqueid", id);
	vici_str(&b, "version", "2");
	vici_str(&b, "state", state);
	vici_str(&b, "local-host", "2001:db8::1");
	vici_str(&b, "local-port", "500");
	vici_str(&b, "local-id", "mn@example.com");
	vici_str(&b, "remote-host", "2001:db8::2");
	vici_str(&b, "remote-id", "ha@example.com");
	vici_str(&b, "initiator", "yes");
	hex("initiator-spi", 16, 0x0123456789abcdefULL);
	hex("responder-spi", 16, 0xfedcba9876543210ULL);
	decimal("established", 42);
}

static void
put_child(const char *section, uint32_t id, uint32_t spi)
{
	vici_section(&b, section);
	vici_str(&b, "name", "mh");
	decimal("uniqueid", id);
	vici_str(&b, "reqid", "100");
	vici_str(&b, "state", "INSTALLED");
	vici_str(&b, "mode", "TRANSPORT");
	hex("spi-in", 8, spi);
	hex("spi-out", 8, spi + 1);
	vici_str(&b, "bytes-in", "1000");
	vici_str(&b, "bytes-out", "5000000000");
	vici_str(&b, "packets-in", "10");
	vici_list(&b, "local-ts");
	vici_list_item(&b, "2001:db8::1/128[135]");
	vici_list_item(&b, "2001:db8::3/128");
	vici_list_end(&b);
	vici_section_end(&b);
}

static void
list_one(uint32_t id, unsigned int nchildren)
{
	unsigned int	 i;
	char		 s[16];

	begin();
	vici_section(&b, "ha");
	put_ike(id, "ESTABLISHED");
	vici_section(&b, "child-sas");
	for (i = 0; i < nchildren; i++) {
		snprintf(s, sizeof(s), "mh-%u", i);
		put_child(s, i + 1, 0xc0000000 + i);
	}
	vici_section_end(&b);
	vici_section_end(&b);
	ATF_CHECK(tell("list-sa"));
}

static void
start(void)
{
	sa_init(&t);
	notes[0] = '\0';
}

ATF_TC_WITHOUT_HEAD(list);
ATF_TC_BODY(list, tc)
{
	const struct ike_sa	*sa;
	const struct child_sa	*c;

	start();
	sa_list_begin(&t);
	list_one(7, 2);
	list_one(3, 0);
	ATF_CHECK_EQ(0, sa_list_end(&t));
	ATF_CHECK_EQ(2, t.n);
	ATF_CHECK_EQ(2, sa_children(&t));
	/* In the order of their numbers. */
	ATF_CHECK_EQ(3, sa_from(&t, 0)->id);
	ATF_CHECK_EQ(7, sa_from(&t, 4)->id);
	ATF_CHECK(sa_from(&t, 8) == NULL);
	ATF_CHECK(sa_find(&t, 5) == NULL);
	ATF_REQUIRE((sa = sa_find(&t, 7)) != NULL);
	ATF_CHECK_STREQ("ha", sa->name);
	ATF_CHECK_STREQ("ESTABLISHED", sa->state);
	ATF_CHECK_STREQ("2001:db8::1", sa->local_host);
	ATF_CHECK_STREQ("ha@example.com", sa->remote_id);
	ATF_CHECK_EQ(0x0123456789abcdefULL, sa->spi_i);
	ATF_CHECK_EQ(0xfedcba9876543210ULL, sa->spi_r);
	ATF_CHECK_EQ(42, sa->established);
	ATF_CHECK(sa->initiator);
	c = &sa->children[1];
	ATF_CHECK_STREQ("mh", c->name);
	ATF_CHECK_EQ(2, c->id);
	ATF_CHECK_EQ(100, c->reqid);
	ATF_CHECK_EQ(0xc0000001, c->spi_in);
	ATF_CHECK_EQ(0xc0000002, c->spi_out);
	ATF_CHECK_EQ(1000, c->bytes_in);
	ATF_CHECK_EQ(5000000000ULL, c->bytes_out);
	ATF_CHECK_STREQ("2001:db8::1/128[135] 2001:db8::3/128", c->local_ts);
	ATF_CHECK_STREQ("", c->remote_ts);

	/* What the next list does not tell of is gone; so are children. */
	sa_list_begin(&t);
	list_one(7, 1);
	ATF_CHECK_EQ(1, sa_list_end(&t));
	ATF_CHECK_EQ(1, t.n);
	ATF_CHECK_EQ(1, sa_children(&t));
	ATF_CHECK_STREQ("", notes);
	sa_clear(&t);
	ATF_CHECK(sa_from(&t, 0) == NULL);
}

static void
updown(const char *event, uint32_t id, uint32_t child, bool up)
{
	begin();
	if (up)
		vici_str(&b, "up", "yes");
	vici_section(&b, "ha");
	put_ike(id, up ? "ESTABLISHED" : "DELETING");
	if (child != 0) {
		vici_section(&b, "child-sas");
		put_child("mh", child, 0xc0000000 + child);
		vici_section_end(&b);
	}
	vici_section_end(&b);
	ATF_CHECK(tell(event));
}

ATF_TC_WITHOUT_HEAD(updowns);
ATF_TC_BODY(updowns, tc)
{
	start();
	updown("ike-updown", 1, 0, true);
	updown("child-updown", 1, 5, true);
	updown("child-updown", 1, 6, true);
	ATF_CHECK_EQ(2, sa_children(&t));
	updown("ike-updown", 1, 0, true);
	ATF_CHECK_EQ_MSG(2, sa_children(&t), "an event without children");
	updown("child-updown", 1, 5, false);
	ATF_CHECK_EQ(1, sa_children(&t));
	ATF_CHECK_EQ(6, sa_find(&t, 1)->children[0].id);
	updown("ike-updown", 1, 0, false);
	ATF_CHECK_EQ(0, t.n);
	/* charon 5.9.8 tells it in this order. */
	updown("child-updown", 1, 6, false);
	ATF_CHECK_EQ(0, t.n);
	notes[strcspn(notes, "\n")] = '\0';
	ATF_CHECK_STREQ("ike-up ha[1], 2001:db8::1 (mn@example.com) - "
	    "2001:db8::2 (ha@example.com)", notes);

	/* One that came up while a list was under way stays. */
	sa_list_begin(&t);
	updown("ike-updown", 2, 0, true);
	ATF_CHECK_EQ(0, sa_list_end(&t));
	ATF_CHECK_EQ(1, t.n);
	sa_clear(&t);
}

ATF_TC_WITHOUT_HEAD(rekeys);
ATF_TC_BODY(rekeys, tc)
{
	start();
	updown("child-updown", 1, 5, true);
	begin();
	vici_section(&b, "ha");
	put_ike(1, "ESTABLISHED");
	vici_section(&b, "child-sas");
	vici_section(&b, "mh");
	put_child("old", 5, 0xc0000005);
	put_child("new", 6, 0xc0000006);
	vici_section_end(&b);
	vici_section_end(&b);
	vici_section_end(&b);
	ATF_CHECK(tell("child-rekey"));
	ATF_REQUIRE_EQ(1, sa_children(&t));
	ATF_CHECK_EQ(6, sa_find(&t, 1)->children[0].id);

	/* Its children are the new one's. */
	begin();
	vici_section(&b, "ha");
	vici_section(&b, "old");
	put_ike(1, "REKEYED");
	vici_section_end(&b);
	vici_section(&b, "new");
	put_ike(2, "ESTABLISHED");
	vici_section_end(&b);
	vici_section_end(&b);
	ATF_CHECK(tell("ike-rekey"));
	ATF_CHECK_EQ(1, t.n);
	ATF_REQUIRE(sa_find(&t, 2) != NULL);
	ATF_CHECK_EQ(1, sa_find(&t, 2)->nchildren);
	ATF_CHECK(strstr(notes, "\nchild-rekey ha[1] child mh[6] reqid 100 "
	    "spi c0000006 c0000007,") != NULL);
	ATF_CHECK(strstr(notes, "\nike-rekey ha[2],") != NULL);
	sa_clear(&t);
}

/* One of a list, as the home agent's charon told of them. */
static void
put_of(uint32_t id, const char *name, const char *reqid, const char *state,
    const char *age)
{
	char	 s[16];

	snprintf(s, sizeof(s), "%s-%" PRIu32, name, id);
	vici_section(&b, s);
	vici_str(&b, "name", name);
	decimal("uniqueid", id);
	vici_str(&b, "reqid", reqid);
	vici_str(&b, "state", state);
	if (age != NULL)
		vici_str(&b, "install-time", age);
	vici_section_end(&b);
}

ATF_TC_WITHOUT_HEAD(spare);
ATF_TC_BODY(spare, tc)
{
	/* The second child, beside "mh" 11, which has been there for 10 s. */
	static const struct {
		uint32_t	 id, spare;
		const char	*name, *reqid, *state, *age;
	} second[] = {
		{ 12, 11, "mh", "100", "INSTALLED", "6" },
		{ 12, 11, "mh", "100", "INSTALLED", "3600" },
		{ 10, 10, "mh", "100", "INSTALLED", "11" },
		/* It may be about to go, or about to take its place. */
		{ 12, 0, "mh", "100", "INSTALLED", "5" },
		{ 12, 0, "mh", "100", "INSTALLED", NULL },
		{ 12, 0, "mh", "100", "REKEYING", "60" },
		{ 12, 0, "mh", "100", "DELETING", "60" },
		{ 10, 0, "mh", "100", "REKEYED", "60" },
		{ 12, 0, "mh", "100", "CREATED", NULL },
		/* Something else. */
		{ 12, 0, "tun", "101", "INSTALLED", "60" },
		{ 12, 0, "mh", "102", "INSTALLED", "60" },
	};
	const struct child_sa	*c;
	size_t			 i;

	for (i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
		start();
		begin();
		vici_section(&b, "ha");
		put_ike(1, "ESTABLISHED");
		vici_section(&b, "child-sas");
		put_of(11, "mh", "100", "INSTALLED", "10");
		put_of(second[i].id, second[i].name, second[i].reqid,
		    second[i].state, second[i].age);
		vici_section_end(&b);
		vici_section_end(&b);
		ATF_CHECK(tell("list-sa"));
		c = sa_spare(sa_find(&t, 1));
		ATF_CHECK_EQ_MSG(second[i].spare, c == NULL ? 0 : c->id,
		    "row %zu", i);
		sa_clear(&t);
	}
}

static uint32_t	 spare_id;

/* As the ike process looks for one: at each change that it is told of. */
static void
look_for_spare(void *arg, const struct ike_sa *sa, bool gone)
{
	const struct child_sa	*c = gone ? NULL : sa_spare(sa);

	(void)arg;
	spare_id = c == NULL ? 0 : c->id;
}

/*
 * A list with one or two for the same, which have just been installed.  Which
 * is to be ended, or 0.
 */
static uint32_t
list_young(unsigned int id, bool two)
{
	sa_list_begin(&t);
	begin();
	vici_section(&b, "ha");
	put_ike(1, "ESTABLISHED");
	vici_section(&b, "child-sas");
	put_of(id, "tun", "101", "INSTALLED", "1");
	if (two)
		put_of(id + 1, "tun", "101", "INSTALLED", "0");
	put_of(id + 2, "mh", "100", "INSTALLED", "1");
	vici_section_end(&b);
	vici_section_end(&b);
	ATF_CHECK(tell("list-sa"));
	ATF_CHECK_EQ(two ? 1 : 0, t.twice);
	ATF_CHECK_EQ(0, sa_list_end(&t));
	return (spare_id);
}

/*
 * Two that are both rekeyed so often that the newer one is never old: that
 * there are two at each look tells it.
 */
ATF_TC_WITHOUT_HEAD(spare_young);
ATF_TC_BODY(spare_young, tc)
{
	start();
	sa_watch(&t, look_for_spare, NULL);
	ATF_CHECK_EQ(0, list_young(10, true));
	ATF_CHECK_EQ(0, list_young(20, true));
	ATF_CHECK_EQ(30, list_young(30, true));
	/* An event decides nothing, and is not counted. */
	updown("child-updown", 1, 33, true);
	ATF_CHECK_EQ(0, spare_id);
	ATF_CHECK_EQ(0, list_young(40, true));
	updown("child-updown", 1, 43, true);
	ATF_CHECK_EQ(0, list_young(44, true));
	ATF_CHECK_EQ(0, spare_id);
	ATF_CHECK_EQ(0, list_young(50, false));
	ATF_CHECK_EQ(0, list_young(60, true));
	ATF_CHECK_EQ(0, list_young(70, true));
	ATF_CHECK_EQ(80, list_young(80, true));
	sa_clear(&t);
}

ATF_TC_WITHOUT_HEAD(update);
ATF_TC_BODY(update, tc)
{
	start();
	updown("child-updown", 1, 5, true);
	begin();
	vici_str(&b, "local-host", "2001:db8:1::1");
	vici_str(&b, "local-port", "4500");
	vici_str(&b, "remote-host", "2001:db8:2::1");
	vici_section(&b, "ha");
	put_ike(1, "ESTABLISHED");
	vici_section_end(&b);
	ATF_CHECK(tell("ike-update"));
	ATF_CHECK_STREQ("2001:db8:1::1", sa_find(&t, 1)->local_host);
	ATF_CHECK_STREQ("2001:db8:2::1", sa_find(&t, 1)->remote_host);
	ATF_CHECK_EQ(1, sa_children(&t));
	begin();
	ATF_CHECK(!tell("alert"));
	sa_clear(&t);
}

ATF_TC_WITHOUT_HEAD(bad);
ATF_TC_BODY(bad, tc)
{
	static const char *const	 all[] = { "list-sa", "ike-updown",
	    "child-updown", "ike-rekey", "child-rekey", "ike-update" };
	static const char *const	 ids[] = { NULL, "", "x", "-1",
	    "4294967296" };
	size_t				 i, j;

	start();
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (j = 0; j < sizeof(ids) / sizeof(ids[0]); j++) {
			begin();
			vici_str(&b, "up", "yes");
			vici_section(&b, "ha");
			if (ids[j] != NULL)
				vici_str(&b, "uniqueid", ids[j]);
			vici_section_end(&b);
			t.bad = 0;
			ATF_CHECK(tell(all[i]));
			ATF_CHECK_EQ_MSG(1, t.bad, "%s %zu", all[i], j);
			ATF_CHECK_EQ(0, t.n);
		}
	ATF_CHECK_STREQ("", notes);
}

ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	uint32_t	 i;

	start();
	list_one(1, SA_CHILD_MAX + 3);
	ATF_CHECK_EQ(SA_CHILD_MAX, sa_children(&t));
	ATF_CHECK_EQ(3, t.not_kept);
	t.not_kept = 0;
	for (i = 2; i < SA_IKE_MAX + 10; i++)
		list_one(i, 0);
	ATF_CHECK_EQ(SA_IKE_MAX, t.n);
	ATF_CHECK_EQ(9, t.not_kept);
	/* Those that are there are still kept up to date. */
	list_one(1, 1);
	ATF_CHECK_EQ(1, sa_children(&t));
	ATF_CHECK_EQ(9, t.not_kept);
	sa_clear(&t);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, list);
	ATF_TP_ADD_TC(tp, updowns);
	ATF_TP_ADD_TC(tp, rekeys);
	ATF_TP_ADD_TC(tp, spare);
	ATF_TP_ADD_TC(tp, spare_young);
	ATF_TP_ADD_TC(tp, update);
	ATF_TP_ADD_TC(tp, bad);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}
