/*
 * Lists of the configuration while they are read: a new element at the end,
 * with the place at which it was written kept beside it for what the checks
 * say later.  Owns the growing of the arrays; called by apply.c and pattern.c.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"

/* Keeps the place of a list's new element for checks at the end. */
static bool
keep_place(struct parser *p, const struct conf_key *key,
    const struct place *at)
{
	struct list_places	*l;
	struct place		*more;
	size_t			 i;

	for (i = 0; i < p->nlists && p->lists[i].key != key;)
		i++;
	if (i == PARSE_LISTS_MAX)
		return (true);
	l = &p->lists[i];
	if (i == p->nlists) {
		l->key = key;
		p->nlists++;
	}
	if ((l->n & (l->n - 1)) == 0) {
		more = conf_resize(l->at, l->n == 0 ? 1 : l->n * 2,
		    sizeof(*more));
		if (more == NULL)
			return (false);
		l->at = more;
	}
	l->at[l->n++] = *at;
	return (true);
}

/*
 * A new zeroed element at the end of a list, NULL if there is no room, which
 * is reported.  Grows by doubling whenever the count is a power of two; what
 * it leaves behind is wiped, for there may be keys in it.
 */
void *
list_append(struct parser *p, const struct conf_key *key, void *obj,
    const struct place *at)
{
	void	**list = (void **)((char *)obj + key->off), *more;
	size_t	 *n = (size_t *)((char *)obj + key->count);
	size_t	  limit = key->limit != 0 ? key->limit : CONF_LIST_MAX;

	if (*n >= limit) {
		if (p->full != key)
			conf_error(p, at, "more than %zu of %s", limit,
			    key->name);
		p->full = key;
		return (NULL);
	}
	if ((*n & (*n - 1)) == 0) {
		more = conf_calloc(*n == 0 ? 1 : *n * 2, key->size);
		if (more == NULL) {
			conf_nomem(p);
			return (NULL);
		}
		if (*list != NULL) {
			memcpy(more, *list, *n * key->size);
			conf_wipe(*list, *n * key->size);
			free(*list);
		}
		*list = more;
	}
	if (!keep_place(p, key, at)) {
		conf_nomem(p);
		return (NULL);
	}
	more = (char *)*list + *n * key->size;
	memset(more, 0, key->size);
	(*n)++;
	return (more);
}

/* Take the last element off again. */
void
list_drop(struct parser *p, const struct conf_key *key, void *obj)
{
	size_t	 i;

	(*(size_t *)((char *)obj + key->count))--;
	for (i = 0; i < p->nlists; i++)
		if (p->lists[i].key == key)
			p->lists[i].n--;
}
