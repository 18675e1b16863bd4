/* What the tests of wire/ share: hex, addresses, the file of vectors. */
#ifndef REGRESS_UNIT_WIRE_UTIL_H
#define REGRESS_UNIT_WIRE_UTIL_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hex digits, blanks between them allowed, to octets; their number. */
static inline size_t
unhex(const char *s, uint8_t *out, size_t cap)
{
	unsigned int	 v;
	size_t		 n = 0;

	while (*s != '\0') {
		if (*s == ' ') {
			s++;
			continue;
		}
		ATF_REQUIRE_MSG(n < cap && sscanf(s, "%2x", &v) == 1 &&
		    s[1] != '\0', "bad hex: %s", s);
		out[n++] = (uint8_t)v;
		s += 2;
	}
	return (n);
}

static inline struct in6_addr
addr(const char *s)
{
	struct in6_addr	 a;

	ATF_REQUIRE_MSG(inet_pton(AF_INET6, s, &a) == 1, "%s", s);
	return (a);
}

/* Check that two runs of octets are equal and show them if not. */
static inline void
check_octets(const char *what, const uint8_t *got, size_t ngot,
    const uint8_t *want, size_t nwant)
{
	size_t	 i;

	if (ngot == nwant && memcmp(got, want, ngot) == 0)
		return;
	printf("%s\ngot  ", what);
	for (i = 0; i < ngot; i++)
		printf("%02x", got[i]);
	printf("\nwant ");
	for (i = 0; i < nwant; i++)
		printf("%02x", want[i]);
	printf("\n");
	atf_tc_fail_nonfatal("%s: octets differ", what);
}

/* One line of data/wire.hex, split at blanks. */
struct vector {
	char		*field[8];
	size_t		 n;
	char		 line[16384];
};

static inline FILE *
vectors_open(const atf_tc_t *tc)
{
	char	 path[1024];
	FILE	*f;

	snprintf(path, sizeof(path), "%s/data/wire.hex",
	    atf_tc_get_config_var(tc, "srcdir"));
	f = fopen(path, "r");
	ATF_REQUIRE_MSG(f != NULL, "%s", path);
	return (f);
}

static inline int
vectors_next(FILE *f, struct vector *v)
{
	char	*p, *save = NULL;

	do {
		if (fgets(v->line, sizeof(v->line), f) == NULL)
			return (0);
	} while (v->line[0] == '#');
	v->n = 0;
	for (p = strtok_r(v->line, " \n", &save); p != NULL && v->n < 8;
	    p = strtok_r(NULL, " \n", &save))
		v->field[v->n++] = p;
	return (1);
}

#endif
