/*
 * Text appended to a buffer of the caller's: always ends in NUL, cut off when
 * full.  Pure.
 */
#ifndef MIP6D_WIRE_TEXT_H
#define MIP6D_WIRE_TEXT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char	*p;
	size_t	 cap;		/* with the NUL */
	size_t	 off;		/* characters written */
	bool	 cut;		/* something did not fit */
	const char *sep;	/* in front of a field; " " at first */
	const char *colon;	/* between its name and value; " " at first */
};

void	text_init(struct text *, char *, size_t);
void	text_add(struct text *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
void	text_field(struct text *, const char *, const char *, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
void	text_field_addr(struct text *, const char *, const struct in6_addr *);
void	text_addr(struct text *, const struct in6_addr *);
void	text_hex(struct text *, const void *, size_t, size_t);
void	text_str(struct text *, const void *, size_t);

#endif
