/*
 * The parts of a configuration that conf_print() may write, one for each block
 * of a role: bits of struct role_def, by which each process gets what it needs.
 * Included by conf.h, which has CONF_BLOCKS.
 */
#ifndef MIP6D_CONF_PARTS_H
#define MIP6D_CONF_PARTS_H

enum conf_part {
#define X(id, ...)	CONF_PART_##id,
	X(GLOBAL, ) CONF_BLOCKS(X) X(SECRETS, ) X(IPSEC, ) CONF_PART_MAX
#undef X
};

/*
 * Without secrets, keys become the word removed; those of ipsec blocks stay
 * only with CONF_PRINT_IPSEC as well.
 */
enum conf_print {
#define X(id, ...)	CONF_PRINT_##id = 1 << CONF_PART_##id,
	X(GLOBAL, ) CONF_BLOCKS(X) X(SECRETS, ) X(IPSEC, )
#undef X
	CONF_PRINT_ALL = (1 << CONF_PART_MAX) - 1
};

#endif
