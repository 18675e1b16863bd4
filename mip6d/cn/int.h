/*
 * What the files of the correspondent do for each other, in their order: each
 * calls only those above it.
 */
#ifndef MIP6D_CN_INT_H
#define MIP6D_CN_INT_H

#include "cn/state.h"

struct why;

/* What a check says: the reason to drop or, with a status, to refuse it. */
struct verdict {
	enum cn_counter	 reason;	/* CC_MAX: it passes */
	uint8_t		 status;	/* 0: silently */
};

#define PASS		((struct verdict){ CC_MAX, 0 })
#define DROP(r)		((struct verdict){ CC_##r, 0 })
#define REFUSE(s, r)	((struct verdict){ CC_##r, MH_ST_##s })

/* out.c */
void	 cn_emit(struct cn *, enum msg_type, const void *);
uint64_t cn_random(struct cn *);
void	 cn_timer_set(struct cn *, struct wheel_timer *, enum timer_kind,
	    struct mono);
void	 cn_timer_clear(struct cn *, struct wheel_timer *);

/* note.c */
enum note_level { NOTE_ERROR, NOTE_WARN, NOTE_INFO, NOTE_DEBUG };
void	 cn_note_log(struct cn *, enum note_level, const char *, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	 cn_note_binding(struct cn *, const char *, const struct entry *);
void	 cn_note_refusal(struct cn *, enum cn_counter, uint8_t status,
	    const struct in6_addr *home, const struct in6_addr *src,
	    const struct why *);
const char *cn_reason_text(enum cn_counter);

/* nonce.c */
void	 cn_nonce_init(struct cn *);
const struct nonce *cn_nonce_current(struct cn *);
const struct nonce *cn_nonce_find(const struct cn *, uint16_t index);
const struct nonce *cn_nonce_serial(const struct cn *, uint32_t serial);
uint16_t cn_nonce_index(const struct cn *, const struct nonce *);
uint32_t cn_nonce_newest(const struct cn *);
bool	 cn_nonce_is_over(const struct cn *, uint32_t serial);
void	 cn_nonce_renew(struct cn *);
void	 cn_nonce_void(struct cn *, uint32_t serial);
void	 cn_nonce_expire(struct cn *);
void	 cn_nonce_wipe(struct cn *);

/* network.c */
bool	 cn_network_full(const struct cn *, enum network_kind,
	    const struct in6_addr *, uint32_t taken);
bool	 cn_network_take(struct cn *, enum network_kind,
	    const struct in6_addr *, uint32_t *);
void	 cn_network_release(struct cn *, uint32_t);

/* own.c */
struct own *cn_own_find(const struct cn *, const struct in6_addr *);
const struct own *cn_own_of(const struct cn *, const struct entry *);
bool	 cn_own_take(struct cn *, const struct in6_addr *, uint32_t *);
void	 cn_own_release(struct cn *, uint32_t);
bool	 cn_own_gone(struct cn *, const struct msg_address *);
bool	 cn_own_snapshot(struct cn *, bool begin);

/* bc.c */
uint64_t cn_bc_hash(const struct cn *, const struct in6_addr *home,
	    const struct in6_addr *own);
struct entry *cn_bc_find(const struct cn *, const struct in6_addr *home,
	    const struct in6_addr *own);
struct entry *cn_bc_create(struct cn *, const struct in6_addr *home,
	    const struct in6_addr *own, const struct in6_addr *coa,
	    bool unverified);
bool	 cn_bc_move(struct cn *, struct entry *, const struct in6_addr *coa,
	    bool unverified);
void	 cn_bc_unlist(struct cn *, struct entry *);
void	 cn_bc_remove(struct cn *, struct entry *);

/* tomb.c */
struct tomb *cn_tomb_find(const struct cn *, const struct in6_addr *home,
	    const struct in6_addr *own);
void	 cn_tomb_add(struct cn *, const struct in6_addr *home,
	    const struct in6_addr *own, uint16_t seq, uint32_t floor);
void	 cn_tomb_again(struct cn *, struct tomb *, uint16_t seq,
	    uint32_t newest);
void	 cn_tomb_remove(struct cn *, struct tomb *);
void	 cn_tomb_expire(struct cn *);

/* route.c */
void	 cn_route_want(struct cn *, const struct in6_addr *home,
	    const struct in6_addr *own, bool add);
void	 cn_route_answer(struct cn *, const struct msg_result *);

/* pair.c */
void	 cn_pair_tell(struct cn *, struct entry *, bool notify);
void	 cn_pair_end(struct cn *, const struct in6_addr *home,
	    const struct in6_addr *own);

/* why.c */
const struct why *cn_why_refused(struct cn *, const struct in6_addr *home,
	    const struct in6_addr *src, enum cn_counter, uint8_t status);
void	 cn_why_accepted(struct cn *, const struct in6_addr *home);
void	 cn_why_route(struct cn *, uint32_t error);

/* send.c */
struct reply;
void	 cn_send_test(struct cn *, const struct msg_mh_in *, uint8_t type,
	    uint64_t cookie, uint16_t index, uint64_t token);
void	 cn_send_ack(struct cn *, const struct reply *);
void	 cn_send_refresh(struct cn *, const struct entry *);

/* binding.c */
enum cn_counter cn_binding_room(struct cn *, const struct bu *);
enum cn_counter cn_binding_accept(struct cn *, struct bu *);
void	 cn_binding_delete(struct cn *, const struct bu *);
void	 cn_binding_end(struct cn *, struct entry *, enum cn_counter);
void	 cn_binding_expire(struct cn *, struct entry *);
void	 cn_binding_used(struct cn *, struct entry *, bool in);
void	 cn_binding_error(struct cn *, struct entry *);
bool	 cn_binding_allowed(const struct cn *, const struct entry *);
void	 cn_binding_cap(struct cn *, struct entry *);
void	 cn_binding_number(struct entry *, uint16_t seq);

/* walk.c */
#define WALK_CHECK	0x01	/* is it still allowed? */
#define WALK_RESYNC	0x02	/* net is to know all */
void	 cn_walk_begin(struct cn *, uint8_t);
void	 cn_walk_step(struct cn *);

/* tests.c */
void	 cn_test_input(struct cn *, const struct msg_mh_in *,
	    const struct mh *);

/* static.c */
bool	 cn_static_configure(struct cn *, const struct conf_cn *);
void	 cn_static_load(struct cn *, const struct msg_state *);
enum statickey_use cn_static_use(struct cn *, struct statickey *,
	    uint16_t seq);
void	 cn_static_hold(struct cn *, struct statickey *,
	    const struct msg_mh_in *);
const struct msg_mh_in *cn_static_answer(struct cn *,
	    const struct msg_result *, void **);

/* key.c */
struct verdict cn_key_method(struct cn *, struct bu *);
struct verdict cn_key_tokens(struct cn *, struct bu *);
struct verdict cn_key_authentic(struct cn *, struct bu *);
bool	 cn_key_careof_test(struct cn *, struct bu *);

/* cga.c */
struct verdict cn_cga_options(struct cn *, struct bu *);
struct verdict cn_cga_signature(struct cn *, struct bu *);

/* bu.c */
void	 cn_bu_input(struct cn *, const struct msg_mh_in *, struct bu *);

/* query.c */
uint64_t cn_query(void *, const struct msg_query *, struct report *,
	    struct now);

/*
 * The longest lifetime that the configuration allows, in units of 4 s; by_cga:
 * of a binding that a signature or a permanent token has made (RFC 4866 4.2).
 */
static inline uint16_t
cn_most_lifetime(const struct cn *cn, bool by_cga)
{
	return ((uint16_t)((by_cga ? cn->conf.max_cga_lifetime :
	    cn->conf.max_lifetime) / 1000 / MH_LIFETIME_UNIT));
}

#endif
