/*
 * Walks over the structures of a configuration by their tables: sets defaults,
 * counts and finds elements, compares, and frees with secrets wiped.  Knows no
 * single key.  Called by the parser, by print.c, and by whoever frees or
 * compares a configuration.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"

static void *
field(const struct conf_key *key, void *obj)
{
	return ((char *)obj + key->off);
}

static const void *
field_const(const struct conf_key *key, const void *obj)
{
	return ((const char *)obj + key->off);
}

/* Number of elements of a list, or of blocks that are there: 0 or 1. */
size_t
conf_count(const struct conf_key *key, const void *obj)
{
	if (key->flags & KEY_LIST)
		return (*(const size_t *)(const void *)
		    ((const char *)obj + key->count));
	return (conf_absent(key, obj) ? 0 : 1);
}

/* The i-th of conf_count(). */
const void *
conf_element_const(const struct conf_key *key, const void *obj, size_t i)
{
	const void	*at = field_const(key, obj);

	if (key->flags & KEY_LIST)
		return (*(const char *const *)at + i * key->size);
	if (key->flags & KEY_POINTER)
		return (*(const void *const *)at);
	return (at);
}

void *
conf_element(const struct conf_key *key, void *obj, size_t i)
{
	void	*at = field(key, obj);

	if (key->flags & KEY_LIST)
		return (*(char **)at + i * key->size);
	if (key->flags & KEY_POINTER)
		return (*(void **)at);
	return (at);
}

/* Whether a value applies, given the label or the value before it. */
bool
conf_applies(const struct conf_key *label, const struct conf_key *key,
    const void *obj)
{
	int	 v = 0;

	if (key->when == 0 || label == NULL)
		return (true);
	if (label->size == sizeof(bool))
		v = *(const bool *)field_const(label, obj);
	else
		memcpy(&v, field_const(label, obj), sizeof(v));
	return (v >= 0 && v < 32 && (key->when & (1U << v)) != 0);
}

/* Whether a key has no value: it is not printed then. */
bool
conf_absent(const struct conf_key *key, const void *obj)
{
	const void		*at = field_const(key, obj);
	const struct conf_key	*label;
	int			 v = 0;

	if (key->flags & KEY_POINTER)
		return (*(const void *const *)at == NULL);
	if (key->type == KEY_BLOCK && (key->flags & KEY_OPTIONAL) != 0) {
		label = key->block->label;
		memcpy(&v, (const char *)at + label->off, sizeof(v));
		return (v == 0);
	}
	if (key->type == KEY_WORD && key->size == sizeof(bool))
		return (*(const bool *)at != (key->def != 0));
	if (key->type == KEY_WORD) {
		memcpy(&v, at, sizeof(v));
		return (v != (int)key->def);
	}
	if (key->type == KEY_SECRET && (key->flags & KEY_REQUIRED) == 0)
		return (*(const size_t *)(const void *)
		    ((const char *)obj + key->count) == 0);
	if (key->type == KEY_STRING && key->alt == NULL)
		return (*(const char *)at == '\0');
	return (key->alt == NULL && key->has_off != 0 &&
	    !*((const bool *)obj + key->has_off));
}

static void
init_key(const struct conf_key *key, void *obj)
{
	if (key->flags & (KEY_LIST | KEY_POINTER | KEY_ALIAS))
		return;		/* zero: empty */
	if (key->type == KEY_BLOCK)
		conf_init_block(key->block, field(key, obj));
	else
		conf_value[key->type].init(key, field(key, obj));
	if (key->then != NULL)
		init_key(key->then, obj);
}

/* Sets the defaults in a zeroed structure. */
void
conf_init_block(const struct conf_block *block, void *obj)
{
	const struct conf_key	*k;

	if (block->label != NULL)
		init_key(block->label, obj);
	for (k = block->keys; k->name != NULL; k++)
		init_key(k, obj);
}

/* Frees what a structure owns, and wipes its secrets; not itself. */
void
conf_release_block(const struct conf_block *block, void *obj)
{
	const struct conf_key	*k;
	size_t			 i, n;

	for (k = block->keys; k->name != NULL; k++) {
		if (k->flags & KEY_ALIAS)
			continue;
		if (k->type == KEY_SECRET)
			conf_wipe(field(k, obj), k->size);
		if (k->then != NULL && k->then->type == KEY_SECRET)
			conf_wipe(field(k->then, obj), k->then->size);
		n = k->type != KEY_BLOCK ? 0 :
		    (k->flags & (KEY_LIST | KEY_POINTER)) != 0 ?
		    conf_count(k, obj) : 1;
		for (i = 0; i < n; i++)
			conf_release_block(k->block, conf_element(k, obj, i));
		if (k->flags & (KEY_LIST | KEY_POINTER)) {
			free(*(void **)field(k, obj));
			*(void **)field(k, obj) = NULL;
		}
	}
}

static bool
equal_key(const struct conf_key *key, const void *a, const void *b)
{
	bool	 list = (key->flags & KEY_LIST) != 0;
	size_t	 n, i;

	if (list || (key->flags & KEY_POINTER) != 0)
		n = conf_count(key, a);
	else
		n = 1;
	if ((list || (key->flags & KEY_POINTER) != 0) &&
	    n != conf_count(key, b))
		return (false);
	if (key->has_off != 0 && *((const bool *)a + key->has_off) !=
	    *((const bool *)b + key->has_off))
		return (false);
	for (i = 0; i < n; i++) {
		if (key->type == KEY_BLOCK ? !conf_equal_block(key->block,
		    conf_element_const(key, a, i),
		    conf_element_const(key, b, i)) :
		    !conf_value[key->type].equal(key,
		    conf_element_const(key, a, i),
		    conf_element_const(key, b, i)))
			return (false);
		if (key->tagged &&
		    *((const bool *)conf_element_const(key, a, i) +
		    key->tag_off) !=
		    *((const bool *)conf_element_const(key, b, i) +
		    key->tag_off))
			return (false);
	}
	return (key->then == NULL || equal_key(key->then, a, b));
}

/* Whether two structures mean the same. */
bool
conf_equal_block(const struct conf_block *block, const void *a, const void *b)
{
	const struct conf_key	*k;

	if (block->label != NULL && !equal_key(block->label, a, b))
		return (false);
	for (k = block->keys; k->name != NULL; k++)
		if ((k->flags & KEY_SCRATCH) == 0 && !equal_key(k, a, b))
			return (false);
	return (true);
}
