/*
 * What net and the parent keep of what an engine said, and hand to the one
 * that takes its place.  These are bindings with their owner records, and
 * saved states.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define DATA_MAX	256

struct kept {
	struct kept	*next;
	enum msg_type	 type;		/* to be handed back by */
	bool		 old;		/* told by an engine before this one */
	struct msg_bind	 bind;
	struct msg_state state;
	struct in6_addr	 home, other;	/* whose; :: any, and of states */
	uint8_t		 data[DATA_MAX];
};

static struct kept	*all;

static struct kept **
find(enum msg_type type, const struct in6_addr *home,
    const struct in6_addr *other)
{
	struct kept	**p;

	for (p = &all; *p != NULL; p = &(*p)->next)
		if ((*p)->type == type &&
		    memcmp(&(*p)->home, home, sizeof(*home)) == 0 &&
		    memcmp(&(*p)->other, other, sizeof(*other)) == 0)
			break;
	return (p);
}

static struct kept *
keep(enum msg_type type, const struct in6_addr *home,
    const struct in6_addr *other, struct blob *b)
{
	struct kept	**p = find(type, home, other);

	if (*p == NULL && (*p = calloc(1, sizeof(**p))) == NULL)
		err(1, NULL);
	if (b->len > DATA_MAX)
		errx(1, "an engine's record of %zu octets", b->len);
	(*p)->type = type;
	(*p)->home = *home;
	(*p)->other = *other;
	if (b->len > 0)
		memcpy((*p)->data, b->p, b->len);
	b->p = (*p)->data;
	return (*p);
}

static void
drop(const struct msg_unbind *m)
{
	struct kept	**p = find(MSG_BOUND, &m->home, &m->other), *k = *p;

	if (k == NULL)
		return;
	*p = k->next;
	free(k);
}

static bool
note_bind(const void *m)
{
	struct msg_bind	 b;
	struct kept	*k;
	bool		 same;

	memcpy(&b, m, sizeof(b));
	if (b.owner.len > BIND_OWNER_MAX)
		errx(1, "an owner record of %zu octets", b.owner.len);
	k = keep(MSG_BOUND, &b.home, &b.other, &b.owner);
	same = !k->old && memcmp(&k->bind, &b, offsetof(struct msg_bind,
	    owner)) == 0;
	k->old = false;
	k->bind = b;
	return (same);
}

/*
 * The engine has sent m: is it something that outlives it?  True if it is a
 * binding of which nothing but the record is new.
 */
bool
kept_note(enum msg_type type, const void *m)
{
	struct msg_state	 s;

	if (type == MSG_BIND)
		return (note_bind(m));
	if (type == MSG_STATE_SAVE) {
		memcpy(&s, m, sizeof(s));
		keep(MSG_STATE_LOAD, &s.home, &in6addr_any, &s.data)->state = s;
	} else if (type == MSG_UNBIND)
		drop(m);
	return (false);
}

/* The script says that net is new: it has nothing. */
void
kept_net_is_new(void)
{
	struct kept	*k;

	for (k = all; k != NULL; k = k->next)
		k->old = true;
}

/* net is to die as well, with all that it had. */
void
kept_net_died(void)
{
	struct kept	**p = &all, *k;

	while ((k = *p) != NULL) {
		if (k->type != MSG_BOUND) {
			p = &k->next;
			continue;
		}
		*p = k->next;
		free(k);
	}
}

static void
give(struct runner *r, enum role from, enum msg_type type, bool exact)
{
	const struct kept	*k;
	struct kept		*next;
	union msg		 m;
	uint8_t			 data[DATA_MAX];

	for (k = all; k != NULL; k = next) {
		next = k->next;
		if (k->type != type)
			continue;
		memset(&m, 0, sizeof(m));
		memcpy(data, k->data, sizeof(data));
		if (type == MSG_BOUND) {
			m.u_BOUND = k->bind;
			m.u_BOUND.owner.p = data;
		} else {
			m.u_STATE_LOAD = k->state;
			m.u_STATE_LOAD.exact = exact;
			m.u_STATE_LOAD.data.p = data;
		}
		r->ops->input(r->engine, from, type, &m, r->now);
	}
}

/*
 * An engine is new: give it what it has to know, as the daemon would; exact:
 * the store has all that was saved.
 */
void
kept_give(struct runner *r, bool exact)
{
	union msg	 m;

	memset(&m, 0, sizeof(m));
	kept_net_is_new();
	give(r, ROLE_STORE, MSG_STATE_LOAD, exact);
	r->ops->input(r->engine, ROLE_NET, MSG_RESYNC, &m, r->now);
	give(r, ROLE_NET, MSG_BOUND, exact);
	r->ops->input(r->engine, ROLE_NET, MSG_BOUND_END, &m, r->now);
}

void
kept_free(void)
{
	struct kept	*k;

	while ((k = all) != NULL) {
		all = k->next;
		free(k);
	}
}
