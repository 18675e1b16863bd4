#!/bin/sh
# root_lines.sh [-v]: how much code root may run.  From the objects of
# mip6d/parent on, all are followed that have a symbol which one of them takes;
# prints files and lines for each folder, and with -v each file.  Needs a build:
# "make root-lines" does both.
set -u

cd "$(dirname "$0")/../.." || exit 1
files=0
[ "${1:-}" != -v ] || files=1
command -v nm >/dev/null || {
	echo "root-lines: skipped, there is no nm"
	exit 0
}
for o in $(find mip6d ike libpfkey -name '*.o'); do
	c=${o%.o}.c
	[ -f "$c" ] || continue
	echo "F $c $(wc -l <"$c")"
	nm -P "$o" | awk -v c="$c" '
	    $2 ~ /^[BCDRTVW]$/ { print "T", c, $1 }
	    $2 == "U" { print "U", c, $1 }'
done | awk -v files="$files" '
$1 == "F" { lines[$2] = $3 }
$1 == "T" { owner[$3] = $2 }
$1 == "U" { takes[$2] = takes[$2] " " $3 }
END {
	for (c in lines)
		if (c ~ /^mip6d\/parent\//)
			queue[n++] = c
	for (i = 0; i < n; i++)
		seen[queue[i]] = 1
	for (i = 0; i < n; i++) {
		k = split(takes[queue[i]], symbol, " ")
		for (j = 1; j <= k; j++) {
			c = owner[symbol[j]]
			if (c != "" && !(c in seen)) {
				seen[c] = 1
				queue[n++] = c
			}
		}
	}
	for (i = 0; i < n; i++) {
		folder = queue[i]
		sub(/\/[^\/]*$/, "", folder)
		nfiles[folder]++
		nlines[folder] += lines[queue[i]]
		all += lines[queue[i]]
		if (files)
			printf("%6d %s\n", lines[queue[i]], queue[i])
	}
	printf("%-20s %6s %7s\n", "root runs code of", "files", "lines")
	for (folder in nfiles)
		printf("%-20s %6d %7d\n", folder, nfiles[folder],
		    nlines[folder]) | "sort"
	close("sort")
	printf("%-20s %6d %7d\n", "in all", n, all)
}'
