# tunnel_guest.sh: a home agent whose mobile node is no more than a tunnel of
# the kernel's (ip6_tunnel), within a guest of the laboratory: what Linux makes
# of the Tunnel Encapsulation Limit of ours (RFC 2473 4.1.1, 6.6), and we of
# its.  Sourced after regress/netns/lib.sh by what t_plane.sh has run there.
#
#	cn ---- core ---- ha		mn is in foreign1; FAR is an address of
#	         |			its that core has a tunnel to
#	        mn
#
# A guest starts processes slowly: there is one capture, judged at the end.

NEAR=2001:db8:f1::9 FAR=2001:db8:f3::9

# kt_agent LIMIT: start the home agent with that encapsulation-limit
kt_agent()
{
	cat > $NET_DIR/ha.conf <<-CONF
	user "nobody"; chroot "/tmp/empty"; log stderr; log verbose
	state-directory "$NET_DIR/state"
	encapsulation-limit $1
	home-agent {
		home-link virtual { address $HA_ADDR; prefix $HOME_PREFIX::/64; }
		authentication none insecure
	}
	CONF
	mkdir -p /tmp/empty && mip6d_start ha $NET_DIR/ha.conf
}

# kt_limit LIMIT: from now on it is another one
kt_limit()
{
	sed "s/^\(encapsulation-limit\) .*/\1 $1/" $NET_DIR/ha.conf \
	    > $NET_DIR/new.conf && cp $NET_DIR/new.conf $NET_DIR/ha.conf &&
	    ctl ha reload
}

# kt_tunnel NS NAME LOCAL REMOTE LIMIT: a tunnel of the kernel's
kt_tunnel()
{
	in_ns "$1" ip -6 tunnel add "$2" mode ip6ip6 local "$3" remote "$4" \
	    encaplimit "$5" && in_ns "$1" ip link set "$2" up
}

# kt_change NS NAME LOCAL REMOTE LIMIT: the same, with another limit
kt_change()
{
	in_ns "$1" ip -6 tunnel change "$2" mode ip6ip6 local "$3" \
	    remote "$4" encaplimit "$5"
}

# kt_bind CARE-OF SEQUENCE: and wait until it is bound there
kt_bind()
{
	in_ns mn $PY "$TOP/regress/lab/tunnel_bu.py" "$1" $HA_ADDR $MN_HOME \
	    wlan0 "$2" && wait_for 20 kt_bound "$1"
}
kt_bound() { [ "$(field ha careof show bindings)" = "$1" ]; }

# kt_up: all of it, with tunnels of no limit between node and agent
kt_up()
{
	net_up || return 1
	in_ns ha ip addr del $HA_ADDR/64 dev home
	in_ns ha ip addr add $HA_ADDR/128 dev home nodad
	for _n in core ha cn mn; do
		in_ns $_n sysctl -qw net.ipv6.icmp.ratelimit=0
	done
	mn_to foreign1
	addr mn wlan0 $NEAR/64 && addr mn lo $FAR/128 &&
	    addr mn lo $MN_HOME/128 &&
	in_ns mn ip -6 route add default via 2001:db8:f1::1 &&
	kt_tunnel core hop 2001:db8:f1::1 $NEAR 9 &&
	in_ns core ip -6 route add $FAR dev hop &&
	kt_tunnel mn hop $NEAR 2001:db8:f1::1 none &&
	kt_tunnel mn agent $NEAR $HA_ADDR none &&
	in_ns mn ip -6 route add 2001:db8:cc::/64 dev agent src $MN_HOME ||
	    return 1
	KT_OCTETS=100
	: > $NET_DIR/kt.expected
	tcpdump_start mn wlan0 $NET_DIR/kt.pcap "ip6 proto 41 or ip6 proto 60" &&
	kt_agent none && kt_bind $NEAR 1 &&
	    wait_for 60 kt_filtered && KT_ERRORS=$(kt_errors)
}
kt_filtered() { filter_is ha ip6tables || filter_is ha nft; }

# kt_ping OCTETS [ADDRESS]: an echo request of cn that is so large with all its
# headers, and is never cut by cn.  The words of ping are in the file ping.
kt_ping()
{
	in_ns cn ping -6 -n -c 1 -W ${KT_WAIT:-30} -M "do" -s $(($1 - 48)) \
	    "${2:-$MN_HOME}" > $NET_DIR/ping 2>&1
}

# kt_refused OCTETS WORDS [ADDRESS]: it is not answered, but told of so
kt_refused()
{
	! KT_WAIT=5 kt_ping "$1" ${3:-} &&
	    grep -qiE "$2" $NET_DIR/ping && return 0
	echo "$1 octets to ${3:-the node}: not refused by $2"
	cat $NET_DIR/ping
	return 1
}

# kt_fits OCTETS: it is answered; one more is told of, and what cn cuts by then
# gets there.
kt_fits()
{
	kt_ping "$1" || { echo "$1 octets: no answer"; cat $NET_DIR/ping
	    return 1; }
	kt_refused $(($1 + 1)) "mtu[=:] *$1" || return 1
	in_ns cn ping -6 -n -c 1 -W 30 -s 3000 $MN_HOME > $NET_DIR/ping 2>&1 ||
	    { echo "3000 octets in pieces: no answer"; cat $NET_DIR/ping
	    return 1; }
}

# kt_fits_back: as much as the node's kernel puts into its tunnel arrives here.
kt_fits_back()
{
	_mtu=$(in_ns mn cat /sys/class/net/agent/mtu)
	in_ns mn ping -6 -n -c 1 -W 30 -M "do" -s $((_mtu - 48)) -I $MN_HOME \
	    $CN_ADDR > $NET_DIR/ping 2>&1 ||
	    { echo "$_mtu octets from the node: no answer"; cat $NET_DIR/ping
	    return 1; }
}

# kt_has SOURCE LIMIT ...: of an echo request or its answer, the outermost
# source, and the limit beside it or none
kt_has()
{
	KT_OCTETS=$((KT_OCTETS + 1))
	kt_ping $((KT_OCTETS + 48)) || { echo "$*: no answer"
	    cat $NET_DIR/ping; return 1; }
	while [ $# -gt 0 ]; do
		echo "$KT_OCTETS $1 $2" >> $NET_DIR/kt.expected
		shift 2
	done
}

# kt_limits: the option both ways, and what of a packet fits beside it.
kt_limits()
{
	kt_has $HA_ADDR none $NEAR none && kt_fits 1460 && kt_fits_back &&
	    kt_limit 4 || return 1
	for _limit in 0 255 4; do
		kt_change mn agent $NEAR $HA_ADDR $_limit &&
		    kt_has $HA_ADDR 4 $NEAR $_limit || return 1
	done
	kt_fits 1452 && kt_fits_back || return 1
	# A router on the way says it; the option takes the same 8 octets.
	in_ns core ip link set f1 mtu 1400
	in_ns mn ip link set wlan0 mtu 1400
	kt_fits 1352 && kt_no_errors
}

# kt_errors: how often the node was told that something is unreachable
kt_errors()
{
	in_ns mn awk '$1 == "Icmp6InDestUnreachs" { print $2 }' /proc/net/snmp6
}

# kt_no_errors: the agent's kernel, which has a module for tunnels but none of
# the node's, kept to itself what it says of that.
kt_no_errors()
{
	_n=$(kt_errors)
	[ "$_n" = "$KT_ERRORS" ] && return 0
	echo "the node was told $((_n - KT_ERRORS)) times that it is unreachable"
	return 1
}

# kt_nested: a tunnel of cn's to the home address, in ours, and ours in one of
# core's.  Who may not put a packet into one more says so.
kt_nested()
{
	addr cn lo 2001:db8:ee::2/128 && addr mn lo 2001:db8:ee::1/128 &&
	kt_tunnel mn nest $MN_HOME $CN_ADDR none &&
	in_ns mn ip -6 route add 2001:db8:ee::2 dev nest &&
	kt_tunnel cn nest $CN_ADDR $MN_HOME 1 &&
	in_ns cn ip -6 route add 2001:db8:ee::1 dev nest src 2001:db8:ee::2 ||
	    return 1
	kt_ping 100 2001:db8:ee::1 || { echo "a tunnel in ours: no answer"
	    return 1; }
	kt_change cn nest $CN_ADDR $MN_HOME 0 &&
	    kt_refused 100 unreachable 2001:db8:ee::1 || return 1
	[ "$(counter ha net dropped_nested)" -ge 1 ] ||
	    { echo "a limit of 0 went into our tunnel"; return 1; }
	kt_change mn agent $FAR $HA_ADDR 4 && kt_bind $FAR 2 &&
	    kt_has 2001:db8:f1::1 3 $FAR 4 || return 1
	kt_limit 0 && kt_refused 100 unreachable
}

# kt_judge: what kt_has expected is what was captured.
kt_judge()
{
	tcpdump_stop $NET_DIR/kt.pcap
	$PY "$TOP/regress/lab/tunnel_judge.py" $NET_DIR/kt.pcap \
	    < $NET_DIR/kt.expected
}
