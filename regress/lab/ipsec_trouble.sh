# ipsec_trouble.sh: cases of ipsec_case.sh, which sources it, in which something
# fails, ends or happens too often.

# away NS: it knows that its charon is not there.
away() { ctl "$1" -j show sa | grep -q 'charon is away'; }

# refreshed N: so many Binding Updates have been acknowledged.
refreshed() { counted "$1" mn mn ba_accepted; }

# charon dies at either end while the node moves.
case_charon() {
	up
	must "not registered" ig_move foreign1 40
	for n in mn ha; do
		say "charon is killed at $n, and the node moves"
		ig_charon_kill $n
		[ $n = mn ] && to=foreign2 || to=foreign1
		mn_to $to
		must "show sa of $n does not tell that charon is away" \
		    wait_for 20 away $n
		ctl ha show bindings | grep -q ' bound' ||
		    wrong "the binding has gone with charon"
		must "charon" ig_charon $n
		# Where it died they are to come again.  A node learns of the
		# death of the other charon by DPD: 60 s, then retransmissions
		# for 41 s.
		must "no keys again" wait_for 150 ig_children $n
		must "not registered again" wait_for 60 ig_at ${to#foreign}
		must "not reachable again" wait_for 60 ig_reach
		must "check at the node" wait_for 150 checked mn
		must "check at the agent" wait_for 150 checked ha
	done
}

# Without charon at both ends for longer than a binding lasts: it is refreshed
# and moved by the associations that are there.
case_outage() {
	MN_LIFETIME=16s
	up
	must "not registered" ig_move foreign1 40
	for n in mn ha; do
		ig_charon_kill $n
	done
	n=$(counter mn mn ba_accepted)
	must "not refreshed without charon" wait_for 30 refreshed $((n + 3))
	away mn || wrong "show sa does not tell that charon is away"
	ctl ha show bindings | grep -q ' bound' || wrong "the binding ended"
	must "not moved without charon" ig_move foreign2
	must "not reachable" wait_for 10 ig_reach
	n=$(counter mn mn ba_accepted)
	must "not refreshed there" wait_for 30 refreshed $((n + 3))
	must "not reachable after that" wait_for 10 ig_reach
	must "not at the second place any more" ig_at 2
	for n in mn ha; do
		must "charon" ig_charon $n
	done
	must "no keys again" wait_for 60 ig_children mn
	must "not reachable again" wait_for 30 ig_reach
	must "check at the node" wait_for 40 checked mn
	must "check at the agent" wait_for 40 checked ha
}

# Keys are replaced while the node moves.
case_rekey() {
	up
	must "not registered" ig_move foreign1 40
	for to in foreign2 foreign1 foreign2; do
		ctl ha ike rekey $MN_HOME >/dev/null || wrong "ike rekey"
		must "not registered from $to" ig_move $to
		must "not reachable from $to" wait_for 30 ig_reach
	done
	rule_time 8 "what a move during a rekeying left is moved 6 s later"
	must "check at the node, between" wait_for 30 checked mn
	must "check at the agent, between" wait_for 30 checked ha
	must "not registered in the end" ig_move foreign1
	must "not reachable in the end" wait_for 30 ig_reach
	rule_time 8 "the same: keys that are replaced meanwhile would be strays"
	must "check at the node, there" wait_for 30 checked mn
	# From the node's end, too: its charon has the endpoint that it needs.
	must "the node tells of no keys" wait_for 15 \
	    known spis mn "show ike" spi_in
	ctl mn ike rekey $MN_HOME >/dev/null || wrong "ike rekey at the node"
	other() {
		_now=$(ig_field mn "show ike" spi_in | sort)
		[ "$(echo "$_now" | wc -l)" = 2 ] &&
		    ! echo "$_now" | grep -qF "$spis"
	}
	must "the node could not rekey after a move" wait_for 15 other
	must "check at the node" wait_for 30 checked mn
	must "check at the agent" wait_for 30 checked ha
}

pids_of() { ig_field "$1" "show processes" pid | tr '\n' ' '; }

rss() {
	for _r in parent control net ha mn ike sec; do
		_p=$(child_pid "$1" $_r 2>/dev/null)
		[ -n "$_p" ] && awk '/VmRSS/ { print $2 }' "/proc/$_p/status"
	done | awk '{ s += $1 } END { print s }'
}

# Milliseconds, without a process more.
ms() { read -r _up _ < /proc/uptime; echo "${_up%.*}${_up#*.}0"; }

# turns N SECONDS LEAST: is there to be another turn?  There are N, or on a busy
# machine as many as fit into these seconds, but LEAST in any case.
turns() {
	[ $i -lt "$3" ] ||
	    { [ $i -lt "$1" ] && [ $(($(ms) - begin)) -lt $(($2 * 1000)) ]; }
}

# pace: until it is time for the next turn, every $step ms from $begin on.
pace() {
	_left=$((begin + i * step - $(ms)))
	[ $_left -le 0 ] || sleep "$(printf '%d.%03d' $((_left / 1000)) \
	    $((_left % 1000)))"
}

# paced WHAT: how fast they have come; a busy machine is slower.
paced() { say "$i $1, one each $((($(ms) - begin) / i)) ms"; }

# Moves every 400 ms: nothing is left over.
case_storm() {
	up
	must "not registered" ig_move foreign1 40
	dumps_mn=$(counter mn sec ipsec_dumps)
	dumps_ha=$(counter ha sec ipsec_dumps)
	must "not registered" ig_move foreign2
	# What the moves left behind is looked for after twelve seconds.
	must "nothing is looked for at the node" wait_for 30 \
	    counted $((dumps_mn + 1)) mn sec ipsec_dumps
	must "nothing is looked for at the agent" wait_for 30 \
	    counted $((dumps_ha + 1)) ha sec ipsec_dumps
	must "check at the node, before" wait_for 20 checked mn
	must "check at the agent, before" wait_for 20 checked ha
	mn=$(ig_counts mn) ha=$(ig_counts ha)
	pids="$(pids_of mn) $(pids_of ha)"
	rss_mn=$(rss mn) rss_ha=$(rss ha)
	begin=$(ms) step=400 i=0
	while turns 300 125 40; do
		i=$((i + 1))
		mn_to foreign$((i % 2 + 1))
		pace
	done
	paced moves
	must "not registered in the end" ig_move foreign1 60
	must "not registered in the end" ig_move foreign2 60
	must "not reachable in the end" wait_for 30 ig_reach
	same() { [ "$mn" = "$(ig_counts mn)" ] && [ "$ha" = "$(ig_counts ha)" ]; }
	must "counts differ" wait_for 30 same
	[ "$(pids_of mn) $(pids_of ha)" = "$pids" ] ||
	    wrong "a process has begun anew"
	must "check at the node" wait_for 20 checked mn
	must "check at the agent" wait_for 20 checked ha
	say "node: $mn; now $(ig_counts mn)"
	say "home agent: $ha; now $(ig_counts ha)"
	say "RSS in kB: node $rss_mn, now $(rss mn); agent $rss_ha, now $(rss ha)"
	for p in "$rss_mn $(rss mn)" "$rss_ha $(rss ha)"; do
		echo "$p" | awk '{ exit !($1 > 0 && $2 > 0 && $2 <= $1 * 1.02) }' ||
		    wrong "memory grew: $p"
	done
}

# `move` every 100 ms between two addresses: three updates a second at most,
# and the address that was named last is the one in the end.
case_flood() {
	up
	must "not registered" ig_move foreign1 40
	in_ns mn ip addr add 2001:db8:f1::a/64 dev wlan0 nodad
	in_ns mn ip addr add 2001:db8:f1::b/64 dev wlan0 nodad
	begin=$(ms) step=100 i=0
	while turns 200 25 30; do
		i=$((i + 1)) last=b
		[ $((i % 2)) = 1 ] || last=a
		ctl mn move 2001:db8:f1::$last >/dev/null || wrong "move"
		pace
	done
	paced "times asked to move"
	there() { [ "$(ig_field ha "show bindings" careof)" = 2001:db8:f1::$last ]; }
	must "the last address did not win" wait_for 10 there
	must "not reachable in the end" wait_for 30 ig_reach
	must "check at the node" wait_for 20 checked mn
	must "check at the agent" wait_for 20 checked ha
	must "the last address did not stay" there
	tcpdump_stop $NET_DIR/core.pcap
	must "more than three updates a second" $PYTHON \
	    "$TOP/regress/lab/ipsec_rate.py" $NET_DIR/core.pcap $HA_ADDR 3
}

# Of so many associations for Binding Updates the charon of NS knows.
has_mh() { [ "$(ig_field "$1" "show ike" name | grep -c '^mh$')" -eq "$2" ]; }

# Each end has the one that is there deleted and asks for another, before it has
# heard what the other end does.
make_two() {
	$PYTHON "$TOP/regress/lab/ipsec_twice.py" $NET_DIR/mn.vici \
	    $NET_DIR/ha.vici && wait_for 10 has_mh ha 2
}

# Two associations for the same, made by either end: one is ended, by the agent.
case_twice() {
	up
	must "not registered" ig_move foreign1 40
	in_ns ha tc qdisc add dev wan root netem delay 2s
	in_ns mn tc qdisc add dev wlan0 root netem delay 2s
	must "there are no two of them" wait_for 60 make_two
	in_ns ha tc qdisc del dev wan root
	in_ns mn tc qdisc del dev wlan0 root
	must "both are kept at the agent" wait_for 60 has_mh ha 1
	must "both are kept at the node" wait_for 30 has_mh mn 1
	must "not counted" counted 1 ha ike spares_ended
	grep 'CHILD_SA mh.* is ended' $NET_DIR/*.log
	must "not registered after that" ig_move foreign2 40
	must "not reachable after that" wait_for 30 ig_reach
	must "check at the node" wait_for 40 checked mn
	must "check at the agent" wait_for 40 checked ha
	[ "$(ig_field mn "show ike" spi_in | sort)" = \
	    "$(ig_field ha "show ike" spi_out | sort)" ] ||
	    wrong "the ends have different ones"
}

# Associations end while packets flow: by time, softly, then for good, as
# nobody is there to renew them.
case_expiry() {
	SA_LIFETIME=12s
	up
	must "not registered" ig_move foreign1 40
	must "not reachable" wait_for 30 ig_reach
	must "the node tells of no keys" wait_for 15 \
	    known before mn "show ike" spi_in
	say "associations of $(echo "$before" | wc -l) kinds, soft expiry"
	# Each of three rekeyings costs the node's packets until the agent has
	# the new association, as the node's charon has the kernel use it at
	# once: the more, the busier the machine is, which is asked again then.
	flowing() {
		in_ns cn ping -6 -n -i 0.05 -c 800 $MN_HOME > $NET_DIR/ping.out
		tail -n 3 $NET_DIR/ping.out
		got=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' $NET_DIR/ping.out)
		[ "${got:-0}" -ge 792 ]
	}
	flowing || flowing || flowing || wrong "packets were lost by rekeying"
	for spi in $before; do
		ig_field mn "show ike" spi_in | grep -q "$spi" &&
		    wrong "$spi was not renewed"
	done
	must "check at the agent, renewed" wait_for 20 checked ha
	say "hard expiry, while both charons are stopped"
	for n in ha mn; do
		kill -STOP "$(cat $NET_DIR/$n.charon.pid)"
	done
	dry() { ! in_ns mn ip xfrm state | grep -q 'enc '; }
	in_ns cn ping -6 -n -i 0.5 $MN_HOME > $NET_DIR/ping2.out &
	echo $! >> $NET_DIR/pids
	must "they do not end" wait_for 70 dry
	ctl ha show bindings | grep -q ' bound' || wrong "the binding has gone"
	for n in ha mn; do
		kill -CONT "$(cat $NET_DIR/$n.charon.pid)"
	done
	must "not reachable again" wait_for 90 ig_reach
	must "no keys again" wait_for 30 ig_children mn
	must "check at the node" wait_for 40 checked mn
	must "check at the agent" wait_for 40 checked ha
}
