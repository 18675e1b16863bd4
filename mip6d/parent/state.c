/*
 * What an engine wants its next life to know: small opaque records by home
 * address, of those that are configured and of no others.  They are in memory
 * for a child that is started again, and in a file for the next daemon.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/htab.h"
#include "parent/parent.h"
#include "parent/statefile.h"

#define RECORD_MAX	256

struct record {
	struct hlink	 by_home;	/* first */
	struct in6_addr	 home;
	uint8_t		*data;
	uint16_t	 len;		/* 0: nothing is known */
	bool		 used;		/* by this configuration */
	bool		 exact;		/* all that was ever saved */
};

struct store {
	struct parent	*parent;
	enum role	 role;
	struct hash_key	 key;
	struct htab	 by_home;
	struct record	**v;
	size_t		 n, cap;
	struct statefile *file;
	char		 dir[CONF_PATH_MAX];	/* where it was written */
	bool		 dropped;	/* a record that is not configured */
	int		 time_fd;	/* ha.time, or -1 */
	bool		 time_failed;
};

static bool
is_home(const struct hlink *l, const void *home)
{
	return (IN6_ARE_ADDR_EQUAL(&((const struct record *)l)->home,
	    (const struct in6_addr *)home));
}

static struct record *
find(const struct store *st, const struct in6_addr *home)
{
	return ((struct record *)htab_find(&st->by_home,
	    hash_bytes(&st->key, home, sizeof(*home)), is_home, home));
}

static struct record *
record_new(struct store *st, const struct in6_addr *home)
{
	struct record	*r, **v;
	size_t		 cap = st->cap == 0 ? 64 : st->cap * 2;

	if (st->n == st->cap) {
		if ((v = realloc(st->v, cap * sizeof(*v))) == NULL)
			return (NULL);
		st->v = v;
		st->cap = cap;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->home = *home;
	htab_insert(&st->by_home, &r->by_home,
	    hash_bytes(&st->key, home, sizeof(*home)));
	st->v[st->n++] = r;
	return (r);
}

static bool
put(struct record *r, const uint8_t *data, size_t len)
{
	uint8_t	*p;

	if (len != r->len) {
		if ((p = realloc(r->data, len == 0 ? 1 : len)) == NULL)
			return (false);
		r->data = p;
		r->len = (uint16_t)len;
	}
	if (len > 0)
		memcpy(r->data, data, len);
	return (true);
}

/* Put the records of a role into its file (statefile_fill). */
static void
fill(struct statebuf *b, void *arg)
{
	const struct store	*st = arg;
	size_t			 i;

	for (i = 0; i < st->n; i++)
		if (st->v[i]->len > 0)
			statebuf_add(b, &st->v[i]->home, st->v[i]->data,
			    st->v[i]->len);
}

/* Take a record of the file that a former daemon left (statefile_record). */
static void
take(void *arg, const struct in6_addr *home, const uint8_t *data, size_t len)
{
	struct store	*st = arg;
	struct record	*r = find(st, home);

	if (r == NULL || len > RECORD_MAX || !put(r, data, len))
		st->dropped = true;
}

static void
file_name(enum role r, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s.state", role_name(r));
}

static struct store *
store_new(struct parent *p, enum role role)
{
	struct store	*st;
	char		 name[32];

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return (NULL);
	st->parent = p;
	st->role = role;
	st->time_fd = -1;
	arc4random_buf(&st->key, sizeof(st->key));
	file_name(role, name, sizeof(name));
	if (!htab_init(&st->by_home, 64) ||
	    (st->file = statefile_new(p, name, fill, st)) == NULL) {
		htab_free(&st->by_home);
		free(st);
		return (NULL);
	}
	return (p->procs[role].store = st);
}

static void
use(void *arg, const struct in6_addr *home)
{
	struct store	*st = arg;
	struct record	*r = find(st, home);

	if (r == NULL && (r = record_new(st, home)) == NULL)
		log_error("state of a home address: out of memory");
	else
		r->used = true;
}

static void
record_free(struct store *st, struct record *r)
{
	htab_remove(&st->by_home, &r->by_home);
	free(r->data);
	free(r);
}

/* What has left the configuration goes; true if there was something of it. */
static bool
purge(struct store *st)
{
	size_t	 i, n = 0;
	bool	 any = false;

	for (i = 0; i < st->n; i++) {
		if (st->v[i]->used) {
			st->v[n++] = st->v[i];
			continue;
		}
		any = any || st->v[i]->len > 0;
		record_free(st, st->v[i]);
	}
	st->n = n;
	return (any);
}

/* The time of the home agent is saved under ::, and in a file of its own. */
static bool
has_time(const struct store *st)
{
	return ((role_def(st->role)->has & HAS_TIME) != 0);
}

static bool
is_time(const struct store *st, const struct in6_addr *home)
{
	return (has_time(st) && IN6_IS_ADDR_UNSPECIFIED(home));
}

static void
write_time(struct store *st, const struct record *r)
{
	const char	*dir = st->parent->conf->global.state;
	int		 e = timefile_write(&st->time_fd, dir, r->data, r->len);

	if (e != 0)
		COUNT(&st->parent->counters, PC_STATE_ERRORS);
	if (e != 0 && !st->time_failed)
		log_error("%s: the time of the home agent can't be written: "
		    "%s", dir, strerror(e));
	st->time_failed = e != 0;
}

/* What is in the file of the time is newer, if it is of this boot at all. */
static void
read_time(struct store *st, const char *dir)
{
	struct record	*r = find(st, &in6addr_any);
	uint8_t		 data[TIMEFILE_MAX];
	size_t		 len;

	if (has_time(st) && r != NULL &&
	    timefile_read(dir, data, &len) && len <= RECORD_MAX)
		r->exact = put(r, data, len);
}

/* Another directory, perhaps: what is written there is there at once. */
static void
move_time(struct store *st)
{
	const struct record	*r = find(st, &in6addr_any);

	timefile_close(&st->time_fd);
	if (has_time(st) && r != NULL && r->exact)
		write_time(st, r);
}

static void
read_files(struct store *st, const char *dir)
{
	char	 name[32];

	file_name(st->role, name, sizeof(name));
	statefile_read(dir, name, take, st);
	read_time(st, dir);
}

/* The configuration is another, or the first one: then files are read. */
void
state_configured(struct parent *p)
{
	const char	*dir = p->conf->global.state;
	struct store	*st;
	enum role	 r;
	size_t		 i;
	bool		 first, changed;

	FOREACH_ROLE_WITH(r, HAS_STATE) {
		st = p->procs[r].store;
		first = st == NULL;
		if (first && (!role_wanted(r, p->conf) ||
		    (st = store_new(p, r)) == NULL))
			continue;
		for (i = 0; i < st->n; i++)
			st->v[i]->used = false;
		role_def(r)->homes(p->conf, use, st);
		changed = purge(st);
		if (first) {
			read_files(st, dir);
			changed = st->dropped;
		} else if (strcmp(st->dir, dir) != 0) {
			move_time(st);
			changed = true;
		}
		snprintf(st->dir, sizeof(st->dir), "%s", dir);
		if (changed)
			statefile_changed(st->file);
	}
}

static void
save(struct parent *p, struct store *st, const struct msg_state *s)
{
	struct record	*r;

	/* Perhaps it has left the configuration a moment ago. */
	if (st == NULL || (r = find(st, &s->home)) == NULL)
		return;
	if (!put(r, s->data.p, s->data.len)) {
		r->exact = false;
		COUNT(&p->counters, PC_STATE_ERRORS);
		return;
	}
	r->exact = true;
	if (is_time(st, &s->home))
		write_time(st, r);
	statefile_changed(st->file);
}

/*
 * An engine's record; of an address that is not configured none is kept.  It
 * is told when that is done, if it wants to know.
 */
void
state_save(struct proc *pr, const union msg *m)
{
	const struct msg_state	*s = &m->u_STATE_SAVE;
	struct msg_result	 done = { .id = s->id };

	if (s->data.len > RECORD_MAX) {
		parent_denied(pr, "state too large");
		return;
	}
	save(pr->parent, pr->store, s);
	if (s->id != 0)
		ipc_send(pr->ipc, MSG_RESULT, &done);
}

/* Tell an engine what its former life left. */
void
state_load(struct proc *pr)
{
	const struct store	*st = pr->store;
	struct msg_state	 m;
	size_t			 i;

	for (i = 0; st != NULL && i < st->n; i++) {
		if (st->v[i]->len == 0)
			continue;
		memset(&m, 0, sizeof(m));
		m.home = st->v[i]->home;
		m.exact = st->v[i]->exact;
		m.data.p = st->v[i]->data;
		m.data.len = st->v[i]->len;
		ipc_send(pr->ipc, MSG_STATE_LOAD, &m);
	}
}

/* At the end: files that wait are written, and all is freed. */
void
state_close(struct parent *p)
{
	struct store	*st;
	enum role	 r;

	FOREACH_ROLE_WITH(r, HAS_STATE) {
		if ((st = p->procs[r].store) == NULL)
			continue;
		statefile_close(st->file);
		timefile_close(&st->time_fd);
		while (st->n > 0)
			record_free(st, st->v[--st->n]);
		htab_free(&st->by_home);
		free(st->v);
		free(st);
		p->procs[r].store = NULL;
	}
}
