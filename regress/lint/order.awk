# order.awk: a file uses only files of its folder that stand before it in
# regress/lint/order.  Reads that list first, then lines that lint.sh makes:
#	folder file F		there is such a source
#	folder file T symbol	its object has it, for others
#	folder file U symbol	its object takes it of another
# and prints "file:line: order: text" for each breach.

function breach(at, text)
{
	printf("%s:%d: order: %s\n", list, at, text)
}

# Lines that begin with white space go on with the folder before them.
FILENAME == ARGV[1] {
	sub(/#.*/, "")
	if ($0 !~ /[^ \t]/)
		next
	if ($0 !~ /^[ \t]/) {
		folder = $1
		sub(/:$/, "", folder)
		if (folder in begins)
			breach(FNR, folder " stands there twice")
		begins[folder] = FNR
		$1 = ""
	}
	n = split($0, word, " ")
	for (i = 1; i <= n; i++) {
		if ((folder, word[i]) in place)
			breach(FNR, folder "/" word[i] " stands there twice")
		place[folder, word[i]] = ++nplaces
		line[folder, word[i]] = FNR
	}
	next
}

$3 == "F" {
	there[$1, $2] = 1
	if (!($1 in begins))
		begins[$1] = 0
	if (!(($1, $2) in place))
		breach(begins[$1], $1 "/" $2 " has no place")
}

BEGIN {
	list = ARGV[1]
}

# A symbol that several have (an inline function) is nobody's.
$3 == "T" {
	if (($1, $4) in owner)
		owner[$1, $4] = ""
	else
		owner[$1, $4] = $2
}

$3 == "U" {
	takes[$1, $2, $4] = 1
}

END {
	for (t in takes) {
		split(t, p, SUBSEP)
		from = p[1] SUBSEP p[2]
		to = p[1] SUBSEP owner[p[1], p[3]]
		if (to == from || !(from in place) || !(to in place))
			continue
		if (place[to] > place[from])
			printf("%s/%s.c:1: order: takes %s of %s.c, which " \
			    "stands after it\n", p[1], p[2], p[3],
			    owner[p[1], p[3]])
	}
	for (f in place) {
		split(f, p, SUBSEP)
		if (!(f in there))
			breach(line[f], p[1] "/" p[2] " is not there")
	}
}
