/*
 * Packets in words, on one line or a line per field, for mip6ctl decode and
 * the tests.  It goes through a packet with the same parsers that the daemon
 * acts by, also into tunnels and into what ICMPv6 errors quote.  Pure: writes
 * into a buffer of the caller.
 */
#include <string.h>

#include "wire/cksum.h"
#include "wire/icmp6.h"
#include "wire/ip6.h"
#include "wire/mh.h"
#include "wire/print.h"

#define	MAXDEPTH	4		/* of packets in packets */

/* A packet on its way to text. */
struct printer {
	struct text	 t;
	enum print_mode	 mode;
	unsigned int	 nheaders;
};

static void print_ip6(struct printer *, const uint8_t *, size_t, int,
    unsigned int);

static void
printer_init(struct printer *pr, char *buf, size_t cap, enum print_mode mode)
{
	text_init(&pr->t, buf, cap);
	pr->mode = mode;
	pr->nheaders = 0;
	if (mode == PRINT_FIELDS) {
		pr->t.sep = "\n    ";
		pr->t.colon = ": ";
	}
}

/* Start a header: behind a comma on the one line, or on a line of its own. */
static void
header(struct printer *pr, const char *name)
{
	if (pr->nheaders++ != 0)
		text_add(&pr->t, pr->mode == PRINT_LINE ? ", " : "\n");
	text_add(&pr->t, "%s", name);
}

static void
checksum(struct printer *pr, bool ok)
{
	if (!ok || pr->mode == PRINT_FIELDS)
		text_field(&pr->t, "checksum", "%s", ok ? "ok" : "BAD");
}

static void
malformed(struct printer *pr, const char *why, size_t off)
{
	text_field(&pr->t, "MALFORMED", "%s at octet %zu", why, off);
}

static void
mh_message(struct printer *pr, const uint8_t *p, size_t len,
    const struct in6_addr *src, const struct in6_addr *dst)
{
	const struct mh_row	*row;
	struct mh		 m;
	enum mh_err		 e;
	uint8_t			 i;

	e = mh_parse(&m, p, len);
	row = mh_row(m.type);
	header(pr, "mh");
	if (e == MH_E_SHORT) {
		malformed(pr, mh_err_name(e), m.err_off);
		return;
	}
	if (row == NULL)
		text_field(&pr->t, "type", "%u (unknown)", m.type);
	else
		text_field(&pr->t, "type", "%s",
		    pr->mode == PRINT_LINE ? row->name : row->title);
	if (src != NULL)
		checksum(pr, mh_checksum_ok(p, len, src, dst));
	if (e == MH_E_TYPE) {
		text_field(&pr->t, "data", "%s", "");
		text_hex(&pr->t, m.raw, m.rawlen, 32);
		return;
	}
	if (e != MH_E_PROTO && e != MH_E_HLEN) {
		row->print(&pr->t, &m);
		for (i = 0; i < m.nopts; i++) {
			text_add(&pr->t, "%s", pr->t.sep);
			mhopt_print(&pr->t, &m.opt[i]);
		}
	}
	if (e != MH_OK)
		malformed(pr, mh_err_name(e), m.err_off);
}

static void
icmp6_message(struct printer *pr, const uint8_t *p, size_t len,
    const struct in6_addr *src, const struct in6_addr *dst, bool cut,
    unsigned int depth)
{
	struct icmp6	 m;
	enum icmp6_err	 e;
	const char	*name;

	e = icmp6_parse(&m, p, len);
	header(pr, "icmp6");
	name = icmp6_type_name(m.type);
	if (name == NULL)
		text_field(&pr->t, "type", "%u", m.type);
	else
		text_field(&pr->t, "type", "%s", name);
	if (src != NULL && !cut)
		checksum(pr, icmp6_checksum_ok(p, len, src, dst));
	if (e == ICMP6_E_SHORT || (e != ICMP6_OK && e != ICMP6_E_TYPE)) {
		if (!cut)
			malformed(pr, icmp6_err_name(e), m.err_off);
		return;
	}
	icmp6_print(&pr->t, &m);
	if (m.type < 128 && name != NULL && depth < MAXDEPTH)
		print_ip6(pr, m.u.err.quoted, m.u.err.len, IP6_W_QUOTED,
		    depth + 1);
}

/*
 * The extension headers that the walk found, one of each kind, in an order that
 * is fixed and may not be the packet's.
 */
static void
extensions(struct printer *pr, const struct ip6_walk *w)
{
	struct in6_addr	 a;

	if (w->hbh != 0)
		header(pr, "hop-by-hop");
	if (w->rh != 0) {
		header(pr, "routing");
		text_field(&pr->t, "type", "%u", w->rh_type);
		text_field(&pr->t, "segments-left", "%u", w->rh_left);
	}
	if (w->rh2 != 0) {
		header(pr, "rh2");
		a = ip6_rh2_addr(w);
		text_field_addr(&pr->t, "home", &a);
	}
	if (w->dst != 0)
		header(pr, "dstopts");
	if (w->hao != 0) {
		a = ip6_hao_addr(w);
		text_field_addr(&pr->t, "home", &a);
	}
	if (w->limit != 0)
		text_field(&pr->t, "tunnel-limit", "%u", w->p[w->limit + 2]);
	if (w->frag != 0) {
		header(pr, "fragment");
		text_field(&pr->t, "id", "%08x", w->frag_id);
		text_field(&pr->t, "offset", "%u", w->frag_off);
		text_field(&pr->t, "more", "%d", w->frag_more);
	}
	if (w->ah != 0)
		header(pr, "ah");
	if (w->ah != 0 && w->esp == 0)
		text_field(&pr->t, "spi", "%08x", w->spi);
}

/* What follows the extension headers. */
static void
upper(struct printer *pr, const struct ip6_walk *w, int flags,
    unsigned int depth)
{
	const uint8_t	*p = w->p + w->upper;
	struct in6_addr	 src, dst;
	size_t		 len = w->len - w->upper;
	bool		 whole = w->frag == 0 && !(flags & IP6_W_QUOTED);

	src = w->hao != 0 ? ip6_hao_addr(w) : ip6_src(w->p);
	dst = w->rh2 != 0 ? ip6_rh2_addr(w) : ip6_dst(w->p);
	if (w->nonfirst || w->cut || (!whole && len < 8)) {
		header(pr, ip6_proto_name(w->proto));
		text_field(&pr->t, "octets", "%zu", len);
	} else if (w->proto == IP6_P_MH)
		mh_message(pr, p, len, whole ? &src : NULL, &dst);
	else if (w->proto == IP6_P_ICMPV6)
		icmp6_message(pr, p, len, whole ? &src : NULL, &dst, !whole,
		    depth);
	else if (w->proto == IP6_P_IPV6 && depth < MAXDEPTH)
		print_ip6(pr, p, len, flags, depth + 1);
	else if (w->esp != 0) {
		header(pr, "esp");
		text_field(&pr->t, "spi", "%08x", w->spi);
		text_field(&pr->t, "octets", "%zu", len);
	} else {
		header(pr, ip6_proto_name(w->proto));
		if (w->proto == IP6_P_TCP || w->proto == IP6_P_UDP) {
			if (len >= 4) {
				text_field(&pr->t, "source-port", "%u",
				    p[0] << 8 | p[1]);
				text_field(&pr->t, "destination-port", "%u",
				    p[2] << 8 | p[3]);
			}
		} else if (w->proto != IP6_P_NONE)
			text_field(&pr->t, "protocol", "%u", w->proto);
		text_field(&pr->t, "octets", "%zu", len);
	}
}

static void
print_ip6(struct printer *pr, const uint8_t *p, size_t len, int flags,
    unsigned int depth)
{
	struct ip6_walk	 w;
	struct in6_addr	 src, dst;
	enum ip6_err	 e;

	e = ip6_walk(&w, p, len, flags);
	header(pr, depth == 0 ? "ip6" :
	    flags & IP6_W_QUOTED ? "quoted" : "inner");
	if (e == IP6_E_SHORT || e == IP6_E_VERSION) {
		malformed(pr, ip6_err_name(e), w.err_off);
		return;
	}
	src = ip6_src(p);
	dst = ip6_dst(p);
	if (pr->mode == PRINT_LINE) {
		text_add(&pr->t, " ");
		text_addr(&pr->t, &src);
		text_add(&pr->t, " > ");
		text_addr(&pr->t, &dst);
	} else {
		text_field_addr(&pr->t, "source", &src);
		text_field_addr(&pr->t, "destination", &dst);
		text_field(&pr->t, "traffic-class", "0x%02x", ip6_tclass(p));
		text_field(&pr->t, "flow-label", "0x%05x", ip6_flow(p));
		text_field(&pr->t, "hop-limit", "%u", p[IP6_OFF_HLIM]);
		text_field(&pr->t, "payload-length", "%u", ip6_plen(p));
	}
	if (e == IP6_E_LENGTH) {
		malformed(pr, ip6_err_name(e), w.err_off);
		return;
	}
	extensions(pr, &w);
	if (e != IP6_OK)
		malformed(pr, ip6_err_name(e), w.err_off);
	else
		upper(pr, &w, flags, depth);
}

/*
 * Print the IPv6 packet of len octets at p into cap characters at buf, without
 * a newline at the end.  Returns the length of the text, which is cut off if
 * there is no room.
 */
size_t
print_packet(char *buf, size_t cap, const void *p, size_t len,
    enum print_mode mode)
{
	struct printer	 pr;

	printer_init(&pr, buf, cap, mode);
	print_ip6(&pr, p, len, 0, 0);
	return (pr.t.off);
}

/*
 * The same for a Mobility Header alone.  src and dst, the addresses of its
 * pseudo-header, may be NULL: then the checksum isn't looked at.
 */
size_t
print_mh(char *buf, size_t cap, const void *p, size_t len,
    const struct in6_addr *src, const struct in6_addr *dst,
    enum print_mode mode)
{
	struct printer	 pr;

	printer_init(&pr, buf, cap, mode);
	mh_message(&pr, p, len, dst == NULL ? NULL : src, dst);
	return (pr.t.off);
}

/* The same for an ICMPv6 message alone. */
size_t
print_icmp6(char *buf, size_t cap, const void *p, size_t len,
    const struct in6_addr *src, const struct in6_addr *dst,
    enum print_mode mode)
{
	struct printer	 pr;

	printer_init(&pr, buf, cap, mode);
	icmp6_message(&pr, p, len, dst == NULL ? NULL : src, dst, false, 0);
	return (pr.t.off);
}
