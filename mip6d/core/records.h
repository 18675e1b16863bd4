/* Small opaque records by home address, of those that are configured. */
#ifndef MIP6D_CORE_RECORDS_H
#define MIP6D_CORE_RECORDS_H

#include <sys/types.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/htab.h"
#include "core/role.h"

struct conf;

#define RECORD_MAX	256	/* octets of one */

struct record {
	struct hlink	 by_home;	/* first */
	struct in6_addr	 home;
	uint8_t		*data;
	uint16_t	 len;		/* 0: nothing is known */
	bool		 used;		/* by this configuration */
	bool		 exact;		/* all that was ever saved */
	bool		 told;		/* by who is there now */
	bool		 stable;	/* ... when it is on disk */
	uint32_t	 id;		/* of the answer still wanted; 0 */
};

struct records {
	struct hash_key	 key;
	struct htab	 by_home;
	struct record	**v;
	size_t		 n, cap;
};

/* realloc(3); a test has it fail. */
extern void	*(*record_realloc)(void *, size_t);

bool	 records_init(struct records *, const struct hash_key *);
void	 records_free(struct records *);
struct record *records_find(const struct records *, const struct in6_addr *);
struct record *records_get(struct records *, const struct in6_addr *);
bool	 record_put(struct record *, const void *, size_t);
bool	 records_configure(struct records *, enum role, const struct conf *,
	    bool all);
bool	 records_has_home(enum role, const struct conf *,
	    const struct in6_addr *);

#endif
