#!/bin/sh
# paths.sh SYSCONFDIR: what of the places chosen for the installation is
# compiled in, as mip6d/paths.h; rewritten when it changes.
new="/* Made by kern/paths.sh. */
#define MIP6D_CONF	\"$1/mip6d.conf\""
file=mip6d/paths.h
[ "$(cat $file 2>/dev/null)" = "$new" ] || printf '%s\n' "$new" >$file
