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
	arc4random_buf(&st->key, sizeof(st->key));
	file_name(role, name, sizeof(name));
	if (!htab_init(&st->by_home, 64) ||
	    (st->file = statefile_new(p, name, fill, st)) == NULL) {
		htab_free(&st->by_home);
		free(st);
		return (NULL);
	}
	return (p->stores[role] = st);
}

static void
use(struct store *st, const struct in6_addr *home)
{
	struct record	*r = find(st, home);

	if (r == NULL && (r = record_new(st, home)) == NULL)
		log_error("state of a home address: out of memory");
	else
		r->used = true;
}

/* The home addresses that the configuration has for a role. */
static void
use_all(struct store *st)
{
	const struct conf	*c = st->parent->conf;
	size_t			 i, j;

	if (st->role == ROLE_MN)
		for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
			use(st, &c->mn->homes[i].address);
	if (st->role == ROLE_HA && c->ha != NULL)
		use(st, &in6addr_any);	/* the agent's own */
	if (st->role == ROLE_HA)
		for (i = 0; c->ha != NULL && i < c->ha->nnodes; i++)
			for (j = 0; j < c->ha->nodes[i].nhomes; j++)
				use(st, &c->ha->nodes[i].homes[j]);
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

/* The configuration is another, or the first one: then files are read. */
void
state_configured(struct parent *p)
{
	static const enum role	 roles[] = { ROLE_HA, ROLE_MN };
	const char		*dir = p->conf->global.state;
	struct store		*st;
	char			 name[32];
	size_t			 i, j;
	bool			 first, changed;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		st = p->stores[roles[i]];
		first = st == NULL;
		if (first && (!proc_wanted(p->conf, roles[i]) ||
		    (st = store_new(p, roles[i])) == NULL))
			continue;
		for (j = 0; j < st->n; j++)
			st->v[j]->used = false;
		use_all(st);
		changed = purge(st);
		if (first) {
			file_name(roles[i], name, sizeof(name));
			statefile_read(dir, name, take, st);
			changed = st->dropped;
		} else if (strcmp(st->dir, dir) != 0)
			changed = true;
		snprintf(st->dir, sizeof(st->dir), "%s", dir);
		if (changed)
			statefile_changed(st->file);
	}
}

/* An engine's record; of an address that is not configured none is kept. */
void
state_save(struct proc *pr, const union msg *m)
{
	const struct msg_state	*s = &m->u_STATE_SAVE;
	struct parent		*p = pr->parent;
	struct store		*st = p->stores[pr->role];
	struct record		*r;

	if (s->data.len > RECORD_MAX) {
		parent_denied(pr, "state too large");
		return;
	}
	/* Perhaps it has left the configuration a moment ago. */
	if (st == NULL || (r = find(st, &s->home)) == NULL)
		return;
	if (!put(r, s->data.p, s->data.len)) {
		COUNT(&p->counters, PC_STATE_ERRORS);
		return;
	}
	statefile_changed(st->file);
}

/* Tell an engine what its former life left. */
void
state_load(struct proc *pr)
{
	const struct store	*st = pr->parent->stores[pr->role];
	struct msg_state	 m;
	size_t			 i;

	for (i = 0; st != NULL && i < st->n; i++) {
		if (st->v[i]->len == 0)
			continue;
		memset(&m, 0, sizeof(m));
		m.home = st->v[i]->home;
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
	unsigned int	 r;

	for (r = 0; r < ROLE_MAX; r++) {
		if ((st = p->stores[r]) == NULL)
			continue;
		statefile_close(st->file);
		while (st->n > 0)
			record_free(st, st->v[--st->n]);
		htab_free(&st->by_home);
		free(st->v);
		free(st);
		p->stores[r] = NULL;
	}
}
