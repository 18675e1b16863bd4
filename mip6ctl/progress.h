/* What is told of long work while it goes on. */
#ifndef MIP6CTL_PROGRESS_H
#define MIP6CTL_PROGRESS_H

#include <stdint.h>

#define PROGRESS_MS	2000	/* from one sentence to the next */

/* Clock and mouth are the caller's, the rest is ours; {0} before it begins. */
struct progress {
	int64_t	 (*now_ms)(void);
	void	 (*say)(const char *);
	int64_t	 began, told;
};

void	 progress_begin(struct progress *);
void	 progress_tick(struct progress *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));

#endif
