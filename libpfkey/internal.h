/*
 * What the files of libpfkey share: dialects as data, the bounded reader and
 * writer in the byte order of PF_KEY (the host's), the table of extensions.
 */
#ifndef LIBPFKEY_INTERNAL_H
#define LIBPFKEY_INTERNAL_H

#include "libpfkey/libpfkey.h"

#define HDR_LEN		16	/* struct sadb_msg, RFC 2367 section 2.1 */
#define EXT_HDR_LEN	4	/* length and type of an extension */
#define PF_KEY_VERSION	2
#define PROTO_ANY	255	/* KAME's IPSEC_ULPROTO_ANY */
#define PROTO_ICMP	1
#define PROTO_ICMPV6	58
#define PROTO_MH	135

#define NSATYPES	(PFKEY_TCPSIG + 1)
#define NAUTHS		(PFKEY_A_TCPMD5 + 1)
#define NENCRYPTS	(PFKEY_C_CHACHA20 + 1)
#define NFLAGS		8
#define BIT(x)		((uint64_t)1 << (x))

/*
 * A system's numbers, indexed by ours; 0 where it has none.  A number of the
 * system that has no index here is kept as PFKEY_RAW | number.
 */
struct pfkey_dialect {
	struct pfkey_caps caps;
	uint8_t		 inet6;		/* its AF_INET6; AF_INET is 2 */
	uint8_t		 replay_unit;	/* packets per unit of sadb_sa_replay */
	bool		 sa_len;	/* sockaddrs begin with their length */
	bool		 long_request;	/* 16-byte ipsecrequest, reqid u32 */
	bool		 plain_address;	/* addresses without proto, prefix */
	bool		 policy_scope;	/* sadb_x_policy_scope */
	bool		 dump_down;	/* dumps count n - 1 ... 0 */
	uint8_t		 types[PFKEY_T_MAX];
	uint8_t		 exts[PFKEY_X_MAX];
	uint8_t		 satypes[NSATYPES];
	uint8_t		 auths[NAUTHS];
	uint16_t	 icv[NAUTHS];	/* bits; PF_KEY has no field for them */
	uint8_t		 encrypts[NENCRYPTS];
	uint32_t	 flags[NFLAGS];	/* for 1 << index */
};

extern const struct pfkey_dialect pfkey_linux, pfkey_freebsd, pfkey_netbsd,
	    pfkey_openbsd;

/* Reader: sticky error, `base' is where it starts within the message. */
struct cur {
	const uint8_t	*p;
	size_t		 off, len, base;
	bool		 bad;
};

/* Writer: sticky error. */
struct out {
	uint8_t		*p;
	size_t		 off, cap;
	bool		 bad;
};

void		 cur_init(struct cur *, const void *, size_t, size_t);
size_t		 cur_left(const struct cur *);
const uint8_t	*cur_take(struct cur *, size_t);
uint8_t		 cur_u8(struct cur *);
uint16_t	 cur_u16(struct cur *);
uint32_t	 cur_u32(struct cur *);
uint64_t	 cur_u64(struct cur *);
uint16_t	 cur_be16(struct cur *);
uint32_t	 cur_be32(struct cur *);
bool		 cur_sub(struct cur *, struct cur *, size_t);

void		 out_init(struct out *, void *, size_t);
void		 out_bytes(struct out *, const void *, size_t);
void		 out_zero(struct out *, size_t);
void		 out_u8(struct out *, uint8_t);
void		 out_u16(struct out *, uint16_t);
void		 out_u32(struct out *, uint32_t);
void		 out_u64(struct out *, uint64_t);
void		 out_be16(struct out *, uint16_t);
void		 out_be32(struct out *, uint32_t);
void		 out_put16(struct out *, size_t, uint16_t);

/* One kind of extension; lengths are of the whole, header included. */
struct ext_row {
	const char	*name;
	uint16_t	 min, max;	/* max 0: as long as one can be */
	uint16_t	 unit;		/* (length - min) is a multiple of it */
	size_t		 field;		/* in struct pfkey_msg */
	enum pfkey_error (*parse)(const struct pfkey_dialect *, struct cur *,
			    struct pfkey_msg *, void *);
	enum pfkey_error (*build)(const struct pfkey_dialect *, struct out *,
			    const struct pfkey_msg *, const void *);
};

/* One type of message: which extensions it has unless it is an error. */
struct type_row {
	const char	*name;
	uint64_t	 need;
};

extern const struct ext_row pfkey_ext_rows[PFKEY_X_MAX];
extern const struct type_row pfkey_type_rows[PFKEY_T_MAX];

uint16_t pfkey_to_own(const uint8_t *, size_t, unsigned int);
bool	 pfkey_to_wire(const uint8_t *, size_t, uint16_t, uint8_t *);
size_t	 pfkey_addr_len(const struct pfkey_addr *);
bool	 pfkey_addr_equal(const struct pfkey_addr *,
	    const struct pfkey_addr *);

#endif
