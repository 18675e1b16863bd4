/*
 * The tests of return routability (RFC 6275 5.2, 11.6): Home Test Init by way
 * of the home agent, Care-of Test Init from the care-of address, each time with
 * a new cookie, and the keygen tokens that come of them.  Says what is sent and
 * which answer fits; when a test is made is decided in optimise.c.
 */
#include <stdlib.h>
#include <string.h>

#include "mn/parts.h"

/* Is there a token that may be used (section 5.2.7)? */
bool
token_is_fresh(const struct token *t, struct now now)
{
	return (t->there && now.mono.ns - t->at < MAX_TOKEN_LIFETIME);
}

/* It may not be used any more. */
void
token_drop(struct token *t)
{
	memset(t, 0, sizeof(*t));
}

/* Should it be renewed, while the one there is still works? */
bool
token_is_old(const struct token *t, struct now now)
{
	return (!t->there || now.mono.ns - t->at >= TOKEN_RENEW);
}

/* The test of the care-of address addr at d, or NULL. */
static struct careof *
find(struct dest *d, const struct in6_addr *addr)
{
	struct careof	*c;

	TAILQ_FOREACH(c, &d->careofs, entry)
		if (in6_eq(&c->addr, addr))
			return (c);
	return (NULL);
}

static void
careof_free(struct mn *mn, struct careof *c)
{
	struct peer	*p;

	TAILQ_FOREACH(p, &c->dest->peers, of_dest)
		if (p->careof == c)
			p->careof = NULL;
	test_stop(mn, &c->test);
	TAILQ_REMOVE(&c->dest->careofs, c, entry);
	memset(c, 0, sizeof(*c));
	free(c);
}

/* All that were made at d. */
void
careof_tests_free(struct mn *mn, struct dest *d)
{
	struct careof	*c;

	while ((c = TAILQ_FIRST(&d->careofs)) != NULL)
		careof_free(mn, c);
}

/*
 * The test of a care-of address at d, which may have been visited before: the
 * last few are kept.  NULL: no memory.
 */
struct careof *
careof_test(struct mn *mn, struct dest *d, const struct in6_addr *addr,
    uint32_t ifindex)
{
	struct careof	*c = find(d, addr), *last;
	size_t		 n = 0;

	if (c == NULL) {
		if ((c = calloc(1, sizeof(*c))) == NULL)
			return (NULL);
		c->dest = d;
		c->mn = mn;
		c->addr = *addr;
		exchange_init(&c->test.x, T_COTI, T_COTI_RATE);
		TAILQ_FOREACH(last, &d->careofs, entry)
			n++;
		if (n >= PEER_CAREOFS)
			careof_free(mn, TAILQ_LAST(&d->careofs, careof_list));
		TAILQ_INSERT_HEAD(&d->careofs, c, entry);
	}
	c->ifindex = ifindex;
	return (c);
}

/* p has nothing to do with its care-of test any more. */
void
careof_leave(struct peer *p)
{
	struct careof	*c = p->careof;
	struct peer	*o;

	p->careof = NULL;
	TAILQ_FOREACH(o, &p->dest->peers, of_dest)
		if (o->careof == c)
			return;
	if (c != NULL)
		test_stop(p->mn, &c->test);
}

/* A new test; it is to be sent as soon as it may. */
void
test_begin(struct mn *mn, struct test *t, enum exchange_kind kind)
{
	exchange_stop(&t->x, &mn->wheel);
	exchange_open(&t->x, &mn->exchanges[kind]);
	t->due = true;
}

/* Is one under way? */
bool
test_runs(const struct test *t)
{
	return (t->due || exchange_under_way(&t->x));
}

/* Nobody wants to know any more. */
void
test_stop(struct mn *mn, struct test *t)
{
	exchange_stop(&t->x, &mn->wheel);
	exchange_close(&t->x);
	t->due = false;
}

static void
transmit(struct mn *mn, struct test *t, uint8_t type, struct msg_mh_out *out,
    struct now now)
{
	struct sent	 s;
	struct mh	 m;
	uint8_t		 buf[64];

	memset(&s, 0, sizeof(s));
	s.at = now.mono.ns;
	s.wall = now.wall;
	s.cookie = mn->env->random(mn->env->ctx);
	mh_init(&m, type);
	m.u.init.cookie = s.cookie;
	out->mh.len = mh_build(&m, buf, sizeof(buf));
	out->mh.p = buf;
	mh_set_checksum(&m, &out->src, &out->dst);
	mn->env->emit(mn->env->ctx, MSG_MH_OUT, out);
	exchange_sent(&t->x, &mn->wheel, &s);
	t->due = false;
}

/*
 * Home Test Init (section 6.1.3), away through the tunnel to the home agent;
 * at home from the interface that is there.
 */
void
test_send_home(struct peer *p, struct now now)
{
	struct home		*h = p->home;
	struct msg_mh_out	 m;

	memset(&m, 0, sizeof(m));
	m.src = h->conf.address;
	m.dst = p->addr;
	if (h->peers.place == PEERS_HOME)
		m.ifindex = h->peers.ifindex;
	else
		m.flags = PKT_TUNNEL;
	MN_COUNT(p->mn, hoti_sent);
	transmit(p->mn, &p->home_test, MH_HOTI, &m, now);
}

/* Care-of Test Init (section 6.1.4), directly. */
void
test_send_careof(struct careof *c, struct now now)
{
	struct msg_mh_out	 m;

	memset(&m, 0, sizeof(m));
	m.src = c->addr;
	m.dst = c->dest->addr;
	m.ifindex = c->ifindex;
	MN_COUNT(c->mn, coti_sent);
	transmit(c->mn, &c->test, MH_COTI, &m, now);
}

/*
 * A Home Test or Care-of Test: does it answer one of the last transmissions,
 * none of which was answered yet (section 11.6.2)?  Then its token is kept.
 */
bool
test_answered(struct mn *mn, struct test *t, const struct mh *m)
{
	const struct sent	*s;
	size_t			 i;

	for (i = 0; (s = exchange_get(&t->x, i)) != NULL; i++)
		if (s->cookie == m->u.test.cookie)
			break;
	if (!t->x.waiting || s == NULL)
		return (false);
	t->token.there = true;
	t->token.value = m->u.test.token;
	t->token.index = m->u.test.nonce_index;
	t->token.at = s->at;
	test_stop(mn, t);
	return (true);
}
