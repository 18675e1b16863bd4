/*
 * Capture files for mip6ctl decode: reads pcap and pcapng files that lie in
 * memory, steps over the link layer of each packet, and gives out what is
 * IPv6.  The files may come from anybody, so every length in them is checked.
 * It can write pcap as well, which the tests use.  Owns no memory and opens no
 * file.
 */
#include <string.h>

#include "wire/pcap.h"

#define	MAGIC_MICRO	UINT32_C(0xa1b2c3d4)
#define	MAGIC_NANO	UINT32_C(0xa1b23c4d)
#define	SNAPLEN		65535
#define	ETHERTYPE_IPV6	0x86dd
#define	VLAN_TAGS_MAX	4

/* draft-ietf-opsawg-pcapng: block types and what is used of their options. */
#define	NG_SECTION	UINT32_C(0x0a0d0d0a)
#define	NG_ORDER	UINT32_C(0x1a2b3c4d)
#define	NG_INTERFACE	1
#define	NG_OLD_PACKET	2
#define	NG_SIMPLE	3
#define	NG_PACKET	6
#define	NG_OPT_END	0
#define	NG_OPT_TSRESOL	9
#define	NG_MICRO	6		/* 10^-6, where nothing is said */

static const char *const err_names[PCAP_NERR] = {
	[PCAP_OK] =		"ok",
	[PCAP_END] =		"end of file",
	[PCAP_E_MAGIC] =	"neither a pcap nor a pcapng file",
	[PCAP_E_LINKTYPE] =	"link type not known",
	[PCAP_E_TRUNCATED] =	"file ends within a packet",
	[PCAP_E_BLOCK] =	"malformed block in a pcapng file",
	[PCAP_E_IFACES] =	"more than 64 interfaces in a pcapng file",
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

static uint16_t
swap16(uint16_t v)
{
	return ((uint16_t)(v >> 8 | v << 8));
}

/* The next 32-bit field of the file or a block, in the file's byte order. */
static uint32_t
field(const struct pcap *c, struct rbuf *r)
{
	uint32_t	 v = rbuf_u32(r);

	return (c->swap ? swap32(v) : v);
}

static uint16_t
field16(const struct pcap *c, struct rbuf *r)
{
	uint16_t	 v = rbuf_u16(r);

	return (c->swap ? swap16(v) : v);
}

/* ----------------------------------------------------------- link layers */

static bool
after_ethernet(struct rbuf *r)
{
	uint16_t	 type;
	int		 i;

	rbuf_ptr(r, 12);
	type = rbuf_u16(r);
	/* IEEE 802.1Q and 802.1ad, and what was there before that. */
	for (i = 0; i < VLAN_TAGS_MAX && (type == 0x8100 || type == 0x88a8 ||
	    type == 0x9100); i++) {
		rbuf_u16(r);
		type = rbuf_u16(r);
	}
	return (type == ETHERTYPE_IPV6);
}

static bool
after_sll(struct rbuf *r)
{
	rbuf_ptr(r, 14);
	return (rbuf_u16(r) == ETHERTYPE_IPV6);
}

static bool
after_sll2(struct rbuf *r)
{
	uint16_t	 type = rbuf_u16(r);

	rbuf_ptr(r, 18);
	return (type == ETHERTYPE_IPV6);
}

static bool
is_raw(struct rbuf *r)
{
	return (rbuf_left(r) != 0 && r->p[r->off] >> 4 == 6);
}

/*
 * AF_INET6 of the system that wrote it, in its byte order or that of the
 * network: Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
 */
static bool
after_null(struct rbuf *r)
{
	uint32_t	 af = rbuf_u32(r);

	if (af > 0xffff)
		af = swap32(af);
	return (af == 10 || af == 24 || af == 28 || af == 30);
}

static const struct {
	uint32_t	 linktype;
	bool		 (*skip)(struct rbuf *);	/* true: IPv6 follows */
} links[] = {
	{ PCAP_NULL, after_null },
	{ PCAP_ETHERNET, after_ethernet },
	{ PCAP_DLT_RAW, is_raw },
	{ PCAP_DLT_RAW_OPENBSD, is_raw },
	{ PCAP_RAW, is_raw },
	{ PCAP_LOOP, after_null },
	{ PCAP_LINUX_SLL, after_sll },
	{ PCAP_IPV4, is_raw },
	{ PCAP_IPV6, is_raw },
	{ PCAP_LINUX_SLL2, after_sll2 },
};
#define NLINKS	(sizeof(links) / sizeof(links[0]))

static size_t
link_of(uint32_t linktype)
{
	size_t	 i;

	for (i = 0; i < NLINKS && links[i].linktype != linktype; i++)
		continue;
	return (i);
}

/* A packet with its link layer; rec->p stays NULL if it is not IPv6. */
static enum pcap_err
take(uint32_t linktype, struct rbuf *r, struct pcap_rec *rec)
{
	size_t	 i = link_of(linktype);

	if (i == NLINKS)
		return (PCAP_E_LINKTYPE);
	if (links[i].skip(r) && !r->bad) {
		rec->len = rbuf_left(r);
		rec->p = rbuf_ptr(r, rec->len);
	}
	return (PCAP_OK);
}

/* ---------------------------------------------------------------- pcapng */

/*
 * The next block: its type, and its body.  A section header says by itself
 * which byte order it has.
 */
static enum pcap_err
ng_block(struct pcap *c, uint32_t *type, struct rbuf *body)
{
	struct rbuf	 order;
	uint32_t	 len;

	*type = rbuf_u32(&c->r);
	if (*type == NG_SECTION) {
		order = c->r;
		rbuf_u32(&order);
		c->swap = rbuf_u32(&order) == swap32(NG_ORDER);
	} else if (c->swap)
		*type = swap32(*type);
	len = field(c, &c->r);
	if (c->r.bad)
		return (PCAP_E_TRUNCATED);
	if (len < 12 || len % 4 != 0)
		return (PCAP_E_BLOCK);
	if (!rbuf_sub(&c->r, body, len - 12))
		return (PCAP_E_TRUNCATED);
	if (field(c, &c->r) != len)
		return (c->r.bad ? PCAP_E_TRUNCATED : PCAP_E_BLOCK);
	return (PCAP_OK);
}

static enum pcap_err
ng_section(struct pcap *c, struct rbuf *b)
{
	c->nifaces = 0;
	if (field(c, b) != NG_ORDER || field16(c, b) != 1 || b->bad)
		return (PCAP_E_BLOCK);
	return (PCAP_OK);
}

static enum pcap_err
ng_interface(struct pcap *c, struct rbuf *b)
{
	struct pcap_iface	*ifc = &c->ifaces[c->nifaces];
	struct rbuf		 value;
	uint16_t		 option, len;

	if (c->nifaces == PCAP_IFACES_MAX)
		return (PCAP_E_IFACES);
	ifc->linktype = field16(c, b);
	field16(c, b);
	ifc->snaplen = field(c, b);
	ifc->resolution = NG_MICRO;
	if (b->bad)
		return (PCAP_E_BLOCK);
	c->nifaces++;
	while (rbuf_left(b) >= 4) {
		option = field16(c, b);
		len = field16(c, b);
		if (option == NG_OPT_END)
			break;
		if (!rbuf_sub(b, &value, (len + 3U) & ~3U))
			return (PCAP_E_BLOCK);
		if (option == NG_OPT_TSRESOL && len == 1)
			ifc->resolution = rbuf_u8(&value);
	}
	return (PCAP_OK);
}

/* Units of 10^-n s, or with the highest bit 2^-n s, as s and ns. */
static void
ng_time(uint8_t resolution, uint64_t t, struct pcap_rec *rec)
{
	unsigned int	 n = resolution & 0x7f, i;
	uint64_t	 unit = 1, rest;

	if ((resolution & 0x80) != 0) {
		if (n > 63)
			return;
		rec->sec = (uint32_t)(t >> n);
		rest = n == 0 ? 0 : t & (UINT64_MAX >> (64 - n));
		if (n > 30) {
			rest >>= n - 30;
			n = 30;
		}
		rec->nsec = (uint32_t)(rest * 1000000000U >> n);
		return;
	}
	if (n > 19)
		return;
	for (i = 0; i < n; i++)
		unit *= 10;
	rec->sec = (uint32_t)(t / unit);
	rest = t % unit;
	for (; n < 9; n++)
		rest *= 10;
	for (; n > 9; n--)
		rest /= 10;
	rec->nsec = (uint32_t)rest;
}

/* A block with a packet, of one of the three types. */
static enum pcap_err
ng_packet(struct pcap *c, uint32_t type, struct rbuf *b, struct pcap_rec *rec)
{
	const struct pcap_iface	*ifc;
	struct rbuf		 r;
	uint64_t		 t = 0;
	uint32_t		 i = 0, len, orig;

	if (type == NG_PACKET)
		i = field(c, b);
	else if (type == NG_OLD_PACKET) {
		i = field16(c, b);
		field16(c, b);		/* drops */
	}
	if (i >= c->nifaces)
		return (PCAP_E_BLOCK);
	ifc = &c->ifaces[i];
	if (type == NG_SIMPLE) {
		orig = len = field(c, b);
		if (ifc->snaplen != 0 && len > ifc->snaplen)
			len = ifc->snaplen;
	} else {
		t = (uint64_t)field(c, b) << 32;
		t |= field(c, b);
		len = field(c, b);
		orig = field(c, b);
	}
	if (b->bad || !rbuf_sub(b, &r, len))
		return (PCAP_E_BLOCK);
	ng_time(ifc->resolution, t, rec);
	rec->cut = len < orig;
	c->linktype = ifc->linktype;
	return (take(c->linktype, &r, rec));
}

static enum pcap_err
ng_next(struct pcap *c, struct pcap_rec *rec)
{
	struct rbuf	 body;
	enum pcap_err	 e;
	uint32_t	 type;

	while (!rbuf_done(&c->r)) {
		if ((e = ng_block(c, &type, &body)) != PCAP_OK)
			return (e);
		if (type == NG_PACKET || type == NG_OLD_PACKET ||
		    type == NG_SIMPLE)
			return (ng_packet(c, type, &body, rec));
		if (type == NG_SECTION)
			e = ng_section(c, &body);
		else if (type == NG_INTERFACE)
			e = ng_interface(c, &body);
		if (e != PCAP_OK)
			return (e);
	}
	return (PCAP_END);
}

/* ----------------------------------------------------------------- files */

/*
 * Start reading the capture file of len octets at p, which stays the caller's.
 */
enum pcap_err
pcap_open(struct pcap *c, const void *p, size_t len)
{
	uint32_t	 magic;

	memset(c, 0, sizeof(*c));
	rbuf_init(&c->r, p, len);
	magic = rbuf_u32(&c->r);
	if (!c->r.bad && magic == NG_SECTION) {
		c->ng = true;
		rbuf_init(&c->r, p, len);
		return (PCAP_OK);
	}
	c->swap = magic == swap32(MAGIC_MICRO) || magic == swap32(MAGIC_NANO);
	if (c->swap)
		magic = swap32(magic);
	if (c->r.bad || (magic != MAGIC_MICRO && magic != MAGIC_NANO))
		return (PCAP_E_MAGIC);
	c->nano = magic == MAGIC_NANO;
	rbuf_ptr(&c->r, 16);		/* version, zone, sigfigs, snaplen */
	c->linktype = field(c, &c->r) & 0x0fffffff; /* above: FCS length */
	if (c->r.bad)
		return (PCAP_E_TRUNCATED);
	return (link_of(c->linktype) == NLINKS ? PCAP_E_LINKTYPE : PCAP_OK);
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
	if (c->ng)
		return (ng_next(c, rec));
	if (rbuf_done(&c->r))
		return (PCAP_END);
	rec->sec = field(c, &c->r);
	rec->nsec = field(c, &c->r);
	if (!c->nano)
		rec->nsec *= 1000;
	len = field(c, &c->r);
	orig = field(c, &c->r);
	if (c->r.bad || !rbuf_sub(&c->r, &r, len))
		return (PCAP_E_TRUNCATED);
	rec->cut = len < orig;
	return (take(c->linktype, &r, rec));
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
