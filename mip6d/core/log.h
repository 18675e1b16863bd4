/*
 * Logging.  A child hands its lines to the parent, which alone writes them;
 * before the pipe is up they go to standard error.
 */
#ifndef MIP6D_CORE_LOG_H
#define MIP6D_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/limit.h"

enum log_level { LL_ERROR, LL_WARN, LL_INFO, LL_DEBUG };

typedef void log_sink_fn(void *, enum log_level, const char *);

void	 log_to_stderr(const char *name);
void	 log_to_stderr_levels(void);
void	 log_to_syslog(const char *name);
void	 log_to(log_sink_fn *, void *);
void	 log_copy_errors(int fd);
void	 log_verbose(bool);
bool	 log_is_verbose(void);
void	 log_put(enum log_level, const char *);

void	 log_error(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void	 log_warn(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void	 log_info(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void	 log_debug(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void	 fatalx(const char *, ...)
	    __attribute__((__noreturn__, __format__(printf, 1, 2)));
void	 fatal(const char *, ...)
	    __attribute__((__noreturn__, __format__(printf, 1, 2)));

#endif
