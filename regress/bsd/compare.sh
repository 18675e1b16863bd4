#!/bin/sh
# compare.sh freebsd | netbsd | openbsd SYSROOT: do the headers of
# regress/bsd/include say what those of a real system in SYSROOT/usr/include
# say?  Every file of ours is compiled with the real ones, every function
# that ours declare is declared again after the real ones, and every constant
# of ours must be there with the same value.  Prints what differs; the exit
# status is 0 if nothing does.
set -u

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 2
CLANG=${CLANG:-clang}
system=${1:-}
sysroot=${2:-}
case $system in
freebsd)	target=x86_64-unknown-freebsd14 not='net/pfvar' ;;
netbsd)		target=x86_64-unknown-netbsd10
		not='net/pfvar|net/if_var|netinet/ip_fw|sys/capsicum' ;;
openbsd)	target=x86_64-unknown-openbsd7
		not='net/if_var|netinet/ip_fw|sys/capsicum' ;;
*)		sysroot= ;;
esac
if [ ! -f "$sysroot/usr/include/stdio.h" ]; then
	echo "usage: compare.sh freebsd | netbsd | openbsd sysroot" >&2
	exit 2
fi
builtin=$($CLANG -print-resource-dir)/include || exit 2
t=$(mktemp -d) || exit 2
trap 'rm -rf "$t"' EXIT

# What is said in headers that need others before them comes last.
(cd regress/bsd/include && find . -name '*.h' | sed 's,^\./,,' | sort) |
    grep -v -E -e '^bsd_' -e "^($not)\\.h\$" |
    awk '{
	at = 1
	if ($0 ~ "param|types")
		at = 0
	else if ($0 ~ "^net/if[.]h|^netinet/")
		at = 2
	else if ($0 ~ "^net/")
		at = 3
	if ($0 ~ "^netinet6|icmp6")
		at = 4
	print at, $0
    }' |
    sort | awk '{ print "#include <" $2 ">" }' >"$t/all.h"

compile()
{
	headers=$1
	shift
	"$CLANG" --target=$target -nostdinc -std=c11 -ferror-limit=0 \
	    -fno-caret-diagnostics -isystem "$headers" -isystem "$builtin" "$@"
}
ours()	{ compile regress/bsd/include "$@"; }
real()	{ compile "$sysroot/usr/include" "$@"; }

ours -E -P -o "$t/ours.i" "$t/all.h" || exit 2
ours -E -dM "$t/all.h" | sort >"$t/ours.d" || exit 2
ours -E -dM -x c /dev/null | sort >"$t/builtin.d" || exit 2
if ! real -fsyntax-only -w -x c "$t/all.h" 2>"$t/err"; then
	echo "$system: the real headers do not compile together:"
	cat "$t/err"
	exit 1
fi

# Constants: plain numbers of ours.
comm -23 "$t/ours.d" "$t/builtin.d" |
    sed -n -E 's/^#define ([A-Z_0-9a-z]+) (-?[0-9][0-9a-fA-Fx]*|\(-[0-9]+\))$/\1 \2/p' |
    grep -v -E '^(BSD_|LLONG|ULL|CLOCKS_PER_SEC )' >"$t/constants"
{
	cat "$t/all.h"
	while read -r name value; do
		echo "_Static_assert(($name) == ($value), \"$name is not $value\");"
	done <"$t/constants"
} >"$t/constants.c"

# Functions.
{
	cat "$t/all.h"
	tr '\n' ' ' <"$t/ours.i" | awk -v RS=';' '
	{ gsub(/^[ \t]+/, "") }
	# Inside a structure, or the end of one.
	{
		inside = depth
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			depth += c == "{" ? 1 : c == "}" ? -1 : 0
		}
	}
	inside == 0 && depth == 0 && /\(/ && !/^typedef/ && !/[{}]/ && !/bsd_/ {
		sub(/ *__attribute__.*/, "")
		# The name is in front of the first bracket.
		name = $0
		sub(/ *\(.*/, "", name)
		sub(/.*[ *]/, "", name)
		if (name == "")
			next
		print "#undef " name
		print $0 ";"
	}'
} >"$t/functions.c"

bad=0
sh regress/bsd/syntax.sh -s "$sysroot" "$system" || bad=1
for f in constants functions; do
	if ! real -fsyntax-only -w -x c "$t/$f.c" 2>"$t/err"; then
		sed -n "s,^[^:]*:[0-9]*:[0-9]*: error: ,$system: $f: ,p" "$t/err"
		bad=1
	fi
done
echo "$system: $(wc -l <"$t/constants" | tr -d ' ') constants," \
    "$(grep -c '^#undef' "$t/functions.c") functions compared"
exit $bad
