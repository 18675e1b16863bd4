/*
 * Private RSA keys in PEM, for addresses that are CGAs: taken out of the octets
 * of a file by libcrypto, and compared with the public key of CGA Parameters.
 * The parent checks by it what the configuration names, cga takes its keys,
 * and mip6ctl reads them.  No passphrase is ever asked for.  Pure.
 */
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string.h>

#include "wire/cgakey.h"

/* pem_password_cb: there is none. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(bool *)arg = true;
	return (-1);
}

/*
 * The RSA key in len octets of PEM, for cgakey_free(); NULL and *why, a text
 * that stays, if there is none that can be used.
 */
struct evp_pkey_st *
cgakey_parse(const void *p, size_t len, const char **why)
{
	EVP_PKEY	*key = NULL;
	bool		 encrypted = false;
	BIO		*b = NULL;

	if (len <= CGAKEY_FILE_MAX)
		b = BIO_new_mem_buf(p, (int)len);
	if (b != NULL)
		key = PEM_read_bio_PrivateKey(b, NULL, no_passphrase,
		    &encrypted);
	BIO_free(b);
	ERR_clear_error();
	if (key == NULL) {
		*why = encrypted ? "a key with a passphrase can't be used" :
		    "has no private key in PEM";
		return (NULL);
	}
	if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA)
		return (key);
	EVP_PKEY_free(key);
	*why = "its key is not for RSA";
	return (NULL);
}

/* Is the public half of that key the one of these parameters? */
bool
cgakey_is_of(struct evp_pkey_st *key, const struct cga *c)
{
	unsigned char	 der[CGA_MAXLEN], *p = der;
	int		 n = i2d_PUBKEY(key, NULL);

	return (n > 0 && (size_t)n == c->keylen && (size_t)n <= sizeof(der) &&
	    i2d_PUBKEY(key, &p) == n && memcmp(der, c->key, c->keylen) == 0);
}

/* Free a key, whose memory is wiped; NULL is allowed. */
void
cgakey_free(struct evp_pkey_st *key)
{
	EVP_PKEY_free(key);
}
