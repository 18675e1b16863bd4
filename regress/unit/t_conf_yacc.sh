#!/usr/bin/env atf-sh
# The grammar of mip6d.conf by bison and by byacc: both say the same of wrong
# files, and say it once.

top="$(atf_get_srcdir)/../.."

# parser NAME YACC...: the program NAME reports on files by that yacc's parser.
parser()
{
	name=$1
	shift
	"$@" -o "$name.c" "$top/mip6d/conf/parse.y" || atf_fail "$name failed"
	sources=$(find "$top/mip6d/conf" -name "*.c" ! -name parse.c)
	# shellcheck disable=SC2086
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$top" -I"$top/mip6d" \
	    -o "$name" report.c "$name.c" $sources \
	    "$top/mip6d/core/busy.c" "$top/mip6d/core/glob.c" \
	    "$top/mip6d/core/clock.c" "$top/mip6d/core/clock_read.c" \
	    "$top/mip6d/core/file.c" "$top/mip6d"/wire/*.c -lcrypto ||
	    atf_fail "$name does not compile"
}

atf_test_case yacc
yacc_head()
{
	atf_set descr "bison and byacc lead to the same errors"
	atf_set require.progs "bison byacc"
}
yacc_body()
{
	cat >report.c <<'EOF'
#include <stdio.h>
#include "conf/conf.h"
static void
say(void *arg, const char *file, int line, int col, const char *text)
{
	(void)arg;
	(void)file;
	printf("%d:%d: %s\n", line, col, text);
}
int
main(int argc, char *argv[])
{
	int	 i;

	for (i = 1; i < argc; i++) {
		printf("%s\n", argv[i]);
		conf_free(conf_parse_file(argv[i], NULL, 0, NULL, say, NULL));
	}
	return (0);
}
EOF
	parser by_bison bison -y
	parser by_byacc byacc
	printf 'log $nope\n' >macro
	printf 'home-agent \\x\n' >backslash
	printf 'user "open\n' >quote
	printf 'home-agent {\n\tinterface "a" $nope {\n\t}\n' >block
	printf 'home-agent { bad \\ }\nlog \001\n' >close
	printf 'a = "b" \\c\nd = e = f\n{\n}\n}\nlog = {\n' >equal
	printf 'include "x" $nope\ninclude "y" {\n' >include
	files="macro backslash quote block close equal include"
	chmod 600 $files
	# shellcheck disable=SC2086
	./by_bison $files >bison.out
	# shellcheck disable=SC2086
	./by_byacc $files >byacc.out
	test -s byacc.out || atf_fail "nothing was said"
	atf_check diff byacc.out bison.out
	./by_bison macro >out
	printf 'macro\n1:5: macro "$nope" is not defined\n' >expected
	atf_check diff expected out
	atf_check grep -q "has no closing quote" bison.out
	for f in "$top"/regress/fuzz/corpus/f_conf/*; do
		./by_bison "$f" >a 2>&1
		./by_byacc "$f" >b 2>&1
		cmp -s a b || atf_fail "$f: $(diff a b)"
	done
}

atf_init_test_cases()
{
	atf_add_test_case yacc
}
