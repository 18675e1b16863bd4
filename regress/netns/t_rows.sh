#!/usr/bin/env atf-sh
# Somebody else removes or changes what the daemon has put into the kernel:
# each thing once, by hand, at a home agent and a mobile node that have
# traffic.  It is back within moments, with one line of the log and a count;
# traffic goes on, and nothing leaves in clear.

. "$(atf_get_srcdir)/test.sh"

# A home agent and a mobile node away from home, registered.  $1: kind of link
setup() {
	begin ip radvd ping nft
	pair_up "$1" || atf_fail "no topology"
	has_of ha > before.ha; has_of mn > before.mn
	# The network lets nobody send from addresses of other networks.
	in_ns core nft -f - <<-NFT
	table ip6 ingress {
		counter clear { }
		chain forward {
			type filter hook forward priority 0; policy accept;
			iifname "f1" ip6 saddr != 2001:db8:f1::/64 counter name clear drop
		}
	}
	NFT
	ra_start 0.5 1
	mn_to foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	wait_for 15 reachable || lost "not reachable after the start"
	# Without what belongs to Router Advertisements there is no news of.
	for _n in ha mn; do
		wait_for 5 settled $_n || lost "$_n: rows wait"
	done
	has_of ha > is.ha; has_of mn > is.mn
	ip netns exec "$(ns cn)" ping -n -i 0.02 "$MN_HOME" > ping.out 2>&1 &
	echo $! >> "$NET_DIR/pids"
}

settled() { ! ctl "$1" -j show kernel | grep -Eq 'to be put|refused|waits'; }

# What a namespace has of all that could be ours.
has_of() {
	in_ns "$1" ip -6 rule | sort
	in_ns "$1" ip -6 route show table all proto 106 |
	    sed 's/ pref .*//; s/ linkdown//' | sort
	in_ns "$1" ip -o -6 addr show dev mip6 2>/dev/null |
	    sed 's/^[0-9]*: //; s/valid_lft.*//'
	in_ns "$1" ip -o link show dev mip6 2>/dev/null |
	    sed 's/^[0-9]*: //; s/ qdisc.*//; s/link\/.*//'
	in_ns "$1" sh -c 'cat /proc/sys/net/ipv6/conf/mip6/disable_ipv6 \
	    /proc/sys/net/ipv6/conf/mip6/accept_ra' 2>/dev/null
}

lost() {
	for _n in mn ha; do
		has_of $_n > now.$_n; diff -u is.$_n now.$_n
		ctl $_n show kernel; ctl $_n why; tail -n 40 "$NET_DIR/$_n.log"
	done
	ctl mn show bul; tail -n 3 ping.out
	atf_fail "$*"
}

lines() { grep -c '^mip6d: put back' "$NET_DIR/$1.log"; }

# As it was, counted, and told of.
same() {
	has_of "$1" | cmp -s - "is.$1" && [ "$(counter "$1" parent rows_put_back)" -gt "$2" ] &&
	    [ "$(lines "$1")" -gt "$3" ] && settled "$1"
}

# removed NS LINES WHAT COMMAND...: do that there; it is put back, with so many
# lines of the log
removed() {
	_ns=$1 _most=$2 _what=$3; shift 3
	_c=$(counter "$_ns" parent rows_put_back) _l=$(lines "$_ns")
	_t=$(date +%s%3N)
	in_ns "$_ns" "$@" || atf_fail "$_what: $*: failed"
	# Most of the time is that of the questions, each a process or more.
	wait_for 3 same "$_ns" "$_c" "$_l" || lost "$_ns: $_what is not put back"
	_t=$(($(date +%s%3N) - _t)) _l=$(($(lines "$_ns") - _l))
	[ "$_l" -le "$_most" ] || lost "$_ns: $_what: $_l lines of the log"
	wait_for 3 reachable || lost "$_ns: $_what: no traffic any more"
	echo "$_ns: $_what: back after $_t ms, $_l lines"
}

# Nothing that comes from the home address took the way without tunnel.
closed() {
	in_ns core nft list counter ip6 ingress clear | grep -q 'packets 0 ' ||
	    lost "left in clear: $(in_ns core nft list counter ip6 ingress clear)"
}

down_up='ip link set mip6 down; ip link set mip6 up'
off_on='echo 1 > /proc/sys/net/ipv6/conf/mip6/disable_ipv6
    echo 0 > /proc/sys/net/ipv6/conf/mip6/disable_ipv6'
off='echo 1 > /proc/sys/net/ipv6/conf/mip6/disable_ipv6'

# What both have: the device.
device() {
	removed "$1" 2 "mip6 down" ip link set mip6 down
	removed "$1" 2 "mip6 down and up" sh -c "$down_up"
	removed "$1" 2 "IPv6 off and on" sh -c "$off_on"
	removed "$1" 2 "IPv6 off" sh -c "$off"
	removed "$1" 1 "MTU" ip link set mip6 mtu 1400
	# The device, what is on it, and what leads to it: a line each.
	removed "$1" 3 "MTU too small for IPv6" ip link set mip6 mtu 1000
}

# Does ip(8) tell of rules by now?
monitors() {
	in_ns mn ip -6 rule add pref 40000 lookup main
	in_ns mn ip -6 rule del pref 40000
	grep -q '^40000' rules.out
}

define each "each row, at both ends"
each_body() {
	setup physical
	removed ha 1 "a binding's route" ip -6 route del $MN_HOME dev mip6
	device ha
	for p in $(in_ns mn ip -6 rule | sed -n 's/^\(10[56][0-9]\):.*/\1/p'); do
		removed mn 1 "rule $p" ip -6 rule del pref "$p"
	done
	removed mn 1 "the tunnel's route" ip -6 route del default table 7170416
	closed
	# All rules but that for the kernel's own addresses go, also the one that
	# closes the way: until they are back a packet may get out.  It is the
	# first to come back, of those whose end the daemon has been told of: here
	# of all, for it sleeps meanwhile.
	ip netns exec "$(ns mn)" ip monitor rule > rules.out 2>&1 &
	monitor=$!
	wait_for 5 monitors
	removed mn 3 "all rules" sh -c "kill -STOP $(child_pid mn parent)
	    ip -6 rule flush; ip -6 rule add pref 32766 lookup main
	    kill -CONT $(child_pid mn parent)"
	kill $monitor
	sed '1,/^Deleted 1059:/d' rules.out | grep -m 1 '^10[56][0-9]:' |
	    grep unreachable || lost "first back: $(tr '\n' ';' < rules.out)"
	in_ns core nft reset counter ip6 ingress clear
	removed mn 1 "the route to the home agent" ip -6 route del $HA_ADDR proto 106
	removed mn 1 "the home address" ip -6 addr del $MN_HOME/128 dev mip6
	device mn
	# Somebody's own routes in the place of ours.
	removed ha 1 "a binding's route, replaced" \
	    ip -6 route replace unreachable $MN_HOME metric 1 proto static
	removed mn 1 "the tunnel's route, replaced" ip -6 route replace \
	    unreachable default table 7170416 metric 1 proto static
	removed mn 1 "the route to the home agent, replaced" \
	    ip -6 route replace unreachable $HA_ADDR metric 1 proto static
	closed
	ctl mn -j show kernel | grep -q 'put back' || atf_fail "$(ctl mn show kernel)"
	clean_end
}

# After a stop nothing of ours is left.
clean_end() {
	for _n in mn ha; do
		mip6d_stop $_n || atf_fail "$_n does not stop"
		has_of $_n > after.$_n
		diff -u before.$_n after.$_n || atf_fail "left in $_n"
	done
}

again() { reborn "$1" net "$2" && ip_is "$1"; }
ip_is() { has_of "$1" | cmp -s - "is.$1"; }

# forge: one message in the kernel's name to each netlink socket there
forge='
import socket, struct
msg = struct.pack("=IHHII", 16 + 8, 21, 0, 0, 0) + struct.pack("=BBBBI", 10, 128, 0, 0, 1)
for line in list(open("/proc/net/netlink"))[1:]:
    w = line.split()
    if w[1] == "0" and w[2] != "0":
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        try:
            s.sendto(msg, (int(w[2]), 0))
        except OSError:
            pass
'
forged() {
	[ "$(counter mn parent kernel_forged)" -gt 0 ] &&
	    grep -q "somebody sends messages as if" "$NET_DIR/mn.log"
}
fought() { ctl mn why | grep -q 'keeps removing'; }
of_f1() { in_ns mn ip -6 -o addr show dev wlan0 scope global | grep 2001:db8:f1:; }
f1_is() { of_f1 | grep -q "$1"; }
# One of two of this priority: else now the one is removed, now the other.
has_rule() { in_ns mn ip -6 rule | grep -q '^1066:.*from ::/1 '; }
events_lost() { [ "$(counter mn parent kernel_lost)" -gt 0 ] && ip_is mn; }

define others "a rival, an overrun, a forgery, another device, kill -9"
others_body() {
	setup virtual
	removed ha 1 "the home prefix" ip -6 route del $HOME_PREFIX::/64 dev mip6
	device ha
	# Messages that only look like the kernel's are counted.
	in_ns mn $PY -c "$forge"
	wait_for 3 forged || lost "a forgery is not noticed"
	# What happened while events were lost is found.
	kill -STOP "$(cat "$NET_DIR/mn.pid")"
	in_ns mn ip -6 rule del pref 1058
	i=0
	while [ $((i += 1)) -le 15000 ]; do
		echo "rule add pref 40000 lookup main"
		echo "rule del pref 40000 lookup main"
	done > batch
	in_ns mn ip -6 -batch batch || atf_fail "no burst of events"
	kill -CONT "$(cat "$NET_DIR/mn.pid")"
	wait_for 5 events_lost || lost "not compared after an overrun"
	# Somebody deletes the device.
	for n in mn ha; do
		pid=$(child_pid $n net)
		in_ns $n ip link del mip6
		wait_for 5 again $n "$pid" || lost "$n: the device is not made again"
		wait_for 5 reachable || lost "$n: no traffic by the new device"
	done
	closed
	# The address of a link that was left is deprecated, whoever changes that.
	in_ns sw ip link set mn-port master foreign2
	wait_for 10 agree 2001:db8:f2: || lost "it has not moved"
	wait_for 5 f1_is deprecated || lost "the old address is still preferred"
	in_ns mn ip -6 addr change "$(of_f1 | awk '{ print $4 }')" dev wlan0 \
	    mngtmpaddr valid_lft 3000 preferred_lft 2000
	wait_for 5 f1_is deprecated || lost "the old address is preferred again"
	wait_for 5 settled mn || lost "rows wait after a move"
	has_of mn > is.mn
	# Killed: the way out stays closed, also while the next life begins.
	mip6d_kill mn
	f1_is deprecated || atf_fail "killed, and preferred: $(of_f1)"
	! in_ns mn ip -6 route get $CN_ADDR from $MN_HOME ||
	    atf_fail "killed, and from the home address there is a way"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node any more"
	wait_for 15 reachable || lost "not reachable after a crash"
	! grep 'nobody asked for.*unreachable' "$NET_DIR/mn.log" ||
	    atf_fail "the way was open for a while"
	wait_for 5 ip_is mn || lost "not as before the crash"
	! f1_is deprecated || lost "the next life does not end what was left"
	closed
	# Somebody who means it: told once, and not fought.
	i=0
	while [ $((i += 1)) -le 8 ]; do
		wait_for 5 has_rule || lost "the rule is not put back"
		in_ns mn ip -6 rule del pref 1066 from ::/1
	done
	wait_for 3 fought || lost "nobody tells of the rival"
	[ "$(grep -c 'something keeps removing' "$NET_DIR/mn.log")" = 1 ] ||
	    atf_fail "told more than once"
	ctl mn -j show kernel | grep -q 'somebody keeps removing it' ||
	    atf_fail "$(ctl mn show kernel)"
	clean_end
}
