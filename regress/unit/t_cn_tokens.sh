#!/usr/bin/env atf-sh
# Tokens, keys and authenticators of a correspondent, against those that Python
# computes with nothing of ours.

# judged NAME FIELD [ARGUMENT]: the correspondent does as the scenario of NAME.py
# says, in which another octet of that field is seen.
judged()
{
	atf_check -o save:"$1".scn $py "$(atf_get_srcdir)/$1".py ${3:-}
	atf_check "$(atf_get_srcdir)"/../scenario/run.san "$1".scn
	sed "s/\\($2\\)./\\1x/" "$1".scn > wrong.scn
	atf_check -s exit:1 -e match:'expected BA has not been sent' \
	    "$(atf_get_srcdir)"/../scenario/run.san wrong.scn
}

atf_test_case tokens
tokens_head()
{
	atf_set "descr" "the correspondent and cn_tokens.py agree on each octet"
	atf_set "require.progs" "python3"
}
tokens_body()
{
	py=python3
	judged cn_tokens authorization-data, tokens
}

atf_test_case static
static_head()
{
	atf_set "descr" "the same by a static key (RFC 4449 3)"
	atf_set "require.progs" "python3"
}
static_body()
{
	py=python3
	judged cn_tokens authorization-data, static
}

atf_test_case cga
cga_head()
{
	atf_set "descr" "so they do with a CGA, a signature and early updates"
	atf_set "require.progs" "python3"
}
cga_body()
{
	for py in python3 /usr/bin/python3; do
		! $py -c 'import cryptography' 2>/dev/null || break
	done
	$py -c 'import cryptography' 2>/dev/null ||
	    atf_skip "python3-cryptography is not installed"
	judged cn_cga authorization-data,
	judged cn_cga permanent-token,
}

atf_init_test_cases()
{
	atf_add_test_case tokens
	atf_add_test_case static
	atf_add_test_case cga
}
