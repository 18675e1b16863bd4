# The reasons of mip6d/core/why.def as DIAGNOSTICS of mip6d(8):
#
#	awk -f man/reasons.awk mip6d/core/why.def
#
# prints what stands between the two marks in man/mip6d.8;
#
#	awk -v page=man/mip6d.8 -f man/reasons.awk mip6d/core/why.def
#
# prints that page with what is between its marks made anew.

# A sentence or a remedy, with its {words} as arguments.
function prose(s,    out, i, j, word, rest)
{
	out = ""
	while ((i = index(s, "{")) > 0) {
		j = index(s, "}")
		word = substr(s, i + 1, j - i - 1)
		rest = substr(s, j + 1)
		out = out substr(s, 1, i - 1) "\n.Ar " word
		# What follows without space belongs to the argument's line.
		if (match(rest, /^[^ ]+/)) {
			out = out punctuation(substr(rest, 1, RLENGTH))
			rest = substr(rest, RLENGTH + 1)
		}
		sub(/^ /, "", rest)
		out = out "\n"
		s = rest
	}
	out = out s
	gsub(/ +\n/, "\n", out)
	gsub(/\n+/, "\n", out)
	sub(/^\n/, "", out)
	sub(/\n$/, "", out)
	return out
}

# Closing punctuation is a word of its own for mdoc(7).
function punctuation(s,    out)
{
	if (s !~ /^[.,:;)]+$/)
		return " Ns \\&" s
	out = ""
	while (s != "") {
		out = out " " substr(s, 1, 1)
		s = substr(s, 2)
	}
	return out
}

# Lines that begin with a dot or a quote would be requests.
function wrap(s,    n, line, i, out, w, m, word, text)
{
	n = split(s, line, "\n")
	out = ""
	for (i = 1; i <= n; i++) {
		if (line[i] ~ /^\.Ar /) {
			out = out line[i] "\n"
			continue
		}
		m = split(line[i], word, " ")
		text = ""
		for (w = 1; w <= m; w++) {
			if (text != "" && length(text) + length(word[w]) > 77) {
				out = out guard(text) "\n"
				text = ""
			}
			text = text (text == "" ? "" : " ") word[w]
		}
		if (text != "")
			out = out guard(text) "\n"
	}
	return out
}

function guard(s)
{
	return s ~ /^['.]/ ? "\\&" s : s
}

function capital(s)
{
	return toupper(substr(s, 1, 1)) substr(s, 2)
}

# The page and the words in it.
function reference(s,    i, page, words)
{
	i = index(s, " ")
	page = i ? substr(s, 1, i - 1) : s
	words = i ? substr(s, i + 1) : ""
	sub(/\(/, " ", page)
	sub(/\)/, "", page)
	gsub(/, /, " , ", words)
	return ".Xr " page (words == "" ? " ." : " ,\n.Ic " words " .") "\n"
}

# With a full stop, on the line of an argument if that is the last.
function sentence(s,    out)
{
	out = wrap(s)
	sub(/\n$/, "", out)
	return out (out ~ /\n\.Ar [^\n]*$/ || out ~ /^\.Ar [^\n]*$/ ? " ." : ".") \
	    "\n"
}

function entry(name, head, condition, text, remedy, see)
{
	return ".It Sy " name (head ~ /WARNING/ ? "" : " Pq notice") "\n" \
	    sentence(capital(condition)) ".Pp\n" \
	    sentence(prose(capital(text))) ".Pp\n" \
	    sentence(prose(capital(remedy))) "See\n" reference(see)
}

/^WHY\(/ { inside = 1 }
inside {
	line = $0
	sub(/^[ \t]+/, " ", line)
	row = row line
	if (line ~ /\)$/) {
		inside = 0
		level = row ~ /, WARNING,/ ? "WARNING" : "NOTICE"
		gsub(/"[ \t]+"/, "", row)
		n = split(row, part, "\"")
		rows = rows entry(part[2], level, part[4], part[6], part[8], \
		    part[10])
		row = ""
	}
}

END {
	if (page == "") {
		printf "%s", rows
		exit
	}
	while ((getline line < page) > 0) {
		if (line ~ /^\.\\" end of reasons/)
			skip = 0
		if (!skip)
			print line
		if (line ~ /^\.\\" reasons:/) {
			printf "%s", rows
			skip = 1
		}
	}
}
