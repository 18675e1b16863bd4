/*
 * Addresses that no program is to begin with any more, as they are of a link
 * that was left (RFC 6275 11.5.4, RFC 6724 5 rule 3): rows of the kind
 * ROW_DEPRECATED, the same on all systems.  What the address had before is
 * their value, so that it has it again at the end.  How an address is
 * deprecated is for the file of a system.
 */
#include <errno.h>
#include <string.h>

#include "kern/keep.h"

/* Seconds of our clock. */
static int64_t
seconds(const struct keep *k)
{
	return (k->ops->now().ns / NS_PER_SEC);
}

static struct row_addr
key_of(uint32_t ifindex, const struct in6_addr *addr)
{
	struct row_addr	 key;

	memset(&key, 0, sizeof(key));
	key.ifindex = ifindex;
	key.addr = *addr;
	return (key);
}

static const struct row *
find(const struct keep *k, uint32_t ifindex, const struct in6_addr *addr)
{
	struct row_addr		 key = key_of(ifindex, addr);

	return (rows_find(&k->rows, ROW_DEPRECATED, &key, sizeof(key)));
}

/* The owner is the address on its interface. */
static struct row_owner
owner_of(const struct msg_deprecate *m)
{
	return (keep_owner(OWN_DEPRECATED, &m->addr, m->ifindex));
}

/* Do what m, a struct msg_deprecate, asks.  0 or ENOMEM. */
int
keep_deprecate(struct keep *k, const void *arg)
{
	const struct msg_deprecate *m = arg;
	struct row_owner	 o = owner_of(m);
	struct row_addr		 key = key_of(m->ifindex, &m->addr);
	struct row_former	 v;
	struct row_spec		 s = { .kind = ROW_DEPRECATED, .key = &key,
	    .keylen = sizeof(key), .value = &v, .valuelen = sizeof(v),
	    .dev = m->ifindex, .watched = true };
	int			 e = 0;

	memset(&v, 0, sizeof(v));
	v.deprecated = 1;
	v.until = m->preferred == UINT32_MAX ? FORMER_ALWAYS :
	    seconds(k) + m->preferred;
	if (!m->on)
		rows_drop(&k->rows, &o);
	else if ((e = rows_want(&k->rows, &s, &o)) != 0)
		rows_drop(&k->rows, &o);
	return (keep_answer(k, m->id, &o, e));
}

/* Did it, and does it still? */
bool
keep_has_deprecated(const struct keep *k, const void *m)
{
	struct row_owner	 o = owner_of(m);

	return (rows_owned(&k->rows, &o));
}

/* Does somebody ask for that? */
bool
keep_is_stale(const struct keep *k, uint32_t ifindex,
    const struct in6_addr *addr)
{
	const struct row	*row = find(k, ifindex, addr);

	return (row != NULL && row->claims > 0);
}

/*
 * That address is there, deprecated or not.  What is not, though it should be,
 * is so soon again, unless an advertisement has made it so: whoever asked
 * hears that, too.  mark: it bears ours, and goes if nobody asks for it.
 */
void
keep_stale_seen(struct keep *k, uint32_t ifindex, const struct in6_addr *addr,
    bool deprecated, bool mark)
{
	struct row_addr		 key = key_of(ifindex, addr);
	struct row_former	 v;
	struct row_spec		 s = { .kind = ROW_DEPRECATED, .key = &key,
	    .keylen = sizeof(key), .value = &v, .valuelen = sizeof(v),
	    .dev = ifindex, .watched = true };

	memset(&v, 0, sizeof(v));
	v.deprecated = deprecated;
	keep_seen(k, &s, mark);
}

/* The address has gone; it is not to come back for this. */
void
keep_stale_gone(struct keep *k, uint32_t ifindex, const struct in6_addr *addr)
{
	struct row_addr		 key = key_of(ifindex, addr);

	rows_gone(&k->rows, ROW_DEPRECATED, &key, sizeof(key), k->ops->now());
}

/*
 * The preferred lifetime that the address of a row had, what is left of it;
 * of a former life of ours it is not known, so it is that of validity, until
 * the next advertisement.
 */
uint32_t
keep_former(const struct keep *k, const struct row *row, uint32_t valid)
{
	struct row_former	 v;
	int64_t			 left;

	memcpy(&v, row->value, sizeof(v));
	if (v.until == FORMER_ALWAYS || v.until == FORMER_UNKNOWN)
		return (valid);
	left = v.until - seconds(k);
	if (left < 0)
		return (0);
	return (left < valid ? (uint32_t)left : valid);
}
