/*
 * Small opaque records by home address: what a process wants its next life to
 * know.  That process has them to tell a store that is new, the store has them
 * for a process that is new, and for its files.  Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "core/records.h"

void	*(*record_realloc)(void *, size_t) = realloc;

/* Without records; key is random.  False: out of memory. */
bool
records_init(struct records *rs, const struct hash_key *key)
{
	memset(rs, 0, sizeof(*rs));
	rs->key = *key;
	return (htab_init(&rs->by_home, 64));
}

static void
record_free(struct records *rs, struct record *r)
{
	htab_remove(&rs->by_home, &r->by_home);
	free(r->data);
	free(r);
}

void
records_free(struct records *rs)
{
	while (rs->n > 0)
		record_free(rs, rs->v[--rs->n]);
	htab_free(&rs->by_home);
	free(rs->v);
	memset(rs, 0, sizeof(*rs));
}

static bool
is_home(const struct hlink *l, const void *home)
{
	return (IN6_ARE_ADDR_EQUAL(&((const struct record *)l)->home,
	    (const struct in6_addr *)home));
}

/* The record of a home address, perhaps an empty one; NULL: there is none. */
struct record *
records_find(const struct records *rs, const struct in6_addr *home)
{
	return ((struct record *)htab_find(&rs->by_home,
	    hash_bytes(&rs->key, home, sizeof(*home)), is_home, home));
}

/* The same; one is made if there is none.  NULL: out of memory. */
struct record *
records_get(struct records *rs, const struct in6_addr *home)
{
	struct record	*r = records_find(rs, home), **v;
	size_t		 cap = rs->cap == 0 ? 64 : rs->cap * 2;

	if (r != NULL)
		return (r);
	if (rs->n == rs->cap) {
		if ((v = realloc(rs->v, cap * sizeof(*v))) == NULL)
			return (NULL);
		rs->v = v;
		rs->cap = cap;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->home = *home;
	htab_insert(&rs->by_home, &r->by_home,
	    hash_bytes(&rs->key, home, sizeof(*home)));
	rs->v[rs->n++] = r;
	return (r);
}

/*
 * Its content, of RECORD_MAX octets at most.  False: that stays as it was, as
 * there was no memory or it was longer.
 */
bool
record_put(struct record *r, const void *data, size_t len)
{
	uint8_t	*p;

	if (len > RECORD_MAX)
		return (false);
	if (len != r->len) {
		if ((p = record_realloc(r->data, len == 0 ? 1 : len)) == NULL)
			return (false);
		r->data = p;
		r->len = (uint16_t)len;
	}
	if (len > 0)
		memcpy(r->data, data, len);
	return (true);
}

/* Those that are not used go; true if there was something in one. */
static bool
purge(struct records *rs)
{
	size_t	 i, n = 0;
	bool	 any = false;

	for (i = 0; i < rs->n; i++) {
		if (rs->v[i]->used) {
			rs->v[n++] = rs->v[i];
			continue;
		}
		any = any || rs->v[i]->len > 0;
		record_free(rs, rs->v[i]);
	}
	rs->n = n;
	return (any);
}

static void
use(void *arg, const struct in6_addr *home)
{
	struct record	*r = records_find(arg, home);

	if (r != NULL)
		r->used = true;
}

static void
use_all(void *arg, const struct in6_addr *home)
{
	struct record	*r = records_get(arg, home);

	if (r != NULL)
		r->used = true;
}

/*
 * Records of home addresses that the role does not have in this configuration
 * go; with all, there is one of each that it has.  True: there was something
 * in one that went.
 */
bool
records_configure(struct records *rs, enum role role, const struct conf *c,
    bool all)
{
	size_t	 i;

	for (i = 0; i < rs->n; i++)
		rs->v[i]->used = false;
	role_def(role)->homes(c, all ? use_all : use, rs);
	return (purge(rs));
}

struct search {
	const struct in6_addr	*home;
	bool			 found;
};

static void
compare(void *arg, const struct in6_addr *home)
{
	struct search	*s = arg;

	s->found = s->found || IN6_ARE_ADDR_EQUAL(home, s->home);
}

/* Has the role that home address in this configuration? */
bool
records_has_home(enum role role, const struct conf *c,
    const struct in6_addr *home)
{
	struct search	 s = { home, false };

	role_def(role)->homes(c, compare, &s);
	return (s.found);
}
