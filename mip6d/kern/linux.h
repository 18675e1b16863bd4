/* Internal to kern/linux*.c. */
#ifndef MIP6D_KERN_LINUX_H
#define MIP6D_KERN_LINUX_H

#include <stddef.h>

int	 linux_sysctl(const char *interface, const char *name,
	    const char *value, char *old, size_t oldlen);
int	 linux_run(const char *const *argv);
const char *linux_find_program(const char *name);

struct kern;

void	 linux_reset_optimistic(struct kern *);

#endif
