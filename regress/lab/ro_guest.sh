# ro_guest.sh: route optimization between mip6d and a host that has no more than
# its kernel's Mobile IPv6 (xfrm, mip6.ko) and a sender of Mobility Headers,
# within a guest of the laboratory: as the node of our correspondent, and as the
# correspondent of our node.  Sourced after regress/netns/lib.sh by what
# t_plane.sh has run there.
#
# States and policies are set as UMIP sets them: Home Address option and routing
# header for what the policies name, and for tests of return routability never.

RK_COA=2001:db8:f1::9
RK_WHAT="6 17 58"

# rk_policies NS DIRECTION SOURCE DESTINATION KIND MH-TYPE: hao or route2, there
rk_policies()
{
	for _p in $RK_WHAT "135 type $6"; do
		echo "xfrm policy add dir $2 src $3 dst $4 proto $_p ptype sub priority 9 tmpl proto $5 mode ro level use"
	done | ip_in "$1"
}

# rk_states HOME CORRESPONDENT CAREOF: lines for ip(8)
rk_states()
{
	cat <<-IP
	xfrm state add src $1 dst $2 proto hao mode ro coa $3
	xfrm state add src $2 dst $1 proto route2 mode ro coa $3
	IP
}

# rk_used NS KIND: how many packets states of that kind have seen
rk_used()
{
	in_ns "$1" ip -s xfrm state list proto "$2" |
	    awk '/lifetime current:/ { getline; split($2, n, "("); s += n[1] }
	    END { print s + 0 }'
}

# rk_clean NS: its kernel refused nothing of what it was sent
rk_clean()
{
	_errors=$(in_ns "$1" awk '/^Xfrm(In|Out)/ && $2 > 0' /proc/net/xfrm_stat)
	[ -z "$_errors" ] && return 0
	echo "$1: $_errors"
	return 1
}

# rk_phase NS ADDRESS: what the judge wants to see is there, both ways: a phase
# of pings, small, large and in pieces, UDP and TCP.  NS is where ADDRESS asks
# from; the other is the correspondent, cn.
rk_phase()
{
	_begin=$(now)
	in_ns cn ping -6 -n -c 3 -i 0.2 -W 20 "$2" &&
	    in_ns "$1" ping -6 -n -c 3 -i 0.2 -W 20 -I "$2" $CN_ADDR &&
	    in_ns cn ping -6 -n -c 2 -i 0.2 -W 20 -s 3000 "$2" &&
	    in_ns "$1" ping -6 -n -c 2 -i 0.2 -W 20 -s 3000 -I "$2" $CN_ADDR ||
	    { echo "no ping"; return 1; }
	in_ns cn $PY "$SRC/traffic.py" listen $CN_ADDR 5001 2 1 \
	    > $NET_DIR/listen &
	_listens=$!
	wait_for 60 rk_listens
	in_ns "$1" $PY "$SRC/traffic.py" connect $CN_ADDR 5001 2 1 "$2" \
	    > $NET_DIR/connect && wait $_listens ||
	    { echo "no TCP"; return 1; }
	rk_udp "$1" "$2" || { echo "no UDP"; return 1; }
	echo "$_begin $(now) optimised" >> $NET_DIR/phases
}
rk_listens() { in_ns cn ss -Hltn sport = :5001 | grep -q .; }

# rk_udp NS ADDRESS: datagrams of two sizes come back as they went.
rk_udp()
{
	in_ns cn $PY "$TOP/regress/lab/ro_udp.py" echo $CN_ADDR &
	_echoes=$!
	echo $_echoes >> $NET_DIR/pids
	in_ns "$1" $PY "$TOP/regress/lab/ro_udp.py" ask $CN_ADDR "$2"
	_rc=$?
	kill $_echoes
	return $_rc
}

# rk_judged HOME
rk_judged()
{
	tcpdump_stop $NET_DIR/ro.pcap
	$PY "$SRC/ro_judge.py" $NET_DIR/ro.pcap $NET_DIR/phases $CN_ADDR "$1"
}

rk_begin()
{
	mkdir -p /tmp/empty "$NET_DIR"
	: > $NET_DIR/phases
	PAIR_HEAD='user "nobody"; chroot "/tmp/empty"; log stderr; log verbose'
}

# rk_node: a kernel is the mobile node, mip6d its correspondent.
rk_node()
{
	rk_begin
	ns_add cn node && veth cn eth0 node eth0 || return 1
	addr cn eth0 $CN_ADDR/64 &&
	    in_ns node ip addr add $MN_HOME/128 dev eth0 nodad home &&
	    addr node eth0 $RK_COA/128 &&
	    in_ns node ip -6 route add $CN_ADDR dev eth0 src $RK_COA &&
	    in_ns cn ip -6 route add $HOME_PREFIX::/64 dev eth0 &&
	    in_ns cn ip -6 route add 2001:db8:f1::/64 dev eth0 || return 1
	mkdir -p $NET_DIR/cn.state
	cat > $NET_DIR/cn.conf <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/cn.state"
	correspondent { }
	CONF
	rk_states $MN_HOME $CN_ADDR $RK_COA | ip_in node &&
	    rk_policies node out $MN_HOME $CN_ADDR hao 5 &&
	    rk_policies node in $CN_ADDR $MN_HOME route2 6 &&
	    mip6d_start cn $NET_DIR/cn.conf || return 1
	tcpdump_start cn eth0 $NET_DIR/ro.pcap || return 1
	_said=$(in_ns node $PY "$SRC/cn_node.py" $CN_ADDR $MN_HOME $RK_COA 1 400)
	[ "$_said" = "0 400" ] || { echo "bound: $_said"; return 1; }
	wait_for 20 rk_routed || { echo "no route to the peer"; return 1; }
	rk_phase node $MN_HOME || return 1
	_said=$(in_ns node $PY "$SRC/cn_node.py" $CN_ADDR $MN_HOME $RK_COA 2 0)
	[ "$_said" = "0 0" ] || { echo "deleted: $_said"; return 1; }
	rk_seen node && mip6d_stop cn && rk_judged $MN_HOME
}
rk_routed() { in_ns cn ip -6 route show table all | grep -q "^$MN_HOME dev mip6"; }

# rk_seen NS: its kernel took the headers off and put them on.
rk_seen()
{
	for _kind in hao route2; do
		[ "$(rk_used "$1" $_kind)" -gt 20 ] ||
		    { echo "$1: $_kind $(rk_used "$1" $_kind)"; return 1; }
	done
	rk_clean "$1"
}

# rk_correspondent: a kernel is the correspondent of our mobile node.
rk_correspondent()
{
	rk_begin
	pair_up virtual || return 1
	mn_conf 'interface "wlan0"' 'route-optimisation { after 3; }'
	cat > $NET_DIR/ways <<-SH
	for way in "src \$1 dst $CN_ADDR proto hao" \
	    "src $CN_ADDR dst \$1 proto route2"; do
		ip xfrm state deleteall \$way
		[ "\$2" = none ] || ip xfrm state add \$way mode ro coa "\$2"
	done
	SH
	# Updates are taken from everywhere, and nothing else is.
	echo "xfrm state add src :: dst :: proto hao mode ro coa :: flag wildrecv sel src ::/0 dst ::/0 proto 135 type 5" |
	    ip_in cn &&
	    rk_policies cn in $MN_HOME $CN_ADDR hao 5 &&
	    rk_policies cn out $CN_ADDR $MN_HOME route2 6 || return 1
	ip netns exec "$(ns cn)" $PY "$TOP/regress/lab/ro_peer.py" $CN_ADDR \
	    $NET_DIR/ways > $NET_DIR/peer.out 2>&1 &
	echo $! >> $NET_DIR/pids
	ra_start 0.5 1
	wait_for 60 grep -q ready $NET_DIR/peer.out &&
	    tcpdump_start core any $NET_DIR/ro.pcap || return 1
	mn_to foreign1
	mip6d_start ha $NET_DIR/ha.conf && mip6d_start mn $NET_DIR/mn.conf &&
	    rk_way 1 && rk_phase mn $MN_HOME || return 1
	mn_to foreign2
	rk_way 2 && rk_phase mn $MN_HOME && rk_seen cn || return 1
	mip6d_stop mn
	wait_for 20 grep -q " none " $NET_DIR/peer.out ||
	    { echo "not deleted"; return 1; }
	! grep WRONG $NET_DIR/peer.out && mip6d_stop ha && rk_judged $MN_HOME
}

# rk_way N: with traffic, packets go directly to foreignN.
rk_way()
{
	wait_for 30 rk_direct "2001:db8:f$1:" && return 0
	ctl mn why $CN_ADDR
	rk_clean cn
	cat $NET_DIR/peer.out
	return 1
}
rk_direct()
{
	in_ns cn ping -6 -n -c 3 -i 0.2 -W 2 $MN_HOME > $NET_DIR/ping
	[ "$(rows mn "show bul" state "agent=$CN_ADDR")" = optimized ] &&
	    case $(rows mn "show bul" careof "agent=$CN_ADDR") in
	    $1*) ;; *) false ;; esac
}
