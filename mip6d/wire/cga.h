/*
 * Cryptographically Generated Addresses, RFC 3972: the CGA Parameters, what an
 * address of them is, whether an address is one of theirs, and the search for
 * a modifier.  Pure, but for the working memory of libcrypto in struct mhauth.
 */
#ifndef MIP6D_WIRE_CGA_H
#define MIP6D_WIRE_CGA_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mhauth.h"

#define	CGA_MODIFIER	16	/* octets */
#define	CGA_PREFIX	8	/* octets: 64 bits, RFC 3972 2 */
#define	CGA_KEY_AT	25	/* where the public key begins, RFC 3972 5 */
#define	CGA_MAXLEN	2048	/* of parameters: no message brings more */
#define	CGA_COLLISIONS	2	/* the greatest collision count */
#define	CGA_SEC_MAX	7	/* of addresses that are verified */
#define	CGA_SEC_SEARCH	1	/* that is searched for; 2 takes 2^32 hashes */
#define	CGA_HASH2	14	/* octets of Hash2 */

/*
 * RSA keys for RFC 4866: a signature is as long as the modulus and must fit
 * the 255 octets of an option; verifying must not take too long.
 */
#define	CGA_RSA_MIN	1024	/* bits of the modulus */
#define	CGA_RSA_MAX	2040
#define	CGA_RSA_EXPONENT	(UINT64_C(1) << 32)	/* the greatest */

enum cga_err {
	CGA_OK,
	CGA_E_SHORT,		/* ends before the public key */
	CGA_E_LONG,		/* longer than CGA_MAXLEN */
	CGA_E_KEY,		/* no SubjectPublicKeyInfo in DER */
	CGA_E_COLLISIONS,	/* the collision count is above 2 */
	CGA_E_PREFIX,		/* that of the address is another */
	CGA_E_HASH1,		/* so is its interface identifier */
	CGA_E_HASH2,		/* not as many zeros as its Sec wants */
	CGA_E_SEC,		/* Sec is above what is possible here */
	CGA_E_ALGORITHM,	/* not rsaEncryption */
	CGA_E_RSA,		/* no RSAPublicKey in DER */
	CGA_E_RSA_SHORT,	/* the modulus is below CGA_RSA_MIN */
	CGA_E_RSA_LONG,		/* it is above CGA_RSA_MAX */
	CGA_E_EXPONENT,		/* above CGA_RSA_EXPONENT, even or 1 */
	CGA_E_CRYPTO,		/* libcrypto failed */
	CGA_NERR
};

/* CGA Parameters, RFC 3972 3.  key and ext are memory of who filled it. */
struct cga {
	uint8_t		 modifier[CGA_MODIFIER];
	uint8_t		 prefix[CGA_PREFIX];
	uint8_t		 collisions;
	const uint8_t	*key;		/* SubjectPublicKeyInfo, all of it */
	size_t		 keylen;
	const uint8_t	*ext;		/* extension fields: of no meaning */
	size_t		 extlen;
};

/* An RSA public key; n points into the key. */
struct cga_rsa {
	const uint8_t	*n;		/* modulus, its first octet not 0 */
	size_t		 nlen;
	unsigned int	 bits;		/* of the modulus */
	uint64_t	 e;		/* exponent; UINT64_MAX: or above */
};

/* A search for a modifier, between two steps of it. */
struct cga_search {
	uint8_t		 in[CGA_MAXLEN];	/* of Hash2 */
	size_t		 len;
	unsigned int	 sec;
	uint64_t	 hashes;		/* computed so far */
	bool		 found;
};

enum cga_err	 cga_parse(struct cga *, const void *, size_t);
size_t		 cga_build(const struct cga *, void *, size_t);
enum cga_err	 cga_rsa(const struct cga *, struct cga_rsa *);
enum cga_err	 cga_rsa_fits(const struct cga_rsa *);

enum cga_err	 cga_address(struct mhauth *, const struct cga *,
		    unsigned int sec, struct in6_addr *);
enum cga_err	 cga_verify(struct mhauth *, const struct cga *,
		    const struct in6_addr *);
enum cga_err	 cga_sec_max(struct mhauth *, const struct cga *,
		    unsigned int *);
unsigned int	 cga_sec(const struct in6_addr *);
unsigned int	 cga_hash2_sec(const uint8_t [CGA_HASH2]);

enum cga_err	 cga_search_begin(struct cga_search *, const struct cga *,
		    unsigned int sec);
enum cga_err	 cga_search_step(struct mhauth *, struct cga_search *,
		    struct cga *, unsigned int);
void		 cga_move(struct cga *, const struct in6_addr *);
bool		 cga_collided(struct cga *);

const char	*cga_err_name(enum cga_err);

#endif
