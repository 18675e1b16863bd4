/*
 * The store: records of others by home address, and their files.  Internal to
 * mip6d/store.
 *
 * statefile.c: what a file of records looks like, how it is read and replaced.
 * journal.c: what has changed since that was written.
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
struct rbuf;

enum store_counter {
	STC_SAVED, STC_COMMITS, STC_ERRORS, STC_DENIED, STC_MAX
};

/* A file that is being put together in memory. */
struct statebuf {
	uint8_t		*p;
	size_t		 len, cap;
	uint32_t	 n;		/* records */
	uint32_t	 seed;		/* with which their checks begin */
	bool		 no_memory;
};

#define STATEFILE_SEED	2166136261U	/* of a state file */

/* Of a state file, to tell it from others. */
struct statefile_id {
	uint32_t	 check, len;
};

/* Changes since a state file was written. */
struct journal {
	char		 name[32];
	int		 fd;		/* -1: it can't be written to */
	struct statebuf	 tail;		/* what is not in it yet */
	size_t		 len;		/* what is in it */
	bool		 bad;		/* a former one has to be kept */
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
	bool		 dropped;	/* the file is to be another */
	struct records	 records;
	/* Its file. */
	char		 name[32];
	struct journal	 journal;	/* of what changes */
	struct event	*timer;
	bool		 turn;		/* ... is set for this turn */
	bool		 dirty, failed;
	bool		 whole;		/* the journal won't do */
	bool		 no_journal;	/* that was said */
	size_t		 len;		/* of the file */
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
size_t	 statefile_records(struct rbuf *, uint32_t seed, statefile_record *,
	    void *);
struct statefile_id statefile_id(const uint8_t *, size_t);
void	 statefile_set_aside(int dir, const char *where, const char *name,
	    const char *why);
bool	 statefile_read(int dir, const char *where, const char *name,
	    statefile_record *, void *, struct statefile_id *);
int	 statefile_write(int dir, const char *name, const struct statebuf *);
uint32_t statefile_check(const uint8_t *, size_t);

/* journal.c */
enum statefile_result journal_parse(const uint8_t *, size_t,
	    const struct statefile_id *, statefile_record *, void *,
	    size_t *nread, size_t *left);
void	 journal_init(struct journal *, const char *role);
size_t	 journal_read(struct journal *, int dir, const char *where,
	    const struct statefile_id *, statefile_record *, void *);
int	 journal_begin(struct journal *, int dir, const char *where,
	    const struct statefile_id *);
void	 journal_add(struct journal *, const struct in6_addr *, const void *,
	    size_t);
bool	 journal_is_open(const struct journal *);
bool	 journal_has_records(const struct journal *);
int	 journal_write(struct journal *);
int	 journal_commit(struct journal *);
void	 journal_close(struct journal *);
void	 journal_remove(struct journal *, int dir);

/* timefile.c */
#define TIMEFILE_MAX	512
bool	 timefile_parse(const uint8_t *, size_t, int64_t began,
	    const uint8_t **data, size_t *);
bool	 timefile_read(int dir, uint8_t *, size_t *);
int	 timefile_write(int *fd, int dir, const uint8_t *, size_t);
void	 timefile_close(int *fd);

/* save.c */
bool	 save_init(struct keeper *);
void	 save_change(struct keeper *, const struct record *, bool at_once);
void	 save_soon(struct keeper *);
void	 save_end(struct keeper *);

#endif
