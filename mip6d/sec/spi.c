/*
 * Whose an ESP SPI is that arrives at a home agent, as far as that is known.
 * net has to know, as it sees packets before the kernel has decrypted them,
 * and is told of each change here.  heard.c finds out what there is.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <string.h>

#include "core/log.h"
#include "sec/int.h"

/* Tell net. */
void
spi_tell(struct sec *s, uint32_t spi, const struct in6_addr *home,
    enum spi_what what)
{
	struct msg_spi	 m = { .spi = spi, .home = *home,
			    .what = (uint8_t)what };

	s->env.tell(s->env.arg, MSG_SPI, &m);
}

static void
forget(struct sec_node *n, unsigned int i)
{
	spi_tell(n->sec, n->spis[i], &n->want.home, SPI_GONE);
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

bool
spi_known(const struct sec_node *n, uint32_t spi)
{
	return (place(n, spi) < n->nspis);
}

/* More than a rekeying has: the oldest makes room. */
static void
make_room(struct sec_node *n)
{
	static struct log_limit	 limit;
	char			 home[INET6_ADDRSTRLEN];

	sec_count(n->sec, SC_SPIS_FORGOTTEN);
	if (limit_lines(&limit, sec_now(n->sec), 1, NULL))
		log_warn("%s has more than %d inbound associations: of the "
		    "oldest net has to ask", inet_ntop(AF_INET6, &n->want.home,
		    home, sizeof(home)), SEC_SPIS_MAX);
	forget(n, 0);
}

/* There is that inbound association. */
void
spi_learn(struct sec_node *n, uint32_t spi)
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
	spi_tell(n->sec, spi, &n->want.home, SPI_IS);
}

/* It is there no more; nothing if it was not known. */
void
spi_forget(struct sec_node *n, uint32_t spi)
{
	unsigned int	 i = place(n, spi);

	if (i < n->nspis)
		forget(n, i);
}

/* The node of ha of which this is an inbound association, or NULL. */
struct sec_node *
spi_node(struct sec *s, const struct pfkey_sa *sa)
{
	struct in6_addr	 src = spd_in6(&sa->src), dst = spd_in6(&sa->dst);
	struct sec_node	*n;

	if (sa->satype != PFKEY_ESP || sa->src.family != AF_INET6 ||
	    (n = sec_find(s, ROLE_HA, &src)) == NULL || n->gone ||
	    !IN6_ARE_ADDR_EQUAL(&dst, &n->want.agent))
		return (NULL);
	return (n);
}

/* Can packets come by it that net is to let in? */
bool
spi_is_inbound(const struct sec_node *n, const struct pfkey_sa *sa)
{
	return (sa->mode == PFKEY_TRANSPORT && sa->reqid == n->want.reqid &&
	    n->want.reqid != 0 && sa->spi != 0 &&
	    (sa->state == PFKEY_MATURE || sa->state == PFKEY_DYING));
}

/* Manual associations were added: we are not told of our own requests. */
void
spi_manual(struct sec_node *n)
{
	struct pfkey_sa	 sa;
	size_t		 i;

	if (!n->want.agent_side || n->gone)
		return;
	for (i = 0; i < n->nsas; i++) {
		if (!sec_manual_use(n, i, SA_BINDING))
			continue;
		spd_sa(&n->have, &n->sas[i], &sa);
		sa.state = PFKEY_MATURE;
		if (spi_node(n->sec, &sa) == n && spi_is_inbound(n, &sa))
			spi_learn(n, sa.spi);
	}
}

void
spi_node_gone(struct sec_node *n)
{
	while (n->nspis > 0)
		forget(n, 0);
}

/* All associations have gone. */
void
spi_flushed(struct sec *s)
{
	struct sec_node	*n;

	TAILQ_FOREACH(n, &s->nodes, all)
		spi_node_gone(n);
}

/* A dump begins: what it does not show is not there any more. */
void
spi_age(struct sec *s)
{
	struct sec_node	*n;
	unsigned int	 i;

	TAILQ_FOREACH(n, &s->nodes, all)
		for (i = 0; i < n->nspis; i++)
			n->spi_old[i] = true;
}

/* It has ended. */
void
spi_forget_old(struct sec *s)
{
	struct sec_node	*n;
	unsigned int	 i;

	TAILQ_FOREACH(n, &s->nodes, all)
		for (i = n->nspis; i-- > 0;)
			if (n->spi_old[i])
				forget(n, i);
}

/* net has begun anew and knows none. */
void
spi_net_ready(struct sec *s)
{
	struct sec_node	*n;
	unsigned int	 i;

	TAILQ_FOREACH(n, &s->nodes, all)
		for (i = 0; i < n->nspis; i++)
			spi_tell(s, n->spis[i], &n->want.home, SPI_IS);
}
