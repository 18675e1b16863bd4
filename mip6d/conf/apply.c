/*
 * Turns the statements of a configuration into its structures, by the tables.
 *
 * Blocks that are open are frames on a stack.  A statement may open several
 * (`interface "em0" preference 1` is a block on one line); those without a
 * brace are closed at its end.  After a wrong keyword before a brace, the
 * block is skipped: one error for one mistake.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"
#include "core/busy.h"

#define EXPECTS_MAX	512

/* A keyword that was looked up. */
struct found {
	const struct conf_key	*key;
	const struct conf_key	*table;		/* that the key is in */
	void			*obj;		/* that its offsets refer to */
	size_t			 index;		/* bit in struct frame */
	size_t			 nwords;	/* of the keyword */
};

static struct frame *
top(struct parser *p)
{
	return (&p->frames[p->nframes - 1]);
}

/* The place of a word, or of the end of the line behind the last one. */
static const struct place *
word_place(struct parser *p, size_t i)
{
	return (i < p->nwords ? &p->words[i].at : &p->token_at);
}

static const char *
word_found(struct parser *p, size_t i, char *buf, size_t len)
{
	if (i >= p->nwords)
		return (lex_found(p, buf, len));
	if (p->words[i].text[0] == '\0')
		snprintf(buf, len, "an empty string");
	else
		snprintf(buf, len, "\"%.40s\"", p->words[i].text);
	return (buf);
}

/* How many words of the statement, from the i-th, spell the keyword. */
static size_t
match(const struct parser *p, const char *name, size_t i)
{
	const char	*blank = strchr(name, ' ');
	size_t		 len = blank != NULL ? (size_t)(blank - name) :
			    strlen(name);

	if (p->words[i].quoted || p->words[i].len != len ||
	    strncmp(p->words[i].text, name, len) != 0)
		return (0);
	if (blank == NULL)
		return (1);
	return (i + 1 < p->nwords && !p->words[i + 1].quoted &&
	    strcmp(p->words[i + 1].text, blank + 1) == 0 ? 2 : 0);
}

static bool
lookup(struct parser *p, const struct conf_block *block, void *obj, size_t i,
    size_t base, struct found *out)
{
	const struct conf_key	*k;
	size_t			 n = 0, merged = 0;

	for (k = block->keys; k->name != NULL; k++) {
		out->obj = obj;
		out->key = k;
		out->table = block->keys;
		out->index = base + (size_t)(k - block->keys);
		if ((k->flags & KEY_MERGED) == 0) {
			if ((out->nwords = match(p, k->name, i)) != 0)
				return (true);
			continue;
		}
		for (n = 0; block->keys[n].name != NULL;)
			n++;
		if (lookup(p, k->block, (char *)obj + k->off, i,
		    base + n + merged, out))
			return (true);
		for (n = 0; k->block->keys[n].name != NULL;)
			n++;
		merged += n;
	}
	return (false);
}

/* Adds the keywords of a block that may follow to a list for a message. */
static void
candidates(const struct conf_block *block, const char *first, char *buf,
    size_t len)
{
	const struct conf_key	*k;
	const char		*name;
	size_t			 n;

	for (k = block->keys; k->name != NULL; k++) {
		name = k->name;
		if (k->flags & KEY_MERGED) {
			candidates(k->block, first, buf, len);
			continue;
		}
		n = strlen(first);
		if (n > 0 && (strncmp(name, first, n) != 0 || name[n] != ' '))
			continue;
		name += n > 0 ? n + 1 : 0;
		n = strlen(buf);
		snprintf(buf + n, len - n, "%s%s", n > 0 ? ", " : "", name);
	}
}

/* The key that a misspelt word may have meant, or NULL. */
static const char *
nearest(const struct conf_block *block, const char *text)
{
	const struct conf_key	*k;
	const char		*name;

	for (k = block->keys; k->name != NULL; k++) {
		name = k->name;
		if (k->flags & KEY_MERGED)
			name = nearest(k->block, text);
		if (name != NULL && strchr(name, ' ') == NULL &&
		    conf_near(text, name))
			return (name);
	}
	return (NULL);
}

static void
unknown(struct parser *p, const struct conf_block *block, size_t i)
{
	char		 list[EXPECTS_MAX] = "", found[64];
	const char	*name = p->words[i].text, *near;

	if (p->words[i].quoted) {
		conf_error(p, word_place(p, i), "expected a keyword, found "
		    "the string \"%.40s\"", name);
		return;
	}
	candidates(block, name, list, sizeof(list));
	if (list[0] != '\0') {
		conf_error(p, word_place(p, i + 1), "%s: expected one of %s, "
		    "found %s", name, list, word_found(p, i + 1, found,
		    sizeof(found)));
	} else if ((near = nearest(block, name)) != NULL) {
		conf_error(p, word_place(p, i), "unknown keyword \"%.40s\" in "
		    "%s, did you mean \"%s\"?", name, block->name, near);
	} else {
		candidates(block, "", list, sizeof(list));
		conf_error(p, word_place(p, i), "unknown keyword \"%.40s\" in "
		    "%s, expected one of %s", name, block->name, list);
	}
}

/* The first key that sets the same field: `log syslog`, `log stderr`. */
static size_t
same_field(const struct found *fd)
{
	const struct conf_key	*k = fd->key;
	size_t			 i = fd->index;

	while (k->type == KEY_WORD && k > fd->table &&
	    (k - 1)->type == KEY_WORD &&
	    (k - 1)->off == k->off) {
		k--;
		i--;
	}
	return (i);
}

/* Notes that a key is there.  False: it is there twice. */
static bool
note(struct parser *p, const struct found *fd, const struct place *at)
{
	struct frame	*f = top(p);
	size_t		 i = same_field(fd);
	bool		 twice = (f->seen & (1ULL << i)) != 0;

	if (!twice) {
		f->seen |= 1ULL << i;
		f->key_at[i] = *at;
	}
	if (!twice || (fd->key->flags & KEY_LIST) != 0)
		return (true);
	if (f->key_at[i].src != at->src)
		conf_error(p, at, "%s is there twice, first in %s line %d",
		    fd->key->name, f->key_at[i].src->path, f->key_at[i].line);
	else
		conf_error(p, at, "%s is there twice, first in line %d",
		    fd->key->name, f->key_at[i].line);
	return (false);
}

/* Stores the word that stands for a special value. */
static void
store_alt(const struct conf_key *key, void *obj, void *field)
{
	if (key->type == KEY_DURATION)
		memcpy(field, &key->alt_value, sizeof(key->alt_value));
	if (key->has_off != 0)
		*((bool *)obj + key->has_off) = true;
}

/* One value at the i-th word; false: error was reported. */
static bool
value(struct parser *p, const struct conf_key *key, const char *name,
    size_t i, void *obj, void *field)
{
	char	 expects[EXPECTS_MAX], found[64];
	int	 rv = 0;

	if (i < p->nwords && key->alt != NULL && !p->words[i].quoted &&
	    strcmp(p->words[i].text, key->alt) == 0 &&
	    (key->type != KEY_SECRET || p->text)) {
		store_alt(key, obj, field);
		return (true);
	}
	if (i < p->nwords)
		rv = conf_value[key->type].parse(p, key, &p->words[i], field);
	if (rv == 0) {
		conf_expects(key, expects, sizeof(expects));
		conf_error(p, word_place(p, i), "%s: expected %s, found %s",
		    name, expects, word_found(p, i, found, sizeof(found)));
	}
	if (rv == 1 && key->alt == NULL && key->has_off != 0)
		*((bool *)obj + key->has_off) = true;
	return (rv == 1);
}

/* Whether the i-th word is the value that may be left out. */
static bool
is_given(const struct parser *p, const struct conf_key *key, size_t i)
{
	const struct word	*w;

	if (i >= p->nwords)
		return (false);
	w = &p->words[i];
	if (key->type == KEY_BOOL)
		return (!w->quoted && (strcmp(w->text, "yes") == 0 ||
		    strcmp(w->text, "no") == 0));
	if (key->type == KEY_STRING)
		return (w->quoted);
	if (key->type == KEY_SECRET && w->quoted)
		return (true);
	return (isdigit((unsigned char)w->text[0]));
}

/*
 * The values of a key that is no block, from the i-th word, which moves
 * behind them.  False: error was reported.
 */
static bool
values(struct parser *p, const struct found *fd, size_t *i, bool last)
{
	const struct conf_key	*key = fd->key, *then = key->then;
	char			*obj = fd->obj;
	void			*field = obj + key->off;
	struct place		 at = *word_place(p, *i);
	bool			 list = (key->flags & KEY_LIST) != 0, applies;

	if (key->type == KEY_WORD) {
		conf_value[KEY_WORD].parse(p, key, NULL, field);
		return (true);
	}
	if (key->type == KEY_BOOL && !is_given(p, key, *i) &&
	    (*i == p->nwords || !last)) {
		*(bool *)field = true;
		return (true);
	}
	if (list && (field = list_append(p, key, obj, &at)) == NULL)
		return (false);
	if (!value(p, key, key->name, (*i)++, obj, field)) {
		if (list)
			list_drop(p, key, obj);
		return (false);
	}
	if (then == NULL)
		return (true);
	applies = conf_applies(key, then, obj);
	if ((!applies || (then->flags & KEY_OPTIONAL) != 0) &&
	    !is_given(p, then, *i))
		return (true);
	if (!applies) {
		conf_error(p, word_place(p, *i), "%s: expected no %s behind "
		    "\"%s\"", key->name, then->name, p->words[*i - 1].text);
		return (false);
	}
	return (value(p, then, key->name, (*i)++, obj, obj + then->off));
}

/* The object of a block, made where that is needed; NULL: reported. */
static void *
block_object(struct parser *p, const struct found *fd, const struct place *at)
{
	const struct conf_key	*key = fd->key;
	char			*obj = fd->obj;
	void			*made;

	if (key->flags & KEY_SCRATCH) {
		memset(&p->pattern, 0, sizeof(p->pattern));
		conf_init_block(key->block, &p->pattern);
		return (&p->pattern);
	}
	if (key->flags & KEY_LIST) {
		if ((made = list_append(p, key, obj, at)) == NULL)
			return (NULL);
		conf_init_block(key->block, made);
		if (key->tagged)
			*((bool *)made + key->tag_off) = key->tag;
		return (made);
	}
	if ((key->flags & KEY_POINTER) == 0)
		return (obj + key->off);
	if ((made = conf_calloc(1, key->size)) == NULL) {
		conf_nomem(p);
		return (NULL);
	}
	*(void **)(obj + key->off) = made;
	conf_init_block(key->block, made);
	return (made);
}

/* Opens the block of a key and reads its label.  False: reported. */
static bool
open_frame(struct parser *p, const struct found *fd, size_t *i,
    const struct place *at)
{
	const struct conf_key	*label = fd->key->block->label;
	struct frame		*f;
	void			*obj;

	if (p->nframes == PARSE_FRAMES_MAX) {
		conf_error(p, at, "blocks are nested too deep");
		return (false);
	}
	if ((obj = block_object(p, fd, at)) == NULL)
		return (false);
	f = &p->frames[p->nframes++];
	memset(f, 0, sizeof(*f));
	f->block = fd->key->block;
	f->obj = obj;
	f->keyword = fd->key->name;
	f->at = *at;
	f->index = fd->index;
	if (label == NULL)
		return (true);
	if ((label->flags & KEY_OPTIONAL) != 0 && !is_given(p, label, *i)) {
		if (label->type == KEY_BOOL)
			*((bool *)obj + label->off) = true;
		return (true);
	}
	if (!value(p, label, f->keyword, *i, obj, (char *)obj + label->off))
		return (false);
	(*i)++;
	if ((label = label->then) == NULL)
		return (true);
	if (!value(p, label, f->keyword, *i, obj, (char *)obj + label->off))
		return (false);
	(*i)++;
	return (true);
}

static void
check_required(struct parser *p, const struct frame *f)
{
	const struct conf_key	*k;
	size_t			 i;

	for (k = f->block->keys; k->name != NULL; k++) {
		i = (size_t)(k - f->block->keys);
		if ((k->flags & KEY_REQUIRED) != 0 &&
		    (f->seen & (1ULL << i)) == 0 &&
		    conf_applies(f->block->label, k, f->obj))
			conf_error(p, &f->at, "%s has no %s",
			    f->block->name, k->name);
	}
}

static void
close_frame(struct parser *p)
{
	struct frame	*f = top(p), *up;
	size_t		 before = p->errors;

	if (!f->broken)
		check_required(p, f);
	if (f->block->close != NULL && !f->broken && p->errors == before &&
	    !p->fatal)
		f->block->close(p, f->obj);
	p->nframes--;
	if (f->failed && p->nframes > 0) {
		up = top(p);
		up->failed = true;
		if (f->index < KEY_COUNT_MAX)
			up->bad |= 1ULL << f->index;
	}
}

/*
 * One key of a statement, from the i-th word.  base: frames before the
 * statement.  False: the rest of the statement is of no use.
 */
static bool
one_key(struct parser *p, size_t *i, size_t base)
{
	const struct place	 at = p->words[*i].at;
	struct frame		*f = top(p);
	struct found		 fd;
	bool			 ok;
	char			 found[64];

	if (!lookup(p, f->block, f->obj, *i, 0, &fd)) {
		unknown(p, f->block, *i);
		return (false);
	}
	*i += fd.nwords;
	if (!note(p, &fd, &at))
		return (false);
	if (!conf_applies(f->block->label, fd.key, f->obj)) {
		conf_error(p, &at, "%s does not go with this kind of %s",
		    fd.key->name, f->block->name);
		return (false);
	}
	if (fd.key->type == KEY_BLOCK)
		return (open_frame(p, &fd, i, &at));
	ok = values(p, &fd, i, p->nframes == base);
	if (ok && p->nframes == base && *i < p->nwords) {
		conf_error(p, word_place(p, *i), "%s: expected end of line, "
		    "found %s", fd.key->name,
		    word_found(p, *i, found, sizeof(found)));
		ok = false;
	}
	if (!ok)
		f->bad |= 1ULL << fd.index;
	return (ok);
}

/* All of a statement.  brace: a block follows. */
static void
line(struct parser *p, bool brace)
{
	size_t	 base = p->nframes, i = 0, errors = p->errors;
	bool	 ok;

	busy();
	do {
		ok = one_key(p, &i, base);
	} while (ok && i < p->nwords);
	if (p->nframes == base && brace) {
		if (p->errors == errors)
			conf_error(p, &p->token_at, "%s: expected end of "
			    "line, found \"{\"", p->words[0].text);
		p->skipped = 1;
	} else if (brace)
		top(p)->levels = p->nframes - base;
	else while (p->nframes > base) {
		top(p)->broken = !ok;
		close_frame(p);
	}
}

/* The outermost block is open before the first statement. */
void
apply_begin(struct parser *p)
{
	struct frame	*f = &p->frames[0];

	memset(f, 0, sizeof(*f));
	f->block = &conf_top_block;
	f->obj = p->conf;
	f->keyword = "";
	f->index = KEY_COUNT_MAX;
	p->nframes = 1;
	conf_init_block(&conf_top_block, p->conf);
}

/* name = "value" */
void
apply_macro(struct parser *p)
{
	const struct word	*w = p->words;

	if (p->split != 1 || w[0].quoted)
		conf_error(p, &w[0].at, "expected one name before \"=\"");
	else if (p->nwords != 2)
		conf_error(p, &w[2].at, "expected one value behind \"=\", "
		    "found \"%.40s\"", w[2].text);
	else if (strspn(w[0].text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != w[0].len ||
	    w[0].len > 63)
		conf_error(p, &w[0].at, "\"%.40s\" is no name for a macro: "
		    "expected up to 63 letters, digits, _ and -", w[0].text);
	else if (w[1].len > LEX_MACRO_MAX)
		conf_error(p, &w[1].at, "the value of a macro is longer than "
		    "%d bytes", LEX_MACRO_MAX);
	else
		lex_define(p, w[0].text, w[1].text, w[1].from);
	lex_forget(p);
}

/* A statement without a block. */
void
apply_statement(struct parser *p)
{
	const struct word	*w = p->words;

	if (p->skipped == 0 && !w[0].quoted &&
	    strcmp(w[0].text, "include") == 0) {
		if (p->nwords != 2 || !w[1].quoted || p->token != TOK_EOL)
			conf_error(p, &w[0].at, "include: expected the name "
			    "of a file in quotes, then end of line");
		else
			file_include(p, &w[1]);
	} else if (p->skipped == 0)
		line(p, false);
	lex_forget(p);
}

/* The words before an opening brace. */
void
apply_open(struct parser *p)
{
	if (p->depth++ == PARSE_DEPTH_MAX) {
		conf_error(p, &p->token_at, "blocks are nested too deep");
		p->fatal = true;
	} else if (p->skipped > 0)
		p->skipped++;
	else
		line(p, true);
	lex_forget(p);
}

/* The closing brace. */
void
apply_close(struct parser *p)
{
	size_t	 levels;

	p->depth--;
	if (p->skipped > 0) {
		p->skipped--;
		return;
	}
	for (levels = top(p)->levels; levels > 0; levels--)
		close_frame(p);
}

/* The last token can't be there.  The rest of its statement is left out. */
void
apply_syntax_error(struct parser *p)
{
	const struct frame	*f = top(p);
	const char		*expected = "a keyword";
	char			 found[64];

	if (p->fatal)
		return;
	if (p->token == TOK_EOF && p->depth > 0) {
		conf_error(p, &p->token_at, "expected \"}\", found end of "
		    "file: the block %s of line %d is open", f->keyword,
		    f->at.line);
		return;
	}
	if (p->previous == TOK_CLOSE)
		expected = "end of line";
	else if (p->previous == TOK_EQUAL)
		expected = "a value in quotes";
	else if (p->split > 0)
		expected = "end of line";
	else if (p->previous == TOK_WORD || p->previous == TOK_STRING)
		expected = "a value, \"{\" or end of line";
	if (p->token != TOK_BAD)
		conf_error(p, &p->token_at, "expected %s, found %s", expected,
		    lex_found(p, found, sizeof(found)));
	lex_skip(p);
}

/* At the end of the input, all blocks being closed. */
void
apply_end(struct parser *p)
{
	size_t	 i;

	if (!p->fatal && p->depth == 0 && p->nframes == 1)
		close_frame(p);
	for (i = 0; i < p->nlists; i++)
		free(p->lists[i].at);
	p->nlists = 0;
}
