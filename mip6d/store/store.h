/*
 * The store: records of others by home address, and their files.  Internal to
 * mip6d/store.
 *
 * statefile.c: what a file of records looks like, how it is read and replaced.
 * timefile.c: another file, of one record, which is written over at once.
 * save.c: when a file of records is written.
 * store.c: whose records there are, and what is said to the others.
 */
#ifndef MIP6D_STORE_STORE_H
#define MIP6D_STORE_STORE_H

#include <sys/types.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/child.h"
#include "core/records.h"

struct event;

enum store_counter {
	STC_SAVED, STC_ERRORS, STC_DENIED, STC_MAX
};

/* A file that is being put together in memory. */
struct statebuf {
	uint8_t		*p;
	size_t		 len, cap;
	uint32_t	 n;		/* records */
	bool		 no_memory;
};

/* A record that was read; data is the reader's. */
typedef void	 statefile_record(void *, const struct in6_addr *,
		    const uint8_t *data, size_t len);

enum statefile_result {
	STATEFILE_OK,		/* all of it was read, or there is none */
	STATEFILE_DAMAGED,	/* some of it was */
	STATEFILE_UNKNOWN /* it is not such a file, or of another version */
};

/* What is kept for a role. */
struct keeper {
	struct store	*store;
	enum role	 role;
	bool		 on;		/* its files were read */
	bool		 dropped;	/* a record that is not configured */
	struct records	 records;
	/* Its file. */
	char		 name[32];
	struct event	*timer;
	bool		 dirty, failed;
	bool		 at_once;	/* somebody waits for it */
	struct mono	 begun;		/* to write, the last time */
	/* With HAS_TIME: the other one. */
	int		 time_fd;
	bool		 time_failed;
};

struct store {
	struct child	*ch;
	int		 dir;		/* of the files */
	struct keeper	 keepers[ROLE_MAX];
};

/* statefile.c */
bool	 statebuf_begin(struct statebuf *);
void	 statebuf_add(struct statebuf *, const struct in6_addr *,
	    const void *, size_t);
void	 statebuf_finish(struct statebuf *);
void	 statebuf_free(struct statebuf *);
enum statefile_result statefile_parse(const uint8_t *, size_t,
	    statefile_record *, void *, size_t *nread, size_t *nwanted);
void	 statefile_read(int dir, const char *where, const char *name,
	    statefile_record *, void *);
int	 statefile_write(int dir, const char *name, const struct statebuf *);
uint32_t statefile_check(const uint8_t *, size_t);

/* timefile.c */
#define TIMEFILE_MAX	512
bool	 timefile_parse(const uint8_t *, size_t, int64_t began,
	    const uint8_t **data, size_t *);
bool	 timefile_read(int dir, uint8_t *, size_t *);
int	 timefile_write(int *fd, int dir, const uint8_t *, size_t);
void	 timefile_close(int *fd);

/* save.c */
bool	 save_init(struct keeper *);
void	 save_soon(struct keeper *, bool at_once);
void	 save_end(struct keeper *);

#endif
