# ipsec_agent.sh: cases of ipsec_case.sh, which sources it: what the node and its
# home agent send each other under the home address and the agent's own one, as
# ssh to the agent does (RFC 6275 11.3.1), goes as all else does.

# pings NS FROM TO
pings() { in_ns "$1" ping -6 -n -c 3 -i 0.2 -W 5 -I "$2" "$3" >/dev/null; }

# transfer NS FROM NS TO: by TCP, both ways at once, from the first address, or
# from that which the kernel chooses if it is empty.
transfer() {
	_port=$((${_port:-4000} + 1))
	in_ns "$3" $PYTHON "$TOP/regress/netns/traffic.py" listen "$4" $_port \
	    0.3 1 > $NET_DIR/tcp.listen 2>&1 &
	_listener=$!
	wait_for 20 listens "$3" $_port || return 1
	in_ns "$1" $PYTHON "$TOP/regress/netns/traffic.py" connect "$4" $_port \
	    0.3 1 $2 > $NET_DIR/tcp.connect 2>&1 || {
		cat $NET_DIR/tcp.connect
		kill $_listener
		return 1
	}
	wait $_listener
}

# Begun at either end.
both_ways() {
	must "no ping from the node, $1" wait_for 10 \
	    pings mn $MN_HOME $HA_ADDR
	must "no ping from the agent, $1" wait_for 10 \
	    pings ha $HA_ADDR $MN_HOME
	must "no TCP from the node, $1" transfer mn $MN_HOME ha $HA_ADDR
	must "no TCP by ssh's way, $1" transfer mn "" ha $HA_ADDR
	must "no TCP from the agent, $1" transfer ha $HA_ADDR mn $MN_HOME
}

case_agent() {
	up
	for to in foreign1 foreign2; do
		must "not registered from $to" ig_move $to 40
		must "not reachable from $to" wait_for 30 ig_reach
		both_ways "from $to"
	done
	judged
}

# By the tunnel, or from the agent with a routing header (10.4.2), as it is not
# protected.
case_agent_rr() { case_agent; }
