#!/usr/bin/env atf-sh
# The real home agent and many mobile nodes, each with its own address, key,
# sequence number and socket; a host on the home link; hostile senders.

. "$(atf_get_srcdir)/test.sh"
. "$SRC/ha_lib.sh"

NODES=200
MNLOAD=$SRC/mnload.bench

setup() {
	begin ip nft tcpdump
	[ -x "$MNLOAD" ] || atf_fail "make regress/netns/mnload.bench first"
	load_net || atf_fail "no topology"
	in_ns ha ip -6 rule > rules.before
}

# start NODES LINK [LINE...]: the home agent, and the nodes
start() {
	load_conf "$@"
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	load_start mn -n "$1"
}

# all PHASE STATUS [MORE]: every node gets this answer, to its first Binding
# Update unless MORE is there: some may come too soon after a start
all() {
	load mn "$1" || atf_fail "$1: no end: $(cat "$NET_DIR/mn.err")"
	[ "$(load_figure mn retransmitted)" = 0 ] ||
	    ctl ha show counters | grep -v ' 0  '
	set -- "$1" "$2" "${3:-retransmitted 0}"
	for w in "answered $NODES" "status $2:$NODES" "bad 0" "$3"; do
		atf_check_equal "$w" "${w% *} $(load_figure mn "${w% *}")"
	done
}

routes() { in_ns ha ip -6 route show proto 106 | wc -l; }
bound() { ctl ha -j show bindings | $PY -c '
import json, sys
print(sum(r["state"] == "bound" for r in json.load(sys.stdin)["rows"]))'; }
bound_are() { [ "$(bound)" = "$1" ]; }
routes_are() { [ "$(routes)" = "$1" ]; }
pings() { in_ns "$1" ping -6 -c 2 -i 0.1 -W 1 "$2"; }
# The daemon ends; nothing of it is left, whatever it had done.
end() {
	mip6d_stop ha || atf_fail "no end"
	atf_check_equal 0 "$(routes)"
	in_ns ha nft list tables | grep mip6d && atf_fail "nft table left"
	in_ns ha ip link show mip6 2>/dev/null && atf_fail "tun left"
	in_ns ha ip -6 rule > rules.after
	atf_check cmp rules.before rules.after
	grep -i 'error\|sanitizer\|died' "$NET_DIR/ha.log" && atf_fail "the log"
	return 0
}

# tcpdump may be behind on a busy machine.
captured() {
	[ "$($PY "$SRC/ba_check.py" "$NET_DIR/pcap")" = "ok $((NODES * 4))" ]
}

# life ROUTES: all register, refresh, move and de-register
life() {
	ip netns exec "$(ns mns)" tcpdump -q -U -i eth0 -w "$NET_DIR/pcap" \
	    ip6 2>/dev/null &
	dumper=$!; echo $dumper >> "$NET_DIR/pids"
	wait_for 5 test -s "$NET_DIR/pcap" || atf_fail "tcpdump does not capture"
	for p in register refresh move; do
		all $p 0
		atf_check_equal $NODES "$(bound)"
		atf_check_equal "$1" "$(routes)"
		for i in 0 1 63 c7; do
			pings cn "$HOME_PREFIX::1:$i" ||
			    atf_fail "node $i after $p"
		done
	done
	all deregister 0
	atf_check_equal 0 "$(bound)"
	wait_for 2 routes_are "$2" || atf_fail "$(routes) routes left"
	pings cn "$HOME_PREFIX::1:1" && atf_fail "still reachable"
	wait_for 20 captured; kill $dumper
	atf_check -o inline:"ok $((NODES * 4))\n" $PY "$SRC/ba_check.py" \
	    "$NET_DIR/pcap"
}

define physical "200 nodes at once, DAD in parallel, one route each"
physical_body() {
	setup
	start $NODES home
	life $NODES 0
	atf_check_equal $NODES "$(counter ha ha dad_started)"
	end
}

define dissected "the same, as tshark reads it"
dissected_body() {
	begin tshark
	setup
	start $NODES home
	life $NODES 0
	tshark -r "$NET_DIR/pcap" -Y '_ws.malformed ||
	    icmpv6.checksum.status == 0' > bad 2> err || atf_fail "$(cat err)"
	[ ! -s bad ] || atf_fail "tshark: $(head -n 3 bad)"
	tshark -r "$NET_DIR/pcap" -Y mipv6 2> err | grep -q 'Binding Ack' ||
	    atf_fail "tshark finds no acknowledgement: $(cat err)"
	end
}

define virtual "200 nodes at once, one route for all"
virtual_body() {
	setup
	start $NODES virtual
	life 1 1
	end
}

# odd KIND ANSWER COUNTER [I J]: ANSWER is a status or "silence"
odd() {
	before=$(counter ha ha "$3")
	load mn odd "$1" "${4:-3}" "${5:-4}" || atf_fail "$1"
	got=$(load_figure mn status)
	[ -n "$got" ] || got=silence
	atf_check_equal "$1 $2" "$1 ${got%:1}"
	atf_check_equal "$1 bad 0" "$1 bad $(load_figure mn bad)"
	atf_check_equal "$1 $3 1" "$1 $3 $(($(counter ha ha "$3") - before))"
}

define faults "replays, others' names and keys, addresses that can't be"
faults_body() {
	setup
	NODES=10
	start $NODES virtual 'deny care-of 2001:db8:bad::/48' \
	    'update-rate 100'
	all register 0
	ctl ha -j show bindings > bindings.before
	# RFC 4285 6, 5.1, 5.1.1
	odd replay 144 refused_id_mismatch
	odd old 144 refused_id_mismatch
	odd future 144 refused_id_mismatch
	odd nostamp 145 refused_mesg_id_required
	odd key 146 refused_auth_fail
	odd name 146 refused_auth_fail
	odd spi silence drop_no_security_association
	odd noauth silence drop_auth_missing
	# RFC 6275 5.1: the home address of another
	odd identity 129 refused_not_its_home_address
	# RFC 6275 6.1.7
	for k in multicast linklocal loopback unspecified; do
		odd $k silence drop_coa_not_unicast
	done
	# RFC 6275 9.5.1
	odd sequence 135 refused_sequence
	ctl ha -j show bindings > bindings.after
	rows_of before > b.before
	rows_of after > b.after
	atf_check cmp b.before b.after
	# The number of a valid one counts, also of one that is refused then.
	odd denied 129 refused_prohibited
	odd agent 174 refused_invalid_coa
	ctl ha -j show bindings > bindings.refused
	rows_of refused > b.refused
	cut -d ' ' -f 1,2,4 < b.before > b.places
	cut -d ' ' -f 1,2,4 < b.refused | atf_check -o file:b.places cat
	atf_check_equal 1 "$(comm -13 b.before b.refused | wc -l)"
	all refresh 0
	end
}

rss() { awk '/VmRSS/ { print $2 }' "/proc/$1/status"; }

# flood KB LINK RATE: hostile Mobility Headers while nodes register, again and again
flood() {
	start $NODES "$2" 'update-rate 100'
	for r in net ha control; do
		child_pid ha $r > pid.$r
		rss "$(cat pid.$r)" > rss.$r
	done
	all register 0
	(echo "fuzz 100000 $$" | ip netns exec "$(ns mns)" "$MNLOAD" -i eth0 \
	    -a $HA_ADDR -c 2001:db8:f2:: -n $NODES -r "$3" \
	    > "$NET_DIR/fuzz.out" 2>&1) &
	fuzzer=$!
	n=0
	while kill -0 $fuzzer 2>/dev/null; do
		for p in refresh move deregister register; do
			load mn $p || atf_fail "$p: no end"
			atf_check_equal "$p $NODES:0" \
			    "$p $(load_figure mn accepted):$(load_figure mn bad)"
		done
		n=$((n + 1))
	done
	wait $fuzzer
	cat "$NET_DIR/fuzz.out"
	echo "$n rounds of 4 registrations of $NODES nodes meanwhile"
	grep -q 'sent 100000' "$NET_DIR/fuzz.out" || atf_fail "fuzz"
	[ $n -ge 2 ] || atf_fail "$n rounds"
	for r in net ha control; do
		atf_check_equal "$(cat pid.$r)" "$(child_pid ha $r)"
		echo "$r: $(cat rss.$r) kB, then $(rss "$(cat pid.$r)") kB"
		[ $(($(rss "$(cat pid.$r)") - $(cat rss.$r))) -lt "$1" ] ||
		    atf_fail "$r grew"
	done
	# Four in five come by the capture, the others by the raw socket.
	[ "$(counter ha net captured)" -gt 75000 ] || atf_fail "not seen"
	[ "$(counter ha ha drop_malformed)" -gt 1000 ] || atf_fail "not examined"
	all refresh 0
	pings cn "$HOME_PREFIX::1:7" || atf_fail "no traffic any more"
	end
}

define hostile "100,000 random Mobility Headers while nodes register" 120
hostile_body() {
	setup
	flood 16384 virtual 25000
}

define hostile_sanitized "the same, with sanitizers, on a physical link" 180
hostile_sanitized_body() {
	setup
	[ -x "$MIP6D.san" ] || atf_skip "make SANITIZE=1 programs first"
	MIP6D=$MIP6D.san
	export ASAN_OPTIONS=quarantine_size_mb=16:detect_leaks=0
	flood 131072 home 14000
}

lladdr() { in_ns "$1" cat "/sys/class/net/$2/address"; }
neighbour() { in_ns host ip -6 neigh show "$1" dev eth0; }
usable() { in_ns host ip -6 addr show dev eth0 | grep "$1/" |
    grep -qv 'tentative\|dadfailed'; }

define proxy_nd "a host on the home link meets a node that is away"
proxy_nd_body() {
	setup
	in_ns host sysctl -qw net.ipv6.conf.eth0.accept_dad=1 \
	    net.ipv6.conf.all.accept_dad=1 \
	    net.ipv6.conf.eth0.accept_ra=0
	NODES=8
	start $NODES home
	# RFC 6275 10.3.1: an address that another has is refused.
	taken=$HOME_PREFIX::1:7 away=$HOME_PREFIX::1:2
	addr host eth0 $taken/64
	load mn register
	atf_check_equal 0:7,134:1 "$(load_figure mn status)"
	# 10.4.1: neighbours are told the home agent's link-layer address.
	pings host $away || atf_fail "not reachable on the link"
	neighbour $away | grep -q "$(lladdr ha home)" || atf_fail "$(neighbour $away)"
	neighbour $away | grep -q router && atf_fail "R is set"
	# DAD of another: the address is defended.
	in_ns host ip -6 addr add $away/64 dev eth0
	wait_for 4 dad_failed $away || atf_fail "not defended"
	in_ns host ip -6 addr del $away/64 dev eth0
	pings host $away || atf_fail "not reachable after the conflict"
	# Nobody's address is not defended.
	in_ns host ip -6 addr add $HOME_PREFIX::1:20/64 dev eth0
	wait_for 4 usable $HOME_PREFIX::1:20 || atf_fail "::1:20"
	# 10.3.2: no longer after de-registration.
	load mn deregister
	in_ns host ip -6 neigh flush dev eth0
	pings host $away && atf_fail "still answered for"
	in_ns host ip -6 addr add $away/64 dev eth0
	wait_for 4 usable $away || atf_fail "still defended"
	end
}
dad_failed() { in_ns host ip -6 addr show dev eth0 | grep "$1/" |
    grep -q dadfailed; }

define many_groups "each address is defended, whatever a socket may join" 90
many_groups_body() {
	setup
	# What Linux allowed by default for long: some 300 groups a socket.
	in_ns ha sysctl -qw net.core.optmem_max=20480 ||
	    atf_skip "optmem_max can't be set here"
	NODES=3000
	start $NODES home
	all register 0
	for i in 0 100 200 300 3e7 bb7; do
		pings host $HOME_PREFIX::1:$i > /dev/null ||
		    atf_fail "node $i: not reachable on the link"
	done
	grep 'joining group' "$NET_DIR/ha.log" && atf_fail "a group is missing"
	kill -9 "$(child_pid ha net)"
	wait_for 10 pings host $HOME_PREFIX::1:3e7 || atf_fail "after net died"
	in_ns host ip -6 neigh flush dev eth0
	for i in 0 100 200 300 3e7 bb7; do
		wait_for 5 pings host $HOME_PREFIX::1:$i ||
		    atf_fail "node $i: not reachable after net died"
	done
	all deregister 0
	wait_for 15 no_groups || atf_fail "groups are left: $(groups)"
}
groups() { in_ns ha ip -6 maddr show dev home | grep -c 'ff02::1:ff01:'; }
no_groups() { [ "$(groups)" = 0 ]; }

# More than one refresh in a second.
rate_is_over() {
	for i in 1 2 3 4 5; do load mn refresh; done
	[ "$(counter ha ha refused_node_rate)" -gt 0 ]
}

accepted() {
	load mn odd plain "$1"
	[ "$(load_figure mn status)" = 0:1 ]
}

rows_of() {
	$PY -c 'import json, sys
for r in sorted(json.load(sys.stdin)["rows"], key=lambda r: r["home"]):
    print(r["home"], r["careof"], r["sequence"], r["state"])' < "bindings.$1"
}

define limits "the numbers of bindings and of Binding Updates; rules"
limits_body() {
	setup
	NODES=20
	start $NODES virtual 'maximum-bindings 12' 'update-rate 1' \
	    'deny identifier "node1@*"' \
	    'deny home-address 2001:db8:1::1:2/128'
	load mn register
	atf_check_equal 0:12,129:2,130:6 "$(load_figure mn status)"
	atf_check_equal 12 "$(bound)"
	load mn odd plain 5; load mn odd plain 5; load mn odd plain 5
	atf_check_equal 6 "$(counter ha ha refused_full)"
	atf_check_equal 2 "$(counter ha ha refused_prohibited)"
	wait_for 60 rate_is_over || atf_fail "not counted"
	load_figure mn status | grep -q 130 || atf_fail "no limit of rate"
	mip6d_stop ha
	# The same in silence.
	load_conf $NODES virtual 'maximum-bindings 12' 'over-limit drop'
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no start"
	# The time of an agent that begins anew is ahead, for a moment.
	for i in 5 0 1 2 3 4 6 7 8 9 10 11; do
		wait_for 10 accepted $i || atf_fail "node $i: not accepted"
	done
	load mn odd plain 12
	atf_check_equal "" "$(load_figure mn status)"
	atf_check_equal 1 "$(counter ha ha refused_full)"
	end
}

define reload "a reload keeps bindings; the end takes all away"
reload_body() {
	setup
	NODES=50
	start $NODES home
	all register 0
	child_pid ha ha > before
	sed -i 's/home-agent {/home-agent {\n\tmaximum-lifetime 100s/' \
	    "$NET_DIR/ha.conf"
	ctl ha reload || atf_fail "reload"
	atf_check_equal "$(cat before)" "$(child_pid ha ha)"
	atf_check_equal $NODES "$(bound)"
	atf_check_equal $NODES "$(routes)"
	pings cn $HOME_PREFIX::1:9 || atf_fail "no traffic"
	all refresh 0
	ctl ha -j show bindings | grep -q '"lifetime_ms": *100000' ||
	    atf_fail "the new limit is not applied"
	# A node that is listed no more loses its binding.
	sed -i '/node9@/d' "$NET_DIR/ha.conf"
	ctl ha reload || atf_fail "reload"
	wait_for 5 routes_are $((NODES - 1)) || atf_fail "$(routes) routes"
	end
}

# The time of an agent that begins anew is ahead of all that it has accepted;
# these nodes don't follow it.
time_is_past() { load mn register && ! load_figure mn status | grep -q 144; }

define crashes "net, ha and all of it die with 200 bindings" 60
crashes_body() {
	setup
	start $NODES home
	all register 0
	kill -9 "$(child_pid ha net)"
	wait_for 10 pings cn $HOME_PREFIX::1:7 || atf_fail "after net died"
	atf_check_equal $NODES "$(bound)"
	all refresh 0
	pid=$(child_pid ha ha)
	kill -9 "$pid"
	wait_for 10 reborn ha ha "$pid" || atf_fail "ha is not back"
	# It knows them all again, before any of them says a word.
	wait_for 10 bound_are $NODES || atf_fail "knows $(bound) of $NODES"
	atf_check_equal "$NODES 0" "$(routes) $(counter ha ha bindings_not_restored)"
	pings cn $HOME_PREFIX::1:7 || atf_fail "while nobody registers"
	all refresh 0 "bad 0"
	atf_check_equal "$NODES $NODES" "$(bound) $(routes)"
	pings cn $HOME_PREFIX::1:7 || atf_fail "after ha died"
	mip6d_kill ha
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no new start"
	wait_for 10 time_is_past || atf_fail "timestamps are too old for ever"
	all register 0 "bad 0"
	atf_check_equal "$NODES $NODES" "$(bound) $(routes)"
	pings cn $HOME_PREFIX::1:7 || atf_fail "after all of it died"
	all deregister 0
	end
}
