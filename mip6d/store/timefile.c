/*
 * The home agent's record of its time, in a file of its own, "ha.time": it is
 * written over in place at once whenever the engine saves it, so that it is as
 * new as what the engine knows when all of us are killed.  It need not reach
 * the disk, as it is good only until the host boots again, which is told by
 * the time of the boot in it.  After that there is ha.state.
 *
 * File: "MIP6TM", u16 version, u64 begin of the host in nanoseconds since 1970,
 * u16 length, the record, u32 check of all before it.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/store.h"
#include "wire/buf.h"

#define FILE_NAME	"ha.time"
#define MAGIC		"MIP6TM"
#define VERSION		1
#define HEADER		(sizeof(MAGIC) - 1 + 2 + 8 + 2)
#define SAME		SEC(1)	/* less than any host takes to begin anew */

/* Of which wall and monotonic time differ by that: when did the host begin? */
static int64_t
host_began(void)
{
	struct now	 n = clock_now();

	return (n.wall - n.mono.ns);
}

/* Put a file of that record together in p; returns its length. */
static size_t
build(uint8_t p[TIMEFILE_MAX], int64_t began, const uint8_t *data, size_t len)
{
	struct wbuf	 w;

	wbuf_init(&w, p, TIMEFILE_MAX);
	wbuf_bytes(&w, MAGIC, sizeof(MAGIC) - 1);
	wbuf_u16(&w, VERSION);
	wbuf_u64(&w, (uint64_t)began);
	wbuf_u16(&w, (uint16_t)len);
	wbuf_bytes(&w, data, len);
	wbuf_u32(&w, statefile_check(p, w.off));
	return (w.bad ? 0 : w.off);
}

/*
 * Read the record of a file in memory.  False if it is damaged, or not of the
 * host that has begun at that moment, and runs since then.
 */
bool
timefile_parse(const uint8_t *p, size_t len, int64_t began,
    const uint8_t **data, size_t *n)
{
	const uint8_t	*magic;
	struct rbuf	 r;
	int64_t		 differ;
	uint16_t	 version;

	rbuf_init(&r, p, len);
	magic = rbuf_ptr(&r, sizeof(MAGIC) - 1);
	version = rbuf_u16(&r);
	differ = (int64_t)(rbuf_u64(&r) - (uint64_t)began);
	*n = rbuf_u16(&r);
	*data = rbuf_ptr(&r, *n);
	if (rbuf_u32(&r) != (r.bad ? 0 : statefile_check(p, HEADER + *n)) ||
	    r.bad || memcmp(magic, MAGIC, sizeof(MAGIC) - 1) != 0)
		return (false);
	return (version == VERSION && differ < SAME && differ > -SAME);
}

/*
 * The record that was written in this life of the host, into data, which has
 * room for TIMEFILE_MAX octets.  False if there is none.
 */
bool
timefile_read(int dir, uint8_t *data, size_t *len)
{
	uint8_t		 p[TIMEFILE_MAX];
	const uint8_t	*record;
	struct stat	 st;
	ssize_t		 n = -1;
	int		 fd;

	if ((fd = openat(dir, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC)) == -1)
		return (false);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, p, sizeof(p));
	close(fd);
	if (n == -1 ||
	    !timefile_parse(p, (size_t)n, host_began(), &record, len))
		return (false);
	memcpy(data, record, *len);
	return (true);
}

/* The file may be gone, or never have been there. */
static int
open_file(int *fd, int dir)
{
	struct stat	 st;

	if (*fd != -1 && fstat(*fd, &st) == 0 && st.st_nlink > 0)
		return (0);
	timefile_close(fd);
	*fd = openat(dir, FILE_NAME, O_WRONLY | O_CREAT | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC, 0600);
	return (*fd == -1 ? errno : 0);
}

/*
 * Write a record; *fd is the file, or -1: it is opened.  When this returns, it
 * is safe from our death.  What can't be written is removed, as it would tell
 * what is no longer so.  Returns 0 or an errno.
 */
int
timefile_write(int *fd, int dir, const uint8_t *data, size_t len)
{
	uint8_t	 p[TIMEFILE_MAX];
	size_t	 n = build(p, host_began(), data, len);
	ssize_t	 done;
	int	 e;

	if ((e = open_file(fd, dir)) == 0) {
		do
			done = pwrite(*fd, p, n, 0);
		while (done == -1 && errno == EINTR);
		if (n > 0 && done == (ssize_t)n)
			return (0);
		e = done == -1 ? errno : EIO;
	}
	timefile_close(fd);
	unlinkat(dir, FILE_NAME, 0);
	return (e);
}

void
timefile_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}
