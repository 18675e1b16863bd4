/*
 * What the files of the home agent do for each other, in their order: each
 * calls only those above it.  step.h is between tunnel.c and binding.c.
 */
#ifndef MIP6D_HA_INT_H
#define MIP6D_HA_INT_H

#include "ha/state.h"

struct why;
struct retired;

/* out.c */
void	 ha_emit(struct ha *, enum msg_type, const void *);
void	 ha_save(struct ha *, const struct in6_addr *, const struct saved *,
	    uint32_t id);
void	 timer_set(struct ha *, struct wheel_timer *, enum timer_kind,
	    struct mono);
void	 timer_clear(struct ha *, struct wheel_timer *);
uint64_t ha_random(struct ha *);
void	 ha_icmp6(struct ha *, const struct ha_link *, const struct in6_addr *,
	    const struct in6_addr *);

/* history.c */
bool	 history_init(struct ha *);
void	 history_free(struct ha *);
void	 history_refusal(struct ha *, enum ha_counter, uint8_t status,
	    const struct in6_addr *home, const struct in6_addr *src);
const struct refusal *history_find(const struct ha *, const struct in6_addr *);
void	 trace_add(struct ha *, struct bce *, enum trace_what,
	    enum ha_counter, uint16_t);

/* note.c */
enum note_level { NOTE_ERROR, NOTE_WARN, NOTE_INFO, NOTE_DEBUG };
void	 note_log(struct ha *, enum note_level, const char *, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	 note_event(struct ha *, const char *, const struct in6_addr *,
	    const char *, ...) __attribute__((__format__(printf, 4, 5)));
void	 note_left_out(struct ha *, enum ha_counter, const struct ha_link *,
	    const struct in6_addr *);
void	 note_request(struct ha *, enum ha_counter, const struct in6_addr *dst,
	    const struct in6_addr *src);
void	 note_refusal(struct ha *, enum ha_counter, uint8_t status,
	    const struct in6_addr *home, const struct in6_addr *src,
	    const struct why *);
const char *reason_name(enum ha_counter);
const char *reason_text(enum ha_counter);
const char *reason_status(uint8_t, char *, size_t);

/* node.c */
bool	 node_configure(struct ha *, const struct conf_ha *);
struct node *node_by_identifier(const struct ha *, const char *);
void	 node_keep_sequence(struct ha *, const struct in6_addr *, uint16_t);
void	 node_restore_sequence(struct ha *, const struct in6_addr *,
	    uint16_t);
bool	 node_kept_sequence(const struct ha *, const struct in6_addr *,
	    uint16_t *);
struct node *node_by_home(const struct ha *, const struct in6_addr *);
bool	 node_may_learn(const struct ha *);
struct node *node_learn(struct ha *, const char *);
void	 node_ref(struct ha *, struct node *);
void	 node_unref(struct ha *, struct node *);
void	 node_part(struct ha *, struct bce *);
void	 node_expire(struct ha *, struct node *);
void	 node_free_all(struct ha *);

/* link.c */
struct ha_link *link_by_address(const struct ha *, const struct in6_addr *);
struct ha_link *link_by_ifindex(const struct ha *, uint32_t);
struct ha_link *link_by_anycast(const struct ha *, const struct in6_addr *);
struct ha_prefix *link_prefix(const struct ha_link *, const struct in6_addr *);
bool	 link_is_ours(const struct ha *, const struct in6_addr *);
bool	 link_usable(const struct ha *, const struct ha_link *,
	    const struct ha_prefix *);
bool	 link_closed(const struct ha *, const struct ha_link *);
bool	 link_has_address(const struct ha_link *);
uint32_t link_valid_left(const struct ha *, const struct ha_link *,
	    const struct ha_prefix *);
uint32_t link_preferred_left(const struct ha *, const struct ha_link *,
	    const struct ha_prefix *);

/* self.c */
bool	 self_init(struct ha *);
void	 self_free_all(struct ha *);
void	 self_address(struct ha *, const struct msg_address *);
void	 self_snapshot(struct ha *, bool begin);
bool	 self_is(const struct ha *, const struct in6_addr *);

/* retire.c */
void	 retire_prefix(struct ha *, struct ha_link *, const struct ha_prefix *);
void	 retire_not(struct ha_link *, const struct conf_prefix *);
void	 retire_prune(struct ha *, struct ha_link *);
const struct conf_prefix *retire_next(const struct ha_link *,
	    struct retired **);
void	 retire_move(struct ha_link *, struct ha_link *);
void	 retire_free(struct ha_link *);

/* clock.c */
void	 clock_init(struct ha *);
int64_t	 clock_wall(struct ha *);
uint64_t clock_ntp(struct ha *);
void	 clock_begins(struct ha *, bool bound);
bool	 clock_accepts(struct ha *, uint64_t);
void	 clock_unanswered(struct ha *);
bool	 clock_is_result(const struct msg_result *);
bool	 clock_saved(struct ha *, const struct msg_result *);
void	 clock_expire(struct ha *);
void	 clock_stop(struct ha *);
void	 clock_load(struct ha *, const struct saved_time *, bool exact);
void	 clock_load_ahead(struct ha *, const struct in6_addr *,
	    const uint64_t [AHEAD_MAX]);
bool	 clock_was_refused(const struct node *, uint64_t);
void	 clock_refused(struct ha *, struct node *, uint64_t);
uint64_t clock_correct(struct ha *, uint64_t, uint64_t, unsigned int);

/* hold.c */
void	 hold_update(struct ha *, const struct msg_mh_in *);
struct waiting *hold_take(struct ha *);
void	 hold_free(struct ha *);

/* bc.c */
#define WALK_RESYNC	0x01	/* tell net all bindings */
#define WALK_CHECK	0x02 /* drop those that fit the configuration no more */
#define WALK_GROUPS	0x04	/* join their groups again */
#define WALK_ROUTES	0x08	/* ask for their routes again */
struct bce *bc_find(const struct ha *, const struct in6_addr *);
struct bce *bc_create(struct ha *, const struct in6_addr *);
void	 bc_remove(struct ha *, struct bce *);
void	 bc_walk(struct ha *, uint8_t what);
bool	 bc_physical(const struct ha *, const struct bce *);
bool	 bc_allowed(struct ha *, const struct bce *);
void	 bc_free_all(struct ha *);

/* why.c */
void	 ha_why_link(struct ha *, const struct ha_link *);
void	 ha_why_route(struct ha *, const struct conf_prefix *, int error);
void	 ha_why_tunnel(struct ha *, const struct msg_tunnel *);
void	 ha_why_accepted(struct ha *, const struct in6_addr *);
const struct why *ha_why_failed(struct ha *, const struct bce *,
	    enum ha_counter, uint8_t, const struct in6_addr *);
void	 ha_why_prefix(struct ha *, const struct ha_link *,
	    const struct ha_prefix *, bool listed);
void	 ha_why_request(struct ha *, const struct msg_icmp6_in *,
	    enum ha_counter);
void	 ha_why_agent_claimed(struct ha *, const struct ha_link *,
	    const struct in6_addr *src, const struct icmp6 *);
void	 ha_why_claimed(struct ha *, const struct ha_link *, const struct bce *,
	    const struct in6_addr *addr, const struct in6_addr *src,
	    const struct icmp6 *);

/* ra.c */
void	 ra_start(struct ha *, struct ha_link *);
void	 ra_stop(struct ha *, struct ha_link *);
void	 ra_leave(struct ha *, struct ha_link *, const struct ha_link *);
void	 ra_left(struct ha *, struct ha_link *, struct ha_link *);
void	 ra_changed(struct ha *, struct ha_link *);
void	 ra_expire(struct ha *, struct ha_link *);
void	 ra_solicited(struct ha *, struct ha_link *);

/* dad.c */
void	 dad_start(struct ha *, struct proxy *);
bool	 dad_expire(struct ha *, struct proxy *);
bool	 dad_is_echo(const struct proxy *, const struct icmp6 *);

/* agents.c */
void	 agents_init(struct ha *);
void	 agents_free_all(struct ha *);
void	 agents_prune(struct ha *);
void	 agents_heard(struct ha *, const struct ha_link *,
	    const struct in6_addr *, const struct icmp6 *);
void	 agents_expire(struct ha *, struct agent *);

/* dhaad.c */
void	 dhaad_request(struct ha *, const struct msg_icmp6_in *);

/* proxynd.c */
bool	 group_join(struct ha *, uint16_t slot, const struct in6_addr *);
void	 group_again(struct ha *, uint16_t slot, const struct in6_addr *);
void	 group_leave(struct ha *, uint16_t slot, const struct in6_addr *);
void	 defend_tell(struct ha *, uint16_t slot, const struct in6_addr *,
	    uint32_t ifindex, bool on);
bool	 proxy_start(struct ha *, struct bce *, bool dad);
void	 proxy_stop(struct ha *, struct bce *);
void	 proxy_defend(struct ha *, struct bce *);
bool	 proxy_linklocal(struct ha *, struct bce *, bool on);
struct bce *proxy_expire(struct ha *, struct proxy *);
void	 proxy_none(struct ha *, uint32_t ifindex);
struct bce *proxy_ns(struct ha *, struct ha_link *,
	    const struct msg_icmp6_in *, const struct icmp6 *);
struct bce *proxy_na(struct ha *, struct ha_link *,
	    const struct msg_icmp6_in *, const struct icmp6 *);
void	 proxy_free_all(struct ha *);
void	 group_resync(struct ha *, const struct bce *);

/* anycast.c */
void	 anycast_set(struct ha *, struct ha_link *);
void	 anycast_forget(struct ha *, struct ha_link *, struct ha_prefix *);
void	 anycast_again(struct ha *, bool routes);
bool	 anycast_result(struct ha *, const struct msg_result *);

/* linkset.c */
bool	 link_configure(struct ha *, const struct conf_ha *);
void	 link_free_all(struct ha *);
void	 link_input(struct ha *, const struct msg_link *);
void	 link_address(struct ha *, const struct msg_address *);
void	 link_snapshot(struct ha *, bool begin);
void	 link_routes(struct ha *, bool add);
bool	 link_result(struct ha *, const struct msg_result *);

/* policy.c */
void	 policy_discard(struct ha *, const struct bce *,
	    const struct in6_addr *);
bool	 policy_key_mobility(const struct ha *, const struct bce *);

/* route.c */
#define ROUTE_ID_LINK	0x80000000U	/* the id is not of a binding */
void	 route_restore(struct ha *, struct bce *);
void	 route_leftover(struct ha *, const struct in6_addr *);

/* tunnel.c */
void	 tunnel_tell(struct ha *, const struct bce *);
void	 tunnel_end(struct ha *, const struct bce *);
void	 tunnel_leftover(struct ha *, const struct in6_addr *, bool routed);

/* ba.c */
void	 ba_send(struct ha *, const struct reply *);
void	 be_send(struct ha *, const struct msg_mh_in *);

/* binding.c: the life of a binding */
void	 binding_register(struct ha *, struct bu *);
void	 binding_deregister(struct ha *, struct bu *);
bool	 binding_step(struct ha *, struct bce *, unsigned int step,
	    uint32_t error);
void	 binding_result(struct ha *, const struct msg_result *);
bool	 binding_check(struct ha *, struct bce *);
void	 binding_cap(struct ha *, struct bce *, struct mono);
void	 binding_expire(struct ha *, struct bce *);
void	 binding_clear(struct ha *, struct bce *, enum ha_counter);
bool	 binding_restored(struct ha *, struct bce *);
void	 binding_withdraw(struct ha *, struct bce *);

/* walk.c */
void	 walk_step(struct ha *);

/* restore.c */
void	 restore_bound(struct ha *, const struct msg_bind *);
void	 restore_end(struct ha *);

/* bu.c */
void	 bu_input(struct ha *, const struct msg_mh_in *);
void	 bu_resume(struct ha *);

/* query.c */
uint64_t ha_query(void *, const struct msg_query *, struct report *,
	    struct now);

#endif
