/* What is used of OpenSSL's err.h. */
#ifndef BSD_ERR_H
#define BSD_ERR_H

unsigned long	 ERR_peek_last_error(void);
const char	*ERR_reason_error_string(unsigned long);
void		 ERR_clear_error(void);

#endif
