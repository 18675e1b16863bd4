/*
 * Bounded reader and writer.  Pure: no allocation, no I/O, no globals.
 *
 * Both keep a sticky error: after the first access out of bounds every later
 * one fails too, so a parser may read a whole fixed part and check once.
 * Integers are in network byte order on the wire and in host byte order here.
 */
#ifndef MIP6D_WIRE_BUF_H
#define MIP6D_WIRE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reader over memory that the caller owns and keeps. */
struct rbuf {
	const uint8_t	*p;	/* first byte */
	size_t		 off;	/* next byte to be read */
	size_t		 len;	/* bytes in all */
	bool		 bad;	/* something was read beyond the end */
};

/* Writer into memory that the caller owns. */
struct wbuf {
	uint8_t		*p;
	size_t		 off;	/* bytes written */
	size_t		 cap;	/* bytes there is room for */
	bool		 bad;	/* something did not fit */
};

void		 rbuf_init(struct rbuf *, const void *, size_t);
size_t		 rbuf_left(const struct rbuf *);
uint8_t		 rbuf_u8(struct rbuf *);
uint16_t	 rbuf_u16(struct rbuf *);
uint32_t	 rbuf_u32(struct rbuf *);
uint64_t	 rbuf_u64(struct rbuf *);
bool		 rbuf_bytes(struct rbuf *, void *, size_t);
const uint8_t	*rbuf_ptr(struct rbuf *, size_t);
bool		 rbuf_sub(struct rbuf *, struct rbuf *, size_t);
bool		 rbuf_done(const struct rbuf *);

void		 wbuf_init(struct wbuf *, void *, size_t);
size_t		 wbuf_left(const struct wbuf *);
void		 wbuf_u8(struct wbuf *, uint8_t);
void		 wbuf_u16(struct wbuf *, uint16_t);
void		 wbuf_u32(struct wbuf *, uint32_t);
void		 wbuf_u64(struct wbuf *, uint64_t);
void		 wbuf_bytes(struct wbuf *, const void *, size_t);
void		 wbuf_zero(struct wbuf *, size_t);
uint8_t		*wbuf_room(struct wbuf *, size_t);
bool		 wbuf_put_u8(struct wbuf *, size_t, uint8_t);
bool		 wbuf_put_u16(struct wbuf *, size_t, uint16_t);
bool		 wbuf_put_u32(struct wbuf *, size_t, uint32_t);

#endif
