/*
 * What tests use of atf-c(3), of which nothing is ever run.  It includes
 * nothing that a test needs for itself.
 */
#ifndef BSD_ATF_C_H
#define BSD_ATF_C_H

typedef struct atf_tc {
	void	*pimpl;
} atf_tc_t;

typedef struct atf_tp {
	void	*pimpl;
} atf_tp_t;

typedef struct atf_error	*atf_error_t;

atf_error_t	 atf_no_error(void);
atf_error_t	 atf_no_memory_error(void);
atf_error_t	 atf_libc_error(int, const char *, ...)
		    __attribute__((__format__(__printf__, 2, 3)));
_Bool		 atf_is_error(const atf_error_t);
atf_error_t	 atf_tp_add_tc(atf_tp_t *, atf_tc_t *);
char		**atf_tp_get_config(const atf_tp_t *);
void		 atf_utils_free_charpp(char **);
atf_error_t	 atf_tc_init(atf_tc_t *, const char *, void (*)(atf_tc_t *),
		    void (*)(const atf_tc_t *), void (*)(const atf_tc_t *),
		    const char *const *);
const char	*atf_tc_get_ident(const atf_tc_t *);
atf_error_t	 atf_tc_set_md_var(atf_tc_t *, const char *, const char *,
		    ...) __attribute__((__format__(__printf__, 3, 4)));
const char	*atf_tc_get_config_var(const atf_tc_t *, const char *);
void		 atf_tc_skip(const char *, ...)
		    __attribute__((__noreturn__,
		    __format__(__printf__, 1, 2)));
void		 atf_tc_fail(const char *, ...)
		    __attribute__((__noreturn__,
		    __format__(__printf__, 1, 2)));
void		 atf_tc_fail_nonfatal(const char *, ...)
		    __attribute__((__format__(__printf__, 1, 2)));
int		 atf_streq(const char *, const char *);

#define ATF_TC(tc)							\
	static void		 tc##_head(atf_tc_t *);			\
	static void		 tc##_body(const atf_tc_t *);		\
	static void		(*const tc##_parts[])(void) = {		\
		(void (*)(void))tc##_head, (void (*)(void))tc##_body };	\
	static atf_tc_t		 tc##_tc = { (void *)(long)tc##_parts }
#define ATF_TC_WITHOUT_HEAD(tc)						\
	static void		 tc##_body(const atf_tc_t *);		\
	static void		(*const tc##_part)(const atf_tc_t *) =	\
		tc##_body;						\
	static atf_tc_t		 tc##_tc = { (void *)(long)&tc##_part }
#define ATF_TC_HEAD(tc, arg)						\
	static void tc##_head(atf_tc_t *arg __attribute__((__unused__)))
#define ATF_TC_BODY(tc, arg)						\
	static void tc##_body(const atf_tc_t *arg			\
	    __attribute__((__unused__)))

#define ATF_TP_ADD_TCS(arg)						\
	static atf_error_t tp_add_tcs(atf_tp_t *);			\
	int main(void);							\
	int main(void) { return (tp_add_tcs(0) != 0); }			\
	static atf_error_t tp_add_tcs(atf_tp_t *arg)
#define ATF_TP_ADD_TC(arg, tc)	((void)atf_tp_add_tc(arg, &tc##_tc))

#define ATF_CHECK_MSG(x, ...)						\
	do {								\
		if (!(x))						\
			atf_tc_fail_nonfatal(__VA_ARGS__);		\
	} while (0)
#define ATF_REQUIRE_MSG(x, ...)						\
	do {								\
		if (!(x))						\
			atf_tc_fail(__VA_ARGS__);			\
	} while (0)
#define ATF_CHECK(x)			ATF_CHECK_MSG(x, "%s", #x)
#define ATF_REQUIRE(x)			ATF_REQUIRE_MSG(x, "%s", #x)
#define ATF_CHECK_EQ(a, b)		ATF_CHECK((a) == (b))
#define ATF_REQUIRE_EQ(a, b)		ATF_REQUIRE((a) == (b))
#define ATF_CHECK_EQ_MSG(a, b, ...)	ATF_CHECK_MSG((a) == (b), __VA_ARGS__)
#define ATF_REQUIRE_EQ_MSG(a, b, ...)	ATF_REQUIRE_MSG((a) == (b), __VA_ARGS__)
#define ATF_CHECK_STREQ(a, b)		ATF_CHECK(atf_streq(a, b))
#define ATF_REQUIRE_STREQ(a, b)		ATF_REQUIRE(atf_streq(a, b))

#endif
