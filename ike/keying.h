/*
 * What is wanted of charon for each node, and how far that is: connections and
 * credentials loaded, IKE_SAs initiated and terminated, and the parent told
 * (core/msg_ipsec.h is the contract).
 */
#ifndef IKE_KEYING_H
#define IKE_KEYING_H

#include <sys/types.h>
#include <sys/queue.h>

#include "core/log.h"
#include "core/verb.h"
#include "ike/charon.h"
#include "ike/cred.h"
#include "ike/node.h"

enum job_kind {
	JOB_SECRET, JOB_CONN,		/* load-shared, load-conn */
	JOB_INITIATE, JOB_POLL,
	JOB_CRED,			/* load-cert, load-key */
	JOB_SWEEP,			/* list-conns */
	JOB_SPIS,			/* list-sas, for the parent */
	JOB_OTHER			/* of no consequence */
};

struct keying;

/* What is asked of charon, kept until the answer. */
struct job {
	struct keying	*k;
	enum job_kind	 kind;
	bool		 counted;	/* by the loader */
	struct in6_addr	 home;		/* of the node, or :: */
	uint32_t	 id;		/* of the attempt or the file */
};

/* What the other files leave to keying.c, which they don't know. */
struct keying_calls {
	/* error NULL: all is well */
	void	(*answered)(struct keying *, const struct job *, bool done,
		    const char *error);
	void	(*creds_there)(struct keying *);
	void	(*terminate)(struct keying *, struct node *);
};

struct loader {
	struct node	**order;	/* most recently seen first */
	size_t		  n, next, done, bad;
	unsigned int	  out;		/* requests that have no answer yet */
	struct in6_addr	 *gone;		/* to be unloaded, last one first */
	size_t		  ngone, gonecap;
	struct event	 *timer;	/* goes on when the queue was full */
	struct mono	  timer_at, began, logged;
	unsigned int	  tenths;	/* that were logged */
};

/* An IKE_SA that is to end. */
struct discard {
	TAILQ_ENTRY(discard) entry;
	struct in6_addr	 home;
	uint32_t	 ike_id;
	struct mono	 due;
};

#define IKE_PEERS	64	/* IKE_SAs in the making that are told apart */
#define DISCARDS_MAX	65536	/* IKE_SAs that are to end */

/* What charon's log told of the peer of an IKE_SA. */
struct ike_peer {
	uint32_t	 id;			/* charon's unique id */
	char		 host[SA_HOST_MAX];
	char		 identity[SA_ID_MAX];
};

struct keying {
	struct child	*ch;
	struct charon	*charon;
	const struct keying_calls *calls;
	struct nodes	 nodes;
	struct creds	 creds;
	uint64_t	 creds_hash;	/* of the certificates' contents */
	bool		 told;		/* reqids, by SA_NODE_END */
	bool		 swept;		/* charon's old connections are known */
	bool		 ready;		/* all that, and the credentials */
	struct loader	 loader;
	TAILQ_HEAD(, discard) discards;
	unsigned int	 ndiscards;	/* DISCARDS_MAX at most */
	struct event	*discard_timer;
	struct mono	 discard_at;
	struct event	*creds_timer;	/* ask for what failed again */
	struct mono	 creds_at;
	struct log_limit limit;
	struct ike_peer	 peers[IKE_PEERS];
};

/* What charon has of a node: the best of its IKE_SAs. */
struct view {
	const struct ike_sa	*sa;	/* or NULL */
	bool			 established, binding, tunnel;
};

int	 keying_start(struct keying *, struct child *, struct charon *);
void	 keying_configure(struct keying *, const struct conf *old);
void	 keying_message(struct keying *, enum msg_type, const union msg *);
void	 keying_view(const struct keying *, const struct node *,
	    struct view *);
bool	 keying_verb(struct keying *, enum verb, const struct in6_addr *,
	    char *, size_t);
void	 keying_stop(struct keying *);
const char *key_state_name(enum key_state);

/* Between the files that do it. */
bool	 job_send(struct keying *, struct vici_builder *, enum job_kind,
	    const struct node *, uint32_t id, bool counted);
const char *load_problem(const struct keying *, const struct node *);
bool	 load_node(struct keying *, struct node *, bool counted);
void	 load_begin(struct keying *);
void	 load_pump(struct keying *);
void	 load_answered(struct keying *);
void	 load_result(struct keying *, struct node *, const char *error);
void	 load_gone(struct keying *, const struct in6_addr *);
void	 load_forget(struct keying *, struct node *);
void	 load_reset(struct keying *);
int	 load_start(struct keying *);
void	 creds_begin(struct keying *);
void	 creds_file(struct keying *, uint32_t id, int fd);
void	 creds_no_file(struct keying *, const struct msg_result *);
void	 creds_result(struct keying *, uint32_t id, const char *error);
void	 failed_log(struct keying *, const struct vici_cursor *);
void	 failed_over(struct keying *, const struct node *,
	    const struct ike_sa *);
int	 discard_start(struct keying *);
void	 discard_later(struct keying *, const struct in6_addr *,
	    const struct in6_addr *);
void	 spare_end(struct keying *, const struct node *,
	    const struct ike_sa *);
void	 spis_ask(struct keying *, const struct msg_sa_ask *);
void	 spis_tell(struct keying *, uint32_t, const struct in6_addr *,
	    bool known);

#endif
