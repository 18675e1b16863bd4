#!/bin/sh
# lint.sh [-r root] [sources | objects | order | man | shell | musts | files]...:
# check the rules of the project that a compiler does not know.  Prints
# "file:line: rule: text" for each breach; the exit status is 0 if there is none.
#
#	sources		boundaries between folders, purity, what files open
#			with, lengths of lines, functions and files, marks of
#			unfinished work, white space (sources.awk)
#	objects		what wire, the state machines and the planning of IPsec
#			call (needs a build)
#	order		that files of a folder use those before them in the
#			list regress/lint/order alone (needs a build)
#	man		mandoc's warnings
#	shell		syntax of scripts, and that tests are executable
#	musts		that the tests are there that show what RFCs demand
#	files		that nothing lies about, as what a test has left that
#			was run in its own folder; that each test is built; that
#			git has nothing that is built, and nothing that names a
#			place of the machine that built it
#
# Includes that only Linux's headers pull in are found by make bsd-syntax.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
while getopts r: o; do
	case $o in
	r) root=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- sources objects order man shell musts files
cd "$root" || exit 2

# Of the tree, without what git or the build put there.
tree()
{
	find . -name .git -prune -o -name .work -prune -o -name corpus -prune \
	    -o -path ./mip6d/conf/parse.c -prune -o -type f "$@" -print |
	    sed 's,^\./,,' | sort
}

lint_sources()
{
	tree \( -name '*.[chy]' -o -name '*.sh' -o -name '*.mk' \
	    -o -name '*.awk' -o -name '*.py' -o -name '*.[1-9]' \
	    -o -name '*.md' -o -name Makefile \) |
	    xargs awk -f "$here/sources.awk"
}

# Functions of libc that do I/O, ask for the time or have hidden state.
IMPURE='printf fprintf vprintf vfprintf dprintf puts fputs putchar putc fputc
fwrite fread fgets getc fopen fdopen freopen fclose perror stdout stderr stdin
open openat creat read write readv writev pread pwrite close ioctl fcntl
socket socketpair connect bind listen accept send sendto sendmsg recv recvfrom
recvmsg select poll setsockopt getsockopt time gettimeofday clock_gettime
localtime gmtime rand random drand48 getenv setenv syslog openlog system popen
fork execv execve execvp exit _exit kill sleep usleep nanosleep'

has_nm()
{
	command -v nm >/dev/null 2>&1 ||
	    echo "lint: nm is not installed: $1 not checked" >&2
	command -v nm >/dev/null 2>&1
}

# object_of SOURCE: its object is $object; status 1 if it is not built.
object_of()
{
	for object in "${1%.[cy]}.o" "${1%.[cy]}.asan"; do
		[ ! -f "$object" ] || return 0
	done
	return 1
}

# symbols FLAGS: of the objects of the sources that are read, by one process:
# "mip6d/net/net.o: name type ..."
symbols()
{
	objects=$(while read -r c; do
		object_of "$c" && echo "$object"
	done)
	# shellcheck disable=SC2086
	[ -z "$objects" ] || nm "$1" $objects
}

lint_objects()
{
	has_nm objects || return
	pure=$(tree -path './mip6d/*' -name '*.c' |
	    grep -vE '^mip6d/([^/]*|(conf|control|core|kern|net|parent|store)/.*|cga/(cga|key)\.c)$' |
	    grep -v '/shell\.c$')
	for c in $pure; do
		object_of "$c" ||
		    echo "$c:1: no-object: is not built, can't be checked"
	done
	# "name U", "name@VERSION U", fortified "__name_chk U"
	printf '%s\n' "$pure" | symbols -APu | awk -v impure="$IMPURE" '
	BEGIN {
		n = split(impure, list, /[ \n]+/)
		for (i = 1; i <= n; i++)
			bad[list[i]] = 1
	}
	{
		c = $1
		sub(/\.[a-z]*:$/, ".c", c)
		name = $2
		sub(/@.*/, "", name)
		if (name ~ /^__.*_chk$/) {
			sub(/^__/, "", name)
			sub(/_chk$/, "", name)
		}
		if (name in bad)
			printf("%s:1: impure-call: calls %s\n", c, name)
		if (name ~ /^(event|evbuffer|bufferevent)_/ ||
		    name ~ /^timer_(at|in)$/ ||
		    (name ~ /^log_/ && c !~ /^mip6d\/sec\//))
			printf("%s:1: impure-call: calls %s\n", c, name)
	}'
}

# Sources, and what their objects have and take.
lint_order()
{
	has_nm order || return
	ours=$(tree -name '*.[cy]' |
	    grep -E '^(mip6d/[a-z]*|ike|libpfkey|mip6ctl)/[^/]*\.[cy]$')
	{
		printf '%s\n' "$ours" | sed 's,$, F,'
		printf '%s\n' "$ours" | symbols -AP
	} | awk '
	{
		at = $1
		sub(/\.[a-z]*:?$/, "", at)
		file = at
		sub(/.*\//, "", file)
		folder = substr(at, 1, length(at) - length(file) - 1)
	}
	$2 == "F" && NF == 2 { print folder, file, "F" }
	$3 ~ /^[BCDRTVW]$/ { print folder, file, "T", $2 }
	$3 == "U" { print folder, file, "U", $2 }' |
	awk -f "$here/order.awk" regress/lint/order -
}

lint_man()
{
	command -v mandoc >/dev/null 2>&1 || {
		echo "lint: mandoc is not installed: man pages not checked" >&2
		return
	}
	for m in $(tree -path './man/*' -name '*.[1-9]'); do
		# "mandoc: man/x.8:12:3: WARNING: text"
		mandoc -Tlint -Wwarning "$m" 2>&1 |
		    sed 's/^mandoc: *\([^:]*:[0-9]*\):[0-9]*: /\1: mandoc: /'
	done
}

lint_shell()
{
	tree | while read -r f; do
		case $f in
		*.sh|.ci/run)
			;;
		*.*)
			continue ;;
		*)
			[ "$(head -c 9 "$f" | tr -d '\0')" = '#!/bin/sh' ] ||
			    continue
			;;
		esac
		case $(head -1 "$f") in
		*bash)	sh=bash ;;
		*)	sh=sh ;;
		esac
		if command -v $sh >/dev/null 2>&1; then
			$sh -n "$f" 2>&1 | sed "s,^,$f:1: shell: ,"
		fi
		case $f in
		regress/*/t_*.sh)
			[ -x "$f" ] ||
			    echo "$f:1: shell: a test must be executable"
			;;
		esac
	done
}

lint_musts()
{
	sh regress/musts/musts.sh
}

# Names of sources and of what is built of them, as patterns of grep -E.
FILES='(Makefile|README\.md|LICENSE|\.gitignore|\.ci/run)
etc/[^/]*\.(conf|service|sh|mk)
etc/(rc\.d/mip6d\.[a-z]+|ports/(Makefile|pkg-descr|pkg-plist))
etc/pkgsrc/(Makefile|DESCR|PLIST)
man/[^/]*\.([1-9]|awk|mk)
(mip6d|ike|libpfkey|mip6ctl)/.*\.(c|h|y|mk|sh|def)
mip6d/mip6d|mip6ctl/mip6ctl
regress/(README\.md|Kyuafile|[a-z]+/Kyuafile|lab/init|netns/all\.conf)
regress/.*\.(c|h|inc|py|sh|awk|mk)
regress/scenario/[^/]*\.scn
regress/musts/[^/]*\.list
regress/lint/order
regress/fuzz/([^/]*\.dict|coverage\.txt)
regress/unit/data/.*
.*\.(o|asan|fbsd|san|a|d|dep|so|test|replay|fuzz|bench)'

# Where trees are built: home directories and the like; not /tmp, which tests use.
PLACES='(^|[^A-Za-z0-9_.$}*/-])/(home|root|Users|work|workspace|builds?|builddir|usr/(src|obj|ports))/'

lint_files()
{
	tree | grep -v -e '^demo\.out/' -e /__pycache__/ |
	    grep -vxE "$FILES" |
	    sed 's,$,:1: files: is no source and is not built of one,'
	for f in regress/unit/t_*.c; do
		[ ! -f "$f" ] || grep -qsF "${f%.c}.test" regress/sources.mk \
		    mip6d/kern/*.mk ||
			echo "$f:1: files: a test that no list has to build"
	done
	git rev-parse --git-dir >/dev/null 2>&1 || {
		echo "lint: no tree of git: what it has is not checked" >&2
		return
	}
	git ls-files -ci --exclude-standard |
	    sed 's,$,:1: files: is in git\, though .gitignore has it,'
	git grep -nIE "$PLACES|$(pwd -P)/" -- ':!regress/lint' |
	    sed 's/^\([^:]*:[0-9]*\):.*$/\1: files: a path of one machine/'
}

breaches=$(for what; do
	case $what in
	sources|objects|order|man|shell|musts|files)
		"lint_$what" ;;
	*)
		echo "lint.sh: $what?" >&2
		exit 2 ;;
	esac
done)
if [ -n "$breaches" ]; then
	printf '%s\n' "$breaches"
	exit 1
fi
