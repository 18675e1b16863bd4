#!/usr/bin/env atf-sh
# One test case for each script: what it is about is in its first line.

play()
{
	atf_check -s exit:0 -o ignore -e save:err \
	    "$(atf_get_srcdir)/run.san" "$(atf_get_srcdir)/$1.scn" ||
	    { cat err; atf_fail "$1"; }
}

# Kyua asks for the list before each case: no process is started here.
atf_init_test_cases()
{
	for f in "$(atf_get_srcdir)"/*.scn; do
		name=${f##*/}
		name=${name%.scn}
		read -r descr < "$f"
		eval "descr_$name=\${descr#\\# }"
		atf_test_case "$name"
		eval "${name}_head() { atf_set descr \"\$descr_$name\"; }"
		eval "${name}_body() { play $name; }"
		atf_add_test_case "$name"
	done
}
