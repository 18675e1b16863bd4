/*
 * Writes a configuration as text that parses to the same thing, by the tables
 * that it was read by.  Secrets are written only where the caller asks for
 * them.  The parent passes configurations to its children as such text; mip6d
 * -nv and mip6ctl show configuration print it for people.
 */
#include <string.h>

#include "conf/parser.h"
#include "core/busy.h"

static void	 print_block(FILE *, const struct conf_block *, const void *,
		    unsigned int, unsigned int, bool);

/* A block's parts are on lines of their own, or all on the line of its key. */
static void
separate(FILE *f, unsigned int depth, bool oneline)
{
	if (oneline)
		putc(' ', f);
	else
		fprintf(f, "%.*s", (int)depth, "\t\t\t\t\t\t\t\t");
}

static void
print_value(FILE *f, const struct conf_key *key, const void *obj,
    const void *at, bool all)
{
	if (key->alt != NULL && key->has_off != 0 &&
	    *((const bool *)obj + key->has_off))
		fputs(key->alt, f);
	else
		conf_value[key->type].print(f, key, at, all);
}

/* The keyword of an element: that of the row with its tag. */
static const char *
keyword(const struct conf_key *key, const void *element)
{
	if (!key->tagged)
		return (key->name);
	while (*((const bool *)element + key->tag_off) != key->tag)
		key++;
	return (key->name);
}

static void
print_nested(FILE *f, const struct conf_key *key, const void *element,
    unsigned int mask, unsigned int depth, bool oneline)
{
	const struct conf_key	*label = key->block->label;
	bool			 brace = (key->flags & KEY_ONELINE) == 0;

	separate(f, depth, oneline);
	fputs(keyword(key, element), f);
	if (label != NULL && !conf_absent(label, element)) {
		putc(' ', f);
		print_value(f, label, element, (const char *)element +
		    label->off, true);
		if (label->then != NULL) {
			putc(' ', f);
			print_value(f, label->then, element,
			    (const char *)element + label->then->off, true);
		}
	}
	fputs(brace ? " {\n" : "", f);
	print_block(f, key->block, element, mask, depth + 1, !brace);
	if (brace)
		separate(f, depth, false);
	fputs(brace ? "}\n" : oneline ? "" : "\n", f);
}

/* Whether the value is shown if it is a secret. */
static bool
may_show(const struct conf_key *key, unsigned int mask)
{
	return ((mask & CONF_PRINT_SECRETS) != 0 &&
	    ((key->flags & KEY_IPSEC) == 0 ||
	    (mask & CONF_PRINT_IPSEC) != 0));
}

static void
print_key(FILE *f, const struct conf_key *key, const void *obj,
    unsigned int mask, unsigned int depth, bool oneline)
{
	const struct conf_key	*then = key->then;
	bool			 all = may_show(key, mask);
	size_t			 i, n = conf_count(key, obj);

	for (i = 0; i < n; i++) {
		busy();
		if (key->type == KEY_BLOCK) {
			print_nested(f, key, conf_element_const(key, obj, i),
			    mask, depth, oneline);
			continue;
		}
		separate(f, depth, oneline);
		fputs(key->name, f);
		if (key->type != KEY_WORD) {
			putc(' ', f);
			print_value(f, key, obj,
			    conf_element_const(key, obj, i), all);
		}
		if (then != NULL && conf_applies(key, then, obj)) {
			putc(' ', f);
			print_value(f, then, obj, (const char *)obj +
			    then->off, may_show(then, mask));
		}
		fputs(oneline ? "" : "\n", f);
	}
}

static void
print_block(FILE *f, const struct conf_block *block, const void *obj,
    unsigned int mask, unsigned int depth, bool oneline)
{
	const struct conf_key	*k;

	for (k = block->keys; k->name != NULL; k++) {
		if ((k->mask != 0 && (k->mask & mask) == 0) ||
		    (k->flags & KEY_ALIAS) != 0 ||
		    !conf_applies(block->label, k, obj))
			continue;
		if (k->flags & KEY_MERGED)
			print_block(f, k->block, (const char *)obj + k->off,
			    mask, depth, oneline);
		else
			print_key(f, k, obj, mask, depth, oneline);
	}
}

int
conf_print(FILE *f, const struct conf *conf, unsigned int mask)
{
	print_block(f, &conf_top_block, conf, mask, 0, false);
	return (fflush(f) != 0 || ferror(f) ? -1 : 0);
}
