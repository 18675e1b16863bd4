/*
 * Scenario runner: replays a script against an engine, with a clock, a
 * network and a kernel that are the script.  run.c has the language,
 * encode.c makes messages of lines, decode.c lines of messages, answer.c is
 * what net answers without asking the engine, peer.c the correspondent whose
 * answers have cookies and keys, kept.c is
 * what net and the parent keep for an engine that dies, routes.c the kernel
 * that refuses what a BSD would refuse, rr.c a mobile node's return
 * routability, node.c one with a key and a CGA.
 */
#ifndef REGRESS_SCENARIO_RUN_H
#define REGRESS_SCENARIO_RUN_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/counter.h"
#include "core/engine.h"
#include "core/why.h"

struct mh;
struct mh_opt;

#define MAXWORDS	128
#define MAXFIELDS	48

struct field {
	char	 name[24];
	char	 value[640];
};

/* A message that the engine has sent. */
struct output {
	struct output	*next;
	char		 name[32];
	int64_t		 at;		/* ns since the start of the script */
	size_t		 nfields;
	struct field	 f[MAXFIELDS];
};

/* A line of the script, in words. */
struct line {
	const char	*file;
	unsigned int	 no;
	size_t		 n;
	char		*w[MAXWORDS];
};

/* What the last messages were; for "last", "echo" and "again". */
struct memory {
	struct in6_addr	 coa, home;		/* of the last Binding Update */
	uint8_t		 key[64];
	size_t		 keylen;
	uint64_t	 mesgid_in, mesgid_out;
	uint16_t	 seq_in, seq_out;
	uint32_t	 echo_out;		/* of the last ping */
	uint16_t	 dhaad_id; /* of the last request for home agents */
	uint8_t		 update[2048];		/* last Binding Update sent */
	size_t		 updatelen;
	uint8_t			 init[2][128];	/* last HoTI, CoTI sent */
	size_t			 initlen[2];
	uint32_t	 id_out; /* of the last request to the parent or cga */
};

/* How a Binding Update to a correspondent is authorized: rr.c. */
struct rr {
	const char	*tokens;	/* whose; NULL: not at all */
	bool		 home_only;	/* key: of the home token */
	bool		 permanent;	/* RFC 4866: by a permanent token */
	bool		 early;		/* ... without one of the care-of */
	int32_t		 home_index, coa_index;	/* -1: those of the tokens */
	bool		 padded;	/* behind the authenticator */
	struct in6_addr	 over;		/* what it covers, if has_over */
	bool		 has_over;
};

struct runner {
	const struct engine_ops	*ops;
	void			*engine;
	struct conf		*conf;		/* the engine's */
	struct engine_env	 env;
	struct counters		 counters;
	struct whys		 whys;
	struct now		 now, begin;
	struct memory		 mem;
	struct output		*head, **tail;
	uint64_t		 seed;
	struct line		*line;		/* being executed */
};

/* What a line "> NAME ..." becomes. */
struct input {
	enum role	 from;
	enum msg_type	 type;
	union msg	 m;
	uint8_t		 buf[4096];	/* blobs point into it */
};

void		 fail(const struct line *, const char *, ...)
		    __attribute__((__noreturn__, __format__(printf, 2, 3)));
struct in6_addr	 word_addr(const struct line *, const char *);
uint64_t	 word_u64(const struct line *, const char *);
int64_t		 word_time(const struct line *, const char *);

struct mh;
void		 rr_heard(const struct mh *);
void		 rr_keep(const struct line *);
void		 rr_options(const struct line *, const struct rr *,
		    struct mh *);
void		 rr_sign(const struct line *, const struct rr *, struct mh *,
		    const struct in6_addr *home, const struct in6_addr *over,
		    const struct in6_addr *correspondent);
bool		 rr_ack(const struct mh *, const struct in6_addr *);
void		 rr_static(const struct line *);
struct mhauth;
bool		 rr_by_static(struct mhauth *, const struct mh *,
		    const struct in6_addr *home, const struct in6_addr *covers,
		    const struct in6_addr *correspondent, uint8_t kbm[20]);
bool		 rr_verify(const struct mh *, const struct in6_addr *);
void		 node_params(const struct line *, const char *, struct mh *);
void		 node_signature(const struct line *, const char *,
		    struct mh *);
void		 node_sign(const struct line *, const char *, struct mh *,
		    bool, const struct in6_addr *, const struct in6_addr *);
bool		 node_token(const struct mh *, uint64_t *);
void		 encode(struct runner *, const struct line *, struct input *);
void		 decode(struct runner *, struct output *, enum msg_type,
		    const void *);
bool		 kept_note(enum msg_type, const void *);
void		 answer_configure(const struct conf *);
bool		 answer_note(enum role, enum msg_type, const void *);
void		 answer_resync(bool is_new);
bool		 answer_input(const struct input *, struct msg_icmp6_out *,
		    struct mono);
void		 answer_free(void);
void		 kept_net_is_new(void);
void		 kept_give(struct runner *, bool exact);
void		 kept_net_died(void);
void		 kept_free(void);
void		 peer_fields(struct output *, const struct msg_mh_out *,
		    const struct mh *);
void		 peer_test(const struct line *, struct mh *,
		    const struct in6_addr *, const struct in6_addr *);
void		 peer_asked(const struct msg_cga_sign *);
void		 peer_permanent(struct mh_opt *, const struct in6_addr *,
		    uint64_t);
void		 peer_careof(struct mh_opt *, const struct in6_addr *,
		    uint64_t);
void		 peer_sign(const struct line *, struct mh *,
		    const struct in6_addr *);
void		 routes_asked(const struct runner *, enum msg_type,
		    const void *, bool answered);
void		 routes_answered(uint32_t id, bool granted);
void		 routes_address(const struct in6_addr *, uint32_t ifindex,
		    bool there);
void		 routes_all(void);
void		 add_field(struct output *, const char *, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));

#endif
