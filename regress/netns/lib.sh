# Topologies of network namespaces for tests and the demo; sourced, POSIX sh.
#
#	   cn ---- core ---- ha            every node a namespace
#	           /  \       |
#	   foreign1 foreign2 home          links: bridges in the namespace sw
#	        `-----+-------'
#	              mn                   plugged into one of them
#
# Needs root.  What was made is taken away by net_down, also after a failure:
# callers do  trap net_down EXIT  (or an ATF cleanup that sources this with
# the same NET_ID).

: "${NET_HERE:=${SRC:-$TOP/regress/netns}}"
: "${MIP6D:=mip6d/mip6d}" "${MIP6CTL:=mip6ctl/mip6ctl}"
: "${NET_ID:=m6$$}" "${NET_DIR:=$(pwd)/net.$NET_ID}"

HOME_PREFIX=2001:db8:1 HA_ADDR=2001:db8:1::1 MN_HOME=2001:db8:1::100
CN_ADDR=2001:db8:cc::2

ns() { printf '%s-%s' "$NET_ID" "$1"; }

# in_ns NS COMMAND...: run it there.  ip(8) goes there itself: to start a process
# is most of what a test costs, in a guest of the laboratory above all.
in_ns() {
	_n=$1; shift
	case $1 in
	ip)	shift; ip -n "$NET_ID-$_n" "$@" ;;
	*)	ip netns exec "$NET_ID-$_n" "$@" ;;
	esac
}

# ip_in NS: do what is read, a command of ip(8) a line, by one process
ip_in() { ip -n "$NET_ID-$1" -batch -; }

net_say() { printf '%s\n' "$*" >&2; }

# need COMMAND...: name what is missing, status 1
net_need() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
	for _c; do
		command -v "$_c" >/dev/null || { echo "$_c is not installed"; return 1; }
	done
	ip netns add "$NET_ID-probe" 2>/dev/null || { echo "no network namespaces here"; return 1; }
	ip netns del "$NET_ID-probe"
}

ns_add() {
	for _n; do
		echo "netns add $NET_ID-$_n"
	done | ip -batch - || return 1
	for _n; do
		in_ns "$_n" ip link set lo up
		in_ns "$_n" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
		    net.ipv6.conf.all.accept_dad=0
	done
}

# veth NS_A IF_A NS_B IF_B; cable is the line that makes it, both ends down
cable() {
	echo "link add $2 netns $NET_ID-$1 type veth peer name $4 netns $NET_ID-$3"
}
veth() {
	cable "$@" | ip -batch - || return 1
	in_ns "$1" ip link set "$2" up
	in_ns "$3" ip link set "$4" up
}

addr() { in_ns "$1" ip -6 addr add "$3" dev "$2" nodad; }

# The whole picture of the head of this file, without daemons.
net_up() {
	mkdir -p "$NET_DIR"
	ns_add sw core ha cn mn || return 1
	{
		cable ha home sw ha-home
		cable core f1 sw core-f1
		cable core f2 sw core-f2
		cable core toha ha wan
		cable core tocn cn eth0
		cable mn wlan0 sw mn-port
	} | ip -batch - || return 1
	for _n in core ha; do
		in_ns "$_n" sysctl -qw net.ipv6.conf.all.forwarding=1
	done
	ip_in sw <<-IP &&
	link add home type bridge mcast_snooping 0
	link add foreign1 type bridge mcast_snooping 0
	link add foreign2 type bridge mcast_snooping 0
	link set home up
	link set foreign1 up
	link set foreign2 up
	link set ha-home master home up
	link set core-f1 master foreign1 up
	link set core-f2 master foreign2 up
	IP
	ip_in ha <<-IP &&
	link set home up
	link set wan up
	address add $HA_ADDR/64 dev home nodad
	address add 2001:db8:aa::2/64 dev wan nodad
	route add default via 2001:db8:aa::1
	IP
	ip_in core <<-IP &&
	link set f1 up
	link set f2 up
	link set toha up
	link set tocn up
	address add 2001:db8:f1::1/64 dev f1 nodad
	address add 2001:db8:f2::1/64 dev f2 nodad
	address add 2001:db8:aa::1/64 dev toha nodad
	address add 2001:db8:cc::1/64 dev tocn nodad
	route add $HOME_PREFIX::/64 via 2001:db8:aa::2
	IP
	ip_in cn <<-IP && in_ns mn ip link set wlan0 up
	link set eth0 up
	address add $CN_ADDR/64 dev eth0 nodad
	route add default via 2001:db8:cc::1
	IP
}

# ra_start MIN MAX: radvd on both foreign links, seconds.  One that advertises
# more often than RFC 4861 allows may answer as often, too (RFC 6275 7.5).
ra_start() {
	case $1 in 0.*) _d="MinDelayBetweenRAs 0.03;" ;; *) _d= ;; esac
	for _l in 1 2; do
		cat <<CONF
interface f$_l {
	AdvSendAdvert on; MinRtrAdvInterval $1; MaxRtrAdvInterval $2; $_d
	AdvIntervalOpt on; AdvDefaultLifetime 1800;
	prefix 2001:db8:f$_l::/64 { AdvOnLink on; AdvAutonomous on; };
};
CONF
	done > "$NET_DIR/radvd.conf"
	ip netns exec "$(ns core)" radvd -n -m stderr -C "$NET_DIR/radvd.conf" \
	    -p "$NET_DIR/radvd.pid" > "$NET_DIR/radvd.log" 2>&1 &
	echo $! >> "$NET_DIR/pids"
}

# node_to NODE LINK: unplug that one and plug it in there; mn_to LINK: mn
node_to() {
	ip_in sw <<-IP
	link set $1-port down
	link set $1-port master $2
	link set $1-port up
	IP
}
mn_to() { node_to mn "$1"; }

mn_unplug() { in_ns sw ip link set mn-port down; }

# mip6d_start NS CONF-FILE [flags]: in the foreground, logging to a file; back
# when its children are ready.
mip6d_start() {
	_n=$1 _c=$2; shift 2
	chmod 600 "$_c"
	# What a former one said is not to be taken for this one's.
	: > "$NET_DIR/$_n.log"
	# Not in_ns: the pid is to be the daemon's, not that of a subshell.
	ip netns exec "$(ns "$_n")" "$MIP6D" -d -f "$_c" \
	    -s "$NET_DIR/$_n.sock" "$@" > "$NET_DIR/$_n.log" 2>&1 &
	_p=$!
	echo $_p > "$NET_DIR/$_n.pid"; echo $_p >> "$NET_DIR/pids"
	wait_for 15 mip6d_settled "$_n" "$_p"
	grep -q ': up$' "$NET_DIR/$_n.log" || {
		net_say "mip6d in $_n did not come up:"; cat "$NET_DIR/$_n.log" >&2
		return 1
	}
}
mip6d_settled() { grep -q ': up$' "$NET_DIR/$1.log" || pid_gone "$2"; }

# mip6d_kill NS: kill -9 of the parent, and wait until its children have gone
mip6d_kill() {
	_all=$(ctl "$1" -j show processes | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
	kill -9 "$(cat "$NET_DIR/$1.pid")"
	wait_for 5 pids_gone $_all
}
pids_gone() { for _p; do pid_gone "$_p" || return 1; done; }

mip6d_stop() {
	kill "$(cat "$NET_DIR/$1.pid")" 2>/dev/null
	wait_for 10 pid_gone "$(cat "$NET_DIR/$1.pid")"
}

pid_gone() { ! kill -0 "$1" 2>/dev/null; }

ctl_once() { _n=$1; shift; "$MIP6CTL" -s "$NET_DIR/$_n.sock" "$@"; }

# ctl NS ARGUMENT...: mip6ctl.  It gives up after two seconds, and a busy machine
# may not give as much to the process that is asked, or that dies in the middle of
# its answer: then it is asked again.
# The files bear the number of this process, which is read without starting one.
ctl() {
	_rc=0
	ctl_asked "$@" || _rc=$?
	[ ! -s "$_out" ] || cat "$_out"
	return $_rc
}
# Leaves its answer in the file $_out.
ctl_asked() {
	read -r _pid _ < /proc/self/stat
	_out=$NET_DIR/ctl.$_pid
	_try=0
	while :; do
		ctl_once "$@" > "$_out" 2> "$_out.err" && _rc=0 || _rc=$?
		_try=$((_try + 1))
		[ $_rc != 0 ] && [ $_try -lt "$NET_PATIENCE" ] &&
		    grep -q -e 'does not answer' -e 'answer was cut off' \
			"$_out.err" || break
	done
	[ ! -s "$_out.err" ] || cat "$_out.err" >&2
	return $_rc
}

# wait_for SECONDS COMMAND...: until it succeeds.  The seconds are those of a
# quiet machine: one that is busy with others is given NET_PATIENCE times as
# many before the test fails.  To look takes the processor from those who are
# looked at, in a guest above all: it is done less often as time goes by.
: "${NET_PATIENCE:=6}" "${NET_LOOKS:=0.05 0.1 0.2 0.3}"
wait_for() {
	local _now _end _looks _turn
	read -r _now _ < /proc/uptime
	_end=$((${_now%.*} + $1 * NET_PATIENCE)); shift
	_looks=$NET_LOOKS _turn=0
	until "$@" >/dev/null 2>&1; do
		read -r _now _ < /proc/uptime
		[ "${_now%.*}" -lt "$_end" ] || return 1
		sleep "${_looks%% *}"
		_turn=$((_turn + 1))
		[ $((_turn % 10)) != 0 ] || _looks=${_looks#* }
	done
}

# rule_time SECONDS RULE: wait as long as a rule says that nothing may happen,
# or that something lasts.  No allowance for anybody's speed: where one waits
# for an event, that event is waited for.
rule_time() {
	_until=$(($(date +%s%3N) + $1 * 1000))
	while [ "$(date +%s%3N)" -lt $_until ]; do sleep 0.1; done
}

# tcpdump_start NS INTERFACE FILE [EXPRESSION]: back when it captures; its pid
# is in FILE.pid.  tcpdump_stop FILE: back when all is written.  A packet waits
# in a frame as large as the largest may be, of which the usual buffer has eight.
tcpdump_start() {
	ip netns exec "$(ns "$1")" tcpdump -q -U --immediate-mode -s 65600 -B 16384 \
	    -i "$2" -w "$3" ${4:-} > "$3.log" 2>&1 &
	echo $! > "$3.pid"
	echo $! >> "$NET_DIR/pids"
	wait_for 10 grep -q 'listening on' "$3.log"
}
# It does not read what waits for it when it is told to end.  Its last word, on
# one packet or several, is of a time since it was first asked.
tcpdump_has_all() {
	kill -USR1 "$(cat "$1.pid")" 2>/dev/null || return 0
	tail -n 1 "$1.log" |
	    awk '{ exit $4 !~ /captured/ || $2 + $10 < $5 }'
}
tcpdump_stop() {
	wait_for 2 tcpdump_has_all "$1"
	kill "$(cat "$1.pid")" 2>/dev/null
	wait_for 5 pid_gone "$(cat "$1.pid")"
	grep -H "^[1-9][0-9]* packets dropped by kernel" "$1.log" || :
}

# What waits on a port of a namespace: listens NS PORT (TCP), or (UDP)
# receives NS PORT.
listens() {
	in_ns "$1" awk -v p=":$(printf %04X "$2")" \
	    '$2 ~ p "$" && $4 == "0A" { f = 1 } END { exit !f }' /proc/net/tcp6
}
receives() {
	in_ns "$1" awk -v p=":$(printf %04X "$2")" \
	    '$2 ~ p "$" { f = 1 } END { exit !f }' /proc/net/udp6
}

# ------------------------------------------------------- a stream of packets
#
# A ping every 10 ms from the correspondent, or from another node, STREAM_FROM.
# What is done to the network is put between gap_begin and gap_end; stream_judge
# fails if anything was lost at another time, however slow the machine is.

now() { date +%s.%N; }
gap_begin() { _gap=$(now) _full=$(overflow); }
gap_end() {
	_full_now=$(overflow)
	echo "$_gap $(now) $((_full_now - _full))" >> "$NET_DIR/gaps"
	_full=$_full_now
}

# stream [ADDRESS]: begin; one for each address at a time
stream() {
	_to=${1:-$MN_HOME}
	: > "$NET_DIR/gaps"
	_full_then=$(overflow)
	ip netns exec "$(ns "${STREAM_FROM:-cn}")" ping -n -D -i 0.01 "$_to" \
	    > "$NET_DIR/stream.$_to" 2>&1 &
	echo $! > "$NET_DIR/stream.$_to.pid"
	echo $! >> "$NET_DIR/pids"
	flows 3 "$_to"
}

replies() { grep -c 'bytes from' "$NET_DIR/stream.$1"; }
more_than() { [ "$(replies "$1")" -gt "$2" ]; }
# flows N [ADDRESS]: until N more replies have come; N hundredths of a second
# at least, as that is how often one is asked for
flows() {
	wait_for 20 more_than "${2:-$MN_HOME}" \
	    $(($(replies "${2:-$MN_HOME}") + $1 - 1)) ||
	    { net_say "the stream to ${2:-$MN_HOME} has stopped"; return 1; }
}

# overflow: how many packets the queue of a tun had no room for, as net was not
# given the time to read them; a busy machine does that to a fast transfer.
# STREAM_TUNS are the nodes with one on the way.
overflow() {
	for _q in ${STREAM_TUNS:-ha mn}; do
		in_ns $_q cat /sys/class/net/mip6/statistics/tx_dropped \
		    2>/dev/null || echo 0
	done | awk '{ s += $1 } END { print s + 0 }'
}

# stream_judge [ADDRESS]: end it; status 0 if nothing was lost that should not
stream_judge() {
	_to=${1:-$MN_HOME}
	flows 5 "$_to" || return 1
	kill -INT "$(cat "$NET_DIR/stream.$_to.pid")"
	wait "$(cat "$NET_DIR/stream.$_to.pid")"
	${PYTHON:-/usr/bin/python3} "$NET_HERE/stream.py" \
	    "$NET_DIR/stream.$_to" "$NET_DIR/gaps" $(($(overflow) - _full_then))
}

# --------------------------------------------------------- filters of kernels

# has_ip6tables NS: what ip6tables needs for the filter of ours, of this kernel
# and of this machine; status 1, and what is missing
has_ip6tables() {
	command -v ip6tables-legacy > /dev/null ||
	    { echo "ip6tables-legacy is not installed"; return 1; }
	in_ns "$1" ip6tables-legacy -N probe 2> /dev/null ||
	    { echo "this kernel has no ip6_tables"; return 1; }
	_why=
	in_ns "$1" ip6tables-legacy -A probe -m u32 --u32 0=0 2> /dev/null ||
	    _why="this kernel has no xt_u32"
	in_ns "$1" ip6tables-legacy -A probe -m rt --rt-type 2 2> /dev/null ||
	    _why="this kernel has no ip6t_rt"
	in_ns "$1" ip6tables-legacy -F probe
	in_ns "$1" ip6tables-legacy -X probe
	[ -z "$_why" ] || { echo "$_why"; return 1; }
}

# no_nft: from now on a daemon that is started is told by its kernel that it
# has no nf_tables
no_nft() {
	printf '#!/bin/sh\nexec %s %s %s "$@"\n' "${PYTHON:-/usr/bin/python3}" \
	    "$NET_HERE/no_nft.py" "$MIP6D" > "$NET_DIR/mip6d"
	chmod 755 "$NET_DIR/mip6d"
	MIP6D=$NET_DIR/mip6d
}

# filter_flush NS nft|ip6tables: as a firewall's service does that is restarted
filter_flush() {
	if [ "$2" = nft ]; then
		in_ns "$1" nft flush ruleset
	else
		in_ns "$1" ip6tables-legacy -F || return 1
		# Chains that are in use again by then are no failure.
		in_ns "$1" ip6tables-legacy -X 2> /dev/null || true
	fi
}

# filter_is NS nft|ip6tables: that is what the daemon there uses
filter_is() {
	[ "$2" = nft ] && _kind=nf_tables || _kind=$2
	ctl "$1" show globals | grep -q "suppressed by.*$_kind"
}

# rows NS VERB FIELD [NAME=VALUE...]: that field of each row of the answer that
# has it and in which those fields have these values, a line each
rows() { some_rows all "$@"; }
# some_rows all|first|sum NS ...: the first one alone, or what they add up to
some_rows() {
	_which=$1 _n=$2 _v=$3 _f=$4; shift 4
	# shellcheck disable=SC2086
	ctl_asked "$_n" -j $_v || :
	awk -v show="$_f" -v where="$*" -v which=$_which \
	    -f "$NET_HERE/rows.awk" "$_out"
}

# child_pid NS ROLE
child_pid() { rows "$1" "show processes" pid "role=$2"; }

# reborn NS ROLE PID: that role is another process by now, and ready
reborn() {
	_now=$(rows "$1" "show processes" pid "role=$2" state=ready)
	[ -n "$_now" ] && [ "$_now" != "$3" ]
}

# counter NS ROLE NAME
counter() {
	some_rows sum "$1" "show counters" value "role=$2" "name=$3"
}

# field NS FIELD VERB...: of the first row of the answer that has it
field() {
	_n=$1 _f=$2; shift 2
	some_rows first "$_n" "$*" "$_f"
}

# ------------------------------------------------- a home agent and its node
#
# Their configurations in this topology, and what both ends say.

: "${PAIR_HEAD:=user \"nobody\"; chroot \"/var/empty\"; log stderr; log verbose}"

# pair_up virtual|physical [STATEMENTS]: topology and configurations, nothing
# started; the statements are for ha_conf
pair_up() {
	net_up || return 1
	mkdir -p "$NET_DIR/ha.state" "$NET_DIR/mn.state"
	if [ "$1" = virtual ]; then
		# Its prefix is routed into the tunnel.
		in_ns ha ip addr del $HA_ADDR/64 dev home
		in_ns ha ip addr add $HA_ADDR/128 dev home nodad
		ha_conf virtual "${2:-}"
	else
		ha_conf '"home"' "${2:-}"
	fi
	mn_conf 'interface "wlan0"'
}

# ha_conf LINK [STATEMENTS]: virtual or the name of an interface in quotes, and
# what the home agent has besides one node
ha_conf() {
	_ra='router-advertisements { interval 30ms 70ms; }'
	[ "$1" != virtual ] || _ra=
	cat > "$NET_DIR/ha.conf" <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/ha.state"
	home-agent {
		home-link $1 { address $HA_ADDR; prefix $HOME_PREFIX::/64; $_ra }
		mobile-node "mn@example.com" {
			home-address $MN_HOME
			authentication mn-ha spi 256 key "0123456789abcdef"
		}
		${2:-}
	}
	CONF
	chmod 600 "$NET_DIR/ha.conf"
}

# mn_conf STATEMENTS [STATEMENTS]: before and after its home address, of which
# LIFETIME and KEY may be others, and IN_HOME is what its block has besides
mn_conf() {
	cat > "$NET_DIR/mn.conf" <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/mn.state"
	mobile-node {
		$1
		home-address $MN_HOME {
			home-prefix $HOME_PREFIX::/64
			home-agent $HA_ADDR
			identifier "mn@example.com"
			lifetime ${LIFETIME:-600s}
			authentication mn-ha spi 256 key "${KEY:-0123456789abcdef}"
			${IN_HOME:-}
		}
		${2:-}
	}
	CONF
	chmod 600 "$NET_DIR/mn.conf"
}

# cn_conf NODE [STATEMENTS]: a correspondent, and nothing else
cn_conf() {
	mkdir -p "$NET_DIR/$1.state"
	cat > "$NET_DIR/$1.conf" <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/$1.state"
	correspondent {
		${2:-}
	}
	CONF
	chmod 600 "$NET_DIR/$1.conf"
}

reachable() { in_ns cn ping -c 1 -W 0.3 "${1:-$MN_HOME}"; }

# Both ends know the same care-of address, of this prefix.
agree() {
	_a=$(field mn careof show bul) _b=$(field ha careof show bindings)
	[ "$_a" = "$_b" ] && [ "$(field mn state show bul)" = registered ] &&
	    case $_a in $1*) ;; *) false ;; esac
}

# -------------------------------------------------------------------- the end

net_quiet() {
	while read -r _p; do
		pid_gone "$_p" || return 1
	done < "$NET_DIR/pids"
}

net_down() {
	# TERM first: a daemon that was told to end removes what is its.
	[ -f "$NET_DIR/pids" ] && while read -r _p; do
		kill "$_p" 2>/dev/null
	done < "$NET_DIR/pids"
	[ ! -f "$NET_DIR/pids" ] || NET_PATIENCE=1 wait_for 2 net_quiet
	for _n in $(ip netns list 2>/dev/null | awk '{print $1}' | grep "^$NET_ID-"); do
		for _p in $(ip netns pids "$_n" 2>/dev/null); do
			kill -9 "$_p" 2>/dev/null
		done
		ip netns del "$_n"
	done
	return 0
}
