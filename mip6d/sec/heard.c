/*
 * What is heard of associations, by events, dumps and answers: those that
 * arrive at a home agent are net's to know (spi.c), those of tunnels tell
 * where key management has made them.  Answers net's question whose an SPI is
 * (MSG_SPI_ASK).
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "core/log.h"
#include "sec/int.h"

/* A new association of a tunnel: a move right after may miss it. */
static void
note_tunnel(struct sec *s, const struct pfkey_sa *sa)
{
	struct in6_addr	 src = spd_in6(&sa->src), dst = spd_in6(&sa->dst);
	struct mono	 now = sec_now(s);
	struct sec_node	*n;

	if (sa->satype != PFKEY_ESP || sa->mode != PFKEY_TUNNEL ||
	    (sa->reqid & 1) == 0 || (n = sec_by_reqid(s, sa->reqid)) == NULL)
		return;
	heal_tunnel_ends(n, &src, &dst);
	if (n->keyed.ns != 0 && mono_diff(now, n->keyed) > SEC(1))
		n->rekeyed = now;
	if (n->rekeyed.ns == now.ns && n->moved.ns != 0 &&
	    mono_diff(now, n->moved) < SEC(SEC_HEAL_AFTER))
		orphan_suspect(n);
	n->keyed = now;
}

/* An event is about that association; those of PF_KEY that are none. */
void
heard_sa(struct sec *s, enum prim_event e, const struct pfkey_sa *sa)
{
	struct sec_node	*n;

	if (e == PRIM_SA_NEW)
		note_tunnel(s, sa);
	if ((n = spi_node(s, sa)) == NULL)
		return;
	if (e == PRIM_SA_DELETED || e == PRIM_SA_EXPIRED)
		spi_forget(n, sa->spi);
	else if (spi_is_inbound(n, sa))
		spi_learn(n, sa->spi);
}

static void
take_sa(struct sec *s, const struct prim_result *r)
{
	struct sec_node	*n;

	if (r->sa->state != PFKEY_LARVAL)
		note_tunnel(s, r->sa);
	if ((n = spi_node(s, r->sa)) != NULL && spi_is_inbound(n, r->sa))
		spi_learn(n, r->sa->spi);
}

/* Read all associations; those that are not there any more are forgotten. */
void
heard_dump(struct sec *s)
{
	dump_begin(&s->sas);
}

static void
all_heard(struct sec *s)
{
	spi_forget_old(s);
	/* net may have heard of others from a sec that died. */
	if (s->net_aged)
		spi_tell(s, 0, &in6addr_any, SPI_FORGET);
	s->net_aged = false;
}

void
heard_start(struct sec *s)
{
	s->sas = (struct sec_dump){ .sec = s, .op = PRIM_SAS,
	    .begun = spi_age, .row = take_sa, .done = all_heard };
}

/* Read all associations for the first time. */
void
heard_begin(struct sec *s)
{
	spi_tell(s, 0, &in6addr_any, SPI_AGE);
	s->net_aged = true;
	heard_dump(s);
}

static void
on_get(void *arg, const struct prim_result *r)
{
	struct sec_ask	*a = arg;
	struct sec	*s = a->sec;
	struct sec_node	*n;
	struct in6_addr	 home = a->home;
	uint32_t	 spi = a->spi;

	a->spi = 0;
	s->nasks--;
	if (r->error == 0 && r->sa != NULL && r->sa->spi == spi &&
	    (n = spi_node(s, r->sa)) != NULL && spi_is_inbound(n, r->sa) &&
	    IN6_ARE_ADDR_EQUAL(&n->want.home, &home))
		spi_tell(s, spi, &home, SPI_IS);
	else
		spi_tell(s, spi, &home, SPI_UNKNOWN);
}

/* So many are asked of the kernel at a time; a flood may bring more. */
static bool
may_ask(struct sec *s)
{
	static struct log_limit	 limit;

	if (s->nasks < SEC_ASKS_MAX)
		return (true);
	sec_count(s, SC_SPI_ASKS_FULL);
	if (limit_lines(&limit, sec_now(s), 1, NULL))
		log_warn("packets with more than %d unknown SPIs at a time: "
		    "those of some are dropped", SEC_ASKS_MAX);
	return (false);
}

/* net: MSG_SPI_ASK. */
void
heard_ask(struct sec *s, const struct msg_spi *m)
{
	struct prim_request	 r = { .op = PRIM_SA_GET };
	struct sec_node		*n = sec_find(s, ROLE_HA, &m->home);
	struct sec_ask		*a;
	unsigned int		 i;

	if (n != NULL && spi_known(n, m->spi)) {
		spi_tell(s, m->spi, &m->home, SPI_IS);
		return;
	}
	if (n == NULL || n->gone || m->spi == 0 || !may_ask(s)) {
		spi_tell(s, m->spi, &m->home, SPI_UNKNOWN);
		return;
	}
	for (i = 0; s->asks[i].spi != 0; i++)
		continue;
	a = &s->asks[i];
	*a = (struct sec_ask){ .sec = s, .spi = m->spi, .home = m->home };
	s->nasks++;
	r.sa = (struct prim_sa){ m->spi, m->home, n->want.agent };
	sec_ask(s, &r, on_get, a);
	sec_soon(s);
}
