#!/usr/bin/env atf-sh
# The runner of the layers: what it counts, says and returns.

layer()
{
	mkdir -p scratch/regress/scenario
	top=$(cd "$(atf_get_srcdir)/.." && pwd)
	cp "$top/check.sh" scratch/regress/
	cp "$top/scenario/Kyuafile" scratch/regress/scenario/
	printf 'syntax(2)\ninclude("scenario/Kyuafile")\n' \
	    >scratch/regress/Kyuafile
	{
		echo '#!/usr/bin/env atf-sh'
		for c in "$@"; do
			echo "atf_test_case $c"
		done
		echo 'pass_body() { :; }'
		echo 'fail_body() { echo said; atf_fail "the reason"; }'
		echo 'skip_body() { atf_skip "no such: thing"; }'
		echo 'known_body() { atf_expect_fail "why"; atf_fail x; }'
		echo 'broken_body() { kill -9 $$; }'
		echo "atf_init_test_cases() {"
		for c in "$@"; do
			echo "atf_add_test_case $c"
		done
		echo "}"
	} >scratch/regress/scenario/t_x.sh
	chmod +x scratch/regress/scenario/t_x.sh
}

# run STATUS LAST-LINE
run()
{
	sh scratch/regress/check.sh scenario >out 2>&1
	status=$?
	cat out
	atf_check_equal "$1" "$status"
	atf_check_equal "$2" "$(tail -1 out)"
}

atf_test_case passed
passed_body()
{
	layer pass known
	run 0 "2 passed, 0 failed"
	grep -q '^scenario/t_x.sh .*s  2 passed$' out || atf_fail "progress"
}

atf_test_case skipped
skipped_body()
{
	layer pass skip
	run 0 "1 passed, 0 failed, 1 skipped"
	grep -qx '  scenario/t_x.sh:skip: no such: thing' out ||
	    atf_fail "the reason is not there"
}

atf_test_case failed
failed_body()
{
	layer pass fail broken known skip
	run 1 "2 passed, 2 failed, 1 skipped"
	grep -qx 'said' out || atf_fail "its output is not there"
	grep -q '^  scenario/t_x.sh:fail  the reason' out ||
	    atf_fail "the reason is not there"
	grep -q '^  scenario/t_x.sh:broken' out || atf_fail "broken"
	if grep -e PATH= -e required_programs out; then
		atf_fail "the environment is printed"
	fi
}

atf_test_case nothing
nothing_body()
{
	layer skip
	run 1 "0 passed, 0 failed, 1 skipped"
}

atf_test_case no_list
no_list_head()
{
	atf_set descr "a program that can't list its cases"
}
no_list_body()
{
	layer pass
	printf '#!/bin/sh\necho crashed\nexit 1\n' \
	    >scratch/regress/scenario/t_y.sh
	chmod +x scratch/regress/scenario/t_y.sh
	run 1 "1 passed, 1 failed"
	grep -qx crashed out || atf_fail "its output is not there"
}

atf_init_test_cases()
{
	for c in passed skipped failed nothing no_list; do
		atf_add_test_case $c
	done
}
