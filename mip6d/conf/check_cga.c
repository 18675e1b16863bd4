/*
 * Checks of home addresses that are CGAs (RFC 3972): the files of parameters
 * and key that the configuration names are read, and must fit the address and
 * each other.  A text for a child is not looked at, as the child has no files.
 * Memory that has held a private key is wiped.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/parser.h"
#include "core/file.h"
#include "wire/cgakey.h"

#define PARAMS	"cga-parameters"
#define KEY	"cga-key"

/* An error with a file: what is wrong with it. */
static void
file_wrong(struct parser *p, const char *key, const char *path,
    const char *why)
{
	conf_error_key(p, key, "%s: %s: %s", key, path, why);
}

/* All of a file; NULL if it can't be had, which is reported. */
static uint8_t *
read_file(struct parser *p, const char *key, const char *path, size_t max,
    size_t *len)
{
	uint8_t	*buf = file_read(path, 0, max, len);

	if (buf == NULL)
		file_wrong(p, key, path, errno == EINVAL ? "not a file" :
		    errno == EFBIG ? "too long" : strerror(errno));
	return (buf);
}

/* The address that these parameters have; its Sec, if that can be. */
static void
address_of(struct mhauth *a, const struct cga *c, const struct in6_addr *home,
    char text[INET6_ADDRSTRLEN])
{
	struct in6_addr	 addr;
	unsigned int	 sec = cga_sec(home), max;

	strcpy(text, "another");
	if (cga_sec_max(a, c, &max) == CGA_OK &&
	    cga_address(a, c, sec < max ? sec : max, &addr) == CGA_OK)
		inet_ntop(AF_INET6, &addr, text, INET6_ADDRSTRLEN);
}

/* Is the home address of these parameters, and their key good for RFC 4866? */
static bool
fits_address(struct parser *p, const struct conf_home *home,
    const struct cga *c)
{
	struct mhauth	*a = mhauth_new();
	struct cga_rsa	 rsa;
	enum cga_err	 e = CGA_E_CRYPTO;
	char		 found[INET6_ADDRSTRLEN], want[INET6_ADDRSTRLEN];

	if (a != NULL)
		e = cga_verify(a, c, &home->address);
	if (e != CGA_OK && e != CGA_E_CRYPTO) {
		address_of(a, c, &home->address, found);
		conf_error_key(p, PARAMS, PARAMS ": %s: expected those of %s, "
		    "found those of %s: %s", home->cga_params,
		    inet_ntop(AF_INET6, &home->address, want, sizeof(want)),
		    found, cga_err_name(e));
	} else if (e != CGA_OK || (e = cga_rsa(c, &rsa)) != CGA_OK ||
	    (e = cga_rsa_fits(&rsa)) != CGA_OK)
		file_wrong(p, PARAMS, home->cga_params, cga_err_name(e));
	mhauth_free(a);
	return (e == CGA_OK);
}

/* The same rules as for a file with a secret in it: file_secret(). */
static bool
is_out_of_reach(struct parser *p, const char *path)
{
	struct stat	 st;
	bool		 ok = true;

	if (stat(path, &st) == -1) {
		file_wrong(p, KEY, path, strerror(errno));
		return (false);
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		conf_error_key(p, KEY, KEY ": %s: expected to belong to root, "
		    "found user %lu", path, (unsigned long)st.st_uid);
		ok = false;
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		conf_error_key(p, KEY, KEY ": %s: expected mode 0600, found "
		    "0%03o", path, (unsigned int)st.st_mode & 0777);
		ok = false;
	}
	return (ok);
}

static void
check_key(struct parser *p, const char *path, const struct cga *c)
{
	struct evp_pkey_st	*key;
	const char		*why;
	uint8_t			*pem;
	size_t			 len;

	if (!is_out_of_reach(p, path) || (pem = read_file(p, KEY, path,
	    CGAKEY_FILE_MAX, &len)) == NULL)
		return;
	key = cgakey_parse(pem, len, &why);
	conf_wipe(pem, len);
	free(pem);
	if (key == NULL)
		file_wrong(p, KEY, path, why);
	else if (!cgakey_is_of(key, c))
		file_wrong(p, KEY, path, "is not the key of the "
		    PARAMS " beside it");
	cgakey_free(key);
}

static void
check_files(struct parser *p, const struct conf_home *home)
{
	struct cga	 c;
	enum cga_err	 e;
	uint8_t		*params;
	size_t		 len;

	params = read_file(p, PARAMS, home->cga_params, CGA_MAXLEN, &len);
	if (params == NULL)
		return;
	if ((e = cga_parse(&c, params, len)) != CGA_OK)
		file_wrong(p, PARAMS, home->cga_params, cga_err_name(e));
	else if (fits_address(p, home, &c))
		check_key(p, home->cga_key, &c);
	free(params);
}

/* At the end of a home-address block. */
void
check_cga(struct parser *p, const struct conf_home *home)
{
	bool	 params = conf_key_seen(p, PARAMS);
	bool	 key = conf_key_seen(p, KEY);

	if (conf_key_bad(p, PARAMS) || conf_key_bad(p, KEY))
		return;
	if (params && !key)
		conf_error_key(p, PARAMS, PARAMS ": expected a " KEY ", too");
	else if (key && !params)
		conf_error_key(p, KEY, KEY ": expected " PARAMS ", too");
	else if (key && !p->text && home->address.s6_addr[0] != 0)
		check_files(p, home);
}
