# What the test programs of this folder have in common; each sources it first.

SRC=$(atf_get_srcdir)
TOP=$(cd "$SRC/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
NET_ID=m6$$ NET_DIR=$(pwd)/net
PY=/usr/bin/python3
# shellcheck source=lib.sh
. "$SRC/lib.sh"

# define NAME DESCRIPTION [SECONDS]: a case, its body is NAME_body.  The seconds
# are those of a quiet machine, a busy one is given five times as many.
CASES=
define() {
	atf_test_case "$1" cleanup	# first: it makes empty parts
	eval "${1}_head() { atf_set require.user root; atf_set timeout $((${3:-60} * 5));
	    atf_set descr \"$2\"; }
	    ${1}_cleanup() { teardown; }"
	CASES="$CASES $1"
}

atf_init_test_cases() {
	for c in $CASES; do atf_add_test_case "$c"; done
}

# begin COMMAND...: skip the test if one of them is missing; a place for files,
# and for teardown, which is another process, what it needs to know.
begin() {
	why=$(net_need "$@") || atf_skip "$why"
	mkdir -p "$NET_DIR"
	echo "$NET_ID" > net_id
}

teardown() {
	[ -f net_id ] || return 0
	NET_ID=$(cat net_id)
	net_down
}

# host_up: a host of all roles with an interface, wlan0, by the file conf
host_up() {
	ns_add host
	in_ns host sysctl -qw net.ipv6.conf.all.forwarding=1
	in_ns host ip link add wlan0 type veth peer name other
	all_conf
}

all_conf() {
	{ echo "state-directory \"$NET_DIR/state\""; cat "$SRC/all.conf"; } > conf
	chmod 600 conf
}
