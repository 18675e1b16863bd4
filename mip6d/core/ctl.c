/*
 * Packing and unpacking what mip6ctl and the control process say to each other.
 * Both ends check what they read: either may be somebody else.
 */
#include <string.h>

#include "core/ctl.h"
#include "wire/buf.h"

/*
 * Look at the beginning of what was received.  CTL_MORE: a frame has begun but
 * is not complete; CTL_FRAME: *f is one of at most max bytes, its body points
 * into p; CTL_BAD: this is not our protocol; CTL_BAD_VERSION: another version.
 */
enum ctl_parse
ctl_parse(const uint8_t *p, size_t len, size_t max, struct ctl_frame *f)
{
	struct rbuf	 r;
	uint32_t	 size;
	uint8_t		 version, type;
	uint16_t	 zero;

	if (len < CTL_HEADER)
		return (CTL_MORE);
	rbuf_init(&r, p, len);
	size = rbuf_u32(&r);
	version = rbuf_u8(&r);
	type = rbuf_u8(&r);
	zero = rbuf_u16(&r);
	if (size < CTL_HEADER || size > max || zero != 0 || type == 0)
		return (CTL_BAD);
	if (version != CTL_VERSION)
		return (CTL_BAD_VERSION);
	if (type >= CTL_TYPE_MAX)
		return (CTL_BAD);
	if (len < size)
		return (CTL_MORE);
	f->type = (enum ctl_type)type;
	f->size = size;
	f->body = p + CTL_HEADER;
	f->len = size - CTL_HEADER;
	return (CTL_FRAME);
}

static void
put_header(struct wbuf *w, enum ctl_type type)
{
	wbuf_u32(w, 0);
	wbuf_u8(w, CTL_VERSION);
	wbuf_u8(w, (uint8_t)type);
	wbuf_u16(w, 0);
}

/* Fill in the length; bytes of the frame, 0 if it did not fit. */
static size_t
finish(struct wbuf *w)
{
	if (w->bad)
		return (0);
	wbuf_put_u32(w, 0, (uint32_t)w->off);
	return (w->off);
}

static void
put_text(struct wbuf *w, const char *s, size_t max)
{
	size_t	 n = strnlen(s, max - 1);

	wbuf_u16(w, (uint16_t)n);
	wbuf_bytes(w, s, n);
}

static bool
get_text(struct rbuf *r, char *s, size_t cap)
{
	size_t		 n = rbuf_u16(r);
	const uint8_t	*p = rbuf_ptr(r, n);

	if (p == NULL || n >= cap || memchr(p, '\0', n) != NULL)
		return (false);
	memcpy(s, p, n);
	s[n] = '\0';
	return (true);
}

/* A request frame into cap bytes; its size, 0 if they do not suffice. */
size_t
ctl_pack_request(uint8_t *p, size_t cap, const struct ctl_request *q)
{
	struct wbuf	 w;

	wbuf_init(&w, p, cap);
	put_header(&w, CTL_REQUEST);
	wbuf_u16(&w, (uint16_t)q->verb);
	put_text(&w, q->arg, sizeof(q->arg));
	return (finish(&w));
}

/*
 * A request as the daemon takes it.  False if it is malformed, of an unknown
 * verb, or of one that no daemon answers; the argument is not yet checked.
 */
bool
ctl_unpack_request(const struct ctl_frame *f, struct ctl_request *q)
{
	const struct verb_def	*d;
	struct rbuf		 r;

	memset(q, 0, sizeof(*q));
	if (f->type != CTL_REQUEST)
		return (false);
	rbuf_init(&r, f->body, f->len);
	q->verb = (enum verb)rbuf_u16(&r);
	if (!get_text(&r, q->arg, sizeof(q->arg)) || !rbuf_done(&r))
		return (false);
	d = verb_def(q->verb);
	return (d != NULL && (d->flags & VF_LOCAL) == 0);
}

/* The header of a frame of that many bytes of rows; CTL_HEADER, or 0. */
size_t
ctl_pack_rows_header(uint8_t *p, size_t cap, size_t rowslen)
{
	struct wbuf	 w;

	if (rowslen > CTL_FRAME_MAX - CTL_HEADER)
		return (0);
	wbuf_init(&w, p, cap);
	put_header(&w, CTL_ROWS);
	if (w.bad)
		return (0);
	wbuf_put_u32(&w, 0, (uint32_t)(CTL_HEADER + rowslen));
	return (w.off);
}

/* An end frame into cap bytes; its size, 0 if they do not suffice. */
size_t
ctl_pack_end(uint8_t *p, size_t cap, const struct ctl_end *e)
{
	struct wbuf	 w;

	wbuf_init(&w, p, cap);
	put_header(&w, CTL_END);
	wbuf_u8(&w, (uint8_t)e->status);
	wbuf_u16(&w, e->error);
	put_text(&w, e->text, sizeof(e->text));
	return (finish(&w));
}

/* The end of an answer.  False if it is malformed. */
bool
ctl_unpack_end(const struct ctl_frame *f, struct ctl_end *e)
{
	struct rbuf	 r;
	uint8_t		 status;

	memset(e, 0, sizeof(*e));
	if (f->type != CTL_END)
		return (false);
	rbuf_init(&r, f->body, f->len);
	status = rbuf_u8(&r);
	e->error = rbuf_u16(&r);
	if (status >= CTL_STATUS_MAX || !get_text(&r, e->text,
	    sizeof(e->text)) || !rbuf_done(&r))
		return (false);
	e->status = (enum ctl_status)status;
	return (true);
}
