/*
 * The start of every process of mip6d.  With -P it becomes the role that it
 * names, as the parent executes its children; without, it reads flags and
 * configuration and becomes the parent, checks (-n), sends a signal (-k) or
 * cleans up (-u).  Also goes to the background and tells the one who started
 * it when all is ready.
 */
#include <sys/types.h>
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/child.h"
#include "core/log.h"
#include "kern/compat.h"
#include "parent/parent.h"
#include "parent/pidfile.h"
#include "paths.h"

#define MACROS_MAX	64
#define REASON_MAX	4096	/* of a start that failed */
#define STOP_TIME	SEC(20)	/* that -k TERM waits */

/* What each role is, as its folder offers it. */
#define ROOT(id, ...)
#define SERVICE(id, n, ...)	extern const struct child_ops n##_ops;
#define ENGINE(id, n, ...)	extern const struct engine_ops n##_engine;
#include "core/role.def"
#undef SERVICE
#undef ENGINE

static const struct {
	const struct child_ops		*ops;
	const struct engine_ops		*engine;
} roles[ROLE_MAX] = {
#define SERVICE(id, n, ...)	[ROLE_##id] = { &n##_ops, NULL },
#define ENGINE(id, n, ...)	[ROLE_##id] = { NULL, &n##_engine },
#include "core/role.def"
};

static void
usage(void)
{
	fprintf(stderr, "usage: mip6d [-dnuv] [-D macro=value] [-f file] "
	    "[-k signal] [-p pidfile]\n             [-s socket]\n");
	exit(1);
}

static int
run_role(const char *name)
{
	enum role	 r = role_by_name(name);

	if (r != ROLE_MAX && roles[r].engine != NULL)
		return (engine_main(roles[r].engine));
	if (r != ROLE_MAX && roles[r].ops != NULL)
		return (child_main(roles[r].ops));
	errx(1, "no role \"%s\"", name);
}

/* Children are executed from this path again, also after a chdir(2). */
static const char *
own_path(const char *argv0)
{
	static char	 path[PATH_MAX];
	char		 try[PATH_MAX];
	const char	*dir, *end;

	if (strchr(argv0, '/') != NULL) {
		if (realpath(argv0, path) == NULL)
			err(1, "%s", argv0);
		return (path);
	}
	for (dir = getenv("PATH"); dir != NULL && *dir != '\0'; dir = end) {
		end = dir + strcspn(dir, ":");
		snprintf(try, sizeof(try), "%.*s/%s", (int)(end - dir), dir,
		    argv0);
		if (access(try, X_OK) == 0 && realpath(try, path) != NULL)
			return (path);
		end += *end == ':';
	}
	errx(1, "%s: not found in PATH", argv0);
}

/* A path of a flag, made absolute as it is used after a chdir(2). */
static char *
absolute(const char *path)
{
	char	 dir[PATH_MAX], *p;

	if (path[0] == '/')
		return (strdup(path));
	if (getcwd(dir, sizeof(dir)) == NULL)
		err(1, "%s", path);
	if ((p = malloc(strlen(dir) + strlen(path) + 2)) == NULL)
		err(1, NULL);
	sprintf(p, "%s/%s", dir, path);
	return (p);
}

static void
add_macro(struct conf_macro *m, size_t *n, char *arg)
{
	char	*eq = strchr(arg, '=');

	if (eq == NULL || eq == arg)
		errx(1, "-D %s: macro=value expected", arg);
	if (*n == MACROS_MAX)
		errx(1, "more than %d macros", MACROS_MAX);
	*eq = '\0';
	m[*n].name = arg;
	m[(*n)++].value = eq + 1;
}

/*
 * Wait for the daemon: its errors come as lines, and an octet 0 when all its
 * children are ready.  Returns the exit status.
 */
static int
wait_for_start(int fd)
{
	char	 text[REASON_MAX];
	size_t	 i, len = 0;
	ssize_t	 n;

	while (len < sizeof(text) && ((n = read(fd, text + len,
	    sizeof(text) - len)) > 0 || (n == -1 && errno == EINTR))) {
		if (n < 0)
			continue;
		if (memchr(text + len, '\0', (size_t)n) != NULL)
			return (0);
		len += (size_t)n;
	}
	if (len == 0)
		warnx("start failed without a word; perhaps the log has one");
	for (i = 0; i < len; i++) {
		if (i == 0 || text[i - 1] == '\n')
			fputs("mip6d: ", stderr);
		putc(text[i] == '\n' || isprint((unsigned char)text[i]) ?
		    text[i] : '?', stderr);
	}
	if (len > 0 && text[len - 1] != '\n')
		putc('\n', stderr);
	return (1);
}

/*
 * Go to the background; the one who started us learns when all children are
 * ready, or why that won't be.
 */
static void
to_background(struct parent *p)
{
	int	 fds[2], null;

	if (pipe(fds) == -1)
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		break;
	default:
		close(fds[1]);
		_exit(wait_for_start(fds[0]));
	}
	close(fds[0]);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	p->ready_fd = fds[1];
	signal(SIGPIPE, SIG_IGN);
	log_copy_errors(p->ready_fd);
	setsid();
	if (chdir("/") == -1 || (null = open("/dev/null", O_RDWR)) == -1)
		fatal("/dev/null");
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

/* Is standard error read by systemd-journald(8)?  It says which one is. */
static bool
is_journal(void)
{
	const char	*stream = getenv("JOURNAL_STREAM");
	unsigned long	 dev, ino;
	struct stat	 st;

	return (stream != NULL && sscanf(stream, "%lu:%lu", &dev, &ino) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && (unsigned long)st.st_dev == dev &&
	    st.st_ino == ino);
}

/* Logs of a parent that stays in the foreground go to standard error. */
static void
start_log(const struct parent *p)
{
	if (p->debug && is_journal())
		log_to_stderr_levels();
	else if (p->debug || p->conf->global.log == LOGTO_STDERR)
		log_to_stderr("mip6d");
	else
		log_to_syslog("mip6d");
	log_verbose(p->verbose || p->conf->global.verbose);
}

/* -k: the signal to who holds the pidfile, and his pid on standard output. */
static int
signal_daemon(const struct parent *p, const char *name)
{
	static const struct {
		const char	*name;
		int		 sig;
	} signals[] = { { "TERM", SIGTERM }, { "INT", SIGINT },
	    { "HUP", SIGHUP }, { "0", 0 } };
	char	 why[512];
	pid_t	 pid;
	size_t	 i;

	for (i = 0; strcmp(signals[i].name, name) != 0; i++)
		if (i == sizeof(signals) / sizeof(signals[0]) - 1)
			errx(1, "-k %s: TERM, INT, HUP or 0 expected", name);
	pid = pidfile_signal(p->pidfile, signals[i].sig, why, sizeof(why));
	if (pid == -1)
		errx(1, "%s", why);
	if (pid == 0)
		errx(1, "no mip6d is running that holds %s", p->pidfile);
	printf("%ld\n", (long)pid);
	if ((signals[i].sig == SIGTERM || signals[i].sig == SIGINT) &&
	    !pidfile_wait(p->pidfile, pid, STOP_TIME))
		errx(1, "pid %ld does not end", (long)pid);
	return (0);
}

static void
print_complaint(void *arg, const char *file, int line, int column,
    const char *text)
{
	(void)arg;
	if (line == 0)
		fprintf(stderr, "%s: %s\n", file, text);
	else
		fprintf(stderr, "%s:%d:%d: %s\n", file, line, column, text);
}

static void
would_refuse(const char *why)
{
	fprintf(stderr, "this host would not start it: %s\n", why);
}

int
main(int argc, char **argv)
{
	static struct parent		 p;
	static struct conf_macro	 macros[MACROS_MAX];
	const char			*pidfile = NULL, *sig = NULL;
	char				 why[256];
	bool				 check = false, undo = false;
	size_t				 nmacros = 0;
	int				 ch;

	compat_init(argc, argv);
	p.ready_fd = -1;
	p.conf_path = MIP6D_CONF;
	while ((ch = getopt(argc, argv, "D:df:k:np:P:s:uv")) != -1)
		switch (ch) {
		case 'D':
			add_macro(macros, &nmacros, strdup(optarg));
			break;
		case 'd':
			p.debug = true;
			break;
		case 'f':
			p.conf_path = strdup(optarg);
			break;
		case 'k':
			sig = strdup(optarg);
			break;
		case 'n':
			check = true;
			break;
		case 'p':
			pidfile = absolute(optarg);
			break;
		case 'P':
			return (run_role(optarg));
		case 's':
			p.socket = absolute(optarg);
			break;
		case 'u':
			undo = true;
			break;
		case 'v':
			p.verbose = true;
			break;
		default:
			usage();
		}
	if (optind != argc || check + undo + (sig != NULL) > 1)
		usage();
	p.macros = macros;
	p.nmacros = nmacros;
	log_to_stderr("mip6d");
	p.conf = conf_parse_file(p.conf_path, macros, nmacros, parent_host(),
	    print_complaint, NULL);
	if (p.conf == NULL && (undo || sig != NULL)) {
		/* What is to end or be undone must not hang on the file. */
		warnx("going on with the defaults");
		p.conf = conf_parse_text("", 0, print_complaint, NULL);
	}
	if (p.conf == NULL)
		return (1);
	if (check) {
		if (!conf_supported(p.conf, why, sizeof(why)))
			errx(1, "%s: %s", p.conf_path, why);
		parent_dry_run(&p, would_refuse);
		if (p.verbose)
			conf_print(stdout, p.conf, CONF_PRINT_ALL &
			    ~CONF_PRINT_IPSEC);
		else
			fprintf(stderr, "configuration OK\n");
		return (0);
	}
	if (p.socket != NULL)
		listen_override(p.conf, p.socket);
	pidfile_path(pidfile, &p.conf->global, p.pidfile, sizeof(p.pidfile));
	if (sig != NULL)
		return (signal_daemon(&p, sig));
	if (undo)
		return (parent_undo(&p));
	p.program = own_path(argv[0]);
	if (p.conf_path[0] != '/' &&
	    (p.conf_path = realpath(p.conf_path, NULL)) == NULL)
		err(1, "configuration");
	if (!p.debug)
		to_background(&p);
	start_log(&p);
	return (parent_run(&p));
}
