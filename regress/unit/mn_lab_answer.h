/*
 * What answers a mobile node on the bench: routers, the parent, and net, which
 * says that something is sent.  Part of mn_lab.h.
 */
#ifndef REGRESS_UNIT_MN_LAB_ANSWER_H
#define REGRESS_UNIT_MN_LAB_ANSWER_H

LAB void
lab_answer_router(struct lab *l)
{
	struct icmp6	 na;
	uint8_t		 buf[64];
	union msg	 u;

	icmp6_init(&na, ICMP6_T_NA);
	na.u.nd.target = l->asked.dst;
	na.u.nd.flags = ICMP6_NA_R | ICMP6_NA_S;
	memset(&u, 0, sizeof(u));
	u.u_ICMP6_IN.src = l->asked.dst;
	u.u_ICMP6_IN.dst = l->asked.src;
	u.u_ICMP6_IN.ifindex = l->asked.ifindex;
	u.u_ICMP6_IN.hlim = 255;
	u.u_ICMP6_IN.icmp6.len = icmp6_build(&na, buf, sizeof(buf));
	u.u_ICMP6_IN.icmp6.p = buf;
	l->asked.ifindex = 0;
	mn_engine.input(l->mn, ROLE_NET, MSG_ICMP6_IN, &u, l->now);
}

LAB void
lab_answer_path(struct lab *l)
{
	union msg	 u;

	while (l->npaths > 0 && !l->hold_paths) {
		memset(&u, 0, sizeof(u));
		u.u_RESULT.id = l->path[0];
		memmove(l->path, l->path + 1, --l->npaths * sizeof(l->path[0]));
		mn_engine.input(l->mn, ROLE_PARENT, MSG_RESULT, &u, l->now);
	}
	while (l->nsent > 0 && !l->hold_sent) {
		memset(&u, 0, sizeof(u));
		u.u_ICMP6_SENT = l->sent[--l->nsent];
		mn_engine.input(l->mn, ROLE_NET, MSG_ICMP6_SENT, &u, l->now);
	}
	if (l->asked.ifindex != 0)
		lab_answer_router(l);
}

#endif
