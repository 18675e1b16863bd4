/*
 * libpfkey: PF_KEYv2 (RFC 2367), the KAME SPD extension and SADB_X_MIGRATE.
 *
 * Messages are built, parsed and printed for any dialect on any host; the
 * client sends and matches them on a descriptor that the caller owns.
 * libc only.  Addresses are in network byte order, every other integer in
 * host byte order.  See libpfkey(3).
 */
#ifndef LIBPFKEY_H
#define LIBPFKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PFKEY_REQID_MAX		0x3fff	/* kernels replace larger ones */
#define PFKEY_MAX_REQUESTS	12	/* requests in one policy extension */
#define PFKEY_MAX_POLICY	6	/* requests in one policy */
#define PFKEY_MSG_ROOM		4096	/* fits any message without blobs */

/* A number that has no name here is kept as PFKEY_RAW | number. */
#define PFKEY_RAW		0x100

enum pfkey_error {
	PFKEY_OK, PFKEY_E_SHORT, PFKEY_E_VERSION, PFKEY_E_LENGTH, PFKEY_E_TYPE,
	PFKEY_E_EXT_LENGTH, PFKEY_E_EXT_ZERO, PFKEY_E_DUPLICATE,
	PFKEY_E_MISSING, PFKEY_E_FAMILY, PFKEY_E_ADDRESS, PFKEY_E_PREFIX,
	PFKEY_E_KEY, PFKEY_E_REQUEST, PFKEY_E_TOO_MANY, PFKEY_E_REQID,
	PFKEY_E_VALUE, PFKEY_E_SELECTOR, PFKEY_E_UNSUPPORTED, PFKEY_E_NO_ROOM,
	PFKEY_E_NOMEM, PFKEY_E_QUEUE, PFKEY_E_SEND, PFKEY_E_RECV,
	PFKEY_E_CLOSED, PFKEY_E_KERNEL, PFKEY_E_TIMEOUT, PFKEY_E_CANCELLED,
	PFKEY_E_GAP, PFKEY_E_MAX
};

enum pfkey_type {		/* RFC 2367 section 3.1, then KAME's */
	PFKEY_T_NONE, PFKEY_GETSPI, PFKEY_UPDATE, PFKEY_ADD, PFKEY_DELETE,
	PFKEY_GET, PFKEY_ACQUIRE, PFKEY_REGISTER, PFKEY_EXPIRE, PFKEY_FLUSH,
	PFKEY_DUMP, PFKEY_PROMISC, PFKEY_PCHANGE, PFKEY_SPDUPDATE,
	PFKEY_SPDADD, PFKEY_SPDDELETE, PFKEY_SPDGET, PFKEY_SPDACQUIRE,
	PFKEY_SPDDUMP, PFKEY_SPDFLUSH, PFKEY_SPDSETIDX, PFKEY_SPDEXPIRE,
	PFKEY_SPDDELETE2, PFKEY_NEW_MAPPING, PFKEY_MIGRATE, PFKEY_T_MAX
};

enum pfkey_ext {		/* RFC 2367 section 3.6, then extensions */
	PFKEY_X_NONE, PFKEY_X_SA, PFKEY_X_LIFE_CURRENT, PFKEY_X_LIFE_HARD,
	PFKEY_X_LIFE_SOFT, PFKEY_X_SRC, PFKEY_X_DST, PFKEY_X_PROXY,
	PFKEY_X_KEY_AUTH, PFKEY_X_KEY_ENCRYPT, PFKEY_X_IDENT_SRC,
	PFKEY_X_IDENT_DST, PFKEY_X_SENSITIVITY, PFKEY_X_PROPOSAL,
	PFKEY_X_SUPPORTED_AUTH, PFKEY_X_SUPPORTED_ENCRYPT, PFKEY_X_SPIRANGE,
	PFKEY_X_KMPRIVATE, PFKEY_X_POLICY, PFKEY_X_SA2, PFKEY_X_NATT_TYPE,
	PFKEY_X_NATT_SPORT, PFKEY_X_NATT_DPORT, PFKEY_X_NATT_OAI,
	PFKEY_X_NATT_OAR, PFKEY_X_NATT_FRAG, PFKEY_X_SEC_CTX,
	PFKEY_X_KMADDRESS, PFKEY_X_FILTER, PFKEY_X_SA_REPLAY,
	PFKEY_X_NEW_SRC, PFKEY_X_NEW_DST, PFKEY_X_MAX
};
#define PFKEY_HAS(m, x)	(((m)->present >> (x)) & 1)
enum pfkey_satype { PFKEY_SA_ANY, PFKEY_AH, PFKEY_ESP, PFKEY_RSVP,
	PFKEY_OSPFV2, PFKEY_RIPV2, PFKEY_MIP, PFKEY_IPCOMP, PFKEY_TCPSIG };
enum pfkey_auth { PFKEY_A_NONE, PFKEY_A_MD5, PFKEY_A_SHA1, PFKEY_A_SHA256,
	PFKEY_A_SHA384, PFKEY_A_SHA512, PFKEY_A_RIPEMD160, PFKEY_A_AES_XCBC,
	PFKEY_A_SM3, PFKEY_A_GMAC128, PFKEY_A_GMAC192, PFKEY_A_GMAC256,
	PFKEY_A_NULL, PFKEY_A_TCPMD5 };
enum pfkey_encrypt { PFKEY_C_NONE, PFKEY_C_DES, PFKEY_C_3DES, PFKEY_C_CAST,
	PFKEY_C_BLOWFISH, PFKEY_C_NULL, PFKEY_C_AES_CBC, PFKEY_C_AES_CTR,
	PFKEY_C_AES_CCM8, PFKEY_C_AES_CCM12, PFKEY_C_AES_CCM16,
	PFKEY_C_AES_GCM8, PFKEY_C_AES_GCM12, PFKEY_C_AES_GCM16,
	PFKEY_C_CAMELLIA, PFKEY_C_AES_GMAC, PFKEY_C_SM4, PFKEY_C_SERPENT,
	PFKEY_C_TWOFISH, PFKEY_C_CHACHA20 };
enum pfkey_state { PFKEY_LARVAL, PFKEY_MATURE, PFKEY_DYING, PFKEY_DEAD };
enum pfkey_mode { PFKEY_MODE_ANY, PFKEY_TRANSPORT, PFKEY_TUNNEL };
enum pfkey_level { PFKEY_DEFAULT, PFKEY_USE, PFKEY_REQUIRE, PFKEY_UNIQUE };
enum pfkey_dir { PFKEY_DIR_ANY, PFKEY_IN, PFKEY_OUT, PFKEY_FWD };
enum pfkey_action { PFKEY_DISCARD, PFKEY_NONE, PFKEY_IPSEC, PFKEY_ENTRUST,
	PFKEY_BYPASS };

/* sadb_sa_flags that have a name; the others are in flags_raw. */
enum { PFKEY_F_PFS = 0x01, PFKEY_F_NOECN = 0x02, PFKEY_F_DECAP_DSCP = 0x04,
	PFKEY_F_NOPMTUDISC = 0x08, PFKEY_F_CYCSEQ = 0x10, PFKEY_F_ESN = 0x20,
	PFKEY_F_TUNNEL = 0x40, PFKEY_F_UDPENCAP = 0x80 };

struct pfkey_addr {
	int		 family;	/* AF_INET, AF_INET6, AF_UNSPEC: none */
	uint16_t	 port;
	uint32_t	 scope;		/* sin6_scope_id */
	uint8_t		 bytes[16];	/* IPv4: the first four */
};

struct pfkey_address {			/* an address extension */
	struct pfkey_addr a;
	uint8_t		 plen;
	uint8_t		 proto;		/* 0: any (255 on the wire too) */
};

struct pfkey_lifetime {			/* 0: no limit; times in seconds */
	uint32_t	 allocations;
	uint64_t	 bytes, addtime, usetime;
};

struct pfkey_blob {			/* memory of somebody else */
	const uint8_t	*p;
	size_t		 len;
};

struct pfkey_key {			/* never copied by a parser */
	const uint8_t	*p;		/* (bits + 7) / 8 bytes, or NULL */
	uint16_t	 bits;
};

struct pfkey_request {			/* one IPsec request of a policy */
	uint16_t	 proto;		/* 50 ESP, 51 AH, 108 IPComp */
	uint8_t		 mode, level;
	uint32_t	 reqid;
	struct pfkey_addr src, dst;	/* tunnel endpoints, or AF_UNSPEC */
};

/* One message as it is on the wire; `present' says which parts are there. */
struct pfkey_msg {
	enum pfkey_type	 type;
	uint16_t	 satype;	/* enum pfkey_satype */
	uint8_t		 errnum;	/* sadb_msg_errno */
	uint32_t	 seq, pid;
	uint64_t	 present;	/* 1 << enum pfkey_ext */
	struct {
		uint32_t	 spi, replay, flags, flags_raw;
		uint8_t		 state;
		uint16_t	 auth, encrypt;
	} sa;				/* replay: window in packets */
	struct pfkey_lifetime	 current, hard, soft;
	struct pfkey_address	 src, dst, proxy, natt_oai, natt_oar,
				 new_src, new_dst;
	struct pfkey_key	 key_auth, key_encrypt;
	struct pfkey_ident {
		uint16_t	 type;
		uint64_t	 id;
		struct pfkey_blob name;
	} ident_src, ident_dst;
	struct pfkey_blob	 sensitivity, proposal, supported_auth,
				 supported_encrypt, kmprivate, sec_ctx, filter;
	struct { uint32_t min, max; } spirange;
	struct { uint8_t mode; uint32_t seq, reqid; } sa2;
	struct { uint8_t type; uint16_t sport, dport, frag; } natt;
	uint32_t		 sa_replay;
	struct {
		uint16_t	 type;		/* enum pfkey_action */
		uint8_t		 dir, scope;
		uint32_t	 id, priority;
		unsigned int	 nrequests;
		struct pfkey_request requests[PFKEY_MAX_REQUESTS];
	} policy;
	struct { struct pfkey_addr local, remote; } km;
};

struct pfkey_comb {			/* RFC 2367 section 2.3.7; bits */
	uint16_t	 auth, encrypt;
	uint16_t	 auth_min, auth_max, encrypt_min, encrypt_max;
};

struct pfkey_alg {			/* RFC 2367 section 2.3.8 */
	uint16_t	 id;		/* enum pfkey_auth or pfkey_encrypt */
	uint8_t		 ivlen;
	uint16_t	 min, max;	/* bits */
};

struct pfkey_selector {			/* the traffic that a policy is for */
	struct pfkey_addr src, dst;	/* port unused here */
	uint8_t		 src_plen, dst_plen;
	uint8_t		 proto;		/* 0: any */
	bool		 has_type;	/* of Mobility Header or ICMPv6 */
	uint8_t		 type, code;	/* code: ICMPv6, 0: any */
	uint16_t	 sport, dport;	/* 0: any */
};

struct pfkey_sa {
	uint16_t	 satype;	/* PFKEY_ESP ... */
	uint32_t	 spi, reqid;
	struct pfkey_addr src, dst;
	uint8_t		 mode;		/* enum pfkey_mode */
	uint8_t		 state;
	uint32_t	 replay;	/* window, packets */
	uint32_t	 flags, flags_raw;
	uint16_t	 auth, encrypt;
	struct pfkey_key key_auth, key_encrypt;
	struct pfkey_lifetime current, hard, soft;
	uint8_t		 natt_type;	/* 2: UDP (RFC 3948); 0: none */
	uint16_t	 natt_sport, natt_dport;
	struct pfkey_address proxy;	/* family AF_UNSPEC: none */
	struct pfkey_addr new_src, new_dst; /* UPDATE moves the SA there */
};

struct pfkey_policy {
	struct pfkey_selector sel;
	uint8_t		 dir;		/* PFKEY_IN, PFKEY_OUT, PFKEY_FWD */
	uint16_t	 action;	/* PFKEY_IPSEC ... */
	uint32_t	 id, priority;	/* id: the kernel's, 0 when adding */
	struct pfkey_lifetime current, hard, soft;
	unsigned int	 nrequests;
	struct pfkey_request requests[PFKEY_MAX_POLICY];
};

struct pfkey_migrate {			/* one policy, in one direction */
	struct pfkey_selector sel;	/* exactly the policy's */
	uint8_t		 dir;
	unsigned int	 npairs;
	struct pfkey_request from[PFKEY_MAX_POLICY], to[PFKEY_MAX_POLICY];
	struct pfkey_addr km_local, km_remote;	/* or AF_UNSPEC */
};

struct pfkey_dialect;
struct pfkey_caps {
	const char	*name;
	bool		 spd;		/* KAME's SPD messages */
	bool		 fwd, priority;	/* direction fwd; of policies */
	bool		 mh_type;	/* selectors by Mobility Header type */
	bool		 migrate, kmaddress;
	bool		 update_moves, natt;	/* by UPDATE; RFC 3948 */
	bool		 dump;		/* DUMP by message */
	bool		 icv_fixed;	/* none is set in another way */
	uint32_t	 replay_max, reqid_max;	/* window in packets */
};

/* dialect.c */
const struct pfkey_dialect *pfkey_dialect(const char *);
const struct pfkey_caps	*pfkey_caps(const struct pfkey_dialect *);
unsigned int pfkey_icv_bits(const struct pfkey_dialect *, uint16_t auth);
int	 pfkey_open(void);
const char *pfkey_strerror(enum pfkey_error);
const char *pfkey_type_name(enum pfkey_type);
const char *pfkey_ext_name(enum pfkey_ext);
/* parse.c, build.c: one message */
enum pfkey_error pfkey_parse(const struct pfkey_dialect *, const void *,
	    size_t, struct pfkey_msg *, size_t *);
enum pfkey_error pfkey_build(const struct pfkey_dialect *,
	    const struct pfkey_msg *, void *, size_t, size_t *);
bool	 pfkey_comb(const struct pfkey_dialect *, const struct pfkey_msg *,
	    size_t, struct pfkey_comb *);
bool	 pfkey_alg(const struct pfkey_dialect *, const struct pfkey_msg *,
	    enum pfkey_ext, size_t, struct pfkey_alg *);
void	 pfkey_wipe(void *, size_t);
/* convert.c: between messages and what they are about */
void	 pfkey_msg_init(struct pfkey_msg *, enum pfkey_type);
enum pfkey_error pfkey_from_sa(struct pfkey_msg *, enum pfkey_type,
	    const struct pfkey_sa *);
enum pfkey_error pfkey_from_policy(struct pfkey_msg *, enum pfkey_type,
	    const struct pfkey_policy *);
enum pfkey_error pfkey_from_migrate(struct pfkey_msg *,
	    const struct pfkey_migrate *);
enum pfkey_error pfkey_to_sa(const struct pfkey_msg *, struct pfkey_sa *);
enum pfkey_error pfkey_to_policy(const struct pfkey_msg *,
	    struct pfkey_policy *);
enum pfkey_error pfkey_to_migrate(const struct pfkey_msg *,
	    struct pfkey_migrate *);

/* print.c: one line, never a key; lengths as of snprintf(3) */
enum pfkey_names { PFKEY_N_SATYPE, PFKEY_N_AUTH, PFKEY_N_ENCRYPT,
	PFKEY_N_STATE, PFKEY_N_MODE, PFKEY_N_LEVEL, PFKEY_N_DIR,
	PFKEY_N_ACTION, PFKEY_N_FLAG, PFKEY_N_MAX };
const char *pfkey_name(enum pfkey_names, unsigned int);
size_t	 pfkey_print_sa(char *, size_t, const struct pfkey_sa *);
size_t	 pfkey_print_policy(char *, size_t, const struct pfkey_policy *);
size_t	 pfkey_print_request(char *, size_t, const struct pfkey_request *);
size_t	 pfkey_print_msg(char *, size_t, const struct pfkey_msg *);

/* client.c: requests and answers; times are monotonic nanoseconds */
struct pfkey_client;
struct pfkey_reply {
	enum pfkey_error error;
	int		 errnum;	/* with PFKEY_E_KERNEL, PFKEY_E_SEND */
	const struct pfkey_msg *msg;	/* the answer, unless it is a dump */
	const struct pfkey_sa *sas;	/* DUMP; without keys */
	const struct pfkey_policy *policies;	/* SPDDUMP */
	size_t		 nsas, npolicies;
};
typedef void pfkey_reply_fn(void *, const struct pfkey_reply *);

struct pfkey_handlers {			/* each may be NULL */
	void	(*broadcast)(void *, const struct pfkey_msg *);
	void	(*overflow)(void *);	/* messages were lost: dump */
	void	(*bad)(void *, enum pfkey_error, size_t);
};

struct pfkey_client *pfkey_client_new(int, const struct pfkey_dialect *,
	    uint32_t, const struct pfkey_handlers *, void *);
void	 pfkey_client_free(struct pfkey_client *);
enum pfkey_error pfkey_request(struct pfkey_client *, struct pfkey_msg *,
	    pfkey_reply_fn *, void *, uint64_t);
bool	 pfkey_cancel(struct pfkey_client *, uint32_t);
enum pfkey_error pfkey_client_read(struct pfkey_client *, uint64_t);
void	 pfkey_client_write(struct pfkey_client *, uint64_t);
bool	 pfkey_client_wants_write(const struct pfkey_client *);
uint64_t pfkey_client_next(const struct pfkey_client *);
void	 pfkey_client_expire(struct pfkey_client *, uint64_t);

#endif
