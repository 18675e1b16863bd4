/*
 * Answers the parent's question which SPIs charon has for a node (MSG_SA_ASK),
 * with which sec/orphan.c finds associations in the kernel that charon has
 * forgotten.  charon is asked for a fresh list first, and the answer says
 * whether it is known to be complete.  Called by ike/keying.c.
 */
#include "ike/conn.h"
#include "ike/keying.h"
#include "wire/buf.h"

/* The SPIs of all that charon has of a node, after it was asked. */
void
spis_tell(struct keying *k, uint32_t id, const struct in6_addr *home,
    bool known)
{
	static uint8_t		 buf[NODE_SAS * SA_CHILD_MAX * 2 * 4];
	const struct node	*n = node_find(&k->nodes, home);
	const struct ike_sa	*sa;
	struct msg_sa_spis	 m = { .id = id, .home = *home,
				    .known = known };
	struct wbuf		 w;
	unsigned int		 i;
	size_t			 j;

	wbuf_init(&w, buf, sizeof(buf));
	for (i = 0; n != NULL && i < n->nids; i++) {
		if ((sa = sa_find(&k->charon->sas, n->ids[i])) == NULL)
			continue;
		/* There may be more of them than are kept. */
		m.known = m.known && sa->nchildren < SA_CHILD_MAX;
		for (j = 0; j < sa->nchildren; j++) {
			/* Nor has each that is told of an SPI. */
			m.known = m.known && sa->children[j].spi_in != 0;
			wbuf_u32(&w, sa->children[j].spi_in);
			wbuf_u32(&w, sa->children[j].spi_out);
		}
	}
	m.known = m.known && n != NULL && n->nids < NODE_SAS &&
	    k->charon->sas.not_kept == 0;
	m.spis = (struct blob){ buf, sizeof(buf) - wbuf_left(&w) };
	child_send(k->ch, ROLE_PARENT, MSG_SA_SPIS, &m);
}

/* MSG_SA_ASK: charon is asked first, so that the answer is not a former one. */
void
spis_ask(struct keying *k, const struct msg_sa_ask *m)
{
	struct node		*n = node_find(&k->nodes, &m->home);
	struct vici_builder	 b;
	uint8_t			 mem[CONN_SMALL];

	if (n != NULL && k->charon->state == CHARON_UP) {
		conn_name(&b, mem, sizeof(mem), "list-sas", "ike", &m->home);
		if (job_send(k, &b, JOB_SPIS, n, m->id, false))
			return;
	}
	spis_tell(k, m->id, &m->home, false);
}
