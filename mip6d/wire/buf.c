/*
 * The bounded reader and writer of nearly all parsers and builders: of
 * messages on the wire, on pipes, in reports and in saved state.  No octet
 * outside the buffer is ever touched: the first attempt sets an error that
 * stays, and makes all later calls fail.  Both work in memory of the caller
 * and own none.
 */
#include <string.h>

#include "wire/buf.h"

/* Start reading len bytes at p. */
void
rbuf_init(struct rbuf *r, const void *p, size_t len)
{
	r->p = p;
	r->off = 0;
	r->len = len;
	r->bad = false;
}

/* Bytes not read yet; 0 once something was read beyond the end. */
size_t
rbuf_left(const struct rbuf *r)
{
	return (r->bad ? 0 : r->len - r->off);
}

/*
 * The next n bytes, in place; they belong to the caller of rbuf_init().
 * NULL, and the sticky error, if there are fewer.
 */
const uint8_t *
rbuf_ptr(struct rbuf *r, size_t n)
{
	const uint8_t	*p;

	if (r->bad || r->len - r->off < n) {
		r->bad = true;
		return (NULL);
	}
	p = r->p + r->off;
	r->off += n;
	return (p);
}

/* Next integer in host byte order; 0 and the sticky error at the end. */
uint8_t
rbuf_u8(struct rbuf *r)
{
	const uint8_t	*p = rbuf_ptr(r, 1);

	return (p == NULL ? 0 : p[0]);
}

uint16_t
rbuf_u16(struct rbuf *r)
{
	const uint8_t	*p = rbuf_ptr(r, 2);

	return (p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]));
}

uint32_t
rbuf_u32(struct rbuf *r)
{
	const uint8_t	*p = rbuf_ptr(r, 4);

	return (p == NULL ? 0 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

uint64_t
rbuf_u64(struct rbuf *r)
{
	uint64_t	 hi = rbuf_u32(r);

	return (hi << 32 | rbuf_u32(r));
}

/* Copy the next n bytes out; on error dst is zeroed and false returned. */
bool
rbuf_bytes(struct rbuf *r, void *dst, size_t n)
{
	const uint8_t	*p = rbuf_ptr(r, n);

	if (p == NULL) {
		memset(dst, 0, n);
		return (false);
	}
	memcpy(dst, p, n);
	return (true);
}

/*
 * Make sub a reader of exactly the next n bytes and step over them.  On error
 * sub is empty and bad.
 */
bool
rbuf_sub(struct rbuf *r, struct rbuf *sub, size_t n)
{
	const uint8_t	*p = rbuf_ptr(r, n);

	rbuf_init(sub, p, p == NULL ? 0 : n);
	sub->bad = p == NULL;
	return (p != NULL);
}

/* True if everything was read and nothing beyond it. */
bool
rbuf_done(const struct rbuf *r)
{
	return (!r->bad && r->off == r->len);
}

/* Start writing into cap bytes at p. */
void
wbuf_init(struct wbuf *w, void *p, size_t cap)
{
	w->p = p;
	w->off = 0;
	w->cap = cap;
	w->bad = false;
}

/* Bytes that still fit; 0 once something did not. */
size_t
wbuf_left(const struct wbuf *w)
{
	return (w->bad ? 0 : w->cap - w->off);
}

/*
 * Reserve the next n bytes for the caller to fill in.  NULL, and the sticky
 * error, if they do not fit.
 */
uint8_t *
wbuf_room(struct wbuf *w, size_t n)
{
	uint8_t	*p;

	if (w->bad || w->cap - w->off < n) {
		w->bad = true;
		return (NULL);
	}
	p = w->p + w->off;
	w->off += n;
	return (p);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

/* Append an integer in network byte order. */
void
wbuf_u8(struct wbuf *w, uint8_t v)
{
	uint8_t	*p = wbuf_room(w, 1);

	if (p != NULL)
		p[0] = v;
}

void
wbuf_u16(struct wbuf *w, uint16_t v)
{
	uint8_t	*p = wbuf_room(w, 2);

	if (p != NULL)
		put16(p, v);
}

void
wbuf_u32(struct wbuf *w, uint32_t v)
{
	uint8_t	*p = wbuf_room(w, 4);

	if (p != NULL)
		put32(p, v);
}

void
wbuf_u64(struct wbuf *w, uint64_t v)
{
	wbuf_u32(w, (uint32_t)(v >> 32));
	wbuf_u32(w, (uint32_t)v);
}

/* Append n bytes; src may be NULL if n is 0. */
void
wbuf_bytes(struct wbuf *w, const void *src, size_t n)
{
	uint8_t	*p = wbuf_room(w, n);

	if (p != NULL && n != 0)
		memcpy(p, src, n);
}

/* Append n zero bytes. */
void
wbuf_zero(struct wbuf *w, size_t n)
{
	uint8_t	*p = wbuf_room(w, n);

	if (p != NULL && n != 0)
		memset(p, 0, n);
}

/*
 * Overwrite an integer written before, at byte offset off (a length or a
 * checksum).  False, and the sticky error, if it was not.
 */
bool
wbuf_put_u8(struct wbuf *w, size_t off, uint8_t v)
{
	if (w->bad || off >= w->off) {
		w->bad = true;
		return (false);
	}
	w->p[off] = v;
	return (true);
}

bool
wbuf_put_u16(struct wbuf *w, size_t off, uint16_t v)
{
	if (w->bad || w->off < 2 || off > w->off - 2) {
		w->bad = true;
		return (false);
	}
	put16(w->p + off, v);
	return (true);
}

bool
wbuf_put_u32(struct wbuf *w, size_t off, uint32_t v)
{
	if (w->bad || w->off < 4 || off > w->off - 4) {
		w->bad = true;
		return (false);
	}
	put32(w->p + off, v);
	return (true);
}
