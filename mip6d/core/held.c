/*
 * What an engine sends to a net that is not there is one of two things.  State
 * (bindings, groups) is told again when a net comes, and need not be kept.
 * Packets are kept here for as long as their receiver may still have a use for
 * them: a Router Solicitation at the start, a Binding Update in a handover.
 */
#include <stdlib.h>
#include <string.h>

#include "core/held.h"

#define PACKET_MAX	4096

struct held_msg {
	struct held_msg	*next;
	struct mono	 at;
	enum msg_type	 type;
	size_t		 len;
	uint8_t		 packed[];
};

/* Is it a packet? */
bool
held_wanted(enum msg_type t)
{
	return (t == MSG_MH_OUT || t == MSG_ICMP6_OUT);
}

static void
drop_first(struct held_msgs *h)
{
	struct held_msg	*p = h->first;

	if ((h->first = p->next) == NULL)
		h->last = &h->first;
	h->n--;
	free(p);
}

/* Keep a packet; when there are too many the oldest makes room. */
void
held_add(struct held_msgs *h, enum msg_type t, const void *m, struct mono now)
{
	uint8_t		 buf[PACKET_MAX];
	struct held_msg	*p;
	size_t		 n = msg_pack(buf, sizeof(buf), t, m);

	if (n == SIZE_MAX || (p = malloc(sizeof(*p) + n)) == NULL) {
		h->dropped++;
		return;
	}
	if (h->n == HELD_MAX) {
		drop_first(h);
		h->dropped++;
	}
	p->next = NULL;
	p->at = now;
	p->type = t;
	p->len = n;
	memcpy(p->packed, buf, n);
	if (h->last == NULL)
		h->last = &h->first;
	*h->last = p;
	h->last = &p->next;
	h->n++;
	h->kept++;
}

/* Hand over all that is not too old, in order; then there is nothing left. */
void
held_give(struct held_msgs *h, struct mono now, held_fn *fn, void *arg)
{
	union msg	 m;

	for (; h->first != NULL; drop_first(h)) {
		if (mono_diff(now, h->first->at) > HELD_LIFE)
			h->dropped++;
		else if (msg_unpack(h->first->type, h->first->packed,
		    h->first->len, &m))
			fn(arg, h->first->type, &m);
	}
}

void
held_free(struct held_msgs *h)
{
	while (h->first != NULL)
		drop_first(h);
}
