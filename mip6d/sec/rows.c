/*
 * The rows of mip6ctl show sa: each node with IPsec, its keys, the policies
 * that it has, and how its tunnel moved the last time.  Reads what there
 * is and changes nothing.  Called a page at a time.
 */
#include <stdio.h>
#include <string.h>

#include "core/tables.h"
#include "core/verb.h"
#include "sec/int.h"

static const char *
state_name(const struct sec_node *n)
{
	static const char *const	 names[] = { "none", "down", "pending",
	    "up", "failed" };

	return (names[n->key_state <= KEY_FAILED ? n->key_state : 0]);
}

/* What is wrong with its keys, if anything. */
static const char *
text_of(const struct sec_node *n)
{
	static char		 text[96];
	const struct reqids	*r = &n->sec->reqids;

	if (n->want.reqid != 0 || n->gone)
		return (n->key_text);
	snprintf(text, sizeof(text), "all reqids are taken, %u to %u; "
	    "PF_KEY has none above %u", r->first, r->last, PFKEY_REQID_MAX);
	return (text);
}

static void
row(const struct sec_node *n, struct report *rep)
{
	static const char *const	 protects[] = { "none", "rr",
	    "payload" };
	const bool			 ha = n->want.agent_side;
	uint32_t			 bits;
	unsigned int			 count = 0;

	for (bits = n->present; bits != 0; bits &= bits - 1)
		count++;
	report_row(rep, TABLE_NODE);
	report_addr(rep, "home", &n->want.home);
	report_str(rep, "role", role_name(n->role));
	report_addr(rep, "agent", &n->want.agent);
	if (n->have.tunnel)
		report_addr(rep, "care_of", ha ? &n->have.peer :
		    &n->have.local);
	else
		report_str(rep, "care_of", "-");
	report_str(rep, "protect", protects[n->want.protect]);
	report_str(rep, "keying", sec_manual(n) ? "manual" : "ike");
	report_u64(rep, "reqid", n->want.reqid);
	report_u64(rep, "policies", count);
	report_bool(rep, "tunnel", n->have.tunnel);
	report_str(rep, "keys", state_name(n));
	report_str(rep, "keys_text", text_of(n));
	if (n->moved.ns != 0) {
		report_ms(rep, "moved_ms",
		    mono_diff(sec_now(n->sec), n->moved) / NS_PER_MS);
		report_u64(rep, "took_us", (uint64_t)(n->took / 1000));
		report_str(rep, "result", n->result == 0 ? "ok" :
		    strerror(n->result));
	}
	report_u64(rep, "moves", n->moves);
	report_u64(rep, "errors", n->errors);
	report_end(rep);
}

#define LOOK_MAX	4096	/* places looked at for one page */

/*
 * Rows of all nodes, or of those with the home address in arg.  The cursor is
 * the place of the next node; a reload in between may shift it.
 */
uint64_t
sec_rows(struct sec *s, struct report *rep, const char *arg, uint64_t cursor)
{
	const struct sec_node	*n;
	struct in6_addr		 home;
	enum role		 r;
	size_t			 i, looked = 0;

	if (arg[0] != '\0' && !verb_address(arg, &home))
		return (0);
	if (arg[0] != '\0') {
		FOREACH_ROLE_WITH(r, HAS_NODES)
			if ((n = sec_find(s, r, &home)) != NULL)
				row(n, rep);
		return (0);
	}
	for (i = (size_t)cursor; i < s->norder; i++) {
		if (report_full(rep) || looked++ == LOOK_MAX)
			return (i);
		if (s->order[i] != NULL)
			row(s->order[i], rep);
	}
	return (0);
}
