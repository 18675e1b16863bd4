/*
 * Private RSA keys for mip6ctl cga: made, read from a PEM file as
 * wire/cgakey.c takes it, and written to one (PKCS #8, RFC 5958, without a
 * passphrase), by libcrypto.  A file is made whole, for its owner alone, and
 * never replaced.  Memory that has held a private key is overwritten before it
 * is freed.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "mip6ctl/rsakey.h"
#include "wire/cgakey.h"

struct rsakey {
	EVP_PKEY	*pkey;
};

/* What libcrypto gives as its last reason; its others are forgotten. */
static void
crypto_why(char *why, size_t cap, const char *what)
{
	const char	*reason;

	reason = ERR_reason_error_string(ERR_peek_last_error());
	snprintf(why, cap, "%s: %s", what, reason == NULL ?
	    "libcrypto does not tell why" : reason);
	ERR_clear_error();
}

static struct rsakey *
own(EVP_PKEY *pkey)
{
	struct rsakey	*k;

	if ((k = calloc(1, sizeof(*k))) == NULL) {
		EVP_PKEY_free(pkey);
		return (NULL);
	}
	k->pkey = pkey;
	return (k);
}

/* Free a key; NULL is allowed. */
void
rsakey_free(struct rsakey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

/* libcrypto looks for primes: it calls this after each that it has tried. */
static int
on_prime(EVP_PKEY_CTX *ctx)
{
	progress_tick(EVP_PKEY_CTX_get_app_data(ctx), "making an RSA key");
	return (1);
}

/*
 * A new key with a modulus of that many bits and the exponent 65537.  NULL and
 * why if libcrypto refuses.
 */
struct rsakey *
rsakey_make(unsigned int bits, struct progress *p, char *why, size_t cap)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY	*pkey = NULL;
	struct rsakey	*k = NULL;

	progress_begin(p);
	if (ctx != NULL) {
		EVP_PKEY_CTX_set_app_data(ctx, p);
		EVP_PKEY_CTX_set_cb(ctx, on_prime);
	}
	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1 ||
	    EVP_PKEY_keygen(ctx, &pkey) != 1)
		crypto_why(why, cap, "no key could be made");
	else if ((k = own(pkey)) == NULL)
		snprintf(why, cap, "%s", strerror(ENOMEM));
	EVP_PKEY_CTX_free(ctx);
	return (k);
}

/*
 * The key of a PEM file.  NULL and why if there is none or it can't be used;
 * errno is ENOENT if there is no such file, else another.
 */
struct rsakey *
rsakey_read(const char *path, char *why, size_t cap)
{
	struct rsakey	*k = NULL;
	EVP_PKEY	*pkey;
	const char	*reason;
	uint8_t		*p;
	size_t		 len;

	if ((p = file_read(path, 0, CGAKEY_FILE_MAX, &len)) == NULL) {
		snprintf(why, cap, "%s", errno == EINVAL ? "not a file" :
		    strerror(errno));
		return (NULL);
	}
	if ((pkey = cgakey_parse(p, len, &reason)) == NULL)
		snprintf(why, cap, "%s", reason);
	else if ((k = own(pkey)) == NULL)
		snprintf(why, cap, "%s", strerror(ENOMEM));
	OPENSSL_cleanse(p, len);
	free(p);
	errno = EINVAL;
	return (k);
}

/*
 * Write the private key to a new file for its owner alone.  False and why if
 * that fails, or if there is something of that name.
 */
bool
rsakey_write(const struct rsakey *k, const char *path, char *why, size_t cap)
{
	BIO	*b = BIO_new(BIO_s_mem());
	char	*p = NULL;
	long	 len = 0;
	int	 e = EIO;

	if (b == NULL || PEM_write_bio_PKCS8PrivateKey(b, k->pkey, NULL, NULL,
	    0, NULL, NULL) != 1)
		crypto_why(why, cap, "the key can't be written");
	else {
		len = BIO_get_mem_data(b, &p);
		e = len <= 0 ? ENOMEM : file_create(path, 0600, p,
		    (size_t)len);
		snprintf(why, cap, "%s", strerror(e));
	}
	if (len > 0)
		OPENSSL_cleanse(p, (size_t)len);
	BIO_free(b);
	return (e == 0);
}

/* The SubjectPublicKeyInfo in DER, the caller's to free; NULL: no memory. */
uint8_t *
rsakey_public(const struct rsakey *k, size_t *len)
{
	unsigned char	*p = NULL, *q;
	int		 n = i2d_PUBKEY(k->pkey, NULL);

	if (n <= 0 || (p = q = malloc((size_t)n)) == NULL ||
	    i2d_PUBKEY(k->pkey, &q) != n) {
		free(p);
		return (NULL);
	}
	*len = (size_t)n;
	return (p);
}
