/* What is used of OpenSSL's crypto.h. */
#ifndef BSD_CRYPTO_H
#define BSD_CRYPTO_H

int	 CRYPTO_memcmp(const void *, const void *, __SIZE_TYPE__);

void	 OPENSSL_cleanse(void *, __SIZE_TYPE__);

#endif
