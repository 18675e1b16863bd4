/*
 * A whole configuration: parsed from a file, or from the text that the parent
 * passes to its children, compared and freed.  Owns the parser while it runs.
 * These are the ways into conf/; print.c is the way out.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"
#include "wire/ip6.h"

static struct parser *
new_parser(const char *name, conf_error_fn *fn, void *arg)
{
	struct parser	*p = conf_calloc(1, sizeof(*p));

	if (p == NULL || (p->conf = conf_calloc(1, sizeof(*p->conf))) == NULL) {
		free(p);
		if (fn != NULL)
			fn(arg, name, 0, 0, "out of memory");
		return (NULL);
	}
	p->name = name;
	p->fn = fn;
	p->arg = arg;
	apply_begin(p);
	return (p);
}

/* Parses what was pushed, if anything, and ends the run. */
static struct conf *
run(struct parser *p, bool ready)
{
	struct conf	*conf = p->conf;

	if (ready && conf_yyparse(p) != 0 && p->errors == 0)
		conf_error(p, &p->token_at, "the parser has given up");
	apply_end(p);
	if (p->errors > 0) {
		conf_free(conf);
		conf = NULL;
	}
	lex_free(p);
	conf_wipe(p, sizeof(*p));
	free(p);
	return (conf);
}

struct conf *
conf_parse_file(const char *path, const struct conf_macro *macros,
    size_t nmacros, const struct conf_host *host, conf_error_fn *fn, void *arg)
{
	struct parser	*p;
	struct source	*src;
	bool		 ready = true;
	size_t		 i;

	if ((p = new_parser(path, fn, arg)) == NULL)
		return (NULL);
	p->host = host;
	for (i = 0; i < nmacros && ready; i++)
		ready = lex_define(p, macros[i].name, macros[i].value, NULL);
	ready = ready && (src = file_open(p, path, NULL)) != NULL &&
	    lex_push(p, src, NULL);
	return (run(p, ready));
}

struct conf *
conf_parse_text(const char *text, size_t len, conf_error_fn *fn, void *arg)
{
	struct parser	*p;
	struct source	*src;
	bool		 ready;

	if ((p = new_parser("text", fn, arg)) == NULL)
		return (NULL);
	p->text = true;
	src = file_source(p, "text");
	ready = src != NULL && (src->text = conf_calloc(1, len + 1)) != NULL;
	if (ready) {
		memcpy(src->text, text, len);
		src->len = len;
		ready = lex_push(p, src, NULL);
	} else
		conf_nomem(p);
	return (run(p, ready));
}

bool
conf_equal(const struct conf *a, const struct conf *b)
{
	return (conf_equal_block(&conf_top_block, a, b));
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	conf_release_block(&conf_top_block, conf);
	free(conf);
}

/* The home link whose prefix an address has; NULL: none, as without a ha. */
const struct conf_home_link *
conf_home_link(const struct conf_ha *ha, const struct in6_addr *a)
{
	const struct conf_home_link	*l;
	size_t				 i, j;

	for (i = 0; ha != NULL && i < ha->nlinks; i++) {
		l = &ha->links[i];
		for (j = 0; j < l->nprefixes; j++)
			if (in6_prefix_eq(&l->prefixes[j].addr, a,
			    l->prefixes[j].len))
				return (l);
	}
	return (NULL);
}
