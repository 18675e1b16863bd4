#!/bin/sh
# transcripts.sh DIR: play every scenario, and each case of a unit test that
# has an engine, a data plane or a kernel of its own, and write to DIR what
# went out: a file each, scenario/NAME and unit/PROGRAM.CASE (see
# regress/transcript.h).  "diff -r" of two of them shows what a change did.
# Says which did not pass.
set -u

[ $# -eq 1 ] && [ -n "$1" ] ||
    { echo "usage: make transcripts DIR=directory" >&2; exit 2; }
top=$(cd "$(dirname "$0")/.." && pwd)
[ ! -e "$1" ] || [ -z "$(ls -A "$1")" ] ||
    { echo "transcripts: $1 is not empty" >&2; exit 2; }
mkdir -p "$1/scenario" "$1/unit" || exit 1
dir=$(cd "$1" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# one FILE COMMAND...: what COMMAND does, into FILE, which may remain empty.
one()
{
	file=$1
	shift
	: >"$file"
	rm -rf "$work/case"
	mkdir "$work/case" || exit 1
	(cd "$work/case" && MIP6D_TRANSCRIPT=$file "$@") \
	    >"$work/out" 2>&1 </dev/null && return
	echo "transcripts: ${file#"$dir"/} did not pass:"
	sed -n '1,5p' "$work/out"
	bad=1
}

for s in "$top"/regress/scenario/*.scn; do
	name=${s##*/}
	one "$dir/scenario/${name%.scn}" "$top/regress/scenario/run.san" "$s"
done

for c in $(cd "$top" && grep -lE \
    '"(kern/fake\.c|mn_lab\.h|net_lab\.h|regress/transcript\.h)"' \
    regress/unit/t_*.c); do
	test=$top/${c%.c}.test
	name=${c##*/}
	name=${name%.c}
	for tc in $("$test" -l | sed -n 's/^ident: //p'); do
		one "$dir/unit/$name.$tc" "$test" -s "$top/regress/unit" "$tc"
	done
done

find "$dir" -type f -size 0 -exec rm -f {} +
echo "transcripts: $(find "$dir" -type f | wc -l) files," \
    "$(find "$dir" -type f -exec cat {} + | wc -l) lines"
exit $bad
