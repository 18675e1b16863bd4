#!/usr/bin/env atf-sh
# Tokens, keys and authenticators of a correspondent, against those that Python
# computes with nothing of ours.

atf_test_case tokens
tokens_head()
{
	atf_set "descr" "the correspondent and cn_tokens.py agree on each octet"
	atf_set "require.progs" "python3"
}
tokens_body()
{
	atf_check -o save:cn_tokens.scn \
	    python3 "$(atf_get_srcdir)"/cn_tokens.py
	atf_check "$(atf_get_srcdir)"/../scenario/run.san cn_tokens.scn
	# An octet that is another one is seen.
	sed 's/\(authorization-data,\)./\1x/' cn_tokens.scn > wrong.scn
	atf_check -s exit:1 -e match:'expected BA has not been sent' \
	    "$(atf_get_srcdir)"/../scenario/run.san wrong.scn
}

atf_init_test_cases()
{
	atf_add_test_case tokens
}
