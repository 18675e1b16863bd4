/*
 * Whose an ESP SPI is that arrives at a home agent. net has to know, as it
 * sees packets before the kernel has decrypted them.  It is told from what the
 * kernel says of its associations, from a dump when that may have been
 * incomplete, and in answer to its question (MSG_SPI_ASK).
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <string.h>

#include "core/clock.h"
#include "parent/ipsec.h"

static void
tell(struct sec *s, uint32_t spi, const struct in6_addr *home,
    enum spi_what what)
{
	struct msg_spi	 m = { .spi = spi, .home = *home,
			    .what = (uint8_t)what };

	proc_tell(s->parent, MSG_SPI, &m);
}

static void
forget(struct sec_node *n, unsigned int i)
{
	tell(n->sec, n->spis[i], &n->want.home, SPI_GONE);
	/* They stay in the order in which they came. */
	n->nspis--;
	memmove(&n->spis[i], &n->spis[i + 1],
	    (n->nspis - i) * sizeof(n->spis[0]));
	memmove(&n->spi_old[i], &n->spi_old[i + 1],
	    (n->nspis - i) * sizeof(n->spi_old[0]));
}

static unsigned int
place(const struct sec_node *n, uint32_t spi)
{
	unsigned int	 i;

	for (i = 0; i < n->nspis; i++)
		if (n->spis[i] == spi)
			break;
	return (i);
}

/* More than a rekeying has: the oldest makes room. */
static void
make_room(struct sec_node *n)
{
	static struct log_limit	 limit;
	char			 home[INET6_ADDRSTRLEN];

	COUNT(&n->sec->parent->counters, PC_SPIS_FORGOTTEN);
	if (limit_lines(&limit, mono_now(), 1, NULL))
		log_warn("%s has more than %d inbound associations: of the "
		    "oldest net has to ask", inet_ntop(AF_INET6, &n->want.home,
		    home, sizeof(home)), SEC_SPIS_MAX);
	forget(n, 0);
}

static void
learn(struct sec_node *n, uint32_t spi)
{
	unsigned int	 i = place(n, spi);

	if (i < n->nspis) {
		n->spi_old[i] = false;
		return;
	}
	if (i == SEC_SPIS_MAX) {
		make_room(n);
		i = n->nspis;
	}
	n->spis[i] = spi;
	n->spi_old[i] = false;
	n->nspis++;
	tell(n->sec, spi, &n->want.home, SPI_IS);
}

/* The node of ha of which this is an inbound association, or NULL. */
static struct sec_node *
node_of(struct sec *s, const struct pfkey_sa *sa)
{
	struct in6_addr	 src = spd_in6(&sa->src), dst = spd_in6(&sa->dst);
	struct sec_node	*n;

	if (sa->satype != PFKEY_ESP || sa->src.family != AF_INET6 ||
	    (n = sec_find(s, ROLE_HA, &src)) == NULL || n->gone ||
	    !IN6_ARE_ADDR_EQUAL(&dst, &n->want.agent))
		return (NULL);
	return (n);
}

static bool
is_inbound(const struct sec_node *n, const struct pfkey_sa *sa)
{
	return (sa->mode == PFKEY_TRANSPORT && sa->reqid == n->want.reqid &&
	    n->want.reqid != 0 && sa->spi != 0 &&
	    (sa->state == PFKEY_MATURE || sa->state == PFKEY_DYING));
}

static void
flushed(struct sec *s)
{
	struct sec_node	*n;

	TAILQ_FOREACH(n, &s->nodes, all)
		while (n->nspis > 0)
			forget(n, 0);
}

/* A new association of a tunnel: a move right after may miss it. */
static void
note_tunnel(struct sec *s, const struct pfkey_sa *sa)
{
	struct in6_addr	 src = spd_in6(&sa->src), dst = spd_in6(&sa->dst);
	struct mono	 now = mono_now();
	struct sec_node	*n;

	if (sa->satype != PFKEY_ESP || sa->mode != PFKEY_TUNNEL ||
	    (sa->reqid & 1) == 0 || sa->reqid > REQID_LAST ||
	    (n = s->by_reqid[sa->reqid / 2]) == NULL)
		return;
	job_tunnel_ends(n, &src, &dst);
	if (n->keyed.ns != 0 && mono_diff(now, n->keyed) > SEC(1))
		n->rekeyed = now;
	if (n->rekeyed.ns == now.ns && n->moved.ns != 0 &&
	    mono_diff(now, n->moved) < SEC(SEC_HEAL_AFTER))
		orphan_suspect(n);
	n->keyed = now;
}

/* Manual associations were added: we are not told of our own requests. */
void
spi_manual(struct sec_node *n)
{
	struct pfkey_sa	 sa;
	size_t		 i;

	if (!n->want.agent_side || n->gone)
		return;
	for (i = 0; n->conf != NULL && i < n->conf->nsas; i++) {
		if (!manual_use(n, i, SA_BINDING) ||
		    manual_sa(n, &n->have, i, &sa) != PFKEY_OK)
			continue;
		sa.state = PFKEY_MATURE;
		if (node_of(n->sec, &sa) == n && is_inbound(n, &sa))
			learn(n, sa.spi);
	}
}

/* What the kernel says of its own accord. */
void
spi_heard(struct sec *s, const struct pfkey_msg *m)
{
	struct pfkey_sa	 sa;
	struct sec_node	*n;
	unsigned int	 i;

	if (m->errnum != 0)
		return;
	if (m->type == PFKEY_FLUSH &&
	    (m->satype == PFKEY_SA_ANY || m->satype == PFKEY_ESP)) {
		flushed(s);
		return;
	}
	if ((m->type != PFKEY_ADD && m->type != PFKEY_UPDATE &&
	    m->type != PFKEY_DELETE && m->type != PFKEY_EXPIRE) ||
	    pfkey_to_sa(m, &sa) != PFKEY_OK)
		return;
	if (m->type == PFKEY_ADD || m->type == PFKEY_UPDATE)
		note_tunnel(s, &sa);
	if ((n = node_of(s, &sa)) == NULL)
		return;
	if (m->type == PFKEY_ADD || m->type == PFKEY_UPDATE) {
		if (is_inbound(n, &sa))
			learn(n, sa.spi);
	} else if (m->type == PFKEY_DELETE || PFKEY_HAS(m, PFKEY_X_LIFE_HARD))
		if ((i = place(n, sa.spi)) < n->nspis)
			forget(n, i);
}

/* We remove it ourselves. */
void
spi_forget(struct sec_node *n, uint32_t spi)
{
	unsigned int	 i = place(n, spi);

	if (i < n->nspis)
		forget(n, i);
}

static void
on_dump(void *arg, const struct pfkey_reply *r)
{
	struct sec	*s = arg;
	struct sec_node	*n;
	unsigned int	 j;
	size_t		 i;

	s->sad_dumping = false;
	if (r->error == PFKEY_E_CANCELLED)
		return;
	if (r->error != PFKEY_OK || s->sad_again) {
		COUNT(&s->parent->counters, PC_IPSEC_ERRORS);
		s->sad_again = true;
		sec_retry(s);
		return;
	}
	for (i = 0; i < r->nsas; i++)
		if (r->sas[i].state != PFKEY_LARVAL)
			note_tunnel(s, &r->sas[i]);
	for (i = 0; i < r->nsas; i++)
		if ((n = node_of(s, &r->sas[i])) != NULL &&
		    is_inbound(n, &r->sas[i]))
			learn(n, r->sas[i].spi);
	TAILQ_FOREACH(n, &s->nodes, all)
		for (j = n->nspis; j-- > 0;)
			if (n->spi_old[j])
				forget(n, j);
}

/* Read all associations; those that are not there any more are forgotten. */
void
spi_dump(struct sec *s)
{
	struct pfkey_msg	 m;
	struct sec_node		*n;
	unsigned int		 i;

	if (s->sad_dumping) {
		s->sad_again = true;
		return;
	}
	s->sad_dumping = true;
	s->sad_again = false;
	TAILQ_FOREACH(n, &s->nodes, all)
		for (i = 0; i < n->nspis; i++)
			n->spi_old[i] = true;
	COUNT(&s->parent->counters, PC_IPSEC_DUMPS);
	pfkey_msg_init(&m, PFKEY_DUMP);
	sadb_request(s->sadb, &m, on_dump, s);
}

/* net has begun anew and knows none. */
void
spi_net_ready(struct sec *s)
{
	struct sec_node	*n;
	unsigned int	 i;

	TAILQ_FOREACH(n, &s->nodes, all)
		for (i = 0; i < n->nspis; i++)
			tell(s, n->spis[i], &n->want.home, SPI_IS);
}

void
spi_node_gone(struct sec_node *n)
{
	while (n->nspis > 0)
		forget(n, 0);
}

static void
on_get(void *arg, const struct pfkey_reply *r)
{
	struct sec_ask	*a = arg;
	struct sec	*s = a->sec;
	struct pfkey_sa	 sa;
	struct sec_node	*n = NULL;
	struct in6_addr	 home = a->home;
	uint32_t	 spi = a->spi;

	a->spi = 0;
	s->nasks--;
	if (r->error == PFKEY_OK && r->msg != NULL &&
	    pfkey_to_sa(r->msg, &sa) == PFKEY_OK && sa.spi == spi &&
	    (n = node_of(s, &sa)) != NULL && is_inbound(n, &sa) &&
	    IN6_ARE_ADDR_EQUAL(&n->want.home, &home))
		tell(s, spi, &home, SPI_IS);
	else
		tell(s, spi, &home, SPI_UNKNOWN);
}

/* So many are asked of the kernel at a time; a flood may bring more. */
static bool
may_ask(struct sec *s)
{
	static struct log_limit	 limit;

	if (s->nasks < SEC_ASKS_MAX)
		return (true);
	COUNT(&s->parent->counters, PC_SPI_ASKS_FULL);
	if (limit_lines(&limit, mono_now(), 1, NULL))
		log_warn("packets with more than %d unknown SPIs at a time: "
		    "those of some are dropped", SEC_ASKS_MAX);
	return (false);
}

/* net: MSG_SPI_ASK. */
void
spi_ask(struct proc *pr, const union msg *msg)
{
	const struct msg_spi	*m = &msg->u_SPI_ASK;
	struct sec		*s = pr->parent->sec;
	struct sec_node		*n;
	struct sec_ask		*a;
	struct pfkey_msg	 q;
	struct pfkey_sa		 sa;
	unsigned int		 i;

	if (s == NULL)
		return;
	n = sec_find(s, ROLE_HA, &m->home);
	if (n != NULL && place(n, m->spi) < n->nspis) {
		tell(s, m->spi, &m->home, SPI_IS);
		return;
	}
	memset(&sa, 0, sizeof(sa));
	sa.satype = PFKEY_ESP;
	sa.spi = m->spi;
	sa.src = spd_addr(&m->home);
	if (n != NULL)
		sa.dst = spd_addr(&n->want.agent);
	if (n == NULL || n->gone || m->spi == 0 || !may_ask(s) ||
	    pfkey_from_sa(&q, PFKEY_GET, &sa) != PFKEY_OK) {
		tell(s, m->spi, &m->home, SPI_UNKNOWN);
		return;
	}
	for (i = 0; s->asks[i].spi != 0; i++)
		continue;
	a = &s->asks[i];
	*a = (struct sec_ask){ .sec = s, .spi = m->spi, .home = m->home };
	s->nasks++;
	sadb_request(s->sadb, &q, on_get, a);
	sadb_wake(s->sadb);
}
