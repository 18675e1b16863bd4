/*
 * What is to become of each node's security associations.  charon is asked
 * one thing at a time for a node; its events say what came of it, and after
 * each of them advance() does what is to be done next.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/report.h"
#include "core/verb.h"
#include "ike/charon.h"
#include "ike/node.h"
#include "kern/compat.h"

#define BACKOFF_FIRST	1000	/* ms */
#define BACKOFF_MAX	60000
#define PATIENCE	4000	/* ms for an exchange before a look is taken */
#define LOADING_MAX	8	/* connections on their way to charon */
#define REQUEST_MAX	(128 * 1024)

static void	 advance(struct node *);
static void	 load_more(struct keying *);

static bool
match(const struct hlink *l, const void *home)
{
	return (IN6_ARE_ADDR_EQUAL(&((const struct node *)(const void *)l)->
	    home, (const struct in6_addr *)home));
}

/* NULL: no node of ours. */
struct node *
keying_find(const struct keying *k, const struct in6_addr *home)
{
	return ((struct node *)(void *)htab_find(&k->by_home,
	    hash_bytes(&k->key, home, sizeof(*home)), match, home));
}

static const struct ike_sa *
sa_of(const struct node *n)
{
	return (n->ike_id == 0 ? NULL :
	    sa_find(&n->k->charon->sas, n->ike_id));
}

static bool
established(const struct ike_sa *sa)
{
	return (sa != NULL && strcmp(sa->state, "ESTABLISHED") == 0);
}

static const struct child_sa *
child_of(const struct ike_sa *sa, const char *name)
{
	size_t	 i;

	for (i = 0; sa != NULL && i < sa->nchildren; i++)
		if (strcmp(sa->children[i].name, name) == 0 &&
		    strcmp(sa->children[i].state, "INSTALLED") == 0)
			return (&sa->children[i]);
	return (NULL);
}

/* --- what the parent is told --- */

static void
tell(struct node *n, enum key_state state, const char *why)
{
	struct msg_key_state	 m;

	if (n->told == state && n->told_tunnel == n->tunnel)
		return;
	n->told = (uint8_t)state;
	n->told_tunnel = n->tunnel;
	memset(&m, 0, sizeof(m));
	m.home = n->home;
	m.state = (uint8_t)state;
	m.tunnel = n->tunnel;
	snprintf(m.text, sizeof(m.text), "%s", why);
	child_send(n->k->charon->ch, ROLE_PARENT, MSG_KEY_STATE, &m);
}

static void
set_timer(struct node *n, uint32_t ms)
{
	struct timeval	 tv = { (time_t)(ms / 1000),
			    (suseconds_t)(ms % 1000 * 1000) };

	if (n->timer != NULL)
		event_add(n->timer, &tv);
}

static void
problem(struct node *n, const char *why)
{
	bool	 news = strcmp(n->last_error, why) != 0;

	snprintf(n->last_error, sizeof(n->last_error), "%s", why);
	if (news)
		log_warn("%s: %s", n->name, why);
}

/* It did not work: again later, each time after twice as long. */
static void
failed(struct node *n, const char *why)
{
	problem(n, why);
	n->initiated = n->tun_initiated = false;
	n->retries++;
	tell(n, n->wanted ? KEY_FAILED : KEY_DOWN, why);
	if (!n->wanted)
		return;
	if (n->backoff == 0)
		n->backoff = BACKOFF_FIRST;
	set_timer(n, n->backoff);
	n->backoff = n->backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX :
	    n->backoff * 2;
}

/* What there is by now; says so when it is news. */
static void
evaluate(struct node *n)
{
	const struct ike_sa	*sa = sa_of(n);
	char			 text[128];

	if (sa == NULL)
		n->ike_id = 0;
	n->up = established(sa) && child_of(sa, NODE_CHILD_MH) != NULL;
	n->tunnel = n->up && child_of(sa, NODE_CHILD_TUN) != NULL;
	if (n->up) {
		n->backoff = 0;
		n->last_error[0] = '\0';
		snprintf(text, sizeof(text), "IKE_SA %u, %.40s - %.40s",
		    sa->id, sa->local_host, sa->remote_host);
		tell(n, KEY_UP, text);
	} else if (n->told == KEY_UP || n->told == 0) {
		n->initiated = n->tun_initiated = false;
		tell(n, n->wanted ? KEY_PENDING : KEY_DOWN,
		    "there is no IKE_SA");
	}
}

/* --- requests --- */

static void
get_error(const struct vici_cursor *msg, enum vici_result r, char *buf,
    size_t cap)
{
	snprintf(buf, cap, "charon refuses");
	if (r == VICI_DONE)
		vici_get_str(msg, "errmsg", buf, cap);
}

static bool
succeeded(enum vici_result r, const struct vici_cursor *msg)
{
	return (r == VICI_DONE && vici_get_yes(msg, "success"));
}

typedef size_t build_fn(struct vici_builder *, void *, size_t,
	    const struct node *);

/* A request about a node; reply NULL: of no interest. */
static bool
request(struct node *n, build_fn *build, vici_reply_fn *reply)
{
	static uint8_t		 buf[REQUEST_MAX];
	struct vici_builder	 b;
	bool			 ok;

	ok = build(&b, buf, sizeof(buf), n) != 0 &&
	    charon_request(n->k->charon, &b, reply, n);
	explicit_bzero(buf, sizeof(buf));
	return (ok);
}

static size_t
build_mh(struct vici_builder *b, void *p, size_t cap, const struct node *n)
{
	return (conn_initiate(b, p, cap, n, NODE_CHILD_MH));
}

static size_t
build_tun(struct vici_builder *b, void *p, size_t cap, const struct node *n)
{
	return (conn_initiate(b, p, cap, n, NODE_CHILD_TUN));
}

static size_t
build_terminate(struct vici_builder *b, void *p, size_t cap,
    const struct node *n)
{
	char	 id[16];

	vici_begin(b, p, cap, VICI_CMD_REQUEST, "terminate");
	snprintf(id, sizeof(id), "%u", n->ike_id);
	vici_str(b, "ike-id", id);
	vici_str(b, "force", "yes");
	vici_str(b, "timeout", "1000");
	return (vici_finish(b));
}

static size_t
build_look(struct vici_builder *b, void *p, size_t cap, const struct node *n)
{
	vici_begin(b, p, cap, VICI_CMD_REQUEST, "list-sas");
	vici_str(b, "ike", n->name);
	return (vici_finish(b));
}

static void
on_initiated(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct node	*n = arg;
	char		 why[NODE_TEXT_MAX];

	n->busy = false;
	if (r == VICI_GONE)
		return;
	if (!succeeded(r, msg)) {
		get_error(msg, r, why, sizeof(why));
		failed(n, why);
		return;
	}
	if (!n->up)
		tell(n, KEY_PENDING, "IKE is under way");
	set_timer(n, PATIENCE);
	advance(n);
}

static void
on_terminated(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct node	*n = arg;

	(void)msg;
	n->busy = false;
	if (r == VICI_GONE)
		return;
	n->renew = false;
	n->ike_id = 0;
	n->initiated = n->tun_initiated = false;
	evaluate(n);
	advance(n);
}

static void
count_loaded(struct node *n, bool ok)
{
	struct keying	*k = n->k;
	int64_t		 now = child_now().mono.ns;
	unsigned int	 percent;

	if (n->load == LOAD_UNDER_WAY)
		k->loading--;
	n->load = ok ? LOAD_DONE : LOAD_FAILED;
	k->loaded += ok;
	k->failed += !ok;
	percent = (unsigned int)((k->loaded + k->failed) * 100 / k->n);
	if (k->n >= 100 && (percent >= k->logged_percent + 10 ||
	    now - k->logged > SEC(5))) {
		k->logged = now;
		k->logged_percent = percent;
		log_info("charon: %zu of %zu connections loaded", k->loaded,
		    k->n);
	}
}

static void
on_loaded(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct node	*n = arg;
	char		 why[NODE_TEXT_MAX];
	bool		 ok = succeeded(r, msg);

	n->busy = false;
	if (r == VICI_GONE)
		return;
	count_loaded(n, ok);
	if (!ok) {
		get_error(msg, r, why, sizeof(why));
		failed(n, why);
	}
	load_more(n->k);
	advance(n);
}

static void
on_secret(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct node	*n = arg;
	char		 why[NODE_TEXT_MAX];

	if (r == VICI_GONE || succeeded(r, msg))
		return;
	get_error(msg, r, why, sizeof(why));
	problem(n, why);
}

/* Secret and connection; the care-of address of a mobile node is n->local. */
static void
load_node(struct node *n)
{
	if (n->c->secretlen > 0)
		request(n, conn_secret, on_secret);
	if (n->load == LOAD_DONE)
		n->k->loaded--;
	if (n->load == LOAD_FAILED)
		n->k->failed--;
	n->loaded_local = n->local;
	n->load = LOAD_UNDER_WAY;
	n->k->loading++;
	n->busy = true;
	if (!request(n, conn_load, on_loaded)) {
		n->busy = false;
		count_loaded(n, false);
		failed(n, "charon's connection is busy");
	}
}

/* The next connections of a home agent, in the background. */
static void
load_more(struct keying *k)
{
	struct node	*n;

	if (!k->up || !k->have_nodes || k->waiting > 0)
		return;
	while (k->loading < LOADING_MAX && k->next < k->n) {
		n = k->v[k->next++];
		if (!n->gone && !n->mine && n->load == LOAD_NOT && !n->busy)
			load_node(n);
	}
}

static void
ask_for(struct node *n, build_fn *build, vici_reply_fn *reply)
{
	n->busy = true;
	if (request(n, build, reply))
		return;
	n->busy = false;
	failed(n, "charon's connection is busy");
}

/* Is the IKE_SA being made from where we are no longer? */
static bool
misplaced(const struct node *n, const struct ike_sa *sa)
{
	char	 addr[INET6_ADDRSTRLEN];

	return (sa != NULL && !established(sa) && strcmp(sa->local_host,
	    inet_ntop(AF_INET6, &n->local, addr, sizeof(addr))) != 0);
}

/* The one next thing that is to be done for a node. */
static void
advance(struct node *n)
{
	const struct ike_sa	*sa = sa_of(n);
	struct keying		*k = n->k;

	if (!k->up || n->busy || n->gone || k->waiting > 0)
		return;
	if (n->mine && n->wanted && misplaced(n, sa))
		n->renew = true;
	if (n->renew && sa != NULL) {
		ask_for(n, build_terminate, on_terminated);
		return;
	}
	n->renew = false;
	if (!n->mine || !n->wanted)
		return;
	/*
	 * Another local address makes a second IKE_SA of the next initiate,
	 * so it is changed only where there is none.
	 */
	if (n->load == LOAD_NOT || n->load == LOAD_FAILED || (sa == NULL &&
	    !IN6_ARE_ADDR_EQUAL(&n->loaded_local, &n->local))) {
		if (n->load != LOAD_FAILED || n->backoff == 0)
			load_node(n);
		return;
	}
	if (!n->up && !n->initiated) {
		n->initiated = true;
		ask_for(n, build_mh, on_initiated);
	} else if (n->up && !n->tunnel && !n->tun_initiated &&
	    n->c->protect != PROTECT_NONE) {
		n->tun_initiated = true;
		ask_for(n, build_tun, on_initiated);
	}
}

/* charon has been asked what it has of a node that should be there by now. */
static void
on_looked(void *arg, enum vici_result r, const struct vici_cursor *msg)
{
	struct node	*n = arg;

	(void)msg;
	n->busy = false;
	if (r != VICI_DONE)
		return;
	evaluate(n);
	if (!n->wanted || (n->up && (n->tunnel ||
	    n->c->protect == PROTECT_NONE)))
		return;
	if (n->up) {
		n->tun_initiated = false;
		advance(n);
	} else if (established(sa_of(n)))
		failed(n, "the home agent refuses the associations");
	else if (sa_of(n) == NULL)
		failed(n, "no IKE_SA came of it: the home agent does not "
		    "answer or refuses");
	else {
		problem(n, "the home agent does not answer");
		tell(n, KEY_FAILED, n->last_error);
		set_timer(n, PATIENCE);
	}
}

static void
on_timer(int fd, short what, void *arg)
{
	struct node	*n = arg;

	(void)fd;
	(void)what;
	if (!n->k->up || !n->wanted || n->gone)
		return;
	if (n->busy) {
		set_timer(n, PATIENCE);
		return;
	}
	if (n->load == LOAD_FAILED) {
		load_node(n);
		return;
	}
	if (!n->initiated && !n->up) {
		advance(n);
		return;
	}
	n->busy = true;
	if (!request(n, build_look, on_looked))
		n->busy = false;
}

/* --- nodes --- */

static const struct conf_ipsec *
details(const struct conf *c, const struct in6_addr *home, bool *mine,
    struct in6_addr *agent)
{
	const struct conf_home_link	*l;
	size_t				 i, j, k;

	for (i = 0; c->mn != NULL && i < c->mn->nhomes; i++)
		if (IN6_ARE_ADDR_EQUAL(&c->mn->homes[i].address, home)) {
			*mine = true;
			*agent = c->mn->homes[i].agent;
			return (c->mn->homes[i].ipsec);
		}
	*mine = false;
	for (i = 0; c->ha != NULL && i < c->ha->nlinks; i++) {
		l = &c->ha->links[i];
		for (j = 0; j < l->nprefixes; j++)
			for (k = 0; k < 16; k++) {
				unsigned int bits = l->prefixes[j].len;
				uint8_t	 mask = bits >= 8 * (k + 1) ? 0xff :
				    bits <= 8 * k ? 0 :
				    (uint8_t)(0xff00 >> (bits - 8 * k));

				if (((home->s6_addr[k] ^
				    l->prefixes[j].addr.s6_addr[k]) & mask) !=
				    0)
					break;
				if (k == 15)
					*agent = l->address;
			}
	}
	return (NULL);
}

/* The configuration's nodes by home address: one pass for all of them. */
static void
take_details(struct keying *k)
{
	const struct conf_ha	*ha = k->conf->ha;
	struct node		*n;
	size_t			 i;

	for (i = 0; i < k->n; i++) {
		n = k->v[i];
		n->c = details(k->conf, &n->home, &n->mine, &n->agent);
	}
	for (i = 0; ha != NULL && i < ha->nnodes; i++)
		if (ha->nodes[i].ipsec != NULL && ha->nodes[i].nhomes == 1 &&
		    (n = keying_find(k, &ha->nodes[i].homes[0])) != NULL)
			n->c = ha->nodes[i].ipsec;
	for (i = 0; i < k->n; i++)
		if (k->v[i]->c == NULL)
			k->v[i]->gone = true;
}

/* 0, or -1: out of memory. */
bool
keying_start(struct keying *k, struct charon *c)
{
	memset(k, 0, sizeof(*k));
	k->charon = c;
	k->conf = c->ch->conf;
	arc4random_buf(&k->key, sizeof(k->key));
	return (htab_init(&k->by_home, 64));
}

static void
node_free(struct node *n)
{
	if (n->timer != NULL)
		event_free(n->timer);
	free(n);
}

void
keying_stop(struct keying *k)
{
	size_t	 i;

	k->up = false;
	for (i = 0; i < k->n; i++)
		node_free(k->v[i]);
	free(k->v);
	k->v = NULL;
	k->n = 0;
	cred_free(k);
	htab_free(&k->by_home);
}

static void
remove_node(struct node *n)
{
	n->gone = true;
	n->wanted = false;
	if (!n->k->up || n->load == LOAD_NOT)
		return;
	request(n, conn_unload, NULL);
	request(n, conn_unload_secret, NULL);
	if (sa_of(n) != NULL)
		request(n, build_terminate, NULL);
	n->load = LOAD_NOT;
}

/* parent: a node and its reqids. */
void
keying_node(struct keying *k, const struct msg_sa_node *m)
{
	struct node	*n = keying_find(k, &m->home), **v;
	size_t		 cap;

	if (m->gone) {
		if (n != NULL)
			remove_node(n);
		return;
	}
	if (n != NULL) {
		n->gone = false;
		n->seen = m->seen;
		n->reqid = m->reqid;
		return;
	}
	if (k->n == k->cap) {
		cap = k->cap == 0 ? 64 : k->cap * 2;
		if ((v = realloc(k->v, cap * sizeof(*v))) == NULL)
			return;
		k->v = v;
		k->cap = cap;
	}
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return;
	n->k = k;
	n->home = m->home;
	n->reqid = m->reqid;
	n->seen = m->seen;
	conn_name(&n->home, n->name, sizeof(n->name));
	n->timer = event_new(k->charon->ch->base, -1, 0, on_timer, n);
	k->v[k->n++] = n;
	htab_insert(&k->by_home, &n->link, hash_bytes(&k->key, &n->home,
	    sizeof(n->home)));
}

static int
recent_first(const void *a, const void *b)
{
	const struct node	*x = *(const struct node *const *)a;
	const struct node	*y = *(const struct node *const *)b;

	if (x->seen != y->seen)
		return (x->seen > y->seen ? -1 : 1);
	return (memcmp(&x->home, &y->home, sizeof(x->home)));
}

static void
forget_gone(struct keying *k)
{
	size_t	 i, n = 0;

	for (i = 0; i < k->n; i++)
		if (k->v[i]->gone && !k->v[i]->busy) {
			htab_remove(&k->by_home, &k->v[i]->link);
			node_free(k->v[i]);
		} else
			k->v[n++] = k->v[i];
	k->n = n;
}

/* parent: those were all. */
void
keying_nodes_end(struct keying *k)
{
	size_t	 i;

	take_details(k);
	forget_gone(k);
	if (k->n > 0)
		qsort(k->v, k->n, sizeof(*k->v), recent_first);
	k->have_nodes = true;
	k->next = 0;
	for (i = 0; i < k->n; i++)
		advance(k->v[i]);
	load_more(k);
}

/*
 * Another configuration: what is in it of each node is loaded again, as the
 * parent tells its nodes next.
 */
void
keying_configure(struct keying *k, const struct conf *c)
{
	size_t	 i;

	k->conf = c;
	k->have_nodes = false;
	take_details(k);
	for (i = 0; i < k->n; i++) {
		if (k->v[i]->load == LOAD_DONE)
			k->loaded--;
		if (k->v[i]->load == LOAD_FAILED)
			k->failed--;
		if (k->v[i]->load != LOAD_UNDER_WAY)
			k->v[i]->load = LOAD_NOT;
	}
	if (k->up)
		cred_begin(k);
}

/* ha, mn: what is wanted of a node. */
void
keying_want(struct keying *k, const struct msg_key_want *m)
{
	struct node		*n = keying_find(k, &m->home);
	const struct ike_sa	*sa;
	char			 addr[INET6_ADDRSTRLEN];

	if (n == NULL)
		return;
	sa = sa_of(n);
	if (m->op == KEY_END) {
		/* On a home agent: only what goes to that address. */
		if (n->mine || (sa != NULL && strcmp(sa->remote_host,
		    inet_ntop(AF_INET6, &m->remote, addr, sizeof(addr))) == 0))
			n->renew = true;
		n->wanted = n->wanted && !n->mine;
		advance(n);
		return;
	}
	if (!n->mine)
		return;
	n->wanted = true;
	n->local = m->local;
	n->remote = m->remote;
	n->backoff = 0;
	if (m->op == KEY_RENEW)
		n->renew = sa != NULL;
	if (sa == NULL)
		n->initiated = n->tun_initiated = false;
	n->told = 0;
	if (n->renew)
		n->up = n->tunnel = false;
	if (n->renew || !k->up)
		tell(n, KEY_PENDING, k->up ? "" : "charon is not there");
	else
		evaluate(n);
	advance(n);
}

/* charon is there: it knows nothing of us, or what an earlier life told it. */
void
keying_up(struct keying *k)
{
	struct node	*n;
	size_t		 i;

	k->up = true;
	k->next = 0;
	k->loading = 0;
	k->loaded = k->failed = 0;
	k->logged_percent = 0;
	for (i = 0; i < k->n; i++) {
		n = k->v[i];
		n->busy = false;
		n->load = LOAD_NOT;
		n->initiated = n->tun_initiated = false;
		n->backoff = 0;
		evaluate(n);
	}
	cred_begin(k);
	for (i = 0; i < k->n; i++)
		advance(k->v[i]);
	load_more(k);
}

/* charon has gone, and all that it had. */
void
keying_down(struct keying *k)
{
	size_t	 i;

	k->up = false;
	for (i = 0; i < k->n; i++) {
		k->v[i]->ike_id = 0;
		k->v[i]->busy = false;
		k->v[i]->up = k->v[i]->tunnel = false;
		tell(k->v[i], k->v[i]->wanted ? KEY_PENDING : KEY_DOWN,
		    "charon is not there");
	}
}

/* The unique id in a section about an IKE_SA; that of a new one, if rekeyed. */
static uint32_t
unique_id(const struct vici_item *section)
{
	struct vici_cursor	 in, sub;
	struct vici_item	 it;
	uint64_t		 id = 0;

	vici_enter(section, &in);
	if (vici_find(&in, VICI_SECTION_START, "new", &it)) {
		vici_enter(&it, &sub);
		in = sub;
	}
	if (!vici_get_num(&in, "uniqueid", 10, &id) || id > UINT32_MAX)
		return (0);
	return ((uint32_t)id);
}

/* An event that the table of SAs has taken in: whom does it concern? */
void
keying_event(struct keying *k, const char *name,
    const struct vici_cursor *msg)
{
	struct vici_cursor	 c = *msg;
	struct vici_item	 it;
	struct in6_addr		 home;
	struct node		*n;
	uint32_t		 id;

	(void)name;
	while (vici_next(&c, &it)) {
		if (it.kind != VICI_SECTION_START ||
		    !conn_home(it.name, it.namelen, &home) ||
		    (n = keying_find(k, &home)) == NULL)
			continue;
		id = unique_id(&it);
		/* The newest one counts. */
		if (id > n->ike_id && sa_find(&k->charon->sas, id) != NULL)
			n->ike_id = id;
		if (!k->up)
			continue;
		evaluate(n);
		advance(n);
	}
}

/* A list of all is complete: what was not in it has gone. */
void
keying_listed(struct keying *k)
{
	size_t	 i;

	for (i = 0; k->up && i < k->n; i++)
		if (k->v[i]->ike_id != 0 && sa_of(k->v[i]) == NULL) {
			evaluate(k->v[i]);
			advance(k->v[i]);
		}
}

/* parent: the contents of a file. */
void
keying_data(struct keying *k, const struct msg_ike_data *m)
{
	size_t	 i;

	cred_data(k, m);
	if (k->waiting > 0)
		return;
	for (i = 0; i < k->n; i++)
		advance(k->v[i]);
	load_more(k);
}

/* --- mip6ctl --- */

static size_t
build_rekey(struct vici_builder *b, void *p, size_t cap, const struct node *n)
{
	char	 id[16];

	vici_begin(b, p, cap, VICI_CMD_REQUEST, "rekey");
	snprintf(id, sizeof(id), "%u", n->ike_id);
	vici_str(b, "ike-id", id);
	return (vici_finish(b));
}

static void
rekey_children(struct node *n)
{
	const struct ike_sa	*sa = sa_of(n);
	struct vici_builder	 b;
	uint8_t			 buf[256];
	char			 id[16];
	size_t			 i;

	for (i = 0; sa != NULL && i < sa->nchildren; i++) {
		vici_begin(&b, buf, sizeof(buf), VICI_CMD_REQUEST, "rekey");
		snprintf(id, sizeof(id), "%u", sa->children[i].id);
		vici_str(&b, "child-id", id);
		if (vici_finish(&b) != 0)
			charon_request(n->k->charon, &b, NULL, n);
	}
}

/* ike initiate, rekey, terminate: 0 or an errno.  The row is how it stands. */
int
keying_command(struct keying *k, const struct msg_query *q,
    struct report *rep)
{
	struct in6_addr	 home;
	struct node	*n;

	if (!verb_address(q->arg, &home) ||
	    (n = keying_find(k, &home)) == NULL || n->gone)
		return (ENOENT);
	if (!k->up)
		return (ENOTCONN);
	switch (q->verb) {
	case VERB_IKE_INITIATE:
		if (!n->mine)
			return (EOPNOTSUPP);
		n->initiated = n->tun_initiated = false;
		n->backoff = 0;
		if (!n->wanted)
			return (EADDRNOTAVAIL);
		advance(n);
		break;
	case VERB_IKE_REKEY:
		if (sa_of(n) == NULL)
			return (ENOTCONN);
		/* Children first: afterwards they belong to another. */
		rekey_children(n);
		request(n, build_rekey, NULL);
		break;
	default:
		if (sa_of(n) == NULL)
			return (ENOTCONN);
		n->renew = true;
		advance(n);
		break;
	}
	keying_row(n, rep);
	return (0);
}

/* A node as show ike has it. */
void
keying_row(const struct node *n, struct report *rep)
{
	static const char *const	 loads[] = { "no", "loading", "yes",
	    "failed" };
	static const char *const	 states[] = { "-", "down", "pending",
	    "up", "failed" };

	report_row(rep, "ike_node");
	report_addr(rep, "home", &n->home);
	report_str(rep, "keys", states[n->told <= KEY_FAILED ? n->told : 0]);
	report_str(rep, "loaded", loads[n->load]);
	report_u64(rep, "reqid", n->reqid);
	report_u64(rep, "ike_id", n->ike_id);
	report_u64(rep, "retries", n->retries);
	report_str(rep, "identity", n->c == NULL ? "" : n->c->identity);
	report_str(rep, "last_error", n->last_error);
	report_end(rep);
}
