#!/usr/bin/env atf-sh
# One test case for each script: what it is about is in its first lines.

play()
{
	atf_check -s exit:0 -o ignore -e save:err \
	    "$(atf_get_srcdir)/run.san" "$(atf_get_srcdir)/$1.scn" ||
	    { cat err; atf_fail "$1"; }
}

atf_init_test_cases()
{
	for f in "$(atf_get_srcdir)"/*.scn; do
		name=$(basename "$f" .scn)
		atf_test_case "$name"
		eval "${name}_head() { atf_set descr \
		    \"$(sed -n 's/^# *//p;q' "$f" | tr -d '\"\\`$')\"; }"
		eval "${name}_body() { play $name; }"
		atf_add_test_case "$name"
	done
}
