/*
 * Defaults of the sanitizers in test programs, linked in rather than given
 * in the environment so that a program can be run by hand too.
 *
 * libatf-c does not free its list of test cases when it is only asked for
 * it, and Kyua takes anything on standard error for a failure there.
 */
const char	*__asan_default_options(void);
const char	*__lsan_default_options(void);
const char	*__lsan_default_suppressions(void);

const char *
__asan_default_options(void)
{
	return ("print_suppressions=0:detect_stack_use_after_return=1");
}

const char *
__lsan_default_options(void)
{
	return ("print_suppressions=0");
}

const char *
__lsan_default_suppressions(void)
{
	return ("leak:atf_tp_get_tcs\n"
	    "leak:atf_list_init\n"
	    "leak:atf_list_append\n"
	    "leak:atf_map_init_charpp\n"
	    "leak:atf_map_insert\n");
}
