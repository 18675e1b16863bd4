#!/usr/bin/env atf-sh
# What is this host's in the kernel, and whose: one daemon a network namespace,
# what a dead one left is undone, and what others remove of ours comes back.

. "$(atf_get_srcdir)/test.sh"

setup() {
	begin ip nft
	host_up
	in_ns host ip link set wlan0 up
	in_ns host ip link set other up
}

# mip6d as a second one, or for a moment, in the namespace of the host
second() { ip netns exec "$(ns host)" "$MIP6D" "$@"; }

# All of the kernel's that a daemon could have changed, as lines.
kernel() {
	in_ns host ip -6 rule
	in_ns host ip -6 route show table all | grep -v '^fe80\|^ff00\|^multicast' |
	    sed 's/ expires [0-9]*sec//'
	in_ns host ip -6 addr show dev mip6
	in_ns host nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'
	in_ns host sysctl net.ipv6.conf.wlan0.optimistic_dad \
	    net.ipv6.conf.wlan0.use_optimistic
} 2>/dev/null

# Rules as of a mobile node that is away, so that there is something to lose.
away() {
	in_ns host ip -6 addr add 2001:db8:f::2/64 dev wlan0 nodad
	in_ns host ip -6 route add default via fe80::1 dev wlan0
	mip6d_start host conf || atf_fail "no start"
	wait_for 10 has_home || atf_fail "no home address"
}
has_home() { in_ns host ip -6 addr show dev mip6 | grep -q 2001:db8:2::100; }

define second_one "a second daemon says who has the lock and changes nothing"
second_one_body() {
	setup
	away
	pid=$(cat "$NET_DIR/host.pid")
	kernel > before
	grep -q 'table ip6 mip6d' before || atf_fail "nothing to lose"
	# Another socket and another pidfile: the tun device is the lock.
	atf_check -s exit:1 -e inline:"mip6d: another mip6d is running here, \
pid $pid: it has the tun device mip6
" ip netns exec "$(ns host)" "$MIP6D" -d -f conf -s "$(pwd)/other.sock"
	[ ! -e other.sock ] || atf_fail "left a socket"
	[ ! -e other.sock.pid ] || atf_fail "left a pidfile"
	# In the background, too: the line itself, not where it is.
	atf_check -s exit:1 -e match:"^mip6d: another mip6d is running here, \
pid $pid: it has the tun device mip6$" \
	    ip netns exec "$(ns host)" "$MIP6D" -f conf -s "$(pwd)/other.sock"
	# One that can't run here at all.
	in_ns host sysctl -qw net.ipv6.conf.all.forwarding=0
	atf_check -s exit:1 -e match:'a home agent must forward' \
	    ip netns exec "$(ns host)" "$MIP6D" -d -f conf -s "$(pwd)/other.sock"
	in_ns host sysctl -qw net.ipv6.conf.all.forwarding=1
	# In another namespace the pidfile is what two can't share.
	ns_add elsewhere
	in_ns elsewhere sysctl -qw net.ipv6.conf.all.forwarding=1
	atf_check -s exit:1 -e inline:"mip6d: another mip6d is running, pid \
$pid: it holds $NET_DIR/host.sock.pid
" ip netns exec "$(ns elsewhere)" "$MIP6D" -d -f conf -s "$(pwd)/other.sock" \
	    -p "$NET_DIR/host.sock.pid"
	in_ns elsewhere ip link show mip6 2>/dev/null && atf_fail "its tun is left"
	in_ns elsewhere nft list tables | grep . && atf_fail "its table is left"
	# Nor does -u undo anything of one that lives.
	atf_check -s exit:1 -e match:"^mip6d: nothing is undone: another mip6d \
is running here, pid $pid" \
	    ip netns exec "$(ns host)" "$MIP6D" -u -f conf -s "$(pwd)/other.sock"
	kernel > after
	atf_check cmp before after
	ctl host status > /dev/null || atf_fail "the first one does not answer"
}

define signals "-k signals the one that holds the pidfile, and waits for its end"
signals_body() {
	setup
	file=$NET_DIR/host.sock.pid
	atf_check -s exit:1 -e inline:"mip6d: no mip6d is running that holds \
$file
" ip netns exec "$(ns host)" "$MIP6D" -k 0 -f conf -s "$NET_DIR/host.sock"
	mip6d_start host conf || atf_fail "no start"
	pid=$(cat "$NET_DIR/host.pid")
	atf_check_equal "$(cat "$file")" "$pid"
	for s in 0 HUP; do
		atf_check -o inline:"$pid
" ip netns exec "$(ns host)" "$MIP6D" -k $s -f conf -s "$NET_DIR/host.sock"
	done
	wait_for 10 grep -q 'configuration reloaded' "$NET_DIR/host.log" ||
	    atf_fail "no reload"
	# A file that is being edited does not keep it from being ended.
	echo 'nonsense' > broken; chmod 600 broken
	atf_check -o inline:"$pid
" -e match:'going on with the defaults' ip netns exec "$(ns host)" "$MIP6D" \
	    -k TERM -f broken -s "$NET_DIR/host.sock"
	pid_gone "$pid" || wait_for 5 pid_gone "$pid" || atf_fail "still there"
	[ ! -e "$file" ] || atf_fail "the pidfile is left"
	grep -q ': ended$' "$NET_DIR/host.log" || atf_fail "no clean end"
}

# rc SYSTEM NS COMMAND: the script of that system, with a rc.subr of few words,
# for the daemon of that namespace
rc() {
	sed -e "s,@PREFIX@/sbin/mip6d,$MIP6D," \
	    -e "s,@SYSCONFDIR@/mip6d.conf,$(pwd)/$2.conf," \
	    -e "s,^.*\\. /etc/rc.subr,. $(pwd)/rc.subr," \
	    "$TOP/etc/rc.d/mip6d.$1" > "rc.$1"
	cat > rc.subr <<-'SUBR'
	load_rc_config() { :; }
	run_rc_command() { eval "\$${1}_cmd"; }
	SUBR
	ip netns exec "$(ns "$2")" sh "rc.$1" "$3"
}

define rc_scripts "they end the daemon of their configuration, of two on a host"
rc_scripts_body() {
	setup
	ns_add elsewhere
	in_ns elsewhere sysctl -qw net.ipv6.conf.all.forwarding=1
	for n in host elsewhere; do
		{ echo "pidfile \"$(pwd)/$n.pid\""; sed '/^control/d' conf
		    echo "control socket \"$NET_DIR/$n.sock\""; } > "$n.conf"
	done
	for system in freebsd netbsd; do
		for n in host elsewhere; do
			mip6d_start $n "$n.conf" || atf_fail "no start in $n"
			atf_check_equal "$(rc $system $n status)" \
			    "mip6d is running as pid $(cat "$NET_DIR/$n.pid")."
		done
		# The one that was started first is not the newest one.
		rc $system host stop || atf_fail "$system: stop"
		pid_gone "$(cat "$NET_DIR/host.pid")" ||
		    wait_for 5 pid_gone "$(cat "$NET_DIR/host.pid")" ||
		    atf_fail "$system: does not end"
		atf_check_equal "$(rc $system host status)" \
		    "mip6d is not running."
		ctl elsewhere status > /dev/null ||
		    atf_fail "$system: the other one does not answer"
		rc $system elsewhere reload || atf_fail "$system: reload"
		wait_for 5 grep -q 'configuration reloaded' \
		    "$NET_DIR/elsewhere.log" || atf_fail "$system: no reload"
		# One that was killed leaves nothing behind a stop.
		kill -9 "$(cat "$NET_DIR/elsewhere.pid")"
		in_ns elsewhere nft list tables | grep -q mip6d ||
		    atf_fail "$system: nothing is left to be undone"
		rc $system elsewhere stop
		in_ns elsewhere nft list tables | grep mip6d &&
		    atf_fail "$system: the table is left"
	done
	true
}

define undo "-u removes what a killed daemon left, all of it"
undo_body() {
	setup
	away
	pid=$(cat "$NET_DIR/host.pid")
	children=$(for r in net ha mn; do child_pid host $r; done)
	kill -9 "$pid"
	for p in $children; do
		wait_for 5 pid_gone "$p" || atf_fail "$p is left"
	done
	in_ns host nft list tables | grep -q mip6d || atf_fail "nothing was left"
	in_ns host ip -6 rule | grep -q 'proto 106' || atf_fail "no rule left"
	in_ns host ip -6 route replace 2001:db8:2::1 via fe80::1 dev wlan0 \
	    metric 1 proto 106
	for k in optimistic_dad use_optimistic; do
		atf_check_equal 106 \
		    "$(in_ns host sysctl -n net.ipv6.conf.wlan0.$k)"
	done
	atf_check -e match:'^mip6d: removed what bears our mark.*unreachable' \
	    ip netns exec "$(ns host)" "$MIP6D" -u -f conf \
	    -s "$NET_DIR/host.sock"
	kernel > after
	grep -w '106\|mip6' after && atf_fail "something is left"
	in_ns host ip link show mip6 2>/dev/null && atf_fail "tun left"
	[ ! -e "$NET_DIR/host.sock" ] || atf_fail "socket left"
	[ ! -e "$NET_DIR/host.sock.pid" ] || atf_fail "pidfile left"
	# Where nothing is left nothing is wrong, and the next one starts.
	atf_check ip netns exec "$(ns host)" "$MIP6D" -u -f conf \
	    -s "$NET_DIR/host.sock"
	mip6d_start host conf || atf_fail "no start"
}

define reasons "a start that fails prints its reason, not where to look"
reasons_body() {
	setup
	sed -i '/^log/d' conf; chmod 600 conf
	sed 's/nobody/no-such-user/' conf > c1
	sed "s,/var/empty,$(pwd)/no/such/dir," conf > c2
	sed 's,^user,pidfile "/no/such/dir/mip6d.pid"; user,' conf > c3
	chmod 600 c?
	atf_check -s exit:1 -e inline:"mip6d: user \"no-such-user\" does not \
exist: create it, or name another one by \`user' in the configuration
" ip netns exec "$(ns host)" "$MIP6D" -f c1 -s "$(pwd)/s"
	atf_check -s exit:1 -e inline:"mip6d: $(pwd)/no/such/dir: No such file \
or directory
" ip netns exec "$(ns host)" "$MIP6D" -f c2 -s "$(pwd)/s"
	atf_check -s exit:1 -e inline:"mip6d: pidfile /no/such/dir/mip6d.pid: \
No such file or directory
" ip netns exec "$(ns host)" "$MIP6D" -f c3 -s "$(pwd)/s"
	atf_check -s exit:1 -e inline:"mip6d: $(pwd)/no/s: No such file or \
directory
" ip netns exec "$(ns host)" "$MIP6D" -f conf -s "$(pwd)/no/s" -p "$(pwd)/pid"
	# One file too few, whether it goes to the background or not.
	for d in '' -d; do
		atf_check -s exit:1 -e match:'^mip6d: only 12 files may be open at a time, and it takes [0-9]*: ulimit -n$' \
		    ip netns exec "$(ns host)" sh -c "ulimit -n 12; exec \
		    '$MIP6D' $d -f conf -s '$(pwd)/s'"
	done
	in_ns host nft list tables | grep . && atf_fail "a table is left"
	in_ns host ip link show mip6 2>/dev/null && atf_fail "tun left"
	for f in s s.pid pid; do
		[ ! -e $f ] || atf_fail "$f is left"
	done
}

# in_log N TEXT: that line is there N times
in_log() { [ "$(grep -c "$2" "$NET_DIR/host.log")" = "$1" ]; }
table_is_whole() {
	in_ns host nft list table ip6 mip6d | sed 's/packets [0-9]* bytes [0-9]*//' |
	    cmp - table
}
rival_named() {
	in_ns host nft flush chain ip6 mip6d output
	ctl host why | grep -q 'another program keeps removing'
}

define filter "the filter is put back, whoever removed it and whatever of it" 120
filter_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	in_ns host nft list table ip6 mip6d |
	    sed 's/packets [0-9]* bytes [0-9]*//' > table
	grep -q 'jump options' table || atf_fail "no table"
	for cmd in 'flush ruleset' 'delete table ip6 mip6d' \
	    'flush chain ip6 mip6d input' 'add rule ip6 mip6d input accept' \
	    'add table ip6 mip6d { flags dormant; }' \
	    'delete chain ip6 mip6d output'; do
		in_ns host nft "$cmd" || atf_fail "nft $cmd"
		wait_for 10 table_is_whole || {
			in_ns host nft list ruleset
			atf_fail "$cmd: not put back"
		}
	done
	# One rule of it.
	h=$(in_ns host nft -a list chain ip6 mip6d output |
	    sed -n 's/.*handle \([0-9]*\)$/\1/p' | tail -1)
	in_ns host nft delete rule ip6 mip6d output handle "$h"
	wait_for 10 table_is_whole || atf_fail "the rule is not put back"
	grep -q 'put back into the kernel .*the filter' "$NET_DIR/host.log" || atf_fail "no line"
	ctl host -j show kernel > rows
	/usr/bin/python3 -c '
import json, sys
rows = [r for r in json.load(open("rows"))["rows"] if r["kind"] == "filter"]
sys.exit(len(rows) != 1 or rows[0]["put_back"] != 7)' ||
	    { cat rows; atf_fail "show kernel does not tell"; }
	# Tables of others are theirs.
	lines=$(grep -c 'put back into the kernel .*the filter' \
	    "$NET_DIR/host.log")
	in_ns host nft 'add table ip6 other; add table inet mip6d;
	    add chain inet mip6d input; delete table inet mip6d'
	ctl host reload || atf_fail "reload"
	in_log "$lines" 'put back into the kernel .*the filter' || atf_fail "put back in vain"
	# Somebody who means it is named, and not fought.
	wait_for 30 rival_named || atf_fail "the rival is not named"
	ctl host status > out 2>&1
	grep -q degraded out || { cat out; atf_fail "status does not tell"; }
	# The end is an end all the same.
	mip6d_stop host || atf_fail "no end"
	in_ns host nft list tables > tables
	atf_check_equal "$(cat tables)" "table ip6 other"
}

# what a home address that is away sends to a group, by the ways of groups.py
sent() { in_ns host "$PY" "$SRC/groups.py" 2001:db8:2::100 wlan0; }
sent_is() { [ "$(sent)" = "$1" ]; }
killed() {
	_all="$(cat "$NET_DIR/host.pid") $(for r in net ha mn; do
	    child_pid host $r; done)"
	kill -9 $_all
	for p in $_all; do
		wait_for 5 pid_gone "$p" || atf_fail "$p is left"
	done
}

define groups "from a home address that is away nothing gets to a group in clear" 120
groups_body() {
	setup
	closed_to_groups nft
}

define groups_ip6tables "the same where the kernel has no nf_tables" 120
groups_ip6tables_body() {
	setup
	why=$(has_ip6tables host) || atf_skip "$why"
	no_nft
	closed_to_groups ip6tables
}

# started: and the home address is there
started() {
	mip6d_start host conf || atf_fail "no $1 start"
	wait_for 10 has_home || atf_fail "no home address"
}

# closed_to_groups nft|ip6tables: by that
closed_to_groups() {
	# All that leaves does, when nobody minds.
	sent_is "device group info" || atf_fail "nothing leaves: $(sent)"
	in_ns host ip -6 addr add 2001:db8:f::2/64 dev wlan0 nodad
	in_ns host ip -6 route add default via fe80::1 dev wlan0
	started first
	wait_for 40 filter_is host "$1" || atf_fail "is not in use"
	wait_for 10 sent_is "tun" || atf_fail "$(sent)"
	filter_flush host "$1" || atf_fail "flush"
	wait_for 15 sent_is "tun" || atf_fail "flushed: $(sent)"
	if [ "$1" = nft ]; then
		in_ns host nft 'flush set ip6 mip6d homes' || atf_fail "no set"
		wait_for 10 sent_is "tun" || atf_fail "set: $(sent)"
	fi
	ctl host reload || atf_fail "reload"
	sent_is "tun" || atf_fail "reloaded: $(sent)"
	# With all of it dead, and from the first moment of the next.
	killed
	sent_is "" || atf_fail "killed: $(sent)"
	started second
	sent_is "tun" || atf_fail "started: $(sent)"
	killed
	second -u -f conf -s "$NET_DIR/host.sock" 2> /dev/null
	sent_is "device group info" || atf_fail "-u: $(sent)"
	mip6d_start host conf || atf_fail "no third start"
	wait_for 10 sent_is "tun" || atf_fail "$(sent)"
	mip6d_stop host || atf_fail "no end"
	sent_is "device group info" || atf_fail "end: $(sent)"
}

define forwarding "a home agent says when it does not forward, and when it does"
forwarding_body() {
	setup
	in_ns host ip link add home type veth peer name home-peer
	in_ns host ip link set home up
	sed -i 's/home-link virtual/home-link "home"/' conf
	in_ns host ip -6 addr add 2001:db8:1::1/64 dev home nodad
	mip6d_start host conf || atf_fail "no start"
	n=0
	for f in all home mip6; do
		in_ns host sysctl -qw net.ipv6.conf.$f.forwarding=0
		wait_for 5 grep -q "net.ipv6.conf.$f.forwarding is 0" \
		    "$NET_DIR/host.log" || atf_fail "$f: nothing is said"
		ctl host why > out
		grep -q 'forwarding-off' out || { cat out; atf_fail "$f: why"; }
		ctl host status | grep -q degraded || atf_fail "$f: status"
		in_ns host sysctl -qw net.ipv6.conf.$f.forwarding=1
		n=$((n + 1))
		wait_for 5 in_log $n 'no longer: forwarding is switched off' ||
		    atf_fail "$f: not said that it is on again"
		! ctl host why | grep -q forwarding-off || atf_fail "$f: stays"
	done
}

optimistic_is() {
	[ "$(in_ns host sysctl -n net.ipv6.conf.wlan0.optimistic_dad)" = "$1" ] &&
	[ "$(in_ns host sysctl -n net.ipv6.conf.wlan0.use_optimistic)" = "$1" ]
}
captured() {	# an interface has its packet socket
	_i=$(in_ns host cat /sys/class/net/wlan0/ifindex)
	in_ns host awk -v i="$_i" '$5 == i { f = 1 } END { exit !f }' \
	    /proc/net/packet
}

define settings "optimistic DAD stays on, also when the interface is made again"
settings_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	optimistic_is 106 || atf_fail "is not on"
	captured || atf_fail "no capture"
	in_ns host sysctl -qw net.ipv6.conf.wlan0.optimistic_dad=0
	wait_for 15 optimistic_is 106 || atf_fail "is not put back"
	grep -q 'put back .*optimistic DAD on wlan0' "$NET_DIR/host.log" ||
	    atf_fail "no line"
	# Made again: it is another one, and no rival is in it.
	for i in 1 2 3; do
		in_ns host ip link del wlan0
		in_ns host ip link add wlan0 type veth peer name other
		in_ns host ip link set wlan0 up
		wait_for 10 optimistic_is 106 || atf_fail "$i: is not on"
		wait_for 10 captured || atf_fail "$i: no capture"
	done
	# What the operator chose stays his.
	in_ns host sysctl -qw net.ipv6.conf.wlan0.optimistic_dad=1
	mip6d_stop host || atf_fail "no end"
	atf_check_equal 1 \
	    "$(in_ns host sysctl -n net.ipv6.conf.wlan0.optimistic_dad)"
	atf_check_equal 0 \
	    "$(in_ns host sysctl -n net.ipv6.conf.wlan0.use_optimistic)"
}
