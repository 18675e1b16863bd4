/* What is used of OpenSSL's pem.h. */
#ifndef BSD_PEM_H
#define BSD_PEM_H

#include <openssl/bio.h>
#include <openssl/evp.h>

typedef struct evp_cipher	EVP_CIPHER;
typedef int	 pem_password_cb(char *, int, int, void *);

EVP_PKEY	*PEM_read_bio_PrivateKey(BIO *, EVP_PKEY **, pem_password_cb *,
		    void *);
int		 PEM_write_bio_PKCS8PrivateKey(BIO *, const EVP_PKEY *,
		    const EVP_CIPHER *, const char *, int, pem_password_cb *,
		    void *);

#endif
