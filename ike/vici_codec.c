/*
 * Packets of VICI, charon's control protocol, checked, read and built
 * (strongSwan, src/libcharon/plugins/vici/README.md).  A message is checked as
 * a whole once, and all that reads it afterwards relies on that.  Pure; reads
 * and writes in memory of the caller.  ike/vici_conn.c checks what arrives,
 * the other files of ike read and build.
 */
#include <string.h>

#include "ike/vici_codec.h"

static const char *const errors[VICI_E_MAX] = {
	[VICI_OK] = "no error",
	[VICI_E_LENGTH] = "packet of a length that is not allowed",
	[VICI_E_TYPE] = "packet of an unknown type",
	[VICI_E_NAME] = "name that is empty or has control characters",
	[VICI_E_TRUNCATED] = "element beyond the end of the packet",
	[VICI_E_ELEMENT] = "unknown element",
	[VICI_E_BALANCE] = "section or list without its start or end",
	[VICI_E_DEPTH] = "sections nested too deeply",
	[VICI_E_LIST] = "element that has no place in or outside of a list",
	[VICI_E_TRAILING] = "bytes after a packet without message",
};

/* What was wrong, for a log; never NULL. */
const char *
vici_strerror(enum vici_error e)
{
	return ((unsigned int)e < VICI_E_MAX ? errors[e] : "?");
}

/* Does a packet of this type bear a name? */
bool
vici_has_name(enum vici_type t)
{
	return (t == VICI_CMD_REQUEST || t == VICI_EVENT_REGISTER ||
	    t == VICI_EVENT_UNREGISTER || t == VICI_EVENT);
}

static bool
has_message(enum vici_type t)
{
	return (t == VICI_CMD_REQUEST || t == VICI_CMD_RESPONSE ||
	    t == VICI_EVENT);
}

/*
 * The protocol's own names are ASCII; those of connections are their owner's
 * and may be UTF-8.
 */
static bool
good_name(const uint8_t *p, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] == 0x7f)
			return (false);
	return (n > 0);
}

/* Read one element: its kind, and its name and value if that kind has them. */
static enum vici_error
read_element(struct rbuf *r, struct vici_item *it)
{
	memset(it, 0, sizeof(*it));
	it->kind = rbuf_u8(r);
	if (it->kind < VICI_SECTION_START || it->kind > VICI_LIST_END)
		return (VICI_E_ELEMENT);
	if (it->kind == VICI_SECTION_START || it->kind == VICI_KEY_VALUE ||
	    it->kind == VICI_LIST_START) {
		it->namelen = rbuf_u8(r);
		it->name = (const char *)rbuf_ptr(r, it->namelen);
		if (it->name == NULL)
			return (VICI_E_TRUNCATED);
		if (!good_name((const uint8_t *)it->name, it->namelen))
			return (VICI_E_NAME);
	}
	if (it->kind == VICI_KEY_VALUE || it->kind == VICI_LIST_ITEM) {
		it->len = rbuf_u16(r);
		it->p = rbuf_ptr(r, it->len);
		if (it->p == NULL)
			return (VICI_E_TRUNCATED);
	}
	return (VICI_OK);
}

/*
 * Is this a well-formed message: all elements known, balanced, not deeper than
 * VICI_DEPTH, items in lists and nothing else there?  Everything else in this
 * file that reads a message relies on it.
 */
enum vici_error
vici_check(const uint8_t *p, size_t len)
{
	struct vici_item	 it;
	struct rbuf		 r;
	enum vici_error		 e;
	unsigned int		 depth = 0;
	bool			 list = false;

	rbuf_init(&r, p, len);
	while (rbuf_left(&r) > 0) {
		if ((e = read_element(&r, &it)) != VICI_OK)
			return (e);
		if (list != (it.kind == VICI_LIST_ITEM ||
		    it.kind == VICI_LIST_END))
			return (VICI_E_LIST);
		if (it.kind == VICI_SECTION_START && ++depth > VICI_DEPTH)
			return (VICI_E_DEPTH);
		if (it.kind == VICI_SECTION_END && depth-- == 0)
			return (VICI_E_BALANCE);
		if (it.kind == VICI_LIST_START)
			list = true;
		else if (it.kind == VICI_LIST_END)
			list = false;
	}
	return (depth != 0 || list ? VICI_E_BALANCE : VICI_OK);
}

/*
 * Parse a packet, which is a frame without the length before it.  VICI_OK, or
 * what is wrong; then *k is not to be used.
 */
enum vici_error
vici_parse(const uint8_t *p, size_t len, struct vici_packet *k)
{
	const uint8_t	*name;
	struct rbuf	 r;
	size_t		 n;

	memset(k, 0, sizeof(*k));
	if (len == 0 || len > VICI_MAX)
		return (VICI_E_LENGTH);
	rbuf_init(&r, p, len);
	k->type = rbuf_u8(&r);
	if (k->type >= VICI_TYPE_MAX)
		return (VICI_E_TYPE);
	if (vici_has_name(k->type)) {
		n = rbuf_u8(&r);
		if ((name = rbuf_ptr(&r, n)) == NULL)
			return (VICI_E_TRUNCATED);
		if (!good_name(name, n))
			return (VICI_E_NAME);
		vici_text(k->name, sizeof(k->name), name, n);
	}
	k->len = rbuf_left(&r);
	k->msg = rbuf_ptr(&r, k->len);
	if (!has_message(k->type))
		return (k->len == 0 ? VICI_OK : VICI_E_TRAILING);
	return (vici_check(k->msg, k->len));
}

/* Read the message of a packet that vici_parse() found to be right. */
void
vici_message(const struct vici_packet *k, struct vici_cursor *c)
{
	rbuf_init(&c->r, k->msg, k->len);
}

/* Step over what belongs to a start; its end is not part of the item. */
static void
take_body(struct rbuf *r, struct vici_item *it)
{
	struct vici_item	 in;
	unsigned int		 open = 1;
	size_t			 from = r->off, end = from;

	while (open > 0 && rbuf_left(r) > 0) {
		end = r->off;
		if (read_element(r, &in) != VICI_OK)
			break;
		if (in.kind == VICI_SECTION_START || in.kind == VICI_LIST_START)
			open++;
		else if (in.kind == VICI_SECTION_END ||
		    in.kind == VICI_LIST_END)
			open--;
	}
	it->p = r->p + from;
	it->len = end - from;
}

/* The next element at this level; false at the end. */
bool
vici_next(struct vici_cursor *c, struct vici_item *it)
{
	if (rbuf_left(&c->r) == 0 || read_element(&c->r, it) != VICI_OK ||
	    it->kind == VICI_SECTION_END || it->kind == VICI_LIST_END)
		return (false);
	if (it->kind == VICI_SECTION_START || it->kind == VICI_LIST_START)
		take_body(&c->r, it);
	return (true);
}

/* A cursor over what is in a section or a list; empty for anything else. */
void
vici_enter(const struct vici_item *it, struct vici_cursor *c)
{
	bool	 has = it->kind == VICI_SECTION_START ||
		    it->kind == VICI_LIST_START;

	rbuf_init(&c->r, it->p, has ? it->len : 0);
}

/* Is that the item's name? */
bool
vici_is(const struct vici_item *it, const char *name)
{
	return (it->namelen == strlen(name) &&
	    memcmp(it->name, name, it->namelen) == 0);
}

/* The first element from here on, at this level, of that kind and name. */
bool
vici_find(const struct vici_cursor *c, enum vici_element kind,
    const char *name, struct vici_item *it)
{
	struct vici_cursor	 copy = *c;

	while (vici_next(&copy, it))
		if (it->kind == kind && vici_is(it, name))
			return (true);
	return (false);
}

/*
 * Bytes as a string, cut to cap bytes with the NUL; what is not printable
 * ASCII becomes a question mark, as it ends in logs.
 */
void
vici_text(char *out, size_t cap, const void *p, size_t len)
{
	const uint8_t	*b = p;
	size_t		 i;

	for (i = 0; i < len && i + 1 < cap; i++)
		out[i] = b[i] < ' ' || b[i] > '~' ? '?' : (char)b[i];
	out[i] = '\0';
}

/* The value of a key as vici_text(); false and "" if there is none. */
bool
vici_get_str(const struct vici_cursor *c, const char *key, char *out,
    size_t cap)
{
	struct vici_item	 it;

	if (!vici_find(c, VICI_KEY_VALUE, key, &it)) {
		out[0] = '\0';
		return (false);
	}
	vici_text(out, cap, it.p, it.len);
	return (true);
}

static int
digit(uint8_t ch)
{
	if (ch >= '0' && ch <= '9')
		return (ch - '0');
	if (ch >= 'a' && ch <= 'f')
		return (ch - 'a' + 10);
	if (ch >= 'A' && ch <= 'F')
		return (ch - 'A' + 10);
	return (99);
}

/*
 * The value of a key as a number, written in base 10 or 16.  False, and *v is
 * 0, if there is none, or if it is not a number of 64 bits.
 */
bool
vici_get_num(const struct vici_cursor *c, const char *key, int base,
    uint64_t *v)
{
	struct vici_item	 it;
	uint64_t		 n = 0, b = (uint64_t)base;
	size_t			 i;
	int			 d;

	*v = 0;
	if (!vici_find(c, VICI_KEY_VALUE, key, &it) || it.len == 0)
		return (false);
	for (i = 0; i < it.len; i++) {
		if ((d = digit(it.p[i])) >= base ||
		    n > (UINT64_MAX - (uint64_t)d) / b)
			return (false);
		n = n * b + (uint64_t)d;
	}
	*v = n;
	return (true);
}

/* Is the value of a key "yes"?  That is how charon says true. */
bool
vici_get_yes(const struct vici_cursor *c, const char *key)
{
	struct vici_item	 it;

	return (vici_find(c, VICI_KEY_VALUE, key, &it) && it.len == 3 &&
	    memcmp(it.p, "yes", 3) == 0);
}

static void
put_name(struct vici_builder *b, const char *name)
{
	size_t	 n = strlen(name);

	if (n > UINT8_MAX || !good_name((const uint8_t *)name, n))
		b->bad = true;
	wbuf_u8(&b->w, (uint8_t)n);
	wbuf_bytes(&b->w, name, n);
}

/* Begin an element; where it may not stand, the whole frame becomes bad. */
static void
put_element(struct vici_builder *b, enum vici_element kind, const char *name)
{
	bool	 in_list = kind == VICI_LIST_ITEM || kind == VICI_LIST_END;

	if (b->list != in_list)
		b->bad = true;
	wbuf_u8(&b->w, (uint8_t)kind);
	if (name != NULL)
		put_name(b, name);
}

static void
put_value(struct vici_builder *b, const void *p, size_t len)
{
	if (len > UINT16_MAX)
		b->bad = true;
	wbuf_u16(&b->w, (uint16_t)len);
	wbuf_bytes(&b->w, p, len);
}

/*
 * Begin a frame in cap bytes at mem; name is NULL for a type without one.
 * What is wrong from here on is told by vici_finish().
 */
void
vici_begin(struct vici_builder *b, void *mem, size_t cap, enum vici_type t,
    const char *name)
{
	memset(b, 0, sizeof(*b));
	wbuf_init(&b->w, mem, cap);
	wbuf_u32(&b->w, 0);
	wbuf_u8(&b->w, (uint8_t)t);
	if (vici_has_name(t) != (name != NULL))
		b->bad = true;
	else if (name != NULL)
		put_name(b, name);
}

/* Open a section; vici_section_end() closes it. */
void
vici_section(struct vici_builder *b, const char *name)
{
	put_element(b, VICI_SECTION_START, name);
	if (++b->depth > VICI_DEPTH)
		b->bad = true;
}

void
vici_section_end(struct vici_builder *b)
{
	put_element(b, VICI_SECTION_END, NULL);
	if (b->depth == 0)
		b->bad = true;
	else
		b->depth--;
}

/* A key and its value, any bytes, at most 65,535. */
void
vici_value(struct vici_builder *b, const char *key, const void *p, size_t len)
{
	put_element(b, VICI_KEY_VALUE, key);
	put_value(b, p, len);
}

void
vici_str(struct vici_builder *b, const char *key, const char *s)
{
	vici_value(b, key, s, strlen(s));
}

/* Open a list; then items alone until vici_list_end(). */
void
vici_list(struct vici_builder *b, const char *name)
{
	put_element(b, VICI_LIST_START, name);
	b->list = true;
}

void
vici_list_item(struct vici_builder *b, const char *s)
{
	put_element(b, VICI_LIST_ITEM, NULL);
	put_value(b, s, strlen(s));
}

void
vici_list_end(struct vici_builder *b)
{
	put_element(b, VICI_LIST_END, NULL);
	b->list = false;
}

/*
 * The frame is complete: put its length in front.  Returns the bytes of all of
 * it, or 0 if it did not fit, is too long, is not balanced, or has a name or
 * an element that is not allowed where it is.
 */
size_t
vici_finish(struct vici_builder *b)
{
	if (b->bad || b->w.bad || b->depth != 0 || b->list ||
	    b->w.off - VICI_HEADER > VICI_MAX)
		return (0);
	wbuf_put_u32(&b->w, 0, (uint32_t)(b->w.off - VICI_HEADER));
	return (b->w.off);
}
