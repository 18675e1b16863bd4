#!/usr/bin/env atf-sh
# The tree keeps its rules, and each rule catches a planted breach.

root()
{
	(cd "$(atf_get_srcdir)/../.." && pwd)
}

lint()
{
	sh "$(root)/regress/lint/lint.sh" "$@"
}

# A copy of the sources without what they were built to.
scratch()
{
	mkdir copy
	(cd "$(root)" && find . -name .git -prune -o -name .work -prune -o \
	    -name corpus -prune -o -type f \( -name '*.[chy1-9]' -o \
	    -name '*.sh' -o -name '*.mk' -o -name '*.awk' -o -name '*.md' -o \
	    -name '*.py' -o -name '*.scn' -o -name '*.list' -o \
	    -name Makefile -o \
	    -name init \) -print | tar -cf - -T - ) |
	    tar -xf - -C copy
	mkdir -p copy/mip6d/net copy/mip6d/ha copy/man
}

# The folders and our headers alone, for rules that look at one file.
skeleton()
{
	(cd "$(root)" && find mip6d mip6ctl libpfkey ike regress/unit -name .work \
	    -prune -o \( -type d -o -name '*.h' \) -print |
	    tar -cf - --no-recursion -T -) | { mkdir copy && tar -xf - -C copy; }
}

# What a file has to open with.
HEAD='/* A file that was planted.  It is of no use. */\n'

# breach GROUP FILE EXPECTED: FILE was planted; lint must say EXPECTED of it,
# and nothing of it once it is gone.
breach()
{
	atf_check -s exit:1 -o match:"^$2:$3" -e ignore sh \
	    "$(root)/regress/lint/lint.sh" -r copy "$1"
	rm "copy/$2"
	lint -r copy "$1" >out 2>&1
	if grep "^$2:" out; then
		atf_fail "$2 is gone"
	fi
}

# plant GROUP FILE TEXT EXPECTED
plant()
{
	printf "$3" >"copy/$2"
	breach "$1" "$2" "$4"
}

atf_test_case clean
clean_head()
{
	atf_set descr "the tree keeps its rules"
}
clean_body()
{
	if ! lint >out 2>&1; then
		cat out
		atf_fail "$(grep -c : out) breaches"
	fi
	cat out
}

atf_test_case boundaries
boundaries_head()
{
	atf_set descr "a folder includes what it must not"
}
boundaries_body()
{
	skeleton
	s=sources
	printf '#ifndef H\n#endif\n' >copy/mip6d/ha/planted.h
	plant $s mip6d/wire/p.c '\n#include <event2/event.h>\n' \
	    '2: pure: includes event2/event.h'
	plant $s mip6d/wire/p.c '#include <syslog.h>\n' '1: pure'
	plant $s mip6d/ha/p.c '#include "core/log.h"\n' '1: pure'
	plant $s mip6d/mn/p.c '#include "kern/kern.h"\n' '1: pure'
	plant $s mip6d/cn/p.c '#include "kern/kern.h"\n' \
	    '1: boundary: cn does not see kern/kern.h'
	plant $s mip6d/cn/shell.c '#include "kern/kern.h"\n' '1: boundary'
	plant $s mip6d/mn/p.c '#include "ha/planted.h"\n' \
	    '1: boundary: mn does not see ha/planted.h'
	# A folder that nobody has told of is an engine's.
	mkdir copy/mip6d/new
	plant $s mip6d/new/p.c '#include "kern/kern.h"\n' '1: pure'
	plant $s mip6d/new/p.c '#include "ha/planted.h"\n' \
	    '1: boundary: new does not see ha/planted.h'
	plant $s mip6d/net/p.c '#include "parent/parent.h"\n' '1: boundary'
	plant $s mip6d/control/p.c '#include "ha/planted.h"\n' '1: boundary'
	plant $s mip6d/core/p.c '#include "kern/kern.h"\n' '1: boundary'
	plant $s libpfkey/p.c '#include "core/log.h"\n' '1: boundary'
	plant $s mip6d/wire/p.c '#include "core/ipc.h"\n' '1: boundary'

	# Through another header.
	printf '#include <syslog.h>\n' >copy/mip6d/ha/planted.h
	plant $s mip6d/ha/p.c '#include "ha/planted.h"\n' \
	    '1: pure: includes ha/planted.h -> syslog.h'

	# What is allowed is let through.
	printf "$HEAD"'#include <event2/event.h>\n#include "core/log.h"\n' \
	    >copy/mip6d/ha/shell.c
	printf "$HEAD"'#include "kern/kern.h"\n' >copy/mip6d/parent/p.c
	lint -r copy $s >out
	if grep -e '^mip6d/ha/shell.c' -e '^mip6d/parent/p.c' out; then
		atf_fail "too strict"
	fi
}

atf_test_case text
text_head()
{
	atf_set descr "OS macros, marks, lengths, white space"
}
text_body()
{
	skeleton
	s=sources
	plant $s mip6d/net/p.c '#ifdef __linux__\n#endif\n' '1: os-macro'
	plant $s mip6d/parent/p.c '#if defined(__FreeBSD__)\n#endif\n' \
	    '1: os-macro'
	plant $s mip6d/net/p.c 'struct in_addr a;\n' '1: ipv4-type'
	plant $s mip6d/mn/p.h 'struct sockaddr_in s;\n' '1: ipv4-type'
	plant $s mip6d/net/p.c '\n/* TO''DO: think */\n' '2: unfinished'
	plant $s libpfkey/p.c '/* XX''X */\n' '1: unfinished'
	plant $s mip6d/net/p.c '/* Works for ''now. */\n' '1: unfinished'
	plant $s mip6d/net/p.c '#if 0\n#endif\n' '1: unfinished'
	plant $s mip6d/net/p.h '#if 0\n#endif\n' '1: unfinished'
	plant $s mip6d/net/p.c 'int x; \n' '1: trailing-space'
	plant $s mip6d/net/p.c 'int x;\t\n' '1: trailing-space'
	plant $s mip6d/net/p.c "$(printf 'int %077d;' 0)\\n" \
	    '1: line-length: 82 columns'
	plant $s mip6d/net/p.h "$(printf '\t\tint %060d;' 0)\\n" \
	    '1: line-length: 81 columns'
	printf "$HEAD"'\tint %067d;\n' 0 >copy/mip6d/net/p.c
	atf_check -o not-match:p.c sh "$(root)/regress/lint/lint.sh" -r copy $s

	{
		printf 'void\nf(void)\n{\n'
		yes 'x;' | head -101
		printf '}\n'
	} >copy/mip6d/net/p.c
	breach $s mip6d/net/p.c '3: function-length: 101 lines'
	yes '/* x */' | head -1501 >copy/mip6d/net/p.c
	breach $s mip6d/net/p.c '1501: file-length'
	yes '/* x */' | head -301 >copy/mip6d/net/p.h
	breach $s mip6d/net/p.h '301: header-length'

	printf "$HEAD"'#ifdef __linux__\n#endif\n' \
	    >copy/mip6d/net/capture_p.c
	{
		printf "$HEAD"'void\nf(void)\n{\n'
		yes 'x;' | head -100
		printf '}\n'
	} >copy/mip6d/net/p.c
	lint -r copy $s >out
	if grep -e '^mip6d/net/' out; then
		atf_fail "too strict"
	fi
}

atf_test_case heads
heads_head()
{
	atf_set descr "files that do not say what they are for"
}
heads_body()
{
	skeleton
	s=sources
	no='1: head: no comment'
	less='1: head: says less'
	plant $s mip6d/net/p.c '#include <string.h>\n' "$no"
	plant $s ike/p.c '\n/* A file.  It comes too late. */\n' "$no"
	plant $s mip6d/net/p.c '/* The file p.c and no more */\n' "$less"
	plant $s regress/unit/p.c '/*\n * Version 1.0 of p.c.\n */\n' "$less"
	plant $s mip6ctl/p.c '/* One. */\n/* Another.  It does not count. */\n' \
	    "$less"
	for text in "$HEAD" '/*\n * What for?\n * For a test.\n */\n' \
	    '/*\n * One line goes on\n * in the next.  So much for that.\n */\n'
	do
		printf "$text" >copy/libpfkey/p.c
		atf_check sh "$(root)/regress/lint/lint.sh" -r copy $s
	done
	# Headers say what they are for above their parts.
	printf 'int x;\n' >copy/libpfkey/p.h
	atf_check sh "$(root)/regress/lint/lint.sh" -r copy $s
}

atf_test_case objects
objects_head()
{
	atf_set descr "codecs and state machines that do I/O"
	atf_set require.progs "nm cc"
}
objects_body()
{
	mkdir -p copy/mip6d/wire copy/mip6d/ha
	for call in 'printf("x%%d", x)' 'open("x", x)' 'socket(x, x, x)' \
	    'time(0)' 'clock_gettime(x, 0)' 'log_info("x")'; do
		name=${call%%(*}
		for f in mip6d/wire/p mip6d/ha/p; do
			printf "int $name();\nint f(int x);\nint f(int x)
			{ return $call; }\n" >copy/$f.c
			cc -w -fno-builtin -c -o copy/$f.o copy/$f.c ||
			    atf_fail "$call"
			breach objects $f.c "1: impure-call: calls $name"
			rm copy/$f.o
		done
	done
	echo 'int f(void);' >copy/mip6d/wire/p.c
	breach objects mip6d/wire/p.c "1: no-object"

	# Not the shell of an engine.
	echo 'int f(void);' >copy/mip6d/ha/shell.c
	atf_check sh "$(root)/regress/lint/lint.sh" -r copy objects
}

# order LIST [EXPECTED]: what lint says of that order of a.c and b.c
order()
{
	printf "$1" >copy/regress/lint/order
	if [ $# -eq 1 ]; then
		atf_check sh "$(root)/regress/lint/lint.sh" -r copy order
	else
		atf_check -s exit:1 -o match:"$2" \
		    sh "$(root)/regress/lint/lint.sh" -r copy order
	fi
}

# object FILE TEXT
object()
{
	echo "$2" >copy/mip6d/wire/$1.c
	cc -w -fno-builtin -c -o copy/mip6d/wire/$1.o copy/mip6d/wire/$1.c ||
	    atf_fail "$1"
}

atf_test_case order
order_head()
{
	atf_set descr "files of a folder that use those after them"
	atf_set require.progs "nm cc"
}
order_body()
{
	mkdir -p copy/mip6d/wire copy/regress/lint
	object a 'int b(void); int a(void) { return b(); }'
	object b 'int b(void) { return 1; }'
	order 'mip6d/wire: b a\n'
	order '# text\nmip6d/wire: b\n\ta # text\n'
	order 'mip6d/wire: a b\n' \
	    '^mip6d/wire/a.c:1: order: takes b of b.c'
	order 'mip6d/wire: a b a\n' 'lint/order:1: .*wire/a stands there twice'
	order 'mip6d/wire: b\n' 'lint/order:1: .*wire/a has no place'
	order 'mip6d/wire: b\n\tc a\n' 'lint/order:2: .*wire/c is not there'
	order '' 'lint/order:0: .*wire/a has no place'

	# Files that use each other have no order.
	object b 'extern int (*const a_row)(void); int b(void)
	    { return a_row(); }'
	object a 'int b(void); int a(void) { return b(); }
	    int (*const a_row)(void) = a;'
	order 'mip6d/wire: a b\n' '^mip6d/wire/a.c:1: order: takes b of b.c'
	order 'mip6d/wire: b a\n' '^mip6d/wire/b.c:1: order: takes a_row'
}

atf_test_case man
man_head()
{
	atf_set descr "a man page with an error"
	atf_set require.progs "mandoc"
}
man_body()
{
	mkdir -p copy/man
	plant man man/p.8 '.Dd January 1, 2026\n.Dt P 8\n.Os\n.Sh NAME
.Nm p\n.Nd planted\n.Sh DESCRIPTION\n.Bogus\n' '8: mandoc'
}

atf_test_case shell
shell_head()
{
	atf_set descr "scripts with a wrong syntax, tests that do not run"
}
shell_body()
{
	mkdir -p copy/regress/netns copy/etc
	plant shell etc/p.sh 'if true\n' '1: shell'
	plant shell etc/p '#!/bin/sh\nif true\n' '1: shell'
	plant shell regress/netns/t_p.sh ':\n' '1: shell: a test must be'
}

atf_test_case musts
musts_head()
{
	atf_set descr "lists of demands with tests that are not there"
}
musts_body()
{
	scratch
	l=regress/musts/rfc1.list
	plant musts $l '1 MUST | x\n\tunit/t_wheel:nothing\n' \
	    '1: musts: no such test: unit/t_wheel:nothing'
	plant musts $l '#\n1 MUST | x\n\tscenario/no_such\n' \
	    '2: musts: no such test'
	plant musts $l '1 MUST | x\n\tnetns/rfc_ha.py:no_step\n' \
	    '1: musts: no such test'
	# A step that nothing calls shows nothing.
	printf '\n    def idle(self):\n        pass\n' \
	    >>copy/regress/netns/rfc_ha.py
	plant musts $l '1 MUST | x\n\tnetns/rfc_ha.py:idle\n' \
	    '1: musts: no such test'
	plant musts $l '1 MUST | x\n' '1: musts: nothing shows it'
	plant musts $l '1 MUST | x\n\t!why\n' '1: musts: no such reason'
	plant musts $l '1 MAY | x\n' '1: musts: not a line of a list'
	atf_check sh copy/regress/musts/musts.sh
	rm copy/regress/scenario/ha_dad.scn
	atf_check -s exit:1 -o match:'rfc6275.list:.*scenario/ha_dad' \
	    sh copy/regress/musts/musts.sh
	echo '!why	x' >>copy/regress/musts/rfc6275.list
	echo '99 MUST | x' >>copy/regress/musts/rfc6275.list
	printf '\t!why\n' >>copy/regress/musts/rfc6275.list
	atf_check -s exit:1 -o match:'README.md:1: musts: counts are old' \
	    sh copy/regress/musts/musts.sh
	printf '1. Introduction\n   A MUST not.\n2. Rules\n   It MUST\n' >text
	printf '   NOT be, but (SHOULD).\n' >>text
	printf '2 MUST NOT | a\n\t!b\n2 SHOULD | c\n\t!b\n' >two.list
	atf_check -e ignore sh copy/regress/musts/musts.sh -r text two.list
	printf '2 MUST | a\n\t!b\n2 SHOULD | c\n\t!b\n' >two.list
	atf_check -s exit:1 -o match:'< 2 MUST NOT' -e ignore \
	    sh copy/regress/musts/musts.sh -r text two.list
}

atf_test_case files
files_head()
{
	atf_set descr "files that tests have left"
}
files_body()
{
	mkdir -p copy/regress/unit/state copy/etc copy/mip6d
	plant files regress/unit/conf 'x\n' '1: files: is no source'
	plant files regress/unit/state/mn.state 'x\n' '1: files'
	plant files etc/log 'x\n' '1: files'
	plant files out 'x\n' '1: files'
	plant files regress/unit/t_p.c 'x\n' '1: files: a test that no list'
	for f in regress/unit/t_p.test regress/unit/t_p.asan.d mip6d/p.c \
	    etc/p.conf README.md; do
		: >copy/$f
	done
	atf_check -e ignore sh "$(root)/regress/lint/lint.sh" -r copy files
}

atf_test_case git
git_head()
{
	atf_set descr "what git has though it is built, paths of one machine"
	atf_set require.progs "git"
}
git_body()
{
	mkdir -p copy/mip6d
	git init -q copy
	echo '*.o' >copy/.gitignore
	echo 'int x;' >copy/mip6d/p.c
	cp copy/mip6d/p.c copy/mip6d/p.o
	git -C copy add .
	# What is built lies there, and is none of git's.
	atf_check sh "$(root)/regress/lint/lint.sh" -r copy files
	git -C copy add -f mip6d/p.o
	atf_check -s exit:1 -o match:'^mip6d/p.o:1: files: is in git' \
	    sh "$(root)/regress/lint/lint.sh" -r copy files
	git -C copy rm -q --cached mip6d/p.o
	for path in /ho''me/me/p.c /ro''ot/p.c "$(pwd)/copy/mip6d/p.c"; do
		printf '\n# 1 "%s"\n' "$path" >copy/mip6d/p.c
		atf_check -s exit:1 -o inline:"mip6d/p.c:2: files: a path of \
one machine\n" sh "$(root)/regress/lint/lint.sh" -r copy files
	done
	printf '/* $HO''ME/ro''ot/p.c, a/ho''me/b */\n' >copy/mip6d/p.c
	atf_check sh "$(root)/regress/lint/lint.sh" -r copy files
}

atf_init_test_cases()
{
	for c in clean boundaries text heads objects order man shell musts files git; do
		atf_add_test_case $c
	done
}
