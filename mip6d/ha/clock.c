/*
 * The time that timestamps are compared with (RFC 4285 6).  It is the time of
 * day, but never runs backwards: where the wall clock is set back, or an
 * earlier life of ours was ahead of it, it goes on from the latest time that
 * there was, and mobile nodes follow it by status 144.  So nothing that was
 * ever accepted becomes recent again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/why.h"
#include "ha/int.h"
#include "wire/buf.h"
#include "wire/ip6.h"
#include "wire/mhauth.h"

#define STATE_VERSION	1
#define STATE_LEN	9
#define AHEAD_STATE_MAX	(2 + 8 * AHEAD_MAX)

/*
 * What is saved is ahead of what was accepted, so that it need not be saved
 * with each Binding Update; when less than half of that is left, it is again.
 */
#define MARGIN		MS(200)
/* The file of the parent is that much older, at most. */
#define FILE_AGE	SEC(2)

#define BEHIND_MIN	SEC(1)		/* what is worth telling */
#define SUBJECT		"clock"

void
clock_init(struct ha *ha)
{
	ha->clock.wall = ha->now.wall;
	ha->clock.mono = ha->now.mono.ns;
}

static uint64_t
ntp_of(int64_t wall)
{
	struct timespec	 ts;

	if (wall < 0)
		wall = 0;
	ts.tv_sec = (time_t)(wall / NS_PER_SEC);
	ts.tv_nsec = (long)(wall % NS_PER_SEC);
	return (mhauth_ntp(&ts));
}

static void
tell(struct ha *ha)
{
	int64_t	 behind = ha->clock.wall - ha->now.wall;
	char	 text[32];

	if (ha->env->whys == NULL)
		return;
	if (behind < BEHIND_MIN) {
		why_clear(ha->env->whys, ha->now, WHY_CLOCK_SET_BACK, SUBJECT);
		return;
	}
	snprintf(text, sizeof(text), "%lld",
	    (long long)(behind / NS_PER_SEC));
	why_set(ha->env->whys, ha->now, WHY_CLOCK_SET_BACK, SUBJECT, text,
	    NULL);
}

/* The present time, in nanoseconds since 1970. */
int64_t
clock_wall(struct ha *ha)
{
	int64_t	 t = ha->clock.wall + ha->now.mono.ns - ha->clock.mono;

	ha->clock.wall = t < ha->now.wall ? ha->now.wall : t;
	ha->clock.mono = ha->now.mono.ns;
	return (ha->clock.wall);
}

/* The same as timestamps have it. */
uint64_t
clock_ntp(struct ha *ha)
{
	return (ntp_of(clock_wall(ha)));
}

/* To the parent, for the next life; :: is what is about all nodes. */
static void
save(struct ha *ha, const struct in6_addr *home, const struct wbuf *w)
{
	struct msg_state	 m;

	memset(&m, 0, sizeof(m));
	m.home = *home;
	m.data.p = w->p;
	m.data.len = w->off;
	ha_emit(ha, ROLE_PARENT, MSG_STATE_SAVE, &m);
}

/* No life of this home agent has been later, nor accepted what is later. */
static void
save_time(struct ha *ha)
{
	uint8_t		 data[STATE_LEN];
	struct wbuf	 w;

	wbuf_init(&w, data, sizeof(data));
	wbuf_u8(&w, STATE_VERSION);
	wbuf_u64(&w, (uint64_t)ha->clock.saved);
	save(ha, &in6addr_any, &w);
}

/*
 * A Binding Update of that timestamp is accepted: an engine or a daemon after
 * us must not take it again, whatever its clock.
 */
void
clock_accepted(struct ha *ha, uint64_t stamp)
{
	struct timespec	 ts;
	int64_t		 t = clock_wall(ha), of;

	tell(ha);
	mhauth_ntp_time(stamp, &ts);
	of = SEC((int64_t)ts.tv_sec) + ts.tv_nsec;
	if (t < of)
		t = of;
	if (t + MARGIN / 2 < ha->clock.saved)
		return;
	ha->clock.saved = t + MARGIN;
	save_time(ha);
}

/* No time before that, and nothing that is older. */
static void
begin_at(struct ha *ha, int64_t wall)
{
	uint64_t	 oldest = ntp_of(wall);

	if (clock_wall(ha) < wall)
		ha->clock.wall = wall;
	if (ha->oldest < oldest)
		ha->oldest = oldest;
	tell(ha);
}

static void
load_time(struct ha *ha, struct rbuf *r)
{
	int64_t	 saved = (int64_t)rbuf_u64(r);

	if (!rbuf_done(r) || saved < 0 || saved / NS_PER_SEC > UINT32_MAX)
		return;
	ha->clock.saved = saved;
	begin_at(ha, saved + (ha->clock.from_file ? FILE_AGE : 0));
}

/*
 * net knows of no binding, so not only the engine is new: what the parent has
 * of it, or will say, it has read from its file.
 */
void
clock_begins(struct ha *ha)
{
	ha->clock.from_file = true;
	if (ha->clock.saved != 0)
		begin_at(ha, ha->clock.saved + FILE_AGE);
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

static void
load_ahead(struct ha *ha, struct node *n, struct rbuf *r)
{
	size_t	 i, many = rbuf_u8(r);

	if (many > AHEAD_MAX || rbuf_left(r) != 8 * many ||
	    !ahead_room(ha, n))
		return;
	for (i = 0; i < many; i++)
		n->ahead->stamp[i] = rbuf_u64(r);
}

/*
 * What an earlier life has saved, of that home address or of all nodes (::);
 * what does not fit is not used.
 */
void
clock_load(struct ha *ha, const struct in6_addr *home, const struct blob *data)
{
	struct node	*n = node_by_home(ha, home);
	struct rbuf	 r;

	rbuf_init(&r, data->p, data->len);
	if (rbuf_u8(&r) != STATE_VERSION)
		return;
	if (in6_is_unspecified(home))
		load_time(ha, &r);
	else if (n != NULL)
		load_ahead(ha, n, &r);
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
	uint8_t		 data[AHEAD_STATE_MAX];
	struct wbuf	 w;
	size_t		 i;

	if (n->nhomes == 0)
		return;
	wbuf_init(&w, data, sizeof(data));
	wbuf_u8(&w, STATE_VERSION);
	wbuf_u8(&w, AHEAD_MAX);
	for (i = 0; i < AHEAD_MAX; i++)
		wbuf_u64(&w, n->ahead->stamp[i]);
	save(ha, &n->homes[0].addr, &w);
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
 * later than the last one of this node if that is ahead of it by less than what
 * is tolerated, as nothing else is valid at present.
 */
uint64_t
clock_correct(struct ha *ha, uint64_t stamp, uint64_t last, unsigned int most)
{
	uint64_t	 now = clock_ntp(ha);
	uint64_t	 later = last + (UINT64_C(1) << 32);

	if (last >= now && mhauth_ntp_close(later, now, most))
		now = later;
	return (mhauth_ntp_reject(stamp, now));
}
