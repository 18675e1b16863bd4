/*
 * mip6ctl cga: addresses made of a public key (RFC 3972), and judged.  Words
 * are those of the command line behind "cga", which argv[0] completes; what is
 * said at the end, or why it failed, is put into a text of cap bytes.
 */
#ifndef MIP6CTL_CGA_H
#define MIP6CTL_CGA_H

#include <stdbool.h>
#include <stddef.h>

#include "mip6ctl/output.h"
#include "mip6ctl/progress.h"

bool	 cga_new(struct output *, struct progress *, int argc, char **argv,
	    char *why, size_t cap);
bool	 cga_show(struct output *, struct progress *, int argc, char **argv,
	    char *why, size_t cap);
bool	 cga_verify_file(struct output *, struct progress *, int argc,
	    char **argv, char *why, size_t cap);

#endif
