/*
 * Security associations of nodes, as far as the parent has to do with them:
 * which nodes there are, what engines ask for them, and who is told what.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/report.h"
#include "parent/assoc.h"

#define STARTING_MAX	256		/* nodes whose policies are under way */
#define SAVE_AFTER	5		/* s */
#define FILE_LIMIT	65536		/* bytes of a certificate or key */
#define END_TIME	SEC(2)		/* for the kernel, at the end */

static void	 start_more(struct assocs *);

static bool
match(const struct hlink *l, const void *home)
{
	return (IN6_ARE_ADDR_EQUAL(&((const struct assoc *)(const void *)l)->
	    spd.home, (const struct in6_addr *)home));
}

/* The node of that home address, NULL: IPsec does not protect it. */
struct assoc *
assoc_find(const struct assocs *all, const struct in6_addr *home)
{
	return (all == NULL || all->n == 0 ? NULL :
	    (struct assoc *)(void *)htab_find(&all->by_home,
	    hash_bytes(&all->key, home, sizeof(*home)), match, home));
}

/* The engine whose node it is. */
enum role
assoc_role(const struct assoc *a)
{
	return (a->spd.mine ? ROLE_MN : ROLE_HA);
}

static const char *
text(const struct in6_addr *a, char buf[INET6_ADDRSTRLEN])
{
	return (inet_ntop(AF_INET6, a, buf, INET6_ADDRSTRLEN));
}

static void
reqid_path(const struct assocs *all, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s/reqids", all->parent->conf->global.state);
}

static void
save_now(struct assocs *all)
{
	char	 path[256];

	if (!all->reqids.dirty)
		return;
	reqid_path(all, path, sizeof(path));
	if (!state_directory(all->parent) ||
	    !reqids_write(&all->reqids, path))
		log_error("%s: %s", path, strerror(errno));
}

static void
on_save(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	save_now(arg);
}

static void
save_later(struct assocs *all)
{
	static const struct timeval	 tv = { SAVE_AFTER, 0 };

	all->reqids.dirty = true;
	if (!event_pending(all->save, EV_TIMEOUT, NULL))
		event_add(all->save, &tv);
}

/* --- the nodes of the configuration --- */

struct found {
	struct in6_addr		 home, agent;
	bool			 mine;
	const struct conf_ipsec	*c;
};

static bool
agent_of(const struct conf_ha *ha, const struct in6_addr *home,
    struct in6_addr *agent)
{
	size_t	 i, j;

	for (i = 0; i < ha->nlinks; i++)
		for (j = 0; j < ha->links[i].nprefixes; j++)
			if (kernel_in_prefix(&ha->links[i].prefixes[j],
			    home)) {
				*agent = ha->links[i].address;
				return (true);
			}
	return (false);
}

/* The i-th node with IPsec; i counts nodes, then homes.  False: it is none. */
static bool
configured(const struct conf *c, size_t i, struct found *f)
{
	const struct conf_node	*n;
	size_t			 nodes = c->ha == NULL ? 0 : c->ha->nnodes;

	memset(f, 0, sizeof(*f));
	if (i < nodes) {
		n = &c->ha->nodes[i];
		f->c = n->ipsec;
		if (n->ipsec == NULL || n->nhomes != 1)
			return (false);
		f->home = n->homes[0];
		return (agent_of(c->ha, &f->home, &f->agent));
	}
	i -= nodes;
	f->mine = true;
	f->c = c->mn->homes[i].ipsec;
	f->home = c->mn->homes[i].address;
	f->agent = c->mn->homes[i].agent;
	return (f->c != NULL);
}

static size_t
count_configured(const struct conf *c)
{
	return ((c->ha == NULL ? 0 : c->ha->nnodes) +
	    (c->mn == NULL ? 0 : c->mn->nhomes));
}

/* Does the configuration have nodes whose messages IPsec protects? */
bool
assoc_needed(const struct conf *c)
{
	struct found	 f;
	size_t		 i, n = count_configured(c);

	for (i = 0; i < n; i++)
		if (configured(c, i, &f))
			return (true);
	return (false);
}

static bool
copy_sas(struct assoc *a, const struct conf_ipsec *c)
{
	if (c->nsas == 0)
		return (true);
	a->sas = calloc(c->nsas, sizeof(*a->sas));
	if (a->sas == NULL)
		return (false);
	memcpy(a->sas, c->sas, c->nsas * sizeof(*a->sas));
	a->nsas = c->nsas;
	return (true);
}

static void
assoc_free(struct assoc *a)
{
	plan_free(a);
	if (a->again != NULL)
		event_free(a->again);
	if (a->sas != NULL)
		pfkey_wipe(a->sas, a->nsas * sizeof(*a->sas));
	free(a->sas);
	free(a);
}

static struct assoc *
assoc_new(struct assocs *all, const struct found *f)
{
	struct assoc	*a, **v;

	v = realloc(all->v, (all->n + 1) * sizeof(*v));
	if (v == NULL)
		return (NULL);
	all->v = v;
	if ((a = calloc(1, sizeof(*a))) == NULL || !copy_sas(a, f->c)) {
		free(a);
		return (NULL);
	}
	a->all = all;
	a->spd.home = f->home;
	a->spd.agent = f->agent;
	a->spd.mine = f->mine;
	a->spd.protect = f->c->protect;
	a->ike = f->c->nsas == 0;
	a->key_state = KEY_DOWN;
	all->v[all->n++] = a;
	htab_insert(&all->by_home, &a->link, hash_bytes(&all->key, &f->home,
	    sizeof(f->home)));
	return (a);
}

static bool
same_sas(const struct assoc *a, const struct conf_ipsec *c)
{
	size_t	 i;

	if (a->nsas != c->nsas)
		return (false);
	for (i = 0; i < c->nsas; i++)
		if (a->sas[i].use != c->sas[i].use ||
		    a->sas[i].way != c->sas[i].way ||
		    a->sas[i].spi != c->sas[i].spi ||
		    a->sas[i].cipher != c->sas[i].cipher ||
		    a->sas[i].mac != c->sas[i].mac ||
		    a->sas[i].cipher_keylen != c->sas[i].cipher_keylen ||
		    a->sas[i].mac_keylen != c->sas[i].mac_keylen ||
		    memcmp(a->sas[i].cipher_key, c->sas[i].cipher_key,
		    c->sas[i].cipher_keylen) != 0 ||
		    memcmp(a->sas[i].mac_key, c->sas[i].mac_key,
		    c->sas[i].mac_keylen) != 0)
			return (false);
	return (true);
}

/* Is it still the same to the kernel? */
static bool
unchanged(const struct assoc *a, const struct found *f)
{
	return (a->spd.mine == f->mine && !a->gone &&
	    IN6_ARE_ADDR_EQUAL(&a->spd.agent, &f->agent) &&
	    a->spd.protect == f->c->protect && same_sas(a, f->c));
}

static void
retire(struct assoc *a)
{
	a->gone = true;
	a->all->retiring++;
	htab_remove(&a->all->by_home, &a->link);
	plan_remove(a);
}

static bool
give_reqid(struct assocs *all, struct assoc *a, bool *said)
{
	char	 buf[INET6_ADDRSTRLEN];

	a->ids = reqids_take(&all->reqids, &a->spd.home);
	if (a->ids != NULL) {
		a->spd.reqid = a->ids->reqid;
		return (true);
	}
	if (!*said)
		log_error("%s: no reqid is left: there are %zu pairs from %u "
		    "to %u, and PF_KEY takes none above %u; it and further "
		    "nodes get no IPsec", text(&a->spd.home, buf),
		    all->reqids.n, all->reqids.first, all->reqids.last,
		    PFKEY_REQID_MAX);
	*said = true;
	return (false);
}

static void
take_nodes(struct assocs *all, const struct conf *c)
{
	struct assoc	*a;
	struct found	 f;
	size_t		 i, n = count_configured(c), old = all->n;
	bool		 said = false;

	for (i = 0; i < old; i++)
		all->v[i]->seen = false;
	reqids_begin(&all->reqids);
	for (i = 0; i < n; i++) {
		if (!configured(c, i, &f))
			continue;
		a = assoc_find(all, &f.home);
		if (a != NULL && !unchanged(a, &f)) {
			retire(a);
			a = NULL;
		}
		if (a == NULL && (a = assoc_new(all, &f)) == NULL) {
			log_error("out of memory: not all nodes get IPsec");
			break;
		}
		a->seen = true;
		give_reqid(all, a, &said);
	}
	for (i = 0; i < old; i++)
		if (!all->v[i]->seen && !all->v[i]->gone)
			retire(all->v[i]);
	reqids_end(&all->reqids);
	save_now(all);
}

/* Those that are no longer configured and of which nothing is left. */
static void
sweep(struct assocs *all)
{
	size_t	 i, k = 0;

	for (i = 0; i < all->n; i++)
		if (all->v[i]->gone && all->v[i]->plan == NULL)
			assoc_free(all->v[i]);
		else
			all->v[k++] = all->v[i];
	all->n = k;
}

/* --- policies when we start --- */

static void
start_more(struct assocs *all)
{
	struct assoc	*a;

	/* Another of the same home address may be on its way out. */
	while (all->retiring == 0 && all->running < STARTING_MAX && all->starting < all->n) {
		a = all->v[all->starting++];
		if (a->gone || a->spd.reqid == 0 || a->plan != NULL)
			continue;
		all->running++;
		a->installing = true;
		plan_install(a);
	}
}

/* A plan of that node is through. */
void
assoc_plan_done(struct assoc *a)
{
	struct assocs	*all = a->all;

	if (a->installing) {
		a->installing = false;
		all->running--;
	}
	if (a->gone && a->removed)
		all->retiring--;
	else if (a->gone)
		plan_remove(a);
	if (!all->ending)
		start_more(all);
}

static bool
wanted(const struct assocs *all, const struct pfkey_policy *p)
{
	struct pfkey_policy	 v[SPD_MAX];
	struct in6_addr		 home;
	const struct assoc	*a;
	unsigned int		 i, k, n;

	for (k = 0; k < 2; k++) {
		memcpy(&home, k == 0 ? p->sel.src.bytes : p->sel.dst.bytes,
		    sizeof(home));
		if ((a = assoc_find(all, &home)) == NULL)
			continue;
		n = spd_binding(&a->spd, v);
		for (i = 0; i < n; i++)
			if (v[i].dir == p->dir &&
			    v[i].sel.proto == p->sel.proto &&
			    v[i].requests[0].reqid == p->requests[0].reqid &&
			    v[i].requests[0].mode == p->requests[0].mode)
				return (true);
		if (a->tunnel && p->requests[0].reqid == a->spd.reqid + 1)
			return (true);
	}
	return (false);
}

static void
ignore(void *arg, const struct pfkey_reply *r)
{
	(void)arg;
	(void)r;
}

/* What an earlier life has left goes; then what is wanted is put there. */
static void
on_spd(void *arg, const struct pfkey_reply *r)
{
	struct assocs		*all = arg;
	struct pfkey_msg	 m;
	struct pfkey_policy	 p;
	size_t			 i, n = 0;

	for (i = 0; r->error == PFKEY_OK && i < r->npolicies; i++) {
		p = r->policies[i];
		if (!spd_is_ours(&p, all->reqids.first, all->reqids.last) ||
		    wanted(all, &p))
			continue;
		p.id = 0;
		if (pfkey_from_policy(&m, PFKEY_SPDDELETE, &p) == PFKEY_OK &&
		    sadb_request(all->sadb, &m, ignore, all))
			n++;
	}
	if (n > 0)
		log_info("removed %zu policies of an earlier life", n);
	all->starting = 0;
	start_more(all);
}

static void
resync(void *arg)
{
	struct assocs		*all = arg;
	struct pfkey_msg	 m;

	pfkey_msg_init(&m, PFKEY_SPDDUMP);
	if (!sadb_request(all->sadb, &m, on_spd, all))
		log_error("PF_KEY: the policies can't be read");
	feed_dump(all);
}

static void
on_news(void *arg, const struct pfkey_msg *m)
{
	feed_news(arg, m);
}

static const struct sadb_handlers	 handlers = { on_news, resync };

static struct assocs *
create(struct parent *p)
{
	struct assocs	*all = calloc(1, sizeof(*all));
	char		 path[256];

	if (all == NULL)
		return (NULL);
	all->parent = p;
	arc4random_buf(&all->key, sizeof(all->key));
	all->save = event_new(p->base, -1, 0, on_save, all);
	if (all->save == NULL || !htab_init(&all->by_home, 64) ||
	    !reqids_init(&all->reqids, p->conf->global.reqid_first,
	    p->conf->global.reqid_last)) {
		free(all);
		return (NULL);
	}
	reqid_path(all, path, sizeof(path));
	if (!reqids_read(&all->reqids, path))
		log_warn("%s: damaged, what could be read is used", path);
	return (all);
}

/* At the start and after a reload: nodes, reqids, policies. */
void
assoc_configure(struct parent *p)
{
	struct assocs	*all = p->assocs;

	if (all == NULL && !assoc_needed(p->conf))
		return;
	if (all == NULL && (all = p->assocs = create(p)) == NULL) {
		log_error("out of memory: no IPsec");
		return;
	}
	if (all->sadb == NULL &&
	    (all->sadb = sadb_open(p, &handlers, all)) == NULL)
		log_error("PF_KEY: %s", strerror(errno));
	kernel_ipsec(p, assoc_needed(p->conf));
	sweep(all);
	take_nodes(all, p->conf);
	if (all->sadb != NULL)
		resync(all);
	assoc_ready(&p->procs[ROLE_IKE]);
}

/* A child is ready, or has another configuration: what it must know. */
void
assoc_ready(struct proc *pr)
{
	struct assocs		*all = pr->parent->assocs;
	struct msg_sa_node	 m;
	struct msg_empty	 none = { 0 };
	const struct assoc	*a;
	size_t			 i;

	if (all == NULL || pr->state != PROC_READY)
		return;
	if (pr->role == ROLE_NET)
		feed_net(all);
	if (pr->role != ROLE_IKE)
		return;
	for (i = 0; i < all->n; i++) {
		a = all->v[i];
		if (!a->ike || a->spd.reqid == 0)
			continue;
		memset(&m, 0, sizeof(m));
		m.home = a->spd.home;
		m.reqid = a->spd.reqid;
		m.seen = a->ids != NULL && !a->gone ? a->ids->seen : 0;
		m.gone = a->gone;
		proc_send(pr->parent, ROLE_IKE, MSG_SA_NODE, &m);
	}
	proc_send(pr->parent, ROLE_IKE, MSG_SA_NODE_END, &none);
	for (i = 0; i < all->n; i++)
		if (all->v[i]->want.op != 0 && !all->v[i]->gone)
			proc_send(pr->parent, ROLE_IKE, MSG_KEY_WANT,
			    &all->v[i]->want);
}

/* Nothing of ours is left in the kernel. */
void
assoc_close(struct parent *p)
{
	struct assocs	*all = p->assocs;
	size_t		 i;

	if (all == NULL)
		return;
	all->ending = true;
	for (i = 0; i < all->n; i++)
		if (!all->v[i]->gone)
			retire(all->v[i]);
	if (all->sadb != NULL)
		sadb_finish(all->sadb, END_TIME);
	sadb_close(all->sadb);
	all->sadb = NULL;
	save_now(all);
	for (i = 0; i < all->n; i++)
		assoc_free(all->v[i]);
	kernel_ipsec(p, false);
	free(all->v);
	htab_free(&all->by_home);
	reqids_free(&all->reqids);
	event_free(all->save);
	free(all);
	p->assocs = NULL;
}

/* --- what children ask --- */

/* The node, if it is that child's; denied otherwise. */
static struct assoc *
node_of(struct proc *pr, const struct in6_addr *home)
{
	struct assoc	*a = assoc_find(pr->parent->assocs, home);

	if (a != NULL && assoc_role(a) == pr->role)
		return (a);
	parent_denied(pr, "associations of what is not its node");
	return (NULL);
}

static void
tell_keys(struct assoc *a, enum key_state state, bool tunnel, const char *why)
{
	struct msg_key_state	 m;

	memset(&m, 0, sizeof(m));
	m.home = a->spd.home;
	m.state = (uint8_t)state;
	m.tunnel = tunnel;
	snprintf(m.text, sizeof(m.text), "%s", why);
	a->key_state = m.state;
	a->key_tunnel = tunnel;
	proc_send(a->all->parent, assoc_role(a), MSG_KEY_STATE, &m);
}

/* ha, mn: MSG_IPSEC. */
void
assoc_ipsec(struct proc *pr, const union msg *m)
{
	const struct msg_ipsec	*i = &m->u_IPSEC;
	struct msg_result	 r = { i->id, EINVAL };
	struct assoc		*a = node_of(pr, &i->home);
	struct wish		 w;

	if (a == NULL || a->spd.reqid == 0) {
		if (i->id != 0)
			proc_send(pr->parent, pr->role, MSG_RESULT, &r);
		return;
	}
	if (!IN6_ARE_ADDR_EQUAL(a->spd.mine ? &i->peer : &i->local,
	    &a->spd.agent)) {
		parent_denied(pr, "policies with what is not the home agent");
		return;
	}
	memset(&w, 0, sizeof(w));
	w.id = i->id;
	w.ends.local = i->local;
	w.ends.peer = i->peer;
	w.flags = i->flags & (IPSEC_TUNNEL | IPSEC_KM);
	if (!a->ike)
		w.flags &= (uint8_t)~IPSEC_KM;
	if (!a->spd.mine && a->ids != NULL) {
		a->ids->seen = (uint64_t)time(NULL);
		save_later(a->all);
	}
	plan_wish(a, &w);
}

/* ha, mn: MSG_KEY_WANT. */
void
assoc_want(struct proc *pr, const union msg *m)
{
	struct assoc	*a = node_of(pr, &m->u_KEY_WANT.home);

	if (a == NULL)
		return;
	if (!a->ike) {
		tell_keys(a, KEY_UP, a->spd.protect != PROTECT_NONE,
		    "configured by hand");
		return;
	}
	a->want = m->u_KEY_WANT;
	if (a->want.op == KEY_END)
		a->want.op = 0;
	if (a->spd.reqid == 0)
		tell_keys(a, KEY_FAILED, false, "no reqid is left");
	else if (!proc_send(pr->parent, ROLE_IKE, MSG_KEY_WANT,
	    &m->u_KEY_WANT))
		tell_keys(a, KEY_PENDING, false,
		    "the ike process is not running");
}

/* ike: MSG_KEY_STATE, on its way to the engine. */
void
assoc_keys(struct proc *pr, const union msg *m)
{
	const struct msg_key_state	*k = &m->u_KEY_STATE;
	struct assoc			*a;

	a = assoc_find(pr->parent->assocs, &k->home);
	if (a == NULL || !a->ike) {
		parent_denied(pr, "keys of what is no node");
		return;
	}
	tell_keys(a, (enum key_state)k->state, k->tunnel, k->text);
}

/* net: MSG_SPI_ASK. */
void
assoc_spi_ask(struct proc *pr, const union msg *m)
{
	if (pr->parent->assocs != NULL)
		feed_asked(pr->parent->assocs, &m->u_SPI_ASK);
}

static bool
names_file(const struct conf *c, const char *path)
{
	size_t	 i;

	if (c->ike == NULL || path[0] == '\0')
		return (false);
	if (strcmp(c->ike->certificate, path) == 0 ||
	    strcmp(c->ike->private_key, path) == 0)
		return (true);
	for (i = 0; i < c->ike->nauthorities; i++)
		if (strcmp(c->ike->authorities[i].path, path) == 0)
			return (true);
	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (c->mn->homes[i].ipsec != NULL &&
		    (strcmp(c->mn->homes[i].ipsec->certificate, path) == 0 ||
		    strcmp(c->mn->homes[i].ipsec->private_key, path) == 0))
			return (true);
	return (false);
}

/* All of a regular file; 0 or an errno.  What is read is not looked into. */
static int
read_all(const char *path, uint8_t *buf, size_t cap, size_t *len)
{
	struct stat	 st;
	ssize_t		 n;
	int		 fd, e = 0;

	*len = 0;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (errno);
	if (fstat(fd, &st) == -1)
		e = errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > (off_t)cap)
		e = st.st_size > (off_t)cap ? EFBIG : EINVAL;
	while (e == 0 && *len < cap &&
	    (n = read(fd, buf + *len, cap - *len)) != 0) {
		if (n == -1)
			e = errno;
		else
			*len += (size_t)n;
	}
	close(fd);
	return (e);
}

/* ike: MSG_IKE_FILE, one that the configuration names. */
void
assoc_file(struct proc *pr, const union msg *m)
{
	static uint8_t		 buf[FILE_LIMIT];
	struct msg_ike_data	 d;
	char			 path[MSG_PATH_MAX];

	memset(&d, 0, sizeof(d));
	d.id = m->u_IKE_FILE.id;
	snprintf(path, sizeof(path), "%s", m->u_IKE_FILE.path);
	if (!names_file(pr->parent->conf, path)) {
		parent_denied(pr, "file that the configuration does not name");
		return;
	}
	d.error = (uint32_t)read_all(path, buf, sizeof(buf), &d.data.len);
	d.data.p = buf;
	if (d.error != 0)
		d.data.len = 0;
	ipc_send(pr->ipc, MSG_IKE_DATA, &d);
	pfkey_wipe(buf, sizeof(buf));
}

/* --- show sa --- */

static void
row(struct report *rep, const struct assoc *a)
{
	static const char *const	 protects[] = { "none",
	    "return-routability", "payload" };
	static const char *const	 states[] = { "?", "down", "pending",
	    "up", "failed" };
	const struct in6_addr		*ends = a->spd.mine ? &a->ends.local :
					    &a->ends.peer;
	struct mono			 now = mono_now();

	report_row(rep, "sa_node");
	report_addr(rep, "home", &a->spd.home);
	report_str(rep, "role", role_name(assoc_role(a)));
	report_str(rep, "keying", a->ike ? "ike" : "manual");
	report_str(rep, "keys", states[a->key_state <= KEY_FAILED ?
	    a->key_state : 0]);
	report_u64(rep, "reqid", a->spd.reqid);
	report_bool(rep, "tunnel", a->tunnel);
	report_str(rep, "protect", protects[a->spd.protect]);
	report_addr(rep, "agent", &a->spd.agent);
	report_addr(rep, "careof", ends);
	report_u64(rep, "moves", a->moves);
	report_u64(rep, "errors", a->errors);
	if (a->moves > 0) {
		report_ms(rep, "moved_ms", mono_diff(now, a->moved) /
		    NS_PER_MS);
		report_u64(rep, "took_us", (uint64_t)(a->took / 1000));
	}
	report_str(rep, "last_error", a->last_error == 0 ? "" :
	    strerror(a->last_error));
	report_end(rep);
}

/* VERB_SHOW_SA: all nodes, or that of the argument. */
uint64_t
assoc_rows(struct parent *p, const struct msg_query *q, struct report *rep)
{
	struct assocs	*all = p->assocs;
	struct in6_addr	 home;
	struct assoc	*a;
	size_t		 i;

	if (all == NULL)
		return (0);
	if (q->arg[0] != '\0') {
		if (inet_pton(AF_INET6, q->arg, &home) == 1 &&
		    (a = assoc_find(all, &home)) != NULL)
			row(rep, a);
		return (0);
	}
	for (i = (size_t)q->cursor; i < all->n; i++) {
		if (report_full(rep))
			return (i);
		if (!all->v[i]->gone)
			row(rep, all->v[i]);
	}
	return (0);
}
