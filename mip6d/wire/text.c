/*
 * Formatted text appended to a buffer of a fixed size: it always ends in a
 * NUL, and what does not fit is cut off.  The other files of wire print
 * packets with it, and what a peer has sent is written so that no terminal
 * takes it for a command.  Pure; the buffer is the caller's.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/text.h"

/* Start an empty text in the cap characters at p. */
void
text_init(struct text *t, char *p, size_t cap)
{
	t->p = p;
	t->cap = cap;
	t->off = 0;
	t->cut = cap == 0;
	t->sep = " ";
	t->colon = " ";
	if (cap != 0)
		p[0] = '\0';
}

static void text_vadd(struct text *, const char *, va_list)
    __attribute__((__format__(__printf__, 2, 0)));

static void
text_vadd(struct text *t, const char *fmt, va_list ap)
{
	int	 n;

	if (t->cut)
		return;
	n = vsnprintf(t->p + t->off, t->cap - t->off, fmt, ap);
	if (n < 0 || (size_t)n >= t->cap - t->off) {
		t->cut = true;
		t->off = t->cap - 1;
		t->p[t->off] = '\0';
	} else
		t->off += (size_t)n;
}

/* Append as printf does. */
void
text_add(struct text *t, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	text_vadd(t, fmt, ap);
	va_end(ap);
}

/* Append a field: separator, name, colon, value as printf writes it. */
void
text_field(struct text *t, const char *name, const char *fmt, ...)
{
	va_list	 ap;

	text_add(t, "%s%s%s", t->sep, name, t->colon);
	va_start(ap, fmt);
	text_vadd(t, fmt, ap);
	va_end(ap);
}

/* The same with an address as the value. */
void
text_field_addr(struct text *t, const char *name, const struct in6_addr *a)
{
	text_field(t, name, "%s", "");
	text_addr(t, a);
}

/* Append an address as RFC 5952 writes it. */
void
text_addr(struct text *t, const struct in6_addr *a)
{
	char	 buf[INET6_ADDRSTRLEN];

	text_add(t, "%s", inet_ntop(AF_INET6, a, buf, sizeof(buf)) == NULL ?
	    "?" : buf);
}

/* Append len octets in hex, at most max of them and then "...". */
void
text_hex(struct text *t, const void *data, size_t len, size_t max)
{
	const uint8_t	*p = data;
	size_t		 i;

	for (i = 0; i < len && i < max; i++)
		text_add(t, "%02x", p[i]);
	if (len > max)
		text_add(t, "...");
}

/* Append len characters that came from a peer: only printable ASCII as is. */
void
text_str(struct text *t, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 i;

	for (i = 0; i < len; i++)
		if (p[i] > 0x20 && p[i] < 0x7f && p[i] != '\\')
			text_add(t, "%c", p[i]);
		else
			text_add(t, "\\x%02x", p[i]);
}
