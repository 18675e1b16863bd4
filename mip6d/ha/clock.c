/*
 * The time that timestamps are compared with (RFC 4285 6).  It is the time of
 * day, but never runs backwards: where the wall clock is set back, or an
 * earlier life of ours was ahead of it, it goes on from the latest time that
 * there was, a little slower until the wall clock has caught up, and mobile
 * nodes follow it by status 144.  So nothing that was ever accepted becomes
 * recent again.
 *
 * A timestamp that is ahead of this time is accepted only when the store has
 * said that a later time is saved.  So what a process has accepted is never
 * later than its own time or the one that it has saved, and the next process
 * begins after both, even when all processes were killed and the last words to
 * the store were lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/why.h"
#include "ha/int.h"
#include "wire/ip6.h"
#include "wire/mhauth.h"

/*
 * What is saved is ahead of what was accepted, so that it need not be saved
 * with each Binding Update; when less than half of that is left, it is again.
 */
#define MARGIN		MS(200)
/* What was saved is that much older, at most, if it is not exact. */
#define FILE_AGE	SEC(2)
/* While it is ahead, a hundredth is missing of each second. */
#define SLOWER		100

#define BEHIND_MIN	SEC(1)		/* what is worth telling */
#define LOOK_AGAIN	SEC(10)		/* ... and if it is still so */
#define SUBJECT		"clock"

/* Of answers of the store, beside those for routes and policies. */
#define TIME_ID		0xc0000000U

void
clock_init(struct ha *ha)
{
	ha->clock.time = ha->clock.host = ha->now.wall;
	ha->clock.mono = ha->now.mono.ns;
}

static void
tell(struct ha *ha)
{
	int64_t	 behind = ha->clock.time - ha->now.wall;
	char	 text[32];

	if (!ha->clock.set_back) {
		timer_clear(ha, &ha->clock.timer);
		if (ha->env->whys != NULL)
			why_clear(ha->env->whys, ha->now, WHY_CLOCK_SET_BACK,
			    SUBJECT);
		return;
	}
	timer_set(ha, &ha->clock.timer, TK_CLOCK,
	    mono_add(ha->now.mono, LOOK_AGAIN));
	if (ha->env->whys == NULL)
		return;
	snprintf(text, sizeof(text), "%lld",
	    (long long)(behind / NS_PER_SEC));
	why_set(ha->env->whys, ha->now, WHY_CLOCK_SET_BACK, SUBJECT, text,
	    NULL);
}

/* The present time, in nanoseconds since 1970. */
int64_t
clock_wall(struct ha *ha)
{
	struct ha_clock	*c = &ha->clock;
	int64_t		 passed = ha->now.mono.ns - c->mono;
	int64_t		 t = c->time + passed;

	if (t > ha->now.wall)
		t -= passed / SLOWER;
	if (t < ha->now.wall)
		t = ha->now.wall;
	if (c->host + passed - ha->now.wall >= BEHIND_MIN)
		c->set_back = true;
	if (t - ha->now.wall < BEHIND_MIN)
		c->set_back = false;
	c->time = t;
	c->mono = ha->now.mono.ns;
	c->host = ha->now.wall;
	return (t);
}

/* The same as timestamps have it. */
uint64_t
clock_ntp(struct ha *ha)
{
	return (mhauth_ntp_ns(clock_wall(ha)));
}

/* The clock of the host was set back: is it still behind? */
void
clock_expire(struct ha *ha)
{
	clock_wall(ha);
	tell(ha);
}

/* No life of this home agent has been later, nor accepted what is later. */
static void
save_time(struct ha *ha, bool last)
{
	struct ha_clock	*c = &ha->clock;
	struct saved	 s;

	memset(&s, 0, sizeof(s));
	s.kind = SAVED_TIME;
	s.time.last = last;
	s.time.now = clock_wall(ha);
	s.time.set_back = c->set_back;
	s.time.until = c->until;
	s.time.mono = c->mono;
	s.time.host = c->host;
	ha_save(ha, &in6addr_any, &s, TIME_ID | (++c->asked & ~TIME_ID));
}

/*
 * Of that timestamp, which is valid, may a Binding Update be accepted now?  An
 * engine or a daemon after us must not take it again, whatever its clock.  If
 * not, it is to wait for the store's answer (hold.c).
 */
bool
clock_accepts(struct ha *ha, uint64_t stamp)
{
	struct ha_clock	*c = &ha->clock;
	struct timespec	 ts;
	int64_t		 t = clock_wall(ha), of;

	tell(ha);
	mhauth_ntp_time(stamp, &ts);
	of = SEC((int64_t)ts.tv_sec) + ts.tv_nsec;
	if ((t < of ? of : t) + MARGIN / 2 >= c->until) {
		c->until = (t < of ? of : t) + MARGIN;
		save_time(ha, false);
	}
	return (of <= t || of <= c->kept);
}

/* The store has not answered for long: it goes on without. */
void
clock_unanswered(struct ha *ha)
{
	ha->clock.kept = ha->clock.until;
}

/* Is that what the store says to a time that was saved? */
bool
clock_is_result(const struct msg_result *m)
{
	return ((m->id & TIME_ID) == TIME_ID);
}

/*
 * The store has saved a time.  True: it is the last one, so what waits may be
 * looked at again.  One that it could not write it has in memory, and nobody
 * can do more.
 */
bool
clock_saved(struct ha *ha, const struct msg_result *m)
{
	if ((m->id & ~TIME_ID) != (ha->clock.asked & ~TIME_ID))
		return (false);
	ha->clock.kept = ha->clock.until;
	return (true);
}

/* The end: nothing is accepted any more. */
void
clock_stop(struct ha *ha)
{
	if (ha->clock.until != 0)
		save_time(ha, true);
}

/* No time before that, and nothing that is older. */
static void
begin_at(struct ha *ha, int64_t at)
{
	uint64_t	 oldest;

	if (clock_wall(ha) < at)
		ha->clock.time = at;
	oldest = clock_ntp(ha);
	if (ha->oldest < oldest)
		ha->oldest = oldest;
}

/*
 * Where the life before this one would be by now, had it gone on.  Only on a
 * host that has not begun anew meanwhile, monotonic time tells how long it is.
 */
static int64_t
passed_since(const struct ha *ha, const struct saved_time *t)
{
	if (!ha->clock.exact || t->mono > ha->now.mono.ns)
		return (0);
	return (ha->now.mono.ns - t->mono);
}

static void
begin_after(struct ha *ha, const struct saved_time *t)
{
	struct ha_clock	*c = &ha->clock;
	int64_t		 passed = passed_since(ha, t), until = t->until;

	if (!c->exact && !t->last)
		until += FILE_AGE;
	begin_at(ha, t->now + passed > until ? t->now + passed : until);
	c->set_back = t->set_back ||
	    t->host + passed - ha->now.wall >= BEHIND_MIN;
	clock_wall(ha);
	tell(ha);
	c->until = c->kept = t->until;
	/* It was not the last one. */
	if (t->last)
		save_time(ha, false);
}

/*
 * The engine begins.  What others before it have accepted is not accepted
 * again: of nodes with a binding net has said what that was (bound), of the
 * others nobody knows it.
 */
void
clock_begins(struct ha *ha, bool bound)
{
	if (ha->clock.known)
		begin_after(ha, &ha->clock.former);
	else if (bound)
		begin_at(ha, ha->now.wall);
}

/*
 * What an earlier life has saved of the time.  exact: the store has all of it
 * that there was, and the host is still the same; else it is from a file that
 * may be older.
 */
void
clock_load(struct ha *ha, const struct saved_time *t, bool exact)
{
	ha->clock.former = *t;
	ha->clock.known = true;
	ha->clock.exact = exact;
	if (ha->begun)
		begin_after(ha, t);
}

static bool
ahead_room(struct ha *ha, struct node *n)
{
	if (n->ahead == NULL &&
	    (n->ahead = calloc(1, sizeof(*n->ahead))) == NULL) {
		COUNT(ha->env->counters, HC_NO_MEMORY);
		return (false);
	}
	return (true);
}

/* Timestamps of a node that an earlier life has refused as they were ahead. */
void
clock_load_ahead(struct ha *ha, const struct in6_addr *home,
    const uint64_t stamp[AHEAD_MAX])
{
	struct node	*n = node_by_home(ha, home);

	if (n != NULL && ahead_room(ha, n))
		memcpy(n->ahead->stamp, stamp, sizeof(n->ahead->stamp));
}

/* Was that timestamp refused as it was ahead? */
bool
clock_was_refused(const struct node *n, uint64_t stamp)
{
	size_t	 i;

	for (i = 0; n->ahead != NULL && i < AHEAD_MAX; i++)
		if (n->ahead->stamp[i] == stamp)
			return (true);
	return (false);
}

static void
save_ahead(struct ha *ha, const struct node *n)
{
	struct saved	 s;

	if (n->nhomes == 0)
		return;
	memset(&s, 0, sizeof(s));
	s.kind = SAVED_AHEAD;
	memcpy(s.ahead, n->ahead->stamp, sizeof(s.ahead));
	ha_save(ha, &n->homes[0].addr, &s, 0);
}

/*
 * A Binding Update of this node is refused for its timestamp.  If that is
 * ahead of us its time will come, and then it would be as good as new: it is
 * remembered, in the place of the one that is least ahead.
 */
void
clock_refused(struct ha *ha, struct node *n, uint64_t stamp)
{
	struct ahead	*a;
	size_t		 i, least = 0;

	if (stamp <= clock_ntp(ha) || clock_was_refused(n, stamp) ||
	    !ahead_room(ha, n))
		return;
	a = n->ahead;
	for (i = 0; i < AHEAD_MAX; i++)
		if (a->stamp[i] < a->stamp[least])
			least = i;
	a->stamp[least] = stamp;
	save_ahead(ha, n);
}

/*
 * The timestamp to answer with when that of a node is not valid: our time, but
 * what is later than the last one of this node if that is ahead of it by less
 * than what is tolerated, as nothing else is valid at present.
 */
uint64_t
clock_correct(struct ha *ha, uint64_t stamp, uint64_t last, unsigned int most)
{
	uint64_t	 now = clock_ntp(ha);
	uint64_t	 later = last + (UINT64_C(1) << 32);

	if (mhauth_ntp_reject(stamp, now) <= last &&
	    mhauth_ntp_close(later, now, most))
		now = later;
	return (mhauth_ntp_reject(stamp, now));
}
