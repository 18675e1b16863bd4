/*
 * Primitives under way, and timers: all by which the planning speaks to what
 * is around it.  Each request has a number, which is its place in a table and
 * how often that was used; a result with another number is nobody's.  Called
 * by every file of the folder.
 */
#include <errno.h>
#include <stdlib.h>

#include "sec/int.h"

#define PLACES_FIRST	64
#define PLACE_BITS	20		/* of a number; the rest is the use */
#define PLACE_MASK	((1U << PLACE_BITS) - 1)

struct prim_ask {
	prim_fn		*fn;		/* NULL: free */
	void		*arg;
	uint32_t	 use;
	uint32_t	 next;		/* a free one, its place + 1 */
};

/* Twice as many as there were; false: there is no memory. */
static bool
more_places(struct sec *s)
{
	uint32_t	 n = s->nasked == 0 ? PLACES_FIRST : s->nasked * 2;
	struct prim_ask	*v;

	if (n > PLACE_MASK || (v = realloc(s->asked, n * sizeof(*v))) == NULL)
		return (false);
	s->asked = v;
	for (; s->nasked < n; s->nasked++) {
		v[s->nasked] = (struct prim_ask){ .next = s->free_ask };
		s->free_ask = s->nasked + 1;
	}
	return (true);
}

/*
 * Ask for a primitive; fn(arg, result) is called once, of a dump once for each
 * row besides, and perhaps before this returns.
 */
void
sec_ask(struct sec *s, const struct prim_request *r, prim_fn *fn, void *arg)
{
	static const struct prim_result	 full = { .error = ENOMEM };
	struct prim_ask			*a;
	uint32_t			 place;

	if (s->free_ask == 0 && !more_places(s)) {
		fn(arg, &full);
		return;
	}
	place = s->free_ask - 1;
	a = &s->asked[place];
	s->free_ask = a->next;
	a->fn = fn;
	a->arg = arg;
	a->use++;
	/* 0 is the number of events. */
	if ((a->use << PLACE_BITS | place) == 0)
		a->use++;
	s->env.ask(s->env.arg, a->use << PLACE_BITS | place, r);
}

/* What became of the request with that number. */
void
sec_result(struct sec *s, uint32_t id, const struct prim_result *r)
{
	uint32_t	 place = id & PLACE_MASK;
	struct prim_ask	 a;

	if (place >= s->nasked)
		return;
	a = s->asked[place];
	if (a.fn == NULL || a.use << PLACE_BITS != (id & ~PLACE_MASK))
		return;
	if (!r->more) {
		s->asked[place].fn = NULL;
		s->asked[place].next = s->free_ask;
		s->free_ask = place + 1;
	}
	a.fn(a.arg, r);
}

/* There is no memory, here or in the kernel: nothing has been done. */
bool
sec_is_short(const struct prim_result *r)
{
	return (r->error == ENOMEM || r->error == ENOBUFS);
}

void
sec_asks_free(struct sec *s)
{
	free(s->asked);
	s->asked = NULL;
	s->nasked = s->free_ask = 0;
}

/* Have what is ready done, from the event loop. */
void
sec_soon(struct sec *s)
{
	s->env.soon(s->env.arg);
}

/* Have a timer run out then. */
void
sec_timer(struct sec *s, struct wheel_timer *t, struct mono at)
{
	wheel_set(&s->wheel, t, at);
	s->env.alarm(s->env.arg);
}

void
sec_timer_stop(struct sec *s, struct wheel_timer *t)
{
	wheel_clear(&s->wheel, t);
	s->env.alarm(s->env.arg);
}

/* Memory was short, or an answer incomplete: go on a little later. */
void
sec_retry(struct sec *s)
{
	if (!sec_retries(s))
		sec_timer(s, &s->retry_timer,
		    mono_add(sec_now(s), MS(SEC_RETRY_MS)));
}

/* Is that to come? */
bool
sec_retries(const struct sec *s)
{
	return (wheel_is_set(&s->retry_timer));
}

void
sec_count(struct sec *s, enum sec_counter c)
{
	s->env.count(s->env.arg, c);
}

struct mono
sec_now(const struct sec *s)
{
	return (s->env.now(s->env.arg).mono);
}
