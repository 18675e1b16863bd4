/*
 * Patterns for identifiers, as fnmatch(3) has them: *, ?, [a-z], [!a-z] and a
 * backslash before what stands for itself.  Patterns and texts come from
 * others, and fnmatch(3) of some systems takes time beyond all bounds for many
 * asterisks; this takes at most the product of both lengths.  Pure.
 */
#include <stddef.h>
#include <string.h>

#include "core/glob.h"

/*
 * Does one character match the part of a pattern at *p, which is no asterisk?
 * Then *p is behind that part.
 */
static bool
match_one(const char **p, unsigned char c)
{
	const char	*q = *p, *first;
	unsigned char	 low, high;
	bool		 not, in = false;

	if (*q == '[') {
		not = q[1] == '!' || q[1] == '^';
		first = q += not ? 2 : 1;
		while (*q != '\0' && (*q != ']' || q == first)) {
			low = high = (unsigned char)*q++;
			if (*q == '-' && q[1] != ']' && q[1] != '\0') {
				high = (unsigned char)q[1];
				q += 2;
			}
			in = in || (c >= low && c <= high);
		}
		if (*q == ']') {
			*p = q + 1;
			return (in != not);
		}
		q = *p;		/* a bracket that nothing closes is itself */
	}
	if (*q == '?') {
		*p = q + 1;
		return (true);
	}
	if (*q == '\\' && q[1] != '\0')
		q++;
	*p = q + 1;
	return ((unsigned char)*q == c);
}

/* Does the pattern match all of the text? */
bool
glob_match(const char *pattern, const char *text)
{
	const char	*p = pattern, *after = NULL, *again = NULL;

	while (*text != '\0') {
		if (*p == '*') {
			after = ++p;
			again = text;
		} else if (*p != '\0' && match_one(&p, (unsigned char)*text))
			text++;
		else if (after == NULL)
			return (false);
		else {
			/* The last asterisk stands for one more. */
			p = after;
			text = ++again;
		}
	}
	while (*p == '*')
		p++;
	return (*p == '\0');
}
