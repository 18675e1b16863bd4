/*
 * Packets as text, for people: mip6ctl decode and the tests.  Pure; what can't
 * be parsed is said to be so, never guessed at.
 */
#ifndef MIP6D_WIRE_PRINT_H
#define MIP6D_WIRE_PRINT_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/text.h"

enum print_mode {
	PRINT_LINE,		/* one line, without newline */
	PRINT_FIELDS		/* a line per header and field, indented */
};

size_t	print_packet(char *, size_t, const void *, size_t, enum print_mode);
size_t	print_mh(char *, size_t, const void *, size_t,
	    const struct in6_addr *, const struct in6_addr *, enum print_mode);
size_t	print_icmp6(char *, size_t, const void *, size_t,
	    const struct in6_addr *, const struct in6_addr *, enum print_mode);

#endif
