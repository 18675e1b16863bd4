/*
 * Timers in a wheel of eight levels.  A timer lies on the level of the highest
 * digit in which its time differs from now, and moves down as that comes near;
 * so setting and clearing cost the same however many there are.  Pure: the
 * time is given, and timers are part of what they belong to.
 */
#include <string.h>

#include "core/wheel.h"

#define TICK_SHIFT	20
#define SLOT_BITS	6
#define SLOT_MASK	(WHEEL_SLOTS - 1)
#define WHERE_DUE	UINT16_MAX

static unsigned int
low_bit(uint64_t v)
{
	return ((unsigned int)__builtin_ctzll(v));
}

static unsigned int
high_bit(uint64_t v)
{
	return (63U - (unsigned int)__builtin_clzll(v));
}

/* An empty wheel whose time is now. */
void
wheel_init(struct wheel *w, struct mono now)
{
	memset(w, 0, sizeof(*w));
	w->tick = (uint64_t)now.ns >> TICK_SHIFT;
}

static void
link_timer(struct wheel_timer **head, struct wheel_timer *t)
{
	t->next = *head;
	t->prev = head;
	if (t->next != NULL)
		t->next->prev = &t->next;
	*head = t;
}

/*
 * The level is that of the highest bit in which the two ticks differ, so all
 * timers of a level lie ahead of the wheel's own position in it.
 */
static void
place(struct wheel *w, struct wheel_timer *t)
{
	unsigned int	 level, slot;

	if (t->tick <= w->tick) {
		t->where = WHERE_DUE;
		link_timer(&w->due, t);
		return;
	}
	level = high_bit(t->tick ^ w->tick) / SLOT_BITS;
	slot = (unsigned int)(t->tick >> (level * SLOT_BITS)) & SLOT_MASK;
	t->where = (uint16_t)(level * WHEEL_SLOTS + slot);
	link_timer(&w->slot[level][slot], t);
	w->map[level] |= 1ULL << slot;
}

/* Set t, or move it, to fire at that time; at once if that is past. */
void
wheel_set(struct wheel *w, struct wheel_timer *t, struct mono at)
{
	wheel_clear(w, t);
	t->at = at;
	t->tick = at.ns <= 0 ? 0 : ((uint64_t)at.ns +
	    (1ULL << TICK_SHIFT) - 1) >> TICK_SHIFT;
	place(w, t);
	w->count++;
}

/* Clear t; nothing happens if it is not set. */
void
wheel_clear(struct wheel *w, struct wheel_timer *t)
{
	unsigned int	 level, slot;

	if (t->prev == NULL)
		return;
	*t->prev = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	t->prev = NULL;
	w->count--;
	if (t->where == WHERE_DUE)
		return;
	level = t->where / WHEEL_SLOTS;
	slot = t->where % WHEEL_SLOTS;
	if (w->slot[level][slot] == NULL)
		w->map[level] &= ~(1ULL << slot);
}

/* A timer that was zeroed and never set is not. */
bool
wheel_is_set(const struct wheel_timer *t)
{
	return (t->prev != NULL);
}

/* Tick at which the first slot in use begins; false if none is. */
static bool
first_slot(const struct wheel *w, uint64_t *tick, unsigned int *level,
    unsigned int *slot)
{
	unsigned int	 l, shift;

	for (l = 0; l < WHEEL_LEVELS; l++) {
		if (w->map[l] == 0)
			continue;
		*level = l;
		*slot = low_bit(w->map[l]);
		shift = l * SLOT_BITS;
		*tick = (w->tick >> (shift + SLOT_BITS) << (shift + SLOT_BITS))
		    | (uint64_t)*slot << shift;
		return (true);
	}
	return (false);
}

/*
 * Earliest moment at which wheel_expired() may have something; it can be
 * earlier than the timer (a slot that is to be spread out), never later.
 */
bool
wheel_next(const struct wheel *w, struct mono *at)
{
	unsigned int	 level, slot;
	uint64_t	 tick;

	if (w->due != NULL) {
		at->ns = (int64_t)(w->tick << TICK_SHIFT);
		return (true);
	}
	if (!first_slot(w, &tick, &level, &slot))
		return (false);
	at->ns = (int64_t)(tick << TICK_SHIFT);
	return (true);
}

static void
spread(struct wheel *w, unsigned int level, unsigned int slot)
{
	struct wheel_timer	*t, *next;

	t = w->slot[level][slot];
	w->slot[level][slot] = NULL;
	w->map[level] &= ~(1ULL << slot);
	for (; t != NULL; t = next) {
		next = t->next;
		place(w, t);
	}
}

/*
 * Take out one timer whose time has come, NULL when there is none left.  It
 * may be set again at once.
 */
struct wheel_timer *
wheel_expired(struct wheel *w, struct mono now)
{
	uint64_t		 target = (uint64_t)now.ns >> TICK_SHIFT, tick;
	struct wheel_timer	*t;
	unsigned int		 level, slot;

	while (w->due == NULL) {
		if (!first_slot(w, &tick, &level, &slot) || tick > target) {
			if (target > w->tick)
				w->tick = target;
			return (NULL);
		}
		w->tick = tick;
		spread(w, level, slot);
	}
	t = w->due;
	wheel_clear(w, t);
	return (t);
}
