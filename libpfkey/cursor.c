/*
 * The bounded reader and writer of libpfkey, in the host's byte order as
 * PF_KEY has it, with network byte order for SPIs and ports (RFC 2367 2.3.1).
 * The first access beyond the end sets an error that stays.  Used by build.c,
 * parse.c and ext.c; owns no memory.
 */
#include <string.h>

#include "libpfkey/internal.h"

/* Read len bytes at p, which are at offset base of the message. */
void
cur_init(struct cur *c, const void *p, size_t len, size_t base)
{
	c->p = p;
	c->off = 0;
	c->len = len;
	c->base = base;
	c->bad = false;
}

/* Bytes not read yet; 0 after an error. */
size_t
cur_left(const struct cur *c)
{
	return (c->bad ? 0 : c->len - c->off);
}

/* The next n bytes, in place; NULL and the sticky error if too few. */
const uint8_t *
cur_take(struct cur *c, size_t n)
{
	const uint8_t	*p;

	if (c->bad || c->len - c->off < n) {
		c->bad = true;
		return (NULL);
	}
	p = c->p + c->off;
	c->off += n;
	return (p);
}

/* The next n bytes of the host's byte order into v; zero after an error. */
static void
take_native(struct cur *c, void *v, size_t n)
{
	const uint8_t	*p = cur_take(c, n);

	if (p == NULL)
		memset(v, 0, n);
	else
		memcpy(v, p, n);
}

uint8_t
cur_u8(struct cur *c)
{
	uint8_t	 v;

	take_native(c, &v, sizeof(v));
	return (v);
}

uint16_t
cur_u16(struct cur *c)
{
	uint16_t	 v;

	take_native(c, &v, sizeof(v));
	return (v);
}

uint32_t
cur_u32(struct cur *c)
{
	uint32_t	 v;

	take_native(c, &v, sizeof(v));
	return (v);
}

uint64_t
cur_u64(struct cur *c)
{
	uint64_t	 v;

	take_native(c, &v, sizeof(v));
	return (v);
}

/* For SPIs and ports, in network byte order (RFC 2367 section 2.3.1). */
uint16_t
cur_be16(struct cur *c)
{
	uint8_t	 v[2];

	take_native(c, v, sizeof(v));
	return ((uint16_t)(v[0] << 8 | v[1]));
}

uint32_t
cur_be32(struct cur *c)
{
	uint32_t	 hi = cur_be16(c);

	return (hi << 16 | cur_be16(c));
}

/* A reader over exactly the next n bytes. */
bool
cur_sub(struct cur *c, struct cur *sub, size_t n)
{
	size_t		 at = c->base + c->off;
	const uint8_t	*p = cur_take(c, n);

	cur_init(sub, p, p == NULL ? 0 : n, at);
	sub->bad = p == NULL;
	return (p != NULL);
}

/* Write into the cap bytes at p. */
void
out_init(struct out *o, void *p, size_t cap)
{
	o->p = p;
	o->off = 0;
	o->cap = cap;
	o->bad = false;
}

void
out_bytes(struct out *o, const void *p, size_t n)
{
	if (o->bad || o->cap - o->off < n) {
		o->bad = true;
		return;
	}
	if (n > 0)
		memcpy(o->p + o->off, p, n);
	o->off += n;
}

void
out_zero(struct out *o, size_t n)
{
	if (o->bad || o->cap - o->off < n) {
		o->bad = true;
		return;
	}
	memset(o->p + o->off, 0, n);
	o->off += n;
}

void
out_u8(struct out *o, uint8_t v)
{
	out_bytes(o, &v, sizeof(v));
}

void
out_u16(struct out *o, uint16_t v)
{
	out_bytes(o, &v, sizeof(v));
}

void
out_u32(struct out *o, uint32_t v)
{
	out_bytes(o, &v, sizeof(v));
}

void
out_u64(struct out *o, uint64_t v)
{
	out_bytes(o, &v, sizeof(v));
}

void
out_be16(struct out *o, uint16_t v)
{
	out_u8(o, (uint8_t)(v >> 8));
	out_u8(o, (uint8_t)v);
}

void
out_be32(struct out *o, uint32_t v)
{
	out_be16(o, (uint16_t)(v >> 16));
	out_be16(o, (uint16_t)v);
}

/* Overwrite two bytes written before. */
void
out_put16(struct out *o, size_t at, uint16_t v)
{
	if (!o->bad && at + sizeof(v) <= o->off)
		memcpy(o->p + at, &v, sizeof(v));
}
