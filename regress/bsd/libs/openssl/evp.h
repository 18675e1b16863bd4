/* What is used of OpenSSL's evp.h. */
#ifndef BSD_EVP_H
#define BSD_EVP_H

typedef struct evp_md	EVP_MD;
typedef struct evp_ctx	EVP_MD_CTX;
typedef struct engine	ENGINE;

const EVP_MD	*EVP_sha1(void);
EVP_MD_CTX	*EVP_MD_CTX_new(void);
void		 EVP_MD_CTX_free(EVP_MD_CTX *);
int		 EVP_DigestInit_ex(EVP_MD_CTX *, const EVP_MD *, ENGINE *);
int		 EVP_DigestUpdate(EVP_MD_CTX *, const void *, __SIZE_TYPE__);
int		 EVP_DigestFinal_ex(EVP_MD_CTX *, unsigned char *,
		    unsigned int *);

#endif
