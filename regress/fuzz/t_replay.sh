#!/usr/bin/env atf-sh
# A test case for each fuzz target: the saved inputs of corpus/<target> are
# replayed under the sanitizers.

replay()
{
	dir=$(atf_get_srcdir)
	if [ ! -d "$dir/corpus/$1" ]; then
		atf_fail "no saved inputs in corpus/$1"
	fi
	atf_check -s exit:0 -o save:out -e ignore \
	    "$dir/$1.replay" "$dir/corpus/$1"
	cat out
}

atf_test_case no_target
no_target_body()
{
	atf_fail "no fuzz target is built"
}

atf_init_test_cases()
{
	none=yes
	for f in "$(atf_get_srcdir)"/*.replay; do
		name=$(basename "$f" .replay)
		if [ ! -f "$(atf_get_srcdir)/$name.c" ]; then
			continue
		fi
		none=no
		atf_test_case "$name"
		eval "${name}_body() { replay $name; }"
		atf_add_test_case "$name"
	done
	if [ $none = yes ]; then
		atf_add_test_case no_target
	fi
}
