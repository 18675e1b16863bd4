/*
 * RFC 6275 10.3.1, K = 0: a home agent discards the IKE_SA to where a mobile
 * node was.  Not at once: its CHILD_SAs protect the acknowledgement that says
 * so, and further ones if that is lost, until the mobile node has new ones.
 */
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "ike/keying.h"
#include "wire/ip6.h"

#define DISCARD_AFTER	15000	/* ms; retransmissions of 1, 2, 4 and 8 s */

/* The node's newest IKE_SA if it leads there, or NULL. */
static const struct ike_sa *
leading_to(const struct keying *k, const struct node *n,
    const struct in6_addr *remote)
{
	const struct ike_sa	*sa;
	char			 text[INET6_ADDRSTRLEN];

	if (n == NULL || n->is_mn || n->nids == 0)
		return (NULL);
	sa = sa_find(&k->charon->sas, n->ids[n->nids - 1]);
	if (sa == NULL || strcmp(sa->remote_host,
	    inet_ntop(AF_INET6, remote, text, sizeof(text))) != 0)
		return (NULL);
	return (sa);
}

/* They have the same delay, so the first one is the first that is due. */
static void
arm(struct keying *k)
{
	const struct discard	*d = TAILQ_FIRST(&k->discards);
	int64_t			 ns;

	if (d == NULL)
		return;
	ns = mono_diff(d->due, child_now().mono);
	charon_timer(k->discard_timer, &k->discard_at,
	    ns < 0 ? 0 : ns / (NS_PER_SEC / 1000) + 1);
}

static void
on_time(int fd, short what, void *arg)
{
	struct keying	*k = arg;
	struct discard	*d;
	struct node	*n;

	(void)fd;
	(void)what;
	k->discard_at.ns = 0;
	while ((d = TAILQ_FIRST(&k->discards)) != NULL &&
	    mono_diff(d->due, child_now().mono) <= 0) {
		TAILQ_REMOVE(&k->discards, d, entry);
		k->ndiscards--;
		n = node_find(&k->nodes, &d->home);
		/* One that the node has made since is to stay. */
		if (n != NULL && !n->is_mn && n->nids > 0 &&
		    n->ids[n->nids - 1] == d->ike_id)
			k->calls->terminate(k, n);
		free(d);
	}
	arm(k);
}

/*
 * The IKE_SA of a home agent's node that leads to remote is to end soon.  If
 * there is no memory or room for that it stays until the node has another one,
 * which replaces it (unique = replace).
 */
void
discard_later(struct keying *k, const struct in6_addr *home,
    const struct in6_addr *remote)
{
	static struct log_limit	 limit;
	const struct ike_sa	*sa;
	struct discard		*d;
	unsigned int		 more;

	sa = leading_to(k, node_find(&k->nodes, home), remote);
	if (sa == NULL)
		return;
	if (k->ndiscards == DISCARDS_MAX ||
	    (d = calloc(1, sizeof(*d))) == NULL) {
		COUNT(&k->ch->counters, IC_DISCARDS_FULL);
		if (limit_lines(&limit, child_now().mono, 1, &more))
			log_warn("more than %d IKE_SAs are to end, or there is "
			    "no memory: some stay until the node has another",
			    DISCARDS_MAX);
		return;
	}
	d->home = *home;
	d->ike_id = sa->id;
	d->due = mono_add(child_now().mono, MS(DISCARD_AFTER));
	TAILQ_INSERT_TAIL(&k->discards, d, entry);
	k->ndiscards++;
	if (k->discard_at.ns == 0)
		arm(k);
}

/* 0, or -1 when out of memory. */
int
discard_start(struct keying *k)
{
	TAILQ_INIT(&k->discards);
	k->discard_timer = event_new(k->ch->base, -1, 0, on_time, k);
	return (k->discard_timer == NULL ? -1 : 0);
}
