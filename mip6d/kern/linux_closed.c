/*
 * Linux: rules, and among them those that close each way but the tunnel for
 * what comes from a home address, so that nothing leaves in clear when the
 * tunnel has gone (RFC 6275 11.3.1).  linux_request.c wants rules;
 * linux_filter.c asks which home addresses are closed, for its own part.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "kern/kern.h"
#include "kern/linux.h"

/* The kind of a rule: a repair begins with those that close a way. */
enum row_kind
linux_kind_of(const struct row_rule *r)
{
	return (r->action == FR_ACT_UNREACHABLE ? ROW_CLOSED : ROW_RULE);
}

int
linux_want_rule(struct kern *k, const struct row_owner *o,
    const struct row_rule *r)
{
	struct row_spec	 s = { .kind = linux_kind_of(r), .key = r,
	    .keylen = sizeof(*r) };

	return (rows_want(&k->keep.rows, &s, o));
}

/*
 * What comes from a home address has no way but the tunnel: with the tun gone,
 * or all of us, it leaves by no other (RFC 6275 11.3.1).
 */
int
linux_want_closed(struct kern *k, const struct row_owner *o,
    const struct in6_addr *home)
{
	struct row_rule	 r;

	memset(&r, 0, sizeof(r));
	r.pref = PREF_CLOSED;
	r.action = FR_ACT_UNREACHABLE;
	r.src = *home;
	r.slen = 128;
	return (linux_want_rule(k, o, &r));
}

int
kern_keep_closed(struct kern *k, const struct in6_addr *home)
{
	return (hosts_add(&k->closed, home) ? 0 : ENOMEM);
}

/*
 * A way out that is closed, by the rule r of a former life: is it to stay so
 * for the time being?
 */
void
linux_adopt_closed(struct kern *k, const struct row_rule *r)
{
	struct row_owner	 o = keep_owner(OWN_FORMER, &r->src, 0);

	if (r->pref == PREF_CLOSED && linux_kind_of(r) == ROW_CLOSED &&
	    r->slen == 128 && hosts_has(&k->closed, &r->src) &&
	    linux_want_closed(k, &o, &r->src) != 0)
		rows_drop(&k->keep.rows, &o);
}

static bool
is_closed(const struct row *row, struct in6_addr *home)
{
	struct row_rule	 r;

	memcpy(&r, row->key, sizeof(r));
	*home = r.src;
	return (row->claims > 0 && r.slen == 128);
}

/*
 * The home addresses that have no way but the tunnel, which the caller frees.
 * 0 or ENOMEM.
 */
int
linux_closed(struct kern *k, struct in6_addr **homes, size_t *n)
{
	const struct row	*first = rows_first(&k->keep.rows, ROW_CLOSED);
	const struct row	*row;
	size_t			 room = 1;

	for (row = first; row != NULL; row = rows_after(row))
		room++;
	*n = 0;
	if ((*homes = calloc(room, sizeof(**homes))) == NULL)
		return (ENOMEM);
	for (row = first; row != NULL; row = rows_after(row))
		*n += is_closed(row, &(*homes)[*n]);
	return (0);
}
