#!/usr/bin/env atf-sh
# Every file compiles on FreeBSD, NetBSD and OpenBSD, as far as a compiler and
# headers of our own can tell, and what Linux alone has is found.

script()
{
	echo "$(atf_get_srcdir)/../bsd/syntax.sh"
}

system_head()
{
	atf_set descr "every file compiles for $1"
	atf_set require.progs "clang"
	atf_set timeout 900
}

atf_test_case freebsd
freebsd_head()	{ system_head FreeBSD; }
freebsd_body()	{ atf_check sh "$(script)" freebsd; }

atf_test_case netbsd
netbsd_head()	{ system_head NetBSD; }
netbsd_body()	{ atf_check sh "$(script)" netbsd; }

atf_test_case openbsd
openbsd_head()	{ system_head OpenBSD; }
openbsd_body()	{ atf_check sh "$(script)" openbsd; }

# planted TEXT SYSTEM...: such a file is complained of for each of them.
planted()
{
	text=$1
	shift
	printf "$text" >planted.c
	for system; do
		atf_check -s exit:1 -o match:"^$system: $PWD/planted.c:.*error" \
		    sh "$(script)" -f "$PWD/planted.c" "$system"
	done
}

# let_through TEXT SYSTEM...
let_through()
{
	text=$1
	shift
	printf "$text" >planted.c
	for system; do
		atf_check sh "$(script)" -f "$PWD/planted.c" "$system"
	done
}

atf_test_case found
found_head()
{
	atf_set descr "missing headers and what a system lacks are found"
	atf_set require.progs "clang"
}
found_body()
{
	all='freebsd netbsd openbsd'
	planted '#include <event2/event.h>
struct timeval tv = { 1, 0 };\n' $all
	let_through '#include <sys/time.h>
struct timeval tv = { 1, 0 };\n' $all
	planted '#include <arpa/inet.h>\nint f = AF_INET6;\n' $all
	planted '#include <netinet/in.h>\nint f = AF_INET6;\n' $all
	let_through '#include <sys/socket.h>\nint f = AF_INET6;\n' $all
	planted '#include <arpa/inet.h>\nstruct in6_addr a;\n' $all
	planted '#include <errno.h>\nint e = ENODATA;\n' freebsd openbsd
	planted '#include <string.h>\nvoid f(void *);
void f(void *p) { explicit_bzero(p, 1); }\n' netbsd
	let_through '#include <string.h>\n#include "kern/compat.h"
void f(void *);\nvoid f(void *p) { explicit_bzero(p, 1); }\n' $all
	planted '#include <sys/epoll.h>\n' $all
	planted '#include <stdio.h>\n#include <sys/types.h>\nvoid f(time_t);
void f(time_t t) { printf("%%d", t); }\n' $all
}

atf_init_test_cases()
{
	for c in freebsd netbsd openbsd found; do
		atf_add_test_case $c
	done
}
