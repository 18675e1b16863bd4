/*
 * Builds the messages that tell charon of a node's connection, and of what is
 * to be done with it: load, initiate, rekey, terminate.  A connection has one
 * home address and one identity, and up to two CHILD_SAs: for Binding Updates
 * and prefix discovery, and for what goes through the tunnel (RFC 4877
 * 4.2-4.4, 7.2).  Pure, in memory of the caller; ike/keying.c, load.c,
 * discard.c and spis.c send them.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "ike/conn.h"

/*
 * The home agent rekeys, as soft expiry of the transport SAs does not reach a
 * mobile node's charon: it looks for their endpoints by care-of address, and
 * the kernel tells the home address.  So the mobile node's own times are
 * beyond the home agent's, and only there in case that goes wrong.
 */
#define AGENT_REKEY	1	/* times the configured lifetime */
#define AGENT_LIFE	2
#define MOBILE_REKEY	3
#define MOBILE_LIFE	4
#define DPD_DELAY	"60s"	/* the mobile node finds a dead home agent */

#define TS_MAX		(INET6_ADDRSTRLEN + 24)

/* charon takes a Mobility Header type for a port: it is in the high octet. */
#define TS_MH		"[135]"
#define TS_ICMP		"[58]"
#define TS_HOTI		"[135/256]"
#define TS_HOT		"[135/768]"

/*
 * Why there can't be a connection for a node, or NULL.  An identity that is a
 * pattern would let others have the node's home address: with RFC 4877 4.2 an
 * identity stands for one home address.
 */
const char *
conn_refused(const struct node *n, const struct conf_ike *ike)
{
	const char	*other, *own;

	other = n->is_mn ? n->ipsec->agent_identity : n->ipsec->identity;
	own = n->is_mn ? n->ipsec->identity : ike->identity;
	if (other[0] == '\0' || own[0] == '\0')
		return ("an identity is missing");
	if (conf_identity_is_pattern(other))
		return ("the identity is a pattern");
	if (n->ipsec->secretlen == 0 && (n->is_mn ? n->ipsec->certificate :
	    ike->certificate)[0] == '\0')
		return ("neither a secret nor a certificate");
	return (NULL);
}

/* Bytes that conn_load() needs. */
size_t
conn_room(const struct conn *c)
{
	size_t	 i, n = CONN_ROOM + c->certificate.len;

	for (i = 0; i < c->nauthorities; i++)
		n += c->authorities[i].len + 8;
	return (n);
}

static void
put_blob_item(struct vici_builder *b, const struct blob *v)
{
	/* An item is any bytes with a length, as a value is. */
	if (v->len > UINT16_MAX)
		b->bad = true;
	wbuf_u8(&b->w, VICI_LIST_ITEM);
	wbuf_u16(&b->w, (uint16_t)v->len);
	wbuf_bytes(&b->w, v->p, v->len);
}

static void
put_list1(struct vici_builder *b, const char *name, const char *item)
{
	vici_list(b, name);
	vici_list_item(b, item);
	vici_list_end(b);
}

static void
put_addr_list(struct vici_builder *b, const char *name,
    const struct in6_addr *a)
{
	char	 text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, a, text, sizeof(text));
	put_list1(b, name, text);
}

/* The words of a string, between commas or blanks, as the items of a list. */
static void
put_words(struct vici_builder *b, const char *name, const char *words)
{
	char	 item[256];
	size_t	 n;

	if (words[0] == '\0')
		return;			/* charon's own choice */
	vici_list(b, name);
	for (; *words != '\0'; words += n) {
		words += strspn(words, ", \t");
		n = strcspn(words, ", \t");
		if (n == 0 || n >= sizeof(item))
			break;
		memcpy(item, words, n);
		item[n] = '\0';
		vici_list_item(b, item);
	}
	vici_list_end(b);
}

static void
put_seconds(struct vici_builder *b, const char *key, uint32_t ms,
    unsigned int times)
{
	char	 text[32];

	snprintf(text, sizeof(text), "%" PRIu64 "s",
	    ((uint64_t)ms * times + 999) / 1000);
	vici_str(b, key, text);
}

static void
put_num(struct vici_builder *b, const char *key, uint32_t v)
{
	char	 text[16];

	snprintf(text, sizeof(text), "%" PRIu32, v);
	vici_str(b, key, text);
}

static void
put_common(struct vici_builder *b, const struct conn *c, const char *mode,
    uint32_t reqid)
{
	bool	 mn = c->node->is_mn;

	vici_str(b, "mode", mode);
	vici_str(b, "policies", "no");
	put_num(b, "reqid", reqid);
	put_words(b, "esp_proposals", c->ike->esp_proposals);
	put_seconds(b, "rekey_time", c->ike->sa_lifetime,
	    mn ? MOBILE_REKEY : AGENT_REKEY);
	put_seconds(b, "life_time", c->ike->sa_lifetime,
	    mn ? MOBILE_LIFE : AGENT_LIFE);
	/*
	 * Else charon takes the time between both: rekeying may come at once.
	 */
	put_seconds(b, "rand_time", c->ike->sa_lifetime / 10, 1);
}

/* Traffic selectors of an address with one or two protocols. */
static void
put_ts(struct vici_builder *b, const char *key, const char *net,
    const char *what, const char *other)
{
	char	 text[2 * TS_MAX];

	vici_list(b, key);
	snprintf(text, sizeof(text), "%s%s", net, what);
	vici_list_item(b, text);
	if (other != NULL) {
		snprintf(text, sizeof(text), "%s%s", net, other);
		vici_list_item(b, text);
	}
	vici_list_end(b);
}

/* Binding Updates and prefix discovery, RFC 4877 4.2, 4.3; 7.2. */
static void
put_binding(struct vici_builder *b, const struct conn *c, const char *home,
    const char *agent)
{
	bool	 mn = c->node->is_mn;

	vici_section(b, CONN_BINDING);
	put_common(b, c, "transport_proxy", c->node->reqid);
	put_ts(b, "local_ts", mn ? home : agent, TS_MH, TS_ICMP);
	put_ts(b, "remote_ts", mn ? agent : home, TS_MH, TS_ICMP);
	vici_section_end(b);
}

/* Return routability (RFC 6275 5.2.5) or all, RFC 4877 4.2, 4.4. */
static void
put_tunnel(struct vici_builder *b, const struct conn *c, const char *home)
{
	enum conf_protect	 p = c->node->ipsec->protect;
	bool			 mn = c->node->is_mn;
	const char		*out = "", *in = "";

	if (p == PROTECT_NONE)
		return;
	if (p == PROTECT_RR) {
		out = TS_HOTI;
		in = TS_HOT;
	}
	vici_section(b, CONN_TUNNEL);
	put_common(b, c, "tunnel", c->node->reqid + 1);
	put_ts(b, "local_ts", mn ? home : "::/0", mn ? out : in, NULL);
	put_ts(b, "remote_ts", mn ? "::/0" : home, mn ? in : out, NULL);
	vici_section_end(b);
}

static void
put_authentication(struct vici_builder *b, const struct conn *c)
{
	const struct conf_ipsec	*s = c->node->ipsec;
	bool			 mn = c->node->is_mn;
	const char		*auth = s->secretlen > 0 ? "psk" : "pubkey";
	size_t			 i;

	vici_section(b, "local");
	vici_str(b, "auth", auth);
	vici_str(b, "id", mn ? s->identity : c->ike->identity);
	if (s->secretlen == 0) {
		vici_list(b, "certs");
		put_blob_item(b, &c->certificate);
		vici_list_end(b);
	}
	vici_section_end(b);
	vici_section(b, "remote");
	vici_str(b, "auth", auth);
	vici_str(b, "id", mn ? s->agent_identity : s->identity);
	/* No other CA that charon trusts may vouch for the peer. */
	if (s->secretlen == 0 && c->nauthorities > 0) {
		vici_list(b, "cacerts");
		for (i = 0; i < c->nauthorities; i++)
			put_blob_item(b, &c->authorities[i]);
		vici_list_end(b);
	}
	vici_section_end(b);
}

/*
 * load-conn: the connection of a node, RFC 4877 4.2 to 4.4.  Selectors are
 * addresses, so that charon refuses any other home address than the one that
 * goes with the identity.  The K bit moves endpoints by MIGRATE, thus no
 * MOBIKE.  cap is at least conn_room(); see conn_refused().
 */
void
conn_load(struct vici_builder *b, void *mem, size_t cap, const struct conn *c)
{
	const struct node	*n = c->node;
	char			 name[NODE_NAME_MAX];
	char			 home[TS_MAX], agent[TS_MAX];

	node_name(&n->home, name);
	inet_ntop(AF_INET6, &n->home, home, INET6_ADDRSTRLEN);
	strcat(home, "/128");
	inet_ntop(AF_INET6, &n->agent, agent, INET6_ADDRSTRLEN);
	strcat(agent, "/128");
	vici_begin(b, mem, cap, VICI_CMD_REQUEST, "load-conn");
	vici_section(b, name);
	vici_str(b, "version", "2");
	put_addr_list(b, "local_addrs", n->is_mn ? &n->local : &n->agent);
	if (n->is_mn) {
		put_addr_list(b, "remote_addrs", &n->agent);
		vici_str(b, "dpd_delay", DPD_DELAY);
	} else {
		put_list1(b, "remote_addrs", "%any");
		vici_str(b, "unique", "replace");
	}
	vici_str(b, "mobike", "no");
	put_seconds(b, "rekey_time", c->ike->ike_lifetime,
	    n->is_mn ? MOBILE_REKEY : AGENT_REKEY);
	put_words(b, "proposals", c->ike->ike_proposals);
	put_authentication(b, c);
	vici_section(b, "children");
	put_binding(b, c, home, agent);
	put_tunnel(b, c, home);
	vici_section_end(b);
	vici_section_end(b);
}

/*
 * load-shared: the secret of a node, for both identities.  The memory has a
 * secret afterwards, and is for the caller to wipe.
 */
void
conn_load_secret(struct vici_builder *b, void *mem, size_t cap,
    const struct node *n, const struct conf_ike *ike)
{
	const struct conf_ipsec	*s = n->ipsec;
	char			 name[NODE_NAME_MAX];

	node_name(&n->home, name);
	vici_begin(b, mem, cap, VICI_CMD_REQUEST, "load-shared");
	vici_str(b, "id", name);
	vici_str(b, "type", "IKE");
	vici_value(b, "data", s->secret, s->secretlen);
	vici_list(b, "owners");
	vici_list_item(b, s->identity);
	vici_list_item(b, n->is_mn ? s->agent_identity : ike->identity);
	vici_list_end(b);
}

/* A command that has the name of a node's connection as its argument. */
void
conn_name(struct vici_builder *b, void *mem, size_t cap, const char *command,
    const char *key, const struct in6_addr *home)
{
	char	 name[NODE_NAME_MAX];

	node_name(home, name);
	vici_begin(b, mem, cap, VICI_CMD_REQUEST, command);
	vici_str(b, key, name);
}

/* End it at once, without waiting for a peer that may not be there. */
static void
put_force(struct vici_builder *b)
{
	vici_str(b, "force", "yes");
	vici_str(b, "timeout", "-1");
}

/* terminate: all IKE_SAs of a node's connection. */
void
conn_terminate(struct vici_builder *b, void *mem, size_t cap,
    const struct in6_addr *home)
{
	conn_name(b, mem, cap, "terminate", "ike", home);
	put_force(b);
}

/* terminate: that IKE_SA. */
void
conn_terminate_id(struct vici_builder *b, void *mem, size_t cap, uint32_t id)
{
	vici_begin(b, mem, cap, VICI_CMD_REQUEST, "terminate");
	put_num(b, "ike-id", id);
	put_force(b);
}

/* terminate: that CHILD_SA; the peer is told. */
void
conn_terminate_child(struct vici_builder *b, void *mem, size_t cap,
    uint32_t id)
{
	vici_begin(b, mem, cap, VICI_CMD_REQUEST, "terminate");
	put_num(b, "child-id", id);
	vici_str(b, "timeout", "-1");
}

/* initiate: a CHILD_SA of a node; it answers before it is there. */
void
conn_initiate(struct vici_builder *b, void *mem, size_t cap,
    const struct in6_addr *home, const char *child)
{
	conn_name(b, mem, cap, "initiate", "ike", home);
	vici_str(b, "child", child);
	vici_str(b, "timeout", "-1");
}

/* rekey: key is ike-id or child-id. */
void
conn_rekey(struct vici_builder *b, void *mem, size_t cap, const char *key,
    uint32_t id)
{
	vici_begin(b, mem, cap, VICI_CMD_REQUEST, "rekey");
	put_num(b, key, id);
}
