# rows.awk: what "mip6ctl -j" prints, a value a line.
#
#	mip6ctl -j show counters |
#	    awk -v show=value -v where='role=mn name=ba_accepted' -f rows.awk
#
# prints the field "value" of each row that has it and in which the fields
# named in "where" have those values; with which=first only that of the first
# row, with which=sum the sum of all.  It starts in a tenth of the time that
# python3 takes, which counts in a guest.

# The value of a field of a row, as it is written but without quotes; had says
# whether there is one.
function value(row, name,	at, v) {
	at = index(row, "\"" name "\":")
	if (!(had = at > 0))
		return ("")
	v = substr(row, at + length(name) + 3)
	if (match(v, /^"([^"\\]|\\.)*"/))
		return (substr(v, 2, RLENGTH - 2))
	sub(/[,}].*/, "", v)
	return (v)
}

function fits(row,	i) {
	for (i = 1; i <= n; i++)
		if (value(row, key[i]) != want[i] "" || !had)
			return (0)
	return (1)
}

BEGIN {
	n = split(where, pair, " ")
	for (i = 1; i <= n; i++) {
		key[i] = want[i] = pair[i]
		sub(/=.*/, "", key[i])
		sub(/^[^=]*=/, "", want[i])
	}
}

{
	sub(/.*"rows":\[/, "")
	m = split($0, row, /\},\{/)
	for (i = 1; i <= m; i++)
		if (fits(row[i])) {
			v = value(row[i], show)
			if (had && !(which == "first" && found++))
				sum += told(v)
		}
}

function told(v) {
	if (which != "sum")
		print v
	return (v)
}

END {
	if (which == "sum")
		print sum + 0
}
