/*
 * A node as charon's configuration (RFC 4877 4.2 to 4.4, 7.2).  Each identity
 * has a connection of its own, with the selectors of its one home address and
 * no others: that is what authorises it.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "ike/node.h"

#define PREFIX		"mip6-"

/* The name of a connection is the home address, with a mark that it is ours. */
void
conn_name(const struct in6_addr *home, char *buf, size_t cap)
{
	char	 addr[INET6_ADDRSTRLEN];

	snprintf(buf, cap, PREFIX "%s", inet_ntop(AF_INET6, home, addr,
	    sizeof(addr)));
}

/* The home address in a name; false: the connection is not one of ours. */
bool
conn_home(const char *name, size_t len, struct in6_addr *home)
{
	char	 addr[INET6_ADDRSTRLEN];
	size_t	 n = strlen(PREFIX);

	if (len <= n || len - n >= sizeof(addr) ||
	    memcmp(name, PREFIX, n) != 0)
		return (false);
	memcpy(addr, name + n, len - n);
	addr[len - n] = '\0';
	return (inet_pton(AF_INET6, addr, home) == 1);
}

static void
seconds(struct vici_builder *b, const char *key, uint64_t s)
{
	char	 buf[24];

	snprintf(buf, sizeof(buf), "%llus", (unsigned long long)s);
	vici_str(b, key, buf);
}

static void
words(struct vici_builder *b, const char *key, const char *list)
{
	char	 word[64];
	size_t	 n;

	vici_list(b, key);
	for (; *list != '\0'; list += n + (list[n] != '\0' ? 1 : 0)) {
		n = strcspn(list, ", ");
		if (n == 0 || n >= sizeof(word))
			continue;
		memcpy(word, list, n);
		word[n] = '\0';
		vici_list_item(b, word);
	}
	vici_list_end(b);
}

static void
one_address(struct vici_builder *b, const char *key,
    const struct in6_addr *a)
{
	char	 buf[INET6_ADDRSTRLEN];

	vici_list(b, key);
	vici_list_item(b, inet_ntop(AF_INET6, a, buf, sizeof(buf)));
	vici_list_end(b);
}

/* Who proves what: a secret, or a certificate. */
static void
side(struct vici_builder *b, const struct node *n, bool local)
{
	const struct conf_ike	*ike = n->k->conf->ike;
	const char		*cert, *id;
	const uint8_t		*p;
	size_t			 len;

	vici_section(b, local ? "local" : "remote");
	vici_str(b, "auth", n->c->secretlen > 0 ? "psk" : "pubkey");
	id = local == n->mine ? n->c->identity :
	    n->mine ? n->c->agent_identity : ike->identity;
	vici_str(b, "id", id);
	cert = n->mine ? n->c->certificate : ike->certificate;
	if (local && n->c->secretlen == 0 &&
	    (p = cred_find(n->k, cert, &len)) != NULL) {
		vici_list(b, "certs");
		vici_list_bytes(b, p, len);
		vici_list_end(b);
	}
	vici_section_end(b);
}

static void
selector(struct vici_builder *b, const struct in6_addr *a, const char *what)
{
	char	 addr[INET6_ADDRSTRLEN], ts[INET6_ADDRSTRLEN + 32];

	if (a == NULL)
		snprintf(ts, sizeof(ts), "::/0%s", what);
	else
		snprintf(ts, sizeof(ts), "%s/128%s", inet_ntop(AF_INET6, a,
		    addr, sizeof(addr)), what);
	vici_list_item(b, ts);
}

static void
lifetimes(struct vici_builder *b, const struct node *n)
{
	uint64_t	 s = n->k->conf->ike->sa_lifetime / 1000;

	/*
	 * The home agent rekeys: on a mobile node the kernel's word that an
	 * association of the home address ends does not reach its IKE_SA.
	 */
	seconds(b, "rekey_time", n->mine ? s * 3 : s);
	seconds(b, "life_time", n->mine ? s * 4 : s + s / 4 + 1);
}

static void
reqid(struct vici_builder *b, uint32_t v)
{
	char	 buf[16];

	snprintf(buf, sizeof(buf), "%u", v);
	vici_str(b, "reqid", buf);
}

/* Binding Updates and prefix discovery, between home address and agent. */
static void
child_binding(struct vici_builder *b, const struct node *n)
{
	const struct in6_addr	*local = n->mine ? &n->home : &n->agent;
	const struct in6_addr	*remote = n->mine ? &n->agent : &n->home;

	vici_section(b, NODE_CHILD_MH);
	vici_str(b, "mode", "transport_proxy");
	vici_str(b, "policies", "no");
	reqid(b, n->reqid);
	words(b, "esp_proposals", n->k->conf->ike->esp_proposals);
	vici_list(b, "local_ts");
	selector(b, local, "[135]");
	selector(b, local, "[58]");
	vici_list_end(b);
	vici_list(b, "remote_ts");
	selector(b, remote, "[135]");
	selector(b, remote, "[58]");
	vici_list_end(b);
	lifetimes(b, n);
	vici_section_end(b);
}

/* What goes through the tunnel: all of it, or return routability. */
static void
child_tunnel(struct vici_builder *b, const struct node *n)
{
	const char	*what = n->c->protect == PROTECT_RR ? "[135]" : "";

	vici_section(b, NODE_CHILD_TUN);
	vici_str(b, "mode", "tunnel");
	vici_str(b, "policies", "no");
	reqid(b, n->reqid + 1);
	words(b, "esp_proposals", n->k->conf->ike->esp_proposals);
	vici_list(b, "local_ts");
	selector(b, n->mine ? &n->home : NULL, what);
	vici_list_end(b);
	vici_list(b, "remote_ts");
	selector(b, n->mine ? NULL : &n->home, what);
	vici_list_end(b);
	lifetimes(b, n);
	vici_section_end(b);
}

/*
 * load-conn of a node into cap bytes at p; returns the frame's length, 0 if
 * it does not fit.  A mobile node's has its care-of address in n->local.
 */
size_t
conn_load(struct vici_builder *b, void *p, size_t cap, const struct node *n)
{
	const struct conf_ike	*ike = n->k->conf->ike;

	vici_begin(b, p, cap, VICI_CMD_REQUEST, "load-conn");
	vici_section(b, n->name);
	vici_str(b, "version", "2");
	vici_str(b, "mobike", "no");
	one_address(b, "local_addrs", n->mine ? &n->local : &n->agent);
	if (n->mine)
		one_address(b, "remote_addrs", &n->agent);
	else {
		vici_list(b, "remote_addrs");
		vici_list_item(b, "%any");
		vici_list_end(b);
		vici_str(b, "unique", "replace");
	}
	words(b, "proposals", ike->ike_proposals);
	seconds(b, "rekey_time", n->mine ? 0 : ike->ike_lifetime / 1000);
	side(b, n, true);
	side(b, n, false);
	vici_section(b, "children");
	child_binding(b, n);
	if (n->c->protect != PROTECT_NONE)
		child_tunnel(b, n);
	vici_section_end(b);
	vici_section_end(b);
	return (vici_finish(b));
}

/* load-shared: the secret of both identities; the buffer is to be wiped. */
size_t
conn_secret(struct vici_builder *b, void *p, size_t cap, const struct node *n)
{
	vici_begin(b, p, cap, VICI_CMD_REQUEST, "load-shared");
	vici_str(b, "id", n->name);
	vici_str(b, "type", "IKE");
	vici_value(b, "data", n->c->secret, n->c->secretlen);
	vici_list(b, "owners");
	vici_list_item(b, n->c->identity);
	vici_list_item(b, n->mine ? n->c->agent_identity :
	    n->k->conf->ike->identity);
	vici_list_end(b);
	return (vici_finish(b));
}

size_t
conn_unload(struct vici_builder *b, void *p, size_t cap, const struct node *n)
{
	vici_begin(b, p, cap, VICI_CMD_REQUEST, "unload-conn");
	vici_str(b, "name", n->name);
	return (vici_finish(b));
}

size_t
conn_unload_secret(struct vici_builder *b, void *p, size_t cap,
    const struct node *n)
{
	vici_begin(b, p, cap, VICI_CMD_REQUEST, "unload-shared");
	vici_str(b, "id", n->name);
	return (vici_finish(b));
}

/* initiate: answered at once, the rest is told by events. */
size_t
conn_initiate(struct vici_builder *b, void *p, size_t cap,
    const struct node *n, const char *child)
{
	vici_begin(b, p, cap, VICI_CMD_REQUEST, "initiate");
	vici_str(b, "child", child);
	vici_str(b, "ike", n->name);
	vici_str(b, "timeout", "-1");
	return (vici_finish(b));
}
