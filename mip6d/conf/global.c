/*
 * The table of the outermost block: global options, control sockets, and the
 * blocks of the roles.  Rows only, read by apply.c, print.c and tree.c.
 */
#include "conf/parser.h"

#define OFF(f)	offsetof(struct conf_global, f)
#define SIZE(f)	sizeof(((struct conf_global *)NULL)->f)

static const struct conf_key	 socket_path = {
	.name = "path", .type = KEY_STRING, .flags = KEY_ABSPATH,
	.off = offsetof(struct conf_socket, path), .size = CONF_PATH_MAX,
};

static const struct conf_key	 socket_keys[] = {
	{ .name = "restricted", .type = KEY_WORD, .def = true,
	    .off = offsetof(struct conf_socket, restricted),
	    .size = sizeof(bool) },
	{ .name = NULL },
};

static const struct conf_block	 socket_block = {
	.name = "control socket", .label = &socket_path, .keys = socket_keys,
};

static const struct conf_name	 dataplanes[] = {
	{ "auto", DATAPLANE_AUTO }, { "user", DATAPLANE_USER },
	{ "kernel", DATAPLANE_KERNEL }, { NULL, 0 },
};

/* PF_KEY of Linux and KAME: IPSEC_MANUAL_REQID_MAX is 0x3fff. */
#define REQID_WHY	"kernels silently replace larger ones"

static const struct conf_key	 reqid_last = {
	.name = "last", .type = KEY_U32, .min = 1, .max = 16383, .def = 16383,
	.off = OFF(reqid_last), .why = REQID_WHY,
};

static const struct conf_key	 global_keys[] = {
	{ .name = "log syslog", .type = KEY_WORD, .def = LOGTO_SYSLOG,
	    .off = OFF(log), .size = SIZE(log) },
	{ .name = "log stderr", .type = KEY_WORD, .def = LOGTO_STDERR,
	    .off = OFF(log), .size = SIZE(log) },
	{ .name = "log brief", .type = KEY_WORD, .def = false,
	    .off = OFF(verbose), .size = SIZE(verbose) },
	{ .name = "log verbose", .type = KEY_WORD, .def = true,
	    .off = OFF(verbose), .size = SIZE(verbose) },
	{ .name = "user", .type = KEY_STRING, .sdef = "_mip6d",
	    .off = OFF(user), .size = SIZE(user) },
	{ .name = "chroot", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .sdef = "/var/empty", .off = OFF(chroot), .size = SIZE(chroot) },
	{ .name = "state-directory", .type = KEY_STRING,
	    .flags = KEY_ABSPATH, .sdef = "/var/db/mip6d", .off = OFF(state),
	    .size = SIZE(state) },
	{ .name = "pidfile", .type = KEY_STRING, .flags = KEY_ABSPATH,
	    .off = OFF(pidfile), .size = SIZE(pidfile) },
	{ .name = "dataplane", .type = KEY_ENUM, .names = dataplanes,
	    .def = DATAPLANE_AUTO, .off = OFF(dataplane),
	    .size = SIZE(dataplane) },
	{ .name = "reqids", .type = KEY_U32, .min = 1, .max = 16383,
	    .def = 1024, .off = OFF(reqid_first), .then = &reqid_last,
	    .why = REQID_WHY },
	/* RFC 2473, 6.6 */
	{ .name = "encapsulation-limit", .type = KEY_U32, .max = 255,
	    .def = 4, .alt = "none", .off = OFF(encapsulation_limit),
	    .has_off = OFF(no_encapsulation_limit) },
	{ .name = "control socket", .type = KEY_BLOCK,
	    .flags = KEY_LIST | KEY_ONELINE, .block = &socket_block,
	    .off = OFF(sockets), .count = OFF(nsockets),
	    .size = sizeof(struct conf_socket), .limit = 8 },
	{ .name = NULL },
};

const struct conf_block	 conf_global_block = {
	.name = "the file", .keys = global_keys,
};

#define ROLE(id, member, key, ...) { .name = (key), .type = KEY_BLOCK,	\
	.flags = KEY_POINTER, .block = &conf_##member##_block,		\
	.mask = CONF_PRINT_##id, .off = offsetof(struct conf, member),	\
	.size = sizeof(struct conf_##member) },

static const struct conf_key	 top_keys[] = {
	{ .name = "global", .type = KEY_BLOCK, .flags = KEY_MERGED,
	    .block = &conf_global_block, .mask = CONF_PRINT_GLOBAL,
	    .off = offsetof(struct conf, global) },
	CONF_BLOCKS(ROLE)
	{ .name = NULL },
};

const struct conf_block	 conf_top_block = {
	.name = "the file", .keys = top_keys, .close = check_top,
};
