/*
 * What a daemon answers, as mip6ctl prints it: as text, as JSON and as
 * metrics.  The first octet is the verb; whatever the rows behind it are,
 * nothing may break the output.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ctl.h"
#include "mip6ctl/output.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Nothing but text may come out, valid UTF-8 left aside. */
static void
check(const char *s, size_t len, bool json)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (s[i] != '\n' && (s[i] == 0x7f ||
		    (unsigned char)s[i] < ' ' || (s[i] & 0x80) != 0) &&
		    !(json && (s[i] & 0x80) != 0) && !(!json && s[i] == '\t'))
			abort();
}

static void
print(const uint8_t *p, size_t len, enum verb v, bool json, bool raw)
{
	struct ctl_frame	 f;
	struct ctl_end		 e;
	struct output		 o;
	char			*s = NULL;
	size_t			 n = 0;
	FILE			*out;

	if ((out = open_memstream(&s, &n)) == NULL)
		return;
	output_init(&o, out, v, json, raw);
	for (; ctl_parse(p, len, CTL_FRAME_MAX, &f) == CTL_FRAME;
	    p += f.size, len -= f.size) {
		if (f.type == CTL_ROWS && !output_rows(&o, f.body, f.len))
			break;
		if (ctl_unpack_end(&f, &e)) {
			output_end(&o, "ok", e.error, e.text);
			break;
		}
	}
	fclose(out);
	check(s, n, json);
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	enum verb	 v;

	if (len == 0)
		return (0);
	v = (enum verb)(p[0] % (VERB_MAX - 1) + 1);
	if (verb_def(v) == NULL)
		v = VERB_STATUS;
	print(p + 1, len - 1, v, false, false);
	print(p + 1, len - 1, v, false, true);
	print(p + 1, len - 1, v, true, false);
	print(p + 1, len - 1, VERB_SHOW_METRICS, false, false);
	return (0);
}
