/*
 * The table of kinds of rows, which kind.def fills, and the words for each:
 * what the log, mip6ctl show kernel and mip6ctl why say of a row, the same on
 * all systems.  Asks for nothing but the names of interfaces.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "kern/kinds.h"

static const char *
name_of(uint32_t ifindex, const char *tun, char name[IF_NAMESIZE])
{
	if (ifindex == 0)
		return (tun);
	if (if_indextoname(ifindex, name) == NULL)
		snprintf(name, IF_NAMESIZE, "#%u", ifindex);
	return (name);
}

/* What a rule does, in words. */
static const char *
action_name(const struct row_rule *r)
{
	static const char *const	 names[] = {
		[RULE_GOTO] = "past the next",
		[RULE_NOP] = "nothing",
		[RULE_BLACKHOLE] = "nowhere",
		[RULE_UNREACHABLE] = "unreachable",
	};

	if (r->action < sizeof(names) / sizeof(names[0]) &&
	    names[r->action] != NULL)
		return (names[r->action]);
	switch (r->table) {
	case ROUTES_TUNNEL:
		return ("tunnel");
	case ROUTES_PEERS:
		return ("peers");
	default:
		return (r->specific ? "table main but for default routes" :
		    "table main");
	}
}

static void
words_rule(const struct row *row, const char *tun, char *text, size_t cap)
{
	struct row_rule	 r;
	char		 a[INET6_ADDRSTRLEN], what[2 * INET6_ADDRSTRLEN + 24];
	char		 number[12] = "", proto[20] = "";
	int		 n = 0;

	memcpy(&r, row->key, sizeof(r));
	what[0] = '\0';
	if (r.pref != 0)
		snprintf(number, sizeof(number), " %u", r.pref);
	if (r.slen > 0)
		n = snprintf(what, sizeof(what), " from %s/%u",
		    inet_ntop(AF_INET6, &r.src, a, sizeof(a)), r.slen);
	if (r.dlen > 0)
		snprintf(what + n, sizeof(what) - (size_t)n, " to %s/%u",
		    inet_ntop(AF_INET6, &r.dst, a, sizeof(a)), r.dlen);
	if (r.proto != 0)
		snprintf(proto, sizeof(proto), " of protocol %u", r.proto);
	snprintf(text, cap, "rule%s%s%s%s%s%s%s: %s", number, what,
	    r.tun ? " by " : "", r.tun ? tun : "",
	    r.iif[0] != '\0' ? " from " : "", r.iif, proto,
	    action_name(&r));
}

static void
words_route(const struct row *row, const char *tun, char *text, size_t cap)
{
	struct row_route	 r;
	struct row_way		 w;
	char			 a[INET6_ADDRSTRLEN], g[INET6_ADDRSTRLEN];
	char			 name[IF_NAMESIZE];

	memcpy(&r, row->key, sizeof(r));
	memcpy(&w, row->value, sizeof(w));
	inet_ntop(AF_INET6, &r.dst, a, sizeof(a));
	inet_ntop(AF_INET6, &w.gateway, g, sizeof(g));
	snprintf(text, cap, "route %s/%u%s%s by %s%s", a, r.plen,
	    w.ifindex == 0 ? "" : " via ", w.ifindex == 0 ? "" : g,
	    name_of(w.ifindex, tun, name),
	    r.table == ROUTES_TUNNEL ? " in the tunnel's table" :
	    r.table == ROUTES_PEERS ? " in the peers' table" : "");
}

static void
words_on(const struct row *row, const char *tun, char *text, size_t cap)
{
	const struct kind	*kind = &row_kinds[row->kind];
	struct row_addr		 k;
	char			 a[INET6_ADDRSTRLEN], name[IF_NAMESIZE];

	memcpy(&k, row->key, sizeof(k));
	snprintf(text, cap, "%s%s on %s%s", kind->before,
	    inet_ntop(AF_INET6, &k.addr, a, sizeof(a)),
	    name_of(k.ifindex, tun, name), kind->behind);
}

/* The key is a string. */
static void
words_name(const struct row *row, const char *tun, char *text, size_t cap)
{
	(void)tun;
	snprintf(text, cap, "%s%.*s", row_kinds[row->kind].before,
	    (int)row->keylen, (const char *)row->key);
}

static void
words_tun(const struct row *row, const char *tun, char *text, size_t cap)
{
	struct row_tun	 t;

	memcpy(&t, row->value, sizeof(t));
	snprintf(text, cap, "%s up, MTU %u", tun, t.mtu);
}

static void
words_setting(const struct row *row, const char *tun, char *text, size_t cap)
{
	(void)tun;
	snprintf(text, cap, "%.*s = %.*s", (int)row->keylen,
	    (const char *)row->key, (int)row->valuelen,
	    (const char *)row->value);
}

#define SAME(type, member)						\
	{ offsetof(type, member), sizeof(((type *)NULL)->member) }

const struct kind	 row_kinds[ROW_KINDS] = {
#define KIND(id, ...)	[ROW_##id] = { __VA_ARGS__ },
#include "kern/kind.def"
#undef KIND
};

/* What a row is about, in words; tun is the name of the device. */
void
row_words(const struct row *row, const char *tun, char *text, size_t cap)
{
	const struct kind	*kind = &row_kinds[row->kind];

	if (kind->words != NULL && (kind->keylen == 0 ||
	    kind->keylen == row->keylen) && (kind->valuelen == 0 ||
	    kind->valuelen == row->valuelen))
		kind->words(row, tun, text, cap);
	else
		snprintf(text, cap, "%s", kind->name);
}
