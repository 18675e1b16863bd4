/*
 * The planning of IPsec (RFC 4877, RFC 3776): which policies nodes have, with
 * which reqids, where their tunnels end, whose an SPI is.  It opens nothing
 * and reads nothing: it asks primitives (prim.h), is told results, events and
 * messages, and sends messages through struct sec_env.
 */
#ifndef MIP6D_SEC_SEC_H
#define MIP6D_SEC_SEC_H

#include <sys/types.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/mono.h"
#include "core/msg.h"
#include "core/report.h"
#include "core/role.h"
#include "core/why.h"
#include "sec/prim.h"

struct sec;

/* What a node is by the configuration; copied by who is told. */
struct sec_conf {
	enum role		 role;		/* whose node: ha's or mn's */
	struct in6_addr		 home, agent;
	enum conf_protect	 protect;
	const struct sec_sa	*sas;		/* manual, if any */
	size_t			 nsas;
};

typedef void	 sec_conf_fn(struct sec *, const struct sec_conf *);
/* Of a record that is to outlive us. */
typedef void	 sec_record_fn(void *, enum role, const struct in6_addr *home,
		    const void *, size_t);

enum sec_counter {
	SC_DUMPS, SC_ERRORS, SC_POLICIES, SC_BACK, SC_MIGRATIONS,
	SC_MIGRATION_ERRORS, SC_HEALED, SC_ORPHANS, SC_SPIS_FORGOTTEN,
	SC_SPI_ASKS_FULL, SC_MAX
};

/* All that there is around it; outlives it. */
struct sec_env {
	/* A primitive; sec_result() is called, perhaps before it returns. */
	void		(*ask)(void *, uint32_t id,
			    const struct prim_request *);
	/* Have sec_go() called soon, not from here. */
	void		(*soon)(void *);
	/* sec_next() is another. */
	void		(*alarm)(void *);
	/* A message to that role, or to who hears such messages. */
	void		(*send)(void *, enum role, enum msg_type, const void *);
	void		(*tell)(void *, enum msg_type, const void *);
	bool		(*runs)(void *, enum role);
	/* Call fn for each node that is configured; false: not for all. */
	bool		(*nodes)(void *, sec_conf_fn *fn, struct sec *);
	/* Call sec_record() for each that was saved. */
	void		(*load)(void *, struct sec *);
	/* What sec_records() has is to be saved. */
	void		(*save)(void *);
	void		(*count)(void *, enum sec_counter);
	struct now	(*now)(void *);
	void		*arg;
	struct whys	*whys;
	struct hash_key	 key;		/* random */
	bool		 migrate;	/* there is PRIM_MOVE */
};

/* sec.c */
struct sec *sec_new(const struct sec_env *);
void	 sec_start(struct sec *, uint32_t first, uint32_t last);
void	 sec_past(struct sec *, const struct msg_sec_past *);
void	 sec_go(struct sec *);
bool	 sec_next(const struct sec *, struct mono *);
void	 sec_expire(struct sec *);
void	 sec_event(struct sec *, enum prim_event, const struct pfkey_policy *,
	    const struct pfkey_sa *);
void	 sec_message(struct sec *, enum role, enum msg_type,
	    const union msg *);
void	 sec_child_ready(struct sec *, enum role);
void	 sec_free(struct sec *);

/* ask.c */
void	 sec_result(struct sec *, uint32_t id, const struct prim_result *);

/* configure.c */
void	 sec_configured(struct sec *, uint32_t first, uint32_t last);

/* reqid.c */
void	 sec_records(const struct sec *, sec_record_fn *, void *);
void	 sec_record(struct sec *, const struct in6_addr *, const uint8_t *,
	    size_t);

/* rows.c */
uint64_t sec_rows(struct sec *, struct report *, const char *, uint64_t);

#endif
