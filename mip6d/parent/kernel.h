/*
 * Between the children and the kernel contract.  Internal to mip6d/parent.
 */
#ifndef MIP6D_PARENT_KERNEL_H
#define MIP6D_PARENT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/msg.h"

struct conf;
struct parent;
struct proc;

/* capture.c */
int	 captures_open(struct parent *);
void	 captures_close(struct parent *);
void	 captures_link(struct parent *, const struct msg_link *);
void	 captures_snapshot(struct parent *, bool begin);
void	 captures_configured(struct parent *);
int	 captures_start(struct proc *);
void	 captures_lost(struct proc *, const union msg *);
void	 captures_group_socket(struct proc *, const union msg *);
uint32_t captures_mtu(struct parent *);
void	 captures_count(const struct parent *, size_t *, size_t *);

/* request.c */
void	 request_arm(struct parent *);
void	 request_commit(int, short, void *);
void	 request_free(struct parent *);
bool	 request_message(struct proc *, enum msg_type, const union msg *);
void	 kernel_peer_route(struct proc *, const union msg *);
void	 kernel_child_gone(struct proc *);

/* tun.c */
int	 tun_claim(struct parent *, char *, size_t);
void	 tun_open(struct parent *);
void	 tun_close(struct parent *);
int	 tun_give(struct proc *);
void	 tun_follow_mtu(struct parent *);
void	 tun_lost(void *);

/* snapshot.c; those with a void pointer are called by the kernel contract */
void	 snapshot_give(struct proc *);
void	 snapshot_home_links(struct parent *);
void	 snapshot_retry(struct parent *);
void	 snapshot_link(void *, const struct msg_link *);
void	 snapshot_address(void *, const struct msg_address *);
void	 snapshot_router(void *, const struct msg_router *);
void	 snapshot_routes_lost(void *);
void	 snapshot_lost(void *);

/* kernel.c */
int	 kernel_open(struct parent *, char *, size_t);
int	 kernel_begin(struct parent *, char *, size_t);
void	 kernel_close(struct parent *);
bool	 kernel_check(struct parent *, const struct conf *, char *, size_t);
int	 kernel_give_net(struct proc *);
void	 kernel_reconfigured(struct parent *);
void	 kernel_commit(int, short, void *);
void	 kernel_ipsec(struct parent *, bool);

#endif
