/* What is used of OpenSSL's bn.h. */
#ifndef BSD_BN_H
#define BSD_BN_H

typedef struct bignum	BIGNUM;
typedef struct bn_ctx	BN_CTX;
typedef struct bn_mont	BN_MONT_CTX;

BN_CTX	*BN_CTX_new(void);
void	 BN_CTX_free(BN_CTX *);
void	 BN_CTX_start(BN_CTX *);
void	 BN_CTX_end(BN_CTX *);
BIGNUM	*BN_CTX_get(BN_CTX *);
BIGNUM	*BN_bin2bn(const unsigned char *, int, BIGNUM *);
int	 BN_bn2binpad(const BIGNUM *, unsigned char *, int);
int	 BN_cmp(const BIGNUM *, const BIGNUM *);
int	 BN_mod_exp_mont(BIGNUM *, const BIGNUM *, const BIGNUM *,
	    const BIGNUM *, BN_CTX *, BN_MONT_CTX *);

#endif
