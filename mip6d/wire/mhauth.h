/*
 * Authentication of mobility messages: return routability (RFC 6275 5.2,
 * 6.2.7) and the authentication options of RFC 4285.  HMAC-SHA1 and SHA-1 are
 * what these RFCs fix; both come from libcrypto.
 *
 * The functions are pure but for struct mhauth, which holds libcrypto's
 * working memory so that nothing is allocated or looked up per message.  One
 * per process or thread.
 */
#ifndef MIP6D_WIRE_MHAUTH_H
#define MIP6D_WIRE_MHAUTH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "wire/mh.h"

#define	MHAUTH_KEYMAX	64	/* octets of a key: a block of SHA-1 */
#define	MHAUTH_KEYLEN	16	/* of an MN-HA key, RFC 4285 5.1 */
#define	MHAUTH_KCNLEN	20	/* of a node key, RFC 6275 5.2.1 */
#define	MHAUTH_NONCEMAX	64	/* octets of a nonce, 5.2.2 */
#define	MHAUTH_KBMLEN	20	/* of a binding management key, 5.2.5 */
#define	MHAUTH_MACLEN	20	/* HMAC-SHA1 */
#define	MHAUTH_TOKENLEN	8	/* keygen token, init cookie */
#define	MHAUTH_DATAMAX	(2 * 16 + MH_MAXLEN)	/* of mhauth_data() */
#define	MHAUTH_SPI_HMAC_SHA1	3	/* RFC 4285 8: HMAC_SHA1_SPI */
#define	MHAUTH_SPI_RESERVED	255	/* 0 to this: not for MN-HA keys */

struct mhauth;			/* libcrypto's contexts */

/* Which keygen token (RFC 6275 5.2.5: the final octet). */
enum mhauth_token { MHAUTH_HOME = 0, MHAUTH_CAREOF = 1 };

enum mhauth_err {
	MHAUTH_OK,
	MHAUTH_E_NONE,		/* the message has no such option */
	MHAUTH_E_LENGTH,	/* the authenticator has a wrong length */
	MHAUTH_E_MISMATCH,	/* it is not the right one */
	MHAUTH_E_CRYPTO,	/* libcrypto failed */
	MHAUTH_NERR
};

struct mhauth	*mhauth_new(void);
void		 mhauth_free(struct mhauth *);

bool		 mhauth_hmac(struct mhauth *, const void *, size_t,
		    const void *, size_t, uint8_t [MHAUTH_MACLEN]);
bool		 mhauth_sha1(struct mhauth *, const void *, size_t,
		    uint8_t [MHAUTH_MACLEN]);

size_t		 mhauth_data(uint8_t [MHAUTH_DATAMAX], const struct mh *,
		    size_t, const struct in6_addr *, const struct in6_addr *);

/* Return routability, RFC 6275 5.2.5 */
bool		 mhauth_token(struct mhauth *, enum mhauth_token,
		    const uint8_t [MHAUTH_KCNLEN], const struct in6_addr *,
		    const void *, size_t, uint64_t *);
bool		 mhauth_token_by(struct mhauth *, enum mhauth_token,
		    const void *, size_t, const struct in6_addr *,
		    const void *, size_t, uint64_t *);
bool		 mhauth_kbm(struct mhauth *, uint64_t, const uint64_t *,
		    uint8_t [MHAUTH_KBMLEN]);

/* Binding Authorization Data, RFC 6275 6.2.7 */
enum mhauth_err	 mhauth_bad_sign(struct mhauth *, struct mh *,
		    const void *, size_t, const struct in6_addr *,
		    const struct in6_addr *);
enum mhauth_err	 mhauth_bad_verify(struct mhauth *, const struct mh *,
		    const void *, size_t, const struct in6_addr *,
		    const struct in6_addr *);

/* MN-HA and MN-AAA authentication, RFC 4285 5 */
enum mhauth_err	 mhauth_auth_sign(struct mhauth *, struct mh *, uint8_t,
		    const void *, size_t, const struct in6_addr *,
		    const struct in6_addr *);
enum mhauth_err	 mhauth_auth_verify(struct mhauth *, const struct mh *, uint8_t,
		    const void *, size_t, const struct in6_addr *,
		    const struct in6_addr *);

/* Timestamps of the replay protection option, RFC 4285 6 */
uint64_t	 mhauth_ntp(const struct timespec *);
uint64_t	 mhauth_ntp_ns(int64_t);
void		 mhauth_ntp_time(uint64_t, struct timespec *);
bool		 mhauth_ntp_close(uint64_t, uint64_t, unsigned int);
uint64_t	 mhauth_ntp_reject(uint64_t, uint64_t);

#endif
