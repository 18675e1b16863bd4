/* Neighbour discovery, time and events on the bench: part of mn_lab.h. */
#ifndef REGRESS_UNIT_MN_LAB_ND_H
#define REGRESS_UNIT_MN_LAB_ND_H

/* An RA with up to two prefixes (NULL: none), interval in ms (0: none). */
LAB void
lab_ra2(struct lab *l, uint32_t ifindex, const char *router,
    const char *prefix, const char *prefix2, uint32_t interval,
    uint16_t lifetime)
{
	const char		*p[2] = { prefix, prefix2 };
	struct msg_icmp6_in	 m;
	struct icmp6		 ra;
	struct nd_opt		*o;
	uint8_t			 buf[512], ll[6];
	int			 i;

	icmp6_init(&ra, ICMP6_T_RA);
	ra.u.ra.lifetime = lifetime;
	o = icmp6_add(&ra, ND_SLLA);
	memcpy(ll, "\2\0\0\1\1", 5);
	ll[5] = ip(router).s6_addr[15];
	o->data = ll;
	o->datalen = 6;
	for (i = 0; i < 2; i++) {
		if (p[i] == NULL)
			continue;
		o = icmp6_add(&ra, ND_PREFIX);
		o->u.prefix.len = 64;
		o->u.prefix.flags = ICMP6_PI_L | ICMP6_PI_A;
		o->u.prefix.valid = o->u.prefix.preferred = 3600;
		o->u.prefix.prefix = ip(p[i]);
	}
	if (interval > 0) {
		o = icmp6_add(&ra, ND_ADVINT);
		o->u.advint = interval;
	}
	memset(&m, 0, sizeof(m));
	m.src = ip(router);
	m.dst = in6_allnodes;
	m.ifindex = ifindex;
	m.hlim = 255;
	m.icmp6.len = icmp6_build(&ra, buf, sizeof(buf));
	ATF_REQUIRE(m.icmp6.len > 0);
	m.icmp6.p = buf;
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
}

#define lab_ra(l, i, r, p)	lab_ra2(l, i, r, p, NULL, 0, 1800)

/* A Neighbor Solicitation or Advertisement. */
LAB void
lab_nd(struct lab *l, uint8_t type, uint32_t ifindex, const char *src,
    const char *dst, const char *target, uint8_t flags, const uint8_t *ll)
{
	struct msg_icmp6_in	 m;
	struct icmp6		 nd;
	struct nd_opt		*o;
	uint8_t			 buf[128];

	icmp6_init(&nd, type);
	nd.u.nd.target = ip(target);
	nd.u.nd.flags = flags;
	if (ll != NULL) {
		o = icmp6_add(&nd, type == ICMP6_T_NA ? ND_TLLA : ND_SLLA);
		o->data = ll;
		o->datalen = 6;
	}
	memset(&m, 0, sizeof(m));
	m.src = ip(src);
	m.dst = ip(dst);
	m.ifindex = ifindex;
	m.hlim = 255;
	m.icmp6.len = icmp6_build(&nd, buf, sizeof(buf));
	m.icmp6.p = buf;
	lab_tell(l, ROLE_NET, MSG_ICMP6_IN, &m);
}

/*
 * Has the home agent been looked for on the link, so many times?  *target: by
 * which address, its own or, from the unspecified address, the home address.
 */
LAB void
lab_sought_by(const struct lab *l, uint32_t ifindex, size_t times, int line,
    struct in6_addr *target)
{
	struct in6_addr	 ha = ip(HA), hoa = ip(HOA);
	struct icmp6	 ns;
	size_t		 i, n = 0;

	for (i = l->read; i < l->nout; i++) {
		if (l->out[i].type != MSG_ICMP6_OUT || icmp6_parse(&ns,
		    l->out[i].data, l->out[i].m.u_ICMP6_OUT.icmp6.len) !=
		    ICMP6_OK || ns.type != ICMP6_T_NS ||
		    (!in6_eq(&ns.u.nd.target, &ha) &&
		    !in6_eq(&ns.u.nd.target, &hoa)))
			continue;
		*target = ns.u.nd.target;
		ATF_CHECK(!in6_eq(target, &hoa) ||
		    in6_is_unspecified(&l->out[i].m.u_ICMP6_OUT.src));
		ATF_CHECK(in6_is_solicited(&l->out[i].m.u_ICMP6_OUT.dst));
		ATF_CHECK_EQ(l->out[i].m.u_ICMP6_OUT.ifindex, ifindex);
		n++;
	}
	ATF_CHECK_MSG(n == times, "line %d: %zu", line, n);
}

LAB void
lab_sought(const struct lab *l, uint32_t ifindex, size_t times, int line)
{
	struct in6_addr	 target;

	lab_sought_by(l, ifindex, times, line, &target);
}

/* It has, once, and answers. */
LAB void
lab_found(struct lab *l, uint32_t ifindex, int line)
{
	static const uint8_t	 ll[6] = { 2, 0, 0, 1, 1, 0xaa };
	struct in6_addr		 target = ip(HA), hoa = ip(HOA);

	lab_sought_by(l, ifindex, 1, line, &target);
	if (in6_eq(&target, &hoa))
		lab_nd(l, ICMP6_T_NA, ifindex, HA, "ff02::1", HOA,
		    ICMP6_NA_O, ll);
	else
		lab_nd(l, ICMP6_T_NA, ifindex, HA, "fe80::ff:fe00:1", HA,
		    ICMP6_NA_S | ICMP6_NA_O, ll);
}

/* Let time pass, timers firing when they want to. */
LAB void
lab_run(struct lab *l, int64_t ns)
{
	struct mono	 end = mono_add(l->now.mono, ns), at;

	while (mn_engine.next(l->mn, &at) && !mono_before(end, at)) {
		if (mono_before(l->now.mono, at)) {
			l->now.wall += mono_diff(at, l->now.mono);
			l->now.mono = at;
		}
		mn_engine.expire(l->mn, l->now);
		lab_answer_path(l);
	}
	l->now.wall += mono_diff(end, l->now.mono);
	l->now.mono = end;
	mn_engine.expire(l->mn, l->now);
	lab_answer_path(l);
}

/* The next message of this type not looked at; NULL if there is none. */
LAB const struct out *
lab_next(struct lab *l, enum msg_type type)
{
	while (l->read < l->nout)
		if (l->out[l->read++].type == type)
			return (&l->out[l->read - 1]);
	return (NULL);
}

LAB size_t
lab_pending(const struct lab *l, enum msg_type type)
{
	size_t	 i, n = 0;

	for (i = l->read; i < l->nout; i++)
		n += l->out[i].type == type;
	return (n);
}

LAB void
lab_skip(struct lab *l)
{
	l->read = l->nout = 0;
}

/* ICMPv6 messages of this type emitted and not skipped. */
LAB size_t
lab_nd_sent(const struct lab *l, uint8_t type)
{
	size_t	 i, n = 0;

	for (i = l->read; i < l->nout; i++)
		n += l->out[i].type == MSG_ICMP6_OUT &&
		    l->out[i].data[0] == type;
	return (n);
}

/* The event of this name was emitted and not skipped. */
LAB bool
lab_event(const struct lab *l, const char *name)
{
	size_t	 i;

	for (i = l->read; i < l->nout; i++)
		if (l->out[i].type == MSG_EVENT &&
		    strcmp(l->out[i].m.u_EVENT.name, name) == 0)
			return (true);
	return (false);
}

#endif
