# A home agent with many mobile nodes: the topology and the load generator, for
# tests and measurements; sourced after lib.sh.
#
#	host ---home--- ha ---wan--- mns	care-of addresses are behind mns
#	                 `---------- cn

HA_WAN=2001:db8:aa::2

load_net() {
	mkdir -p "$NET_DIR"
	ns_add ha mns cn host || return 1
	veth ha home host eth0
	veth ha wan mns eth0
	veth ha tocn cn eth0
	in_ns ha sysctl -qw net.ipv6.conf.all.forwarding=1
	addr ha wan $HA_WAN/64; addr mns eth0 2001:db8:aa::1/64
	addr ha tocn 2001:db8:cc::1/64; addr cn eth0 $CN_ADDR/64
	in_ns ha ip -6 route add default via 2001:db8:aa::1
	in_ns mns ip -6 route add default via $HA_WAN
	in_ns cn ip -6 route add default via 2001:db8:cc::1
	# A neighbour that is yet to be found has room for few packets.
	in_ns mns ping -6 -q -c 1 -W 2 $HA_WAN > /dev/null
	in_ns ha ping -6 -q -c 1 -W 2 2001:db8:aa::1 > /dev/null
}

# load_conf NODES LINK [LINE...]: LINK is virtual or a name of an interface
load_conf() {
	_ld_n=$1 _ld_link=$2; shift 2
	if [ "$_ld_link" = virtual ]; then
		addr ha home $HA_ADDR/128 2>/dev/null
	else
		_ld_link="\"$_ld_link\""
		addr ha home $HA_ADDR/64 2>/dev/null
		addr host eth0 $HOME_PREFIX::99/64 2>/dev/null
		in_ns host ip -6 route replace default via $HA_ADDR
	fi
	{
		cat <<-CONF
		user "nobody"; log stderr
		control socket "$NET_DIR/ha.sock"
		state-directory "$NET_DIR/state"
		home-agent {
			home-link $_ld_link {
				address $HA_ADDR
				prefix $HOME_PREFIX::/64
			}
		CONF
		for _ld_l; do printf '\t%s\n' "$_ld_l"; done
		"$MNLOAD" -C -n "$_ld_n"
		echo "}"
	} > "$NET_DIR/ha.conf"
}

# load_start NAME [flags]: a load generator that obeys load NAME COMMAND
load_start() {
	_ld_n=$1; shift
	rm -f "$NET_DIR/$_ld_n.in"
	mkfifo "$NET_DIR/$_ld_n.in"
	: > "$NET_DIR/$_ld_n.out"
	ip netns exec "$(ns mns)" "$MNLOAD" -i eth0 -a $HA_ADDR "$@" \
	    < "$NET_DIR/$_ld_n.in" > "$NET_DIR/$_ld_n.out" 2> "$NET_DIR/$_ld_n.err" &
	echo $! >> "$NET_DIR/pids"
	exec 8> "$NET_DIR/$_ld_n.in"
}


# load NAME COMMAND...: what it answers is in $NET_DIR/NAME.last
load() {
	_ld_n=$1; shift
	_ld_lines=$(wc -l < "$NET_DIR/$_ld_n.out")
	echo "$*" >&8
	wait_for "${LOAD_WAIT:-60}" load_answered "$_ld_n" "$_ld_lines" || return 1
	tail -n 1 "$NET_DIR/$_ld_n.out" > "$NET_DIR/$_ld_n.last"
	cat "$NET_DIR/$_ld_n.last"
}

load_answered() { [ "$(wc -l < "$NET_DIR/$1.out")" -gt "$2" ]; }

# load_figure NAME WORD: of the last answer
load_figure() {
	awk -v w="$2" '{ for (i = 1; i < NF; i++) if ($i == w) print $(i + 1) }' \
	    "$NET_DIR/$1.last"
}
