#!/usr/bin/env atf-sh
# The processes of the real daemon, as root in a network namespace of its own:
# what each child is confined by, seen from outside; who is restarted; what is
# left at the end.

. "$(atf_get_srcdir)/test.sh"

ROLES="control net ha mn cn ike store"

setup() {
	begin ip
	host_up
}

proc_field() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }

# mip6ctl's table of processes as lines "role field value"
processes() {
	ctl host -j show processes | /usr/bin/python3 -c '
import json, sys
for r in json.load(sys.stdin)["rows"]:
    for k, v in r.items():
        print(r["role"], k, v)'
}

process() { processes | awk -v r="$1" -v f="$2" \
    '$1 == r && $2 == f { $1 = $2 = ""; sub(/^ */, ""); print }'; }

define confined "uid, capabilities, chroot, no_new_privs, system calls"
confined_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	uid=$(id -u nobody)
	arch=$(uname -m)
	if [ "$arch" = x86_64 ]; then
		cc -o inject "$SRC/inject.c" || atf_fail "inject"
	fi
	other=$(child_pid host ike)
	for r in $ROLES; do
		pid=$(child_pid host "$r")
		[ "$r" = ike ] && other=$(child_pid host net)
		[ "$(process "$r" state)" = ready ] || atf_fail "$r: not ready"
		for f in Uid Gid; do
			v=$(awk -v f="$f:" '$1 == f { print $2, $3, $4, $5 }' \
			    "/proc/$pid/status")
			case $v in
			*[!0-9\ ]*|*" 0"*|"0 "*) atf_fail "$r: $f $v" ;;
			esac
		done
		[ "$(proc_field "$pid" Uid)" = "$uid" ] || atf_fail "$r: uid"
		for c in CapInh CapPrm CapEff CapBnd CapAmb; do
			[ "$(proc_field "$pid" $c)" = 0000000000000000 ] ||
			    atf_fail "$r: $c $(proc_field "$pid" $c)"
		done
		[ "$(proc_field "$pid" NoNewPrivs)" = 1 ] ||
		    atf_fail "$r: no_new_privs"
		[ "$(proc_field "$pid" Seccomp)" = 2 ] ||
		    atf_fail "$r: seccomp"
		root=/var/empty may=
		[ "$r" = store ] && root=$NET_DIR/state may=openat
		[ "$(readlink "/proc/$pid/root")" = "$root" ] ||
		    atf_fail "$r: root $(readlink "/proc/$pid/root")"
		grep -q "mip6d: $r" "/proc/$pid/cmdline" ||
		    atf_fail "$r: title"
		case $(process "$r" sandbox) in
		*"can signal it"*|"") atf_fail "$r: $(process "$r" sandbox)" ;;
		*no-signals*) ;;
		*) atf_fail "$r: $(process "$r" sandbox)" ;;
		esac
		if [ "$arch" = x86_64 ]; then
			./inject "$pid" "$other" $may > out || { cat out; atf_fail "$r: $(cat out)"; }
		fi
		kill -0 "$pid" || atf_fail "$r died of the probe"
	done
	atf_check_equal "$(find /var/empty | wc -l)" 1
}

define restart "kill -9 of a child: it is back, the others untouched"
restart_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	for victim in $ROLES; do
		for r in $ROLES; do
			child_pid host "$r" > "before.$r"
		done
		kill -9 "$(cat "before.$victim")"
		wait_for 10 restarted "$victim" ||
		    atf_fail "$victim did not come back"
		for r in $ROLES; do
			[ "$r" = "$victim" ] || atf_check_equal \
			    "$(cat "before.$r")" "$(child_pid host "$r")"
		done
		atf_check_equal "$(process "$victim" restarts)" 1
		process "$victim" last_exit | grep -q 'signal 9' ||
		    atf_fail "$victim: $(process "$victim" last_exit)"
		# Control has a pipe to each, whichever of the two is new.
		atf_check_equal "cn control ha ike mn net parent store " \
		    "$(rows host "show counters" role | sort -u | tr '\n' ' ')"
	done
	grep -c 'died: signal 9' "$NET_DIR/host.log" | grep -qx 7 ||
	    atf_fail "the log does not tell"
}
restarted() {
	_p=$(child_pid host "$1") && [ -n "$_p" ] && [ "$_p" != 0 ] &&
	    [ "$_p" != "$(cat "before.$1")" ] &&
	    [ "$(process "$1" state)" = ready ]
}

define backoff "a child that keeps dying is restarted ever more slowly"
backoff_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	for i in 1 2 3 4; do
		child_pid host cn > before.cn
		kill -9 "$(cat before.cn)"
		wait_for 10 restarted cn || atf_fail "not back"
	done
	for after in "at once" "in 100 ms" "in 200 ms" "in 400 ms"; do
		grep -q "cn: died: .* started again $after" \
		    "$NET_DIR/host.log" || atf_fail "not $after"
	done
}

# What the parent says of a child that it killed for silence.
noted() { process "$1" note | grep -q "$2"; }
said_hung() {
	grep -q "$1: does not answer for 5 s: killed" "$NET_DIR/host.log"
}

define hung "a child that hangs is killed and started again, each of them"
hung_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	for r in $ROLES; do
		child_pid host "$r" > "before.$r"
	done
	# One alone: the others go on.
	kill -STOP "$(cat before.net)"
	wait_for 10 noted net 'no word from it' ||
	    atf_fail "show processes does not tell that net is silent"
	wait_for 20 restarted net || atf_fail "net did not come back"
	said_hung net || atf_fail "the log does not tell of net"
	atf_check_equal "$(process net last_exit)" hung
	for r in control ha mn cn ike; do
		atf_check_equal "$(child_pid host "$r")" "$(cat "before.$r")"
	done
	# All others together, with the one that would answer.
	for r in control ha mn cn ike; do
		kill -STOP "$(cat "before.$r")"
	done
	for r in control ha mn cn ike; do
		wait_for 20 restarted "$r" || atf_fail "$r did not come back"
		said_hung "$r" || atf_fail "the log does not tell of $r"
		atf_check_equal "$(process "$r" last_exit)" hung
		[ "$(process "$r" exited_ms)" -lt 60000 ] ||
		    atf_fail "$r: ended $(process "$r" exited_ms) ms ago"
		atf_check_equal "$(process "$r" restarts)" 1
	done
	atf_check_equal "$(counter host parent hung)" 6
}

define hung_start "a child that hangs before it is ready is no dead end"
hung_start_body() {
	setup
	# Children are started by the name that the parent was: cn stops once.
	cat > wrapper <<-EOF
	#!/bin/bash
	if [ "\$2" = cn ] && mkdir $(pwd)/once 2>/dev/null; then
		kill -STOP \$\$
	fi
	exec -a $(pwd)/wrapper $MIP6D "\$@"
	EOF
	chmod 755 wrapper
	MIP6D=$(pwd)/wrapper
	mip6d_start host conf || atf_fail "no start"
	grep -q 'cn: says nothing in its first 15 s: killed' \
	    "$NET_DIR/host.log" || atf_fail "it was never hung"
	atf_check_equal "$(process cn restarts)" 1
}

# A socket as a service manager has one: what is said there is a file.
manager() {
	/usr/bin/python3 - "$1" <<-'EOF' &
	import os, socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	open("manager.up", "w").close()
	with open("told", "wb", 0) as f:
	    while True:
	        f.write(s.recv(4096) + b"\n")
	EOF
	echo $! >> "$NET_DIR/pids"
	wait_for 10 test -e manager.up || atf_fail "no service manager"
}
told() { [ "$(grep -c "$1" told)" -ge "${2:-1}" ]; }

define notify "a service manager is told what is up, and that it lives"
notify_body() {
	setup
	manager "$(pwd)/manager" || atf_fail "no manager"
	export NOTIFY_SOCKET="$(pwd)/manager" WATCHDOG_USEC=400000
	mip6d_start host conf || atf_fail "no start"
	parent=$(cat "$NET_DIR/host.pid")
	wait_for 10 told '^READY=1' || atf_fail "not ready: $(cat told)"
	told "^MAINPID=$parent$" || atf_fail "another pid: $(cat told)"
	# Twice in 0.4 seconds.
	wait_for 10 told '^WATCHDOG=1' 5 || atf_fail "no sign of life"
	wait_for 10 told '^STATUS=ready: control net ha mn cn ike' ||
	    atf_fail "no status: $(cat told)"
	atf_check -o ignore "$MIP6CTL" -s "$NET_DIR/host.sock" reload
	wait_for 10 told '^RELOADING=1' || atf_fail "no word of the reload"
	wait_for 10 told '^READY=1' 2 || atf_fail "no end of the reload"
	for r in $ROLES; do
		tr '\0' '\n' < "/proc/$(child_pid host "$r")/environ" |
		    grep -E 'NOTIFY|WATCHDOG' && atf_fail "$r inherited it"
	done
	mip6d_stop host || atf_fail "no end"
	told '^STOPPING=1' || atf_fail "no word of the end"
}

define parent_stopped "a parent that was stopped kills nobody when it goes on"
parent_stopped_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	for r in $ROLES; do
		child_pid host "$r" > "before.$r"
	done
	parent=$(cat "$NET_DIR/host.pid")
	kill -STOP "$parent"
	rule_time 7 "children outlive a parent that is only stopped"
	for r in $ROLES; do
		kill -0 "$(cat "before.$r")" || atf_fail "$r ended with it"
	done
	kill -CONT "$parent"
	wait_for 10 was_late || atf_fail "the pause was not noticed"
	for r in $ROLES; do
		atf_check_equal "$(child_pid host "$r")" "$(cat "before.$r")"
	done
	grep -q killed "$NET_DIR/host.log" && atf_fail "somebody was killed"
	atf_check_equal "$(counter host parent hung)" 0
}
was_late() { [ "$(counter host parent late_ticks)" -ge 1 ]; }

define parent_dies "the parent's death ends all"
parent_dies_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	pids=$(for r in $ROLES; do child_pid host "$r"; done)
	kill -9 "$(cat "$NET_DIR/host.pid")"
	for p in $pids; do
		wait_for 5 pid_gone "$p" || atf_fail "$p is left"
	done
}

define clean_end "SIGTERM and SIGINT leave nothing of ours"
clean_end_body() {
	setup
	for sig in TERM INT; do
		in_ns host ip -6 rule > rules.before
		in_ns host nft list ruleset > nft.before 2>&1
		mip6d_start host conf || atf_fail "no start"
		in_ns host ip link show mip6 >/dev/null || atf_fail "no tun"
		pid=$(cat "$NET_DIR/host.pid")
		kill -$sig "$pid"
		wait_for 10 pid_gone "$pid" || atf_fail "SIG$sig: still there"
		[ -e "$NET_DIR/host.sock" ] && atf_fail "socket left"
		in_ns host ip link show mip6 2>/dev/null && atf_fail "tun left"
		in_ns host ip -6 rule > rules.after
		in_ns host nft list ruleset > nft.after 2>&1
		atf_check cmp rules.before rules.after
		atf_check cmp nft.before nft.after
		in_ns host ip -6 route show proto 106 | grep . && atf_fail "routes"
	done
	atf_check_equal "$(grep -c ERROR "$NET_DIR/host.log")" 0
}

define crash_reconciled "what a killed daemon left is taken away at start"
crash_reconciled_body() {
	setup
	command -v nft >/dev/null || atf_skip "nft is not installed"
	in_ns host ip -6 rule > rules.before
	mip6d_start host conf || atf_fail "no start"
	in_ns host ip -6 rule add pref 1059 protocol 106 lookup main
	mip6d_kill host
	in_ns host nft list tables | grep -q mip6d ||
	    atf_fail "nothing was left to find"
	mip6d_start host conf || atf_fail "no start after a crash"
	in_ns host nft list table ip6 mip6d > table
	atf_check_equal "$(grep -c 'chain input' table)" 1
	mip6d_stop host || atf_fail "no end"
	in_ns host nft list tables | grep mip6d && atf_fail "table left"
	in_ns host ip -6 rule > rules.after
	atf_check cmp rules.before rules.after
}

define reload "SIGHUP and mip6ctl reload; a bad file changes nothing"
reload_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	child_pid host mn > before.mn
	echo 'log verbos' >> conf
	ctl host reload > out 2>&1 && atf_fail "took a bad file"
	grep -q 'conf:[0-9]*:5:' out || atf_fail "no place: $(cat out)"
	atf_check_equal "$(child_pid host mn)" "$(cat before.mn)"
	sed -i '$d' conf
	sed -i '/^correspondent/,$d' conf
	atf_check -o ignore -e ignore "$MIP6CTL" -s "$NET_DIR/host.sock" reload
	wait_for 5 gone cn || atf_fail "cn still runs"
	wait_for 5 gone ike || atf_fail "ike still runs"
	atf_check_equal "$(child_pid host mn)" "$(cat before.mn)"
	all_conf
	kill -HUP "$(cat "$NET_DIR/host.pid")"
	wait_for 5 is_ready cn || atf_fail "cn did not come back"
	sed -i 's/nobody/daemon/' conf
	ctl host reload > out 2>&1 && atf_fail "changed the user"
	grep -q 'user changed' out || atf_fail "$(cat out)"
}
gone() { [ -z "$(process "$1" state)" ]; }
is_ready() { [ "$(process "$1" state)" = ready ]; }

define refuses "what it can't run with is said, and the exit status is 1"
refuses_body() {
	setup
	sed 's/nobody/no-such-user/' conf > c1; chmod 600 c1
	atf_check -s exit:1 -e match:'user "no-such-user" does not exist' \
	    ip netns exec "$(ns host)" "$MIP6D" -d -f c1 -s ./s
	atf_check -e match:'would not start it: user "no-such-user" does not' \
	    ip netns exec "$(ns host)" "$MIP6D" -n -f c1
	sed 's/nobody/root/' conf > c2; chmod 600 c2
	atf_check -s exit:1 -e match:'root' \
	    ip netns exec "$(ns host)" "$MIP6D" -d -f c2 -s ./s
	mkdir ch; chmod 777 ch
	sed "s,/var/empty,$(pwd)/ch," conf > c3; chmod 600 c3
	atf_check -s exit:1 -e match:'must belong to root' \
	    ip netns exec "$(ns host)" "$MIP6D" -d -f c3 -s ./s
	in_ns host sysctl -qw net.ipv6.conf.all.forwarding=0
	chmod 600 conf
	atf_check -s exit:1 -e match:'sysctl net.ipv6.conf.all.forwarding=1' \
	    ip netns exec "$(ns host)" "$MIP6D" -d -f conf -s ./s
	atf_check -e match:'not start it: .*sysctl net.ipv6.conf.all.forward' \
	    ip netns exec "$(ns host)" "$MIP6D" -n -f conf
	in_ns host sysctl -qw net.ipv6.conf.all.forwarding=1
	mip6d_start host conf || atf_fail "no start"
	atf_check -s exit:1 -e match:'another mip6d is running' \
	    ip netns exec "$(ns host)" "$MIP6D" -d -f conf -s "$NET_DIR/host.sock"
	chmod 644 conf
	atf_check -s exit:1 -e match:'conf' "$MIP6D" -n -f conf
}

define moved "another state directory by a reload: the store begins anew in it"
moved_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	for r in $ROLES; do child_pid host "$r" > "before.$r"; done
	sed -i "s|\"$NET_DIR/state\"|\"$NET_DIR/state2\"|" conf
	chmod 600 conf
	ctl host reload || atf_fail "reload"
	wait_for 10 in_state2 || atf_fail "the store is not there"
	wait_for 10 all_ready || atf_fail "not ready"
	for r in $ROLES; do
		[ "$r" = store ] || atf_check_equal "$(cat "before.$r")" \
		    "$(child_pid host "$r")"
	done
	atf_check_equal "$(stat -c %U:%a "$NET_DIR/state2")" nobody:700
	# Somebody removes it: the next store has another.
	rm -r "$NET_DIR/state2"
	kill -9 "$(child_pid host store)"
	wait_for 10 in_state2 || atf_fail "it is not made again"
}
in_state2() {
	_p=$(child_pid host store) && [ -n "$_p" ] && [ "$_p" != 0 ] &&
	    [ "$(readlink "/proc/$_p/root")" = "$NET_DIR/state2" ]
}

define background "without -d it returns when all children are ready"
background_body() {
	setup
	sed -i '/^log/d' conf; chmod 600 conf
	atf_check ip netns exec "$(ns host)" "$MIP6D" -f conf \
	    -s "$NET_DIR/host.sock"
	pid=$(process parent pid)
	echo "$pid" > "$NET_DIR/host.pid"; echo "$pid" >> "$NET_DIR/pids"
	for r in $ROLES; do
		atf_check_equal "$(process "$r" state)" ready
	done
	mip6d_stop host || atf_fail "does not end"
	sed 's/nobody/no-such-user/' conf > c1; chmod 600 c1
	atf_check -s exit:1 -e ignore ip netns exec "$(ns host)" \
	    "$MIP6D" -f c1 -s ./s
}

define hostile_clients "garbage, half frames, 10,000 connections, no reading" 180
hostile_clients_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	pid=$(child_pid host control)
	before=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
	atf_check -o save:out /usr/bin/python3 "$SRC/hostile.py" \
	    "$NET_DIR/host.sock"
	cat out
	after=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
	echo "control: $before kB before, $after kB after"
	atf_check_equal "$(child_pid host control)" "$pid"
	[ $((after - before)) -lt 16384 ] || atf_fail "grew: $before $after"
	ctl host status || atf_fail "does not answer any more"
}

define silent "a process that is stopped: mip6ctl says which, and does not wait" 120
silent_body() {
	setup
	mip6d_start host conf || atf_fail "no start"
	stopped ha 4 status process ike_charon
	stopped ha 4 "show bindings"
	stopped ha 4 "show counters" counter
	stopped net 4 "show tunnels"
	stopped net 4 "show counters" counter
	for v in status "show bindings" "show counters"; do
		stopped control 2 "$v"
	done
	stopped parent 4 status ike_charon
	stopped parent 4 "show counters" counter
	stopped parent 4 "show spd"
	without_parent "show bindings" "show bul" "show tunnels" "show ike"
	wait_for 20 all_ready || atf_fail "not ready at the end"
	atf_check -o ignore "$MIP6CTL" -s "$NET_DIR/host.sock" status
}
all_ready() {
	for _r in $ROLES; do
		[ "$(process "$_r" state)" = ready ] || return 1
	done
}
# without_parent VERB...: children answer, though the parent is stopped.
without_parent() {
	wait_for 20 all_ready || atf_fail "before $1: not ready"
	_parent=$(child_pid host parent)
	kill -STOP "$_parent"
	for _verb; do
		# shellcheck disable=SC2086
		ctl host $_verb > said 2>&1 || atf_fail "$_verb: $(cat said)"
		[ "$(proc_field "$_parent" State)" = T ] ||
		    atf_fail "$_verb: the parent was not stopped"
	done
	kill -CONT "$_parent"
}
# The same with the role stopped for it, for less time than it may be silent.
stopped() {
	wait_for 20 all_ready || atf_fail "before $1: not ready"
	child_pid host "$1" > "pid.$1"
	kill -STOP "$(cat "pid.$1")"
	unanswered "$@"
	kill -CONT "$(cat "pid.$1")"
}
# unanswered ROLE EXIT-CODE VERB [TABLE]...: what mip6ctl says of a process
# that does not answer, and of which tables there are rows all the same.
unanswered() {
	_role=$1 _code=$2 _verb=$3; shift 3
	_begin=$(date +%s%N)
	# shellcheck disable=SC2086
	ctl_once host -j $_verb > json 2> said
	atf_check_equal "$_code" $?
	_took=$((($(date +%s%N) - _begin) / 1000000))
	echo "$_role: $_verb: $_took ms: $(cat said)"
	grep -q "^mip6ctl: $_role does not answer (stopped or busy)" said ||
	    atf_fail "$_verb: $(cat said)"
	# Two seconds, and as many for a machine that has other things to do.
	[ $_took -lt 4000 ] || atf_fail "$_verb: $_took ms"
	/usr/bin/python3 - "$_role" "$@" <<-'EOF' || atf_fail "$_verb: $(cat json)"
	import json, sys
	d = json.load(open("json"))
	tables = [r["table"] for r in d["rows"]]
	assert d["status"] == "error" and d["error"] == 110, d
	assert [r["role"] for r in d["rows"] if r["table"] == "silent"] == \
	    [sys.argv[1]], d
	for t in sys.argv[2:]:
	    assert t in tables, (t, tables)
	EOF
}
