/*
 * Reads what npf(4) of NetBSD says of itself, and finds out whether the rules
 * keep in an ICMPv6 Parameter Problem.  Pure: netbsd_npf.c asks the kernel.
 * The form is that of nvlist_pack(): values with names, in the byte order of
 * the host; lists and arrays of lists are ended by values of types of their
 * own.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kern/npf.h"

#define LIST_HEADER	19	/* magic, version, flags, descriptors, size */
#define VALUE_HEADER	19	/* type, length of the name, of it, items */
#define MAGIC		0x6c

#define T_BOOL		2
#define T_NUMBER	3
#define T_STRING	4
#define T_LIST		5
#define T_BINARY	7
#define T_LISTS		11
#define T_NEXT		254
#define T_UP		255

#define DEPTH		8
#define MAX_RULES	16384
#define NAME_LEN	16

/* Of the attributes of a rule. */
#define A_PASS		0x00000001U
#define A_GROUP		0x00000002U
#define A_FINAL		0x00000004U
#define A_DYNAMIC	0x00000040U
#define A_LAYER2	0x00000200U
#define A_IN		0x10000000U
#define A_OUT		0x20000000U

/* What npfctl(8) notes of a rule's conditions: kind, length, words. */
#define C_FAMILY	0
#define C_PROTOCOL	1
#define C_ICMP_TYPE	9
#define FAMILY_INET6	24
#define PROTOCOL_ICMP6	58
#define TYPE_PROBLEM	4

enum match { NO, PERHAPS, YES };

struct rule {
	uint64_t	 attr, skip_to;
	char		 interface[NAME_LEN];
	enum match	 conditions;
	bool		 owned;		/* for a user's packets alone */
};

struct value {
	uint8_t		 type;
	const char	*name;
	const uint8_t	*p;
	uint64_t	 len, items;
};

struct reader {
	const uint8_t	*p;
	size_t		 left;
	uint64_t	 items[DEPTH];	/* of each array; 0: a list */
	unsigned int	 depth, rules_at;	/* 0: not among the rules */
	bool		 active;
	struct rule	*rules;
	size_t		 nrules, cap;
};

static bool
skip(struct reader *r, uint64_t n)
{
	if (n > r->left)
		return (false);
	r->p += n;
	r->left -= (size_t)n;
	return (true);
}

static bool
list_header(struct reader *r)
{
	return (r->left >= LIST_HEADER && r->p[0] == MAGIC &&
	    skip(r, LIST_HEADER));
}

static bool
value(struct reader *r, struct value *v)
{
	uint16_t	 n;

	if (r->left < VALUE_HEADER)
		return (false);
	v->type = r->p[0];
	memcpy(&n, r->p + 1, sizeof(n));
	memcpy(&v->len, r->p + 3, sizeof(v->len));
	memcpy(&v->items, r->p + 11, sizeof(v->items));
	skip(r, VALUE_HEADER);
	v->name = (const char *)r->p;
	if (n == 0 || !skip(r, n) || v->name[n - 1] != '\0')
		return (false);
	v->p = r->p;
	/* What is in a list is read as values of its own. */
	return (v->type == T_LIST || v->type == T_LISTS || skip(r, v->len));
}

static bool
is(const struct value *v, uint8_t type, const char *name)
{
	return (v->type == type && strcmp(v->name, name) == 0);
}

static uint64_t
number(const struct value *v)
{
	uint64_t	 n = 0;

	if (v->len == sizeof(n))
		memcpy(&n, v->p, sizeof(n));
	return (n);
}

static enum match
equals(uint32_t is, uint32_t wanted)
{
	return (is == wanted ? YES : NO);
}

/* Does one condition hold for what is to be kept in? */
static enum match
condition(const uint32_t w[3])
{
	if (w[1] == 1 && w[0] == C_FAMILY)
		return (equals(w[2], FAMILY_INET6));
	if (w[1] == 1 && w[0] == C_PROTOCOL)
		return (equals(w[2], PROTOCOL_ICMP6));
	if (w[1] == 1 && w[0] == C_ICMP_TYPE)
		return (equals(w[2], TYPE_PROBLEM));
	return (PERHAPS);
}

static enum match
conditions(const struct value *v)
{
	uint32_t	 w[3];
	uint64_t	 at = 0;
	enum match	 all = YES, one;

	while (at < v->len) {
		if (v->len - at < sizeof(w))
			return (PERHAPS);
		memcpy(w, v->p + at, sizeof(w));
		if ((one = condition(w)) < all)
			all = one;
		if (w[1] > (v->len - at) / sizeof(w[0]) - 2)
			return (PERHAPS);
		at += (2 + (uint64_t)w[1]) * sizeof(w[0]);
	}
	return (all);
}

static bool
new_rule(struct reader *r)
{
	struct rule	*bigger;
	size_t		 cap = r->cap == 0 ? 64 : 2 * r->cap;

	if (r->nrules == r->cap) {
		if (cap > MAX_RULES || (bigger = realloc(r->rules,
		    cap * sizeof(*bigger))) == NULL)
			return (false);
		r->rules = bigger;
		r->cap = cap;
	}
	memset(&r->rules[r->nrules], 0, sizeof(r->rules[0]));
	r->rules[r->nrules++].conditions = YES;
	return (true);
}

static void
of_rule(struct rule *rule, const struct value *v)
{
	if (is(v, T_NUMBER, "attr"))
		rule->attr = number(v);
	else if (is(v, T_NUMBER, "skip-to"))
		rule->skip_to = number(v);
	else if (is(v, T_STRING, "ifname") && v->len <= NAME_LEN)
		memcpy(rule->interface, v->p, (size_t)v->len);
	/* A program; of that of pcap-filter(7) nothing is noted. */
	else if (is(v, T_BINARY, "code"))
		rule->conditions = PERHAPS;
	else if (is(v, T_BINARY, "info"))
		rule->conditions = conditions(v);
	/* Does what the kernel sends belong to one?  Perhaps. */
	else if (strcmp(v->name, "r_user") == 0 ||
	    strcmp(v->name, "r_group") == 0)
		rule->owned = true;
}

static bool
open_list(struct reader *r, const struct value *v)
{
	if (r->depth + 1 == DEPTH || (v->type == T_LISTS && v->items == 0))
		return (false);
	r->items[++r->depth] = v->type == T_LISTS ? v->items : 0;
	if (r->depth == 1 && is(v, T_LISTS, "rules")) {
		r->rules_at = r->depth;
		if (!new_rule(r))
			return (false);
	}
	return (list_header(r));
}

static bool
close_list(struct reader *r)
{
	if (r->depth == 0)
		return (false);
	if (r->rules_at == r->depth)
		r->rules_at = 0;
	r->depth--;
	return (true);
}

static bool
next_list(struct reader *r)
{
	if (r->depth == 0 || r->items[r->depth] == 0)
		return (false);
	if (--r->items[r->depth] == 0)
		return (close_list(r));
	if (r->rules_at == r->depth && !new_rule(r))
		return (false);
	return (list_header(r));
}

static bool
take(struct reader *r, const struct value *v)
{
	switch (v->type) {
	case T_LIST:
	case T_LISTS:
		return (open_list(r, v));
	case T_UP:
		return (close_list(r));
	case T_NEXT:
		return (next_list(r));
	}
	if (r->depth == 0 && is(v, T_BOOL, "active"))
		r->active = v->len > 0 && v->p[0] != 0;
	else if (r->rules_at != 0 && r->rules_at == r->depth)
		of_rule(&r->rules[r->nrules - 1], v);
	return (true);
}

static bool
read_all(struct reader *r)
{
	struct value	 v;
	uint64_t	 size;

	if (r->left < LIST_HEADER)
		return (false);
	memcpy(&size, r->p + LIST_HEADER - sizeof(size), sizeof(size));
	if (!list_header(r) || size != r->left)
		return (false);
	while (r->left > 0)
		if (!value(r, &v) || !take(r, &v))
			return (false);
	return (r->depth == 0);
}

static enum match
matches(const struct rule *rule, const char *interface)
{
	if ((rule->attr & A_LAYER2) != 0 ||
	    (rule->attr & (A_IN | A_OUT)) == A_IN)
		return (NO);
	if (rule->interface[0] != '\0' &&
	    strcmp(rule->interface, interface) != 0)
		return (NO);
	return (rule->owned && rule->conditions == YES ? PERHAPS :
	    rule->conditions);
}

/*
 * As the kernel would go through the rules for a packet that leaves, where a
 * rule that perhaps matches does if it lets out, and doesn't if it keeps in.
 */
static bool
keeps_in(const struct reader *r, const char *interface)
{
	const struct rule	*rule;
	enum match		 m;
	bool			 in = false, found = false;
	size_t			 n = 0;

	while (n < r->nrules) {
		rule = &r->rules[n++];
		if ((rule->attr & (A_GROUP | A_DYNAMIC)) == A_GROUP && found)
			break;
		m = matches(rule, interface);
		if ((rule->attr & A_GROUP) != 0) {
			if (m == NO && rule->skip_to > n)
				n = (size_t)rule->skip_to;
			continue;
		}
		if (m == NO || (m == PERHAPS && (rule->attr & A_PASS) == 0))
			continue;
		in = (rule->attr & A_PASS) == 0;
		found = true;
		if ((rule->attr & A_FINAL) != 0)
			break;
	}
	return (in);
}

/*
 * What the n octets at p, from the kernel, mean for the Parameter Problems
 * that leave by any of these interfaces, the last of which is NULL.
 */
enum npf_state
npf_state(const uint8_t *p, size_t n, const char *const *interfaces)
{
	struct reader	 r;
	enum npf_state	 is = NPF_KEEPS_IN;

	memset(&r, 0, sizeof(r));
	r.p = p;
	r.left = n;
	if (!read_all(&r))
		is = NPF_UNREADABLE;
	else if (!r.active)
		is = NPF_OFF;
	for (; is == NPF_KEEPS_IN && *interfaces != NULL; interfaces++)
		if (!keeps_in(&r, *interfaces))
			is = NPF_LETS_OUT;
	free(r.rules);
	return (is);
}
