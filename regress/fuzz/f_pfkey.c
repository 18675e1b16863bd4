/*
 * libpfkey: what is parsed and can be built again parses to the same, in every
 * dialect.  Conversions and the printer stand anything that was parsed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpfkey/libpfkey.h"

#define ROOM	65536

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const	 names[] = { "linux", "freebsd", "netbsd",
    "openbsd" };

/* Reasons for which a message of a hostile kernel cannot be built again. */
static int
may_refuse(enum pfkey_error e)
{
	return (e == PFKEY_E_UNSUPPORTED || e == PFKEY_E_REQID ||
	    e == PFKEY_E_VALUE);
}

static void
convert(const struct pfkey_msg *m)
{
	struct pfkey_migrate	 g;
	struct pfkey_policy	 p;
	struct pfkey_sa		 sa;
	struct pfkey_comb	 comb;
	struct pfkey_alg	 alg;
	struct pfkey_msg	 n;
	char			 s[256];
	size_t			 i;

	pfkey_print_msg(s, sizeof(s), m);
	if (pfkey_to_sa(m, &sa) == PFKEY_OK) {
		pfkey_print_sa(s, sizeof(s), &sa);
		pfkey_from_sa(&n, PFKEY_ADD, &sa);
	}
	if (pfkey_to_policy(m, &p) == PFKEY_OK) {
		pfkey_print_policy(s, sizeof(s), &p);
		pfkey_from_policy(&n, PFKEY_SPDADD, &p);
	}
	if (pfkey_to_migrate(m, &g) == PFKEY_OK)
		pfkey_from_migrate(&n, &g);
	for (i = 0; pfkey_comb(NULL, m, i, &comb); i++)
		continue;
	for (i = 0; pfkey_alg(NULL, m, PFKEY_X_SUPPORTED_AUTH, i, &alg); i++)
		continue;
	for (i = 0; pfkey_alg(NULL, m, PFKEY_X_SUPPORTED_ENCRYPT, i, &alg);
	    i++)
		continue;
}

/* The first byte chooses the dialect. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t			 one[ROOM], two[ROOM];
	const struct pfkey_dialect	*d;
	struct pfkey_msg		 m;
	enum pfkey_error		 e;
	size_t				 len, len2, where = 0;

	if (size == 0)
		return (0);
	d = pfkey_dialect(names[data[0] % 4]);
	e = pfkey_parse(d, data + 1, size - 1, &m, &where);
	if (where > size)
		abort();
	if (e != PFKEY_OK)
		return (0);
	convert(&m);
	if ((e = pfkey_build(d, &m, one, sizeof(one), &len)) != PFKEY_OK) {
		if (!may_refuse(e) && size < ROOM) {
			fprintf(stderr, "build: %s\n", pfkey_strerror(e));
			abort();
		}
		return (0);
	}
	if (pfkey_parse(d, one, len, &m, &where) != PFKEY_OK ||
	    pfkey_build(d, &m, two, sizeof(two), &len2) != PFKEY_OK ||
	    len != len2 || memcmp(one, two, len) != 0) {
		fprintf(stderr, "not a fixed point, at %zu\n", where);
		abort();
	}
	return (0);
}
