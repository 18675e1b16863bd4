#ifndef BSD_DIRENT_H
#define BSD_DIRENT_H

#include <bsd_types.h>

typedef struct bsd_dir	DIR;

struct dirent {
	ino_t	 d_fileno;
	char	 d_name[256];
};

int	 closedir(DIR *);
DIR	*fdopendir(int);
DIR	*opendir(const char *);
struct dirent *readdir(DIR *);

#endif
