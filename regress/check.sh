#!/bin/sh
# check.sh LAYER...: run layers of tests (unit scenario fuzz netns lab), or
# single programs of them (netns/t_faults.sh), through Kyua.  A line for each test program as it finishes, then what
# failed in full, then what was skipped and why.  The last line is
# "N passed, N failed[, N skipped]"; the exit status is 0 if something
# passed and nothing failed.
#
# expected_failure counts as passed, broken as failed.
set -u

cd "$(dirname "$0")/.." || exit 1
if [ $# -eq 0 ]; then
	echo "usage: check.sh layer ..." >&2
	exit 2
fi
if ! command -v kyua >/dev/null 2>&1; then
	echo "check.sh: kyua is not installed (make deps)" >&2
	echo "0 passed, 1 failed"
	exit 1
fi

work=regress/.work
mkdir -p $work || exit 1
all=$work/results
: > $all

# Test cases that must not be root are run as nobody if that user can
# read this tree.
unprivileged=
if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1 &&
    su -s /bin/sh nobody -c "test -r '$PWD/regress/Kyuafile'" \
    </dev/null >/dev/null 2>&1; then
	unprivileged="-v unprivileged_user=nobody"
fi
cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null ||
    getconf NPROCESSORS_ONLN 2>/dev/null || echo 1)

run_kyua()
{
	# shellcheck disable=SC2086
	kyua -c none --logfile=$work/kyua.log $unprivileged \
	    -v parallelism="$jobs" "$@"
}

# Reads "program:case" lines from the file `list` and Kyua's progress from
# standard input; prints a line when the last case of a program is done.
progress()
{
	awk -v list="$1" '
	function program(id) { sub(/:[^:]*$/, "", id); return (id) }
	BEGIN {
		while ((getline id < list) > 0)
			left[program(id)]++
	}
	$2 == "->" {
		p = program($1)
		r = $3
		sub(/:$/, "", r)
		if (r == "expected_failure")
			r = "passed"
		if (r == "broken")
			r = "failed"
		n[p, r]++
		t = $NF
		gsub(/[^0-9.]/, "", t)
		sec[p] += t
		if (--left[p] != 0)
			next
		s = sprintf("%d passed", n[p, "passed"])
		if (n[p, "failed"])
			s = s sprintf(", %d FAILED", n[p, "failed"])
		if (n[p, "skipped"])
			s = s sprintf(", %d skipped", n[p, "skipped"])
		printf("%-36s %8.2fs  %s\n", p, sec[p], s)
		fflush()
	}'
}

# Where what is known of a layer or program is kept, without suffix.
place()
{
	echo "$work/$(echo "$1" | tr / .)"
}

# has_room N: for the memory of so many guests, half a gigabyte each
has_room()
{
	df -Pk /dev/shm 2>/dev/null |
	    awk -v n="$1" 'NR == 2 { f = $4 >= n * 524288 } END { exit !f }'
}

run_layer()
{
	layer=$1
	here=$(place "$layer")
	out=$here.out
	db=$here.db
	rm -f $out $db

	# Namespaces and guests mostly wait, for rules that are seconds long:
	# several for each processor keep it busy.
	jobs=$cpus
	case $layer in
	netns|netns/*)
		jobs=$((cpus * 3)) ;;
	lab|lab/*)
		has_room $((cpus * 2)) && jobs=$((cpus * 2)) ;;
	esac

	run_kyua list -k regress/Kyuafile "$layer" >$here.list \
	    2>$here.err
	if [ ! -s $here.list ] && grep -q 'No test cases matched' \
	    $here.err; then
		echo "$layer: no tests"
		return
	fi
	start=$(date +%s)
	run_kyua test -k regress/Kyuafile --results-file=$db "$layer" 2>&1 |
	    tee $out | progress $here.list
	end=$(date +%s)
	echo "$layer: $((end - start)) s"
	if ! grep -q '^Results saved to' $out; then
		cat $out
		echo "$layer:kyua -> failed: kyua did not finish" >>$all
	fi
	grep -e '  ->  .*\[.*s\]$' $out >>$all
}

# What a failed case printed; Kyua's account of the environment and the
# metadata are left out.
details()
{
	kyua -c none --logfile=$work/kyua.log report --verbose \
	    --results-filter=broken,failed --results-file="$1" 2>&1 |
	awk -v db="$1" '
	/^===> (Execution context|Failed tests|Broken tests|Summary)$/ {
		show = 0
		next
	}
	/^===> / { show = 1; lines = 0; print "" }
	/^Metadata:$/ { meta = 1 }
	/^$/ || /^===> / { meta = 0 }
	show && !meta {
		if (++lines == 2000)
			print "[the rest: kyua report --verbose " \
			    "--results-file=" db "]"
		if (lines < 2000)
			print
	}'
}

# A program that can't even list its cases: Kyua does not keep its output.
list_output()
{
	sed -n 's/:__test_cases_list__ .*//p' $all |
	while read -r prog; do
		echo
		echo "===> $prog -l"
		"regress/$prog" -s "regress/${prog%/*}" -l 2>&1 | head -100
	done
}

for l in "$@"; do
	run_layer "$l"
done

passed=$(grep -c -e '->  passed ' -e '->  expected_failure: ' $all)
failed=$(grep -c -e '->  *failed: ' -e '->  *broken: ' $all)
skipped=$(grep -c -e '->  skipped: ' $all)

if [ "$failed" -gt 0 ]; then
	for l in "$@"; do
		if [ -f "$(place "$l").db" ]; then
			details "$(place "$l").db"
		fi
	done
	list_output
	echo
	echo "Failed:"
	sed -n -e 's/ *->  *failed: /  /' -e t1 -e 's/ *->  *broken: /  /' \
	    -e t1 -e d -e :1 -e 's/^/  /p' $all
fi
if [ "$skipped" -gt 0 ]; then
	echo
	echo "Skipped:"
	sed -n 's/^\(.*\)  ->  skipped: \(.*\)  \[.*$/  \1: \2/p' $all
fi
if [ "$passed" -eq 0 ]; then
	echo "nothing passed" >&2
fi
echo
line="$passed passed, $failed failed"
if [ "$skipped" -gt 0 ]; then
	line="$line, $skipped skipped"
fi
echo "$line"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
