/* Programs of an administrator, with a time limit.  For kern/linux*.c. */
#ifndef MIP6D_KERN_LINUX_RUN_H
#define MIP6D_KERN_LINUX_RUN_H

#include <stdbool.h>

/* Programs are looked for in these directories; a test has its own. */
#define LINUX_PROGRAM_DIRS	4

extern const char	*linux_program_dirs[LINUX_PROGRAM_DIRS];

const char	*linux_find_program(const char *name);
bool		 linux_can_run(void);
int		 linux_run(const char *const *argv, int in, int out);

#endif
