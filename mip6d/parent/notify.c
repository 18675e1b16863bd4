/*
 * What the service manager is told, by the protocol of sd_notify(3): lines of
 * NAME=value in a datagram to the local socket that the environment names.
 * Where it names none, as on all systems but Linux, nothing happens.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "parent/notify.h"

#define TEXT_MAX	512

static struct {
	int			 fd;		/* -1: nobody listens */
	struct sockaddr_un	 sun;
	socklen_t		 len;
} manager = { .fd = -1 };

/* The address that path stands for; '@' is the NUL of an abstract one. */
static bool
set_address(const char *path)
{
	size_t	 n = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || n < 2 ||
	    n >= sizeof(manager.sun.sun_path))
		return (false);
	manager.sun.sun_family = AF_UNIX;
	memcpy(manager.sun.sun_path, path, n);
	if (path[0] == '@')
		manager.sun.sun_path[0] = '\0';
	manager.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return (true);
}

/* Microseconds of the watchdog, if it is meant for this process; else 0. */
static uint64_t
watchdog(void)
{
	const char	*usec = getenv("WATCHDOG_USEC");
	const char	*pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return (0);
	return (strtoull(usec, NULL, 10));
}

/*
 * Find out who wants to be told; children do not inherit it.  Returns the time
 * in microseconds within which "WATCHDOG=1" is expected, 0 for never.
 */
uint64_t
notify_open(void)
{
	const char	*path = getenv("NOTIFY_SOCKET");
	uint64_t	 usec = 0;

	if (path != NULL && set_address(path)) {
		manager.fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		if (manager.fd != -1)
			fcntl(manager.fd, F_SETFD, FD_CLOEXEC);
		usec = watchdog();
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return (usec);
}

/* Tell it; what can't be sent at once is not sent. */
void
notify(const char *fmt, ...)
{
	char	 text[TEXT_MAX];
	va_list	 ap;
	int	 n;

	if (manager.fd == -1)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (n >= (int)sizeof(text))
		n = (int)sizeof(text) - 1;
	if (sendto(manager.fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (struct sockaddr *)&manager.sun, manager.len) == -1)
		log_debug("service manager: %s", strerror(errno));
}
