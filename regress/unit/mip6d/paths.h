/* Made by kern/paths.sh. */
#define MIP6D_CONF	"/etc/mip6d.conf"
