/*
 * The kernel's IPsec databases, for mip6ctl show spd and show sad.
 *
 * A socket lives as long as somebody waits for a dump: an idle one would be
 * told of every association that a key management daemon makes.  A dump is
 * turned into pages of rows as soon as it is complete, and those are given
 * out one by one; neither socket nor client is ever waited for.  A question
 * is answered by a dump that began after it was asked; but those of restricted
 * sockets, which anybody may have, share one that is SHARED_FOR old at most and
 * cause no others.
 */
#include <sys/types.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timer.h"
#include "core/verb.h"
#include "kern/kern.h"
#include "parent/parent.h"
#include "parent/pfkey.h"
#include "parent/planner.h"

#define DUMP_TIME	SEC(8)		/* control gives us ten seconds */
#define DUMP_ATTEMPTS	4		/* when messages were lost */
#define SNAPSHOTS_MAX	4
#define SNAPSHOT_LIFE	SEC(60)		/* unread; control's client stalls */
#define SHARED_FOR	SEC(5)		/* with restricted sockets */
#define PAGES_MAX	4096		/* 64 megabytes */

struct page {
	uint8_t		*rows;
	size_t		 len;
};

/* A complete answer; what its readers have not got yet, they come back for. */
struct snapshot {
	uint32_t	 id;		/* 0: free */
	uint16_t	 verb;
	unsigned int	 readers;
	struct mono	 used;
	struct mono	 shared;	/* since then; 0: it is not */
	struct page	*pages;
	size_t		 npages;
};

/* One of the two databases. */
struct dump {
	struct ipsec	*owner;
	uint16_t	 verb;
	enum pfkey_type	 type;
	bool		 running;
	unsigned int	 attempts;
	struct mono	 deadline;
	uint32_t	 conns[QUERIES_MAX];
	unsigned int	 nconns;
	unsigned int	 nstarted;	/* of them, those the dump is for */
	struct mono	 shared;	/* asked for by a restricted socket */
};

struct ipsec {
	struct parent	*parent;
	struct pfkey_client *client;
	int		 fd;
	bool		 broken;	/* of no use any more: close it */
	struct event	*read_ev, *write_ev, *timer;
	struct dump	 dumps[2];
	struct snapshot	 snapshots[SNAPSHOTS_MAX];
	uint32_t	 last_id;
};

static uint64_t
now_ns(void)
{
	return ((uint64_t)mono_now().ns);
}

static void
snapshot_free(struct snapshot *s)
{
	size_t	 i;

	for (i = 0; i < s->npages; i++)
		free(s->pages[i].rows);
	free(s->pages);
	memset(s, 0, sizeof(*s));
}

/* A free one, or the one that was read the longest time ago. */
static struct snapshot *
snapshot_new(struct ipsec *ip, uint16_t verb)
{
	struct snapshot	*s, *best = &ip->snapshots[0];
	size_t		 i;

	for (i = 0; i < SNAPSHOTS_MAX; i++) {
		s = &ip->snapshots[i];
		if (best->id != 0 && (s->id == 0 ||
		    mono_before(s->used, best->used)))
			best = s;
	}
	snapshot_free(best);
	if (++ip->last_id == 0)
		ip->last_id = 1;
	best->id = ip->last_id;
	best->verb = verb;
	best->used = mono_now();
	return (best);
}

static int
add_page(struct snapshot *s, const struct report *rep)
{
	struct page	*pages;

	if (s->npages == PAGES_MAX)
		return (EFBIG);
	pages = realloc(s->pages, (s->npages + 1) * sizeof(*pages));
	if (pages == NULL)
		return (ENOMEM);
	s->pages = pages;
	if ((pages[s->npages].rows = malloc(rep->w.off)) == NULL)
		return (ENOMEM);
	memcpy(pages[s->npages].rows, rep->mem, rep->w.off);
	pages[s->npages++].len = rep->w.off;
	return (0);
}

/* All of a dump as pages.  0, ENOMEM or EFBIG. */
static int
fill(struct parent *p, struct snapshot *s, const struct pfkey_reply *r)
{
	static struct report	 rep;
	size_t			 i, n = r->nsas + r->npolicies;
	int			 e = 0;

	report_init(&rep);
	for (i = 0; i < n && e == 0; i++) {
		if (s->verb == VERB_SHOW_SPD)
			pfkey_row_policy(&rep, &r->policies[i]);
		else
			pfkey_row_sa(&rep, &r->sas[i],
			    manual_icv_bits(p, &r->sas[i]));
		if (!report_full(&rep))
			continue;
		e = add_page(s, &rep);
		report_init(&rep);
	}
	if (e == 0 && rep.w.off > 0)
		e = add_page(s, &rep);
	return (e);
}

/* Nobody will come back for it. */
static bool
snapshot_is_old(const struct snapshot *s, struct mono now)
{
	return (mono_diff(now, s->used) >= SNAPSHOT_LIFE || (s->readers == 0 &&
	    (s->shared.ns == 0 || mono_diff(now, s->shared) >= SHARED_FOR)));
}

/*
 * Page i of a snapshot to one client.  The cursor is the snapshot's id and
 * the number of the next page; after the last one the reader is done.
 */
static void
give(struct ipsec *ip, struct snapshot *s, size_t i, uint32_t conn)
{
	struct msg_report	 m;
	struct msg_report_end	 end;

	memset(&m, 0, sizeof(m));
	memset(&end, 0, sizeof(end));
	m.conn = end.conn = conn;
	if (i < s->npages) {
		m.rows.p = s->pages[i].rows;
		m.rows.len = s->pages[i].len;
		proc_tell(ip->parent, MSG_REPORT, &m);
	}
	if (i + 1 < s->npages)
		end.cursor = (uint64_t)s->id << 32 | (i + 1);
	else
		s->readers--;
	proc_tell(ip->parent, MSG_REPORT_END, &end);
	s->used = mono_now();
	if (snapshot_is_old(s, s->used))
		snapshot_free(s);
}

/* Those who waited for this dump do not any more; n of them are the rest. */
static unsigned int
take_started(struct dump *d, uint32_t *conns)
{
	unsigned int	 n = d->nstarted;

	memcpy(conns, d->conns, n * sizeof(conns[0]));
	memmove(d->conns, d->conns + n,
	    (d->nconns - n) * sizeof(d->conns[0]));
	d->nconns -= n;
	d->nstarted = 0;
	return (n);
}

static void
refuse(struct dump *d, int status, const char *text)
{
	struct parent	*p = d->owner->parent;
	uint32_t	 conns[QUERIES_MAX];
	unsigned int	 i, n;

	COUNT(&p->counters, PC_IPSEC_ERRORS);
	n = take_started(d, conns);
	for (i = 0; i < n; i++)
		query_end(p, conns[i], status, text);
}

static void
completed(struct dump *d, const struct pfkey_reply *r)
{
	struct snapshot	*s = snapshot_new(d->owner, d->verb);
	struct mono	 now = mono_now();
	uint32_t	 conns[QUERIES_MAX];
	unsigned int	 i, n;
	int		 e;

	if ((e = fill(d->owner->parent, s, r)) != 0) {
		snapshot_free(s);
		refuse(d, e, e == EFBIG ? "more than can be shown" :
		    "out of memory");
		return;
	}
	n = take_started(d, conns);
	if (d->shared.ns != 0 && mono_diff(now, d->shared) < SHARED_FOR)
		s->shared = d->shared;
	if ((s->readers = n) == 0 && snapshot_is_old(s, now))
		snapshot_free(s);
	for (i = 0; i < n; i++)
		give(d->owner, s, 0, conns[i]);
}

static void
fail(struct dump *d, const struct pfkey_reply *r)
{
	char	 text[128];

	switch (r->error) {
	case PFKEY_E_KERNEL:
	case PFKEY_E_SEND:
		snprintf(text, sizeof(text), "PF_KEY: %s: %s",
		    pfkey_strerror(r->error), strerror(r->errnum));
		refuse(d, r->errnum, text);
		break;
	case PFKEY_E_TIMEOUT:
		refuse(d, ETIMEDOUT, "the kernel does not answer by PF_KEY");
		break;
	case PFKEY_E_NOMEM:
		refuse(d, ENOMEM, "out of memory");
		break;
	case PFKEY_E_GAP:
		refuse(d, EAGAIN, "the kernel lost parts of its answer: "
		    "ask again");
		break;
	default:
		snprintf(text, sizeof(text), "PF_KEY: %s",
		    pfkey_strerror(r->error));
		refuse(d, EIO, text);
		break;
	}
}

static void
on_reply(void *arg, const struct pfkey_reply *r)
{
	struct dump	*d = arg;
	struct ipsec	*ip = d->owner;

	d->running = false;
	if (r->error == PFKEY_OK) {
		completed(d, r);
		return;
	}
	/* What still comes of it must not be taken for another's. */
	if (r->error == PFKEY_E_TIMEOUT)
		ip->broken = true;
	if (r->error == PFKEY_E_GAP)
		COUNT(&ip->parent->counters, PC_IPSEC_LOST);
	/* Cancelled: the socket was given up, perhaps for the other dump. */
	if ((r->error == PFKEY_E_GAP || r->error == PFKEY_E_CANCELLED) &&
	    d->attempts < DUMP_ATTEMPTS)
		return;		/* go_on() asks again */
	fail(d, r);
}

static void	 go_on(struct ipsec *);

static void
on_readable(int fd, short what, void *arg)
{
	struct ipsec	*ip = arg;

	(void)fd;
	(void)what;
	if (pfkey_client_read(ip->client, now_ns()) != PFKEY_OK)
		ip->broken = true;
	go_on(ip);
}

static void
on_writable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct ipsec	*ip = arg;
	struct mono	 now = mono_now();
	struct snapshot	*s;
	size_t		 i;

	(void)fd;
	(void)what;
	for (i = 0; i < SNAPSHOTS_MAX; i++) {
		s = &ip->snapshots[i];
		if (s->id != 0 && snapshot_is_old(s, now))
			snapshot_free(s);
	}
	if (ip->client != NULL)
		pfkey_client_expire(ip->client, (uint64_t)now.ns);
	go_on(ip);
}

static void
close_client(struct ipsec *ip)
{
	struct pfkey_client	*c = ip->client;

	ip->client = NULL;
	ip->broken = false;
	if (ip->read_ev != NULL)
		event_free(ip->read_ev);
	if (ip->write_ev != NULL)
		event_free(ip->write_ev);
	ip->read_ev = ip->write_ev = NULL;
	pfkey_client_free(c);	/* who waits is told here */
	if (ip->fd != -1)
		close(ip->fd);
	ip->fd = -1;
}

static void
no_socket(struct parent *p, char *text, size_t cap)
{
	struct kern_caps	 caps;
	int			 e = errno;

	if (e != EAFNOSUPPORT) {
		snprintf(text, cap, "PF_KEY: %s", strerror(e));
		return;
	}
	kern_caps(p->kern, &caps);
	snprintf(text, cap, "this kernel has no PF_KEY%s%s",
	    caps.no_pfkey == NULL ? "" : ": ",
	    caps.no_pfkey == NULL ? "" : caps.no_pfkey);
}

/* A socket and its client.  0, or an errno and what is wrong. */
static int
open_client(struct ipsec *ip, char *text, size_t cap)
{
	struct event_base	*base = ip->parent->base;
	int			 e;

	if ((ip->fd = kern_pfkey(ip->parent->kern)) == -1) {
		e = errno;
		no_socket(ip->parent, text, cap);
		return (e);
	}
	ip->client = pfkey_client_new(ip->fd, NULL, 0, NULL, NULL);
	ip->read_ev = event_new(base, ip->fd, EV_READ | EV_PERSIST,
	    on_readable, ip);
	ip->write_ev = event_new(base, ip->fd, EV_WRITE, on_writable, ip);
	if (ip->client == NULL || ip->read_ev == NULL ||
	    ip->write_ev == NULL || event_add(ip->read_ev, NULL) == -1) {
		close_client(ip);
		snprintf(text, cap, "out of memory");
		return (ENOMEM);
	}
	return (0);
}

/* Ask the kernel, for all who wait now. */
static void
start(struct dump *d)
{
	struct ipsec		*ip = d->owner;
	struct pfkey_reply	 r = { .error = PFKEY_OK };
	struct pfkey_msg	 m;
	char			 text[128];
	int			 e;

	if (d->nstarted == 0) {
		d->attempts = 0;
		d->deadline = mono_add(mono_now(), DUMP_TIME);
	}
	d->nstarted = d->nconns;
	d->attempts++;
	if (ip->client == NULL &&
	    (e = open_client(ip, text, sizeof(text))) != 0) {
		refuse(d, e, text);
		return;
	}
	COUNT(&ip->parent->counters, PC_IPSEC_DUMPS);
	pfkey_msg_init(&m, d->type);
	r.error = pfkey_request(ip->client, &m, on_reply, d,
	    (uint64_t)d->deadline.ns);
	if (r.error != PFKEY_OK)
		fail(d, &r);
	else
		d->running = true;
}

static bool
is_wanted(const struct dump *d)
{
	return (!d->running && d->nconns > 0);
}

/* The next thing that time brings: a deadline, the end of a snapshot. */
static void
set_timer(struct ipsec *ip)
{
	uint64_t	 at = UINT64_MAX, end;
	const struct snapshot *s;
	size_t		 i;

	if (ip->client != NULL)
		at = pfkey_client_next(ip->client);
	for (i = 0; i < SNAPSHOTS_MAX; i++) {
		if (ip->snapshots[i].id == 0)
			continue;
		s = &ip->snapshots[i];
		end = (uint64_t)(s->readers == 0 ?
		    s->shared.ns + SHARED_FOR : s->used.ns + SNAPSHOT_LIFE);
		at = end < at ? end : at;
	}
	if (at == UINT64_MAX)
		event_del(ip->timer);
	else
		timer_at(ip->timer, (struct mono){ (int64_t)at });
}

/* After whatever happened: send, ask anew, close what nobody needs. */
static void
go_on(struct ipsec *ip)
{
	size_t	 i;

	do {
		if (ip->broken)
			close_client(ip);
		for (i = 0; i < 2; i++)
			if (is_wanted(&ip->dumps[i]))
				start(&ip->dumps[i]);
		if (ip->client != NULL)
			pfkey_client_write(ip->client, now_ns());
	} while (ip->broken || is_wanted(&ip->dumps[0]) ||
	    is_wanted(&ip->dumps[1]));
	if (ip->client != NULL) {
		if (!ip->dumps[0].running && !ip->dumps[1].running)
			close_client(ip);
		else if (pfkey_client_wants_write(ip->client))
			event_add(ip->write_ev, NULL);
	}
	set_timer(ip);
}

static struct ipsec *
ipsec_of(struct parent *p)
{
	struct ipsec	*ip = p->ipsec;

	if (ip != NULL)
		return (ip);
	if ((ip = calloc(1, sizeof(*ip))) == NULL)
		return (NULL);
	ip->parent = p;
	ip->fd = -1;
	if ((ip->timer = event_new(p->base, -1, 0, on_timer, ip)) == NULL) {
		free(ip);
		return (NULL);
	}
	ip->dumps[0] = (struct dump){ .owner = ip, .verb = VERB_SHOW_SPD,
	    .type = PFKEY_SPDDUMP };
	ip->dumps[1] = (struct dump){ .owner = ip, .verb = VERB_SHOW_SAD,
	    .type = PFKEY_DUMP };
	return (p->ipsec = ip);
}

static void
next_page(struct ipsec *ip, const struct msg_query *q)
{
	struct snapshot	*s;
	size_t		 i, page = (size_t)(q->cursor & UINT32_MAX);

	for (i = 0; i < SNAPSHOTS_MAX; i++) {
		s = &ip->snapshots[i];
		if (s->id == q->cursor >> 32 && s->id != 0 &&
		    s->verb == q->verb && page < s->npages) {
			give(ip, s, page, q->conn);
			return;
		}
	}
	query_end(ip->parent, q->conn, ESTALE,
	    "too many others ask: ask again");
}

static bool
is_recent(struct mono since)
{
	return (since.ns != 0 && mono_diff(mono_now(), since) < SHARED_FOR);
}

/*
 * A restricted socket asks: by what there is, or by the dump under way.  False
 * if neither is there, and it may cause a dump.
 */
static bool
answer_shared(struct dump *d, uint32_t conn)
{
	struct ipsec	*ip = d->owner;
	struct snapshot	*s;
	size_t		 i;

	for (i = 0; i < SNAPSHOTS_MAX; i++) {
		s = &ip->snapshots[i];
		if (s->id == 0 || s->verb != d->verb || !is_recent(s->shared))
			continue;
		s->readers++;
		give(ip, s, 0, conn);
		set_timer(ip);
		return (true);
	}
	if (d->running && d->nconns < QUERIES_MAX) {
		d->conns[d->nconns++] = d->conns[d->nstarted];
		d->conns[d->nstarted++] = conn;
		return (true);
	}
	if (!is_recent(d->shared)) {
		d->shared = mono_now();
		return (false);
	}
	query_end(ip->parent, conn, EAGAIN,
	    "the kernel was asked a moment ago: ask again");
	return (true);
}

/* control: VERB_SHOW_SPD or VERB_SHOW_SAD.  The answer comes later. */
void
ipsec_query(struct parent *p, const struct msg_query *q)
{
	struct ipsec	*ip = ipsec_of(p);
	struct dump	*d;

	if (ip == NULL) {
		query_end(p, q->conn, ENOMEM, "out of memory");
		return;
	}
	if (q->cursor != 0) {
		next_page(ip, q);
		return;
	}
	d = &ip->dumps[q->verb == VERB_SHOW_SPD ? 0 : 1];
	if (q->restricted && answer_shared(d, q->conn))
		return;
	if (d->nconns == QUERIES_MAX) {
		COUNT(&p->counters, PC_QUERIES_REFUSED);
		query_end(p, q->conn, EBUSY, "too many queries");
		return;
	}
	d->conns[d->nconns++] = q->conn;
	go_on(ip);
}

/* The control process is another: nobody waits for what the old one asked. */
void
ipsec_forget(struct parent *p)
{
	struct ipsec	*ip = p->ipsec;
	size_t		 i;

	if (ip == NULL)
		return;
	for (i = 0; i < 2; i++)
		ip->dumps[i].nconns = ip->dumps[i].nstarted = 0;
	for (i = 0; i < SNAPSHOTS_MAX; i++)
		snapshot_free(&ip->snapshots[i]);
}

void
ipsec_close(struct parent *p)
{
	struct ipsec	*ip = p->ipsec;

	if (ip == NULL)
		return;
	ipsec_forget(p);
	close_client(ip);
	event_free(ip->timer);
	free(ip);
	p->ipsec = NULL;
}
