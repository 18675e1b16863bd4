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

typedef struct evp_pkey_st	EVP_PKEY;
typedef struct evp_pkey_ctx	EVP_PKEY_CTX;
typedef int		 EVP_PKEY_gen_cb(EVP_PKEY_CTX *);

#define EVP_PKEY_RSA	6

EVP_PKEY_CTX	*EVP_PKEY_CTX_new(EVP_PKEY *, ENGINE *);
EVP_PKEY_CTX	*EVP_PKEY_CTX_new_id(int, ENGINE *);
void		 EVP_PKEY_CTX_free(EVP_PKEY_CTX *);
void		 EVP_PKEY_CTX_set_cb(EVP_PKEY_CTX *, EVP_PKEY_gen_cb *);
void		 EVP_PKEY_CTX_set_app_data(EVP_PKEY_CTX *, void *);
void		*EVP_PKEY_CTX_get_app_data(EVP_PKEY_CTX *);
int		 EVP_PKEY_keygen_init(EVP_PKEY_CTX *);
int		 EVP_PKEY_keygen(EVP_PKEY_CTX *, EVP_PKEY **);
int		 EVP_PKEY_decrypt_init(EVP_PKEY_CTX *);
int		 EVP_PKEY_decrypt(EVP_PKEY_CTX *, unsigned char *,
		    __SIZE_TYPE__ *, const unsigned char *, __SIZE_TYPE__);
int		 EVP_PKEY_size(const EVP_PKEY *);
int		 EVP_PKEY_base_id(const EVP_PKEY *);
void		 EVP_PKEY_free(EVP_PKEY *);

#endif
