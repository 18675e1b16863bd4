/*
 * Exchanges of the mobile node (mn/exchange.h), RFC 6275 section 11.8.  When is
 * something sent again, which transmissions may an answer be about, and how
 * many may go to a destination?
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <stddef.h>

#include "mn/evidence.h"
#include "mn/exchange.h"
#include "mn/peering.h"

static const struct exchange_row	 row = { SEC(1), SEC(5), RATE_UPDATE };

static struct in6_addr
ip(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE(inet_pton(AF_INET6, s, &a) == 1);
	return (a);
}

/* Transmission number seq, at so many seconds; a retransmission? */
static bool
sent(struct exchange *x, struct wheel *w, uint16_t seq, int64_t at)
{
	return (exchange_sent(x, w, &(struct sent){ .seq = seq,
	    .at = SEC(at) }));
}

/* It doubles from the first transmission on, and ends at the last value. */
ATF_TC_WITHOUT_HEAD(back_off);
ATF_TC_BODY(back_off, tc)
{
	static const int64_t	 want[] = { 2, 4, 5, 5 };
	struct exchange		 x = { .row = NULL };
	struct wheel		 w;
	size_t			 i;

	wheel_init(&w, (struct mono){ 0 });
	exchange_init(&x, 3, 4);
	ATF_CHECK_EQ(x.last_sent, NEVER);
	ATF_CHECK(!exchange_under_way(&x));
	exchange_open(&x, &row);
	ATF_CHECK(!exchange_under_way(&x));
	exchange_double(&x);
	ATF_CHECK_EQ_MSG(x.timeout, SEC(1), "it was not sent yet");
	ATF_CHECK(!sent(&x, &w, 1, 10));
	ATF_CHECK(exchange_under_way(&x));
	ATF_CHECK_EQ(x.retrans.at.ns, SEC(11));
	ATF_CHECK_EQ(x.retrans.kind, 3);
	ATF_CHECK_EQ(x.rate.kind, 4);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		exchange_double(&x);
		ATF_CHECK_EQ(x.timeout, SEC(want[i]));
		ATF_CHECK(sent(&x, &w, (uint16_t)(2 + i), 20));
		ATF_CHECK_EQ(x.retrans.at.ns, SEC(20 + want[i]));
	}
	exchange_open(&x, &row);
	ATF_CHECK_EQ(x.timeout, SEC(1));
	ATF_CHECK_EQ(x.tries, 0);
	exchange_stop(&x, &w);
	ATF_CHECK(!exchange_under_way(&x));
	ATF_CHECK_EQ(w.count, 0);
}

/* The last four may be answered, none after it was closed. */
ATF_TC_WITHOUT_HEAD(transmissions);
ATF_TC_BODY(transmissions, tc)
{
	struct exchange	 x = { .row = NULL };
	struct wheel	 w;
	uint16_t	 seq;
	size_t		 i;

	wheel_init(&w, (struct mono){ 0 });
	exchange_init(&x, 0, 0);
	exchange_open(&x, &row);
	ATF_CHECK(exchange_get(&x, 0) == NULL);
	for (seq = 1; seq <= EXCHANGE_SENT + 2; seq++)
		sent(&x, &w, seq, seq);
	for (i = 0; i < EXCHANGE_SENT; i++) {
		ATF_REQUIRE(exchange_get(&x, i) != NULL);
		ATF_CHECK_EQ(exchange_get(&x, i)->seq,
		    EXCHANGE_SENT + 2 - i);
	}
	ATF_CHECK(exchange_get(&x, i) == NULL);
	ATF_CHECK_EQ(x.last_sent, SEC(EXCHANGE_SENT + 2));
	exchange_close(&x);
	ATF_CHECK(exchange_get(&x, 0) == NULL);
	ATF_CHECK(!x.waiting);
	exchange_stop(&x, &w);
}

/* A pause takes the place of what was to be sent; what waits goes on. */
ATF_TC_WITHOUT_HEAD(pause);
ATF_TC_BODY(pause, tc)
{
	struct exchange	 x = { .row = NULL };
	struct wheel	 w;

	wheel_init(&w, (struct mono){ 0 });
	exchange_init(&x, 0, 0);
	exchange_open(&x, &row);
	exchange_later(&x, &w, SEC(2));
	ATF_CHECK(exchange_under_way(&x));
	exchange_wait(&x, &w, SEC(1));
	ATF_CHECK_EQ(x.rate.at.ns, SEC(2));
	ATF_CHECK_EQ(x.retrans.at.ns, SEC(2));
	sent(&x, &w, 1, 3);
	ATF_CHECK(!wheel_is_set(&x.rate));
	exchange_hold(&x, &w, HOLD_ERROR, SEC(9));
	ATF_CHECK_EQ(x.hold_until, SEC(9));
	ATF_CHECK_EQ(x.held_by, HOLD_ERROR);
	ATF_CHECK_EQ(x.retrans.at.ns, SEC(9));
	ATF_CHECK_MSG(exchange_get(&x, 0) != NULL, "an answer still counts");
	exchange_open(&x, &row);
	ATF_CHECK_EQ(x.hold_until, NEVER);
	exchange_stop(&x, &w);
}

/* MAX_UPDATE_RATE a second to a destination; another one has its own. */
ATF_TC_WITHOUT_HEAD(rate);
ATF_TC_BODY(rate, tc)
{
	const struct hash_key	 key = { { 1, 2 } };
	struct in6_addr		 a = ip("2001:db8::1"), b = ip("2001:db8::2");
	struct dests		 ds;
	struct dest		*d;
	int64_t			 when;
	int			 i;

	ATF_REQUIRE(dests_init(&ds));
	d = dest_get(&ds, &key, &a);
	ATF_REQUIRE(d != NULL);
	ATF_CHECK_EQ(d->hold_until, NEVER);
	for (i = 0; i < MAX_UPDATE_RATE; i++)
		ATF_CHECK(dest_allows(d, RATE_UPDATE, SEC(10) + i, &when));
	ATF_CHECK(!dest_allows(d, RATE_UPDATE, SEC(10) + i, &when));
	ATF_CHECK_EQ(when, SEC(11));
	ATF_CHECK(!dest_allows(d, RATE_UPDATE, SEC(11) - 1, &when));
	ATF_CHECK(dest_allows(d, RATE_UPDATE, SEC(11), &when));
	ATF_CHECK(!dest_allows(d, RATE_UPDATE, SEC(11), &when));
	ATF_CHECK_EQ(when, SEC(11) + 1);
	ATF_CHECK(dest_get(&ds, &key, &a) == d);
	ATF_CHECK(dest_get(&ds, &key, &b) != d);
	ATF_CHECK(dest_allows(dest_get(&ds, &key, &b), RATE_UPDATE, SEC(11),
	    &when));
	dests_free(&ds);
}

/* Thousands of destinations; those that nobody needs go. */
ATF_TC_WITHOUT_HEAD(destinations);
ATF_TC_BODY(destinations, tc)
{
	const struct hash_key	 key = { { 1, 2 } };
	struct in6_addr		 a = ip("2001:db8::");
	struct dests		 ds;
	struct dest		*d, *kept = NULL;
	struct peering		 p;
	unsigned int		 i;

	ATF_REQUIRE(dests_init(&ds));
	for (i = 0; i < 3000; i++) {
		a.s6_addr[14] = (uint8_t)(i >> 8);
		a.s6_addr[15] = (uint8_t)i;
		d = dest_get(&ds, &key, &a);
		ATF_REQUIRE(d != NULL);
		/* Somebody has a peering with one of them. */
		if (i == 1234) {
			kept = d;
			TAILQ_INSERT_TAIL(&d->peerings, &p, entry);
		}
	}
	ATF_CHECK_EQ(ds.tab.count, 3000);
	dests_sweep(&ds);
	ATF_CHECK_EQ(ds.tab.count, 1);
	a.s6_addr[14] = 1234 >> 8;
	a.s6_addr[15] = 1234 & 0xff;
	ATF_CHECK(dest_get(&ds, &key, &a) == kept);
	TAILQ_REMOVE(&kept->peerings, &p, entry);
	dests_free(&ds);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, back_off);
	ATF_TP_ADD_TC(tp, transmissions);
	ATF_TP_ADD_TC(tp, pause);
	ATF_TP_ADD_TC(tp, rate);
	ATF_TP_ADD_TC(tp, destinations);
	return (atf_no_error());
}
