/*
 * State of one run of the parser, private to conf/.
 */
#ifndef MIP6D_CONF_PARSER_H
#define MIP6D_CONF_PARSER_H

#include <sys/types.h>

#include "conf/table.h"

#define LEX_DEPTH_MAX		32	/* files and macros inside each other */
#define LEX_INCLUDE_MAX		16	/* files inside each other */
#define LEX_FILES_MAX		1024	/* files in all */
#define LEX_BYTES_MAX		(1024UL * 1024 * 1024)	/* of all files */
#define LEX_EXPAND_MAX		64	/* macros used in one statement */
#define LEX_MACRO_MAX		1024	/* bytes of one macro's value */
#define LEX_WORDS_MAX		64	/* words of one statement */
#define LEX_TEXT_MAX		8192	/* bytes of these words */
#define PARSE_DEPTH_MAX		64	/* braces inside each other */
#define PARSE_FRAMES_MAX	16	/* known blocks inside each other */
#define PARSE_LISTS_MAX		24	/* lists whose places are kept */

/* A file; kept until the end of the run, as places refer to it. */
struct source {
	struct source	*next;
	char		*path;
	char		*text;		/* gone once it was read */
	size_t		 len;
	bool		 file;		/* not given as text */
	bool		 blamed;	/* its permissions were reported */
	uid_t		 uid;
	mode_t		 mode;
	dev_t		 dev;
	ino_t		 ino;
};

struct place {
	struct source	*src;
	int		 line, col;
};

enum token { TOK_EOF, TOK_WORD, TOK_STRING, TOK_EOL, TOK_OPEN, TOK_CLOSE,
	TOK_EQUAL, TOK_BAD };

struct word {
	const char	*text;		/* NUL terminated */
	size_t		 len;
	bool		 quoted;
	struct place	 at;
	struct source	*from;		/* where its bytes were written */
};

struct macro {
	struct macro	*next;
	char		*name, *value;
	struct source	*from;		/* NULL: command line */
	bool		 used;		/* is being expanded */
};

/* What is being read: a file, or a macro inside of it. */
struct input {
	const char	*p, *end;
	struct source	*src;		/* where the bytes were written */
	struct macro	*macro;		/* NULL: a file */
	struct place	 at;		/* where the macro is used */
	int		 line, col;
	size_t		 blocks;	/* open when it began */
};

/* One open block. */
struct frame {
	const struct conf_block	*block;
	void			*obj;
	const char		*keyword;
	struct place		 at;
	size_t			 index; /* of its key in the block around */
	size_t			 levels; /* frames that its brace closes */
	struct place		 key_at[KEY_COUNT_MAX];
	uint64_t		 seen, bad;	/* keys, by index */
	bool			 failed;	/* an error in it or below */
	bool			 broken; /* the rest of it was not read */
};

/* Where the elements of one list were written, in their order. */
struct list_places {
	const struct conf_key	*key;
	struct place		*at;
	size_t			 n;
};

/* Many mobile nodes by one block, which is expanded at its end. */
struct conf_pattern {
	uint32_t		 first, last;	/* what takes the place of %u */
	char			 identifier[CONF_ID_MAX + 1];
	char			 identity[CONF_ID_MAX + 1];
	struct in6_addr		 home;		/* of the first */
	enum conf_protect	 protect;
	uint8_t			 secret[CONF_SECRET_MAX];	/* refused */
	size_t			 secretlen;
};

struct parser {
	struct conf		*conf;
	conf_error_fn		*fn;
	void			*arg;
	const char		*name;		/* what is parsed */
	size_t			 errors;
	const struct conf_host	*host;		/* NULL: any */
	bool			 text;		/* conf_parse_text() */
	bool			 fatal;		/* give up, reported */
	/* lex.c */
	struct input		 in[LEX_DEPTH_MAX];
	size_t			 nin, nfiles, expanded;
	size_t			 bytes;
	struct source		*sources;
	struct macro		*macros;
	enum token		 token, previous;
	struct place		 token_at;
	bool			 skip;		/* to the end of a statement */
	size_t			 skip_depth;
	/* The words of the statement being read. */
	struct word		 words[LEX_WORDS_MAX];
	size_t			 nwords;
	char			 buf[LEX_TEXT_MAX];
	size_t			 buflen;
	size_t			 split;		/* words before = */
	/* apply.c */
	struct frame		 frames[PARSE_FRAMES_MAX];
	size_t			 nframes;
	size_t			 depth;		/* open braces */
	size_t			 skipped;	/* of them in a wrong block */
	struct list_places	 lists[PARSE_LISTS_MAX];
	size_t			 nlists;
	const struct conf_key	*full;		/* list that was reported */
	struct conf_pattern	 pattern;	/* the open mobile-nodes */
	const char		*item_fmt; /* what was said of an element */
	struct place		 item_at;
};

/* lex.c */
enum token	 lex_next(struct parser *);
void		 lex_skip(struct parser *);
bool		 lex_push(struct parser *, struct source *,
		    const struct place *);
bool		 lex_define(struct parser *, const char *, const char *,
		    struct source *);
void		 lex_free(struct parser *);
const char	*lex_found(const struct parser *, char *, size_t);
void		 lex_forget(struct parser *);

/* parse.y */
int		 conf_yyparse(struct parser *);

/* apply.c: what the grammar has found. */
void		 apply_begin(struct parser *);
void		 apply_macro(struct parser *);
void		 apply_statement(struct parser *);
void		 apply_open(struct parser *);
void		 apply_close(struct parser *);
void		 apply_syntax_error(struct parser *);
void		 apply_end(struct parser *);

/* list.c */
void		*list_append(struct parser *, const struct conf_key *,
		    void *, const struct place *);
void		 list_drop(struct parser *, const struct conf_key *, void *);

/* file.c */
struct source	*file_source(struct parser *, const char *);
struct source	*file_open(struct parser *, const char *,
		    const struct place *);
void		 file_include(struct parser *, const struct word *);
void		 file_secret(struct parser *, const struct word *);

/* error.c */
void	 conf_error(struct parser *, const struct place *, const char *, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
void	 conf_nomem(struct parser *);
/* At a key of the block being closed, or at the block when it is not there. */
void	 conf_error_key(struct parser *, const char *, const char *, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
/* At the n-th element of all the lists of one key, in the order written. */
void	 conf_error_item(struct parser *, const struct conf_key *, size_t,
	    const char *, ...) __attribute__((__format__(__printf__, 4, 5)));
const struct place *conf_key_place(struct parser *, const char *);
size_t	 conf_list_count(struct parser *, const struct conf_key *);
const struct conf_key *conf_find_key(const struct conf_block *, const char *);
/* The same from the outermost block on, "block/block/key". */
const struct conf_key *conf_key_path(struct parser *, const char *);
bool	 conf_key_seen(struct parser *, const char *);
bool	 conf_key_bad(struct parser *, const char *);
bool	 conf_near(const char *, const char *);

/* mem.c: all memory of conf/ comes from here. */
void	*conf_calloc(size_t, size_t);
void	*conf_resize(void *, size_t, size_t);
char	*conf_strdup(const char *, size_t);
void	 conf_wipe(void *, size_t);
extern long	 conf_mem_fail;	/* tests: fail after so many; < 0: never */

/* check.c: at the end of blocks. */
void	 check_top(struct parser *, void *);
void	 check_ha(struct parser *, void *);
void	 check_link(struct parser *, void *);
void	 check_ra(struct parser *, void *);
void	 check_node(struct parser *, void *);
void	 check_auth(struct parser *, void *);
void	 check_mn(struct parser *, void *);
void	 check_home(struct parser *, void *);

/* What is named once: identifiers of nodes, by their order in the file. */
struct named {
	const char	*name;
	size_t		 item;
};
int	 named_cmp(const void *, const void *);

/* check_static.c: the same for static keys. */
void	 check_cn(struct parser *, void *);
void	 check_static(struct parser *, const struct conf_mn *);

/* check_ipsec.c: the same for authentication ipsec. */
void	 check_sa(struct parser *, void *);
void	 check_ipsec_node(struct parser *, void *);
void	 check_ipsec_home(struct parser *, void *);
void	 check_ipsec_nodes(struct parser *, const struct conf_ha *);
void	 check_ipsec_auth(struct parser *, const struct conf_home *);
void	 check_ipsec_homes(struct parser *, const struct conf_mn *);
void	 check_ike(struct parser *, void *);
void	 check_ike_use(struct parser *);
void	 check_spis(struct parser *);

/* check_cga.c: home addresses that are CGAs. */
void	 check_cga(struct parser *, const struct conf_home *);

/* pattern.c */
void	 pattern_close(struct parser *, void *);

#endif
