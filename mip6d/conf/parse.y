/*
 * The grammar: statements of words, each ended by a new line, with or without
 * a block.  What the words mean is in the tables (table.h), not here.  Each
 * rule has the token that ends it: bison reduces where byacc would wait for
 * that token, and would be out of a block before it sees what is wrong in it.
 */
%{
#include "conf/parser.h"

static struct parser	*self;	/* the run that yyparse() works for */

int		 yyparse(void);
static int	 yylex(void);
static void	 yyerror(const char *);
%}

%token WORD EOL OPEN CLOSE EQUAL BAD

%%

config		: statements
		;

statements	: /* empty */
		| statements EOL
		| statements words EOL		{ apply_statement(self); }
		| statements words EQUAL words EOL
						{ apply_macro(self); }
		| statements block EOL
		| statements error EOL		{ yyerrok; }
		;

block		: words OPEN			{ apply_open(self); }
		  statements last		{ apply_close(self); }
		;

last		: CLOSE
		| words CLOSE			{ apply_statement(self); }
		| words EQUAL words CLOSE	{ apply_macro(self); }
		| block CLOSE
		| error CLOSE			{ yyerrok; }
		;

words		: WORD
		| words WORD
		;

%%

static int
yylex(void)
{
	static const int	 tokens[] = {
		[TOK_EOF] = 0, [TOK_WORD] = WORD, [TOK_STRING] = WORD,
		[TOK_EOL] = EOL, [TOK_OPEN] = OPEN, [TOK_CLOSE] = CLOSE,
		[TOK_EQUAL] = EQUAL, [TOK_BAD] = BAD,
	};

	return (tokens[lex_next(self)]);
}

static void
yyerror(const char *text)
{
	(void)text;
	apply_syntax_error(self);
}

/* Reads all input of the run; what was wrong has been reported. */
int
conf_yyparse(struct parser *p)
{
	int	 rv;

	self = p;
	rv = yyparse();
	self = NULL;
	return (rv);
}
