/*
 * The nodes that charon keys, by home address.  On a mobile node its own home
 * addresses.  Pure: no I/O, no time.
 */
#ifndef IKE_NODE_H
#define IKE_NODE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"

#define NODE_PREFIX	"mip6-"		/* of connections that are ours */
#define NODE_NAME_MAX	(sizeof(NODE_PREFIX) + INET6_ADDRSTRLEN)
#define NODE_SAS	8		/* IKE_SAs of a node that are known */
#define NODE_TEXT_MAX	128

struct conf;
struct conf_ike;
struct conf_ipsec;
struct event;
struct keying;

enum node_load { LOAD_NO, LOAD_ASKED, LOAD_YES, LOAD_BAD, LOAD_MAX };

struct node {
	struct hlink		 link;
	uint32_t		 number;	/* in the pool */
	struct in6_addr		 home;
	struct in6_addr		 agent;		/* home agent's address */
	bool			 is_mn;		/* of ours, else home agent's */
	bool			 listed;	/* in the configuration */
	bool			 changed;	/* since it was loaded */
	const struct conf_ipsec	*ipsec;
	uint32_t		 reqid;		/* 0: not told yet */
	uint64_t		 seen;

	enum node_load		 load;
	size_t			 place;		/* in the loader's order, + 1 */
	uint32_t		 ids[NODE_SAS];	/* its IKE_SAs, ascending */
	unsigned int		 nids;
	uint32_t		 least_id; /* those below were terminated */

	/* What is wanted, and on a mobile node how far that is. */
	bool			 wanted;
	struct in6_addr		 local;		/* care-of address */
	struct in6_addr		 loaded_local;	/* in the connection */
	bool			 busy;		/* an attempt is under way */
	bool			 failed;	/* the last one, with error */
	bool			 tun_asked;	/* in this attempt */
	bool			 hopeless;	/* reason is final */
	uint32_t		 heard[NODE_SAS]; /* ids, since the poll */
	unsigned int		 nheard;
	uint32_t		 attempt;	/* its number */
	unsigned int		 polls, bare;	/* bare: without mh or tun */
	uint32_t		 backoff;	/* ms, of the next retry */
	uint64_t		 retries;
	struct event		*timer;		/* the next poll or retry */
	struct mono		 timer_at;	/* 0: not set */
	struct keying		*keying;	/* for the timer */

	enum key_state		 told_state;	/* 0: nothing told yet */
	bool			 told_tunnel;
	bool			 kept;		/* up when charon went away */
	char			 told_text[NODE_TEXT_MAX];
	char			 reason[NODE_TEXT_MAX];	/* charon's log */
	char			 error[NODE_TEXT_MAX];	/* the last one */
};

struct nodes {
	struct htab	 tab;
	struct pool	 pool;
	struct hash_key	 key;
	size_t		 n;
	size_t		 nload[LOAD_MAX];	/* how many are in each state */
	size_t		 nmn;
};

bool		 nodes_init(struct nodes *);
struct node	*node_find(const struct nodes *, const struct in6_addr *);
struct node	*node_add(struct nodes *, const struct in6_addr *);
void		 node_remove(struct nodes *, struct node *);
struct node	*node_at(const struct nodes *, uint32_t number);
void		 node_set_load(struct nodes *, struct node *, enum node_load);
void		 node_name(const struct in6_addr *, char [NODE_NAME_MAX]);
bool		 node_parse_name(const char *, struct in6_addr *);
struct node	*node_of_name(const struct nodes *, const char *);
bool		 node_sa_add(struct node *, uint32_t id);
bool		 node_sa_remove(struct node *, uint32_t id);
bool		 node_heard(const struct node *, uint32_t id);
void		 node_hear(struct node *, uint32_t id);
size_t		 nodes_configure(struct nodes *, const struct conf *,
		    bool all_changed);
bool		 ipsec_equal(const struct conf_ipsec *,
		    const struct conf_ipsec *);

#endif
