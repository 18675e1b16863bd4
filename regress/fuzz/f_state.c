/*
 * Files of the store: a state file and a journal.  What is read of them lies in
 * the file; the records of a state file, written again, are the same, and
 * those of a journal are in front of what is left of it.
 */
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define	CHECK(x)	do { if (!(x)) abort(); } while (0)
#define RECORD_SIZE	22	/* besides its octets */

struct file {
	const uint8_t	*p;
	size_t		 len;
	size_t		 n, octets;	/* of records */
	struct statebuf	 again;
};

static void
check_record(void *arg, const struct in6_addr *home, const uint8_t *data,
    size_t len)
{
	struct file	*f = arg;

	CHECK(data >= f->p && data + len + 4 <= f->p + f->len);
	f->n++;
	f->octets += RECORD_SIZE + len;
	statebuf_add(&f->again, home, data, len);
}

static void
check_state(const uint8_t *p, size_t len)
{
	struct file		 f = { .p = p, .len = len };
	enum statefile_result	 r;
	size_t			 n, wanted;

	CHECK(statebuf_begin(&f.again));
	r = statefile_parse(p, len, check_record, &f, &n, &wanted);
	CHECK(n == f.n && (r != STATEFILE_OK || n == wanted));
	CHECK(r != STATEFILE_UNKNOWN || n == 0);
	statebuf_finish(&f.again);
	if (r == STATEFILE_OK)
		CHECK(f.again.len == len && memcmp(f.again.p, p, len) == 0);
	statebuf_free(&f.again);
}

static void
check_journal(const uint8_t *p, size_t len)
{
	struct file		 f = { .p = p, .len = len };
	struct statefile_id	 id = { 0, 0 };
	enum statefile_result	 r;
	size_t			 n, left, of;

	CHECK(statebuf_begin(&f.again));
	r = journal_parse(p, len, NULL, check_record, &f, &n, &left);
	CHECK(n == f.n && f.octets + left <= len);
	CHECK((r == STATEFILE_DAMAGED) == (left > 0));
	CHECK(r != STATEFILE_UNKNOWN || n == 0);
	/* It does not go with just any file. */
	f.n = 0;
	journal_parse(p, len, &id, check_record, &f, &of, &left);
	CHECK(of == f.n && (of == 0 || of == n));
	statebuf_free(&f.again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	check_state(p, len);
	check_journal(p, len);
	return (0);
}
