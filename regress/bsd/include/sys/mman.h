#ifndef BSD_SYS_MMAN_H
#define BSD_SYS_MMAN_H

#include <bsd_types.h>

#define PROT_READ	1
#define PROT_WRITE	2
#define MAP_SHARED	1
#define MAP_FAILED	((void *)-1)
#if defined(__FreeBSD__)
#define MFD_CLOEXEC	0x1

int	 memfd_create(const char *, unsigned int);
#endif

void	*mmap(void *, size_t, int, int, int, off_t);
int	 munmap(void *, size_t);

#endif
