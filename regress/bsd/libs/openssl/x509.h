/* What is used of OpenSSL's x509.h. */
#ifndef BSD_X509_H
#define BSD_X509_H

#include <openssl/evp.h>

EVP_PKEY *d2i_AutoPrivateKey(EVP_PKEY **, const unsigned char **, long);
int	 i2d_PUBKEY(EVP_PKEY *, unsigned char **);	/* const in 3.0 */

#endif
