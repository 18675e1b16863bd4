# Processes of a home agent and a mobile node that die or hang, while packets
# flow; sourced after lib.sh, by t_faults.sh and by the benchmark.
#
# One topology and one pair of daemons for all of it: they recover.  The node
# sends numbered datagrams from its home address, and the correspondent sends
# them back (probe.py).  What leaves on the foreign links with the home address
# as source of the packet is counted there: that would be in clear.

PROBE_PORT=7007
FAULT_ROLES="control net ha mn ike store"

# faults_up MILLISECONDS: all of it, and a stream of one datagram each so many
faults_up() {
	pair_up virtual || return 1
	echo 'ike { identity "ha@example.com"; }' >> "$NET_DIR/ha.conf"
	in_ns core nft -f - <<-NFT || return 1
	table ip6 watch {
		chain clear {
			type filter hook prerouting priority -300
			iifname { "f1", "f2" } ip6 saddr $MN_HOME counter
		}
	}
	NFT
	clear_is_seen || { net_say "what leaves in clear is not seen"; return 1; }
	ra_start 0.03 0.07
	mn_to foreign1; fault_at=1
	mip6d_start ha "$NET_DIR/ha.conf" || return 1
	mip6d_start mn "$NET_DIR/mn.conf" || return 1
	wait_for 20 agree 2001:db8:f1: || { net_say "not registered"; return 1; }
	probe_up "$1"
}

probe_up() {
	PROBE_MS=$1
	_py=${PYTHON:-/usr/bin/python3} _probe=${PROBE:-$SRC/probe.py}
	ip netns exec "$(ns cn)" "$_py" "$_probe" echo $CN_ADDR $PROBE_PORT &
	echo $! >> "$NET_DIR/pids"
	mkfifo "$NET_DIR/ask" "$NET_DIR/told"
	ip netns exec "$(ns mn)" "$_py" "$_probe" send $MN_HOME $CN_ADDR \
	    $PROBE_PORT "$1" < "$NET_DIR/ask" > "$NET_DIR/told" &
	echo $! >> "$NET_DIR/pids"
	exec 8> "$NET_DIR/ask" 9< "$NET_DIR/told"
	[ "$(probe answered 50 20)" = ok ] || { net_say "no answers"; return 1; }
}

# What it has to say to a command that has an answer; the others are for tell.
probe() { tell "$@"; read -r _line <&9 && echo "$_line"; }
tell() { echo "$@" >&8; }

# Before there is a tunnel, the node asks for a neighbour from its home address
# on either link: that is counted.
clear_is_seen() {
	addr mn wlan0 $MN_HOME/128
	for _l in 1 2; do
		mn_to foreign$_l
		in_ns mn ip -6 route replace 2001:db8:f$_l::/64 dev wlan0
		wait_for 5 more_in_clear $_l "$(in_clear)" || return 1
		in_ns mn ip -6 route del 2001:db8:f$_l::/64 dev wlan0
	done
	in_ns mn ip -6 addr del $MN_HOME/128 dev wlan0
}
more_in_clear() {
	in_ns mn ping -c 1 -W 0.2 -I $MN_HOME 2001:db8:f$1::1
	[ "$(in_clear)" -gt "$2" ]
}

in_clear() {
	in_ns core nft list table ip6 watch |
	    sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}

# pids_of NODE ROLE: of a role, of the parent, of all of them
pids_of() {
	case $2 in
	parent) cat "$NET_DIR/$1.pid" ;;
	all)	cat "$NET_DIR/$1.pid"
		for _r in $FAULT_ROLES; do child_pid "$1" "$_r"; done ;;
	*)	child_pid "$1" "$2" ;;
	esac
}

# Nobody may have waited for them yet: a zombie is gone, too.
all_gone() {
	for _p; do
		case $(sed 's/.*) \(.\).*/\1/' "/proc/$_p/stat" 2>/dev/null) in
		''|Z|X)	;;
		*)	return 1 ;;
		esac
	done
}

restarts_of() {
	ctl "$1" -j show processes | ${PYTHON:-/usr/bin/python3} -c '
import json, sys
print(sum(r.get("restarts", 0) for r in json.load(sys.stdin)["rows"]))'
}

# Bring back what does not come back by itself, as a service manager does.
start_again() {
	wait_for 10 all_gone $2 || { fault_why="some are left"; return 1; }
	mip6d_start "$1" "$NET_DIR/$1.conf" || fault_why="no new start"
}

# A parent that stands still for longer than a child may keeps nobody from
# working.  Then it goes on, and ends nobody for what it has not heard meanwhile.
stand_still() {
	_before=$(restarts_of "$1")
	kill -STOP "$2"
	[ "$(probe answered $((6500 / PROBE_MS)) 60)" = ok ] ||
	    fault_why="traffic stopped"
	kill -CONT "$2"
	[ "$(probe answered $((2500 / PROBE_MS)) 60)" = ok ] ||
	    fault_why="traffic stopped afterwards"
	wait_for 15 restarts_of "$1"
	[ "$(restarts_of "$1")" = "$_before" ] || fault_why="somebody was ended"
}

# recovers NODE ROLE SIGNAL PIDS
recovers() {
	case $2-$3 in
	parent-STOP)	stand_still "$1" "$4"; return ;;
	esac
	case $2 in
	parent|all)	_all=$(pids_of "$1" all) ;;
	esac
	kill -"$3" $4
	case $2 in
	parent|all)	start_again "$1" "$_all" ;;
	*)		wait_for 20 reborn "$1" "$2" "$4" ||
			    fault_why="$2 is not back" ;;
	esac
}

# fault NODE ROLE idle|traffic|handover 9|STOP: sets fault_lost, fault_ms, the
# datagrams lost and the longest outage, and fault_why, empty if all is well.
fault() {
	fault_why= fault_lost=- fault_ms=-
	_clear=$(in_clear)
	_pids=$(pids_of "$1" "$2" | tr '\n' ' ') _pids=${_pids% }
	[ -n "$_pids" ] || { fault_why="no such process"; return 1; }
	case $3 in
	idle)	tell pause ;;
	*)	tell mark ;;
	esac
	if [ "$3" = handover ]; then
		fault_at=$((3 - fault_at))
		mn_to foreign$fault_at
	fi
	recovers "$1" "$2" "$4" "$_pids"
	if [ "$3" = idle ]; then
		# What is lost from here on has no excuse but the node's.
		wait_for 20 agree 2001:db8:f$fault_at:
		tell mark; tell go
	fi
	set -- $(probe report 40)
	case $1 in
	never)	fault_why="${fault_why:+$fault_why; }not reachable" ;;
	*)	fault_lost=$1 fault_ms=$2 ;;
	esac
	wait_for 20 agree 2001:db8:f$fault_at: ||
	    fault_why="${fault_why:+$fault_why; }not registered"
	_clear=$(($(in_clear) - _clear))
	[ $_clear = 0 ] ||
	    fault_why="${fault_why:+$fault_why; }$_clear packets in clear"
	[ -z "$fault_why" ]
}
