/* Our table of nf_tables.  For kern/linux*.c. */
#ifndef MIP6D_KERN_LINUX_NFT_H
#define MIP6D_KERN_LINUX_NFT_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nft {
	int		 fd;		/* of requests; -1: not open */
	uint32_t	 port, seq;	/* its number, and the next message's */
	int		 events;
	uint64_t	 forged;	/* messages not from the kernel */
};

void	 nft_free(struct nft *);
int	 nft_put(struct nft *, const struct in6_addr *homes, size_t nhomes,
	    bool esp);
int	 nft_home(struct nft *, const struct in6_addr *home, bool away);
int	 nft_take(struct nft *);
int	 nft_watch(struct nft *);
bool	 nft_read(struct nft *);

#endif
