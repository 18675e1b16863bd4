/*
 * BSD: what is known of addresses on all interfaces.  FreeBSD sends no message
 * when duplicate detection ends, when an address becomes detached or is so no
 * more, or when an advertisement gives it more time; so they are asked for:
 * often while one is tentative, for as long as that takes; all of them after
 * events of links and routers, and now and then in any case.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "kern/bsd.h"

#define TENTATIVE_EVERY	MS(100)		/* DAD takes a second and more */
#define QUICK_LOOKS	50		/* longer than DAD takes */
#define AGAIN_AFTER	SEC(1)		/* an event may come before its cause */
#define SLACK		3		/* seconds that a lifetime may be off */

struct bsd_addr {
	struct hlink	 link;
	struct bsd_addr	*next, **prev;
	struct in6_addr	 addr;
	uint32_t	 ifindex;
	uint8_t		 plen, flags;
	uint8_t		 looks;		/* while it is tentative */
	int64_t		 valid_until;	/* seconds of our clock; -1: for ever */
};

struct key {
	struct in6_addr	 addr;
	uint32_t	 ifindex;
};

static uint64_t
hash_of(const struct kern *k, const struct in6_addr *addr, uint32_t ifindex)
{
	struct key	 key;

	memset(&key, 0, sizeof(key));
	key.addr = *addr;
	key.ifindex = ifindex;
	return (hash_bytes(&k->addrs.key, &key, sizeof(key)));
}

static bool
match(const struct hlink *l, const void *arg)
{
	const struct bsd_addr	*a = (const struct bsd_addr *)(const void *)l;
	const struct msg_address *m = arg;

	return (a->ifindex == m->ifindex &&
	    memcmp(&a->addr, &m->addr, sizeof(a->addr)) == 0);
}

static struct bsd_addr *
find(const struct kern *k, const struct msg_address *m)
{
	return ((struct bsd_addr *)(void *)htab_find(&k->addrs.tab,
	    hash_of(k, &m->addr, m->ifindex), match, m));
}

/* 0 or ENOMEM. */
int
bsd_addrs_init(struct kern *k)
{
	arc4random_buf(&k->addrs.key, sizeof(k->addrs.key));
	return (htab_init(&k->addrs.tab, 16) ? 0 : ENOMEM);
}

static void
forget(struct kern *k, struct bsd_addr *a)
{
	htab_remove(&k->addrs.tab, &a->link);
	if ((*a->prev = a->next) != NULL)
		a->next->prev = a->prev;
	free(a);
}

void
bsd_addrs_free(struct kern *k)
{
	while (k->addrs.first != NULL)
		forget(k, k->addrs.first);
	htab_free(&k->addrs.tab);
}

static struct bsd_addr *
enter(struct kern *k, const struct msg_address *m)
{
	struct bsd_addr	*a = calloc(1, sizeof(*a));

	if (a == NULL)
		return (NULL);
	a->addr = m->addr;
	a->ifindex = m->ifindex;
	if ((a->next = k->addrs.first) != NULL)
		a->next->prev = &a->next;
	a->prev = &k->addrs.first;
	k->addrs.first = a;
	htab_insert(&k->addrs.tab, &a->link,
	    hash_of(k, &m->addr, m->ifindex));
	return (a);
}

static int64_t
until(const struct msg_address *m)
{
	return (m->valid == UINT32_MAX ? -1 :
	    mono_now().ns / NS_PER_SEC + (int64_t)m->valid);
}

static bool
same_time(int64_t a, int64_t b)
{
	return (a == -1 || b == -1 ? a == b : llabs(a - b) <= SLACK);
}

/*
 * Somebody is told this of an address: remember it.  One that is not settled
 * yet is asked for again, without memory for that in the next round of all.
 */
static void
told(struct kern *k, const struct msg_address *m)
{
	struct bsd_addr	*a = find(k, m);

	if ((m->flags & ADDR_GONE) != 0) {
		if (a != NULL)
			forget(k, a);
		return;
	}
	if (a == NULL && (a = enter(k, m)) == NULL)
		return;
	if (a->flags != m->flags)
		a->looks = 0;
	a->plen = m->plen;
	a->flags = m->flags;
	a->valid_until = until(m);
	if ((m->flags & ADDR_TENTATIVE) != 0)
		keep_look_in(&k->keep, TENTATIVE_EVERY);
}

/* Tell of an address, and remember what was told. */
void
bsd_tell_address(struct kern *k, struct msg_address *m)
{
	struct msg_address	 as_it_is = *m;

	/* No tag on addresses: what is on our device is ours. */
	if (k->keep.tun != 0 && m->ifindex == k->keep.tun)
		m->flags |= ADDR_OURS;
	m->stale = keep_is_stale(&k->keep, m->ifindex, &m->addr);
	k->cb.address(k->cb.arg, m);
	bsd_row_address(k, m);
	told(k, &as_it_is);
}

/* The prefix length of an address; 0: not known. */
uint8_t
bsd_addrs_plen(const struct kern *k, const struct msg_address *m)
{
	const struct bsd_addr	*a = find(k, m);

	return (a == NULL ? 0 : a->plen);
}

/* Something happened that may change what addresses are: ask for all soon. */
void
bsd_addrs_doubt(struct kern *k)
{
	k->addrs.doubt = true;
	keep_look_in(&k->keep, 0);
}

static void
ask(struct kern *k, struct bsd_addr *a)
{
	struct msg_address	 m;

	memset(&m, 0, sizeof(m));
	m.addr = a->addr;
	m.ifindex = a->ifindex;
	m.plen = a->plen;
	/* Of one that has gone a message tells. */
	if (!bsd_address_details(k, &m)) {
		forget(k, a);
		return;
	}
	if (m.flags == a->flags && same_time(until(&m), a->valid_until))
		return;
	bsd_tell_address(k, &m);
}

/* One that stays tentative, as its link is down, perhaps, has the slow pace. */
static bool
is_settling(const struct bsd_addr *a)
{
	return ((a->flags & ADDR_TENTATIVE) != 0 && a->looks < QUICK_LOOKS);
}

/* Ask for what is due. */
void
bsd_addrs_look(struct kern *k)
{
	struct bsd_addr	*a, *next;
	struct mono	 now = mono_now();
	bool		 all = k->addrs.doubt || !mono_before(now,
	    k->addrs.all_at), wait = false;

	for (a = k->addrs.first; a != NULL; a = next) {
		next = a->next;
		if (is_settling(a))
			a->looks++;
		else if (!all)
			continue;
		ask(k, a);
	}
	for (a = k->addrs.first; a != NULL && !wait; a = a->next)
		wait = is_settling(a);
	if (all)
		k->addrs.all_at = mono_add(now, k->addrs.doubt ? AGAIN_AFTER :
		    KEEP_LOOK);
	k->addrs.doubt = false;
	keep_look_in(&k->keep, wait ? TENTATIVE_EVERY :
	    mono_diff(k->addrs.all_at, now));
}
