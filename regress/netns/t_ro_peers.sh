#!/usr/bin/env atf-sh
# Route optimization with what a peer or the way to it may be: mobile itself,
# behind a narrow link, silent, or a router that forwards for others.

. "$(atf_get_srcdir)/test.sh"
# shellcheck source=hosts_lib.sh
. "$SRC/hosts_lib.sh"

OTHER_HOME=2001:db8:1::200

# node_conf NODE HOME SPI: a mobile node that is a correspondent, too
node_conf() {
	mkdir -p "$NET_DIR/$1.state"
	cat > "$NET_DIR/$1.conf" <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/$1.state"
	correspondent { }
	mobile-node {
		interface "wlan0"
		home-address $2 {
			home-prefix $HOME_PREFIX::/64
			home-agent $HA_ADDR
			identifier "$1@example.com"
			lifetime 600s
			authentication mn-ha spi $3 key "0123456789abcdef"
		}
		route-optimisation { after 3 }
	}
	CONF
}

# peer NODE FIELD PEER: of the node's row about that correspondent
peer() { rows "$1" "show bul" "$2" "agent=$3"; }

# agreed NODE HOME CORRESPONDENT ADDRESS PREFIX: both ends know this care-of
# address of the node.
agreed() {
	_coa=$(peer "$1" careof "$4")
	[ "$(peer "$1" state "$4")" = optimized ] || return 1
	[ "$_coa" = "$(rows "$3" "show bindings" careof "home=$2")" ] || return 1
	case $_coa in $5*) ;; *) false ;; esac
}

# phase FILE WHAT COMMAND...: what the capture shows while it runs is of that
# kind.
phase() {
	_file=$1 _what=$2 _begin=$(now); shift 2
	"$@" || atf_fail "$*"
	echo "$_begin $(now) $_what" >> "$NET_DIR/$_file"
}

# judged PHASES ONE OTHER: what went between these two
judged() {
	atf_check -o save:judged $PY "$SRC/ro_judge.py" "$NET_DIR/pcap" \
	    "$NET_DIR/$1" "$2" "$3"
	cat judged
}

# ------------------------------------------------------------ both are mobile

both_up() {
	begin radvd tcpdump ping $PY
	pair_up virtual "mobile-node \"other@example.com\" {
		home-address $OTHER_HOME
		authentication mn-ha spi 257 key \"0123456789abcdef\"
	}" || atf_fail "no network"
	ns_add other
	veth other wlan0 sw other-port
	node_conf mn $MN_HOME 256
	node_conf other $OTHER_HOME 257
	ra_start 0.03 0.07
	node_to mn foreign1
	node_to other foreign2
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	for n in mn other; do
		mip6d_start $n "$NET_DIR/$n.conf" || atf_fail "no $n"
	done
	STREAM_FROM=other STREAM_TUNS="ha mn other"
}

# both_direct LINK-OF-MN LINK-OF-OTHER
both_direct() {
	agreed mn $MN_HOME other $OTHER_HOME "2001:db8:f$1:" &&
	    agreed other $OTHER_HOME mn $MN_HOME "2001:db8:f$2:"
}

# settled LINK-OF-MN LINK-OF-OTHER: after a move; no tunnel from then on
settled() {
	wait_for 15 both_direct "$@" ||
	    atf_fail "not direct: $(ctl mn show bul; ctl other show bul)"
	wait_for 5 in_ns other ping -c 1 -W 0.3 $MN_HOME ||
	    atf_fail "not reachable"
	gap_end
	flows 5
	phase phases mobile flows 100
}

define both_mobile "both ends away: both headers both ways, one moves, both move" 25
both_mobile_body() {
	both_up
	tcpdump_start mn wlan0 "$NET_DIR/pcap"
	wait_for 15 in_ns other ping -c 1 -W 0.3 $MN_HOME ||
	    atf_fail "no way by the home agent"
	stream || atf_fail "no replies"
	gap_begin
	settled 1 2
	in_ns other $PY "$SRC/traffic.py" listen $OTHER_HOME 5001 2 1 > listen &
	listener=$!
	wait_for 5 listens other 5001
	phase phases mobile in_ns mn $PY "$SRC/traffic.py" connect $OTHER_HOME \
	    5001 2 1 $MN_HOME
	wait $listener || atf_fail "not all of TCP came"
	gap_begin
	node_to mn foreign2
	settled 2 2
	gap_begin
	node_to mn foreign1
	node_to other foreign1
	settled 1 1
	# The link of the other is one on which the node has been: no longer on
	# the link where it is now.
	gap_begin
	node_to other foreign2
	settled 1 2
	stream_judge || atf_fail "packets were lost"
	tcpdump_stop "$NET_DIR/pcap"
	judged phases $OTHER_HOME $MN_HOME
}

# ------------------------------------------------------------- one is mobile

# one_up [STATEMENTS [CORRESPONDENT...]]: a node with these statements about
# correspondents, and daemons in these namespaces, or in none; a capture of what
# it has
one_up() {
	begin radvd tcpdump ping nft $PY
	pair_up virtual || atf_fail "no network"
	mn_conf 'interface "wlan0"' "route-optimisation { after 3; ${1:-} }"
	[ $# = 0 ] || shift
	case $* in
	none)	set -- ;;
	'')	set -- cn ;;
	esac
	ra_start 0.03 0.07
	node_to mn foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	for n; do
		cn_conf $n
		mip6d_start $n "$NET_DIR/$n.conf" || atf_fail "no $n"
	done
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	wait_for 15 agree 2001:db8:f1: || atf_fail "not registered"
	tcpdump_start mn wlan0 "$NET_DIR/pcap"
}

# narrow MTU: two routers with a link of that between the others and cn
narrow() {
	ns_add far
	in_ns far sysctl -qw net.ipv6.conf.all.forwarding=1
	in_ns core ip link del tocn
	{
		cable core tofar far tocore
		cable far tocn cn eth0
	} | ip -batch -
	ip_in core <<-IP
	link set tofar up mtu $1
	address add 2001:db8:dd::1/64 dev tofar nodad
	route add 2001:db8:cc::/64 via 2001:db8:dd::2
	IP
	ip_in far <<-IP
	link set tocore up mtu $1
	link set tocn up
	address add 2001:db8:dd::2/64 dev tocore nodad
	address add 2001:db8:cc::1/64 dev tocn nodad
	route add default via 2001:db8:dd::1
	IP
	ip_in cn <<-IP
	link set eth0 up
	address add $CN_ADDR/64 dev eth0 nodad
	route add default via 2001:db8:cc::1
	IP
}

# sizes NODE FROM TO: pings of these octets of data arrive, after those that say
# how large the way is
sizes() {
	for octets in 1180 1232 1280 1400 1452 3000 8000; do
		in_ns "$1" ping -n -c 5 -i 0.05 -W 1 -s $octets -I "$2" "$3" \
		    > ping || :
		n=$(grep -c 'bytes from' ping)
		echo "$1, $octets octets: $n"
		# RFC 8201 5.3: what is too big for a router is lost, and so
		# is what is on its way at that time.
		[ "$n" -ge 3 ] || { cat ping; return 1; }
		in_ns "$1" ping -n -c 3 -i 0.05 -W 1 -s $octets -I "$2" "$3" \
		    > ping && [ "$(grep -c 'bytes from' ping)" = 3 ] ||
		    { cat ping; return 1; }
	done
}

# transfer: 2 MB each way between cn and the home address
transfer() {
	in_ns cn $PY "$SRC/traffic.py" listen $CN_ADDR 5001 2 1 > listen &
	listener=$!
	wait_for 5 listens cn 5001
	in_ns mn $PY "$SRC/traffic.py" connect $CN_ADDR 5001 2 1 $MN_HOME &&
	    wait $listener
}

one_direct() {
	agreed mn $MN_HOME "${1:-cn}" "${2:-$CN_ADDR}" 2001:db8:f1:
}

# narrow_case MTU: nothing that is too large for the link is lost in silence
narrow_case() {
	one_up
	narrow $1
	wait_for 10 in_ns cn ping -c 3 -i 0.1 -W 1 $MN_HOME ||
	    atf_fail "not reachable"
	wait_for 10 one_direct || atf_fail "no direct way: $(ctl mn show bul)"
	phase phases optimised sizes cn $CN_ADDR $MN_HOME
	phase phases optimised sizes mn $MN_HOME $CN_ADDR
	phase phases optimised transfer
	tcpdump_stop "$NET_DIR/pcap"
	judged phases $CN_ADDR $MN_HOME
}

define narrow_1320 "a link of 1320 octets on the direct way: all sizes arrive" 25
narrow_1320_body() { narrow_case 1320; }

define narrow_1280 "a link of 1280 octets on the direct way: all sizes arrive" 25
narrow_1280_body() { narrow_case 1280; }

# ------------------------------------------------------ silent, or a router

# mobility accept|drop: what core does with Mobility Headers from and to cn
mobility() {
	in_ns core nft -f - <<-NFT
	table ip6 silent
	delete table ip6 silent
	table ip6 silent {
		chain forward {
			type filter hook forward priority 0
			ip6 saddr $CN_ADDR meta l4proto 135 $1
			ip6 daddr $CN_ADDR meta l4proto 135 $1
		}
	}
	NFT
}

peer_is() { [ "$(peer mn state $CN_ADDR)" = "$1" ]; }

define silent "a correspondent that answers nothing: the tunnel, three tries, a pause" 30
silent_body() {
	command -v tshark > /dev/null || atf_skip "tshark is not installed"
	one_up "hold-down 10s"
	mobility drop
	stream || atf_fail "no replies"
	wait_for 15 peer_is silent || atf_fail "$(ctl mn show bul)"
	phase phases tunnel flows 100
	tshark -r "$NET_DIR/pcap" -Y "mip6.mhtype == 2" > tests 2> tests.err ||
	    atf_fail "tshark"
	n=$(wc -l < tests)
	[ "$n" = 3 ] || atf_fail "$n Care-of Test Inits"
	# The pause ends, and there is an answer by now.
	mobility accept
	wait_for 15 one_direct || atf_fail "no direct way after the pause"
	flows 5
	phase phases optimised flows 100
	stream_judge || atf_fail "packets were lost"
	tcpdump_stop "$NET_DIR/pcap"
	judged phases $CN_ADDR $MN_HOME
}

define router "a router that is a correspondent: what it forwards has no RH2" 25
router_body() {
	router=2001:db8:cc::1
	one_up "never $CN_ADDR/128" core
	wait_for 10 in_ns core ping -c 3 -i 0.1 -W 1 -I $router $MN_HOME ||
	    atf_fail "not reachable from the router"
	wait_for 10 one_direct core $router || atf_fail "no direct way"
	stream || atf_fail "no replies"
	phase forwarded tunnel flows 100
	phase own optimised in_ns core ping -n -c 20 -i 0.02 -I $router $MN_HOME
	stream_judge || atf_fail "packets were lost"
	tcpdump_stop "$NET_DIR/pcap"
	judged forwarded $CN_ADDR $MN_HOME
	judged own $router $MN_HOME
}

# Payload of the node that its home agent has sent on to cn.
watch_tunnel() {
	in_ns core nft -f - <<-NFT
	table ip6 inward {
		chain forward {
			type filter hook forward priority 0
			iifname "toha" ip6 saddr $MN_HOME ip6 daddr $CN_ADDR \
			    meta l4proto ipv6-icmp counter
		}
	}
	NFT
}
by_tunnel() {
	[ "$(in_ns core nft list table ip6 inward |
	    sed -n 's/.*counter packets \([0-9]*\).*/\1/p')" -ge "$1" ]
}
more_replies() { [ "$(grep -c 'bytes from' "$NET_DIR/ping")" -ge "$1" ]; }

define moved "after a move all by the tunnel until the correspondent knows of it" 30
moved_body() {
	one_up "hold-down 10s"
	ip netns exec "$(ns mn)" ping -n -i 0.01 -I $MN_HOME $CN_ADDR \
	    > "$NET_DIR/ping" 2>&1 &
	echo $! >> "$NET_DIR/pids"
	wait_for 15 one_direct || atf_fail "$(ctl mn show bul)"
	wait_for 5 more_replies 50 || atf_fail "no replies"
	begin=$(now)
	mobility drop
	node_to mn foreign2
	watch_tunnel
	wait_for 15 by_tunnel 20 || atf_fail "nothing comes by the home agent"
	mobility accept
	wait_for 20 agreed mn $MN_HOME cn $CN_ADDR 2001:db8:f2: ||
	    atf_fail "$(ctl mn show bul)"
	n=$(grep -c 'bytes from' "$NET_DIR/ping")
	wait_for 5 more_replies $((n + 20)) || atf_fail "no replies"
	echo "$begin $(now) moved" >> "$NET_DIR/phases"
	phase phases optimised wait_for 5 more_replies $((n + 50))
	tcpdump_stop "$NET_DIR/pcap"
	judged phases $CN_ADDR $MN_HOME
}

# ----------------------------------------------------------- many at a time

HOSTS=5 EACH=100

# all_direct EACH PREFIX: with so many of each host, from a care-of address of
# this prefix, and the hosts know that
all_direct() {
	_coa=$(field mn careof show bul)
	case $_coa in $2*) ;; *) return 1 ;; esac
	[ "$(rows mn "show bul" agent state=optimized "careof=$_coa" |
	    wc -l)" = $(($1 * HOSTS)) ] || return 1
	_h=0
	while [ $((_h += 1)) -le $HOSTS ]; do
		[ "$(rows host$_h "show bindings" own "careof=$_coa" |
		    wc -l)" = "$1" ] || return 1
	done
}

define many "500 correspondents follow a move: the last used first, none too fast" 60
many_body() {
	one_up "" none
	hosts_up $HOSTS $EACH || atf_fail "no correspondents"
	ip netns exec "$(ns mn)" $PY "$TOP/regress/bench/stream.py" echo \
	    $MN_HOME &
	echo $! >> "$NET_DIR/pids"
	wait_for 5 receives mn 5003
	hosts_send $HOSTS 6 $EACH $MN_HOME
	wait_for 20 all_direct $((EACH - 5)) 2001:db8:f1: ||
	    atf_fail "not all are direct"
	# The first five of each, and nobody else, are used from now on.
	kill $(cat "$NET_DIR/senders")
	hosts_send $HOSTS 1 5 $MN_HOME
	wait_for 20 all_direct $EACH 2001:db8:f1: || atf_fail "not all are direct"
	moved=$(now)
	node_to mn foreign2
	wait_for 20 all_direct $EACH 2001:db8:f2: || atf_fail "not all follow"
	tcpdump_stop "$NET_DIR/pcap"
	h=0
	while [ $((h += 1)) -le $HOSTS ]; do
		host_addresses $h 1 5
	done > last_used
	atf_check -o save:judged $PY "$SRC/ro_pace.py" "$NET_DIR/pcap" \
	    "$moved" $((HOSTS * EACH)) last_used
	cat judged
}
