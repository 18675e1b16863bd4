#!/bin/sh
# syntax.sh [-s sysroot] [-f file] [freebsd | netbsd | openbsd]...: let clang
# read every file of ours (or one) as these systems (all three) would, without
# making code.  It
# takes the headers of regress/bsd/include, which declare what we use and
# include next to nothing of one another, so that a file that lacks an
# #include is found; or, with -s, those of a real system.  Libraries always
# have the headers of regress/bsd/libs.  Prints "system: file:line: ..." for
# each complaint; the exit status is 0 if there was none.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 2
CLANG=${CLANG:-clang}
headers=regress/bsd/include
file=
while getopts f:s: o; do
	case $o in
	f) file=$OPTARG ;;
	s) headers=$OPTARG/usr/include ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- freebsd netbsd openbsd
if [ ! -f "$headers/stdio.h" ]; then
	echo "syntax.sh: there are no headers in $headers" >&2
	exit 2
fi
builtin=$($CLANG -print-resource-dir)/include || exit 2
cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null ||
    getconf NPROCESSORS_ONLN 2>/dev/null || echo 1)

# What is compiled on a system: all but what is for others alone.
files()
{
	if [ -n "$file" ]; then
		echo "$file"
		return
	fi
	for other in freebsd netbsd openbsd; do
		[ $other = "$1" ] || set -- "$@" -o -path "*/kern/$other*.c"
	done
	shift
	find ike libpfkey mip6ctl mip6d regress -name '*.c' ! \( \
	    -path 'regress/lab/*' -o -path 'regress/bsd/fake/*' -o -path 'regress/netns/*' -o -path 'regress/bench/rrload.c' \
    -o -path '*/kern/linux*.c' \
	    -o -name '*_linux.c' ! -path 'libpfkey/*' \
	    -o -name 't_linux_*.c' "$@" \) -print | sort
}

# The compiler itself reads many files in one process; its driver would begin one
# for each, which takes ten times as long as reading the file.
check()
{
	files "$1" | xargs -n 32 -P "$cpus" "$CLANG" -cc1 -fsyntax-only \
	    -triple "$2" -nostdsysteminc -nobuiltininc -fgnuc-version=4.2.1 \
	    -std=c11 -Wall -Wextra -Wshadow \
	    -Wstrict-prototypes -Wmissing-prototypes -Werror \
	    -ferror-limit 0 -fno-caret-diagnostics -D_GNU_SOURCE \
	    -I. -Imip6d -isystem regress/bsd/libs -isystem "$headers" \
	    -isystem "$builtin" 2>&1 | grep -v '^[0-9]* errors\{0,1\} generated' |
	    sed "s/^/$1: /"
}

complaints=$(for system; do
	case $system in
	freebsd)	check freebsd x86_64-unknown-freebsd14 ;;
	netbsd)		check netbsd x86_64-unknown-netbsd10 ;;
	openbsd)	check openbsd x86_64-unknown-openbsd7 ;;
	*)		echo "syntax.sh: $system?" ;;
	esac
done)
if [ -n "$complaints" ]; then
	printf '%s\n' "$complaints"
	exit 1
fi
