/*
 * The grammar: statements of words, each ended by a new line, with or without
 * a block.  What the words mean is in the tables (table.h), not here.
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
		| statements statement EOL
		| statements error EOL		{ yyerrok; }
		;

statement	: words				{ apply_statement(self); }
		| words EQUAL words		{ apply_macro(self); }
		| words OPEN			{ apply_open(self); }
		  body CLOSE			{ apply_close(self); }
		;

body		: statements
		| statements statement
		| statements error		{ yyerrok; }
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
