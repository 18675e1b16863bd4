/*
 * What the files of mip6d/mn about correspondents offer each other and the
 * rest; described where defined.  A part of mn/parts.h.
 */
#ifndef MIP6D_MN_PEERS_H
#define MIP6D_MN_PEERS_H

#include "mn/state.h"

/* What a Binding Update to a correspondent is made of. */
struct bu_peer {
	const struct sent	*s;
	const struct token	*home;
	const struct token	*careof;	/* NULL: it deletes */
	const struct in6_addr	*covers;	/* care-of or home address */
	struct blob		 params;	/* CGA Parameters, or none */
	struct blob		 signature;	/* with them */
};

/* peer.c, test.c: peers and their tests */
bool	 peers_init(struct peers *);
void	 peers_free(struct peers *);
struct peer	*peer_find(const struct home *, const struct in6_addr *);
struct peer	*peer_new(struct home *, const struct in6_addr *);
void	 peer_free(struct peer *);
void	 peer_use(struct peer *, struct now);
bool	 peer_is_used(const struct peer *, struct now);
int64_t	 peer_margin(int64_t);
bool	 token_is_fresh(const struct token *, struct now);
bool	 token_is_old(const struct token *, struct now);
void	 token_drop(struct token *);
struct careof	*careof_test(struct mn *, struct dest *,
	    const struct in6_addr *, uint32_t);
void	 careof_leave(struct peer *);
void	 careof_tests_free(struct mn *, struct dest *);
void	 test_begin(struct mn *, struct test *, enum exchange_kind);
bool	 test_runs(const struct test *);
void	 test_stop(struct mn *, struct test *);
void	 test_send_home(struct peer *, struct now);
void	 test_send_careof(struct careof *, struct now);
bool	 test_answered(struct mn *, struct test *, const struct mh *);

/* turn.c: the pace of what goes to all of them */
void	 peer_turn_init(struct peers *);
void	 peer_turn_leave(struct peer *);
bool	 peer_turn_take(struct peer *, enum rate_class, struct now);
struct peer	*peer_turn_next(struct mn *, struct now);

/* static.c */
struct statickey	*static_find(const struct statickeys *,
	    const struct home *, const struct in6_addr *);
bool	 static_ready(struct peer *);
bool	 static_next(struct peer *, struct now);
bool	 static_load(struct mn *, const struct msg_state *);
bool	 static_result(struct mn *, const struct msg_result *,
	    struct statickey **, struct now);
void	 static_replace(struct mn *, struct statickeys *, struct now);

/* pair.c */
void	 pair_bind(struct peer *, struct now);
void	 pair_record(struct peer *, struct now);
void	 pair_unbind(struct peer *);
void	 pair_observe(struct home *, bool);
void	 pair_again(struct mn *);
bool	 pair_resume(struct peer *, const struct msg_bind *, struct now);

/* rules.c */
bool	 rules_allow(struct mn *, const struct in6_addr *);

/* ero.c */
void	 ero_stop(struct peer *);
bool	 ero_has_token(const struct peer *, struct now);
bool	 ero_may_sign(const struct peer *, struct now);
bool	 ero_will_sign(const struct peer *, struct now);
enum proof ero_proof(const struct peer *, struct now);
bool	 ero_parallel(const struct peer *, struct now);
bool	 ero_early(const struct peer *, enum proof, struct now);
bool	 ero_asks(const struct peer *);
const struct token *ero_home_token(const struct peer *, enum proof);
const struct token *ero_careof_token(const struct peer *, struct now);
int64_t	 ero_longest(const struct peer *, enum proof, struct now);
void	 ero_number(struct peer *, unsigned int);
void	 ero_rest(struct peer *);
void	 ero_forget(struct peer *);
void	 ero_hold(struct peer *, enum ero_hold, struct now);
bool	 ero_sign(struct peer *, const struct bu_peer *, struct now);
bool	 ero_signed(struct peer *, const struct msg_cga_signed *,
	    struct now);
void	 ero_accepted(struct peer *, const struct sent *, const struct mh *,
	    struct now);
bool	 ero_is_later(struct peer *, const struct mh *, struct now);
bool	 ero_decrypted(struct peer *, const struct msg_cga_decrypted *,
	    struct now);
void	 ero_unanswered(struct home *, const char *, struct now);
void	 ero_overdue(struct peer *, struct now);
void	 ero_unbound(struct peer *);
void	 ero_look(struct peer *, struct now);
bool	 ero_params(struct home *, const struct blob *, struct now);
const char *ero_text(const struct peer *, struct now, char *, size_t);

/* optimise.c */
void	 peer_signed(struct peer *, const struct blob *, struct now);
void	 peer_keyed(struct peer *, struct now);
void	 peer_step(struct peer *, struct now);
void	 peer_remove(struct peer *, struct now);
void	 peer_hold(struct peer *, enum peer_hold, uint8_t, struct now);
bool	 peer_expects(const struct peer *);
void	 peer_bound(struct peer *, struct now);
void	 peer_lost(struct peer *, struct now);
void	 peer_observed(struct home *, const struct in6_addr *, struct now);
void	 peer_traffic(struct peer *, bool, struct now);
void	 peer_timer(struct peer *, enum timer_kind, struct now);
void	 peer_resume(struct home *, const struct msg_bind *, struct now);
void	 careof_step(struct careof *, struct now);
void	 careof_timer(struct careof *, enum timer_kind, struct now);
void	 peers_decide(struct mn *, struct now);
void	 peers_end(struct home *, struct now);
void	 peers_configure(struct mn *, struct now);
void	 peers_rekey(struct mn *, const struct statickeys *, struct now);
void	 peers_numbers(struct mn *, const struct statickey *, struct now);
void	 peers_turn(struct mn *, struct now);

/* answers.c */
void	 hot_input(struct mn *, const struct msg_mh_in *, struct now);
void	 cot_input(struct mn *, const struct msg_mh_in *, struct now);
void	 peer_ba(struct peer *, const struct msg_mh_in *, const struct mh *,
	    struct now);
bool	 peer_be(struct home *, const struct in6_addr *, uint8_t, struct now);
bool	 peer_brr(struct home *, const struct in6_addr *, struct now);
bool	 peer_error(struct mn *, const struct icmp6 *, struct now);
void	 peer_tunnel(struct home *, const struct msg_tunnel *, struct now);

/* cgain.c: what the cga process tells and answers */
void	 cga_params_input(struct mn *, const struct msg_cga_params *,
	    struct now);
void	 cga_signed_input(struct mn *, const struct msg_cga_signed *,
	    struct now);
void	 cga_decrypted_input(struct mn *, const struct msg_cga_decrypted *,
	    struct now);
void	 cga_timer(struct peer *, struct now);

#endif
