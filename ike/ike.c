#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "core/log.h"
#include "core/verb.h"
#include "ike/charon.h"
#include "ike/ike.h"

static int
start(struct child *ch)
{
	struct charon	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL || charon_start(c, ch) == -1) {
		log_error("out of memory");
		free(c);
		return (-1);
	}
	ch->priv = c;
	return (0);
}

static void
got_fd(struct child *ch, const struct msg_fd *m, int fd)
{
	if (m->kind == FD_VICI && ch->priv != NULL)
		charon_fd(ch->priv, m, fd);
	else
		close(fd);
}

static void
message(struct child *ch, enum role from, enum msg_type t, const union msg *m)
{
	struct charon	*c = ch->priv;

	if (from != ROLE_PARENT || c == NULL)
		return;
	switch (t) {
	case MSG_RESULT:
		charon_result(c, &m->u_RESULT);
		break;
	case MSG_SA_NODE:
		keying_node(&c->keying, &m->u_SA_NODE);
		break;
	case MSG_SA_NODE_END:
		keying_nodes_end(&c->keying);
		break;
	case MSG_KEY_WANT:
		keying_want(&c->keying, &m->u_KEY_WANT);
		break;
	case MSG_IKE_DATA:
		keying_data(&c->keying, &m->u_IKE_DATA);
		break;
	default:
		break;
	}
}

/* A parent that has no ike block any more will end us. */
static void
configure(struct child *ch, const struct conf *old)
{
	if (ch->conf->ike != NULL && old->ike != NULL &&
	    strcmp(ch->conf->ike->vici, old->ike->vici) != 0)
		charon_restart(ch->priv, "another socket is configured");
	if (ch->conf->ike != NULL && ch->priv != NULL)
		keying_configure(&((struct charon *)ch->priv)->keying,
		    ch->conf);
}

static void
row_charon(const struct charon *c, struct report *rep)
{
	struct mono	 now = child_now().mono;

	report_row(rep, "ike_charon");
	report_str(rep, "version", c->version);
	report_str(rep, "state", charon_state_name(c->state));
	report_ms(rep, "since_ms", mono_diff(now, c->since) / NS_PER_MS);
	report_u64(rep, "reconnects", c->ups > 0 ? c->ups - 1 : 0);
	report_u64(rep, "ike_sas", c->sas.n);
	report_u64(rep, "child_sas", sa_children(&c->sas));
	report_u64(rep, "nodes", c->keying.n);
	report_u64(rep, "loaded", c->keying.loaded);
	report_u64(rep, "failed", c->keying.failed);
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
row_ike_sa(const struct ike_sa *sa, struct report *rep)
{
	char	 spi[17];

	report_row(rep, "ike_sa");
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

	report_row(rep, "child_sa");
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
 * Where an answer goes on: 1 and the unique id of the IKE_SA whose row is
 * next; or 2, the id, and how many of its CHILD_SAs were shown.
 */
#define CURSOR(phase, id, child) \
	((uint64_t)(phase) << 60 | (uint64_t)(id) << 16 | (uint64_t)(child))

/* The nodes, from the i-th on. */
static uint64_t
rows_nodes(const struct charon *c, struct report *rep, size_t i)
{
	for (; i < c->keying.n; i++) {
		if (report_full(rep))
			return (CURSOR(3, i, 0));
		if (!c->keying.v[i]->gone)
			keying_row(c->keying.v[i], rep);
	}
	return (0);
}

static uint64_t
rows_ike(struct charon *c, struct report *rep, uint64_t cursor)
{
	const struct ike_sa	*sa;
	uint32_t		 id = (uint32_t)(cursor >> 16);
	size_t			 i = cursor & 0xffff;

	if (cursor == 0) {
		row_charon(c, rep);
		charon_look(c);
		cursor = CURSOR(1, 0, 0);
	}
	if (cursor >> 60 == 1) {
		for (; (sa = sa_from(&c->sas, id)) != NULL; id = sa->id + 1) {
			if (report_full(rep))
				return (CURSOR(1, sa->id, 0));
			row_ike_sa(sa, rep);
			if (sa->id == UINT32_MAX)
				break;
		}
		id = 0;
		i = 0;
		cursor = CURSOR(2, 0, 0);
	}
	if (cursor >> 60 == 3)
		return (rows_nodes(c, rep, (size_t)id));
	for (; (sa = sa_from(&c->sas, id)) != NULL; id = sa->id + 1, i = 0) {
		for (; i < sa->nchildren; i++) {
			if (report_full(rep))
				return (CURSOR(2, sa->id, i));
			row_child_sa(sa, &sa->children[i], rep);
		}
		if (sa->id == UINT32_MAX)
			break;
	}
	return (rows_nodes(c, rep, 0));
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

static uint64_t
query(struct child *ch, const struct msg_query *q, struct report *rep,
    int *error)
{
	struct charon	*c = ch->priv;

	switch (q->verb) {
	case VERB_STATUS:
		row_charon(c, rep);
		break;
	case VERB_SHOW_IKE:
		return (rows_ike(c, rep, q->cursor));
	case VERB_IKE_INITIATE:
	case VERB_IKE_REKEY:
	case VERB_IKE_TERMINATE:
		*error = keying_command(&c->keying, q, rep);
		break;
	case VERB_SHOW_TIMERS:
		row_timer(rep, c->state == CHARON_WAITING ? "charon-connect" :
		    "charon-answer", c->timer_at);
		row_timer(rep, "charon-list", c->refresh_at);
		break;
	default:
		break;
	}
	return (0);
}

static void
stop(struct child *ch)
{
	charon_stop(ch->priv);
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
