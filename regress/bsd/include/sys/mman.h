#ifndef BSD_SYS_MMAN_H
#define BSD_SYS_MMAN_H

#include <bsd_types.h>

#define PROT_READ	1
#define PROT_WRITE	2
#define MAP_SHARED	1
#define MAP_FAILED	((void *)-1)
#if defined(__FreeBSD__)
#define SHM_ANON	((char *)1)
#endif

void	*mmap(void *, size_t, int, int, int, off_t);
int	 munmap(void *, size_t);
int	 shm_open(const char *, int, mode_t);

#endif
