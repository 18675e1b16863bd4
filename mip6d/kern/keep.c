/*
 * Between the contract of kern.h and the rows: gathers what engines ask for,
 * has what is due done, answers, compares after a loss, and says in one line
 * what a burst of repairs was about.  The routes of bindings are no rows; all
 * of them together are one, whose repair is that ha asks for them again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/keep.h"

#define TEXT_MAX	160
#define NAMED_MAX	6 /* rows that a line names: those of a node away */

static const char	 hosts_key[] = "hosts";

/* A request that waits for its result. */
struct keep_request {
	uint32_t		 id;
	int			 error;
	bool			 owned, takes;
	struct row_owner	 owner;		/* of the rows it is about */
	enum row_kind		 kind;		/* of what is to be taken */
	struct row_addr		 key;
};

/* What was begun: a row, or the route of a binding, or something else. */
struct keep_flight {
	struct row		*row;
	size_t			 request;	/* + 1; 0: none */
	bool			 host, add, known;
	struct in6_addr		 addr;
};

/* 0 or an errno. */
int
keep_init(struct keep *k, struct kern *kern, const struct keep_ops *ops,
    const struct kern_events *cb)
{
	struct hash_key	 key;

	memset(k, 0, sizeof(*k));
	k->kern = kern;
	k->ops = ops;
	k->cb = cb;
	arc4random_buf(&key, sizeof(key));
	hosts_init(&k->hosts, &key);
	hosts_init(&k->closed, &key);
	return (rows_init(&k->rows, &key, k->ops->now()));
}

void
keep_free(struct keep *k)
{
	if (k->ops == NULL)
		return;
	rows_free(&k->rows);
	hosts_free(&k->hosts);
	hosts_free(&k->closed);
	free(k->requests);
	free(k->flight);
	memset(k, 0, sizeof(*k));
}

/* An owner that is about an address, or a number, or both; addr may be NULL. */
struct row_owner
keep_owner(enum keep_owner type, const struct in6_addr *addr, uint32_t n)
{
	struct row_owner	 o;

	memset(&o, 0, sizeof(o));
	o.type = (uint8_t)type;
	o.n = n;
	if (addr != NULL)
		memcpy(o.id, addr, sizeof(o.id));
	return (o);
}

/* Room for one more of these; false: out of memory. */
static bool
room(void **p, size_t n, size_t *cap, size_t size)
{
	size_t	 more = *cap * 2 + 16;
	void	*q;

	if (n < *cap)
		return (true);
	if ((q = realloc(*p, more * size)) == NULL)
		return (false);
	*p = q;
	*cap = more;
	return (true);
}

/*
 * The request of that id is answered by the next commit: by error, or if that
 * is 0 by what the kernel says to the rows of its owner (NULL: it has none).
 * 0 or ENOMEM: there will be no answer.
 */
int
keep_answer(struct keep *k, uint32_t id, const struct row_owner *o, int error)
{
	struct keep_request	*q;
	void			*p = k->requests;

	if (!room(&p, k->nrequests, &k->crequests, sizeof(*q)))
		return (ENOMEM);
	k->requests = p;
	q = &k->requests[k->nrequests++];
	memset(q, 0, sizeof(*q));
	q->id = id;
	q->error = error;
	if (o != NULL) {
		q->owned = true;
		q->owner = *o;
	}
	return (0);
}

/*
 * The row of s, whose key is a struct row_addr, is to be taken, whoever put it
 * there; the request of that id is answered by what the kernel says.  0 or
 * ENOMEM: there will be no answer.
 */
int
keep_take(struct keep *k, uint32_t id, const struct row_spec *s)
{
	struct keep_request	*q;
	int			 e;

	if ((e = keep_answer(k, id, NULL, rows_take(&k->rows, s))) != 0)
		return (e);
	q = &k->requests[k->nrequests - 1];
	q->takes = true;
	q->kind = s->kind;
	memcpy(&q->key, s->key, sizeof(q->key));
	return (0);
}

/* The kernel did not let that row go: who asked for it hears why. */
static void
not_taken(struct keep *k, const struct row *row, int error)
{
	struct keep_request	*q;

	for (q = k->requests; q < k->requests + k->nrequests; q++)
		if (q->takes && q->kind == row->kind &&
		    row->keylen == sizeof(q->key) &&
		    memcmp(&q->key, row->key, sizeof(q->key)) == 0)
			q->error = error;
}

static struct keep_flight *
new_flight(struct keep *k, uint32_t *token)
{
	struct keep_flight	*f;
	void			*p = k->flight;

	if (!room(&p, k->nflight, &k->cflight, sizeof(*f)))
		return (NULL);
	k->flight = p;
	*token = (uint32_t)++k->nflight;
	f = &k->flight[k->nflight - 1];
	memset(f, 0, sizeof(*f));
	return (f);
}

/* A request that the system carries out itself and answers by its token. */
int
keep_direct(struct keep *k, uint32_t id, uint32_t *token)
{
	struct keep_flight	*f;

	if ((f = new_flight(k, token)) == NULL ||
	    keep_answer(k, id, NULL, 0) != 0)
		return (ENOMEM);
	f->request = k->nrequests;
	return (0);
}

static int
want_hosts(struct keep *k)
{
	struct row_owner	 o = keep_owner(OWN_HOSTS, NULL, 0);
	struct row_spec		 s = { .kind = ROW_HOSTS, .key = hosts_key,
	    .keylen = sizeof(hosts_key), .dev = KEEP_TUN };

	return (rows_owned(&k->rows, &o) ? 0 : rows_want(&k->rows, &s, &o));
}

static void
forget_hosts(struct keep *k)
{
	struct row_owner	 o = keep_owner(OWN_HOSTS, NULL, 0);

	rows_drop(&k->rows, &o);
}

/* The host route of a binding, or its end.  0 or ENOMEM. */
int
keep_host(struct keep *k, const struct msg_home_route *m)
{
	struct keep_flight	*f;
	uint32_t		 token;
	int			 e;

	if (keep_direct(k, m->id, &token) != 0)
		return (ENOMEM);
	f = &k->flight[token - 1];
	f->host = true;
	f->add = m->add;
	f->known = hosts_has(&k->hosts, &m->home);
	f->addr = m->home;
	if (m->add && (want_hosts(k) != 0 || !hosts_add(&k->hosts, &m->home)))
		e = ENOMEM;
	else if (!m->add && !f->known)
		/* It could be anybody's. */
		e = 0;
	else
		e = k->ops->host(k->kern, &m->home, m->add, token);
	if (!m->add && hosts_remove(&k->hosts, &m->home) &&
	    k->hosts.count == 0)
		forget_hosts(k);
	if (e != KEEP_LATER)
		keep_result(k, token, e);
	return (0);
}

/* Some of them, or all, are not in the kernel any more. */
void
keep_hosts_lost(struct keep *k)
{
	if (k->hosts.count == 0)
		return;
	k->hosts_lost = true;
	rows_gone(&k->rows, ROW_HOSTS, hosts_key, sizeof(hosts_key),
	    k->ops->now());
}

/* Somebody else removed the route of that binding, if it is one. */
void
keep_host_gone(struct keep *k, const struct in6_addr *addr)
{
	if (!k->hosts_lost && hosts_has(&k->hosts, addr))
		keep_hosts_lost(k);
}

/* A comparison has found that one. */
void
keep_host_seen(struct keep *k, const struct in6_addr *addr)
{
	k->hosts_seen += hosts_has(&k->hosts, addr);
}

/* Have ha ask for them again; what is put for the first time is there. */
static int
put_hosts(struct keep *k)
{
	if (k->hosts_lost && k->cb->routes_lost != NULL)
		k->cb->routes_lost(k->cb->arg);
	k->hosts_lost = false;
	return (0);
}

static void
host_done(struct keep *k, const struct keep_flight *f, int error)
{
	if (error == 0 || !f->add)
		return;
	/* The engine counts on one that it has asked for again. */
	if (f->known)
		keep_hosts_lost(k);
	else if (hosts_remove(&k->hosts, &f->addr) && k->hosts.count == 0)
		forget_hosts(k);
}

/* What the kernel said to what was begun with that token. */
void
keep_result(struct keep *k, uint32_t token, int error)
{
	struct keep_flight	*f;

	if (token == 0 || token > k->nflight)
		return;
	f = &k->flight[token - 1];
	if (f->row != NULL && f->row->op == ROW_TAKE && error != 0)
		not_taken(k, f->row, error);
	if (f->row != NULL)
		rows_done(&k->rows, f->row, error, k->ops->now());
	f->row = NULL;
	if (f->host)
		host_done(k, f, error);
	f->host = false;
	if (f->request != 0)
		k->requests[f->request - 1].error = error;
}

/* Can the system have rows of that kind now? */
bool
keep_can(const struct keep *k, enum row_kind kind)
{
	const struct kind_ops	*o = &k->ops->kinds[kind];

	return (o->begin != NULL && (o->lacks == NULL || o->lacks() == NULL));
}

static int
begin(struct keep *k, const struct row *row, enum row_op op, uint32_t token)
{
	const struct kind_ops	*o = &k->ops->kinds[row->kind];

	if (row->kind == ROW_HOSTS)
		return (op == ROW_PUT ? put_hosts(k) : 0);
	if (o->begin == NULL)
		return (EOPNOTSUPP);
	return (o->begin(k->kern, row, op == ROW_PUT, token));
}

/* Everything that is due by now. */
static void
work(struct keep *k, struct mono now)
{
	struct keep_flight	*f;
	struct row		*row;
	enum row_op		 op;
	uint32_t		 token;
	int			 e;

	while ((row = rows_due(&k->rows, &op, now)) != NULL) {
		if ((f = new_flight(k, &token)) == NULL) {
			rows_done(&k->rows, row, ENOMEM, now);
			continue;
		}
		f->row = row;
		e = begin(k, row, op, token);
		if (e != KEEP_LATER)
			keep_result(k, token, e);
	}
	k->ops->flush(k->kern);
}

static void
answer(struct keep *k, void (*done)(void *, uint32_t, int), void *arg)
{
	struct keep_request	*requests = k->requests, *q;
	size_t			 i, n = k->nrequests;

	/* done() may ask for more. */
	k->requests = NULL;
	k->nrequests = k->crequests = k->nflight = 0;
	for (i = 0; i < n && done != NULL; i++) {
		q = &requests[i];
		done(arg, q->id, q->error != 0 || !q->owned ? q->error :
		    rows_owner_error(&k->rows, &q->owner));
	}
	free(requests);
}

/* Is there anything of which no event tells? */
bool
keep_looks(const struct keep *k)
{
	unsigned int	 kind;

	for (kind = 0; kind < ROW_KINDS; kind++)
		if (k->ops->kinds[kind].look != NULL)
			return (true);
	return (k->ops->look != NULL);
}

/* At all of which no event tells. */
static void
look_at_rows(struct keep *k)
{
	unsigned int	 kind;

	for (kind = 0; kind < ROW_KINDS; kind++)
		if (k->ops->kinds[kind].look != NULL)
			k->ops->kinds[kind].look(k->kern);
	if (k->ops->look != NULL)
		k->ops->look(k->kern);
}

static void
look(struct keep *k, struct mono now)
{
	if (mono_before(now, k->look_at))
		return;
	/* What is seen may be a reason to look again sooner. */
	k->look_at = mono_add(now, KEEP_LOOK);
	if (k->compare)
		keep_compare(k);
	else
		look_at_rows(k);
	if (k->compare)
		keep_look_in(k, KEEP_AGAIN);
}

/* Do what is due, and answer what was asked for. */
void
keep_commit(struct keep *k, void (*done)(void *, uint32_t, int), void *arg)
{
	struct mono	 now = k->ops->now();

	look(k, now);
	work(k, now);
	answer(k, done, arg);
	keep_tell(k);
}

/* What there are no events for is to be looked at in that time, or sooner. */
void
keep_look_in(struct keep *k, int64_t ns)
{
	struct mono	 at = mono_add(k->ops->now(), ns);

	if (mono_before(at, k->look_at))
		k->look_at = at;
}

/* Events were lost: everything is to be compared, with the next commit. */
void
keep_lost(struct keep *k)
{
	k->compare = true;
	k->look_at = (struct mono){ 0 };
}

/* Has the list of that kind told of another before? */
static bool
listed(const struct keep *k, unsigned int kind)
{
	unsigned int	 i;

	for (i = 0; i < kind; i++)
		if (k->ops->kinds[i].list == k->ops->kinds[kind].list)
			return (true);
	return (false);
}

/* Have all be told; *told are the kinds of which all was.  0 or an errno. */
static int
list(struct keep *k, unsigned int *told)
{
	const struct kind_ops	*o;
	unsigned int		 kind;
	int			 e, first = 0;

	*told = 0;
	look_at_rows(k);
	for (kind = 0; kind < ROW_KINDS; kind++) {
		o = &k->ops->kinds[kind];
		if (o->list == NULL)
			continue;
		e = listed(k, kind) ? 0 : o->list(k->kern);
		if (!o->some)
			*told |= ROW_BIT(kind);
		first = first == 0 ? e : first;
	}
	return (first);
}

/* Compare all rows with what the kernel has; 0, or why it can't be read. */
int
keep_compare(struct keep *k)
{
	unsigned int	 told;
	int		 e;

	rows_compare(&k->rows);
	k->hosts_seen = 0;
	k->compare = false;
	if ((e = list(k, &told)) != 0) {
		k->compare = true;
		return (e);
	}
	rows_compared(&k->rows, told, k->ops->now());
	if (k->hosts_seen < k->hosts.count)
		keep_hosts_lost(k);
	return (0);
}

/* The kernel has that row; mark: it bears ours. */
void
keep_seen(struct keep *k, const struct row_spec *s, bool mark)
{
	if (rows_seen(&k->rows, s, mark, k->ops->now()) != 0)
		k->compare = true;
}

/* Do all that is due soon now. */
void
keep_settle(struct keep *k)
{
	work(k, mono_add(k->ops->now(), ROW_SETTLE * 2));
	if (k->nrequests == 0)
		k->nflight = 0;
	keep_tell(k);
}

/* Lines for the log. */

/* A burst of one kind: how many rows, and the first of them by name. */
struct line {
	char	 text[NAMED_MAX * TEXT_MAX + 64];
	size_t	 len, n;
};

static void
add_to(struct line *l, const char *text)
{
	if (l->n++ >= NAMED_MAX)
		return;
	l->len += (size_t)snprintf(l->text + l->len, sizeof(l->text) - l->len,
	    "%s%s", l->len == 0 ? "" : ", ", text);
}

static void
say(struct keep *k, bool warn, const char *what, struct line *l)
{
	char	 text[sizeof(l->text) + 128];

	if (l->n == 0)
		return;
	if (l->n > NAMED_MAX)
		snprintf(l->text + l->len, sizeof(l->text) - l->len,
		    ", and %zu more", l->n - NAMED_MAX);
	snprintf(text, sizeof(text), "%s: %.*s", what,
	    (int)sizeof(l->text) - 1, l->text);
	if (k->cb->say != NULL)
		k->cb->say(k->cb->arg, warn, text);
}

/* What a row is about, in words. */
void
keep_row_text(const struct keep *k, const struct row *row, char *text,
    size_t cap)
{
	if (row->kind == ROW_HOSTS)
		snprintf(text, cap, "the routes of %zu binding%s",
		    k->hosts.count, k->hosts.count == 1 ? "" : "s");
	else
		row_words(row, k->ops->tun(k->kern), text, cap);
}

/* For those who keep the reasons why something is not well. */
static void
trouble(struct keep *k, const struct row *row, enum row_note note,
    const char *name)
{
	static const struct {
		enum row_note		 note;
		enum row_trouble	 what;
	} map[] = {
		{ ROW_RIVAL, ROW_TROUBLE_RIVAL },
		{ ROW_REFUSED, ROW_TROUBLE_REFUSED },
		{ ROW_BACK, ROW_TROUBLE_TAKEN_BACK },
		{ ROW_RETURNED, ROW_TROUBLE_TAKEN_BACK },
		{ ROW_PEACE, ROW_TROUBLE_OVER },
	};
	size_t	 i;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (map[i].note == note && k->cb->trouble != NULL)
			k->cb->trouble(k->cb->arg, map[i].what, row->kind,
			    name, strerror(row->error));
}

/* Say what has happened to rows, one line for each kind of thing. */
void
keep_tell(struct keep *k)
{
	static const struct {
		enum row_note	 note;
		bool		 warn;
		const char	*what;
	} lines[] = {
		{ ROW_BACK, true, "put back into the kernel what somebody "
		    "removed or changed" },
		{ ROW_RETURNED, false, "put back after its interface came up "
		    "again" },
		{ ROW_RIVAL, true, "something keeps removing or changing "
		    "this, it is put back every 30 s only" },
		{ ROW_REFUSED, true, "the kernel refuses what must be there" },
		{ ROW_TAKEN, false, "removed what bears our mark and nobody "
		    "asked for" },
	};
	static struct line	 l[sizeof(lines) / sizeof(lines[0])];
	const struct row	*row;
	enum row_note		 note;
	char			 text[TEXT_MAX + 64], name[TEXT_MAX];
	size_t			 i;

	memset(l, 0, sizeof(l));
	while ((row = rows_note(&k->rows, &note)) != NULL) {
		keep_row_text(k, row, name, sizeof(name));
		trouble(k, row, note, name);
		snprintf(text, sizeof(text), "%s%s%s", name,
		    note == ROW_REFUSED ? ": " : "",
		    note == ROW_REFUSED ? strerror(row->error) : "");
		for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			if (lines[i].note == note)
				add_to(&l[i], text);
	}
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		say(k, lines[i].warn, lines[i].what, &l[i]);
}
