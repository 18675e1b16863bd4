/*
 * A file of what must survive us: small records by home address.
 *
 * statefile.c: what such a file looks like, and how it is read and replaced.
 * statesave.c: when it is written, by a child that lives as long as that takes.
 * timefile.c: another file, of one record, which is written over at once.
 */
#ifndef MIP6D_PARENT_STATEFILE_H
#define MIP6D_PARENT_STATEFILE_H

#include <sys/types.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parent;
struct statefile;

/* A file that is being put together in memory. */
struct statebuf {
	uint8_t		*p;
	size_t		 len, cap;
	uint32_t	 n;		/* records */
	bool		 no_memory;
};

/* Adds all records to a buffer.  Runs in a child: changes nothing of ours. */
typedef void	 statefile_fill(struct statebuf *, void *);
/* A record that was read; data is the reader's. */
typedef void	 statefile_record(void *, const struct in6_addr *,
		    const uint8_t *data, size_t len);

enum statefile_result {
	STATEFILE_OK,		/* all of it was read, or there is none */
	STATEFILE_DAMAGED,	/* some of it was */
	STATEFILE_UNKNOWN /* it is not such a file, or of another version */
};

/* statefile.c */
bool	 statebuf_begin(struct statebuf *);
void	 statebuf_add(struct statebuf *, const struct in6_addr *,
	    const void *, size_t);
void	 statebuf_finish(struct statebuf *);
void	 statebuf_free(struct statebuf *);
enum statefile_result statefile_parse(const uint8_t *, size_t,
	    statefile_record *, void *, size_t *nread, size_t *nwanted);
void	 statefile_read(const char *dir, const char *name, statefile_record *,
	    void *);
int	 statefile_write(const char *dir, const char *name,
	    const struct statebuf *);
uint32_t statefile_check(const uint8_t *, size_t);
bool	 state_directory(const char *);

/* statesave.c */
struct statefile *statefile_new(struct parent *, const char *name,
	    statefile_fill *, void *);
void	 statefile_changed(struct statefile *);
bool	 statefile_reaped(struct parent *, pid_t, int status);
void	 statefile_close(struct statefile *);

/* timefile.c */
#define TIMEFILE_MAX	512
bool	 timefile_parse(const uint8_t *, size_t, int64_t began,
	    const uint8_t **data, size_t *);
bool	 timefile_read(const char *dir, uint8_t *, size_t *);
int	 timefile_write(int *fd, const char *dir, const uint8_t *, size_t);
void	 timefile_close(int *fd);

#endif
