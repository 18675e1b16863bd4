#!/usr/bin/env atf-sh
# What netns/t_plane.sh asks of this machine's kernel, asked of a guest's: one
# that has Mobile IPv6 itself, and kinds of devices that this machine's kernel
# may lack; and the Mobile IPv6 of such a kernel as the other party of route
# optimization.  Everything is in namespaces of one guest.

. "$(atf_get_srcdir)/lib.sh"

PY=/usr/bin/python3

# up MODULE...: a guest, and in the file run what goes before each command
up()
{
	lab_require
	$PY -c 'import scapy.layers.inet6' 2>/dev/null || atf_skip "no scapy"
	lab_up box:core || atf_fail "the guest did not boot"
	lab_modprobe box tun veth "$@" || atf_fail "modules"
	cat >"$LAB_DIR/run" <<-EOF
	NET_ID=plane NET_DIR=$LAB_DIR/net PY=$PY NET_LOOKS="0.1 0.3 0.6"
	TOP=$LAB_SOURCE SRC=$LAB_SOURCE/regress/netns
	MIP6D=\$TOP/mip6d/mip6d MIP6CTL=\$TOP/mip6ctl/mip6ctl
	export PYTHONDONTWRITEBYTECODE=1
	. \$SRC/lib.sh; . \$SRC/plane_lib.sh; . \$TOP/regress/lab/ro_guest.sh
	mkdir -p \$NET_DIR
	EOF
}

# in_guest COMMANDS
in_guest()
{
	lab_run -t 1500 box ". $LAB_DIR/run; $1" >out 2>&1 && return 0
	grep -v '^ok' out
	tail -n 30 "$LAB_DIR"/net/*.log
	return 1
}

atf_test_case mip6
mip6_head()
{
	atf_set descr "a kernel with Mobile IPv6: one answer, nothing twice; its tunnels"
	atf_set timeout 3000
}
mip6_body()
{
	up mip6
	in_guest "plane_up veth && plane kernel mip6" ||
	    atf_fail "the kernel says something else by itself"
	in_guest "plane_start ip6tables && plane answers && plane length &&
	    mip6d_stop ha" || atf_fail "not as the RFCs have it"
	lab_run box "grep -q ^mip6 /proc/modules" || atf_fail "no module mip6"
	lab_modprobe box bridge ip6_tunnel || atf_fail "modules"
	in_guest "net_down; . $LAB_HERE/tunnel_guest.sh
	    kt_up && kt_limits && kt_nested && kt_judge &&
	    mip6d_stop ha" ||
	    atf_fail "the kernel's tunnels and ours"
}

atf_test_case routes
routes_head()
{
	atf_set descr "a kernel takes our Home Address option and routing header, and we its"
	atf_set timeout 3000
}
routes_body()
{
	for c in radvd ss; do
		command -v $c > /dev/null || atf_skip "$c is not installed"
	done
	up mip6 xfrm_user bridge
	in_guest "rk_node && net_down" || atf_fail "a kernel as mobile node"
	in_guest "rk_correspondent && net_down" ||
	    atf_fail "a kernel as correspondent"
}

atf_test_case stacked
stacked_head()
{
	atf_set descr "a packet is taken once, whatever devices are stacked"
	atf_set timeout 3000
}
stacked_body()
{
	up 8021q bonding ipvlan
	for kind in vlan bond ipvlan; do
		in_guest "plane_up $kind || { cat \$NET_DIR/why; exit 1; }
		    plane_start ip6tables && n=\$(counter ha net captured) &&
		    plane taken 5 &&
		    [ \$(counter ha net captured) = \$((n + 6)) ] &&
		    mip6d_stop ha && net_down" || atf_fail "$kind"
	done
}

atf_init_test_cases()
{
	atf_add_test_case mip6
	atf_add_test_case routes
	atf_add_test_case stacked
}
