# Reads all sources (C, headers, yacc, shell, make, text) and prints
# "file:line: rule: what is wrong" for each breach of the project's rules
# that can be seen in the text.

BEGIN {
	# What each folder may include from the others.  Only those that do
	# the kernel's business see kern.
	may["main"] = "*"
	may["regress"] = "*"
	may["wire"] = "wire core/mono.h"
	may["core"] = "core conf wire kern/compat.h"
	may["conf"] = "conf core wire"
	may["kern"] = "kern core conf wire libpfkey"
	may["sec"] = "sec core conf wire kern/rows.h libpfkey"
	may["cga"] = "cga core conf wire kern/compat.h"
	may["parent"] = "parent sec core conf wire kern libpfkey"
	may["net"] = "net core conf wire kern"
	may["store"] = "store core conf wire"
	may["control"] = "control core conf wire kern/compat.h"
	may["ike"] = "ike core conf wire kern/compat.h"
	may["mip6ctl"] = "mip6ctl core wire kern/compat.h"
	may["libpfkey"] = "libpfkey"
}

function report(file, line, rule, text)
{
	printf("%s:%d: %s: %s\n", file, line, rule, text)
}

# The folder that a file belongs to, as named in the table above.
function folder(path,    part, n)
{
	n = split(path, part, "/")
	if (part[1] == "mip6d")
		return (n == 2 ? "main" : part[2])
	return (part[1])
}

# The planning of IPsec does no I/O either, but logs.
function planning(path)
{
	return (path ~ /^mip6d\/sec\/[^\/]*\.c$/ &&
	    path !~ /\/shell\.c$/)
}

# Every other folder is an engine's: it sees core, conf and wire, but no other.
function allowed(f)
{
	return (f in may ? may[f] : f " core conf wire")
}

# wire and the engines do no I/O.
function pure(path)
{
	return (path ~ /^mip6d\/[^\/]*\/[^\/]*\.c$/ && path !~ /\/shell\.c$/ &&
	    (path ~ /\/wire\// || !(folder(path) in may)))
}

function event_header(name)
{
	return (name ~ /^event2\// || name == "event.h" || name == "core/timer.h")
}

function impure_header(name)
{
	return (name ~ /^event2\// || name == "event.h" ||
	    name == "syslog.h" || name == "core/log.h" || name ~ /^kern\//)
}

# Where OS macros may be.
function os_file(path)
{
	return (path ~ /^mip6d\/kern\// || path ~ /^libpfkey\// ||
	    path ~ /^regress\// || path ~ /^mip6d\/net\/capture_[^\/]*\.c$/ ||
	    path ~ /^mip6d\/core\/sandbox[^\/]*\.c$/)
}

function end_of_file()
{
	if (file == "")
		return
	if (file ~ /\.[cy]$/ && lines > 1500)
		report(file, lines, "file-length", lines " lines (1500)")
	if (file ~ /\.h$/ && lines > 300)
		report(file, lines, "header-length", lines " lines (300)")
}

FNR == 1 {
	end_of_file()
	file = FILENAME
	sub(/^\.\//, "", file)
	known[file] = 1
	files[++nfiles] = file
	code = file ~ /\.[chy]$/
	own = file ~ /^regress\/lint\//
	body = 0
	head = ""
	in_head = file ~ /\.c$/ && /^\/\*/
	if (file ~ /\.c$/ && !in_head)
		report(file, 1, "head", "no comment says what the file is for")
}

# A C file opens with a comment that says what it is for, who uses it and what
# it owns: in two sentences at least, which can't be said in much less.
in_head {
	line = $0
	sub(/^[ \t]*(\/\*+|\*+\/|\*)/, "", line)
	in_head = !sub(/\*\/.*/, "", line) && !/\*\//
	head = head " " line
	if (!in_head && gsub(/[.?!]( |$)/, "&", head) < 2)
		report(file, 1, "head", "says less than two sentences")
}

{ lines = FNR }

/[ \t]$/ && (code || file ~ /\.sh$/) {
	report(file, FNR, "trailing-space", "white space at the end of the line")
}

# Tabs go to every eighth column; octets of UTF-8 count, as we have none.
code {
	line = $0
	while ((p = index(line, "\t")) > 0)
		line = substr(line, 1, p - 1) \
		    sprintf("%*s", 8 - (p - 1) % 8, "") substr(line, p + 1)
	if (length(line) > 80)
		report(file, FNR, "line-length", length(line) " columns (80)")
}

# The rules' own words are not marks.
!own && (/(^|[^A-Za-z0-9_])(TODO|FIXME|XXX|HACK)([^A-Za-z0-9_]|$)/ ||
    /([^A-Za-z]|^)([Ff]or now|[Nn]ot implemented)([^A-Za-z]|$)/ ||
    /^#[ \t]*if[ \t]+0([ \t]|$)/) {
	report(file, FNR, "unfinished", "a mark of unfinished work")
}

code && !os_file(file) &&
/(^|[^A-Za-z0-9_])(__linux__|__linux|__FreeBSD__|__NetBSD__|__OpenBSD__|__DragonFly__|__APPLE__)([^A-Za-z0-9_]|$)/ {
	report(file, FNR, "os-macro", "an OS macro outside kern")
}

# An address is a struct in6_addr, an IPv4 one ::ffff:a.b.c.d.
code && !os_file(file) &&
/(^|[^A-Za-z0-9_])(struct[ \t]+in_addr|in_addr_t|sockaddr_in|INADDR_[A-Z]+)([^A-Za-z0-9_]|$)/ {
	report(file, FNR, "ipv4-type", "a type of IPv4 outside kern")
}

code && /^#[ \t]*include[ \t]/ {
	name = $0
	sub(/^#[ \t]*include[ \t]*["<]/, "", name)
	sub(/[">].*$/, "", name)
	n = ++nincludes[file]
	include[file, n] = name
	at[file, n] = FNR
	quoted[file, n] = $0 ~ /"/
}

# KNF: a function's braces, and no others, stand in the first column.
file ~ /\.c$/ && /^{/ { body = FNR }
file ~ /\.c$/ && /^}/ {
	if (body && FNR - body - 1 > 100)
		report(file, body, "function-length",
		    FNR - body - 1 " lines (100)")
	body = 0
}

# The path of a header that a file includes, or "" if it is the system's.
function resolve(from, name,    dir)
{
	if (("mip6d/" name) in known)
		return ("mip6d/" name)
	if (name in known)
		return (name)
	dir = from
	sub(/[^\/]*$/, "", dir)
	if ((dir name) in known)
		return (dir name)
	return ("")
}

function may_include(from, path,    list, n, i, name)
{
	n = split(allowed(folder(from)), list, " ")
	name = path
	sub(/^mip6d\//, "", name)
	for (i = 1; i <= n; i++) {
		if (list[i] == "*" || list[i] == folder(path) ||
		    list[i] == name)
			return (1)
	}
	return (0)
}

# The chain of headers that leads from a header to an impure one, or "".
function leads_to_impure(path,    i, name, next_path, chain)
{
	if (path in visited)
		return ("")
	visited[path] = 1
	for (i = 1; i <= nincludes[path]; i++) {
		name = include[path, i]
		if (impure_header(name))
			return (" -> " name)
		next_path = resolve(path, name)
		if (next_path == "")
			continue
		chain = leads_to_impure(next_path)
		if (chain != "")
			return (" -> " name chain)
	}
	return ("")
}

END {
	end_of_file()
	for (f = 1; f <= nfiles; f++) {
		file = files[f]
		for (k in visited)
			delete visited[k]
		for (n = 1; n <= nincludes[file]; n++) {
			name = include[file, n]
			path = resolve(file, name)
			if (planning(file) && event_header(name))
				report(file, at[file, n], "pure",
				    "includes " name)
			if (pure(file) && impure_header(name))
				report(file, at[file, n], "pure",
				    "includes " name)
			else if (pure(file) && path != "") {
				chain = leads_to_impure(path)
				if (chain != "")
					report(file, at[file, n], "pure",
					    "includes " name chain)
			}
			if (quoted[file, n] && path != "" &&
			    !may_include(file, path))
				report(file, at[file, n], "boundary",
				    folder(file) " does not see " name)
		}
	}
}
