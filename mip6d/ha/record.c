/*
 * What the home agent has net keep with each binding (BIND's owner record),
 * so that the engine after this one knows it again: what a Binding Update
 * left, in at most BIND_OWNER_MAX octets.  Addresses are in the message.
 *
 *	version 1; flags 1 (BF_*); sequence number 2; lifetime granted 2,
 *	units; end 8, monotonic ns; since 4, seconds since 1970; accepted
 *	updates 4; last timestamp of the node 8 (RFC 4285 6); length 1 and
 *	octets of its identifier, none if that is longer than ID_ROOM (whose
 *	most bindings are, the configuration tells by the home address)
 *
 * A record is read with the same distrust as a packet: net faces the network.
 */
#include <string.h>

#include "ha/record.h"
#include "wire/buf.h"

#define VERSION		1
#define FIXED		31
#define ID_ROOM		(BIND_OWNER_MAX - FIXED)

/* Write r to p, of BIND_OWNER_MAX octets; returns how many it is. */
size_t
record_build(const struct record *r, uint8_t *p)
{
	size_t		 n = strlen(r->identifier);
	struct wbuf	 w;

	wbuf_init(&w, p, BIND_OWNER_MAX);
	wbuf_u8(&w, VERSION);
	wbuf_u8(&w, r->flags);
	wbuf_u16(&w, r->seq);
	wbuf_u16(&w, r->units);
	wbuf_u64(&w, (uint64_t)r->expires.ns);
	wbuf_u32(&w, r->since);
	wbuf_u32(&w, r->updates);
	wbuf_u64(&w, r->timestamp);
	if (n > ID_ROOM)
		n = 0;
	wbuf_u8(&w, (uint8_t)n);
	wbuf_bytes(&w, r->identifier, n);
	return (w.off);
}

static bool
read_identifier(struct record *r, struct rbuf *rb)
{
	size_t	 i, n = rbuf_u8(rb);

	if (n > ID_ROOM || !rbuf_bytes(rb, r->text, n) || !rbuf_done(rb))
		return (false);
	for (i = 0; i < n; i++)
		if (r->text[i] <= ' ' || r->text[i] > '~')
			return (false);
	r->text[n] = '\0';
	r->identifier = r->text;
	return (true);
}

/* Read a record; false if it is none of ours. */
bool
record_parse(struct record *r, const struct blob *b)
{
	struct rbuf	 rb;

	memset(r, 0, sizeof(*r));
	r->identifier = "";
	rbuf_init(&rb, b->p, b->len);
	if (rbuf_u8(&rb) != VERSION)
		return (false);
	r->flags = rbuf_u8(&rb);
	r->seq = rbuf_u16(&rb);
	r->units = rbuf_u16(&rb);
	r->expires.ns = (int64_t)rbuf_u64(&rb);
	r->since = rbuf_u32(&rb);
	r->updates = rbuf_u32(&rb);
	r->timestamp = rbuf_u64(&rb);
	return (r->units != 0 && r->expires.ns >= 0 && read_identifier(r, &rb));
}
