/*
 * The table of observed pairs: sets of a few places each, chosen by a keyed
 * hash of both addresses, in which a new pair takes the place of the one that
 * was not seen for the longest time.  A flood of peers makes others be
 * forgotten, but not those of which packets keep coming, and takes no memory.
 * A window of time begins with a pair's first packet.  Pure; bind.c and tell.c
 * call it.
 */
#include <stdlib.h>
#include <string.h>

#include "net/forward.h"
#include "net/observe.h"

/* A home address that is observed for its engine. */
struct home {
	struct hlink	 link;
	struct home	*next;		/* of those that are to go */
	struct in6_addr	 addr;
	enum role	 role;
	uint32_t	 packets;
	int64_t		 window;	/* ns */
};

struct observed {
	struct in6_addr	 home, other;
	struct mono	 since;		/* its window began */
	struct mono	 last;		/* 0: the place is empty */
	uint32_t	 packets;
	uint8_t		 role;
	bool		 told;
};

struct home_key {
	enum role		 role;
	const struct in6_addr	*addr;
};

/* An empty table; key is secret and random.  False when out of memory. */
bool
observe_init(struct observe *o, const uint64_t key[2])
{
	memset(o, 0, sizeof(*o));
	o->key.k[0] = key[0];
	o->key.k[1] = key[1];
	return (htab_init(&o->homes, 16));
}

void
observe_free(struct observe *o)
{
	htab_each(&o->homes, htab_free_entry, NULL);
	htab_free(&o->homes);
	free(o->pairs);
	memset(o, 0, sizeof(*o));
}

static bool
is_home(const struct hlink *l, const void *arg)
{
	const struct home	*h = (const struct home *)l;
	const struct home_key	*k = arg;

	return (h->role == k->role &&
	    memcmp(&h->addr, k->addr, sizeof(h->addr)) == 0);
}

static struct home *
find_home(const struct observe *o, enum role role, const struct in6_addr *addr)
{
	struct home_key	 k = { role, addr };

	return ((struct home *)htab_find(&o->homes,
	    hash_address(&o->key, addr), is_home, &k));
}

static void
remove_home(struct observe *o, struct home *h)
{
	htab_remove(&o->homes, &h->link);
	free(h);
	if (--o->n == 0) {
		free(o->pairs);
		o->pairs = NULL;
	}
}

/*
 * Observe a home address for role, with these figures from now on, or, with 0
 * packets, no longer.  False when out of memory.
 */
bool
observe_set(struct observe *o, enum role role, const struct msg_observe *m)
{
	struct home	*h = find_home(o, role, &m->home);

	if (m->packets == 0) {
		if (h != NULL)
			remove_home(o, h);
		return (true);
	}
	if (o->pairs == NULL && (o->pairs = calloc(OBSERVE_SETS * OBSERVE_WAYS,
	    sizeof(*o->pairs))) == NULL)
		return (false);
	if (h == NULL) {
		if ((h = calloc(1, sizeof(*h))) == NULL)
			return (false);
		h->addr = m->home;
		h->role = role;
		htab_insert(&o->homes, &h->link,
		    hash_address(&o->key, &m->home));
		o->n++;
	}
	h->packets = m->packets;
	/* Without one each packet would be told. */
	h->window = MS(m->window == 0 ? OBSERVE_WINDOW : m->window);
	return (true);
}

struct forgetting {
	struct home	*first;
	enum role	 role;
};

static void
find_all(void *arg, struct hlink *l)
{
	struct forgetting	*f = arg;
	struct home		*h = (struct home *)l;

	if (h->role != f->role)
		return;
	h->next = f->first;
	f->first = h;
}

/* Nothing is observed for this role any more, of which there may be much. */
void
observe_forget(struct observe *o, enum role role)
{
	struct forgetting	 f = { NULL, role };
	struct home		*h;

	htab_each(&o->homes, find_all, &f);
	while ((h = f.first) != NULL) {
		f.first = h->next;
		remove_home(o, h);
	}
}

/*
 * The place of the pair, or, without *found, the one that it may take: of the
 * longest unseen.
 */
static struct observed *
place(const struct observe *o, enum role role, const struct in6_addr *home,
    const struct in6_addr *other, bool *found)
{
	struct in6_addr	 both[2] = { *home, *other };
	struct observed	*set, *p, *oldest;

	set = o->pairs + (hash_bytes(&o->key, both, sizeof(both)) &
	    (OBSERVE_SETS - 1)) * OBSERVE_WAYS;
	for (p = oldest = set; p < set + OBSERVE_WAYS; p++) {
		*found = p->last.ns != 0 && p->role == role &&
		    fwd_same(&p->home, home) && fwd_same(&p->other, other);
		if (*found)
			return (p);
		if (mono_before(p->last, oldest->last))
			oldest = p;
	}
	return (oldest);
}

/*
 * A packet between home and other.  OBSERVE_MANY, once in each window: so many
 * were seen in it, and that is in *n; only if tell, else with a later packet.
 * OBSERVE_FORGOT: only that another one has made room.
 */
enum observe_news
observe_packet(struct observe *o, enum role role, const struct in6_addr *home,
    const struct in6_addr *other, bool tell, struct mono now, uint32_t *n)
{
	const struct home	*h;
	enum observe_news	 news = OBSERVE_NOTHING;
	struct observed		*p;
	bool			 found;

	if (o->n == 0 || (h = find_home(o, role, home)) == NULL)
		return (OBSERVE_NOTHING);
	p = place(o, role, home, other, &found);
	if (!found && p->last.ns != 0)
		news = OBSERVE_FORGOT;
	if (!found || mono_diff(now, p->since) > h->window)
		*p = (struct observed){ .home = *home, .other = *other,
		    .since = now, .role = (uint8_t)role };
	p->last = now;
	if (p->packets < UINT32_MAX)
		p->packets++;
	if (p->told || !tell || p->packets < h->packets)
		return (news);
	p->told = true;
	*n = p->packets;
	return (OBSERVE_MANY);
}
