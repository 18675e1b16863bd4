/*
 * The store: what other processes want their next life to know, small opaque
 * records by home address, of those that are configured and of no others.  They
 * are in memory for a process that is started again, and in a file of its role
 * for the next daemon.  The root directory of this process is the state
 * directory, and it opens nothing else.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/log.h"
#include "store/store.h"

static const struct counter_def	 store_counters[] = {
	[STC_SAVED] = { "state_saved", "State files written" },
	[STC_COMMITS] = { "state_commits",
	    "Groups of changes that journals put on disk" },
	[STC_ERRORS] = { "state_errors",
	    "State files that could not be written" },
	[STC_DENIED] = { "state_denied", "Records that were too long" },
	[STC_MAX] = { NULL, NULL },
};

/* The time of the home agent is saved under ::, and in a file of its own. */
static bool
has_time(const struct keeper *k)
{
	return ((role_def(k->role)->has & HAS_TIME) != 0);
}

static void
write_time(struct keeper *k, const struct record *r)
{
	struct child	*ch = k->store->ch;
	int		 e = timefile_write(&k->time_fd, k->store->dir,
			    r->data, r->len);

	if (e != 0)
		COUNT(&ch->counters, STC_ERRORS);
	if (e != 0 && !k->time_failed)
		log_error("%s: the time of the home agent can't be written: "
		    "%s", ch->conf->global.state, strerror(e));
	k->time_failed = e != 0;
}

/* ------------------------------------------- what a former daemon left */

/* statefile_record: of what is not configured the file is to have none. */
static void
take(void *arg, const struct in6_addr *home, const uint8_t *data, size_t len)
{
	struct keeper	*k = arg;
	struct record	*r = records_get(&k->records, home);

	if (r == NULL || !record_put(r, data, len))
		k->dropped = true;
}

/* What is in the file of the time is newer, if it is of this boot at all. */
static void
read_time(struct keeper *k)
{
	uint8_t		 data[TIMEFILE_MAX];
	size_t		 len;
	struct record	*r;

	if (has_time(k) && timefile_read(k->store->dir, data, &len) &&
	    (r = records_get(&k->records, &in6addr_any)) != NULL)
		r->exact = record_put(r, data, len);
}

/* A journal is folded into the file: it goes with no other one. */
static void
read_files(struct keeper *k)
{
	const char		*where = k->store->ch->conf->global.state;
	struct statefile_id	 id;
	bool			 right;

	right = statefile_read(k->store->dir, where, k->name, take, k, &id);
	if (journal_read(&k->journal, k->store->dir, where,
	    right ? &id : NULL, take, k) > 0)
		k->dropped = true;
	read_time(k);
}

static void
keeper_begin(struct store *st, enum role role)
{
	struct keeper	*k = &st->keepers[role];
	struct hash_key	 key;

	arc4random_buf(&key, sizeof(key));
	k->store = st;
	k->role = role;
	k->time_fd = -1;
	snprintf(k->name, sizeof(k->name), "%s.state", role_name(role));
	journal_init(&k->journal, role_name(role));
	if (!records_init(&k->records, &key) || !save_init(k))
		fatalx("out of memory");
	k->on = true;
	read_files(k);
}

static void
keeper_end(struct keeper *k)
{
	save_end(k);
	timefile_close(&k->time_fd);
	records_free(&k->records);
	k->on = false;
}

/* The configuration is another, or the first one: then files are read. */
static void
store_configure(struct child *ch, const struct conf *old)
{
	struct store	*st = ch->priv;
	struct keeper	*k;
	enum role	 r;

	(void)old;
	FOREACH_ROLE_WITH(r, HAS_STATE) {
		k = &st->keepers[r];
		if (!k->on && role_wanted(r, ch->conf))
			keeper_begin(st, r);
		if (!k->on)
			continue;
		if (records_configure(&k->records, r, ch->conf, true) ||
		    k->dropped)
			save_soon(k);
		k->dropped = false;
	}
}

/* ------------------------------------------------- what is said by others */

/*
 * Of an address that is not configured no record is kept.  It may be in the
 * configuration that is being taken: its owner has that an instant earlier.
 */
static struct record *
record_of(struct keeper *k, const struct msg_state *m)
{
	struct child	*ch = k->store->ch;
	struct record	*r = records_find(&k->records, &m->home);

	if (r == NULL && ch->staged != NULL &&
	    records_has_home(k->role, ch->staged, &m->home))
		r = records_get(&k->records, &m->home);
	if (m->data.len <= RECORD_MAX)
		return (r);
	COUNT(&ch->counters, STC_DENIED);
	return (NULL);
}

/* Nothing is said to be safe that is not: the next life is told it again. */
static void
out_of_memory(struct keeper *k)
{
	log_error("out of memory: begun anew");
	ipc_flush(k->store->ch->parent);
	exit(1);
}

/* It is answered when that is done, if that is wanted. */
static void
on_save(struct keeper *k, const union msg *u)
{
	const struct msg_state	*m = &u->u_STATE_SAVE;
	struct msg_result	 done = { .id = m->id };
	struct record		*r = record_of(k, m);

	if (r != NULL) {
		r->told = true;
		if (!record_put(r, m->data.p, m->data.len))
			out_of_memory(k);
		r->exact = m->exact;
		if (has_time(k) && IN6_IS_ADDR_UNSPECIFIED(&m->home))
			write_time(k, r);
		r->id = m->stable ? m->id : 0;
		save_change(k, r, m->stable);
	} else if (m->stable)
		done.error = ENOENT;
	if (m->id != 0 && (!m->stable || r == NULL))
		child_send(k->store->ch, k->role, MSG_RESULT, &done);
}

/* It is new, and wants to know what its former life left. */
static void
on_ask(struct keeper *k, const union msg *u)
{
	const struct msg_empty	 none = { 0 };
	struct record		*r;
	struct msg_state	 m;
	size_t			 i;

	(void)u;
	for (i = 0; i < k->records.n; i++) {
		r = k->records.v[i];
		/* Who waited for it is no more. */
		r->id = 0;
		if (r->len == 0)
			continue;
		memset(&m, 0, sizeof(m));
		m.home = r->home;
		m.exact = r->exact;
		m.data.p = r->data;
		m.data.len = r->len;
		child_send(k->store->ch, k->role, MSG_STATE_LOAD, &m);
	}
	child_send(k->store->ch, k->role, MSG_STATE_LOADED, &none);
}

/*
 * We are new, and it has told all that it has saved: what is here besides was
 * in a file of this directory from another time.
 */
static void
on_told(struct keeper *k, const union msg *u)
{
	struct record	*r;
	size_t		 i;

	(void)u;
	for (i = 0; i < k->records.n; i++) {
		r = k->records.v[i];
		if (r->told || r->len == 0)
			continue;
		record_put(r, NULL, 0);
		save_soon(k);
	}
}

static void
store_message(struct child *ch, enum role from, enum msg_type t,
    const union msg *m)
{
	static void	(*const verbs[MSG_MAX])(struct keeper *,
			    const union msg *) = {
		[MSG_STATE_SAVE] = on_save,
		[MSG_STATE_ASK] = on_ask,
		[MSG_STATE_TOLD] = on_told,
	};
	struct store	*st = ch->priv;

	if (t >= MSG_MAX || verbs[t] == NULL)
		return;
	if (!st->keepers[from].on)
		keeper_begin(st, from);
	verbs[t](&st->keepers[from], m);
}

/* A pipe to another process: it has told nothing yet. */
static void
store_peer(struct child *ch, enum role peer, bool up)
{
	struct store	*st = ch->priv;
	struct keeper	*k = &st->keepers[peer];
	size_t		 i;

	for (i = 0; up && k->on && i < k->records.n; i++)
		k->records.v[i]->told = false;
}

static int
store_start(struct child *ch)
{
	struct store	*st;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return (-1);
	ch->priv = st;
	st->ch = ch;
	/* It is our root directory, too. */
	st->dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (st->dir == -1) {
		log_error("%s: %s", ch->conf->global.state, strerror(errno));
		return (-1);
	}
	store_configure(ch, NULL);
	return (0);
}

/* Files that wait are written. */
static void
store_stop(struct child *ch)
{
	struct store	*st = ch->priv;
	enum role	 r;

	FOREACH_ROLE_WITH(r, HAS_STATE)
		if (st->keepers[r].on)
			keeper_end(&st->keepers[r]);
	close(st->dir);
	free(st);
	ch->priv = NULL;
}

const struct child_ops store_ops = {
	.role = ROLE_STORE,
	.counters = store_counters,
	.start = store_start,
	.configure = store_configure,
	.message = store_message,
	.peer = store_peer,
	.stop = store_stop,
};
