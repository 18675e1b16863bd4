#include <sys/types.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/reqid.h"

#define LINE_MAX_LEN	128

static int
by_home(const void *a, const void *b)
{
	const struct reqid_entry	*x = *(const struct reqid_entry *const *)a;
	const struct reqid_entry	*y = *(const struct reqid_entry *const *)b;

	return (memcmp(&x->home, &y->home, sizeof(x->home)));
}

/* Pairs from first on; no more than last.  False when out of memory. */
bool
reqids_init(struct reqids *r, uint32_t first, uint32_t last)
{
	memset(r, 0, sizeof(*r));
	r->first = (first + 1) & ~1U;
	r->last = last;
	r->n = last > r->first ? (last - r->first + 1) / 2 : 0;
	r->v = calloc(r->n + 1, sizeof(*r->v));
	arc4random_buf(&r->key, sizeof(r->key));
	return (r->v != NULL && htab_init(&r->by_home, 64));
}

void
reqids_free(struct reqids *r)
{
	htab_free(&r->by_home);
	free(r->v);
	memset(r, 0, sizeof(*r));
}

/* What is not taken again by reqids_end() is free then. */
void
reqids_begin(struct reqids *r)
{
	size_t	 i;

	for (i = 0; i < r->n; i++)
		r->v[i].used = false;
	r->hint = 0;
}

void
reqids_end(struct reqids *r)
{
	size_t	 i;

	for (i = 0; i < r->n; i++)
		if (r->v[i].reqid != 0 && !r->v[i].used) {
			htab_remove(&r->by_home, &r->v[i].link);
			memset(&r->v[i], 0, sizeof(r->v[i]));
			r->count--;
			r->dirty = true;
		}
}

static bool
match(const struct hlink *l, const void *home)
{
	return (memcmp(&((const struct reqid_entry *)(const void *)l)->home,
	    home, sizeof(struct in6_addr)) == 0);
}

static uint64_t
hash(const struct reqids *r, const struct in6_addr *home)
{
	return (hash_bytes(&r->key, home, sizeof(*home)));
}

static void
occupy(struct reqids *r, size_t i, const struct in6_addr *home)
{
	struct reqid_entry	*e = &r->v[i];

	e->home = *home;
	e->reqid = r->first + 2 * (uint32_t)i;
	htab_insert(&r->by_home, &e->link, hash(r, home));
	r->count++;
}

/* The pair of home: what it has, else a free one.  NULL: all are taken. */
struct reqid_entry *
reqids_take(struct reqids *r, const struct in6_addr *home)
{
	struct reqid_entry	*e;

	e = (struct reqid_entry *)(void *)htab_find(&r->by_home,
	    hash(r, home), match, home);
	if (e == NULL) {
		while (r->hint < r->n && r->v[r->hint].reqid != 0)
			r->hint++;
		if (r->hint == r->n)
			return (NULL);
		e = &r->v[r->hint];
		occupy(r, r->hint++, home);
		r->dirty = true;
	}
	e->used = true;
	return (e);
}

static bool
put(struct reqids *r, const struct in6_addr *home, uint32_t reqid,
    uint64_t seen)
{
	size_t	 i;

	if (reqid < r->first || reqid + 1 > r->last || (reqid & 1) != 0 ||
	    htab_find(&r->by_home, hash(r, home), match, home) != NULL)
		return (false);
	i = (reqid - r->first) / 2;
	if (i >= r->n || r->v[i].reqid != 0)
		return (false);
	occupy(r, i, home);
	r->v[i].seen = seen;
	return (true);
}

/*
 * Read what an earlier life has written, one node a line.  Lines that do not
 * fit are passed over.  False if there was anything wrong.
 */
bool
reqids_read(struct reqids *r, const char *path)
{
	struct in6_addr	 home;
	char		 line[LINE_MAX_LEN], addr[64];
	uint64_t	 seen;
	uint32_t	 reqid;
	bool		 ok = true;
	FILE		*f;

	if ((f = fopen(path, "r")) == NULL)
		return (true);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%63s %" SCNu32 " %" SCNu64, addr, &reqid,
		    &seen) != 3 || inet_pton(AF_INET6, addr, &home) != 1 ||
		    !put(r, &home, reqid, seen))
			ok = false;
	fclose(f);
	return (ok);
}

/* Write it, whole and in one step, sorted so that it can be looked at. */
bool
reqids_write(struct reqids *r, const char *path)
{
	const struct reqid_entry	**v;
	char				 tmp[256], addr[INET6_ADDRSTRLEN];
	size_t				 i, n = 0;
	FILE				*f;
	int				 fd;

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	if ((v = calloc(r->count + 1, sizeof(*v))) == NULL)
		return (false);
	for (i = 0; i < r->n; i++)
		if (r->v[i].reqid != 0)
			v[n++] = &r->v[i];
	qsort(v, n, sizeof(*v), by_home);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1 || (f = fdopen(fd, "w")) == NULL) {
		if (fd != -1)
			close(fd);
		free(v);
		return (false);
	}
	for (i = 0; i < n; i++)
		fprintf(f, "%s %" PRIu32 " %" PRIu64 "\n", inet_ntop(AF_INET6,
		    &v[i]->home, addr, sizeof(addr)), v[i]->reqid, v[i]->seen);
	free(v);
	if (ferror(f) != 0) {
		fclose(f);
		return (false);
	}
	r->dirty = false;
	return (fclose(f) == 0 && rename(tmp, path) == 0);
}
