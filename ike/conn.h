/*
 * The messages by which charon is told of a node's connection (RFC 4877) and
 * what to do with it.  They are built in memory of the caller, who has them
 * sent.  Pure: no I/O, no time.
 */
#ifndef IKE_CONN_H
#define IKE_CONN_H

#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"
#include "ike/node.h"
#include "ike/vici_codec.h"

#define CONN_SMALL	1024	/* bytes that any message but CONN_ROOM needs */
#define CONN_ROOM	8192	/* for conn_load() beside its certificates */
#define CONN_BINDING	"mh"	/* the CHILD_SA of Binding Updates */
#define CONN_TUNNEL	"tun"	/* that of what goes through the tunnel */

struct conn {
	const struct node	*node;
	const struct conf_ike	*ike;
	struct blob		 certificate;	/* own; with certificates */
	const struct blob	*authorities;
	size_t			 nauthorities;
};

const char	*conn_refused(const struct node *, const struct conf_ike *);
size_t		 conn_room(const struct conn *);
void		 conn_load(struct vici_builder *, void *, size_t,
		    const struct conn *);
void		 conn_load_secret(struct vici_builder *, void *, size_t,
		    const struct node *, const struct conf_ike *);
void		 conn_name(struct vici_builder *, void *, size_t,
		    const char *command, const char *key,
		    const struct in6_addr *home);
void		 conn_terminate(struct vici_builder *, void *, size_t,
		    const struct in6_addr *home);
void		 conn_terminate_id(struct vici_builder *, void *, size_t,
		    uint32_t ike_id);
void		 conn_terminate_child(struct vici_builder *, void *, size_t,
		    uint32_t child_id);
void		 conn_initiate(struct vici_builder *, void *, size_t,
		    const struct in6_addr *home, const char *child);
void		 conn_rekey(struct vici_builder *, void *, size_t,
		    const char *key, uint32_t id);

#endif
