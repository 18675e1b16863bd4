#ifndef BSD_STDIO_H
#define BSD_STDIO_H

#include <bsd_types.h>

typedef struct bsd_file	FILE;

extern FILE	*bsd_stdin, *bsd_stdout, *bsd_stderr;

#define stdin	bsd_stdin
#define stdout	bsd_stdout
#define stderr	bsd_stderr
#define EOF	(-1)
#define _IOFBF	0
#define _IOLBF	1
#define _IONBF	2

#define BSD_PRINTF(f, a)	__attribute__((__format__(__printf__, f, a)))

int	 dprintf(int, const char *, ...) BSD_PRINTF(2, 3);
int	 fclose(FILE *);
FILE	*fdopen(int, const char *);
int	 ferror(FILE *);
int	 fflush(FILE *);
char	*fgets(char *, int, FILE *);
int	 fileno(FILE *);
FILE	*fopen(const char *, const char *);
int	 fprintf(FILE *, const char *, ...) BSD_PRINTF(2, 3);
int	 fputc(int, FILE *);
int	 fputs(const char *, FILE *);
size_t	 fread(void *, size_t, size_t, FILE *);
off_t	 ftello(FILE *);
size_t	 fwrite(const void *, size_t, size_t, FILE *);
FILE	*open_memstream(char **, size_t *);
int	 printf(const char *, ...) BSD_PRINTF(1, 2);
int	 putc(int, FILE *);
int	 puts(const char *);
int	 remove(const char *);
int	 rename(const char *, const char *);
int	 renameat(int, const char *, int, const char *);
int	 setvbuf(FILE *, char *, int, size_t);
int	 snprintf(char *, size_t, const char *, ...) BSD_PRINTF(3, 4);
int	 sprintf(char *, const char *, ...) BSD_PRINTF(2, 3);
int	 sscanf(const char *, const char *, ...)
	    __attribute__((__format__(__scanf__, 2, 3)));
int	 vasprintf(char **, const char *, __builtin_va_list) BSD_PRINTF(2, 0);
int	 vfprintf(FILE *, const char *, __builtin_va_list) BSD_PRINTF(2, 0);
int	 vprintf(const char *, __builtin_va_list) BSD_PRINTF(1, 0);
int	 vsnprintf(char *, size_t, const char *, __builtin_va_list)
	    BSD_PRINTF(3, 0);

#endif
