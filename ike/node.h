/*
 * Nodes whose security associations charon is to make: what it is told of
 * them, what it made of that, and what is told to the parent.
 */
#ifndef IKE_NODE_H
#define IKE_NODE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "core/htab.h"
#include "core/msg.h"
#include "ike/vici_codec.h"

#define NODE_CHILD_MH	"mh"	/* Binding Updates, prefix discovery */
#define NODE_CHILD_TUN	"tun"	/* through the tunnel */
#define NODE_NAME_MAX	64
#define NODE_TEXT_MAX	128

struct charon;
struct event;
struct keying;
struct report;

enum node_load { LOAD_NOT, LOAD_UNDER_WAY, LOAD_DONE, LOAD_FAILED };

struct node {
	struct hlink		 link;
	struct keying		*k;
	struct in6_addr		 home, agent;
	uint32_t		 reqid;		/* + 1: of the tunnel */
	uint64_t		 seen;
	bool			 mine;		/* we are the mobile node */
	bool			 gone;
	const struct conf_ipsec	*c;		/* the configuration's */
	char			 name[NODE_NAME_MAX];	/* of its connection */
	/* what charon was told */
	enum node_load		 load;
	struct in6_addr		 loaded_local;
	bool			 busy;		/* a request is under way */
	bool			 renew;		/* the IKE_SA is to be ended */
	bool			 initiated, tun_initiated;
	/* what is wanted of it */
	bool			 wanted;
	struct in6_addr		 local, remote;
	/* what it has */
	uint32_t		 ike_id;	/* 0: no IKE_SA */
	bool			 up, tunnel;
	/* what the parent was told */
	uint8_t			 told;
	bool			 told_tunnel;
	char			 last_error[NODE_TEXT_MAX];
	uint64_t		 retries;
	uint32_t		 backoff;	/* ms */
	struct event		*timer;
};

struct keying {
	struct charon	*charon;
	const struct conf *conf;
	struct hash_key	 key;
	struct htab	 by_home;
	struct node	**v;			/* most recently seen first */
	size_t		 n, cap;
	bool		 up, credentials;
	size_t		 next;			/* to be loaded */
	unsigned int	 loading;		/* under way */
	size_t		 loaded, failed;
	int64_t		 logged;		/* progress, when */
	unsigned int	 logged_percent;
	struct cred	*creds;			/* files asked for */
	size_t		 ncreds, waiting;
	uint32_t	 file_id;
	bool		 have_nodes;		/* SA_NODE_END came */
};

/* node.c */
bool	 keying_start(struct keying *, struct charon *);
void	 keying_stop(struct keying *);
void	 keying_configure(struct keying *, const struct conf *);
void	 keying_node(struct keying *, const struct msg_sa_node *);
void	 keying_nodes_end(struct keying *);
void	 keying_want(struct keying *, const struct msg_key_want *);
void	 keying_up(struct keying *);
void	 keying_down(struct keying *);
void	 keying_event(struct keying *, const char *,
	    const struct vici_cursor *);
void	 keying_listed(struct keying *);
void	 keying_data(struct keying *, const struct msg_ike_data *);
struct node *keying_find(const struct keying *, const struct in6_addr *);
int	 keying_command(struct keying *, const struct msg_query *,
	    struct report *);
void	 keying_row(const struct node *, struct report *);

/* cred.c: certificates and keys that come from files */
void	 cred_begin(struct keying *);
void	 cred_data(struct keying *, const struct msg_ike_data *);
void	 cred_free(struct keying *);
const uint8_t *cred_find(const struct keying *, const char *, size_t *);

/* conn.c: requests to charon */
size_t	 conn_load(struct vici_builder *, void *, size_t,
	    const struct node *);
size_t	 conn_secret(struct vici_builder *, void *, size_t,
	    const struct node *);
size_t	 conn_unload(struct vici_builder *, void *, size_t,
	    const struct node *);
size_t	 conn_unload_secret(struct vici_builder *, void *, size_t,
	    const struct node *);
size_t	 conn_initiate(struct vici_builder *, void *, size_t,
	    const struct node *, const char *);
void	 conn_name(const struct in6_addr *, char *, size_t);
bool	 conn_home(const char *, size_t, struct in6_addr *);

#endif
