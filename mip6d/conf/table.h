/*
 * What can be configured, as tables.  The parser, the printer, the comparison
 * and the release of memory all walk these; nothing else knows the keys.  A
 * new block is a new file with one struct conf_block and one row in the table
 * of the block around it; that of a role has a row of CONF_BLOCKS.
 */
#ifndef MIP6D_CONF_TABLE_H
#define MIP6D_CONF_TABLE_H

#include "conf/conf.h"

struct parser;

enum key_type {
	KEY_BOOL,	/* bool: yes, no, or nothing for yes */
	KEY_WORD,	/* the keyword alone sets the field to .def */
	KEY_ENUM,	/* one of .names, of .size bytes */
	KEY_U32,	/* number within .min and .max */
	KEY_INT,	/* the same, signed */
	KEY_DURATION,	/* uint32_t, milliseconds */
	KEY_ADDR,	/* struct in6_addr */
	KEY_PREFIX,	/* struct conf_prefix */
	KEY_STRING,	/* char [.size] */
	KEY_SECRET,	/* bytes [.size] and, at .count, how many */
	KEY_BLOCK,	/* nested .block */
	KEY_TYPES
};

/* Flags of a key. */
#define KEY_REQUIRED	0x001	/* the block is wrong without it */
#define KEY_LIST	0x002 /* may be repeated: array and, at .count, size */
#define KEY_POINTER	0x004	/* the field is a pointer, NULL when absent */
#define KEY_MERGED	0x008	/* keys of .block are keys of this block */
#define KEY_ONELINE	0x010	/* printed without braces */
#define KEY_OPTIONAL	0x020	/* may be left out: label, second value */
#define KEY_UNICAST	0x040	/* address: global unicast only */
#define KEY_NETWORK	0x080	/* prefix: global unicast only */
#define KEY_ALIAS	0x100	/* other name of the row above, see .tag */
#define KEY_ABSPATH	0x200	/* string: starts with a slash */
#define KEY_SECONDS	0x400	/* duration: whole seconds */
#define KEY_SCRATCH	0x800	/* block: not kept, see struct conf_pattern */
#define KEY_IPSEC	0x1000	/* secret of ipsec: CONF_PRINT_IPSEC, too */

struct conf_name {
	const char	*name;
	int		 value;
};

struct conf_key {
	const char	*name;		/* one or two words */
	enum key_type	 type;
	unsigned int	 flags;
	size_t		 off;		/* of the field in its structure */
	size_t		 size;		/* of the field or a list's element */
	size_t		 count;		/* of the list's or secret's size_t */
	size_t		 limit;		/* elements, 0: CONF_LIST_MAX */
	int64_t		 min, max, def;
	const char	*sdef;		/* default of a string */
	const struct conf_name	*names;	/* KEY_ENUM, last has no name */
	const struct conf_block	*block;	/* KEY_BLOCK */
	const struct conf_key	*then;	/* second value of statement or label */
	const char	*why;		/* of the bounds, for messages */
	/* A word that stands for a special value: */
	const char	*alt;		/* e.g. discover, infinity */
	uint32_t	 alt_value;	/* KEY_DURATION; else all is zero */
	/* Bool: with .alt that it was that word, else that it was given. */
	size_t		 has_off;
	/* Applies only when the label (or first value) is one of these bits. */
	unsigned int	 when;
	/* Block list whose keyword is told by a bool in the element. */
	bool		 tagged, tag;
	size_t		 tag_off;
	unsigned int	 mask;		/* CONF_PRINT_... of a top level row */
};

struct conf_block {
	const char		*name;	/* as messages call it */
	const struct conf_key	*label;	/* value behind the keyword, or NULL */
	const struct conf_key	*keys;	/* last has no name */
	/* At the closing brace: derived defaults, checks.  Object, parser. */
	void			(*close)(struct parser *, void *);
};

#define KEY_COUNT_MAX	40	/* keys of one block, merged ones included */

extern const struct conf_block	 conf_top_block;
extern const struct conf_block	 conf_global_block;
#define X(id, member, ...) extern const struct conf_block conf_##member##_block;
CONF_BLOCKS(X)
#undef X
extern const struct conf_block	 conf_auth_block;	/* shared by roles */
extern const struct conf_block	 conf_rule_block;
extern const struct conf_block	 conf_ipsec_node_block;	/* of a home agent */
extern const struct conf_block	 conf_ipsec_home_block;	/* of a mobile node */
extern const struct conf_block	 conf_ro_block;	/* of a mobile node */
extern const struct conf_block	 conf_cn_static_block;	/* its peers' keys */
extern const struct conf_block	 conf_mn_static_block;
extern const struct conf_block	 conf_pattern_block;
extern const struct conf_name	 conf_protects[];

/* tree.c: walks over a structure by its table. */
void	 conf_init_block(const struct conf_block *, void *);
void	 conf_release_block(const struct conf_block *, void *);
bool	 conf_equal_block(const struct conf_block *, const void *,
	    const void *);
bool	 conf_absent(const struct conf_key *, const void *);
bool	 conf_applies(const struct conf_key *, const struct conf_key *,
	    const void *);
size_t	 conf_count(const struct conf_key *, const void *);
void	*conf_element(const struct conf_key *, void *, size_t);
const void *conf_element_const(const struct conf_key *, const void *, size_t);

/* value.c: what one value is; see struct value_ops. */
struct word;
struct value_ops {
	/* What a message calls it when another thing was found. */
	void	(*expects)(const struct conf_key *, char *, size_t);
	/* Stores the word's value in the field: 1; 0: it is no such value,
	 * -1: nor is it, and the reason was reported. */
	int	(*parse)(struct parser *, const struct conf_key *,
		    const struct word *, void *);
	void	(*print)(FILE *, const struct conf_key *, const void *, bool);
	bool	(*equal)(const struct conf_key *, const void *, const void *);
	void	(*init)(const struct conf_key *, void *);
};
extern const struct value_ops	 conf_value[KEY_TYPES];
void	 conf_expects(const struct conf_key *, char *, size_t);

#endif
