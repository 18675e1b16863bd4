/*
 * What RFC 4866 does with RSA keys: signatures over mobility data (RFC 3972 6,
 * RSASSA-PKCS1-v1_5 with SHA-1) and permanent home keygen tokens in transit
 * (4.7, RSAES-PKCS1-v1_5).  Both paddings are made and judged here, so that no
 * rule of a system about SHA-1 stands against what the RFC fixes.  Public
 * halves are those of wire/cga.h, private ones are libcrypto's.
 */
#ifndef MIP6D_WIRE_CGARSA_H
#define MIP6D_WIRE_CGARSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/cga.h"
#include "wire/mhauth.h"

struct evp_pkey_st;		/* EVP_PKEY */

#define	CGARSA_MAX	255	/* octets of a signature, or of a token */

enum cgarsa_err {
	CGARSA_OK,
	CGARSA_E_LENGTH,	/* not as long as the modulus, or too long */
	CGARSA_E_KEY,		/* a key that RFC 4866 can't use */
	CGARSA_E_MISMATCH,	/* not what the padding must have in it */
	CGARSA_E_CRYPTO,	/* libcrypto failed */
	CGARSA_NERR
};

enum cgarsa_err	 cgarsa_verify(struct mhauth *, const struct cga_rsa *,
		    const void *data, size_t len, const void *sig, size_t);
enum cgarsa_err	 cgarsa_sign(struct mhauth *, struct evp_pkey_st *,
		    const void *data, size_t len,
		    uint8_t sig[CGARSA_MAX], size_t *);

enum cgarsa_err	 cgarsa_encrypt(const struct cga_rsa *, uint64_t token,
		    uint64_t (*random)(void *), void *,
		    uint8_t out[CGARSA_MAX], size_t *);
enum cgarsa_err	 cgarsa_decrypt(struct evp_pkey_st *, const void *, size_t,
		    uint64_t *token);

const char	*cgarsa_err_name(enum cgarsa_err);

#endif
