/*
 * What the tests with pipes or configurations have in common: a pipe that ends
 * and a configuration that isn't taken fail the test.
 */
#ifndef REGRESS_UNIT_PIPE_LAB_H
#define REGRESS_UNIT_PIPE_LAB_H

#include <atf-c.h>

struct ipc;

/* For ipc_new(). */
static __attribute__((__unused__)) void
on_dead(void *arg, struct ipc *ipc, const char *reason)
{
	(void)arg;
	(void)ipc;
	atf_tc_fail("pipe: %s", reason);
}

/* For conf_load() and its like. */
static __attribute__((__unused__)) void
complain(void *arg, const char *file, int line, int column, const char *text)
{
	(void)arg;
	(void)file;
	atf_tc_fail("%d:%d: %s", line, column, text);
}

/* A mobile node with one interface of that name. */
#define NODE_TEXT(interface)						\
    "mobile-node {\n"							\
    "  interface \"" interface "\"\n"					\
    "  home-address 2001:db8:2::100 {\n"				\
    "    home-prefix 2001:db8:2::/64\n"				\
    "    home-agent 2001:db8:2::1\n"					\
    "    identifier \"mn@example.com\"\n"				\
    "    authentication mn-ha spi 256 key \"0123456789abcdef\"\n"	\
    "  }\n"								\
    "}\n"

#endif
