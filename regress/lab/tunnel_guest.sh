# tunnel_guest.sh: a home agent whose mobile node is no more than a tunnel of
# the kernel's (ip6_tunnel), within a guest of the laboratory: what Linux makes
# of the Tunnel Encapsulation Limit of ours (RFC 2473 4.1.1, 6.6), and we of
# its.  Sourced after regress/netns/lib.sh by what t_plane.sh has run there.
#
#	cn ---- core ---- ha		mn is in foreign1; FAR is an address of
#	         |			its that core has a tunnel to
#	        mn

NEAR=2001:db8:f1::9 FAR=2001:db8:f3::9
SEQ=0

# kt_agent LIMIT: start the home agent with that encapsulation-limit
kt_agent()
{
	cat > $NET_DIR/ha.conf <<-CONF
	user "nobody"; chroot "/tmp/empty"; log stderr; log verbose
	state-directory "$NET_DIR"
	encapsulation-limit $1
	home-agent {
		home-link virtual { address $HA_ADDR; prefix $HOME_PREFIX::/64; }
		authentication none insecure
	}
	CONF
	mkdir -p /tmp/empty && mip6d_start ha $NET_DIR/ha.conf
}

kt_bound() { [ "$(field ha careof show bindings)" = "$1" ]; }

# kt_node CARE-OF LIMIT: the node's tunnel, and its binding
kt_node()
{
	in_ns mn ip -6 tunnel del agent 2> /dev/null
	in_ns mn ip -6 tunnel add agent mode ip6ip6 local "$1" remote $HA_ADDR \
	    encaplimit "$2" &&
	in_ns mn ip link set agent up &&
	in_ns mn ip -6 route replace 2001:db8:cc::/64 dev agent src $MN_HOME ||
	    return 1
	SEQ=$((SEQ + 1))
	in_ns mn $PY "$TOP/regress/lab/tunnel_bu.py" "$1" $HA_ADDR $MN_HOME \
	    wlan0 $SEQ && wait_for 20 kt_bound "$1"
}

# kt_up: all of it, bound at NEAR
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
	    addr mn lo $MN_HOME/128 || return 1
	in_ns mn ip -6 route add default via 2001:db8:f1::1
	in_ns core ip -6 tunnel add hop mode ip6ip6 local 2001:db8:f1::1 \
	    remote $NEAR encaplimit 9 &&
	in_ns core ip link set hop up &&
	in_ns core ip -6 route add $FAR dev hop &&
	in_ns mn ip -6 tunnel add hop mode ip6ip6 local $NEAR \
	    remote 2001:db8:f1::1 && in_ns mn ip link set hop up
}

# kt_ping OCTETS: an echo request of cn that is so large with all its headers,
# and is never cut by cn.  The words of ping are in the file ping.
kt_ping()
{
	in_ns cn ping -6 -n -c 1 -W 5 -M "do" -s $(($1 - 48)) $MN_HOME \
	    > $NET_DIR/ping 2>&1
}

# kt_fits OCTETS: it is answered; one more is told of, and what cn cuts by then
# gets there.
kt_fits()
{
	kt_ping "$1" || { echo "$1 octets: no answer"; return 1; }
	! kt_ping $(($1 + 1)) || { echo "$1 + 1 octets: answered"; return 1; }
	grep -qi "mtu[=:] *$1" $NET_DIR/ping ||
	    { echo "$1 + 1 octets: not told"; cat $NET_DIR/ping; return 1; }
	in_ns cn ping -6 -n -c 1 -W 5 -s 3000 $MN_HOME > $NET_DIR/ping 2>&1 ||
	    { echo "3000 octets in pieces: no answer"; return 1; }
}

# kt_fits_back: as much as the node's kernel puts into its tunnel arrives here.
kt_fits_back()
{
	_mtu=$(in_ns mn cat /sys/class/net/agent/mtu)
	in_ns mn ping -6 -n -c 1 -W 5 -M "do" -s $((_mtu - 48)) -I $MN_HOME \
	    $CN_ADDR > $NET_DIR/ping 2>&1 ||
	    { echo "$_mtu octets from the node: no answer"; return 1; }
}

# kt_has SOURCE DESTINATION LIMIT: that is what is in the outer header of an
# echo request, or of its answer; none: there is no such option.
kt_has()
{
	case $3 in
	none)	_m="ip6[6] = 41" ;;
	*)	_m="ip6[6] = 60 and ip6[40] = 41 and ip6[42:2] = 0x0401"
		_m="$_m and ip6[44] = $3" ;;
	esac
	tcpdump_start mn wlan0 $NET_DIR/kt.pcap "src $1 and dst $2" || return 1
	kt_ping 100 || echo "no answer"
	tcpdump_stop $NET_DIR/kt.pcap
	[ "$(tcpdump -n -r $NET_DIR/kt.pcap "$_m" 2>/dev/null | wc -l)" = 1 ] ||
	    { echo "from $1 to $2: not $3"; tcpdump -nvr $NET_DIR/kt.pcap
	    return 1; }
}

# kt_unreachable: cn is told so in answer to what does not get there
kt_unreachable() { ! kt_ping 100 && grep -q unreachable $NET_DIR/ping; }

# kt_limits: the option both ways, and what of a packet fits beside it.
kt_limits()
{
	kt_agent none && kt_node $NEAR none && kt_has $HA_ADDR $NEAR none &&
	    kt_has $NEAR $HA_ADDR none && kt_fits 1460 &&
	    kt_fits_back || return 1
	kt_limit 4 || return 1
	for _limit in 4 0 255; do
		kt_node $NEAR $_limit && kt_has $HA_ADDR $NEAR 4 &&
		    kt_has $NEAR $HA_ADDR $_limit || return 1
	done
	kt_fits 1452 && kt_fits_back || return 1
	# A router on the way says it; it takes the same 48 octets.
	in_ns core ip link set f1 mtu 1400
	in_ns mn ip link set wlan0 mtu 1400
	kt_fits 1352
}

# kt_limit LIMIT: from now on it is another one
kt_limit()
{
	sed "s/^\(encapsulation-limit\) .*/\1 $1/" $NET_DIR/ha.conf \
	    > $NET_DIR/new.conf && cp $NET_DIR/new.conf $NET_DIR/ha.conf &&
	    ctl ha reload
}

# kt_nested: a tunnel of cn's to the home address, in ours, and ours in one of
# core's.  Who may not put a packet into one more says so.
kt_nested()
{
	addr cn lo 2001:db8:ee::2/128 && addr mn lo 2001:db8:ee::1/128 &&
	in_ns mn ip -6 tunnel add nest mode ip6ip6 local $MN_HOME \
	    remote $CN_ADDR encaplimit none && in_ns mn ip link set nest up &&
	in_ns mn ip -6 route add 2001:db8:ee::2 dev nest &&
	in_ns cn ip -6 tunnel add nest mode ip6ip6 local $CN_ADDR \
	    remote $MN_HOME encaplimit 1 && in_ns cn ip link set nest up &&
	in_ns cn ip -6 route add 2001:db8:ee::1 dev nest src 2001:db8:ee::2 ||
	    return 1
	in_ns cn ping -6 -n -c 1 -W 5 2001:db8:ee::1 > $NET_DIR/ping ||
	    { echo "a tunnel in ours: no answer"; return 1; }
	in_ns cn ip -6 tunnel change nest mode ip6ip6 local $CN_ADDR \
	    remote $MN_HOME encaplimit 0
	! in_ns cn ping -6 -n -c 1 -W 5 2001:db8:ee::1 > $NET_DIR/ping ||
	    { echo "a limit of 0 went into our tunnel"; return 1; }
	[ "$(counter ha net dropped_nested)" = 1 ] &&
	    grep -q unreachable $NET_DIR/ping ||
	    { echo "cn's kernel makes nothing of our answer"; return 1; }
	kt_node $FAR 4 && kt_has 2001:db8:f1::1 $NEAR 3 ||
	    { echo "our tunnel in another"; return 1; }
	kt_limit 0 && wait_for 5 kt_unreachable ||
	    { echo "a limit of 0 of ours: not told to cn"; return 1; }
}
