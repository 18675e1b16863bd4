/*
 * The encapsulations that paths may have, as rows: IPv6 in IPv6 (RFC 2473),
 * and the two ways of Mobile IPv6 to do without, the type 2 routing header
 * (RFC 6275 6.4) and the Home Address option (6.3).  A row knows octets; who
 * may use it, path MTUs and counts are for entry_point.c and exit_point.c,
 * which ask the row.  Pure.
 */
#include "net/encap.h"
#include "wire/ip6.h"

#define HOP_LIMIT	64	/* RFC 2473 6.3 */
#define RW_HEADER	24	/* of an HAO or RH2 that is inserted */

/* RFC 2473 4.1.1, 6.6: a limit is added, or passed on from the packet. */
static size_t
ip6_overhead(int16_t limit, const struct ip6_walk *w)
{
	return (limit >= 0 || (w != NULL && w->limit != 0) ?
	    IP6_HDRLEN + RW_LIMIT_LEN : IP6_HDRLEN);
}

static enum rw_err
ip6_build(const struct fwd_path *path, int16_t limit, struct pkt *p,
    const struct ip6_walk *w)
{
	struct rw_tunnel	 outer = { .src = path->local,
				    .dst = path->remote,
				    .hop_limit = HOP_LIMIT, .dscp = -1,
				    .limit = limit, .flow = 0 };

	return (rw_encap(p, w, &outer));
}

/* The kernel has taken off all that was in front. */
static bool
ip6_parse(struct pkt *p)
{
	return (p->len >= IP6_HDRLEN && p->len <= UINT16_MAX &&
	    pkt_data(p)[0] >> 4 == 6);
}

static size_t
header_overhead(int16_t limit, const struct ip6_walk *w)
{
	(void)limit;
	(void)w;
	return (RW_HEADER);
}

static enum rw_err
rh2_build(const struct fwd_path *path, int16_t limit, struct pkt *p,
    const struct ip6_walk *w)
{
	(void)limit;
	return (rw_rh2_insert(p, w, &path->remote));
}

static enum rw_err
hao_build(const struct fwd_path *path, int16_t limit, struct pkt *p,
    const struct ip6_walk *w)
{
	(void)limit;
	return (rw_hao_insert(p, w, &path->local));
}

const struct encap	 encaps[ENCAP_MAX] = {
	[ENCAP_IP6] = { ip6_overhead, ip6_build, ip6_parse, NC_ENCAPSULATED },
	[ENCAP_RH2] = { header_overhead, rh2_build, NULL, NC_ROUTE_OUT },
	[ENCAP_HAO] = { header_overhead, hao_build, NULL, NC_HAO_OUT },
};
