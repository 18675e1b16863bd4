/*
 * The primitives that the sec process may ask (sec/prim.h), by PF_KEY.  Each is
 * a row: what it is checked by (owned.c), and the message that it is.  What
 * goes back has no key in it.  What the kernel says of its own accord is read
 * here, too: of new, deleted and expired associations and of policies the
 * planning hears, an ACQUIRE is charon's to answer.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parent/parent.h"
#include "parent/planner.h"

#define CLEAR_SPI	0x6d697036
#define DUMPS_MAX	4	/* of sec, at a time */

/* One that the kernel has been asked, and who waits for what becomes of it. */
struct flight {
	struct planner	*planner;
	prims_fn	*fn;
	uint32_t	 life, id;	/* of the sec that asked */
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
			f->fn(pl, f->life, f->id, &row);
	}
	row.policy = NULL;
	for (i = 0; i < r->nsas; i++) {
		row.sa = &r->sas[i];
		if (owned_sa(&pl->owned, row.sa))
			f->fn(pl, f->life, f->id, &row);
	}
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
		result.sa = &sa;
	}
	f->fn(f->planner, f->life, f->id, &result);
	free(f);
}

/*
 * Have a primitive done, for who has that life.  fn is called once with that,
 * the primitive's number and what became of it, of a dump once for each row
 * besides, and perhaps before this returns.
 */
void
prims_ask(struct planner *pl, uint32_t life, uint32_t id,
    const struct prim_request *r, prims_fn *fn)
{
	struct prim_result	 no = { .error = 0 };
	struct flight		*f = NULL;
	struct pfkey_msg	 m;

	if (prims[r->op].may != NULL && !prims[r->op].may(&pl->owned, r))
		no.error = EACCES;
	else if ((f = calloc(1, sizeof(*f))) == NULL)
		no.error = ENOMEM;
	else {
		*f = (struct flight){ .planner = pl, .fn = fn,
		    .life = life, .id = id, .op = r->op };
		if (prims[r->op].build(pl, prims[r->op].type, r, f, &m) ==
		    PFKEY_OK) {
			sadb_request(pl->sadb, &m, on_reply, f);
			return;
		}
		no.error = EINVAL;
	}
	free(f);
	fn(pl, life, id, &no);
}

/* ------------------------------------------------------ by the pipe to sec */

static void
send_policy(struct planner *pl, uint32_t id, enum prim_event e,
    const struct pfkey_policy *p)
{
	struct msg_prim_policy	 m;

	prim_pack_policy(&m, p);
	m.id = id;
	m.event = (uint8_t)e;
	proc_send(pl->parent, ROLE_SEC, MSG_PRIM_POLICY, &m);
}

static void
send_sa(struct planner *pl, uint32_t id, enum prim_event e, bool more,
    const struct pfkey_sa *sa)
{
	struct msg_prim_sa	 m;

	prim_pack_sa(&m, sa);
	m.id = id;
	m.event = (uint8_t)e;
	m.more = more;
	proc_send(pl->parent, ROLE_SEC, MSG_PRIM_SA, &m);
}

/* prims_fn: to the sec that asked; what a former one asked is nobody's. */
static void
send_result(struct planner *pl, uint32_t life, uint32_t id,
    const struct prim_result *r)
{
	const struct msg_result	 m = { .id = id, .error = (uint32_t)r->error };

	if (life != pl->life)
		return;
	if (r->policy != NULL)
		send_policy(pl, id, 0, r->policy);
	else if (r->sa != NULL)
		send_sa(pl, id, 0, r->more, r->sa);
	else
		proc_send(pl->parent, ROLE_SEC, MSG_PRIM_RESULT, &m);
	if (r->error == EACCES)
		parent_denied(&pl->parent->procs[ROLE_SEC],
		    "a primitive about what is not ours");
}

/* prims_fn: the same of a dump. */
static void
send_dump(struct planner *pl, uint32_t life, uint32_t id,
    const struct prim_result *r)
{
	if (life == pl->life && !r->more)
		pl->dumps--;
	send_result(pl, life, id, r);
}

/* All rows of a dump are in memory: it has some at a time, and asks again. */
static void
take_dump(struct planner *pl, uint32_t id, const struct prim_request *r)
{
	const struct msg_result	 later = { .id = id, .error = ENOBUFS };

	if (pl->dumps == DUMPS_MAX)
		proc_send(pl->parent, ROLE_SEC, MSG_PRIM_RESULT, &later);
	else {
		pl->dumps++;
		prims_ask(pl, pl->life, id, r, send_dump);
	}
}

/* sec: MSG_PRIM. */
void
prims_take(struct planner *pl, struct proc *pr, const struct msg_prim *m)
{
	const struct msg_result	 no = { .id = m->id, .error = EINVAL };
	struct prim_request	 r;

	if (!prim_unpack(m, &r)) {
		parent_denied(pr, "a primitive that is none");
		proc_send(pl->parent, ROLE_SEC, MSG_PRIM_RESULT, &no);
		return;
	}
	if (r.op == PRIM_POLICIES || r.op == PRIM_SAS)
		take_dump(pl, m->id, &r);
	else
		prims_ask(pl, pl->life, m->id, &r, send_result);
	sadb_wake(pl->sadb);
}

/* -------------------------------------------------- what the kernel says */

static void
tell_event(struct planner *pl, enum prim_event e)
{
	const struct msg_prim_event	 m = { .event = (uint8_t)e };

	proc_send(pl->parent, ROLE_SEC, MSG_PRIM_EVENT, &m);
}

/* Messages of the kernel were lost: all is to be looked at. */
void
prims_lost(struct planner *pl)
{
	tell_event(pl, PRIM_LOST);
}

static void
heard_sa(struct planner *pl, const struct pfkey_msg *m)
{
	struct pfkey_sa	 sa;
	enum prim_event	 e;

	if (pfkey_to_sa(m, &sa) != PFKEY_OK || sa.src.family != AF_INET6 ||
	    (!owned_sa(&pl->owned, &sa) &&
	    !owned_concerns(&pl->owned, &sa.src, &sa.dst)))
		return;
	if (m->type == PFKEY_ADD || m->type == PFKEY_UPDATE)
		e = PRIM_SA_NEW;
	else if (m->type == PFKEY_DELETE)
		e = PRIM_SA_DELETED;
	else if (PFKEY_HAS(m, PFKEY_X_LIFE_HARD))
		e = PRIM_SA_EXPIRED;
	else
		return;
	send_sa(pl, 0, e, false, &sa);
}

static void
heard_policy(struct planner *pl, const struct pfkey_msg *m)
{
	struct pfkey_policy	 p;

	if (pfkey_to_policy(m, &p) == PFKEY_OK &&
	    p.sel.src.family == AF_INET6 &&
	    owned_concerns(&pl->owned, &p.sel.src, &p.sel.dst))
		send_policy(pl, 0, PRIM_POLICY_CHANGED, &p);
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
		tell_event(pl, PRIM_POLICIES_FLUSHED);
		break;
	case PFKEY_SPDDELETE:
	case PFKEY_SPDDELETE2:
	case PFKEY_SPDADD:
	case PFKEY_SPDUPDATE:
		heard_policy(pl, m);
		break;
	case PFKEY_FLUSH:
		if (m->satype == PFKEY_SA_ANY || m->satype == PFKEY_ESP)
			tell_event(pl, PRIM_SAS_FLUSHED);
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
