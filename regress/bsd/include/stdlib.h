#ifndef BSD_STDLIB_H
#define BSD_STDLIB_H

#include <bsd_size.h>

void	 abort(void) __attribute__((__noreturn__));
void	 arc4random_buf(void *, size_t);
int	 atoi(const char *);
long	 atol(const char *);
void	*bsearch(const void *, const void *, size_t, size_t,
	    int (*)(const void *, const void *));
void	*calloc(size_t, size_t);
int	 daemon(int, int);
void	 exit(int) __attribute__((__noreturn__));
void	 free(void *);
#if defined(__FreeBSD__)
char	*fdevname_r(int, char *, int);
#endif
char	*getenv(const char *);
long long llabs(long long);
void	*malloc(size_t);
int	 mkstemp(char *);
void	 qsort(void *, size_t, size_t, int (*)(const void *, const void *));
int	 rand_r(unsigned int *);
long	 random(void);
void	*realloc(void *, size_t);
char	*realpath(const char *, char *);
int	 setenv(const char *, const char *, int);
double	 strtod(const char *, char **);
long	 strtol(const char *, char **, int);
unsigned long strtoul(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);
int	 system(const char *);
int	 unsetenv(const char *);

/* FreeBSD has it in <unistd.h>. */
#if !defined(__FreeBSD__)
void	 setproctitle(const char *, ...)
	    __attribute__((__format__(__printf__, 1, 2)));
#endif

#endif
