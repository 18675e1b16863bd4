/*
 * The fixed fields of the messages of RFC 6275 6.1.2-6.1.9, and how they are
 * parsed, built and printed; mh.def has the row of each.  Only wire/mh.c and
 * wire/print.c call the functions of a row.
 */
#include <string.h>

#include "wire/mh.h"

/* What the status of a Binding Acknowledgement is called; static. */
const char *
mh_status_name(uint8_t status)
{
	static const struct {
		uint8_t		 status;
		const char	*name;
	} names[] = {
		{ MH_ST_ACCEPTED, "accepted" },
		{ MH_ST_PREFIX_DISCOVERY,
		    "accepted but prefix discovery necessary" },
		{ MH_ST_UNSPECIFIED, "reason unspecified" },
		{ MH_ST_PROHIBITED, "administratively prohibited" },
		{ MH_ST_RESOURCES, "insufficient resources" },
		{ MH_ST_NO_HOME_REG, "home registration not supported" },
		{ MH_ST_NOT_HOME_SUBNET, "not home subnet" },
		{ MH_ST_NOT_HA, "not home agent for this mobile node" },
		{ MH_ST_DAD_FAILED, "duplicate address detection failed" },
		{ MH_ST_SEQUENCE, "sequence number out of window" },
		{ MH_ST_HOME_NONCE, "expired home nonce index" },
		{ MH_ST_CAREOF_NONCE, "expired care-of nonce index" },
		{ MH_ST_NONCES, "expired nonces" },
		{ MH_ST_TYPE_CHANGE, "registration type change disallowed" },
		{ MH_ST_ID_MISMATCH, "timestamp mismatch" },
		{ MH_ST_MESG_ID_REQD, "timestamp required" },
		{ MH_ST_AUTH_FAIL, "authentication failed" },
		{ MH_ST_NO_PHKT, "permanent home keygen token unavailable" },
		{ MH_ST_CGA_FAILED, "CGA and signature verification failed" },
		{ MH_ST_PHKT_EXISTS, "permanent home keygen token exists" },
		{ MH_ST_HOME_NONCE_ZERO, "non-null home nonce index expected" },
		{ MH_ST_BAD_CAREOF, "invalid care-of address" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].status == status)
			return (names[i].name);
	return ("of no RFC known here");
}

static void
parse_brr(struct rbuf *r, struct mh *m)
{
	(void)m;
	rbuf_u16(r);			/* Reserved */
}

static void
build_brr(struct wbuf *w, const struct mh *m)
{
	(void)m;
	wbuf_u16(w, 0);
}

static void
print_brr(struct text *t, const struct mh *m)
{
	(void)t;
	(void)m;
}

static void
parse_init(struct rbuf *r, struct mh *m)
{
	rbuf_u16(r);			/* Reserved */
	m->u.init.cookie = rbuf_u64(r);
}

static void
build_init(struct wbuf *w, const struct mh *m)
{
	wbuf_u16(w, 0);
	wbuf_u64(w, m->u.init.cookie);
}

static void
print_init(struct text *t, const struct mh *m)
{
	text_field(t, "cookie", "%016llx",
	    (unsigned long long)m->u.init.cookie);
}

static void
parse_test(struct rbuf *r, struct mh *m)
{
	m->u.test.nonce_index = rbuf_u16(r);
	m->u.test.cookie = rbuf_u64(r);
	m->u.test.token = rbuf_u64(r);
}

static void
build_test(struct wbuf *w, const struct mh *m)
{
	wbuf_u16(w, m->u.test.nonce_index);
	wbuf_u64(w, m->u.test.cookie);
	wbuf_u64(w, m->u.test.token);
}

/* The token is half of a key: not printed. */
static void
print_test(struct text *t, const struct mh *m)
{
	text_field(t, "nonce-index", "%u", m->u.test.nonce_index);
	text_field(t, "cookie", "%016llx",
	    (unsigned long long)m->u.test.cookie);
}

static void
parse_bu(struct rbuf *r, struct mh *m)
{
	m->u.bu.seq = rbuf_u16(r);
	m->u.bu.flags = rbuf_u16(r);
	m->u.bu.lifetime = rbuf_u16(r);
}

static void
build_bu(struct wbuf *w, const struct mh *m)
{
	wbuf_u16(w, m->u.bu.seq);
	wbuf_u16(w, m->u.bu.flags);
	wbuf_u16(w, m->u.bu.lifetime);
}

static void
print_bu(struct text *t, const struct mh *m)
{
	uint16_t	 f = m->u.bu.flags;

	text_field(t, "seq", "%u", m->u.bu.seq);
	text_field(t, "flags", "%s%s%s%s%s",
	    f & MH_BU_A ? "A" : "", f & MH_BU_H ? "H" : "",
	    f & MH_BU_L ? "L" : "", f & MH_BU_K ? "K" : "",
	    f & (MH_BU_A | MH_BU_H | MH_BU_L | MH_BU_K) ? "" : "-");
	text_field(t, "lifetime", "%us", m->u.bu.lifetime * MH_LIFETIME_UNIT);
}

static void
parse_ba(struct rbuf *r, struct mh *m)
{
	m->u.ba.status = rbuf_u8(r);
	m->u.ba.flags = rbuf_u8(r);
	m->u.ba.seq = rbuf_u16(r);
	m->u.ba.lifetime = rbuf_u16(r);
}

static void
build_ba(struct wbuf *w, const struct mh *m)
{
	wbuf_u8(w, m->u.ba.status);
	wbuf_u8(w, m->u.ba.flags);
	wbuf_u16(w, m->u.ba.seq);
	wbuf_u16(w, m->u.ba.lifetime);
}

static void
print_ba(struct text *t, const struct mh *m)
{
	text_field(t, "status", "%u (%s)", m->u.ba.status,
	    mh_status_name(m->u.ba.status));
	text_field(t, "seq", "%u", m->u.ba.seq);
	text_field(t, "flags", "%s", m->u.ba.flags & MH_BA_K ? "K" : "-");
	text_field(t, "lifetime", "%us", m->u.ba.lifetime * MH_LIFETIME_UNIT);
}

static void
parse_be(struct rbuf *r, struct mh *m)
{
	m->u.be.status = rbuf_u8(r);
	rbuf_u8(r);			/* Reserved */
	rbuf_bytes(r, &m->u.be.home, sizeof(m->u.be.home));
}

static void
build_be(struct wbuf *w, const struct mh *m)
{
	wbuf_u8(w, m->u.be.status);
	wbuf_u8(w, 0);
	wbuf_bytes(w, &m->u.be.home, sizeof(m->u.be.home));
}

static void
print_be(struct text *t, const struct mh *m)
{
	text_field(t, "status", "%u (%s)", m->u.be.status,
	    m->u.be.status == MH_BE_UNKNOWN_BINDING ? "unknown binding" :
	    m->u.be.status == MH_BE_UNKNOWN_TYPE ? "unknown type" : "?");
	text_field_addr(t, "home", &m->u.be.home);
}

static const struct mh_row rows[] = {
#define MESSAGE(id, number, hlen, name, title, codec) \
	{ MH_##id, hlen, name, title, parse_##codec, build_##codec, \
	    print_##codec },
#include "wire/mh.def"
};

/* The row of a message type; NULL if the type is not known. */
const struct mh_row *
mh_row(uint8_t type)
{
	size_t	 i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return (&rows[i]);
	return (NULL);
}
