#!/bin/sh
# musts.sh [-r rfc.txt | -s | -t | -u] [LIST...]: what RFCs demand, and which
# tests show it.  LIST is a file of this folder, rfc6275.list for instance,
# whose head says what is in it.
#
#	(none)	each test that is named exists, and regress/README.md has the
#		counts of the lists: "file:line: musts: text" for each breach;
#		the exit status is 0 if there is none
#	-r	the words of one LIST are those of the RFC's text, in its order
#	-s	the counts by section, as in regress/README.md
#	-t	a table of all: section, word, demand, tests
#	-u	write the counts into regress/README.md
set -u

here=$(cd "$(dirname "$0")" && pwd)
regress=${here%/musts}
mode=check
rfc=
while getopts r:stu o; do
	case $o in
	r) mode=compare rfc=$OPTARG ;;
	s) mode=summary ;;
	t) mode=table ;;
	u) mode=update ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
readme=$regress/README.md

lists()
{
	[ $# -eq 0 ] || { echo "$@"; return; }
	for l in "$here"/rfc*.list; do
		echo "$l"
	done
}

# Every test there is, as the lists name them.
known()
{
	cd "$regress" || exit 2
	for f in scenario/*.scn; do
		echo "${f%.scn}"
	done
	for f in unit/t_*.c; do
		sed -n "s,^.*ATF_TP_ADD_TC(tp\, \([a-z0-9_]*\));.*,${f%.c}:\1,p" "$f"
	done
	for f in unit/t_*.sh netns/t_*.sh lab/t_*.sh; do
		sed -n -e "s,^define \([a-z0-9_]*\) .*,${f%.sh}:\1,p" \
		    -e "s,^atf_test_case \([a-z0-9_]*\).*,${f%.sh}:\1,p" "$f"
	done
	# A step of rfc.py counts if its list of steps, or another step, has it.
	for f in netns/rfc_*.py; do
		steps=" $(sed -n 's/^.*[^a-z_]\(t\|self\)\.\([a-z_]*\).*$/&/p' \
		    "$f" | tr -cs 'a-z_.' '\n' |
		    sed -n 's/^\(t\|self\)\.//p' | sort -u | tr '\n' ' ')"
		for s in $(sed -n 's/^    def \([a-z_]*\)(self.*/\1/p' "$f"); do
			case $steps in
			*" $s "*) echo "$f:$s" ;;
			esac
		done
	done
	for f in fuzz/f_*.c; do
		echo "${f%.c}"
	done
}

# One line for each demand: list, line, section, word, demand, tests, reasons;
# or, where something is wrong with it, a breach on standard error.
parse()
{
	awk -v rel="regress/musts/" '
	function wrong(text) {
		printf("%s%s:%d: musts: %s\n", rel, name, line ? line : FNR,
		    text) > "/dev/stderr"
	}
	function flush() {
		if (section != "") {
			if (tests == "" && whys == "")
				wrong("nothing shows it, and no reason is given")
			printf("%s|%d|%s|%s|%s|%s|%s\n", name, line, section,
			    word, demand, tests, whys)
		}
		section = tests = whys = ""
		line = 0
	}
	FNR == 1 {
		flush()
		name = FILENAME
		sub(/.*\//, "", name)
		split("", why)
	}
	/^#/ || /^$/ { flush(); next }
	/^!/ { flush(); sub(/^!/, "", $1); why[$1] = 1; next }
	/^\t/ {
		for (i = 1; i <= NF; i++)
			if ($i !~ /^!/)
				tests = tests (tests == "" ? "" : " ") $i
			else if (!(substr($i, 2) in why))
				wrong("no such reason: " $i)
			else
				whys = whys (whys == "" ? "" : " ") substr($i, 2)
		next
	}
	match($0, /^[0-9.]+ (MUST|MUST NOT|SHOULD|SHOULD NOT|SHALL|SHALL NOT|rule) \| /) {
		flush()
		line = FNR
		section = $1
		word = substr($0, length($1) + 2)
		sub(/ \| .*/, "", word)
		demand = substr($0, RLENGTH + 1)
		next
	}
	{ flush(); wrong("not a line of a list: " $0) }
	END { flush() }' $(lists "$@")
}

# Named tests that there are not.
missing()
{
	parse "$@" | awk -F '|' -v known="$(known | tr '\n' ' ')" '
	BEGIN {
		n = split(known, k, " ")
		for (i = 1; i <= n; i++)
			is[k[i]] = 1
	}
	{
		n = split($6, t, " ")
		for (i = 1; i <= n; i++)
			if (!(t[i] in is))
				printf("regress/musts/%s:%d: musts: no such test: %s\n",
				    $1, $2, t[i])
	}'
}

summary()
{
	for l in $(lists "$@"); do
		name=${l##*/}
		name=${name%.list}
		echo "RFC ${name#rfc}:"
		echo
		parse "$l" 2>/dev/null | awk -F '|' '
		BEGIN {
			printf("| %-8s | %7s | %6s | %7s | %-16s |\n", "section",
			    "demands", "tested", "without", "why")
			print "|----------|--------:|-------:|--------:" \
			    "|------------------|"
		}
		function add(i, w, n) {
			n = split(w, k, " ")
			for (i = 1; i <= n; i++)
				if (index(" " reasons[$3] " ", " " k[i] " ") == 0)
					reasons[$3] = reasons[$3] \
					    (reasons[$3] == "" ? "" : " ") k[i]
		}
		!($3 in all) { order[++sections] = $3 }
		{ all[$3]++; add(0, $7) }
		$6 != "" { tested[$3]++ }
		END {
			for (i = 1; i <= sections; i++) {
				s = order[i]
				printf("| %-8s | %7d | %6d | %7d | %-16s |\n",
				    s, all[s], tested[s], all[s] - tested[s],
				    reasons[s])
				a += all[s]
				b += tested[s]
			}
			printf("| %-8s | %7d | %6d | %7d | %-16s |\n", "all", a,
			    b, a - b, "")
		}'
		echo
		sed -n 's/^!\([a-z_]*\)[ 	]*\(.*\)/\1|\2/p' "$l" |
		while IFS='|' read -r name why; do
			echo "- \`$name\`: $why"
			parse "$l" 2>/dev/null | awk -F '|' -v w="$name" '
			$6 == "" && index(" " $7 " ", " " w " ") {
				printf("  - %s %s: %s\n", $3, $4, $5)
			}'
		done
		echo
	done
}

table()
{
	parse "$@" | awk -F '|' '{
		printf("%-7s %-10s %s\n", $3, $4, $5)
		n = split($6, t, " ")
		for (i = 1; i <= n; i++)
			printf("%19s%s\n", "", t[i])
		n = split($7, t, " ")
		for (i = 1; i <= n; i++)
			printf("%19s(%s)\n", "", t[i])
	}'
}

# README.md with the counts between its two marks.
with_counts()
{
	summary >"$1.counts"
	awk -v counts="$1.counts" '
	/^<!-- end of musts.sh -s -->$/ { skip = 0 }
	!skip { print }
	/^<!-- musts.sh -s -->$/ {
		skip = 1
		print ""
		while ((getline l < counts) > 0)
			print l
	}' "$readme"
	rm -f "$1.counts"
}

# The words of an RFC text by section, without those of page breaks.
words()
{
	awk '
	/\[Page [0-9]+\]$/ || /^RFC [0-9]+ .* [0-9][0-9][0-9][0-9]$/ { next }
	/^1\. +[A-Z]/ { body = 1 }
	body && match($0, /^[0-9]+(\.[0-9]+)*\. +[^ ]/) {
		section = $1
		sub(/\.$/, "", section)
	}
	body && section != "" {
		for (i = 1; i <= NF; i++) {
			w = $i
			gsub(/^[("]+|[^A-Z]+$/, "", w)
			if (held != "") {
				print section, held (w == "NOT" ? " NOT" : "")
				held = ""
			}
			if (w == "MUST" || w == "SHOULD" || w == "SHALL")
				held = w
		}
	}
	END { if (held != "") print section, held }' "$1"
}

compare()
{
	parse "$@" | awk -F '|' '$4 != "rule" { print $3, $4 }' >"$tmp.list"
	cut -d ' ' -f 1 "$tmp.list" | sort -u >"$tmp.sections"
	words "$rfc" | awk 'NR == FNR { of[$1] = 1; next } $1 in of' \
	    "$tmp.sections" - >"$tmp.rfc"
	diff "$tmp.rfc" "$tmp.list"
}

tmp=$(mktemp "${TMPDIR:-/tmp}/musts.XXXXXX") || exit 2
trap 'rm -f "$tmp"*' EXIT
case $mode in
compare)
	compare "$@" ;;
summary)
	summary "$@" ;;
table)
	table "$@" ;;
update)
	with_counts "$tmp" >"$tmp.new" && cat "$tmp.new" >"$readme" ;;
check)
	{ parse "$@" >/dev/null; } 2>&1 | tee "$tmp.found"
	missing "$@" 2>/dev/null | tee -a "$tmp.found"
	with_counts "$tmp" >"$tmp.new"
	cmp -s "$tmp.new" "$readme" || echo \
	    "regress/README.md:1: musts: counts are old: musts.sh -u" |
	    tee -a "$tmp.found"
	[ ! -s "$tmp.found" ] ;;
esac
