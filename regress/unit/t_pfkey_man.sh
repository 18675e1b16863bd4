#!/usr/bin/env atf-sh
# libpfkey(3): complete, well-formed, and its example compiles.

top=$(cd "$(atf_get_srcdir)/../.." && pwd)

atf_test_case complete
complete_body()
{
	tr -s '\t\n ' ' ' <"$top/libpfkey/libpfkey.h" |
	    grep -o 'pfkey_[a-z_0-9]*(' | tr -d '(' | sort -u >functions
	[ "$(wc -l <functions)" -gt 25 ] || atf_fail "no functions found"
	while read -r f; do
		grep -Eq "^\.(Fn|Fo) $f( |\$)" "$top/man/libpfkey.3" ||
		    atf_fail "$f is not described"
	done <functions
}

atf_test_case wellformed
wellformed_body()
{
	command -v mandoc >/dev/null || atf_skip "mandoc is not installed"
	atf_check mandoc -Tlint -Wwarning "$top/man/libpfkey.3"
}

atf_test_case example
example_body()
{
	{
		printf '#include <%s>\n' err.h poll.h stdio.h libpfkey.h
		awk '/^\.Bd -literal/ { f = 1; next }
		    /^\.Ed/ { f = 0 } f' "$top/man/libpfkey.3"
	} >example.c
	grep -q pfkey_request example.c || atf_fail "no example"
	atf_check "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror \
	    -I"$top" -I"$top/libpfkey" -c example.c
}

atf_init_test_cases()
{
	atf_add_test_case complete
	atf_add_test_case wellformed
	atf_add_test_case example
}
