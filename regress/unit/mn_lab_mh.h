/* The home agent's side on the bench: part of mn_lab.h. */
#ifndef REGRESS_UNIT_MN_LAB_MH_H
#define REGRESS_UNIT_MN_LAB_MH_H

/* A Binding Update as sent: parsed, and checked for what all must have. */
LAB const struct out *
lab_bu(struct lab *l, struct mh *m)
{
	const struct out	*o = lab_next(l, MSG_MH_OUT);
	const struct msg_mh_out	*u;
	struct in6_addr		 home;

	if (o == NULL)
		return (NULL);
	u = &o->m.u_MH_OUT;
	ATF_REQUIRE_EQ(mh_parse(m, u->mh.p, u->mh.len), MH_OK);
	ATF_REQUIRE_EQ(m->type, MH_BU);
	home = u->flags & PKT_HAO ? u->home : u->src;
	ATF_CHECK(mh_checksum_ok(u->mh.p, u->mh.len, &home, &u->dst));
	ATF_CHECK((m->u.bu.flags & MH_BU_A) != 0);
	ATF_CHECK((m->u.bu.flags & MH_BU_H) != 0);
	ATF_REQUIRE(mh_find(m, MHOPT_ALTCOA) != NULL);
	return (o);
}

struct answer {
	uint8_t		 status, flags;
	uint16_t	 lifetime, refresh;
	int		 seq;		/* added to that of the BU */
	const char	*src;		/* NULL: the home agent */
	const char	*key;		/* NULL: the right one, "": no option */
	uint32_t	 spi;		/* 0: the right one */
	int64_t		 timestamp;	/* added; INT64_MIN: left out */
	bool		 no_rh2, late_auth;
	bool		 protected;	/* by IPsec */
};

/* What a home agent answers to BU o. */
LAB void
lab_answer(struct lab *l, const struct out *o, const struct answer *a)
{
	const struct msg_mh_out	*u = &o->m.u_MH_OUT;
	const struct mh_opt	*ts;
	struct mh		 bu, ba;
	struct mh_opt		*op;
	struct msg_mh_in	 m;
	struct in6_addr		 home;
	uint8_t			 buf[512];
	const char		*key = a->key == NULL ? KEY : a->key;

	ATF_REQUIRE_EQ(mh_parse(&bu, u->mh.p, u->mh.len), MH_OK);
	home = u->flags & PKT_HAO ? u->home : u->src;
	mh_init(&ba, MH_BA);
	ba.u.ba.status = a->status;
	ba.u.ba.flags = a->flags;
	ba.u.ba.seq = (uint16_t)(bu.u.bu.seq + a->seq);
	ba.u.ba.lifetime = a->lifetime;
	if (a->refresh > 0) {
		op = mh_add(&ba, MHOPT_REFRESH);
		op->u.refresh = a->refresh;
	}
	ts = mh_find(&bu, MHOPT_MESGID);
	if (ts != NULL && a->timestamp != INT64_MIN) {
		op = mh_add(&ba, MHOPT_MESGID);
		op->u.timestamp = ts->u.timestamp + (uint64_t)a->timestamp;
	}
	if (key[0] != '\0') {
		op = mh_add(&ba, MHOPT_AUTH);
		op->u.auth.subtype = MHOPT_AUTH_MNHA;
		op->u.auth.spi = a->spi == 0 ? SPI : a->spi;
		op->varlen = MHOPT_AUTHLEN;
	}
	memset(&m, 0, sizeof(m));
	m.mh.len = mh_build(&ba, buf, sizeof(buf));
	ATF_REQUIRE(m.mh.len > 0);
	if (key[0] != '\0')
		ATF_REQUIRE_EQ(mhauth_auth_sign(l->auth, &ba, MHOPT_AUTH_MNHA,
		    key, 16, &mh_find(&bu, MHOPT_ALTCOA)->u.altcoa, &home),
		    MHAUTH_OK);
	m.mh.p = buf;
	m.src = a->src == NULL ? u->dst : ip(a->src);
	m.dst = u->src;
	if ((u->flags & PKT_HAO) && !a->no_rh2) {
		m.flags = PKT_RH2;
		m.home = u->home;
	} else
		m.dst = home;
	if (a->protected)
		m.flags |= PKT_PROTECTED;
	m.ifindex = u->ifindex;
	m.hlim = 64;
	lab_tell(l, ROLE_NET, MSG_MH_IN, &m);
}

#define lab_accept(l, o, units) \
	lab_answer(l, o, &(struct answer){ .lifetime = (units) })
#define lab_refuse(l, o, st) \
	lab_answer(l, o, &(struct answer){ .status = (st) })

/* ike, or the parent: the keys of a home address with IPsec. */
LAB void
lab_keys(struct lab *l, const char *home, enum key_state state)
{
	struct msg_key_state	 m;

	memset(&m, 0, sizeof(m));
	m.home = ip(home);
	m.state = (uint8_t)state;
	m.tunnel = state == KEY_UP;
	lab_tell(l, ROLE_PARENT, MSG_KEY_STATE, &m);
}

/* Started; there is one interface, and a link at it. */
LAB void
lab_linked(struct lab *l)
{
	lab_start(l);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_mark(l, MSG_SNAPSHOT_END);
}

/*
 * On network 1 with a usable care-of address, and keys if they are needed;
 * the BU is returned.
 */
LAB const struct out *
lab_away(struct lab *l, struct mh *m)
{
	const struct out	*o;

	lab_start(l);
	if (l->homes[0].auth.type == AUTH_IPSEC)
		lab_keys(l, HOA, KEY_UP);
	lab_mark(l, MSG_SNAPSHOT);
	lab_up(l, 1);
	lab_mark(l, MSG_SNAPSHOT_END);
	lab_addr(l, 1, "fe80::ff:fe00:1", 0);
	lab_ra(l, 1, R1, NET1);
	lab_addr(l, 1, COA1, 0);
	o = lab_bu(l, m);
	ATF_REQUIRE(o != NULL);
	return (o);
}

/* The same, registered, nothing left to be looked at. */
LAB void
lab_registered(struct lab *l)
{
	struct mh		 m;
	const struct out	*o = lab_away(l, &m);

	lab_accept(l, o, m.u.bu.lifetime);
	ATF_REQUIRE(lab_event(l, "registered"));
	lab_skip(l);
}

#define NEAR(a, b)	((a) >= (b) && (a) - (b) <= (1 << 20))

#endif
