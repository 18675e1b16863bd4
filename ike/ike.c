/*
 * The ike process as core/child.c sees it: its start and end, descriptors and
 * messages from the parent, a new configuration, and the questions of
 * mip6ctl.  Its state is the connection to charon (ike/charon.c) and what is
 * wanted of charon for each node (ike/keying.c); here are the rows that show
 * both.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/log.h"
#include "core/tables.h"
#include "core/verb.h"
#include "ike/charon.h"
#include "ike/ike.h"
#include "ike/keying.h"

/* charon is first: tests look at it. */
struct ike {
	struct charon	 charon;
	struct keying	 keying;
};

static int
start(struct child *ch)
{
	struct ike	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    charon_start(&p->charon, ch) == -1 ||
	    keying_start(&p->keying, ch, &p->charon) == -1) {
		log_error("out of memory");
		free(p);
		return (-1);
	}
	ch->priv = p;
	return (0);
}

static void
got_fd(struct child *ch, const struct msg_fd *m, int fd)
{
	struct ike	*p = ch->priv;

	if (m->kind == FD_CONNECTED && p != NULL) {
		charon_fd(&p->charon, m, fd);
		return;
	}
	if (m->kind == FD_FILE && p != NULL)
		creds_file(&p->keying, m->arg, fd);
	close(fd);
}

static void
message(struct child *ch, enum role from, enum msg_type t, const union msg *m)
{
	struct ike	*p = ch->priv;

	if (from != ROLE_PARENT)
		return;
	if (t == MSG_RESULT && (m->u_RESULT.id & CRED_ID) == 0)
		charon_result(&p->charon, &m->u_RESULT);
	else
		keying_message(&p->keying, t, m);
}

/* A parent that has no ike block any more will end us. */
static void
configure(struct child *ch, const struct conf *old)
{
	struct ike	*p = ch->priv;
	bool		 logs = p->charon.logs;

	keying_configure(&p->keying, old);
	if (ch->conf->ike == NULL || old->ike == NULL)
		return;
	if (strcmp(ch->conf->ike->vici, old->ike->vici) != 0)
		charon_restart(&p->charon, "another socket is configured");
	else if (p->charon.logs && !logs && p->charon.conn != NULL)
		charon_restart(&p->charon, "its log is of use now");
}

static void
row_charon(const struct ike *p, struct report *rep)
{
	const struct charon	*c = &p->charon;
	const size_t		*nload = p->keying.nodes.nload;
	struct mono		 now = child_now().mono;

	report_row(rep, TABLE_CHARON);
	report_str(rep, "version", c->version);
	report_str(rep, "state", charon_state_name(c->state));
	report_ms(rep, "since_ms", mono_diff(now, c->since) / NS_PER_MS);
	report_u64(rep, "reconnects", c->ups > 0 ? c->ups - 1 : 0);
	report_u64(rep, "ike_sas", c->sas.n);
	report_u64(rep, "child_sas", sa_children(&c->sas));
	report_u64(rep, "nodes", p->keying.nodes.n);
	report_u64(rep, "loaded", nload[LOAD_YES]);
	report_u64(rep, "failed", nload[LOAD_BAD]);
	report_ms(rep, "listed_ms", c->listed.ns == 0 ? 0 :
	    mono_diff(now, c->listed) / NS_PER_MS);
	report_str(rep, "last_error", c->last_error);
	report_ms(rep, "last_error_ms", c->last_error_at.ns == 0 ? 0 :
	    mono_diff(now, c->last_error_at) / NS_PER_MS);
	report_u64(rep, "not_kept", c->sas.not_kept);
	report_u64(rep, "bad", c->sas.bad);
	report_end(rep);
}

static void
row_node(const struct ike *p, const struct node *n, struct report *rep)
{
	const struct in6_addr	*local = n->is_mn ? &n->local : &n->agent;
	struct view		 v;

	keying_view(&p->keying, n, &v);
	report_row(rep, "ike_node");
	report_addr(rep, "home_address", &n->home);
	report_str(rep, "state", v.binding ? key_state_name(KEY_UP) :
	    key_state_name(n->told_state == 0 ? KEY_DOWN : n->told_state));
	report_u64(rep, "reqid", n->reqid);
	report_u64(rep, "ike_id", v.sa == NULL ? 0 : v.sa->id);
	report_u64(rep, "retries", n->retries);
	report_str(rep, "identity", n->ipsec->identity);
	report_addr(rep, "local", local);
	report_str(rep, "last_error", n->error);
	report_bool(rep, "tunnel", v.tunnel);
	report_bool(rep, "loaded", n->load == LOAD_YES);
	report_end(rep);
}

static void
row_ike_sa(const struct ike_sa *sa, struct report *rep)
{
	char	 spi[17];

	report_row(rep, TABLE_IKE_SA);
	report_u64(rep, "id", sa->id);
	report_str(rep, "name", sa->name);
	report_str(rep, "state", sa->state);
	report_str(rep, "role", sa->initiator ? "initiator" : "responder");
	report_ms(rep, "established_ms", (int64_t)(sa->established & INT32_MAX)
	    * 1000);
	report_u64(rep, "children", sa->nchildren);
	report_str(rep, "local_host", sa->local_host);
	report_str(rep, "remote_host", sa->remote_host);
	report_str(rep, "local_id", sa->local_id);
	report_str(rep, "remote_id", sa->remote_id);
	snprintf(spi, sizeof(spi), "%016" PRIx64, sa->spi_i);
	report_str(rep, "initiator_spi", spi);
	snprintf(spi, sizeof(spi), "%016" PRIx64, sa->spi_r);
	report_str(rep, "responder_spi", spi);
	report_end(rep);
}

static void
row_child_sa(const struct ike_sa *sa, const struct child_sa *c,
    struct report *rep)
{
	char	 spi[9];

	report_row(rep, TABLE_CHILD_SA);
	report_u64(rep, "ike_id", sa->id);
	report_u64(rep, "id", c->id);
	report_str(rep, "name", c->name);
	report_str(rep, "state", c->state);
	report_str(rep, "mode", c->mode);
	report_u64(rep, "reqid", c->reqid);
	snprintf(spi, sizeof(spi), "%08" PRIx32, c->spi_in);
	report_str(rep, "spi_in", spi);
	snprintf(spi, sizeof(spi), "%08" PRIx32, c->spi_out);
	report_str(rep, "spi_out", spi);
	report_u64(rep, "bytes_in", c->bytes_in);
	report_u64(rep, "bytes_out", c->bytes_out);
	report_u64(rep, "packets_in", c->packets_in);
	report_u64(rep, "packets_out", c->packets_out);
	report_str(rep, "local_ts", c->local_ts);
	report_str(rep, "remote_ts", c->remote_ts);
	report_end(rep);
}

/*
 * Where an answer goes on: 1 and the number of the node whose row is next; 2
 * and the unique id of the IKE_SA; or 3, the id, and how many of its CHILD_SAs
 * were shown.
 */
#define CURSOR(phase, id, child) \
	((uint64_t)(phase) << 60 | (uint64_t)(id) << 16 | (uint64_t)(child))

static uint64_t
rows_nodes(const struct ike *p, struct report *rep, uint32_t i)
{
	const struct nodes	*t = &p->keying.nodes;
	const struct node	*n;

	for (; i < t->pool.used; i++) {
		if ((n = node_at(t, i)) == NULL)
			continue;
		if (report_full(rep))
			return (CURSOR(1, i, 0));
		row_node(p, n, rep);
	}
	return (0);
}

static uint64_t
rows_ike_sas(const struct charon *c, struct report *rep, uint32_t id)
{
	const struct ike_sa	*sa;

	for (; (sa = sa_from(&c->sas, id)) != NULL; id = sa->id + 1) {
		if (report_full(rep))
			return (CURSOR(2, sa->id, 0));
		row_ike_sa(sa, rep);
		if (sa->id == UINT32_MAX)
			break;
	}
	return (0);
}

static uint64_t
rows_child_sas(const struct charon *c, struct report *rep, uint32_t id,
    size_t i)
{
	const struct ike_sa	*sa;

	for (; (sa = sa_from(&c->sas, id)) != NULL; id = sa->id + 1, i = 0) {
		for (; i < sa->nchildren; i++) {
			if (report_full(rep))
				return (CURSOR(3, sa->id, i));
			row_child_sa(sa, &sa->children[i], rep);
		}
		if (sa->id == UINT32_MAX)
			break;
	}
	return (0);
}

static uint64_t
rows_ike(struct ike *p, struct report *rep, uint64_t cursor)
{
	uint32_t	 id = (uint32_t)(cursor >> 16);
	uint64_t	 phase = cursor >> 60, next;

	if (phase == 0) {
		row_charon(p, rep);
		charon_look(&p->charon);
	}
	if (phase <= 1 && (next = rows_nodes(p, rep, id)) != 0)
		return (next);
	if (phase <= 2 && (next = rows_ike_sas(&p->charon, rep,
	    phase < 2 ? 0 : id)) != 0)
		return (next);
	return (rows_child_sas(&p->charon, rep, phase < 3 ? 0 : id,
	    phase < 3 ? 0 : cursor & 0xffff));
}

static void
act(struct ike *p, const struct msg_query *q, struct report *rep, int *error)
{
	struct in6_addr	 home;
	char		 text[NODE_TEXT_MAX];

	if (!verb_address(q->arg, &home))
		*error = EINVAL;
	else if (!keying_verb(&p->keying, (enum verb)q->verb, &home, text,
	    sizeof(text)))
		*error = ENOENT;
	if (*error != 0)
		return;
	report_row(rep, "ike");
	report_addr(rep, "home_address", &home);
	report_str(rep, "text", text);
	report_end(rep);
}

static void
row_timer(struct report *rep, const char *name, struct mono at)
{
	int64_t	 left = mono_diff(at, child_now().mono) / NS_PER_MS;

	if (at.ns == 0)
		return;
	report_row(rep, "timer");
	report_str(rep, "role", role_name(ROLE_IKE));
	report_str(rep, "name", name);
	report_u64(rep, "count", 1);
	report_ms(rep, "next_ms", left < 0 ? 0 : left);
	report_end(rep);
}

/* Only mobile nodes' own home addresses have timers, and there are few. */
static void
row_nodes_timer(const struct ike *p, struct report *rep)
{
	const struct nodes	*t = &p->keying.nodes;
	const struct node	*n;
	struct mono		 next = { 0 };
	uint32_t		 i;

	for (i = 0; t->nmn > 0 && i < t->pool.used; i++)
		if ((n = node_at(t, i)) != NULL && n->timer_at.ns != 0 &&
		    (next.ns == 0 || mono_before(n->timer_at, next)))
			next = n->timer_at;
	row_timer(rep, "ike-attempt", next);
}

static uint64_t
query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	struct ike	*p = ch->priv;
	struct charon	*c = &p->charon;

	switch (q->verb) {
	case VERB_STATUS:
		row_charon(p, rep);
		break;
	case VERB_SHOW_IKE:
		return (rows_ike(p, rep, q->cursor));
	case VERB_IKE_INITIATE:
	case VERB_IKE_REKEY:
	case VERB_IKE_TERMINATE:
		act(p, q, rep, error);
		break;
	case VERB_SHOW_TIMERS:
		row_timer(rep, c->state == CHARON_WAITING ? "charon-connect" :
		    "charon-answer", c->timer_at);
		row_timer(rep, "charon-list", c->refresh_at);
		row_timer(rep, "charon-load", p->keying.loader.timer_at);
		row_timer(rep, "charon-files", p->keying.creds_at);
		row_timer(rep, "ike-discard", p->keying.discard_at);
		row_nodes_timer(p, rep);
		break;
	default:
		break;
	}
	return (0);
}

static void
stop(struct child *ch)
{
	struct ike	*p = ch->priv;

	keying_stop(&p->keying);
	charon_stop(&p->charon);
}

const struct child_ops	ike_ops = {
	.role = ROLE_IKE,
	.counters = ike_counters,
	.start = start,
	.got_fd = got_fd,
	.configure = configure,
	.message = message,
	.query = query,
	.stop = stop,
};
