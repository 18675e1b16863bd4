/*
 * Which peer's IKE failed at a home agent, and why: charon tells no event of
 * an IKE_SA that did not come to be, but its log does, line by line.  Lines of
 * one IKE_SA have its unique id, so what one says of the peer is remembered
 * for those that follow.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "core/why.h"
#include "ike/keying.h"

/* What charon says at its default level, and what that means here. */
static const struct {
	const char	*words, *text;
} failures[] = {
	{ "MAC mismatched", "its secret is another than the one that is "
	    "configured for its identity" },
	{ "no shared key found", "no secret is configured for its identity" },
	{ "no matching peer config found", "no node of the configuration has "
	    "its identity" },
	{ "no IKE config found", "no connection is loaded for these "
	    "addresses" },
	{ "received proposals unacceptable", "no IKE proposal in common" },
	{ "no acceptable proposal found", "no ESP proposal in common" },
	{ "no acceptable traffic selectors", "it asks for another home address "
	    "than that of its identity" },
	{ "traffic selectors ", "it asks for another home address than that of "
	    "its identity" },
	{ "no trusted ", "its certificate is not trusted" },
	{ "constraint check", "its certificate is not that of its identity" },
	{ "received AUTHENTICATION_FAILED", "it refuses the identity or the "
	    "credentials of this host" },
	{ "received TS_UNACCEPTABLE", "it refuses the traffic selectors" },
};
#define NFAILURES	(sizeof(failures) / sizeof(failures[0]))

static void
copy_part(char *to, size_t cap, const char *from, const char *end)
{
	snprintf(to, cap, "%.*s", (int)(end - from), from);
}

/* "looking for peer configs matching A[id]...B[id]": B and its identity. */
static void
take_match(struct ike_peer *p, const char *line)
{
	const char	*at = strstr(line, "]..."), *open, *end;

	if (at == NULL)
		return;
	at += 4;
	open = strchr(at, '[');
	end = strrchr(at, ']');
	if (open == NULL || end == NULL || end < open)
		return;
	copy_part(p->host, sizeof(p->host), at, open);
	copy_part(p->identity, sizeof(p->identity), open + 1, end);
}

/* The peer of an IKE_SA by its unique id, forgotten when it is another's. */
static struct ike_peer *
peer_of(struct keying *k, uint32_t id)
{
	struct ike_peer	*p = &k->peers[id % IKE_PEERS];

	if (p->id != id) {
		memset(p, 0, sizeof(*p));
		p->id = id;
	}
	return (p);
}

static void
tell(struct keying *k, const struct node *n, const struct ike_peer *p,
    const char *text)
{
	const char	*identity = p->identity, *subject;
	char		 home[INET6_ADDRSTRLEN];

	if (n != NULL) {
		inet_ntop(AF_INET6, &n->home, home, sizeof(home));
		subject = home;
		if (identity[0] == '\0')
			identity = n->ipsec->identity;
	} else
		subject = identity[0] != '\0' ? identity : p->host;
	if (subject[0] == '\0')
		return;
	why_set(&k->ch->whys, child_now(), WHY_IKE_PEER_FAILED, subject,
	    p->host[0] == '\0' ? "an address not told" : p->host,
	    identity[0] == '\0' ? "not told" : identity, text, NULL);
}

/* A line of charon's log that is not about an attempt of our own. */
void
failed_log(struct keying *k, const struct vici_cursor *msg)
{
	struct ike_peer	*p;
	struct node	*n = NULL;
	char		 name[SA_NAME_MAX], line[256], *end;
	uint64_t	 id;
	size_t		 i;

	if (!vici_get_num(msg, "ikesa-uniqueid", 10, &id) ||
	    !vici_get_str(msg, "msg", line, sizeof(line)))
		return;
	p = peer_of(k, (uint32_t)id);
	if ((end = strstr(line, " is initiating a")) != NULL) {
		copy_part(p->host, sizeof(p->host), line, end);
		return;
	}
	if (strncmp(line, "looking for peer configs", 24) == 0) {
		take_match(p, line);
		return;
	}
	for (i = 0; i < NFAILURES; i++)
		if (strstr(line, failures[i].words) != NULL)
			break;
	if (i == NFAILURES)
		return;
	if (vici_get_str(msg, "ikesa-name", name, sizeof(name)))
		n = node_of_name(&k->nodes, name);
	tell(k, n, p, failures[i].text);
}

/* An IKE_SA with this peer stands: nothing is wrong with it any more. */
void
failed_over(struct keying *k, const struct node *n, const struct ike_sa *sa)
{
	char	 home[INET6_ADDRSTRLEN];

	if (k->ch->whys.nevents == 0 || strcmp(sa->state, "ESTABLISHED") != 0)
		return;
	inet_ntop(AF_INET6, &n->home, home, sizeof(home));
	why_clear(&k->ch->whys, child_now(), WHY_IKE_PEER_FAILED, home);
	why_clear(&k->ch->whys, child_now(), WHY_IKE_PEER_FAILED,
	    sa->remote_id);
	why_clear(&k->ch->whys, child_now(), WHY_IKE_PEER_FAILED,
	    sa->remote_host);
}
