/*
 * What outlives a process is kept by the store, another process.  One that
 * begins asks it what the life before left, and is not ready before it knows
 * that.  It has a copy of what it has saved since: when the store is a new
 * process, that one is told all of it, so the death of either loses nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/past.h"

/* Of a process of that role; say() is for the store.  False: out of memory. */
bool
past_init(struct past *p, enum role role, past_say *say, void *arg)
{
	struct hash_key	 key;

	arc4random_buf(&key, sizeof(key));
	p->role = role;
	p->known = (role_def(role)->has & HAS_STATE) == 0;
	p->say = say;
	p->arg = arg;
	return (records_init(&p->records, &key));
}

/* Is it yet to be told what its former life left? */
bool
past_awaited(const struct past *p)
{
	return (!p->known);
}

/* Of whom the configuration has no more, nothing is to be known. */
void
past_configured(struct past *p, const struct conf *c)
{
	if (p->records.n > 0)
		records_configure(&p->records, p->role, c, false);
}

/* A copy; without memory for it the store has the only one. */
static struct record *
note(struct past *p, const struct msg_state *m)
{
	struct record	*r = records_get(&p->records, &m->home);

	if (r != NULL && record_put(r, m->data.p, m->data.len)) {
		r->id = m->id;
		r->exact = m->exact;
		r->stable = m->stable;
		return (r);
	}
	log_error("what is to outlive this process is not kept here: out of "
	    "memory");
	return (NULL);
}

/*
 * Save a record of a home address: it replaces the former one.  With an id a
 * RESULT comes when it is safe from the death of all processes, or if it is to
 * be stable when it is on disk.
 */
void
past_save(struct past *p, const struct msg_state *m)
{
	struct msg_state	 s = *m;

	s.exact = true;
	note(p, &s);
	p->say(p->arg, MSG_STATE_SAVE, &s);
}

/* The record of a home address; NULL: there is none. */
const struct record *
past_find(const struct past *p, const struct in6_addr *home)
{
	return (records_find(&p->records, home));
}

/* There is a pipe to the store: it or we are new. */
void
past_pipe(struct past *p)
{
	const struct msg_empty	 none = { 0 };
	const struct record	*r;
	struct msg_state	 m;
	size_t			 i;

	if ((role_def(p->role)->has & HAS_STATE) == 0)
		return;
	if (!p->known) {
		p->say(p->arg, MSG_STATE_ASK, &none);
		return;
	}
	for (i = 0; i < p->records.n; i++) {
		r = p->records.v[i];
		memset(&m, 0, sizeof(m));
		m.id = r->id;
		m.home = r->home;
		m.exact = r->exact;
		m.stable = r->stable;
		m.data.p = r->data;
		m.data.len = r->len;
		p->say(p->arg, MSG_STATE_SAVE, &m);
	}
	p->say(p->arg, MSG_STATE_TOLD, &none);
}

/*
 * It is saved, and not to be asked for again: a second answer would be taken
 * for that to what is saved next under the same number.
 */
static void
answered(struct past *p, uint32_t id)
{
	size_t	 i;

	for (i = 0; id != 0 && i < p->records.n; i++)
		if (p->records.v[i]->id == id)
			p->records.v[i]->id = 0;
}

/*
 * A peer says something; false: it is of the former life, and to go no further.
 * STATE_LOADED says that this was all, RESULT what became of a SAVE.
 */
bool
past_message(struct past *p, enum msg_type t, const union msg *m)
{
	if (t == MSG_RESULT && m->u_RESULT.error == 0)
		answered(p, m->u_RESULT.id);
	if (t != MSG_STATE_LOAD && t != MSG_STATE_LOADED)
		return (true);
	if (p->known)
		return (false);
	if (t == MSG_STATE_LOADED)
		p->known = true;
	else
		note(p, &m->u_STATE_LOAD);
	return (t == MSG_STATE_LOAD);
}
