/*
 * Files as a whole: read into memory, made or replaced so that there is never
 * a part of one under its name.
 */
#ifndef MIP6D_CORE_FILE_H
#define MIP6D_CORE_FILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

uint8_t	*file_read(const char *path, int flags, size_t max, size_t *len);
uint8_t	*file_read_at(int dir, const char *path, int flags, size_t max,
	    size_t *len);
int	 file_fill(int fd, uint8_t *buf, size_t cap, size_t *len);
int	 file_create(const char *path, mode_t, const void *, size_t);
int	 file_replace(int dir, const char *name, mode_t, const void *, size_t);

#endif
