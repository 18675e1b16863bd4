/*
 * Whether what is handed to the kernel to be decrypted comes back.
 */
#ifndef MIP6D_NET_HANDED_H
#define MIP6D_NET_HANDED_H

struct net;

void	 handed_look(struct net *);

#endif
