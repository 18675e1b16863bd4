/*
 * Keeps the packet filter and the settings of interfaces as we have made them,
 * for as long as we run.  The kernel tells of some changes; the rest is looked
 * at every five seconds and when an interface changes.  Whether a change by
 * somebody else is put back or left alone is decided in kern/rows.c.
 */
#include <sys/types.h>

#include <event2/event.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/timer.h"
#include "core/why.h"
#include "kern/kern.h"
#include "kern/rows.h"
#include "parent/guard.h"
#include "parent/parent.h"

#define LOOK_EVERY	SEC(5)

static const char	 filter_key[] = "filter";

struct guard {
	struct parent	*parent;
	struct rows	 rows;
	struct event	*timer, *heard;
	struct mono	 look_at;
	enum kern_filter filter;
	int		 filter_error;	/* what became of it at last */
};

static const struct row_owner	 owner = { .type = 1 };

static bool
is_filter(const struct row *row)
{
	return (row->kind == ROW_FILTER);
}

/* The key of a setting is the name of its interface, with its NUL. */
static const char *
interface_of(const struct row *row)
{
	return ((const char *)row->key);
}

static void
set_timer(struct guard *g)
{
	struct mono	 when;

	if (!rows_next(&g->rows, &when) || mono_before(g->look_at, when))
		when = g->look_at;
	timer_at(g->timer, when);
}

/* Is it as we want it?  1 or 0; -1: there is no such interface. */
static int
is_there(struct guard *g, const struct row *row)
{
	if (is_filter(row))
		return (kern_suppressed(g->parent->kern));
	return (kern_is_optimistic(g->parent->kern, interface_of(row)));
}

static void
look_at(struct guard *g, const struct row *row)
{
	if (rows_state(row) == ROW_IN_PLACE && is_there(g, row) == 0)
		rows_gone(&g->rows, row->kind, row->key, row->keylen,
		    mono_now());
}

static void
look_at_all(struct guard *g, enum row_kind kind)
{
	const struct row	*row, *next;

	for (row = rows_first(&g->rows, kind); row != NULL; row = next) {
		next = rows_after(row);
		look_at(g, row);
	}
}

static void
look(struct guard *g)
{
	look_at_all(g, ROW_FILTER);
	look_at_all(g, ROW_SYSCTL);
	g->look_at = mono_add(mono_now(), LOOK_EVERY);
}

static void
stands(struct parent *p, bool is, enum why_id id, const char *remedy)
{
	if (is)
		why_set(&p->whys, clock_now(), id, "filter", remedy, NULL);
	else
		why_clear(&p->whys, clock_now(), id, "filter");
}

/* What would take a filter that is not there; error: why ours is not, or 0. */
void
guard_tell_filter(struct parent *p, int error)
{
	struct kern_caps	 c;
	bool			 mn = p->conf->mn != NULL;

	memset(&c, 0, sizeof(c));
	if (error != 0 || mn)
		kern_caps(p->kern, &c);
	stands(p, error != 0, WHY_ANSWERED_BY_KERNEL, c.no_suppress != NULL ?
	    c.no_suppress : strerror(error));
	stands(p, mn && error != 0 && c.fail_closed, WHY_GROUPS_IN_CLEAR,
	    c.no_suppress != NULL ? c.no_suppress : strerror(error));
	stands(p, mn && !c.fail_closed, WHY_NOT_FAIL_CLOSED,
	    c.no_fail_closed != NULL ? c.no_fail_closed : "");
}

/*
 * It is put for the first time, and taken, by kernel_reconfigured(), which
 * tells what became of that; what changes later is told here.
 */
static int
put_filter(struct guard *g, const struct row *row)
{
	int	 e;

	if (row->put_at.ns == 0 && row->fails == 0)
		return (g->filter_error);
	if ((e = kern_suppress(g->parent->kern, g->filter)) != g->filter_error)
		guard_tell_filter(g->parent, e);
	g->filter_error = e;
	return (e);
}

/* Put or take it: 0 or an errno.  What has gone has no settings. */
static int
carry_out(struct guard *g, const struct row *row, enum row_op op)
{
	struct kern	*k = g->parent->kern;
	bool		 on = op == ROW_PUT;
	int		 e;

	if (is_filter(row))
		return (on ? put_filter(g, row) : 0);
	e = kern_optimistic(k, interface_of(row), on);
	return (on ? e : 0);
}

/* A rival is one until it has left the filter alone for long. */
static void
tell_rival(struct guard *g, enum row_note note)
{
	struct whys	*whys = &g->parent->whys;

	if (note == ROW_RIVAL)
		why_set(whys, clock_now(), WHY_FILTER_RIVAL, filter_key,
		    "mip6d", NULL);
	else if (note == ROW_PEACE)
		why_clear(whys, clock_now(), WHY_FILTER_RIVAL, filter_key);
}

static void
say(struct guard *g, const struct row *row, enum row_note note)
{
	if (is_filter(row))
		tell_rival(g, note);
	if (note != ROW_BACK && note != ROW_REFUSED)
		return;
	if (note == ROW_BACK)
		COUNT(&g->parent->counters, PC_PUT_BACK);
	if (is_filter(row) && note == ROW_BACK)
		log_warn("put back the filter, which somebody had removed or "
		    "changed");
	else if (is_filter(row))
		log_warn("the filter can't be put back: %s",
		    strerror(row->error));
	else if (note == ROW_BACK)
		log_warn("%s: optimistic DAD switched on again",
		    interface_of(row));
}

/* Everything that is due by now. */
static void
work(struct guard *g)
{
	struct mono		 now = mono_now();
	struct row		*row;
	const struct row	*told;
	enum row_op		 op;
	enum row_note		 note;

	if (!mono_before(now, g->look_at))
		look(g);
	while ((row = rows_due(&g->rows, &op, now)) != NULL)
		rows_done(&g->rows, row, carry_out(g, row, op), now);
	while ((told = rows_note(&g->rows, &note)) != NULL)
		say(g, told, note);
	set_timer(g);
}

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	work(arg);
}

/* The kernel tells of filters, perhaps of ours. */
static void
on_filter(int fd, short what, void *arg)
{
	struct guard	*g = arg;

	(void)fd;
	(void)what;
	if (!kern_filter_read(g->parent->kern))
		return;
	rows_gone(&g->rows, ROW_FILTER, filter_key, sizeof(filter_key),
	    mono_now());
	work(g);
}

/* The number that stands for an interface of mn; 0: it is none. */
static uint32_t
number_of(const struct conf *c, const char *name)
{
	uint32_t	 i;

	for (i = 0; c->mn != NULL && i < c->mn->ninterfaces; i++)
		if (strcmp(c->mn->interfaces[i].name, name) == 0)
			return (i + 1);
	return (0);
}

/* A new interface of the same name has settings as they come. */
void
guard_link(struct parent *p, const struct msg_link *m)
{
	struct guard		*g = p->guard;
	const struct row	*row;
	uint32_t		 n = g == NULL ? 0 :
				    number_of(p->conf, m->name);
	size_t			 len = strlen(m->name) + 1;
	bool			 gone = (m->flags & LINK_GONE) != 0;

	if (n == 0)
		return;
	rows_dev(&g->rows, n, !gone, mono_now());
	if (gone)
		rows_gone(&g->rows, ROW_SYSCTL, m->name, len, mono_now());
	else if ((row = rows_find(&g->rows, ROW_SYSCTL, m->name, len)) != NULL)
		look_at(g, row);
	work(g);
}

static void
want(struct guard *g, enum row_kind kind, const char *key, uint32_t dev)
{
	struct row_spec	 s = { .kind = kind, .key = key,
	    .keylen = strlen(key) + 1, .dev = dev };

	if (rows_want(&g->rows, &s, &owner) != 0)
		log_error("%s: can't be watched: out of memory", key);
}

/*
 * After the configuration was carried out, the filter with this result, 0 or
 * an errno: what of that is to stay, or has to be tried again.
 */
void
guard_configured(struct parent *p, enum kern_filter filter, int error)
{
	struct guard	*g = p->guard;
	const char	*name;
	uint32_t	 i;

	if (g == NULL)
		return;
	rows_drop(&g->rows, &owner);
	g->filter = filter;
	g->filter_error = error;
	if (filter != FILTER_OFF)
		want(g, ROW_FILTER, filter_key, ROW_NO_DEV);
	for (i = 0; p->conf->mn != NULL && p->conf->mn->optimistic_dad &&
	    i < p->conf->mn->ninterfaces; i++) {
		name = p->conf->mn->interfaces[i].name;
		want(g, ROW_SYSCTL, name, i + 1);
		rows_dev(&g->rows, i + 1,
		    kern_is_optimistic(p->kern, name) != -1, mono_now());
	}
	work(g);
}

/* What is watched here, for people, until fn says false. */
void
guard_rows(struct parent *p, bool (*fn)(void *, const struct kern_row *),
    void *arg)
{
	static const enum row_kind	 kinds[] = { ROW_FILTER, ROW_SYSCTL };
	const struct row		*row;
	struct kern_row			 r;
	size_t				 i;

	for (i = 0; p->guard != NULL && i < 2; i++)
		for (row = rows_first(&p->guard->rows, kinds[i]); row != NULL;
		    row = rows_after(row)) {
			memset(&r, 0, sizeof(r));
			r.kind = is_filter(row) ? "filter" : "sysctl";
			snprintf(r.text, sizeof(r.text), "%s%s",
			    is_filter(row) ? "Parameter Problems are kept in" :
			    "optimistic DAD on ",
			    is_filter(row) ? "" : interface_of(row));
			r.state = rows_state(row);
			r.put_back = row->put_back;
			r.error = row->error;
			if (!fn(arg, &r))
				return;
		}
}

/* False: out of memory. */
bool
guard_open(struct parent *p)
{
	struct guard	*g;
	struct hash_key	 key;
	int		 fd = kern_filter_fd(p->kern);

	if ((g = p->guard = calloc(1, sizeof(*g))) == NULL)
		return (false);
	g->parent = p;
	arc4random_buf(&key, sizeof(key));
	if (rows_init(&g->rows, &key, mono_now()) != 0) {
		free(g);
		p->guard = NULL;
		return (false);
	}
	g->look_at = mono_add(mono_now(), LOOK_EVERY);
	g->timer = event_new(p->base, -1, 0, on_timer, g);
	if (fd != -1)
		g->heard = event_new(p->base, fd, EV_READ | EV_PERSIST,
		    on_filter, g);
	if (g->timer == NULL || (fd != -1 && (g->heard == NULL ||
	    event_add(g->heard, NULL) == -1))) {
		guard_close(p);
		return (false);
	}
	return (true);
}

void
guard_close(struct parent *p)
{
	struct guard	*g = p->guard;

	if (g == NULL)
		return;
	if (g->timer != NULL)
		event_free(g->timer);
	if (g->heard != NULL)
		event_free(g->heard);
	rows_free(&g->rows);
	free(g);
	p->guard = NULL;
}
