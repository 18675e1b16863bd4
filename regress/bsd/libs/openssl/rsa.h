/* What is used of OpenSSL's rsa.h. */
#ifndef BSD_RSA_H
#define BSD_RSA_H

#include <openssl/evp.h>

#define RSA_PKCS1_PADDING	1
#define RSA_NO_PADDING	3

int	 EVP_PKEY_CTX_set_rsa_padding(EVP_PKEY_CTX *, int);
int	 EVP_PKEY_CTX_set_rsa_keygen_bits(EVP_PKEY_CTX *, int);

#endif
