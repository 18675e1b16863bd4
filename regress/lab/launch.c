/*
 * launch: start User-Mode Linux guests and be the network between them.
 *
 *	launch -d dir [-k kernel] [-m megabytes] [-p preload] -i init -s source
 *	    guest[:net[,net...]] ...
 *
 * Each net is an Ethernet hub: frames come and go over one AF_UNIX
 * SOCK_SEQPACKET socket pair per interface, inherited by the guest as the
 * descriptor of a UML vector interface (vec0, vec1, ... in the order given).
 * So neither privileges nor a network of the host are needed.  What passes a
 * net is also written to dir/NET.pcap.
 *
 * dir/GUEST holds: console (what the kernel and init print), in (a FIFO, the
 * guest's first serial line), pid, and exit once the guest is gone.
 *
 * Guests die with the launcher, and the launcher with its parent.  Each guest
 * stays on one processor: see take_cpu().
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_GUESTS	16
#define MAX_NETS	32
#define MAX_PORTS	64
#define MAX_ARGS	96
#define FRAME_MAX	65536
#define SOCKET_BUFFER	(4 << 20)
#define TMPFS_MAGIC	0x01021994

struct net {
	const char	*name;
	int		 pcap;
};

struct port {
	int		 net;		/* index in nets */
	int		 guest;		/* index in guests */
	int		 hub_fd;
	int		 guest_fd;
	unsigned long	 dropped;
};

struct guest {
	const char	*name;
	pid_t		 pid;		/* 0 once it is gone */
	int		 cpu;		/* -1: all */
	int		 console;
	int		 in;
};

static struct net	 nets[MAX_NETS];
static struct port	 ports[MAX_PORTS];
static struct guest	 guests[MAX_GUESTS];
static int		 nnets, nports, nguests;

static const char	*dir, *init_script, *source, *preload;
static const char	*kernel = "/usr/bin/linux.uml";
static int		 megabytes = 128;

static volatile sig_atomic_t	 quit;

static void
on_signal(int sig)
{
	if (sig != SIGCHLD)
		quit = 1;
}

/* A string that lives as long as the program. */
static char *
format(const char *fmt, ...)
{
	va_list	 ap;
	char	*s;
	int	 n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n == -1)
		err(1, NULL);
	return (s);
}

/*
 * A failure is no more than told: at the end of a test its directory may be
 * gone before us, and the guests have still to be ended.
 */
static void
write_file(const char *path, const char *text)
{
	char	*tmp = format("%s.new", path);
	int	 fd;

	/* Under its name only when complete: the shell polls for it. */
	if ((fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0644)) == -1 ||
	    write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    rename(tmp, path) == -1)
		warn("%s", path);
	if (fd != -1)
		close(fd);
	free(tmp);
}

/* Headers of the classic pcap file format, link type Ethernet. */
static int
pcap_open(const char *name)
{
	const uint32_t	 head[] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, FRAME_MAX,
			    1 };
	char		*path = format("%s/%s.pcap", dir, name);
	int		 fd;

	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0644)) == -1 || write(fd, head, sizeof(head)) != sizeof(head))
		err(1, "%s", path);
	free(path);
	return (fd);
}

static void
pcap_frame(int fd, uint8_t *frame, size_t len)
{
	struct timespec	 now;
	uint32_t	 head[4];
	struct iovec	 iov[2] = {
		{ head, sizeof(head) },
		{ frame, len }
	};

	clock_gettime(CLOCK_REALTIME, &now);
	head[0] = (uint32_t)now.tv_sec;
	head[1] = (uint32_t)(now.tv_nsec / 1000);
	head[2] = head[3] = (uint32_t)len;
	if (writev(fd, iov, 2) == -1)
		warn("pcap");
}

static int
find_net(const char *name)
{
	int	 i;

	for (i = 0; i < nnets; i++) {
		if (strcmp(nets[i].name, name) == 0)
			return (i);
	}
	if (nnets == MAX_NETS)
		errx(1, "more than %d nets", MAX_NETS);
	nets[nnets].name = name;
	nets[nnets].pcap = pcap_open(name);
	return (nnets++);
}

static void
add_port(int guest, const char *net)
{
	struct port	*p = &ports[nports];
	int		 fd[2], i, size = SOCKET_BUFFER;

	if (nports++ == MAX_PORTS)
		errx(1, "more than %d interfaces", MAX_PORTS);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == -1)
		err(1, "socketpair");
	for (i = 0; i < 2; i++) {
		/* As much as the system lets us; a full one drops. */
		setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(fd[i], SOL_SOCKET, SO_SNDBUFFORCE, &size,
		    sizeof(size));
	}
	p->net = find_net(net);
	p->guest = guest;
	p->hub_fd = fd[0];
	p->guest_fd = fd[1];
}

/* "guest:net,net" */
static void
add_guest(char *spec)
{
	struct guest	*g = &guests[nguests];
	char		*name, *net, *path;

	if (nguests == MAX_GUESTS)
		errx(1, "more than %d guests", MAX_GUESTS);
	name = strsep(&spec, ":");
	g->name = name;

	path = format("%s/%s", dir, name);
	if (mkdir(path, 0755) == -1)
		err(1, "%s", path);
	path = format("%s/%s/in", dir, name);
	if (mkfifo(path, 0600) == -1 ||
	    /* For writing too, so that it never reads as closed. */
	    (g->in = open(path, O_RDWR | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	path = format("%s/%s/console", dir, name);
	if ((g->console = open(path, O_WRONLY | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0644)) == -1)
		err(1, "%s", path);

	while ((net = strsep(&spec, ",")) != NULL) {
		if (*net != '\0')
			add_port(nguests, net);
	}
	nguests++;
}

/*
 * Where UML keeps the guest's memory.  On a file system with a disk below
 * the guest would be slowed by write-back, and a small /dev/shm kills it
 * with SIGBUS when it is full.
 */
static const char *
memory_dir(void)
{
	struct statfs	 sf;

	if (statfs("/dev/shm", &sf) == 0 && sf.f_type == TMPFS_MAGIC &&
	    access("/dev/shm", W_OK) == 0 &&
	    (uint64_t)sf.f_bavail * (uint64_t)sf.f_bsize >
	    (uint64_t)megabytes * (uint64_t)nguests << 20)
		return ("/dev/shm");
	return (dir);
}

/*
 * Take a place for a guest on a processor; 0 if a launcher has taken it, this
 * one or another.  It is a name that is bound without a file, and given back
 * when the launcher ends.
 */
static int
take_place(int cpu, int place)
{
	struct sockaddr_un	 sun;
	socklen_t		 len = offsetof(struct sockaddr_un, sun_path);
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	len += 1 + (socklen_t)snprintf(sun.sun_path + 1,
	    sizeof(sun.sun_path) - 1, "mip6d-lab-%d-%d", cpu, place);
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&sun, len) == 0)
		return (1);
	close(fd);
	return (0);
}

/*
 * The processor for one more guest, with as few others as there are on any; -1
 * for all.  A guest is a process of its kernel and one for each of its own, of
 * which one runs at a time: each system call puts one to sleep and wakes up
 * another, which takes much longer from one processor to another.
 */
static int
take_cpu(void)
{
	cpu_set_t	 set;
	int		 cpu, place;

	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return (-1);
	for (place = 0; place < MAX_GUESTS; place++) {
		for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			if (CPU_ISSET(cpu, &set) && take_place(cpu, place))
				return (cpu);
		}
	}
	return (-1);
}

static void
stay_on(int cpu)
{
	cpu_set_t	 set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (cpu != -1 && sched_setaffinity(0, sizeof(set), &set) == -1)
		warn("sched_setaffinity");
}

/* In the child: become the guest. */
static void
run_guest(int index, pid_t launcher)
{
	struct guest	*g = &guests[index];
	char		*argv[MAX_ARGS];
	sigset_t	 none;
	int		 i, n = 0, nets_arg, vec = 0;

	stay_on(g->cpu);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != launcher)
		_exit(1);

	argv[n++] = format("%s", kernel);
	argv[n++] = format("mem=%dM", megabytes);
	argv[n++] = "root=/dev/root";
	argv[n++] = "rootfstype=hostfs";
	argv[n++] = "rootflags=/";
	argv[n++] = "ro";
	argv[n++] = format("init=%s", init_script);
	argv[n++] = format("umid=%s", g->name);
	/* Relative: it holds a socket, whose path must be short. */
	argv[n++] = "uml_dir=uml";
	argv[n++] = "con=null";
	argv[n++] = "con0=null,fd:1";
	argv[n++] = "ssl=null";
	argv[n++] = "ssl0=fd:0,null";
	argv[n++] = "quiet";
	/* Most of the time to boot is RAID's, which measures what is best, and
	 * that of 512 terminals, each of which looks for a helper program. */
	argv[n++] = "initcall_blacklist=raid6_select_algo";
	argv[n++] = "pty.legacy_count=0";
	argv[n++] = format("lab_dir=%s", dir);
	argv[n++] = format("lab_guest=%s", g->name);
	argv[n++] = format("lab_source=%s", source);
	/* init names vec0, vec1, ... after their nets. */
	nets_arg = n;
	argv[n++] = "lab_nets=";
	for (i = 0; i < nports && n < MAX_ARGS - 1; i++) {
		if (ports[i].guest != index)
			continue;
		argv[nets_arg] = format("%s,%s", argv[nets_arg],
		    nets[ports[i].net].name);
		if (fcntl(ports[i].guest_fd, F_SETFD, 0) == -1)
			_exit(1);
		argv[n++] = format("vec%d:transport=fd,fd=%d,vec=0,"
		    "mac=02:6d:36:00:%02x:%02x", vec, ports[i].guest_fd,
		    index + 1, vec);
		vec++;
	}
	argv[n] = NULL;

	if (dup2(g->in, 0) == -1 || dup2(g->console, 1) == -1 ||
	    dup2(g->console, 2) == -1)
		_exit(1);
	if (chdir(dir) == -1)
		_exit(1);
	setenv("TMPDIR", memory_dir(), 1);
	if (preload != NULL)
		setenv("LD_PRELOAD", preload, 1);
	execv(kernel, argv);
	warn("%s", kernel);
	_exit(127);
}

static void
start_guest(int index)
{
	pid_t	 launcher = getpid();
	char	*path, *text;

	guests[index].cpu = take_cpu();
	switch (guests[index].pid = fork()) {
	case -1:
		err(1, "fork");
	case 0:
		run_guest(index, launcher);
	}
	path = format("%s/%s/pid", dir, guests[index].name);
	text = format("%d\n", (int)guests[index].pid);
	write_file(path, text);
	free(path);
	free(text);
}

static void
note_exit(int index, int status)
{
	struct guest	*g = &guests[index];
	char		*path, *text;

	g->pid = 0;
	path = format("%s/%s/exit", dir, g->name);
	text = format("%s %d\n", WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	write_file(path, text);
	free(path);
	free(text);
}

/*
 * UML leads a process group of its own and leaves helpers in it when it is
 * killed: end the group while the zombie still holds its number.
 */
static void
reap(void)
{
	siginfo_t	 si;
	int		 i, status;

	for (;;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) == -1 ||
		    si.si_pid == 0)
			return;
		kill(-si.si_pid, SIGKILL);
		if (waitpid(si.si_pid, &status, 0) == -1)
			return;
		for (i = 0; i < nguests; i++) {
			if (guests[i].pid == si.si_pid)
				note_exit(i, status);
		}
	}
}

static int
alive(void)
{
	int	 i, n = 0;

	for (i = 0; i < nguests; i++)
		n += guests[i].pid != 0;
	return (n);
}

/* One frame to all the other ports of its net. */
static int
forward(struct port *from)
{
	static uint8_t	 frame[FRAME_MAX];
	ssize_t		 n;
	int		 i;

	n = recv(from->hub_fd, frame, sizeof(frame), MSG_DONTWAIT);
	if (n <= 0)
		return (n == -1 && (errno == EAGAIN || errno == EINTR));
	pcap_frame(nets[from->net].pcap, frame, (size_t)n);
	for (i = 0; i < nports; i++) {
		if (&ports[i] == from || ports[i].net != from->net ||
		    ports[i].hub_fd == -1)
			continue;
		/* A guest that does not read loses frames, nobody waits. */
		if (send(ports[i].hub_fd, frame, (size_t)n,
		    MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
			ports[i].dropped++;
	}
	return (1);
}

static void
hub(void)
{
	struct pollfd	 pfd[MAX_PORTS];
	sigset_t	 none;
	int		 i;

	sigemptyset(&none);
	for (reap(); !quit && alive(); reap()) {
		for (i = 0; i < nports; i++) {
			pfd[i].fd = ports[i].hub_fd;
			pfd[i].events = POLLIN;
		}
		if (ppoll(pfd, (nfds_t)nports, NULL, &none) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "poll");
		}
		for (i = 0; i < nports; i++) {
			if (pfd[i].revents != 0 && !forward(&ports[i])) {
				close(ports[i].hub_fd);
				ports[i].hub_fd = -1;
			}
		}
	}
}

/* SIGCHLD and the signals that end us are only taken while we wait. */
static void
catch_signals(void)
{
	const int		 sigs[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	struct sigaction	 sa;
	sigset_t		 set;
	size_t			 i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigemptyset(&set);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		sigaddset(&set, sigs[i]);
		sigaction(sigs[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
usage(void)
{
	fprintf(stderr, "usage: launch -d dir [-k kernel] [-m megabytes] "
	    "[-p preload] -i init -s source\n\tguest[:net[,net...]] ...\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	int	 ch, i;

	while ((ch = getopt(argc, argv, "d:i:k:m:p:s:")) != -1) {
		switch (ch) {
		case 'd':
			dir = optarg;
			break;
		case 'i':
			init_script = optarg;
			break;
		case 'k':
			kernel = optarg;
			break;
		case 'm':
			megabytes = atoi(optarg);
			break;
		case 'p':
			preload = optarg;
			break;
		case 's':
			source = optarg;
			break;
		default:
			usage();
		}
	}
	if (dir == NULL || init_script == NULL || source == NULL ||
	    optind == argc)
		usage();

	/* A signal to the whole test must leave us alive to clean up. */
	if (setpgid(0, 0) == -1)
		err(1, "setpgid");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (i = optind; i < argc; i++)
		add_guest(argv[i]);
	catch_signals();
	for (i = 0; i < nguests; i++)
		start_guest(i);
	for (i = 0; i < nports; i++)
		close(ports[i].guest_fd);
	hub();

	for (i = 0; i < nguests; i++) {
		if (guests[i].pid != 0)
			kill(guests[i].pid, SIGKILL);
	}
	while (alive()) {
		reap();
		poll(NULL, 0, 10);
	}
	for (i = 0; i < nports; i++) {
		if (ports[i].dropped != 0)
			warnx("%s on %s: %lu frames dropped",
			    guests[ports[i].guest].name,
			    nets[ports[i].net].name, ports[i].dropped);
	}
	return (0);
}
