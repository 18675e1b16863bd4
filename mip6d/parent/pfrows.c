/*
 * The rows of mip6ctl show spd and show sad: what is shown of a policy and of
 * a security association.  Never a key, of which the rows have no more than
 * the length.  pfkey.c calls it for each entry of a dump.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/tables.h"
#include "parent/pfkey.h"

#define ADDR_TEXT	(INET6_ADDRSTRLEN + 16)	/* %scope or /prefix too */

/* A number by its name, or as it is. */
static const char *
named(char *out, size_t cap, enum pfkey_names what, unsigned int i)
{
	const char	*s = pfkey_name(what, i);

	if (s != NULL)
		snprintf(out, cap, "%s", s);
	else
		snprintf(out, cap, "%u", i & ~(unsigned int)PFKEY_RAW);
	return (out);
}

static void
put_named(struct report *rep, const char *field, enum pfkey_names what,
    unsigned int i)
{
	char	 s[32];

	report_str(rep, field, named(s, sizeof(s), what, i));
}

/* An address; plen -1: without the length of a prefix. */
static void
put_addr(struct report *rep, const char *field, const struct pfkey_addr *a,
    int plen)
{
	char	 s[ADDR_TEXT];
	size_t	 n;

	if ((a->family != AF_INET && a->family != AF_INET6) ||
	    inet_ntop(a->family, a->bytes, s, INET6_ADDRSTRLEN) == NULL)
		s[0] = '\0';
	n = strlen(s);
	if (a->family == AF_INET6 && a->scope != 0)
		n += (size_t)snprintf(s + n, sizeof(s) - n, "%%%" PRIu32,
		    a->scope);
	if (plen >= 0 && n < sizeof(s))
		snprintf(s + n, sizeof(s) - n, "/%d", plen);
	report_str(rep, field, s);
}

/* IANA's names of those that a policy of ours can have, as in protocols(5). */
static void
put_protocol(struct report *rep, uint8_t proto)
{
	static const struct {
		uint8_t		 proto;
		const char	*name;
	} names[] = {
		{ 0, "any" }, { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" },
		{ 41, "ipv6" }, { 50, "esp" }, { 51, "ah" }, { 58, "icmp6" },
		{ 132, "sctp" }, { 135, "mh" },
	};
	char	 s[8];
	size_t	 i;

	snprintf(s, sizeof(s), "%u", proto);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			snprintf(s, sizeof(s), "%s", names[i].name);
	report_str(rep, "protocol", s);
}

/* What was used of it so far; kernels tell times as seconds since 1970. */
static void
put_current(struct report *rep, const struct pfkey_lifetime *l)
{
	report_u64(rep, "bytes", l->bytes);
	report_u64(rep, "packets", l->allocations);
	if (l->addtime != 0)
		report_wall(rep, "added", (int64_t)l->addtime);
	if (l->usetime != 0)
		report_wall(rep, "used", (int64_t)l->usetime);
}

static void
put_limit(struct report *rep, const char *which,
    const struct pfkey_lifetime *l)
{
	char	 name[24];

	if (l->addtime != 0) {
		snprintf(name, sizeof(name), "%s_ms", which);
		report_ms(rep, name, l->addtime > INT64_MAX / 1000 ?
		    INT64_MAX : (int64_t)l->addtime * 1000);
	}
	if (l->usetime != 0) {
		snprintf(name, sizeof(name), "%s_use_ms", which);
		report_ms(rep, name, l->usetime > INT64_MAX / 1000 ?
		    INT64_MAX : (int64_t)l->usetime * 1000);
	}
	/* Linux tells "no limit" as the largest number. */
	if (l->bytes != 0 && l->bytes != UINT64_MAX) {
		snprintf(name, sizeof(name), "%s_bytes", which);
		report_u64(rep, name, l->bytes);
	}
	if (l->allocations != 0 && l->allocations != UINT32_MAX) {
		snprintf(name, sizeof(name), "%s_packets", which);
		report_u64(rep, name, l->allocations);
	}
}

/* The IPsec requests of a policy in one string. */
static void
put_requests(struct report *rep, const struct pfkey_policy *p)
{
	char		 s[1024] = "";
	unsigned int	 i;
	size_t		 n = 0;

	for (i = 0; i < p->nrequests && i < PFKEY_MAX_POLICY &&
	    n + 2 < sizeof(s); i++) {
		if (i > 0)
			s[n++] = ' ';
		n += pfkey_print_request(s + n, sizeof(s) - n,
		    &p->requests[i]);
	}
	report_str(rep, "requests", s);
}

/* RFC 4877 section 4.1: what the traffic is, and what becomes of it. */
void
pfkey_row_policy(struct report *rep, const struct pfkey_policy *p)
{
	const struct pfkey_selector	*s = &p->sel;

	report_row(rep, TABLE_POLICY);
	put_addr(rep, "source", &s->src, s->src_plen);
	put_named(rep, "direction", PFKEY_N_DIR, p->dir);
	put_named(rep, "action", PFKEY_N_ACTION, p->action);
	put_protocol(rep, s->proto);
	if (s->has_type)
		report_u64(rep, "type", s->type);
	put_addr(rep, "destination", &s->dst, s->dst_plen);
	report_u64(rep, "priority", p->priority);
	report_u64(rep, "id", p->id);
	put_requests(rep, p);
	if (s->has_type && s->code != 0)
		report_u64(rep, "code", s->code);
	if (s->sport != 0)
		report_u64(rep, "source_port", s->sport);
	if (s->dport != 0)
		report_u64(rep, "destination_port", s->dport);
	put_current(rep, &p->current);
	put_limit(rep, "soft", &p->soft);
	put_limit(rep, "hard", &p->hard);
	report_end(rep);
}

/* -bits of what goes into a packet, /bits of the key; 0: left out. */
static void
put_algorithm(struct report *rep, const char *field, enum pfkey_names what,
    unsigned int alg, unsigned int icv, uint16_t key)
{
	char	 s[32], out[64];
	size_t	 n;

	n = (size_t)snprintf(out, sizeof(out), "%s", named(s, sizeof(s), what,
	    alg));
	if (icv != 0)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "-%u", icv);
	if (key != 0)
		snprintf(out + n, sizeof(out) - n, "/%u", key);
	report_str(rep, field, out);
}

static void
put_flags(struct report *rep, const struct pfkey_sa *sa)
{
	char		 s[160] = "";
	const char	*name;
	unsigned int	 i;
	size_t		 n = 0;

	for (i = 0; i < 32; i++)
		if ((sa->flags & 1U << i) != 0 && n < sizeof(s) &&
		    (name = pfkey_name(PFKEY_N_FLAG, i)) != NULL)
			n += (size_t)snprintf(s + n, sizeof(s) - n, "%s%s",
			    n == 0 ? "" : " ", name);
	if (n > 0)
		report_str(rep, "flags", s);
	if (sa->flags_raw != 0)
		report_u64(rep, "flags_other", sa->flags_raw);
}

/* RFC 4301 section 4.4.2.1, but for the keys; icv in bits, 0: not known. */
void
pfkey_row_sa(struct report *rep, const struct pfkey_sa *sa, unsigned int icv)
{
	char	 spi[16];

	snprintf(spi, sizeof(spi), "0x%08" PRIx32, sa->spi);
	report_row(rep, TABLE_SA);
	put_addr(rep, "source", &sa->src, -1);
	put_named(rep, "protocol", PFKEY_N_SATYPE, sa->satype);
	report_str(rep, "spi", spi);
	put_named(rep, "mode", PFKEY_N_MODE, sa->mode);
	put_named(rep, "state", PFKEY_N_STATE, sa->state);
	report_u64(rep, "reqid", sa->reqid);
	put_addr(rep, "destination", &sa->dst, -1);
	put_algorithm(rep, "encryption", PFKEY_N_ENCRYPT, sa->encrypt,
	    0, sa->key_encrypt.bits);
	put_algorithm(rep, "authentication", PFKEY_N_AUTH, sa->auth,
	    icv, sa->key_auth.bits);
	if (icv != 0)
		report_u64(rep, "icv_bits", icv);
	report_u64(rep, "replay", sa->replay);
	put_flags(rep, sa);
	if (sa->natt_type != 0) {
		report_u64(rep, "udp_source", sa->natt_sport);
		report_u64(rep, "udp_destination", sa->natt_dport);
	}
	put_current(rep, &sa->current);
	put_limit(rep, "soft", &sa->soft);
	put_limit(rep, "hard", &sa->hard);
	report_end(rep);
}
