/*
 * What a control client sends: frames, requests, and the arguments of verbs.
 * The bytes are taken as a frame if they are one, else as words of a command
 * line.  What is accepted must have an argument that its verb takes, and be
 * packed to the same bytes again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/ctl.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A request that is accepted packs to the same octets again. */
static void
request(const struct ctl_frame *f, const uint8_t *p)
{
	struct ctl_request	 q;
	struct verb_filter	 filter;
	struct in6_addr		 a;
	const struct verb_def	*d;
	uint8_t			 again[CTL_REQUEST_MAX];

	if (!ctl_unpack_request(f, &q))
		return;
	if (ctl_pack_request(again, sizeof(again), &q) != f->size ||
	    memcmp(again, p, f->size) != 0)
		abort();
	if (!verb_arg_ok(q.verb, q.arg))
		return;
	d = verb_def(q.verb);
	if (d->arg == VA_BINDING && !verb_filter(q.arg, &filter))
		abort();
	if (d->arg == VA_ADDRESS && !verb_address(q.arg, &a))
		abort();
}

/* The same octets as words of a command line. */
static void
words(const uint8_t *p, size_t len)
{
	char		*line, *w[8], *s, arg[VERB_ARG_MAX], err[512];
	enum verb	 v;
	int		 n = 0, used = 0;

	if ((line = malloc(len + 1)) == NULL)
		return;
	memcpy(line, p, len);
	line[len] = '\0';
	for (s = strtok(line, " "); s != NULL && n < 8; s = strtok(NULL, " "))
		w[n++] = s;
	v = verb_match(n, w, &used, err, sizeof(err));
	if (v != VERB_NONE && verb_arg_pack(v, n - used, w + used, arg,
	    sizeof(arg), err, sizeof(err)) && !verb_arg_ok(v, arg))
		abort();
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct ctl_frame	 f;

	if (ctl_parse(p, len, CTL_REQUEST_MAX, &f) == CTL_FRAME) {
		if (f.size > len || f.body != p + CTL_HEADER)
			abort();
		request(&f, p);
	} else
		words(p, len);
	return (0);
}
