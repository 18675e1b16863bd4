/*
 * What the files of mip6d/mn offer each other; described where defined.  The
 * files stand in the order of this header: each uses those before it.
 */
#ifndef MIP6D_MN_PARTS_H
#define MIP6D_MN_PARTS_H

#include "mn/peers.h"
#include "mn/state.h"

/* hold.c */
int64_t	 hold_next(enum hold_cause, int64_t *);

/* peering.c */
bool	 peering_init(struct peering *, struct home *, const struct in6_addr *);
void	 peering_end(struct peering *);
struct home	*home_find(struct mn *, const struct in6_addr *);
bool	 is_home_address(struct mn *, const struct in6_addr *);

/* save.c */
size_t	 save_record(const struct peering *, struct now, uint8_t *, size_t);
void	 save_load(struct peering *, const struct blob *, struct now);

/* resume.c */
size_t	 resume_record(const struct home *, uint8_t *);
void	 resume_input(struct mn *, const struct msg_bind *);
void	 resume_begin(struct mn *);
void	 resume_end(struct mn *);

/* handover.c */
void	 handover_open(struct home *, struct iface *, const struct addr *,
	    const char *, struct now);
void	 handover_mark(struct home *, enum mark, struct now);
struct handover	*handover_get(struct mn *, unsigned int);

/* emit.c */
void	 mn_log(struct mn *, struct now, enum mn_log, const char *, ...)
	    __attribute__((__format__(printf, 4, 5)));
void	 mn_event(struct home *, struct now, const char *, const char *, ...)
	    __attribute__((__format__(printf, 4, 5)));
const char *mn_ntop(const struct in6_addr *, char *);
void	 tell_bind(struct home *, const struct in6_addr *, uint32_t, bool,
	    bool);
void	 tell_unbind(struct home *);
uint32_t tell_policy(struct home *, bool);
void	 tell_tun(struct home *, bool);
void	 tell_address(struct home *, uint32_t, bool, uint8_t);
void	 tell_group(struct home *, uint32_t);
void	 tell_state(struct home *, struct now);
void	 tell_again(struct mn *);
void	 tell_end(struct mn *);
uint32_t request_id(struct mn *, bool);

/* router.c */
struct router	*router_find(struct iface *, const struct in6_addr *);
struct router	*router_get(struct iface *, const struct in6_addr *,
	    struct now);
void	 router_remove(struct router *);
bool	 router_covers(const struct router *, const struct in6_addr *);
bool	 router_here(const struct router *);
bool	 router_usable(const struct router *);
bool	 router_is_default(const struct router *, struct now);
void	 router_flood(struct iface *, const char *, int, struct now);
struct prefix	*prefix_find(struct router *, const struct in6_addr *,
	    uint8_t);
struct prefix	*prefix_get(struct router *, const struct in6_addr *, uint8_t,
	    struct now);

/* link.c */
struct iface	*iface_find(struct mn *, uint32_t);
bool	 iface_running(const struct iface *);
bool	 iface_usable(const struct iface *);
struct addr	*addr_find(struct iface *, const struct in6_addr *);
bool	 addr_is_slaac(const struct addr *);
bool	 addr_assigned(const struct addr *, struct now);
bool	 addr_operable(const struct iface *, const struct addr *, struct now);
const struct addr *iface_link_local(const struct iface *);
bool	 addr_deprecated(const struct addr *);
uint64_t addr_hash(const struct iface *, const struct in6_addr *);

/* lacks.c */
void	 mn_why_list(struct mn *, const struct conf_interface *, size_t,
	    struct now);
void	 mn_why_listed(struct mn *, struct now);
void	 mn_why_interface(struct iface *, bool, int64_t *, struct now);
const char *mn_why_lacks(const struct mn *, char *, size_t, struct now);
void	 mn_why_gone(struct iface *, struct now);

/* homelink.c */
bool	 home_defended(const struct iface *, const struct in6_addr *,
	    struct now);
struct iface	*home_link(struct home *, struct now);
void	 home_lifetime(struct home *, const struct iface *, struct now);

/* nd.c: what goes out */
void	 nd_send_rs(struct iface *);
void	 nd_send_probe(struct router *, uint32_t);
void	 nd_send_seek(struct home *, struct iface *, bool);
void	 nd_send_dad(struct iface *, struct now);
void	 nd_send_na(struct home *, struct iface *, const struct in6_addr *,
	    const struct in6_addr *, bool);
void	 nd_send_echo(struct home *, bool);

/* form.c */
void	 form_forget_routes(struct iface *);
bool	 form_address(struct iface *, const struct in6_addr *, uint32_t,
	    uint32_t, struct now);
void	 form_restore(struct iface *, const struct addr *, struct now);
void	 form_way_out(struct mn *, struct now);
void	 forget_formed(struct mn *);

/* movement.c */
void	 movement_link_up(struct iface *, struct now);
void	 movement_link_down(struct iface *, struct now);
void	 movement_hint(struct iface *, struct now);
void	 movement_ra(struct iface *, const struct in6_addr *,
	    const struct icmp6 *, struct now);
void	 movement_na(struct iface *, const struct icmp6 *, struct now);
void	 movement_rs_timer(struct iface *, struct now);
void	 movement_probe_sent(struct iface *, uint32_t, struct now);
void	 movement_quiet_timer(struct router *, struct now);
void	 movement_router_lost(struct router *, struct now);
void	 movement_suspect(struct iface *, const struct in6_addr *, struct now);

/* stale.c */
void	 stale_told(struct iface *, struct addr *, const struct msg_address *,
	    struct now);
void	 stale_new(struct iface *, struct addr *);
void	 stale_gone(struct iface *, struct addr *);
void	 stale_iface_gone(struct iface *);
void	 stale_decide(struct mn *, struct now);
void	 stale_end(struct mn *, struct now);

/* ifaces.c */
void	 ifaces_link(struct mn *, const struct msg_link *, struct now);
void	 ifaces_address(struct mn *, const struct msg_address *, struct now);
void	 ifaces_router(struct mn *, const struct msg_router *, struct now);
void	 ifaces_snapshot(struct mn *, bool, struct now);
void	 ifaces_list(struct mn *, struct now);
void	 ifaces_woke(struct mn *, struct now);
bool	 ifaces_init(struct mn *);
void	 ifaces_free(struct mn *);
void	 addr_drop(struct iface *, const struct in6_addr *);

/* careof.c */
const struct addr *careof_choose(const struct home *, struct iface **,
	    struct now);
bool	 careof_works(struct mn *, const struct in6_addr *, uint32_t,
	    struct now);

/* path.c */
bool	 path_hold(struct peering *, struct now, int64_t *);
bool	 path_ready(struct peering *, struct now);
void	 path_suspect(struct peering *, struct now);
void	 path_end(struct peering *, struct now);
bool	 path_heard(struct peering *, struct now);
struct peering	*path_result(struct mn *, const struct msg_result *,
	    struct now);

/* keys.c */
void	 keys_init(struct peering *, const struct conf_ipsec *);
bool	 keys_key_mobility(const struct peering *);
bool	 keys_ready(struct peering *, struct now);
void	 keys_accepted(struct peering *, bool, struct now);
void	 keys_follow(struct peering *);
bool	 keys_traffic(const struct peering *);
bool	 keys_home_test(const struct peering *, const struct in6_addr *);
void	 keys_refused(struct peering *);
void	 keys_returned(struct peering *, bool, struct now);
void	 keys_at_home(struct peering *, struct iface *, struct now);
void	 keys_silent(struct peering *, struct now);
void	 keys_result(struct mn *, const struct msg_result *, struct now);
void	 keys_end(struct peering *);
struct peering	*keys_state(struct mn *, const struct msg_key_state *,
	    struct now);

/* traffic.c */
void	 traffic_update(struct home *, struct now);

/* why.c */
void	 mn_why(struct mn *, struct now);
void	 mn_why_timeout(struct home *, struct now);
void	 mn_why_forget(struct home *, struct now);
void	 mn_why_answered(struct home *);
void	 mn_why_accepted(struct home *, struct now);
void	 mn_why_error(struct home *, const struct in6_addr *, uint8_t, uint8_t,
	    struct now);
void	 mn_why_echo(struct mn *, const struct msg_icmp6_in *,
	    const struct icmp6 *, struct now);
void	 mn_why_not_authentic(struct home *, uint8_t, uint32_t, struct now);
void	 mn_why_peer(struct peer *, struct now);
void	 mn_why_peer_forget(const struct peer *, struct now);
void	 mn_why_tunnel(struct home *, const struct msg_tunnel *, struct now);

/* bu.c */
size_t	 bu_build(struct peering *, const struct sent *, uint8_t *, size_t);
size_t	 bu_signed_data(const struct peer *, const struct bu_peer *,
	    uint8_t [MHAUTH_DATAMAX]);
size_t	 bu_build_peer(struct peer *, const struct bu_peer *, uint8_t *,
	    size_t);
uint64_t bu_timestamp(struct peering *, struct now);

/* bul.c */
void	 bul_register(struct peering *, struct iface *, const struct addr *,
	    bool, struct now);
bool	 bul_is_for(const struct peering *, const struct iface *,
	    const struct addr *);
bool	 bul_is_bound(const struct peering *);
void	 bul_keep(struct peering *);
void	 bul_deregister(struct peering *, struct iface *, struct now);
void	 bul_refresh(struct peering *, struct now);
bool	 bul_under_way(const struct peering *);
bool	 bul_acknowledged(const struct peering *);
void	 bul_answers(struct peering *, struct now);
void	 bul_end(struct peering *, bool, struct now);
void	 bul_suspend(struct peering *);
void	 bul_send(struct peering *, struct now);
void	 bul_accepted(struct peering *, const struct sent *, uint16_t, uint16_t,
	    struct now);
void	 bul_again(struct peering *, struct now);
void	 bul_back_off(struct peering *, struct now);
void	 bul_hold(struct peering *, enum hold_cause, struct now);
void	 bul_hold_error(struct peering *, struct now);
void	 bul_answered(struct peering *, struct now);
void	 bul_anew(struct peering *, struct now);
void	 bul_woke(struct mn *);
void	 bul_forget(struct peering *);
void	 bul_timed_out(struct peering *, struct now);

/* place.c */
void	 place_remove(struct home *);
bool	 place_has(struct home *, struct iface *, bool);
void	 place_put(struct home *, struct iface *, bool);
void	 place_advertise(struct home *, struct iface *, struct now);
void	 place_again(struct home *, struct now);
bool	 place_solicited(struct home *, struct iface *,
	    const struct in6_addr *, struct now);

/* home.c */
void	 home_init(struct home *);
void	 home_update(struct home *, struct now);
bool	 home_found(struct iface *, const struct in6_addr *, struct now);
void	 home_event(struct home *, enum home_event,
	    const struct home_case *, struct now);
void	 home_timer(struct home *, enum timer_kind, struct now);

/* ba.c */
void	 ba_input(struct mn *, const struct msg_mh_in *, struct now);

/* errors.c */
void	 brr_input(struct mn *, const struct msg_mh_in *, struct now);
void	 be_input(struct mn *, const struct msg_mh_in *, struct now);
void	 icmp_error_input(struct mn *, const struct msg_icmp6_in *,
	    struct now);
void	 tunnel_input(struct mn *, const struct msg_tunnel *, struct now);

/* ndin.c: what comes in */
void	 ndin_input(struct mn *, const struct msg_icmp6_in *, struct now);

/* ways.c */
void	 ways_home(struct report *, const struct home *, struct now);
void	 ways_peer(struct report *, const struct peer *, struct now);

/* query.c */
uint64_t query_answer(struct mn *, const struct msg_query *,
	    struct report *, struct now);

#endif
