/* What is used of OpenSSL's rsa.h. */
#ifndef BSD_RSA_H
#define BSD_RSA_H

#include <openssl/evp.h>

int	 EVP_PKEY_CTX_set_rsa_keygen_bits(EVP_PKEY_CTX *, int);

#endif
