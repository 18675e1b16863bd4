#ifndef BSD_NET_BPF_H
#define BSD_NET_BPF_H

#include <sys/ioccom.h>
#include <bsd_timeval.h>

#define BPF_LD		0x00
#define BPF_ALU		0x04
#define BPF_JMP		0x05
#define BPF_RET		0x06
#define BPF_W		0x00
#define BPF_H		0x08
#define BPF_B		0x10
#define BPF_ABS		0x20
#define BPF_JA		0x00
#define BPF_JEQ		0x10
#define BPF_JGE		0x30
#define BPF_JSET	0x40
#define BPF_K		0x00
#define BPF_AND		0x50
#define BPF_STMT(code, k)		{ (code), 0, 0, (k) }
#define BPF_JUMP(code, k, jt, jf)	{ (code), (jt), (jf), (k) }
#define BPF_WORDALIGN(n)	\
	(((n) + sizeof(long) - 1) & ~(sizeof(long) - 1))

#define DLT_NULL	0
#define DLT_EN10MB	1
#if defined(__OpenBSD__)
#define DLT_LOOP	12
#define DLT_RAW		14
#else
#define DLT_RAW		12
#if defined(__FreeBSD__)
#define DLT_LOOP	108
#endif
#endif

#define BIOCGBLEN	_IOR('B', 102, unsigned int)
#define BIOCSBLEN	_IOWR('B', 102, unsigned int)
#define BIOCSETF	_IOW('B', 103, struct bpf_program)
#define BIOCGDLT	_IOR('B', 106, unsigned int)
#define BIOCSETIF	_IOW('B', 108, struct ifreq)
#define BIOCIMMEDIATE	_IOW('B', 112, unsigned int)
#if defined(__OpenBSD__)
#define BIOCSDIRFILT	_IOW('B', 125, unsigned int)
#define BPF_DIRECTION_OUT	0x2
#else
#define BIOCSDIRECTION	_IOW('B', 119, unsigned int)
#if defined(__FreeBSD__)
enum bpf_direction { BPF_D_IN, BPF_D_INOUT, BPF_D_OUT };
#else
#define BPF_D_IN	0
#endif
#endif

struct bpf_insn {
	unsigned short	 code;
	unsigned char	 jt, jf;
	__UINT32_TYPE__	 k;
};

struct bpf_program {
	unsigned int	 bf_len;
	struct bpf_insn	*bf_insns;
};

struct bpf_hdr {
	struct timeval	 bh_tstamp;
	__UINT32_TYPE__	 bh_caplen, bh_datalen;
	unsigned short	 bh_hdrlen;
};

#endif
