/*
 * The primitives that the planning of IPsec may ask (sec/prim.h), by PF_KEY.
 * Each is a row: what it is checked by (owned.c), and the message that it is.
 * What goes back has no key in it.  What the kernel says of its own accord is
 * read here, too: of new, deleted and expired associations and of policies the
 * planning hears, an ACQUIRE is charon's to answer.
 */
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "parent/parent.h"
#include "parent/planner.h"

#define CLEAR_SPI	0x6d697036

/* One that the kernel has been asked. */
struct flight {
	struct planner	*planner;
	uint32_t	 id;
	enum prim	 op;
	bool		 second;	/* CLEAR: it is being removed */
	struct pfkey_sa	 sa;		/* CLEAR: what is removed at once */
};

/* The message that a primitive is, of the type that its row has. */
typedef enum pfkey_error build_fn(struct planner *, enum pfkey_type,
		    const struct prim_request *, struct flight *,
		    struct pfkey_msg *);

static enum pfkey_error
build_policy(struct planner *pl, enum pfkey_type t,
    const struct prim_request *r, struct flight *f, struct pfkey_msg *m)
{
	struct spd_entry	 e;

	(void)pl;
	(void)f;
	return (spd_entry(&r->of, r->index, &e) ?
	    pfkey_from_policy(m, t, &e.policy) : PFKEY_E_VALUE);
}

static enum pfkey_error
build_move(struct planner *pl, enum pfkey_type t,
    const struct prim_request *r, struct flight *f, struct pfkey_msg *m)
{
	struct pfkey_migrate	 g;
	struct spd_entry	 e;

	(void)pl;
	(void)t;
	(void)f;
	if (!spd_entry(&r->of, r->index, &e) || e.kind == SPD_BYPASS)
		return (PFKEY_E_VALUE);
	spd_migrate(&e.policy, &r->local, &r->peer, &g);
	if (r->km) {
		g.km_local = spd_addr(&r->km_local);
		g.km_remote = spd_addr(&r->km_remote);
	}
	return (pfkey_from_migrate(m, &g));
}

/*
 * An association that looks like the one that an ACQUIRE left behind takes its
 * place, and is removed at once.
 */
static enum pfkey_error
build_clear(struct planner *pl, enum pfkey_type t,
    const struct prim_request *r, struct flight *f, struct pfkey_msg *m)
{
	static const uint8_t	 zero[32];
	struct pfkey_migrate	 g;
	struct spd_entry	 e;

	(void)pl;
	if (!spd_entry(&r->of, r->index, &e) || e.kind == SPD_BYPASS)
		return (PFKEY_E_VALUE);
	spd_migrate(&e.policy, &r->of.local, &r->of.peer, &g);
	memset(&f->sa, 0, sizeof(f->sa));
	f->sa.satype = PFKEY_ESP;
	f->sa.spi = CLEAR_SPI;
	f->sa.src = g.from[0].src;
	f->sa.dst = g.from[0].dst;
	f->sa.mode = g.from[0].mode;
	f->sa.reqid = g.from[0].reqid;
	f->sa.encrypt = PFKEY_C_NULL;
	f->sa.auth = PFKEY_A_SHA256;
	f->sa.key_auth = (struct pfkey_key){ zero, 256 };
	return (pfkey_from_sa(m, t, &f->sa));
}

static enum pfkey_error
build_stray(struct planner *pl, enum pfkey_type t,
    const struct prim_request *r, struct flight *f, struct pfkey_msg *m)
{
	const struct pfkey_policy	 p = { .sel = r->policy.sel,
	    .dir = r->policy.dir };

	(void)pl;
	(void)f;
	return (pfkey_from_policy(m, t, &p));
}

/* The association that is configured for a node, with its keys. */
static enum pfkey_error
build_manual(struct planner *pl, enum pfkey_type t,
    const struct prim_request *r, struct flight *f, struct pfkey_msg *m)
{
	const struct owned_node	*n = owned_find(&pl->owned, &r->of);
	struct pfkey_sa		 sa;

	(void)f;
	spd_sa(&r->of, &n->sas[r->index], &sa);
	manual_keys(&n->conf->sas[r->index], &sa);
	if (t == PFKEY_ADD)
		owned_added(&pl->owned, n, &sa);
	return (pfkey_from_sa(m, t, &sa));
}

static enum pfkey_error
build_named(struct planner *pl, enum pfkey_type t,
    const struct prim_request *r, struct flight *f, struct pfkey_msg *m)
{
	const struct pfkey_sa	 sa = { .satype = PFKEY_ESP,
	    .spi = r->sa.spi, .src = spd_addr(&r->sa.src),
	    .dst = spd_addr(&r->sa.dst) };

	(void)pl;
	(void)f;
	return (pfkey_from_sa(m, t, &sa));
}

static enum pfkey_error
build_dump(struct planner *pl, enum pfkey_type t,
    const struct prim_request *r, struct flight *f, struct pfkey_msg *m)
{
	(void)pl;
	(void)r;
	(void)f;
	pfkey_msg_init(m, t);
	return (PFKEY_OK);
}

/* Without may, anybody may. */
static const struct {
	bool		(*may)(struct owned *, const struct prim_request *);
	build_fn	*build;
	enum pfkey_type	 type;
} prims[PRIM_MAX] = {
	[PRIM_SET] = { owned_may_put, build_policy, PFKEY_SPDUPDATE },
	[PRIM_DELETE] = { owned_may_delete, build_policy, PFKEY_SPDDELETE },
	[PRIM_MOVE] = { owned_may_move, build_move, PFKEY_MIGRATE },
	[PRIM_CLEAR] = { owned_may_put, build_clear, PFKEY_ADD },
	[PRIM_STRAY] = { owned_may_stray, build_stray, PFKEY_SPDDELETE },
	[PRIM_POLICIES] = { NULL, build_dump, PFKEY_SPDDUMP },
	[PRIM_SA_ADD] = { owned_may_add, build_manual, PFKEY_ADD },
	[PRIM_SA_DELETE] = { owned_may_unadd, build_manual, PFKEY_DELETE },
	[PRIM_SA_DROP] = { owned_may_drop, build_named, PFKEY_DELETE },
	[PRIM_SA_GET] = { owned_may_get, build_named, PFKEY_GET },
	[PRIM_SAS] = { NULL, build_dump, PFKEY_DUMP },
};

static void	 on_reply(void *, const struct pfkey_reply *);

static void
refused(struct parent *p, enum prim op)
{
	static struct log_limit	 limit;

	COUNT(&p->counters, PC_DENIED);
	if (limit_lines(&limit, mono_now(), 5, NULL))
		log_error("IPsec: primitive %d is about what is not ours", op);
}

/* What CLEAR has added is removed: true if that is under way. */
static bool
removes(struct flight *f, int error)
{
	struct pfkey_msg	 m;

	/* It is there, too, when an earlier try was given up in between. */
	if (f->op != PRIM_CLEAR || f->second ||
	    (error != 0 && error != EEXIST) ||
	    pfkey_from_sa(&m, PFKEY_DELETE, &f->sa) != PFKEY_OK)
		return (false);
	f->second = true;
	sadb_request(f->planner->sadb, &m, on_reply, f);
	return (true);
}

static void
tell_rows(struct flight *f, const struct pfkey_reply *r)
{
	struct planner		*pl = f->planner;
	struct prim_result	 row = { .more = true };
	size_t			 i;

	owned_dump(&pl->owned, f->op, r);
	for (i = 0; i < r->npolicies; i++) {
		row.policy = &r->policies[i];
		if (owned_policy(&pl->owned, row.policy))
			sec_result(pl->sec, f->id, &row);
	}
	row.policy = NULL;
	for (i = 0; i < r->nsas; i++) {
		row.sa = &r->sas[i];
		if (owned_sa(&pl->owned, row.sa))
			sec_result(pl->sec, f->id, &row);
	}
}

static void
forget_keys(struct pfkey_sa *sa)
{
	memset(&sa->key_auth, 0, sizeof(sa->key_auth));
	memset(&sa->key_encrypt, 0, sizeof(sa->key_encrypt));
}

static void
on_reply(void *arg, const struct pfkey_reply *r)
{
	struct flight		*f = arg;
	struct prim_result	 result = { .error = sadb_errno(r) };
	struct pfkey_sa		 sa;

	if (removes(f, result.error))
		return;
	if (f->op == PRIM_POLICIES || f->op == PRIM_SAS) {
		if (result.error == 0)
			tell_rows(f, r);
	} else if (f->op == PRIM_SA_GET && result.error == 0 &&
	    r->msg != NULL && pfkey_to_sa(r->msg, &sa) == PFKEY_OK) {
		forget_keys(&sa);
		result.sa = &sa;
	}
	sec_result(f->planner->sec, f->id, &result);
	free(f);
}

/* What the planning asks for: sec_env.ask, of a struct planner. */
void
prims_ask(void *arg, uint32_t id, const struct prim_request *r)
{
	struct planner		*pl = arg;
	struct prim_result	 no = { .error = 0 };
	struct flight		*f = NULL;
	struct pfkey_msg	 m;

	if (prims[r->op].may != NULL && !prims[r->op].may(&pl->owned, r)) {
		refused(pl->parent, r->op);
		no.error = EACCES;
	} else if ((f = calloc(1, sizeof(*f))) == NULL)
		no.error = ENOMEM;
	else {
		*f = (struct flight){ .planner = pl, .id = id, .op = r->op };
		if (prims[r->op].build(pl, prims[r->op].type, r, f, &m) ==
		    PFKEY_OK) {
			sadb_request(pl->sadb, &m, on_reply, f);
			return;
		}
		no.error = EINVAL;
	}
	free(f);
	sec_result(pl->sec, id, &no);
}

static void
heard_sa(struct planner *pl, const struct pfkey_msg *m)
{
	struct pfkey_sa	 sa;

	if (pfkey_to_sa(m, &sa) != PFKEY_OK)
		return;
	forget_keys(&sa);
	if (m->type == PFKEY_ADD || m->type == PFKEY_UPDATE)
		sec_event(pl->sec, PRIM_SA_NEW, NULL, &sa);
	else if (m->type == PFKEY_DELETE)
		sec_event(pl->sec, PRIM_SA_DELETED, NULL, &sa);
	else if (PFKEY_HAS(m, PFKEY_X_LIFE_HARD))
		sec_event(pl->sec, PRIM_SA_EXPIRED, NULL, &sa);
}

static void
heard_policy(struct planner *pl, const struct pfkey_msg *m)
{
	struct pfkey_policy	 p;

	if (pfkey_to_policy(m, &p) == PFKEY_OK)
		sec_event(pl->sec, PRIM_POLICY_CHANGED, &p, NULL);
}

/*
 * What the kernel says of its own accord, which never is what we asked for
 * ourselves.
 */
void
prims_heard(struct planner *pl, const struct pfkey_msg *m)
{
	if (m->errnum != 0)
		return;
	switch (m->type) {
	case PFKEY_SPDFLUSH:
		sec_event(pl->sec, PRIM_POLICIES_FLUSHED, NULL, NULL);
		break;
	case PFKEY_SPDDELETE:
	case PFKEY_SPDDELETE2:
	case PFKEY_SPDADD:
	case PFKEY_SPDUPDATE:
		heard_policy(pl, m);
		break;
	case PFKEY_FLUSH:
		if (m->satype == PFKEY_SA_ANY || m->satype == PFKEY_ESP)
			sec_event(pl->sec, PRIM_SAS_FLUSHED, NULL, NULL);
		break;
	case PFKEY_ADD:
	case PFKEY_UPDATE:
	case PFKEY_DELETE:
	case PFKEY_EXPIRE:
		heard_sa(pl, m);
		break;
	default:
		break;
	}
}
