/*
 * Traffic selectors of RFC 6088: ranges of addresses, SPIs, flow labels, ports,
 * traffic classes and protocols, and what of them a packet shows.  Extension
 * headers have been walked through before, no more than IP6_MAXHDRS of them: a
 * packet with more, or with wrong ones, shows no ports.  Pure; flow.c calls it,
 * and net.c for people.
 */
#include <string.h>

#include "net/selector.h"
#include "wire/ip6.h"
#include "wire/text.h"

#define DSCP_MASK	0xfc		/* the rest is not compared: RFC 6088 */
#define LABEL_MASK	0xffffff	/* as many bits as RFC 6088 has */
#define PORTS		4		/* octets, of both */

static bool
addrs_ordered(const struct in6_addr v[2])
{
	return (memcmp(&v[0], &v[1], sizeof(v[0])) <= 0);
}

/*
 * Take the selector of a message; false: a range ends before it begins.
 */
bool
selector_set(struct selector *s, const struct msg_flow *m)
{
	memset(s, 0, sizeof(*s));
	s->given = m->given;
	s->src[0] = m->src_first;
	s->src[1] = m->src_last;
	s->dst[0] = m->dst_first;
	s->dst[1] = m->dst_last;
	s->spi[0] = m->spi_first;
	s->spi[1] = m->spi_last;
	s->label[0] = m->label_first & LABEL_MASK;
	s->label[1] = m->label_last & LABEL_MASK;
	s->sport[0] = m->sport_first;
	s->sport[1] = m->sport_last;
	s->dport[0] = m->dport_first;
	s->dport[1] = m->dport_last;
	s->tclass[0] = m->tclass_first & DSCP_MASK;
	s->tclass[1] = m->tclass_last & DSCP_MASK;
	s->proto[0] = m->proto_first;
	s->proto[1] = m->proto_last;
	return (addrs_ordered(s->src) && addrs_ordered(s->dst) &&
	    s->spi[0] <= s->spi[1] && s->label[0] <= s->label[1] &&
	    s->sport[0] <= s->sport[1] && s->dport[0] <= s->dport[1] &&
	    s->tclass[0] <= s->tclass[1] && s->proto[0] <= s->proto[1]);
}

/* The same, as a message has it. */
void
selector_get(const struct selector *s, struct msg_flow *m)
{
	m->given = s->given;
	m->src_first = s->src[0];
	m->src_last = s->src[1];
	m->dst_first = s->dst[0];
	m->dst_last = s->dst[1];
	m->spi_first = s->spi[0];
	m->spi_last = s->spi[1];
	m->label_first = s->label[0];
	m->label_last = s->label[1];
	m->sport_first = s->sport[0];
	m->sport_last = s->sport[1];
	m->dport_first = s->dport[0];
	m->dport_last = s->dport[1];
	m->tclass_first = s->tclass[0];
	m->tclass_last = s->tclass[1];
	m->proto_first = s->proto[0];
	m->proto_last = s->proto[1];
}

/* A name and its range; the next one has a space in front. */
static void
addrs_text(struct text *t, const char *name, const struct in6_addr *first,
    const struct in6_addr *last)
{
	text_field_addr(t, name, first);
	t->sep = " ";
	if (in6_eq(first, last))
		return;
	text_add(t, "-");
	text_addr(t, last);
}

static void
range_text(struct text *t, const char *name, uint32_t first, uint32_t last,
    bool hex)
{
	text_field(t, name, hex ? "0x%x" : "%u", first);
	t->sep = " ";
	if (first != last)
		text_add(t, hex ? "-0x%x" : "-%u", last);
}

/* What it asks for, for people, as "dport 80-88 proto 6". */
void
selector_text(const struct msg_flow *m, struct text *t)
{
	const struct {
		uint8_t		 bit;
		const char	*name;
		uint32_t	 first, last;
		bool		 hex;
	}	 ranges[] = {
		{ FLOW_BY_SPI, "spi", m->spi_first, m->spi_last, true },
		{ FLOW_BY_LABEL, "label", m->label_first, m->label_last, true },
		{ FLOW_BY_SPORT, "sport", m->sport_first, m->sport_last,
		    false },
		{ FLOW_BY_DPORT, "dport", m->dport_first, m->dport_last,
		    false },
		{ FLOW_BY_TCLASS, "tclass", m->tclass_first, m->tclass_last,
		    true },
		{ FLOW_BY_PROTO, "proto", m->proto_first, m->proto_last,
		    false },
	};
	size_t	 i;

	t->sep = "";
	if (m->given == 0)
		text_add(t, "any packet");
	if ((m->given & FLOW_BY_SRC) != 0)
		addrs_text(t, "src", &m->src_first, &m->src_last);
	if ((m->given & FLOW_BY_DST) != 0)
		addrs_text(t, "dst", &m->dst_first, &m->dst_last);
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if ((m->given & ranges[i].bit) != 0)
			range_text(t, ranges[i].name, ranges[i].first,
			    ranges[i].last, ranges[i].hex);
}

static bool
has_ports(uint8_t proto)
{
	static const uint8_t	 with[] = { IP6_P_TCP, IP6_P_UDP, 33 /* DCCP */,
				    132 /* SCTP */, 136 /* UDP-Lite */ };

	return (memchr(with, proto, sizeof(with)) != NULL);
}

/*
 * What the packet of the walk, which must be as it is now, shows.  The protocol
 * is the one behind all extension headers.  The middle of a payload has no
 * ports and no SPI.
 */
void
selector_read(struct flow_key *k, const struct ip6_walk *w)
{
	const uint8_t	*u = w->p + w->upper;

	memset(k, 0, sizeof(*k));
	k->shown = FLOW_BY_SRC | FLOW_BY_DST | FLOW_BY_LABEL | FLOW_BY_TCLASS |
	    FLOW_BY_PROTO;
	k->src = ip6_src(w->p);
	k->dst = ip6_dst(w->p);
	k->label = ip6_flow(w->p);
	k->tclass = ip6_tclass(w->p) & DSCP_MASK;
	k->proto = w->proto;
	if (w->nonfirst || w->cut)
		return;
	if (w->esp != 0) {
		k->shown |= FLOW_BY_SPI;
		k->spi = w->spi;
	} else if (has_ports(w->proto) && w->len >= w->upper + PORTS) {
		k->shown |= FLOW_BY_SPORT | FLOW_BY_DPORT;
		k->sport = (uint16_t)(u[0] << 8 | u[1]);
		k->dport = (uint16_t)(u[2] << 8 | u[3]);
	}
}

static bool
within(const struct in6_addr v[2], const struct in6_addr *a)
{
	return (memcmp(a, &v[0], sizeof(*a)) >= 0 &&
	    memcmp(a, &v[1], sizeof(*a)) <= 0);
}

/* Is all that the selector asks for shown, and in its ranges? */
bool
selector_fits(const struct selector *s, const struct flow_key *k)
{
	uint8_t	 g = s->given;

	return ((g & ~k->shown) == 0 &&
	    ((g & FLOW_BY_SRC) == 0 || within(s->src, &k->src)) &&
	    ((g & FLOW_BY_DST) == 0 || within(s->dst, &k->dst)) &&
	    ((g & FLOW_BY_SPI) == 0 ||
	    (k->spi >= s->spi[0] && k->spi <= s->spi[1])) &&
	    ((g & FLOW_BY_LABEL) == 0 ||
	    (k->label >= s->label[0] && k->label <= s->label[1])) &&
	    ((g & FLOW_BY_SPORT) == 0 ||
	    (k->sport >= s->sport[0] && k->sport <= s->sport[1])) &&
	    ((g & FLOW_BY_DPORT) == 0 ||
	    (k->dport >= s->dport[0] && k->dport <= s->dport[1])) &&
	    ((g & FLOW_BY_TCLASS) == 0 ||
	    (k->tclass >= s->tclass[0] && k->tclass <= s->tclass[1])) &&
	    ((g & FLOW_BY_PROTO) == 0 ||
	    (k->proto >= s->proto[0] && k->proto <= s->proto[1])));
}
