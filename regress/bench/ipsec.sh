#!/bin/sh
# ipsec.sh: mobile node and home agent with IKEv2 and IPsec, in one run in the
# same guest, against what charon does alone.
#
#	moves	from the loss of one of two links until packets are back through
#		the tunnel: mip6d (PF_KEY MIGRATE) and charon's own MOBIKE
#	nodes	that come all at once, from three hosts: IKE_SAs a second of the
#		charons alone, and registrations a second with mip6d, in whose
#		time the hosts' connections are loaded, too; for both charon's
#		limit of half-open IKE_SAs an address is off
#
#	ipsec.sh [-j] [-n MOVES] [-N HOSTS]	50, and 3 with 30 nodes each
#
# Needs no privileges: the guest is User-Mode Linux, whose processor is slow;
# what can be compared are the rows of one run.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" != guest ]; then
	format=table moves=50 hosts=3
	while getopts jn:N: o; do
		case $o in
		j)	format=json ;;
		n)	moves=$OPTARG ;;
		N)	hosts=$OPTARG ;;
		*)	echo "usage: ipsec.sh [-j] [-n moves] [-N hosts]" >&2
			exit 2 ;;
		esac
	done
	LAB_SOURCE=$TOP LAB_MEM=768 LAB_DIR=$(mktemp -d)
	mkdir "$LAB_DIR/out"
	# shellcheck source=../lab/lib.sh
	. "$TOP/regress/lab/lib.sh"
	why=$(lab_missing charon) || for c in radvd tcpdump; do
		command -v $c >/dev/null || why="$c is not installed"
	done
	if [ -n "$why" ]; then
		echo "ipsec: $why: skipped"
		rm -rf "$LAB_DIR"
		exit 0
	fi
	lab_up box || exit 1
	lab_run -t 1500 box "MOVES=$moves HOSTS=$hosts OUT=$LAB_DIR/out \
	    sh $TOP/regress/bench/ipsec.sh guest >$LAB_DIR/out/run.txt 2>&1" &
	run=$!
	tail -n +1 -F --pid=$run "$LAB_DIR/out/run.txt" >&2 2>/dev/null
	wait $run || { tail -n 20 "$LAB_DIR"/out/*.log; exit 1; }
	lab_down
	trap - EXIT
	if [ $format = json ]; then
		cat "$LAB_DIR/out/figures"
	else
		/usr/bin/python3 "$TOP/regress/bench/ipsec.py" table \
		    "$LAB_DIR/out/figures"
	fi
	rm -rf "$LAB_DIR"
	exit 0
fi

MN_INTERFACES='interface "wlan0"; interface "eth1"'
# shellcheck source=../lab/ipsec_guest.sh
. "$TOP/regress/lab/ipsec_guest.sh"
BENCH=$TOP/regress/bench/ipsec.py

say() { echo "== $*"; }
fail() { echo "FAILED: $*"; ig_save; net_down; exit 1; }
at_mn() { ip netns exec "$(ns mn)" $PYTHON "$BENCH" "$@"; }
figure() { printf '{"%s": %s}\n' "$1" "$2" >> "$OUT/figures"; }

# stop_charons NS...: and leave nothing of them.
stop_charons() {
	for _n; do
		kill "$(cat $NET_DIR/$_n.charon.pid)"
		wait_for 10 pid_gone "$(cat $NET_DIR/$_n.charon.pid)"
		in_ns $_n ip xfrm state flush
		in_ns $_n ip xfrm policy flush
	done
}

moves() {
	ROAM=no
	ig_up || fail "it does not come up"
	in_ns sw ip link set mn-port2 up
	mn_to foreign1
	wait_for 30 ig_at "[12]" || fail "not registered"
	ip netns exec "$(ns cn)" $PYTHON "$TOP/regress/bench/stream.py" \
	    echo $CN_ADDR &
	echo $! >> $NET_DIR/pids
	say "$MOVES moves with mip6d"
	f=$(at_mn move $MN_HOME $CN_ADDR "$MOVES" wlan0 eth1) ||
	    fail "moves with mip6d"
	figure mip6d "$f"
	mip6d_stop mn
	mip6d_stop ha
	stop_charons ha mn

	ROAM=yes
	ig_charon ha && ig_charon mn || fail "charon"
	in_ns mn ip addr add $MN_HOME/128 dev lo nodad
	for _n in ha mn; do
		$PYTHON "$BENCH" mobike $NET_DIR/$_n.vici $_n $HA_ADDR \
		    $MN_HOME || fail "the connection at $_n"
	done
	say "$MOVES moves with MOBIKE"
	f=$(at_mn move $MN_HOME $CN_ADDR "$MOVES" wlan0 eth1) ||
	    fail "moves with MOBIKE"
	figure mobike "$f"
	in_ns mn ip addr del $MN_HOME/128 dev lo
	stop_charons ha mn
}

# Each host has 30 home addresses: 3 at each of 10 home agent addresses.
each_host() { seq 1 "$HOSTS" | sed 's/^/mn/'; }
first_of() { echo $(((${1#mn} - 1) * 30)); }
coa_of() { echo "2001:db8:f1::c${1#mn}"; }

hosts_up() {
	for _h in $(each_host); do
		ns_add "$_h" && veth "$_h" wlan0 sw "$_h-port" || return 1
		in_ns sw ip link set "$_h-port" master foreign1
		in_ns "$_h" ip addr add "$(coa_of "$_h")/64" dev wlan0 nodad
	done
	in_ns ha ip addr flush dev home scope global
	for _l in 1 2 3 4 5 6 7 8 9 a; do
		in_ns ha ip addr add 2001:db8:1:$_l::1/128 dev home nodad
	done
	in_ns core ip route add 2001:db8:1::/48 via 2001:db8:aa::2
	in_ns core ping -6 -n -c 1 -W 5 2001:db8:1:1::1 >/dev/null
}

hosts_configurations() {
	common="user \"nobody\"; chroot \"/tmp/empty\"; log stderr"
	for _h in ha $(each_host); do
		cat > $NET_DIR/$_h.conf <<-CONF
		$common; state-directory "$NET_DIR/$_h.state"
		control socket "$NET_DIR/$_h.sock"
		CONF
	done
	cat >> $NET_DIR/ha.conf <<-CONF
	ike { vici-socket "$NET_DIR/ha.vici"; identity "ha@example.com" }
	home-agent {
		$($PYTHON "$BENCH" blocks ha 0 $NODES)
	}
	CONF
	for _h in $(each_host); do
		cat >> $NET_DIR/$_h.conf <<-CONF
		ike { vici-socket "$NET_DIR/$_h.vici" }
		mobile-node {
			interface "wlan0"
			$($PYTHON "$BENCH" blocks mn "$(first_of $_h)" 30)
		}
		CONF
	done
}

charons_up() {
	for _h in ha $(each_host); do
		ig_charon "$_h" || return 1
	done
}

ms() { date +%s%3N; }
loaded() {
	grep -q "charon: $NODES connections loaded" $NET_DIR/ha.log
}
bound() {
	[ "$(ctl ha show bindings | grep -c ' bound')" -ge "$NODES" ]
}

nodes() {
	NODES=$((30 * HOSTS)) ROAM=no DOS_PROTECTION=no
	hosts_up && charons_up || fail "$HOSTS hosts"
	$PYTHON "$BENCH" load $NET_DIR/ha.vici ha 0 $NODES - ||
	    fail "loading"
	vicis=
	for h in $(each_host); do
		$PYTHON "$BENCH" load $NET_DIR/$h.vici mn "$(first_of $h)" 30 \
		    "$(coa_of $h)" || fail "loading at $h"
		vicis="$vicis $NET_DIR/$h.vici"
	done
	say "IKE_SAs with $NODES nodes"
	# shellcheck disable=SC2086
	f=$($PYTHON "$BENCH" initiate $vicis) || fail "IKE"
	figure ike "$f"
	stop_charons ha $(each_host)

	hosts_configurations
	for h in $(each_host); do
		in_ns sw ip link set "$h-port" down
	done
	: > $NET_DIR/ha.log
	charons_up && ig_mip6d ha || fail "mip6d with $NODES nodes"
	for h in $(each_host); do
		ig_mip6d $h || fail "mip6d of $h"
	done
	wait_for 120 loaded || fail "connections at the home agent"
	say "registrations with $NODES nodes"
	begin=$(ms)
	each_host | sed 's/.*/link set &-port up/' | ip -n "$(ns sw)" -batch -
	wait_for 240 bound || fail "$(ctl ha show bindings |
	    grep -c ' bound') registered"
	figure registrations "$(awk -v n=$NODES -v t=$(($(ms) - begin)) \
	    'BEGIN { printf "{\"nodes\": %d, \"seconds\": %.2f, \"per_second\": %.2f}",
	    n, t / 1000, n * 1000 / t }')"
}

moves
nodes
ig_save
net_down
