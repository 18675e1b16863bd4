/*
 * mip6ctl check: facts about nodes, gathered from the rows of several verbs,
 * sorted and then compared.  Each that does not fit is a finding.  mip6ctl.c
 * hands over the rows as they come and has the findings printed at the end.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tables.h"
#include "mip6ctl/check.h"

#define REQIDS		0x4000		/* PF_KEY's, all of them */
#define WORD_MAX	24
#define CONNECTION	"mip6-"		/* at charon, then a home address */
#define POLICIES_MH	4		/* with IPsec always */
#define POLICIES_TUNNEL	2		/* of a mobile node; one more */

/* A node as the parent has it: `show sa'. */
struct node {
	struct in6_addr	 home, agent, careof;
	uint32_t	 reqid;
	bool		 is_ha, ike, protects, tunnel;
	/* what others have of it */
	bool		 bound;
	struct in6_addr	 bound_to;
	bool		 in_net;
	struct in6_addr	 net_to;
	unsigned int	 ike_sas;	/* established */
	struct in6_addr	 ike_at;	/* the mobile end of the last one */
};

/* What bears a reqid: counted, and for tunnels where they end. */
struct reqid {
	struct node	*node;
	unsigned int	 policies, states, wrong_policies, wrong_states;
	unsigned int	 children;
};

/* An association or a CHILD_SA by its inbound SPI, to be found in the other. */
struct spi {
	uint32_t	 spi, reqid;
};

struct list {
	void		*v;
	size_t		 n, cap, size;
};

struct check {
	struct list	 nodes, policies, states, children, bindings, tunnels;
	struct list	 ikes;
	struct reqid	*reqids;	/* REQIDS of them */
};

struct policy {
	uint32_t	 reqid;
	bool		 tunnel;
	char		 request[120];
};

struct state {
	uint32_t	 reqid, spi;
	bool		 tunnel, mature;
	struct in6_addr	 src, dst;
};

struct pair {
	struct in6_addr	 home, to;
};

/* An IKE_SA, by the home address that its connection is named by. */
struct ike {
	struct in6_addr	 home, local, remote;
};

static void *
add(struct list *l)
{
	size_t	 cap;
	void	*v;

	if (l->n == l->cap) {
		cap = l->cap == 0 ? 64 : l->cap * 2;
		if ((v = realloc(l->v, cap * l->size)) == NULL)
			return (NULL);
		l->v = v;
		l->cap = cap;
	}
	v = (char *)l->v + l->n++ * l->size;
	memset(v, 0, l->size);
	return (v);
}

static void
word(const struct row *row, const char *name, char *buf, size_t cap)
{
	const struct report_field	*f = row_field(row, name);
	size_t				 n;

	buf[0] = '\0';
	if (f == NULL || f->kind != RK_STRING)
		return;
	n = f->v.str.len < cap ? f->v.str.len : cap - 1;
	memcpy(buf, f->v.str.p, n);
	buf[n] = '\0';
}

static bool
is(const struct row *row, const char *name, const char *value)
{
	char	 buf[WORD_MAX];

	word(row, name, buf, sizeof(buf));
	return (strcmp(buf, value) == 0);
}

static uint64_t
number(const struct row *row, const char *name)
{
	const struct report_field	*f = row_field(row, name);

	return (f == NULL || (f->kind != RK_U64 && f->kind != RK_BOOL) ? 0 :
	    f->v.u64);
}

static struct in6_addr
address(const struct row *row, const char *name)
{
	const struct report_field	*f = row_field(row, name);
	struct in6_addr			 a = IN6ADDR_ANY_INIT;
	char				 buf[INET6_ADDRSTRLEN];

	if (f != NULL && f->kind == RK_ADDR)
		return (f->v.addr);
	word(row, name, buf, sizeof(buf));
	if (inet_pton(AF_INET6, buf, &a) != 1)
		memset(&a, 0, sizeof(a));
	return (a);
}

/* The number behind a word like "unique:1024" in an IPsec request. */
static uint32_t
reqid_of(const char *request)
{
	const char	*p = strstr(request, "unique:");

	return (p == NULL ? 0 : (uint32_t)strtoul(p + 7, NULL, 10));
}

static bool
take_node(struct check *c, const struct row *row)
{
	struct node	*n = add(&c->nodes);

	if (n == NULL)
		return (false);
	n->home = address(row, "home");
	n->agent = address(row, "agent");
	n->careof = address(row, "care_of");
	n->reqid = (uint32_t)number(row, "reqid");
	n->is_ha = is(row, "role", "ha");
	n->ike = is(row, "keying", "ike");
	n->protects = !is(row, "protect", "none");
	n->tunnel = number(row, "tunnel") != 0;
	return (true);
}

static bool
take_policy(struct check *c, const struct row *row)
{
	struct policy	*p = add(&c->policies);

	if (p == NULL)
		return (false);
	word(row, "requests", p->request, sizeof(p->request));
	p->reqid = reqid_of(p->request);
	p->tunnel = strstr(p->request, "/tunnel/") != NULL;
	return (true);
}

static bool
take_state(struct check *c, const struct row *row)
{
	struct state	*s = add(&c->states);
	char		 spi[WORD_MAX];

	if (s == NULL)
		return (false);
	word(row, "spi", spi, sizeof(spi));
	s->spi = (uint32_t)strtoul(spi, NULL, 16);
	s->reqid = (uint32_t)number(row, "reqid");
	s->tunnel = is(row, "mode", "tunnel");
	s->mature = is(row, "state", "mature") || is(row, "state", "dying");
	s->src = address(row, "source");
	s->dst = address(row, "destination");
	return (true);
}

static bool
take_child(struct check *c, const struct row *row)
{
	struct spi	*s;
	char		 spi[WORD_MAX];

	if (!is(row, "state", "INSTALLED"))
		return (true);
	if ((s = add(&c->children)) == NULL)
		return (false);
	word(row, "spi_in", spi, sizeof(spi));
	s->spi = (uint32_t)strtoul(spi, NULL, 16);
	s->reqid = (uint32_t)number(row, "reqid");
	return (true);
}

static bool
take_ike(struct check *c, const struct row *row)
{
	char		 name[sizeof(CONNECTION) + INET6_ADDRSTRLEN];
	struct ike	*k;
	struct in6_addr	 home;

	word(row, "name", name, sizeof(name));
	if (!is(row, "state", "ESTABLISHED") ||
	    strncmp(name, CONNECTION, sizeof(CONNECTION) - 1) != 0 ||
	    inet_pton(AF_INET6, name + sizeof(CONNECTION) - 1, &home) != 1)
		return (true);
	if ((k = add(&c->ikes)) == NULL)
		return (false);
	k->home = home;
	k->local = address(row, "local_host");
	k->remote = address(row, "remote_host");
	return (true);
}

static bool
take_pair(struct list *l, const struct row *row, const char *to)
{
	struct pair	*p = add(l);

	if (p == NULL)
		return (false);
	p->home = address(row, "home");
	p->to = address(row, to);
	return (true);
}

/* A row of an answer to that verb; false when out of memory. */
bool
check_row(struct check *c, enum verb verb, const struct row *row)
{
	if (verb == VERB_SHOW_SA && strcmp(row->table, TABLE_NODE) == 0)
		return (take_node(c, row));
	if (strcmp(row->table, TABLE_POLICY) == 0)
		return (take_policy(c, row));
	if (verb == VERB_SHOW_SAD && strcmp(row->table, TABLE_SA) == 0)
		return (take_state(c, row));
	if (strcmp(row->table, TABLE_IKE_SA) == 0)
		return (take_ike(c, row));
	if (strcmp(row->table, TABLE_CHILD_SA) == 0)
		return (take_child(c, row));
	if (strcmp(row->table, TABLE_BINDING) == 0)
		return (!is(row, "state", "bound") ||
		    take_pair(&c->bindings, row, "careof"));
	if (strcmp(row->table, TABLE_BUL) == 0)
		return (number(row, "bound") == 0 ||
		    is(row, "type", "peer") ||
		    take_pair(&c->bindings, row, "registered_careof"));
	if (strcmp(row->table, TABLE_TUNNEL) == 0)
		return (number(row, "active") == 0 ||
		    row_field(row, "other") != NULL ||
		    take_pair(&c->tunnels, row, is(row, "role", "mn") ?
		    "local" : "peer"));
	return (true);
}

/*
 * How old the list of associations is that the ike process has of charon, in
 * ms: -1 if the row tells no such thing, or charon is not there.
 */
int64_t
check_listed(const struct row *row)
{
	const struct report_field	*age = row_field(row, "listed_ms");

	return (strcmp(row->table, TABLE_CHARON) != 0 || age == NULL ||
	    age->kind != RK_MS || !is(row, "state", "up") ? -1 : age->v.i64);
}

/* NULL when out of memory. */
struct check *
check_new(void)
{
	struct check	*c = calloc(1, sizeof(*c));

	if (c == NULL || (c->reqids = calloc(REQIDS, sizeof(*c->reqids))) ==
	    NULL) {
		free(c);
		return (NULL);
	}
	c->nodes.size = sizeof(struct node);
	c->policies.size = sizeof(struct policy);
	c->states.size = sizeof(struct state);
	c->children.size = sizeof(struct spi);
	c->ikes.size = sizeof(struct ike);
	c->bindings.size = c->tunnels.size = sizeof(struct pair);
	return (c);
}

void
check_free(struct check *c)
{
	if (c == NULL)
		return;
	free(c->nodes.v);
	free(c->policies.v);
	free(c->states.v);
	free(c->children.v);
	free(c->bindings.v);
	free(c->tunnels.v);
	free(c->ikes.v);
	free(c->reqids);
	free(c);
}

size_t
check_nodes(const struct check *c)
{
	return (c->nodes.n);
}

static int
by_home(const void *a, const void *b)
{
	return (memcmp(a, b, sizeof(struct in6_addr)));
}

static int
by_spi(const void *a, const void *b)
{
	const struct spi	*x = a, *y = b;

	return (x->spi < y->spi ? -1 : x->spi > y->spi);
}

static struct node *
node_of(struct check *c, const struct in6_addr *home)
{
	return (c->nodes.n == 0 ? NULL : bsearch(home, c->nodes.v, c->nodes.n,
	    c->nodes.size, by_home));
}

static struct reqid *
slot(struct check *c, uint32_t reqid)
{
	return (reqid == 0 || reqid >= REQIDS ||
	    c->reqids[reqid].node == NULL ? NULL : &c->reqids[reqid]);
}

/* A tunnel of n: its request or association must end where the node is. */
static bool
ends_right(const struct node *n, const struct in6_addr *src,
    const struct in6_addr *dst)
{
	return ((memcmp(src, &n->agent, sizeof(*src)) == 0 &&
	    memcmp(dst, &n->careof, sizeof(*dst)) == 0) ||
	    (memcmp(dst, &n->agent, sizeof(*dst)) == 0 &&
	    memcmp(src, &n->careof, sizeof(*src)) == 0));
}

static void
join_policies(struct check *c)
{
	const struct policy	*p = c->policies.v;
	struct reqid		*r;
	char			 text[INET6_ADDRSTRLEN];
	size_t			 i;

	for (i = 0; i < c->policies.n; i++) {
		if ((r = slot(c, p[i].reqid)) == NULL)
			continue;
		r->policies++;
		inet_ntop(AF_INET6, &r->node->careof, text, sizeof(text));
		if (p[i].tunnel && strstr(p[i].request, text) == NULL)
			r->wrong_policies++;
	}
}

static void
join_states(struct check *c)
{
	const struct state	*s = c->states.v;
	struct reqid		*r;
	size_t			 i;

	for (i = 0; i < c->states.n; i++) {
		if ((r = slot(c, s[i].reqid)) == NULL || !s[i].mature)
			continue;
		r->states++;
		if (s[i].tunnel && r->node->tunnel &&
		    !ends_right(r->node, &s[i].src, &s[i].dst))
			r->wrong_states++;
	}
}

/* All that was gathered, by node. */
static void
join(struct check *c)
{
	struct node	*n = c->nodes.v;
	struct pair	*p;
	struct spi	*s = c->children.v;
	struct reqid	*r;
	struct ike	*k;
	size_t		 i;

	if (c->nodes.n > 0)
		qsort(c->nodes.v, c->nodes.n, c->nodes.size, by_home);
	for (i = 0; i < c->nodes.n; i++)
		if (n[i].reqid > 0 && n[i].reqid + 1 < REQIDS)
			c->reqids[n[i].reqid].node =
			    c->reqids[n[i].reqid + 1].node = &n[i];
	for (p = c->bindings.v, i = 0; i < c->bindings.n; i++)
		if ((n = node_of(c, &p[i].home)) != NULL) {
			n->bound = true;
			n->bound_to = p[i].to;
		}
	for (p = c->tunnels.v, i = 0; i < c->tunnels.n; i++)
		if ((n = node_of(c, &p[i].home)) != NULL) {
			n->in_net = true;
			n->net_to = p[i].to;
		}
	for (k = c->ikes.v, i = 0; i < c->ikes.n; i++)
		if ((n = node_of(c, &k[i].home)) != NULL) {
			n->ike_sas++;
			n->ike_at = n->is_ha ? k[i].remote : k[i].local;
		}
	join_policies(c);
	join_states(c);
	for (i = 0; i < c->children.n; i++)
		if ((r = slot(c, s[i].reqid)) != NULL)
			r->children++;
	if (c->children.n > 0)
		qsort(c->children.v, c->children.n, c->children.size, by_spi);
}

struct sink {
	check_fn	*fn;
	void		*arg;
	size_t		 n;
};

static void say(struct sink *, const struct in6_addr *, const char *,
    const char *, ...) __attribute__((__format__(printf, 4, 5)));

static void
say(struct sink *s, const struct in6_addr *home, const char *where,
    const char *fmt, ...)
{
	struct check_finding	 f;
	va_list			 ap;

	memset(&f, 0, sizeof(f));
	f.home = *home;
	f.where = where;
	va_start(ap, fmt);
	vsnprintf(f.text, sizeof(f.text), fmt, ap);
	va_end(ap);
	s->n++;
	s->fn(s->arg, &f);
}

static const char *
text_of(const struct in6_addr *a, char buf[INET6_ADDRSTRLEN])
{
	return (inet_ntop(AF_INET6, a, buf, INET6_ADDRSTRLEN));
}

static void
check_policies(const struct check *c, const struct node *n, struct sink *s)
{
	const struct reqid	*mh = &c->reqids[n->reqid];
	const struct reqid	*tun = &c->reqids[n->reqid + 1];
	unsigned int		 want;

	if (mh->policies != POLICIES_MH)
		say(s, &n->home, "spd", "%u policies for Binding Updates and "
		    "prefix discovery (reqid %u), expected %u", mh->policies,
		    n->reqid, POLICIES_MH);
	want = !n->tunnel ? 0 : POLICIES_TUNNEL + (n->is_ha ? 1 : 0);
	if (tun->policies != want)
		say(s, &n->home, "spd", "%u policies of the tunnel (reqid "
		    "%u), expected %u", tun->policies, n->reqid + 1, want);
	if (tun->wrong_policies > 0)
		say(s, &n->home, "spd", "%u policies of the tunnel (reqid "
		    "%u) do not end at the care-of address",
		    tun->wrong_policies, n->reqid + 1);
	if (tun->wrong_states > 0)
		say(s, &n->home, "sad", "%u associations of the tunnel "
		    "(reqid %u) do not end at the care-of address",
		    tun->wrong_states, n->reqid + 1);
}

static void
check_keys(const struct check *c, const struct node *n, struct sink *s)
{
	const struct reqid	*r;
	const char		*what;
	unsigned int		 i;

	for (i = 0; i < 2; i++) {
		r = &c->reqids[n->reqid + i];
		what = i == 0 ? "Binding Updates" : "the tunnel";
		if (i == 1 && (!n->protects || !n->tunnel))
			break;
		if (n->bound && r->states < 2)
			say(s, &n->home, "sad", "%u associations for %s "
			    "(reqid %u) of a bound node, expected 2",
			    r->states, what, n->reqid + i);
		if (n->ike && r->states > 0 && r->children == 0)
			say(s, &n->home, "charon", "no CHILD_SA for %s "
			    "(reqid %u), but associations in the kernel",
			    what, n->reqid + i);
		if (n->ike && r->children > 0 && r->states == 0)
			say(s, &n->home, "sad", "no association for %s "
			    "(reqid %u), but a CHILD_SA at charon", what,
			    n->reqid + i);
		if (n->ike && r->children > 1)
			say(s, &n->home, "charon", "%u CHILD_SAs for %s "
			    "(reqid %u)", r->children, what, n->reqid + i);
	}
}

/* One for each node, and it has followed (the K bit, RFC 6275 10.3.1). */
static void
check_ike(const struct node *n, struct sink *s)
{
	char	 a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];

	if (n->ike_sas > 1)
		say(s, &n->home, "charon", "%u IKE_SAs", n->ike_sas);
	if (n->ike && n->bound && n->ike_sas == 1 &&
	    memcmp(&n->ike_at, &n->bound_to, sizeof(n->bound_to)) != 0)
		say(s, &n->home, "charon", "the IKE_SA ends at %s, registered "
		    "is %s", text_of(&n->ike_at, a), text_of(&n->bound_to, b));
}

static void
check_places(const struct node *n, struct sink *s)
{
	char	 a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];

	if (n->bound && n->in_net &&
	    memcmp(&n->bound_to, &n->net_to, sizeof(n->net_to)) != 0)
		say(s, &n->home, "net", "tunnel to %s, registered is %s",
		    text_of(&n->net_to, a), text_of(&n->bound_to, b));
	if (n->bound != n->in_net)
		say(s, &n->home, "net", n->bound ? "no tunnel, but a binding" :
		    "a tunnel, but no binding");
	if (n->bound && n->tunnel &&
	    memcmp(&n->bound_to, &n->careof, sizeof(n->careof)) != 0)
		say(s, &n->home, "parent", "policies are for %s, registered "
		    "is %s", text_of(&n->careof, a), text_of(&n->bound_to, b));
	if (n->bound && n->protects && !n->tunnel)
		say(s, &n->home, "parent", "a binding, but the policies of "
		    "the tunnel are inactive");
	if (!n->bound && n->tunnel)
		say(s, &n->home, "parent", "no binding, but the policies of "
		    "the tunnel are active");
}

/* What charon believes to have and the kernel has not (or no longer). */
static void
check_children(struct check *c, struct sink *s)
{
	const struct spi	*child = c->children.v;
	const struct state	*st = c->states.v;
	struct reqid		*r;
	struct spi		 key, *found;
	bool			*there;
	size_t			 i;

	if (c->children.n == 0 ||
	    (there = calloc(c->children.n, sizeof(*there))) == NULL)
		return;
	for (i = 0; i < c->states.n; i++) {
		key.spi = st[i].spi;
		found = bsearch(&key, c->children.v, c->children.n,
		    c->children.size, by_spi);
		if (found == NULL)
			continue;
		/* All of that SPI. */
		while (found > child && found[-1].spi == key.spi)
			found--;
		for (; found < child + c->children.n &&
		    found->spi == key.spi; found++)
			there[found - child] = true;
	}
	for (i = 0; i < c->children.n; i++)
		if (!there[i] && (r = slot(c, child[i].reqid)) != NULL &&
		    r->states > 0)
			say(s, &r->node->home, "sad", "no association with "
			    "SPI 0x%08" PRIx32 ", which charon has (reqid "
			    "%u)", child[i].spi, child[i].reqid);
	free(there);
}

/*
 * Compare all that was gathered; fn is told each difference.  Returns how
 * many there were.
 */
size_t
check_compare(struct check *c, check_fn *fn, void *arg)
{
	const struct node	*n;
	struct sink		 s = { fn, arg, 0 };
	size_t			 i;

	join(c);
	for (n = c->nodes.v, i = 0; i < c->nodes.n; i++) {
		if (n[i].reqid == 0 || n[i].reqid + 1 >= REQIDS) {
			say(&s, &n[i].home, "parent", "it has no reqids");
			continue;
		}
		check_policies(c, &n[i], &s);
		check_keys(c, &n[i], &s);
		check_ike(&n[i], &s);
		check_places(&n[i], &s);
	}
	check_children(c, &s);
	return (s.n);
}
