/*
 * Errors of a configuration: each goes to the function of whoever parses, with
 * file, line and column.  Here are also the questions that checks ask to blame
 * the right place, or nobody twice: where a key was given, and whether it was
 * wrong already.  Called by all files of conf.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"

static void
verror(struct parser *p, const struct place *at, const char *fmt, va_list ap)
{
	char	 text[1024];
	size_t	 i;

	p->errors++;
	for (i = 0; i < p->nframes; i++)
		p->frames[i].failed = true;
	if (p->fn == NULL)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (at == NULL || at->src == NULL)
		p->fn(p->arg, p->name, 0, 0, text);
	else
		p->fn(p->arg, at->src->path, at->line, at->col, text);
}

/* Reports an error; every block that is open counts as wrong from now on. */
void
conf_error(struct parser *p, const struct place *at, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	verror(p, at, fmt, ap);
	va_end(ap);
}

/* Reports once that memory is exhausted; the run ends at the next token. */
void
conf_nomem(struct parser *p)
{
	if (!p->fatal)
		conf_error(p, NULL, "out of memory");
	p->fatal = true;
}

/* The row of the key with the first len octets of name as its name. */
static const struct conf_key *
find_key(const struct conf_block *block, const char *name, size_t len)
{
	const struct conf_key	*k;

	for (k = block->keys; strncmp(k->name, name, len) != 0 ||
	    k->name[len] != '\0';)
		k++;
	return (k);
}

/* The row of that key, which the block must have. */
const struct conf_key *
conf_find_key(const struct conf_block *block, const char *name)
{
	return (find_key(block, name, strlen(name)));
}

const struct conf_key *
conf_key_path(struct parser *p, const char *path)
{
	const struct conf_block	*block = p->frames[0].block;
	const struct conf_key	*k;
	size_t			 len;

	for (;; path += len + 1) {
		len = strcspn(path, "/");
		k = find_key(block, path, len);
		if (path[len] == '\0')
			return (k);
		block = k->block;
	}
}

/*
 * Index of a key in a block's table, as in struct frame: those of merged
 * blocks are behind its own.  KEY_COUNT_MAX if it has no such key.
 */
static size_t
key_index(const struct conf_block *block, const char *name)
{
	const struct conf_key	*k;
	size_t			 base, i, n;

	for (k = block->keys; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return ((size_t)(k - block->keys));
	base = (size_t)(k - block->keys);
	for (k = block->keys; k->name != NULL; k++) {
		if ((k->flags & KEY_MERGED) == 0)
			continue;
		if ((i = key_index(k->block, name)) < KEY_COUNT_MAX)
			return (base + i);
		for (n = 0; k->block->keys[n].name != NULL;)
			n++;
		base += n;
	}
	return (KEY_COUNT_MAX);
}

/* Where a key of the innermost block was given; if it was not, the block. */
const struct place *
conf_key_place(struct parser *p, const char *name)
{
	struct frame	*f = &p->frames[p->nframes - 1];
	size_t		 i = key_index(f->block, name);

	return (i < KEY_COUNT_MAX && f->key_at[i].src != NULL ?
	    &f->key_at[i] : &f->at);
}

/*
 * Reports an error at a key of the innermost block, or at the keyword of the
 * block when the key was not given.
 */
void
conf_error_key(struct parser *p, const char *name, const char *fmt, ...)
{
	va_list		 ap;

	va_start(ap, fmt);
	verror(p, conf_key_place(p, name), fmt, ap);
	va_end(ap);
}

static struct list_places *
find_list(struct parser *p, const struct conf_key *key)
{
	size_t	 i;

	for (i = 0; i < p->nlists; i++)
		if (p->lists[i].key == key)
			return (&p->lists[i]);
	return (NULL);
}

/* How many elements all the lists of one key have by now. */
size_t
conf_list_count(struct parser *p, const struct conf_key *key)
{
	const struct list_places	*l = find_list(p, key);

	return (l != NULL ? l->n : 0);
}

static bool
same_place(const struct place *a, const struct place *b)
{
	return (a->src == b->src && a->line == b->line && a->col == b->col);
}

/*
 * Reports an error at the n-th element of a list, over all owners of one.
 * Elements that one statement made share its place: the first is enough.
 */
void
conf_error_item(struct parser *p, const struct conf_key *key, size_t n,
    const char *fmt, ...)
{
	const struct list_places	*l = find_list(p, key);
	const struct place		*at = NULL;
	va_list				 ap;

	if (l != NULL && n < l->n) {
		at = &l->at[n];
		if (fmt == p->item_fmt && same_place(at, &p->item_at))
			return;
		p->item_fmt = fmt;
		p->item_at = *at;
	}
	va_start(ap, fmt);
	verror(p, at, fmt, ap);
	va_end(ap);
}

/* Whether the innermost block has this key. */
bool
conf_key_seen(struct parser *p, const char *name)
{
	struct frame	*f = &p->frames[p->nframes - 1];
	size_t		 i = key_index(f->block, name);

	return (i < KEY_COUNT_MAX && (f->seen & (1ULL << i)) != 0);
}

/* Whether something is wrong in one of the innermost block's keys. */
bool
conf_key_bad(struct parser *p, const char *name)
{
	struct frame	*f = &p->frames[p->nframes - 1];
	size_t		 i = key_index(f->block, name);

	return (i < KEY_COUNT_MAX && (f->bad & (1ULL << i)) != 0);
}

#define NEAR_MAX	40

/*
 * Whether two words are so alike that one may be meant by the other: at most
 * one edit in three letters, by Levenshtein's distance.
 */
bool
conf_near(const char *a, const char *b)
{
	size_t	 row[NEAR_MAX + 1], i, j, old, next, la, lb, min;

	la = strlen(a);
	lb = strlen(b);
	if (la > NEAR_MAX || lb > NEAR_MAX || la == 0)
		return (false);
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		old = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			next = old + (a[i - 1] == b[j - 1] ? 0 : 1);
			old = row[j];
			min = row[j - 1] < old ? row[j - 1] + 1 : old + 1;
			row[j] = next < min ? next : min;
		}
	}
	return (row[lb] <= (lb + 2) / 3);
}
