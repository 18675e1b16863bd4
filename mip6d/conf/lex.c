/*
 * From bytes to tokens: words, strings, comments, macros, included files.
 *
 * The lexer collects the words of the statement it is in; the grammar sees
 * their kinds alone.  Each token has a place: file, line and column.  What
 * comes out of a macro has the place where the macro is used.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"

static bool
is_name(int c)
{
	return (isalnum(c) || c == '_' || c == '-');
}

/* Bytes of a word without quotes. */
static bool
is_plain(int c)
{
	return (c > ' ' && c < 0x7f && strchr("{}=;\"#$\\", c) == NULL);
}

static struct input *
top(struct parser *p)
{
	return (&p->in[p->nin - 1]);
}

static int
peek(const struct input *in)
{
	return (in->p < in->end ? (unsigned char)*in->p : -1);
}

static void
advance(struct input *in)
{
	int	 c = (unsigned char)*in->p++;

	if (in->macro != NULL)
		return;		/* its place is where it is used */
	if (c == '\n') {
		in->line++;
		in->col = 1;
	} else
		in->col++;
}

/* At the end of a line, that of LF or of CR LF? */
static bool
at_eol(const struct input *in)
{
	int	 c = peek(in);

	return (c == '\n' || (c == '\r' && in->end - in->p > 1 &&
	    in->p[1] == '\n'));
}

static struct place
place(const struct parser *p)
{
	const struct input	*in = &p->in[p->nin - 1];
	struct place		 at;

	if (in->macro != NULL)
		return (in->at);
	at.src = in->src;
	at.line = in->line;
	at.col = in->col;
	return (at);
}

/* Reports what is wrong, unless in a statement that was reported already. */
static enum token
bad(struct parser *p, const char *text)
{
	if (!p->skip)
		conf_error(p, &p->token_at, "%s", text);
	return (TOK_BAD);
}

/*
 * Some editors put a byte order mark before the text.  That of UTF-8 is passed
 * over; false: the text is in another encoding.
 */
static bool
skip_mark(struct input *in)
{
	size_t	 left = (size_t)(in->end - in->p);

	if (left >= 3 && memcmp(in->p, "\xef\xbb\xbf", 3) == 0) {
		in->p += 3;
		return (true);
	}
	return (left < 2 || (memcmp(in->p, "\xff\xfe", 2) != 0 &&
	    memcmp(in->p, "\xfe\xff", 2) != 0));
}

/*
 * Begins to read a file that was named at a place.  False: it is too deep in
 * others, or it is not text, which is reported.
 */
bool
lex_push(struct parser *p, struct source *src, const struct place *at)
{
	struct input	*in;
	struct place	 first;
	size_t		 i, files = 0;

	for (i = 0; i < p->nin; i++)
		if (p->in[i].macro == NULL)
			files++;
	if (files >= LEX_INCLUDE_MAX || p->nin == LEX_DEPTH_MAX) {
		conf_error(p, at, "files are included more than %d deep",
		    LEX_INCLUDE_MAX);
		return (false);
	}
	in = &p->in[p->nin++];
	memset(in, 0, sizeof(*in));
	in->src = src;
	in->p = src->text;
	in->end = src->text + src->len;
	in->line = in->col = 1;
	in->blocks = p->depth;
	if (!skip_mark(in)) {
		first = place(p);
		conf_error(p, &first, "the file is UTF-16: expected ASCII or "
		    "UTF-8");
		p->nin--;
		return (false);
	}
	return (true);
}

static void
pop(struct parser *p)
{
	struct input	*in = top(p);
	size_t		 i;

	p->nin--;
	if (in->macro != NULL) {
		in->macro->used = false;
		return;
	}
	if (p->nin > 0 && p->depth > in->blocks) {
		conf_error(p, &p->token_at, "expected \"}\" before the end of "
		    "the included file");
		for (i = 0; i < p->nin; i++)
			p->in[i].blocks = p->depth;	/* once is enough */
	}
	conf_wipe(in->src->text, in->src->len);
	free(in->src->text);
	in->src->text = NULL;
}

/*
 * Defines a macro; from is the file with the definition, NULL for the command
 * line, whose definitions are kept.  False: memory is exhausted.
 */
bool
lex_define(struct parser *p, const char *name, const char *value,
    struct source *from)
{
	struct macro	*m;
	char		*copy;

	if ((copy = conf_strdup(value, strlen(value))) == NULL) {
		conf_nomem(p);
		return (false);
	}
	for (m = p->macros; m != NULL && strcmp(m->name, name) != 0;)
		m = m->next;
	if (m != NULL && m->from == NULL) {
		free(copy);
		return (true);
	}
	if (m == NULL) {
		if ((m = conf_calloc(1, sizeof(*m))) == NULL ||
		    (m->name = conf_strdup(name, strlen(name))) == NULL) {
			free(m);
			free(copy);
			conf_nomem(p);
			return (false);
		}
		m->next = p->macros;
		p->macros = m;
	}
	if (m->value != NULL)
		conf_wipe(m->value, strlen(m->value));
	free(m->value);
	m->value = copy;
	m->from = from;
	return (true);
}

/* Goes on with a macro's value.  TOK_EOF: fine, another: the error. */
static enum token
expand(struct parser *p)
{
	struct input	*in = top(p);
	struct macro	*m;
	char		 name[64], text[128];
	size_t		 n = 0;

	advance(in);
	while (is_name(peek(in))) {
		if (n < sizeof(name) - 1)
			name[n++] = *in->p;
		advance(in);
	}
	name[n] = '\0';
	for (m = p->macros; m != NULL && strcmp(m->name, name) != 0;)
		m = m->next;
	if (m == NULL) {
		snprintf(text, sizeof(text), n == 0 ?
		    "expected the name of a macro behind \"$\"" :
		    "macro \"$%s\" is not defined", name);
		return (bad(p, text));
	}
	if (m->used || p->nin == LEX_DEPTH_MAX ||
	    ++p->expanded > LEX_EXPAND_MAX) {
		snprintf(text, sizeof(text), m->used ?
		    "macro \"$%s\" uses itself" :
		    "too many macros in one statement at \"$%s\"", name);
		return (bad(p, text));
	}
	in = &p->in[p->nin++];
	memset(in, 0, sizeof(*in));
	in->macro = m;
	in->at = p->token_at;
	in->src = m->from;
	in->p = m->value;
	in->end = m->value + strlen(m->value);
	m->used = true;
	return (TOK_EOF);
}

/* Adds a byte to the text of the word being read. */
static bool
put(struct parser *p, int c)
{
	if (p->buflen + 1 >= sizeof(p->buf))
		return (false);
	p->buf[p->buflen++] = (char)c;
	return (true);
}

/* Takes the text from `start` as a word of the statement. */
static enum token
take(struct parser *p, size_t start, bool quoted)
{
	struct word	*w;

	if (p->nwords == LEX_WORDS_MAX || !put(p, '\0'))
		return (bad(p, "the statement is too long"));
	w = &p->words[p->nwords++];
	w->text = p->buf + start;
	w->len = p->buflen - start - 1;
	w->quoted = quoted;
	w->at = p->token_at;
	w->from = top(p)->src;
	return (quoted ? TOK_STRING : TOK_WORD);
}

static enum token
lex_word(struct parser *p)
{
	struct input	*in = top(p);
	size_t		 start = p->buflen;
	bool		 fits = true;

	while (is_plain(peek(in))) {
		fits = put(p, *in->p) && fits;
		advance(in);
	}
	if (!fits)
		return (bad(p, "the statement is too long"));
	return (take(p, start, false));
}

/* Text in double quotes; \" and \\ stand for these two characters. */
static enum token
lex_string(struct parser *p)
{
	struct input	*in = top(p);
	const char	*wrong = NULL;
	size_t		 start = p->buflen;
	int		 c;

	advance(in);
	while ((c = peek(in)) != '"') {
		if (c == -1 || at_eol(in))
			return (bad(p, "the string has no closing quote"));
		advance(in);
		if (c == '\\') {
			c = peek(in);
			if (c == -1 || at_eol(in))
				return (bad(p,
				    "the string has no closing quote"));
			if (c != '"' && c != '\\')
				wrong = "expected \\\" or \\\\ behind the "
				    "backslash in the string";
			advance(in);
		}
		if (c < ' ' || c == 0x7f)
			wrong = "control character in the string";
		else if (!put(p, c))
			wrong = "the statement is too long";
	}
	advance(in);
	if (wrong != NULL)
		return (bad(p, wrong));
	return (take(p, start, true));
}

/*
 * A comment goes to the end of its line.  A byte that no text has ends it, too,
 * and is refused then: with CR alone as line ends all of a file would be one.
 */
static void
skip_comment(struct input *in)
{
	while (peek(in) != -1 && peek(in) != '\0' && peek(in) != '\r' &&
	    peek(in) != '\n')
		advance(in);
}

/* Blanks, comments, and lines that go on. */
static void
skip_blanks(struct input *in)
{
	struct input	 next;

	for (;;) {
		switch (peek(in)) {
		case ' ':
		case '\t':
			advance(in);
			continue;
		case '\r':
			if (!at_eol(in))
				return;
			advance(in);
			continue;
		case '#':
			skip_comment(in);
			continue;
		case '\\':
			next = *in;
			next.p++;
			if (!at_eol(&next))
				return;
			while (peek(in) != '\n')
				advance(in);
			advance(in);
			continue;
		}
		return;
	}
}

/* What a byte is called that can't be there. */
static void
name_byte(char *text, size_t cap, int c)
{
	static const struct {
		int		 c;
		const char	*name;
	} names[] = {
		{ '\0', "NUL byte" }, { '\v', "vertical tab" },
		{ '\f', "form feed" },
		{ '\r', "carriage return: expected line ends of LF, or of "
		    "CR LF" },
		{ '\\', "backslash: expected at the end of a line, or in a "
		    "string" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].c == c) {
			snprintf(text, cap, "unexpected %s", names[i].name);
			return;
		}
	if (c > ' ' && c < 0x7f)
		snprintf(text, cap, "unexpected character \"%c\"", c);
	else
		snprintf(text, cap, "unexpected byte 0x%02x%s", c, c < 0x80 ?
		    "" : ": what is not ASCII is for strings and comments");
}

static enum token
lex_mark(struct parser *p, int c)
{
	static const struct {
		int		 c;
		enum token	 token;
	} marks[] = {
		{ '\n', TOK_EOL }, { ';', TOK_EOL }, { '{', TOK_OPEN },
		{ '}', TOK_CLOSE }, { '=', TOK_EQUAL },
	};
	char	 text[96];
	size_t	 i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (marks[i].c != c)
			continue;
		advance(top(p));
		if (top(p)->macro == NULL)
			return (marks[i].token);
		return (bad(p, "expected words alone in the macro's value"));
	}
	name_byte(text, sizeof(text), c);
	advance(top(p));
	return (bad(p, text));
}

static enum token
lex_raw(struct parser *p)
{
	enum token	 token;
	int		 c;

	while (p->nin > 0 && !p->fatal) {
		skip_blanks(top(p));
		p->token_at = place(p);
		c = peek(top(p));
		if (c == -1 && top(p)->macro == NULL &&
		    p->token != TOK_EOL)
			return (TOK_EOL);	/* the last line ends, too */
		if (c == -1)
			pop(p);
		else if (c == '"')
			return (lex_string(p));
		else if (is_plain(c))
			return (lex_word(p));
		else if (c != '$')
			return (lex_mark(p, c));
		else if ((token = expand(p)) != TOK_EOF)
			return (token);
	}
	return (TOK_EOF);
}

/*
 * The next token.  After lex_skip() that is the end of the statement: a new
 * line, the closing brace of the block around it, or the end of the file.
 */
enum token
lex_next(struct parser *p)
{
	p->previous = p->token;
	do {
		p->token = lex_raw(p);
		if (p->skip && p->token == TOK_OPEN)
			p->skip_depth++;
		else if (p->skip && p->token == TOK_CLOSE &&
		    p->skip_depth > 0)
			p->skip_depth--;
		else if (p->token == TOK_EOF ||
		    (p->skip_depth == 0 && (p->token == TOK_EOL ||
		    (p->token == TOK_CLOSE && p->depth > 0))))
			p->skip = false;
		if (p->skip)
			lex_forget(p);
	} while (p->skip);
	if (p->token == TOK_EQUAL)
		p->split = p->nwords;
	if (p->token == TOK_EOL)
		p->expanded = 0;
	return (p->token);
}

/* Leaves out the rest of the statement that the last token is in. */
void
lex_skip(struct parser *p)
{
	p->skip_depth = p->token == TOK_OPEN;
	p->skip = p->token != TOK_EOL && p->token != TOK_EOF &&
	    (p->token != TOK_CLOSE || p->depth == 0);
	lex_forget(p);
}

/* Forgets the words of the statement. */
void
lex_forget(struct parser *p)
{
	p->nwords = p->buflen = p->split = 0;
}

/* What the last token is called in a message. */
const char *
lex_found(const struct parser *p, char *buf, size_t len)
{
	static const char	*names[] = {
		[TOK_EOF] = "end of file", [TOK_EOL] = "end of line",
		[TOK_OPEN] = "\"{\"", [TOK_CLOSE] = "\"}\"",
		[TOK_EQUAL] = "\"=\"", [TOK_BAD] = "",
	};

	if (p->token == TOK_WORD || p->token == TOK_STRING)
		snprintf(buf, len, "\"%.40s\"", p->nwords == 0 ? "" :
		    p->words[p->nwords - 1].text);
	else
		snprintf(buf, len, "%s", names[p->token]);
	return (buf);
}

/* Releases inputs, files and macros; values may have been secrets. */
void
lex_free(struct parser *p)
{
	struct source	*src;
	struct macro	*m;

	while ((src = p->sources) != NULL) {
		p->sources = src->next;
		if (src->text != NULL)
			conf_wipe(src->text, src->len);
		free(src->text);
		free(src->path);
		free(src);
	}
	while ((m = p->macros) != NULL) {
		p->macros = m->next;
		conf_wipe(m->value, strlen(m->value));
		free(m->name);
		free(m->value);
		free(m);
	}
}
