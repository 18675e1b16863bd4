#include <string.h>

#include "wire/pcap.h"

#define	MAGIC_MICRO	UINT32_C(0xa1b2c3d4)
#define	MAGIC_NANO	UINT32_C(0xa1b23c4d)
#define	SNAPLEN		65535
#define	ETHERTYPE_IPV6	0x86dd
#define	ETHERTYPE_VLAN	0x8100

static const char *const err_names[PCAP_NERR] = {
	[PCAP_OK] =		"ok",
	[PCAP_END] =		"end of file",
	[PCAP_E_MAGIC] =	"not a pcap file",
	[PCAP_E_LINKTYPE] =	"link type not known",
	[PCAP_E_TRUNCATED] =	"file ends within a packet",
};

/* The error in words. */
const char *
pcap_err_name(enum pcap_err e)
{
	return ((unsigned int)e < PCAP_NERR ? err_names[e] : "?");
}

static uint32_t
swap32(uint32_t v)
{
	return (v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24);
}

/* The next 32-bit field of the file, in its own byte order. */
static uint32_t
field(struct pcap *c)
{
	uint32_t	 v = rbuf_u32(&c->r);

	return (c->swap ? swap32(v) : v);
}

/*
 * Start reading the capture file of len octets at p, which stays the caller's.
 * Both byte orders, with micro- or nanoseconds; link types as in pcap.h.
 */
enum pcap_err
pcap_open(struct pcap *c, const void *p, size_t len)
{
	uint32_t	 magic;

	rbuf_init(&c->r, p, len);
	magic = rbuf_u32(&c->r);
	c->swap = magic == swap32(MAGIC_MICRO) || magic == swap32(MAGIC_NANO);
	if (c->swap)
		magic = swap32(magic);
	if (c->r.bad || (magic != MAGIC_MICRO && magic != MAGIC_NANO))
		return (PCAP_E_MAGIC);
	c->nano = magic == MAGIC_NANO;
	rbuf_ptr(&c->r, 16);		/* version, zone, sigfigs, snaplen */
	c->linktype = field(c) & 0x0fffffff;	/* above it: FCS length */
	if (c->r.bad)
		return (PCAP_E_TRUNCATED);
	if (c->linktype != PCAP_ETHERNET && c->linktype != PCAP_RAW &&
	    c->linktype != PCAP_LINUX_SLL)
		return (PCAP_E_LINKTYPE);
	return (PCAP_OK);
}

/* Step over the link layer; false if what follows is not IPv6. */
static bool
link_layer(uint32_t linktype, struct rbuf *r)
{
	uint16_t	 type;

	switch (linktype) {
	case PCAP_RAW:
		return (rbuf_left(r) != 0 && r->p[0] >> 4 == 6);
	case PCAP_ETHERNET:
		rbuf_ptr(r, 12);
		break;
	default:
		rbuf_ptr(r, 14);
		break;
	}
	type = rbuf_u16(r);
	if (type == ETHERTYPE_VLAN) {
		rbuf_u16(r);
		type = rbuf_u16(r);
	}
	return (!r->bad && type == ETHERTYPE_IPV6);
}

/*
 * The next packet.  PCAP_END behind the last one; of a packet that isn't IPv6
 * rec->p is NULL.
 */
enum pcap_err
pcap_next(struct pcap *c, struct pcap_rec *rec)
{
	struct rbuf	 r;
	uint32_t	 len, orig;

	memset(rec, 0, sizeof(*rec));
	if (rbuf_done(&c->r))
		return (PCAP_END);
	rec->sec = field(c);
	rec->nsec = field(c);
	if (!c->nano)
		rec->nsec *= 1000;
	len = field(c);
	orig = field(c);
	if (c->r.bad || !rbuf_sub(&c->r, &r, len))
		return (PCAP_E_TRUNCATED);
	rec->cut = len < orig;
	if (link_layer(c->linktype, &r)) {
		rec->len = rbuf_left(&r);
		rec->p = rbuf_ptr(&r, rec->len);
	}
	return (PCAP_OK);
}

/* Start a capture file: big endian, microseconds. */
void
pcap_write_header(struct wbuf *w, uint32_t linktype)
{
	wbuf_u32(w, MAGIC_MICRO);
	wbuf_u16(w, 2);			/* version 2.4 */
	wbuf_u16(w, 4);
	wbuf_u64(w, 0);
	wbuf_u32(w, SNAPLEN);
	wbuf_u32(w, linktype);
}

/* Append a packet of len octets that was captured at sec and usec. */
void
pcap_write(struct wbuf *w, uint32_t sec, uint32_t usec, const void *p,
    size_t len)
{
	wbuf_u32(w, sec);
	wbuf_u32(w, usec);
	wbuf_u32(w, (uint32_t)len);
	wbuf_u32(w, (uint32_t)len);
	wbuf_bytes(w, p, len);
}
