/*
 * Builds PF_KEY messages from struct pfkey_msg, as the kernel of a dialect
 * expects them (RFC 2367 2).  What that kernel would refuse, or change without
 * a word, is refused here.  How each extension is written is in ext.c.  Owns
 * nothing; called by the client for each request, and by whoever sends
 * messages himself.
 */
#include <string.h>

#include "libpfkey/internal.h"

/* Overwrite n bytes at p in a way that the compiler must not leave out. */
void
pfkey_wipe(void *p, size_t n)
{
	volatile uint8_t	*v = p;

	while (n-- > 0)
		*v++ = 0;
}

/* One extension: header, content, padding to eight bytes. */
static enum pfkey_error
build_ext(const struct pfkey_dialect *d, enum pfkey_ext x, struct out *o,
    const struct pfkey_msg *m)
{
	const struct ext_row	*row = &pfkey_ext_rows[x];
	size_t			 start = o->off, len;
	enum pfkey_error	 e;

	if (d->exts[x] == 0)
		return (PFKEY_E_UNSUPPORTED);
	out_u16(o, 0);
	out_u16(o, d->exts[x]);
	e = row->build(d, o, m, (const uint8_t *)m + row->field);
	if (e != PFKEY_OK)
		return (e);
	out_zero(o, (8 - (o->off - start) % 8) % 8);
	len = o->off - start;
	if (o->bad || len / 8 > UINT16_MAX)
		return (PFKEY_E_NO_ROOM);
	if (len < row->min || (row->max != 0 && len > row->max) ||
	    (len - row->min) % row->unit != 0)
		return (PFKEY_E_EXT_LENGTH);
	out_put16(o, start, (uint16_t)(len / 8));
	return (PFKEY_OK);
}

static enum pfkey_error
build_all(const struct pfkey_dialect *d, const struct pfkey_msg *m,
    struct out *o)
{
	enum pfkey_error	 e;
	unsigned int		 x;
	uint64_t		 need;
	uint8_t			 satype;

	if (m->type <= PFKEY_T_NONE || m->type >= PFKEY_T_MAX)
		return (PFKEY_E_TYPE);
	if (d->types[m->type] == 0 ||
	    !pfkey_to_wire(d->satypes, NSATYPES, m->satype, &satype))
		return (PFKEY_E_UNSUPPORTED);
	need = pfkey_type_rows[m->type].need;
	if (m->errnum == 0 && (m->present & need) != need)
		return (PFKEY_E_MISSING);
	out_u8(o, PF_KEY_VERSION);
	out_u8(o, d->types[m->type]);
	out_u8(o, m->errnum);
	out_u8(o, satype);
	out_zero(o, 4);
	out_u32(o, m->seq);
	out_u32(o, m->pid);
	for (x = PFKEY_X_SA; x < PFKEY_X_MAX; x++)
		if (PFKEY_HAS(m, x) &&
		    (e = build_ext(d, x, o, m)) != PFKEY_OK)
			return (e);
	if (o->bad || o->off / 8 > UINT16_MAX)
		return (PFKEY_E_NO_ROOM);
	out_put16(o, 4, (uint16_t)(o->off / 8));
	return (PFKEY_OK);
}

/*
 * Build m as a system of dialect d (NULL: this one) expects it, into the cap
 * bytes at p; *len becomes its length.  Extensions come in the order of their
 * numbers.  What the system would refuse or silently change is refused here.
 * After an error nothing of a key is left at p.  RFC 2367 section 2.
 */
enum pfkey_error
pfkey_build(const struct pfkey_dialect *d, const struct pfkey_msg *m, void *p,
    size_t cap, size_t *len)
{
	enum pfkey_error	 e;
	struct out		 o;

	if (d == NULL)
		d = pfkey_dialect(NULL);
	*len = 0;
	out_init(&o, p, cap);
	if ((e = build_all(d, m, &o)) != PFKEY_OK) {
		pfkey_wipe(p, o.off);
		return (e);
	}
	*len = o.off;
	return (PFKEY_OK);
}
