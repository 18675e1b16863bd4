/*
 * VICI: a packet as charon could send it.  What is well-formed is walked to
 * its last element, built again to the same bytes, and taken by the table of
 * SAs as each of the events that it knows.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint8_t	 built[VICI_HEADER + VICI_MAX];

static void
string(const void *p, size_t n, char *out)
{
	memcpy(out, p, n);
	out[n] = '\0';
}

/* Build what a cursor shows. */
static void
copy(struct vici_builder *b, struct vici_cursor c)
{
	struct vici_cursor	 in;
	struct vici_item	 it, item;
	struct vici_builder	*w = b;
	char			 name[256];

	while (vici_next(&c, &it)) {
		string(it.name, it.namelen, name);
		vici_enter(&it, &in);
		switch (it.kind) {
		case VICI_SECTION_START:
			vici_section(w, name);
			copy(w, in);
			vici_section_end(w);
			break;
		case VICI_KEY_VALUE:
			vici_value(w, name, it.p, it.len);
			break;
		case VICI_LIST_START:
			vici_list(w, name);
			while (vici_next(&in, &item)) {
				static char	 s[65536];

				string(item.p, item.len, s);
				if (memchr(item.p, '\0', item.len) != NULL)
					w->bad = true;
				vici_list_item(w, s);
			}
			vici_list_end(w);
			break;
		default:
			abort();
		}
	}
}

static void
note(void *arg, const char *event, const char *text)
{
	const char	*p;

	if (arg != built || event[0] == '\0')
		abort();
	for (p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			abort();
}

static void
events(const struct vici_cursor *c)
{
	static const char *const	 names[] = { "list-sa", "ike-updown",
	    "child-updown", "child-rekey", "ike-rekey", "ike-update", "x" };
	struct sa_table			 t;
	size_t				 i, n;

	sa_init(&t);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sa_list_begin(&t);
		sa_event(&t, names[i], c, note, built);
		for (n = 1; n < t.n; n++)
			if (t.v[n - 1]->id >= t.v[n]->id)
				abort();
		sa_list_end(&t);
	}
	sa_clear(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct vici_packet	 k;
	struct vici_builder	 b;
	struct vici_cursor	 c;
	enum vici_error		 e;
	size_t			 n;

	if ((e = vici_parse(p, len, &k)) != VICI_OK) {
		if (vici_strerror(e)[0] == '\0')
			abort();
		return (0);
	}
	vici_message(&k, &c);
	events(&c);
	vici_begin(&b, built, sizeof(built), k.type,
	    vici_has_name(k.type) ? k.name : NULL);
	copy(&b, c);
	if (b.bad)
		return (0);
	n = vici_finish(&b);
	if (n != len + VICI_HEADER)
		abort();
	/* A name that is not ASCII is made so. */
	if (memcmp(built + n - k.len, k.msg, k.len) != 0)
		abort();
	return (0);
}
