/*
 * Seeing packets before the kernel's extension header processing: a file for
 * each way of doing that.  Only packets with headers that the shim is there
 * for get past the filter.
 */
#ifndef MIP6D_NET_CAPTURE_H
#define MIP6D_NET_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/batch.h"

struct capture {
	int	 fd;
	uint32_t ifindex;	/* 0: all but the loopback */
	bool	 vnet;
	bool	 home_link;	/* link-local destinations, too */
	size_t	 link_len;	/* of the link-layer header, BPF only */
	uint8_t	*buf;		/* BPF only */
	size_t	 buf_len;
};

bool	 capture_open(struct capture *, int fd, uint32_t ifindex,
	    bool home_link);
void	 capture_close(struct capture *);
bool	 capture_exclude(struct capture *, const uint32_t *, size_t);
int	 capture_send(const struct capture *, const uint8_t *, size_t);
int	 capture_read(struct capture *, struct batch *, batch_take *, void *);

/*
 * The filter, in the macros that <linux/filter.h> and <net/bpf.h> both have.
 * N is where the IPv6 header begins.  It accepts
 * - destination options or a routing header first;
 * - one of these, or a fragment header, behind hop-by-hop options or AH;
 * - one of these in a first fragment;
 * - a Neighbor Solicitation that is not sent to a group: the kernel would
 *   forward those for addresses that it is a proxy of.
 */
#define CAPTURE_ALL	0x40000

/* In front of it on a home link: what goes to a link-local address. */
#define CAPTURE_LINK_LOCAL(N)						\
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (N) + 24),			\
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffc0),			\
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xfe80, 0, 1),		\
	BPF_STMT(BPF_RET | BPF_K, CAPTURE_ALL)

#define CAPTURE_FILTER(N)						\
	/*  0 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (N) + 6),		\
	/*  1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 60, 14, 0),	\
	/*  2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 43, 13, 0),	\
	/*  3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 58, 13, 0),	\
	/*  4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 6, 0),		\
	/*  5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 51, 5, 0),		\
	/*  6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 44, 0, 8),		\
	/*  7 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (N) + 42),		\
	/*  8 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0xfff8, 6, 0),	\
	/*  9 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (N) + 40),		\
	/* 10 */ BPF_JUMP(BPF_JMP | BPF_JA, 2, 0, 0),			\
	/* 11 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (N) + 40),		\
	/* 12 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 44, 3, 0),		\
	/* 13 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 60, 2, 0),		\
	/* 14 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 43, 1, 0),		\
	/* 15 */ BPF_STMT(BPF_RET | BPF_K, 0),				\
	/* 16 */ BPF_STMT(BPF_RET | BPF_K, 0x40000),			\
	/* 17 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (N) + 40),		\
	/* 18 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 135, 0, 2),	\
	/* 19 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (N) + 24),		\
	/* 20 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xff, 0, 1),	\
	/* 21 */ BPF_STMT(BPF_RET | BPF_K, 0),				\
	/* 22 */ BPF_STMT(BPF_RET | BPF_K, 0x40000)

#endif
