/* What is used of OpenSSL's bio.h. */
#ifndef BSD_BIO_H
#define BSD_BIO_H

typedef struct bio	BIO;
typedef struct bio_method	BIO_METHOD;

#define BIO_get_mem_data(b, p)	BIO_ctrl((b), 3, 0, (char *)(p))

const BIO_METHOD	*BIO_s_mem(void);
BIO	*BIO_new(const BIO_METHOD *);
BIO	*BIO_new_mem_buf(const void *, int);
long	 BIO_ctrl(BIO *, int, long, void *);
int	 BIO_free(BIO *);

#endif
