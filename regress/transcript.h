/*
 * What an engine under test sends, as text for `make transcripts': appended to
 * the file that MIP6D_TRANSCRIPT names, nothing without it.  A line has the
 * seconds of the test's clock, to whom, and the message with every member;
 * packets are in it as hexadecimal digits.  kern/fake.c adds what it was asked.
 */
#ifndef REGRESS_TRANSCRIPT_H
#define REGRESS_TRANSCRIPT_H

#include <err.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/msg.h"
#include "core/role.h"

#define TRANSCRIPT	static __attribute__((__unused__))

/* The file, to be appended to, or NULL if there is to be none. */
TRANSCRIPT FILE *
transcript_open(void)
{
	const char	*path = getenv("MIP6D_TRANSCRIPT");
	FILE		*f;

	if (path == NULL)
		return (NULL);
	if ((f = fopen(path, "a")) == NULL)
		err(1, "%s", path);
	return (f);
}

/* What is sent to a role at that time of the test's clock. */
TRANSCRIPT void
transcript_message(int64_t ns, enum role to, enum msg_type type, const void *m)
{
	static char	 text[1 << 17];
	FILE		*f = transcript_open();

	if (f == NULL)
		return;
	msg_print(text, sizeof(text), type, m);
	fprintf(f, "%" PRId64 ".%06" PRId64 " to %s: %s\n", ns / 1000000000,
	    ns / 1000 % 1000000, role_name(to), text);
	fclose(f);
}

/* A packet, and what becomes of it: "sent", "drop", ... */
TRANSCRIPT void
transcript_packet(int64_t ns, const char *what, uint32_t ifindex,
    const uint8_t *p, size_t len)
{
	FILE	*f = transcript_open();
	size_t	 i;

	if (f == NULL)
		return;
	fprintf(f, "%" PRId64 ".%06" PRId64 " %s if %u: ", ns / 1000000000,
	    ns / 1000 % 1000000, what, ifindex);
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", p[i]);
	fprintf(f, "\n");
	fclose(f);
}

#endif
