/*
 * The fixed fields of the eight message types of RFC 6275 6.1.2-6.1.9: a row
 * of a table for each has its name, its least Header Len, and how it is
 * parsed, built and printed.  A new type is a new row.  Only wire/mh.c and
 * wire/print.c call the functions of a row.
 */
#include <string.h>

#include "wire/mh.h"

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
	const char	*name = mh_status_name(m->u.ba.status);

	text_field(t, "status", "%u (%s)", m->u.ba.status,
	    name == NULL ? "?" : name);
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

/* By MH Type. */
static const struct mh_row rows[] = {
	{ MH_BRR, 0, "BRR", "Binding Refresh Request",
	    parse_brr, build_brr, print_brr },
	{ MH_HOTI, 1, "HoTI", "Home Test Init",
	    parse_init, build_init, print_init },
	{ MH_COTI, 1, "CoTI", "Care-of Test Init",
	    parse_init, build_init, print_init },
	{ MH_HOT, 2, "HoT", "Home Test",
	    parse_test, build_test, print_test },
	{ MH_COT, 2, "CoT", "Care-of Test",
	    parse_test, build_test, print_test },
	{ MH_BU, 1, "BU", "Binding Update",
	    parse_bu, build_bu, print_bu },
	{ MH_BA, 1, "BA", "Binding Acknowledgement",
	    parse_ba, build_ba, print_ba },
	{ MH_BE, 2, "BE", "Binding Error",
	    parse_be, build_be, print_be },
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
