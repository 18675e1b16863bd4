/*
 * The IKE_SAs and CHILD_SAs that charon has, in a table sorted by charon's
 * unique ids.  Each event about SAs and each entry of a list is taken in here;
 * who watches the table is told of every change.  Pure; owns the entries, of
 * which there are at most 65536.  ike/charon.c feeds it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"

/* An empty table. */
void
sa_init(struct sa_table *t)
{
	memset(t, 0, sizeof(*t));
}

/*
 * Have fn told of each change, with the IKE_SA as it is now.  It must not
 * change the table, but for sa_forget() of another one.
 */
void
sa_watch(struct sa_table *t, sa_watch_fn *fn, void *arg)
{
	t->watch = fn;
	t->watch_arg = arg;
}

static void
changed(const struct sa_table *t, const struct ike_sa *sa, bool gone)
{
	if (t->watch != NULL)
		t->watch(t->watch_arg, sa, gone);
}

static void
sa_free(struct ike_sa *sa)
{
	free(sa->children);
	free(sa);
}

/* Forget all; nobody is told. */
void
sa_clear(struct sa_table *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		sa_free(t->v[i]);
	free(t->v);
	t->v = NULL;
	t->n = t->cap = 0;
}

/* A list begins: what it does not tell of is gone at its end. */
void
sa_list_begin(struct sa_table *t)
{
	t->gen++;
	t->twice = 0;
}

/* Forget what neither the list nor an event since its begin told of. */
size_t
sa_list_end(struct sa_table *t)
{
	struct ike_sa	**lost;
	size_t		  i, kept = 0, gone = 0;

	/* Whoever is told may look into the table: put it in order first. */
	if (t->n == 0 || (lost = calloc(t->n, sizeof(*lost))) == NULL)
		return (0);
	for (i = 0; i < t->n; i++) {
		if (t->v[i]->gen == t->gen)
			t->v[kept++] = t->v[i];
		else
			lost[gone++] = t->v[i];
	}
	t->n = kept;
	for (i = 0; i < gone; i++) {
		changed(t, lost[i], true);
		sa_free(lost[i]);
	}
	free(lost);
	return (gone);
}

/* Index of the first that is not below id. */
static size_t
lower_bound(const struct sa_table *t, uint32_t id)
{
	size_t	 lo = 0, hi = t->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (t->v[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

/* The IKE_SA with the lowest unique id that is at least id, or NULL. */
const struct ike_sa *
sa_from(const struct sa_table *t, uint32_t id)
{
	size_t	 i = lower_bound(t, id);

	return (i < t->n ? t->v[i] : NULL);
}

/* The IKE_SA of that unique id, or NULL. */
const struct ike_sa *
sa_find(const struct sa_table *t, uint32_t id)
{
	const struct ike_sa	*sa = sa_from(t, id);

	return (sa != NULL && sa->id == id ? sa : NULL);
}

/* CHILD_SAs in all. */
size_t
sa_children(const struct sa_table *t)
{
	size_t	 i, n = 0;

	for (i = 0; i < t->n; i++)
		n += t->v[i]->nchildren;
	return (n);
}

/* Is d used in place of c, and has been for so many seconds? */
static bool
replaces(const struct child_sa *d, const struct child_sa *c, uint64_t seconds)
{
	return (d->id > c->id && d->reqid == c->reqid &&
	    strcmp(d->name, c->name) == 0 &&
	    strcmp(d->state, "INSTALLED") == 0 && d->installed >= seconds);
}

/* The first in use for which there is a newer one, in use for so long. */
static const struct child_sa *
replaced(const struct ike_sa *sa, uint64_t seconds)
{
	const struct child_sa	*c;
	size_t			 i, j;

	for (i = 0; i < sa->nchildren; i++) {
		c = &sa->children[i];
		if (strcmp(c->state, "INSTALLED") != 0)
			continue;
		for (j = 0; j < sa->nchildren; j++)
			if (replaces(&sa->children[j], c, seconds))
				return (c);
	}
	return (NULL);
}

/*
 * A CHILD_SA that nothing will end, though there is a newer one for the same:
 * two that were made at once, by either end, are both rekeyed from then on.
 * What is being rekeyed or deleted is in another state; where they live so
 * short that the newer one is always new, there are two in each list.  NULL:
 * there is none.
 */
const struct child_sa *
sa_spare(const struct ike_sa *sa)
{
	return (replaced(sa, sa->twice == SA_TWICE ? 0 : SA_SETTLED));
}

static struct ike_sa *
get_or_add(struct sa_table *t, uint32_t id)
{
	struct ike_sa	**v, *sa;
	size_t		  i = lower_bound(t, id), cap;

	if (i < t->n && t->v[i]->id == id)
		return (t->v[i]);
	if (t->n == t->cap) {
		cap = t->cap == 0 ? 16 : t->cap * 2;
		if (t->n >= SA_IKE_MAX ||
		    (v = realloc(t->v, cap * sizeof(*v))) == NULL)
			goto none;
		t->v = v;
		t->cap = cap;
	}
	if ((sa = calloc(1, sizeof(*sa))) == NULL)
		goto none;
	sa->id = id;
	memmove(t->v + i + 1, t->v + i, (t->n - i) * sizeof(*t->v));
	t->v[i] = sa;
	t->n++;
	return (sa);
none:
	t->not_kept++;
	return (NULL);
}

static void
remove_ike(struct sa_table *t, uint32_t id)
{
	struct ike_sa	*sa;
	size_t		 i = lower_bound(t, id);

	if (i == t->n || t->v[i]->id != id)
		return;
	sa = t->v[i];
	t->n--;
	memmove(t->v + i, t->v + i + 1, (t->n - i) * sizeof(*t->v));
	changed(t, sa, true);
	sa_free(sa);
}

/* Forget the IKE_SA of that id, which charon no longer has; unknown is fine. */
void
sa_forget(struct sa_table *t, uint32_t id)
{
	remove_ike(t, id);
}

static void
remove_child(struct ike_sa *sa, uint32_t id)
{
	size_t	 i;

	for (i = 0; i < sa->nchildren; i++)
		if (sa->children[i].id == id) {
			sa->nchildren--;
			memmove(sa->children + i, sa->children + i + 1,
			    (sa->nchildren - i) * sizeof(sa->children[0]));
			return;
		}
}

static void
put_child(struct sa_table *t, struct ike_sa *sa, const struct child_sa *c)
{
	struct child_sa	*v;
	size_t		 i;

	for (i = 0; i < sa->nchildren && sa->children[i].id != c->id; i++)
		continue;
	if (i == sa->nchildren) {
		if (i == SA_CHILD_MAX || (v = realloc(sa->children,
		    (i + 1) * sizeof(*v))) == NULL) {
			t->not_kept++;
			return;
		}
		sa->children = v;
		sa->nchildren++;
	}
	sa->children[i] = *c;
}

static bool
get_u32(const struct vici_cursor *c, const char *key, int base, uint32_t *v)
{
	uint64_t	 n;
	bool		 ok = vici_get_num(c, key, base, &n) &&
			    n <= UINT32_MAX;

	*v = ok ? (uint32_t)n : 0;
	return (ok);
}

/* A list as words in one string, cut to cap. */
static void
get_words(const struct vici_cursor *c, const char *key, char *out, size_t cap)
{
	struct vici_cursor	 in;
	struct vici_item	 it;
	size_t			 off = 0;

	out[0] = '\0';
	if (!vici_find(c, VICI_LIST_START, key, &it))
		return;
	vici_enter(&it, &in);
	while (vici_next(&in, &it) && off + 2 < cap) {
		if (off > 0)
			out[off++] = ' ';
		vici_text(out + off, cap - off, it.p, it.len);
		off += strlen(out + off);
	}
}

/* A CHILD_SA; false without a unique id. */
static bool
read_child(const struct vici_item *section, struct child_sa *c)
{
	struct vici_cursor	 in;

	memset(c, 0, sizeof(*c));
	vici_enter(section, &in);
	if (!get_u32(&in, "uniqueid", 10, &c->id))
		return (false);
	if (!vici_get_str(&in, "name", c->name, sizeof(c->name)))
		vici_text(c->name, sizeof(c->name), section->name,
		    section->namelen);
	vici_get_str(&in, "state", c->state, sizeof(c->state));
	vici_get_str(&in, "mode", c->mode, sizeof(c->mode));
	get_u32(&in, "reqid", 10, &c->reqid);
	get_u32(&in, "spi-in", 16, &c->spi_in);
	get_u32(&in, "spi-out", 16, &c->spi_out);
	vici_get_num(&in, "bytes-in", 10, &c->bytes_in);
	vici_get_num(&in, "bytes-out", 10, &c->bytes_out);
	vici_get_num(&in, "packets-in", 10, &c->packets_in);
	vici_get_num(&in, "packets-out", 10, &c->packets_out);
	vici_get_num(&in, "install-time", 10, &c->installed);
	get_words(&in, "local-ts", c->local_ts, sizeof(c->local_ts));
	get_words(&in, "remote-ts", c->remote_ts, sizeof(c->remote_ts));
	return (true);
}

/*
 * What a section says of an IKE_SA, into the table; its children stay as they
 * are.  NULL if it lacks a unique id or there is no room.
 */
static struct ike_sa *
put_ike(struct sa_table *t, const char *name, size_t namelen,
    const struct vici_cursor *in)
{
	struct ike_sa	*sa;
	uint32_t	 id;

	if (!get_u32(in, "uniqueid", 10, &id)) {
		t->bad++;
		return (NULL);
	}
	if ((sa = get_or_add(t, id)) == NULL)
		return (NULL);
	sa->gen = t->gen;
	vici_text(sa->name, sizeof(sa->name), name, namelen);
	vici_get_str(in, "state", sa->state, sizeof(sa->state));
	vici_get_str(in, "local-host", sa->local_host, sizeof(sa->local_host));
	vici_get_str(in, "remote-host", sa->remote_host,
	    sizeof(sa->remote_host));
	vici_get_str(in, "local-id", sa->local_id, sizeof(sa->local_id));
	vici_get_str(in, "remote-id", sa->remote_id, sizeof(sa->remote_id));
	vici_get_num(in, "initiator-spi", 16, &sa->spi_i);
	vici_get_num(in, "responder-spi", 16, &sa->spi_r);
	vici_get_num(in, "established", 10, &sa->established);
	sa->initiator = vici_get_yes(in, "initiator");
	return (sa);
}

struct context {
	struct sa_table	*t;
	sa_note_fn	*note;
	void		*arg;
};

static void
note(const struct context *x, const char *event, const struct ike_sa *sa,
    const struct child_sa *c)
{
	char	 text[640], child[SA_NAME_MAX + 96];

	if (x->note == NULL)
		return;
	child[0] = '\0';
	if (c != NULL)
		snprintf(child, sizeof(child), " child %s[%" PRIu32 "] reqid %"
		    PRIu32 " spi %08" PRIx32 " %08" PRIx32, c->name, c->id,
		    c->reqid, c->spi_in, c->spi_out);
	snprintf(text, sizeof(text), "%s[%" PRIu32 "]%s, %s (%.64s) - "
	    "%s (%.64s)", sa->name, sa->id, child, sa->local_host,
	    sa->local_id, sa->remote_host, sa->remote_id);
	x->note(x->arg, event, text);
}

/* All children that a section tells of. */
static void
put_children(struct sa_table *t, struct ike_sa *sa,
    const struct vici_cursor *in)
{
	struct vici_cursor	 list;
	struct vici_item	 it;
	struct child_sa		 c;

	if (!vici_find(in, VICI_SECTION_START, "child-sas", &it))
		return;
	vici_enter(&it, &list);
	while (vici_next(&list, &it)) {
		if (it.kind != VICI_SECTION_START)
			continue;
		if (read_child(&it, &c))
			put_child(t, sa, &c);
		else
			t->bad++;
	}
}

typedef void section_fn(const struct context *, const struct vici_cursor *msg,
    const struct vici_item *section);

static void
on_list_sa(const struct context *x, const struct vici_cursor *msg,
    const struct vici_item *section)
{
	struct vici_cursor	 in;
	struct ike_sa		*sa;

	(void)msg;
	vici_enter(section, &in);
	sa = put_ike(x->t, section->name, section->namelen, &in);
	if (sa == NULL)
		return;
	sa->nchildren = 0;
	put_children(x->t, sa, &in);
	if (replaced(sa, 0) == NULL)
		sa->twice = 0;
	else {
		sa->twice++;
		x->t->twice++;
	}
	changed(x->t, sa, false);
	/* Told once: an event that follows is no list. */
	if (sa->twice == SA_TWICE)
		sa->twice = 0;
}

static void
on_ike_updown(const struct context *x, const struct vici_cursor *msg,
    const struct vici_item *section)
{
	struct vici_cursor	 in;
	struct ike_sa		*sa;
	bool			 up = vici_get_yes(msg, "up");

	vici_enter(section, &in);
	sa = put_ike(x->t, section->name, section->namelen, &in);
	if (sa == NULL)
		return;
	note(x, up ? "ike-up" : "ike-down", sa, NULL);
	if (up)
		changed(x->t, sa, false);
	else
		remove_ike(x->t, sa->id);
}

static void
updown_children(const struct context *x, struct ike_sa *sa,
    const struct vici_item *section, bool up)
{
	struct vici_cursor	 list;
	struct vici_item	 it;
	struct child_sa		 c;

	vici_enter(section, &list);
	while (vici_next(&list, &it)) {
		if (it.kind != VICI_SECTION_START || !read_child(&it, &c)) {
			x->t->bad++;
			continue;
		}
		note(x, up ? "child-up" : "child-down", sa, &c);
		if (up)
			put_child(x->t, sa, &c);
		else
			remove_child(sa, c.id);
	}
}

/* charon tells that children are down even after their IKE_SA has gone. */
static void
on_child_updown(const struct context *x, const struct vici_cursor *msg,
    const struct vici_item *section)
{
	struct vici_cursor	 in;
	struct vici_item	 it;
	struct ike_sa		*sa;
	bool			 up = vici_get_yes(msg, "up"), known;
	uint32_t		 id;

	vici_enter(section, &in);
	known = get_u32(&in, "uniqueid", 10, &id) && sa_find(x->t, id) != NULL;
	if ((sa = put_ike(x->t, section->name, section->namelen, &in)) == NULL)
		return;
	if (vici_find(&in, VICI_SECTION_START, "child-sas", &it))
		updown_children(x, sa, &it, up);
	else
		x->t->bad++;
	if (!up && !known)
		remove_ike(x->t, id);
	else
		changed(x->t, sa, false);
}

/* The children of an IKE_SA that was rekeyed are those of the new one. */
static void
on_ike_rekey(const struct context *x, const struct vici_cursor *msg,
    const struct vici_item *section)
{
	struct vici_cursor	 in, sub;
	struct vici_item	 it;
	struct ike_sa		*old = NULL, *new;
	uint32_t		 id = 0;

	(void)msg;
	vici_enter(section, &in);
	if (vici_find(&in, VICI_SECTION_START, "old", &it)) {
		vici_enter(&it, &sub);
		get_u32(&sub, "uniqueid", 10, &id);
	}
	if (!vici_find(&in, VICI_SECTION_START, "new", &it)) {
		x->t->bad++;
		return;
	}
	vici_enter(&it, &sub);
	new = put_ike(x->t, section->name, section->namelen, &sub);
	if (new == NULL)
		return;
	if (id != new->id && sa_find(x->t, id) != NULL)
		old = x->t->v[lower_bound(x->t, id)];
	if (old != NULL && new->nchildren == 0) {
		free(new->children);
		new->children = old->children;
		new->nchildren = old->nchildren;
		old->children = NULL;
		old->nchildren = 0;
	}
	note(x, "ike-rekey", new, NULL);
	changed(x->t, new, false);
	if (old != NULL)
		remove_ike(x->t, id);
}

static void
on_child_rekey(const struct context *x, const struct vici_cursor *msg,
    const struct vici_item *section)
{
	struct vici_cursor	 in, list, pair;
	struct vici_item	 it, which;
	struct child_sa		 c;
	struct ike_sa		*sa;

	(void)msg;
	vici_enter(section, &in);
	if ((sa = put_ike(x->t, section->name, section->namelen, &in)) == NULL)
		return;
	if (!vici_find(&in, VICI_SECTION_START, "child-sas", &it)) {
		x->t->bad++;
		return;
	}
	vici_enter(&it, &list);
	while (vici_next(&list, &it)) {
		vici_enter(&it, &pair);
		if (vici_find(&pair, VICI_SECTION_START, "old", &which) &&
		    read_child(&which, &c))
			remove_child(sa, c.id);
		if (!vici_find(&pair, VICI_SECTION_START, "new", &which) ||
		    !read_child(&which, &c)) {
			x->t->bad++;
			continue;
		}
		put_child(x->t, sa, &c);
		note(x, "child-rekey", sa, &c);
	}
	changed(x->t, sa, false);
}

/* The endpoints of an IKE_SA change: the new ones are outside its section. */
static void
on_ike_update(const struct context *x, const struct vici_cursor *msg,
    const struct vici_item *section)
{
	struct vici_cursor	 in;
	struct vici_item	 it;
	struct ike_sa		*sa;

	vici_enter(section, &in);
	sa = put_ike(x->t, section->name, section->namelen, &in);
	if (sa == NULL)
		return;
	if (vici_find(msg, VICI_KEY_VALUE, "local-host", &it))
		vici_text(sa->local_host, sizeof(sa->local_host), it.p,
		    it.len);
	if (vici_find(msg, VICI_KEY_VALUE, "remote-host", &it))
		vici_text(sa->remote_host, sizeof(sa->remote_host), it.p,
		    it.len);
	note(x, "ike-update", sa, NULL);
	changed(x->t, sa, false);
}

static const struct {
	const char	*name;
	section_fn	*fn;
} events[] = {
	{ "list-sa", on_list_sa },
	{ "ike-updown", on_ike_updown },
	{ "child-updown", on_child_updown },
	{ "ike-rekey", on_ike_rekey },
	{ "child-rekey", on_child_rekey },
	{ "ike-update", on_ike_update },
};

/*
 * Take in an event: its message has a section for each IKE_SA concerned.
 * note, if not NULL, is told what it said, but not of list-sa.  False if the
 * event is not one about SAs.
 */
bool
sa_event(struct sa_table *t, const char *name, const struct vici_cursor *msg,
    sa_note_fn *fn, void *arg)
{
	struct context		 x = { t, fn, arg };
	struct vici_cursor	 c = *msg;
	struct vici_item	 it;
	size_t			 i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].name, name) == 0)
			break;
	if (i == sizeof(events) / sizeof(events[0]))
		return (false);
	while (vici_next(&c, &it))
		if (it.kind == VICI_SECTION_START)
			events[i].fn(&x, msg, &it);
	return (true);
}
