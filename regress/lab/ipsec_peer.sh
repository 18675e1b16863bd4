# ipsec_peer.sh: cases of ipsec_case.sh, which sources it: a home agent, and a
# mobile node, of which the other end is no more than a kernel with Mobile IPv6
# and a sender of Mobility Headers, ipsec_peer.py.  Associations, policies and
# the states of the protocols hao and route2 are set by hand, as UMIP sets them.

PEER_COA=2001:db8:f1::9
PEER_CRYPT="enc cbc(aes) 0x$K16 auth-trunc hmac(sha256) 0x$K32 96"
PEER_HAO="proto hao mode ro level use"
PEER_RH2="proto route2 mode ro level use"

# peer_sas: for Binding Updates and Acknowledgements
peer_sas()
{
	cat <<-IP
	xfrm state add src $MN_HOME dst $HA_ADDR proto esp spi 4097 reqid 1 mode transport $PEER_CRYPT
	xfrm state add src $HA_ADDR dst $MN_HOME proto esp spi 4098 reqid 2 mode transport $PEER_CRYPT
	IP
}

# peer_tunnel COA: associations for payload
peer_tunnel()
{
	cat <<-IP
	xfrm state add src $1 dst $HA_ADDR proto esp spi 4099 reqid 5 mode tunnel $PEER_CRYPT
	xfrm state add src $HA_ADDR dst $1 proto esp spi 4100 reqid 6 mode tunnel $PEER_CRYPT
	IP
}

# peer_node: the node's addresses, and all that its kernel is to know; what it
# has learned at home would have it look for the agent on this link.
peer_node()
{
	{ cat <<-IP; peer_sas; peer_tunnel $PEER_COA; } |
	address add $PEER_COA/64 dev wlan0 nodad
	address add $MN_HOME/128 dev lo nodad home
	route replace default via 2001:db8:f1::1 dev wlan0
	route replace $HA_ADDR/128 via 2001:db8:f1::1 dev wlan0
	xfrm state add src $MN_HOME dst $HA_ADDR proto hao mode ro coa $PEER_COA
	xfrm state add src $HA_ADDR dst $MN_HOME proto route2 mode ro coa $PEER_COA
	xfrm policy add dir out src $MN_HOME dst ::/0 priority 10 tmpl src $PEER_COA dst $HA_ADDR proto esp reqid 5 mode tunnel
	xfrm policy add dir in src ::/0 dst $MN_HOME priority 10 tmpl src $HA_ADDR dst $PEER_COA proto esp reqid 6 mode tunnel
	xfrm policy add dir out src $MN_HOME dst $HA_ADDR proto 135 priority 2 tmpl proto esp reqid 1 mode transport
	xfrm policy add dir in src $HA_ADDR dst $MN_HOME proto 135 priority 2 tmpl proto esp reqid 2 mode transport
	xfrm policy add dir out src $MN_HOME dst $HA_ADDR proto 135 ptype sub priority 9 tmpl src $MN_HOME dst $HA_ADDR $PEER_HAO
	xfrm policy add dir in src $HA_ADDR dst $MN_HOME proto 135 ptype sub priority 9 tmpl src $HA_ADDR dst $MN_HOME $PEER_RH2
	IP
	ip -6 -n "$(ns mn)" -batch -
}

# peer_agent: the same of an agent; ways is what is done when its node moves
peer_agent()
{
	{ cat <<-IP; peer_sas; } | ip -6 -n "$(ns ha)" -batch - || return 1
	xfrm state add src :: dst :: proto hao mode ro coa :: flag wildrecv
	xfrm policy add dir in src $MN_HOME dst $HA_ADDR proto 135 priority 2 tmpl proto esp reqid 1 mode transport
	xfrm policy add dir out src $HA_ADDR dst $MN_HOME proto 135 priority 2 tmpl proto esp reqid 2 mode transport
	xfrm policy add dir in src $MN_HOME dst $HA_ADDR proto 135 ptype sub priority 9 tmpl $PEER_HAO
	xfrm policy add dir out src $HA_ADDR dst $MN_HOME proto 135 ptype sub priority 9 tmpl src $HA_ADDR dst $MN_HOME $PEER_RH2
	IP
	cat > $NET_DIR/ways <<-SH
	ip xfrm state deleteall proto route2
	ip xfrm state deleteall reqid 5
	ip xfrm state deleteall reqid 6
	ip -6 -batch - <<-IP
	$(peer_tunnel '$1')
	xfrm state add src $HA_ADDR dst $MN_HOME proto route2 mode ro coa \$1
	xfrm policy update dir out src ::/0 dst $MN_HOME priority 10 tmpl src $HA_ADDR dst \$1 proto esp reqid 6 mode tunnel
	xfrm policy update dir in src $MN_HOME dst ::/0 priority 10 tmpl src \$1 dst $HA_ADDR proto esp reqid 5 mode tunnel
	xfrm policy update dir fwd src $MN_HOME dst ::/0 priority 10 tmpl src \$1 dst $HA_ADDR proto esp reqid 5 mode tunnel
	IP
	SH
	ip netns exec "$(ns ha)" $PYTHON "$TOP/regress/lab/ipsec_peer.py" \
	    agent $MN_HOME $HA_ADDR $NET_DIR/ways > $NET_DIR/peer.out 2>&1 &
	echo $! >> $NET_DIR/pids
	wait_for 20 grep -q ready $NET_DIR/peer.out
}

# peer_within NS SOURCE DESTINATION WHAT: from now on that kernel puts an option
# or a routing header into all that goes there, before it is in the tunnel.
peer_within()
{
	in_ns "$1" ip xfrm policy add dir out src "$2" dst "$3" ptype sub \
	    priority 8 tmpl src "$2" dst "$3" $4
}

# peer_left NS: with nf_tables what has such a header is taken from within ESP,
# with ip6tables it can't be; either way it is counted.
peer_left()
{
	_left=$(counter "$1" net left_to_ipsec)
	if filter_is "$1" nft; then
		must "no ping with a header within ESP" wait_for 10 \
		    pings ha $HA_ADDR $MN_HOME
		must "no ping with a header within ESP, from the node" \
		    wait_for 10 pings mn $MN_HOME $HA_ADDR
	else
		! pings mn $MN_HOME $HA_ADDR ||
		    wrong "ip6tables took what has a header within ESP"
	fi
	must "a header within ESP is not counted" wait_for 10 \
	    counted $((_left + 1)) "$1" net left_to_ipsec
}

# peer_pings WHOSE: payload of all kinds, between the agent itself and the home
# address as well
peer_pings()
{
	must "$1: not reachable" wait_for 30 ig_reach
	must "$1: no ping from the node" wait_for 10 pings mn $MN_HOME $CN_ADDR
	must "$1: no ping from the node to the agent" wait_for 10 \
	    pings mn $MN_HOME $HA_ADDR
	must "$1: no ping from the agent to the node" wait_for 10 \
	    pings ha $HA_ADDR $MN_HOME
}

peer_update()
{
	in_ns mn $PYTHON "$TOP/regress/lab/ipsec_peer.py" node $MN_HOME \
	    $HA_ADDR $PEER_COA > $NET_DIR/peer.out 2>&1 ||
	    { cat $NET_DIR/peer.out; return 1; }
}

peer_flush()
{
	in_ns "$1" ip xfrm policy flush ptype sub
	in_ns "$1" ip xfrm policy flush
	in_ns "$1" ip xfrm state flush
}

# Where no daemon is left, and nothing of theirs.
peers()
{
	modprobe mip6 || { wrong "this kernel has no Mobile IPv6"; return; }
	tcpdump_start core any $NET_DIR/peers.pcap || wrong "no capture"
	say "a kernel is the node"
	mn_to foreign1
	must "mip6d ha" ig_mip6d ha
	must "the node's kernel" peer_node
	must "its update is not acknowledged" peer_update
	must "nor is its refresh" peer_update
	[ "$(ig_field ha "show bindings" careof)" = $PEER_COA ] ||
	    wrong "it is not bound there"
	peer_pings "a kernel as node"
	peer_within mn $MN_HOME $HA_ADDR "$PEER_HAO"
	peer_left ha
	peer_flush mn
	must "ha does not end" mip6d_stop ha
	in_ns mn ip -6 route delete $HA_ADDR/128
	in_ns mn ip -6 address delete $PEER_COA/64 dev wlan0
	in_ns mn ip -6 address delete $MN_HOME/128 dev lo

	say "a kernel is the agent"
	must "the agent's kernel" peer_agent
	must "mip6d mn" ig_mip6d mn
	registered() { grep -q "^2001:db8:$1:" $NET_DIR/peer.out &&
	    [ "$(ig_field mn "show bul" state)" = registered ]; }
	must "not registered" wait_for 30 registered f1
	peer_pings "a kernel as agent"
	mn_to foreign2
	must "not registered after a move" wait_for 30 registered f2
	peer_pings "a kernel as agent, after a move"
	peer_within ha $HA_ADDR $MN_HOME "$PEER_RH2"
	peer_left mn
	judged peers
}
