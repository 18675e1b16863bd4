#!/bin/sh
# Lines of the parsers that the saved inputs of the fuzz targets reach: a line
# a target and file (coverage.txt), then a total.  Fails below MIN percent.
# Started by make coverage, which sets CPPFLAGS, LIB_SRCS and LIBS.  Uses
# clang's source coverage, or gcc's gcov where there is no llvm-cov.
set -e
MIN=${MIN:-90}
table=regress/fuzz/coverage.txt
work=regress/.work/coverage
rm -rf "$work"
mkdir -p "$work"

tool()
{
	for v in "" -14 -15 -16 -17 -18 -19; do
		if command -v "$1$v" >/dev/null 2>&1; then
			echo "$1$v"
			return
		fi
	done
}

targets()
{
	sed 's/#.*//' "$table" | awk 'NF { print $1 }'
}

files()
{
	awk -v t="$1" '$1 == t { for (i = 2; i <= NF; i++) print $i }' "$table"
}

# Compile the libraries once and each target with the replay main.
build()
{
	compiler=$1
	shift
	for f in $LIB_SRCS; do
		o=$work/$(echo "$f" | tr / _).o
		$compiler $CPPFLAGS -std=c11 -g -O0 "$@" -c -o "$o" "$f"
	done
	for t in $(targets); do
		$compiler $CPPFLAGS -std=c11 -g -O0 "$@" -o "$work/$t" \
		    regress/fuzz/"$t".c regress/fuzz/replay.c "$work"/*.c.o $LIBS
	done
}

llvm()
{
	build clang -fprofile-instr-generate -fcoverage-mapping
	for t in $(targets); do
		LLVM_PROFILE_FILE=$work/$t.raw "$work/$t" \
		    regress/fuzz/corpus/"$t" >/dev/null 2>&1
		$profdata merge -o "$work/$t.prof" "$work/$t.raw"
		$cov export -format=lcov -instr-profile="$work/$t.prof" \
		    "$work/$t" $(files "$t") 2>/dev/null |
		    awk -F '[:,]' -v t="$t" -v here="$PWD/" '
			/^SF:/ { file = $2
				 if (index(file, here) == 1)
					file = substr(file, length(here) + 1) }
			/^DA:/ { print t, file, $2, $3 }'
	done
}

gcc_gcov()
{
	build gcc --coverage
	for t in $(targets); do
		find "$work" -name '*.gcda' -exec rm -f {} +
		"$work/$t" regress/fuzz/corpus/"$t" >/dev/null 2>&1
		for f in $(files "$t"); do
			gcov -t -o "$work/$(echo "$f" | tr / _).gcda" "$f" \
			    2>/dev/null | awk -F : -v t="$t" -v f="$f" '
				{ gsub(/ |\*/, "") }
				$1 == "-" || $2 == 0 { next }
				$3 != "" { print t, f, $2,
				    ($1 ~ /#|=/) ? 0 : 1 }'
		done
	done
}

profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)
if [ -n "$profdata" ] && [ -n "$cov" ] && command -v clang >/dev/null; then
	llvm >"$work/lines"
else
	gcc_gcov >"$work/lines"
fi

# Each line: target, file, line number, times executed.
awk -v min="$MIN" '
{ key = $1 " " $2
  if (!(key in total)) order[++n] = key
  total[key]++
  if ($4 > 0) hit[key]++
  all[$2, $3] = 1
  if ($4 > 0) reached[$2, $3] = 1 }
END {
  printf "%-12s %-30s %7s %7s %7s\n", "target", "file", "lines", "reached", "%"
  for (i = 1; i <= n; i++) {
	split(order[i], k, " ")
	printf "%-12s %-30s %7d %7d %7.1f\n", k[1], k[2], total[order[i]],
	    hit[order[i]], 100 * hit[order[i]] / total[order[i]]
  }
  for (x in all) a++
  for (x in reached) r++
  if (a == 0) { print "nothing was measured"; exit 1 }
  printf "%-43s %7d %7d %7.1f\n", "all parsers, by their own corpora", a, r,
      100 * r / a
  if (100 * r / a < min) { print "below " min " %"; exit 1 }
}' "$work/lines"
