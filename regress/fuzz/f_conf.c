/*
 * Configuration text: whatever it is, there is an answer.  What was accepted
 * is printed as text that means the same, with and without its secrets.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/parser.h"

/* One line may ask for a million mobile nodes, each some allocations. */
#define ALLOCATIONS	10000

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *
print(const struct conf *c, unsigned int mask, size_t *len)
{
	char	*text = NULL;
	FILE	*f;

	if ((f = open_memstream(&text, len)) == NULL ||
	    conf_print(f, c, mask) == -1 || fclose(f) != 0)
		abort();
	return (text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct conf	*c, *again;
	char		*text, *text2;
	size_t		 n, n2;

	conf_mem_fail = ALLOCATIONS;
	c = conf_parse_text((const char *)p, len, NULL, NULL);
	conf_mem_fail = -1;
	if (c == NULL)
		return (0);
	text = print(c, CONF_PRINT_ALL, &n);
	if ((again = conf_parse_text(text, n, NULL, NULL)) == NULL ||
	    !conf_equal(c, again))
		abort();
	text2 = print(again, CONF_PRINT_ALL, &n2);
	if (n != n2 || memcmp(text, text2, n) != 0)
		abort();
	free(text);
	free(text2);
	conf_free(again);
	text = print(c, CONF_PRINT_ALL & ~CONF_PRINT_SECRETS, &n);
	if ((again = conf_parse_text(text, n, NULL, NULL)) == NULL ||
	    again->secrets)
		abort();
	free(text);
	conf_free(again);
	conf_free(c);
	return (0);
}
