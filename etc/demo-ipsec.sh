#!/bin/sh
# demo-ipsec.sh: the demo with IKEv2 and IPsec.  A User-Mode Linux guest has the
# kernel for it (PF_KEY, ESP); in it are the networks of demo.sh, a charon and a
# mip6d at the mobile node and at the home agent.  TCP both ways and a ping run
# while the node leaves home, moves twice and returns; then an IKE rekey, a
# child rekey and one more move.  Needs no privileges.  Exit status 0 only if
# every octet arrived, all was protected and the capture shows it.
#
#	DEMO_MB=4		megabytes each way
#	DEMO_SECONDS=40		which the transfer is paced to last
#	DEMO_DIR=demo.out	logs and the capture
set -u

TOP=$(cd "$(dirname "$0")/.." && pwd)

if [ "${1:-}" != guest ]; then
	# On the host: a guest that runs this script, then the capture's judge.
	OUT=$(mkdir -p "${DEMO_DIR:-demo.out}" && cd "${DEMO_DIR:-demo.out}" && pwd)
	LAB_SOURCE=$TOP LAB_MEM=512 LAB_DIR=$OUT/ipsec
	rm -rf "$LAB_DIR"
	mkdir -p "$LAB_DIR/out"
	# shellcheck source=../regress/lab/lib.sh
	. "$TOP/regress/lab/lib.sh"
	if why=$(lab_missing charon); then
		echo "demo-ipsec: $why"
		exit 1
	fi
	echo "== booting a guest"
	lab_up box || exit 1
	lab_run -t 1000 box "DEMO_MB=${DEMO_MB:-4} \
	    DEMO_SECONDS=${DEMO_SECONDS:-40} OUT=$LAB_DIR/out \
	    sh $TOP/etc/demo-ipsec.sh guest >$LAB_DIR/out/demo.txt 2>&1" &
	run=$!
	# Long work shows its progress.
	tail -n +1 -F --pid=$run "$LAB_DIR/out/demo.txt" 2>/dev/null
	wait $run
	rc=$?
	cp "$LAB_DIR/out/core.pcap" "$OUT/demo-ipsec.pcap" 2>/dev/null
	lab_down
	trap - EXIT
	echo "the capture is $OUT/demo-ipsec.pcap, logs are in $LAB_DIR/out"
	exit $rc
fi

# shellcheck source=../regress/lab/ipsec_guest.sh
. "$TOP/regress/lab/ipsec_guest.sh"
MB=$DEMO_MB
failures=
say() { printf '\n== %s\n' "$*"; }
wrong() { printf 'FAILED: %s\n' "$*"; failures="$failures${failures:+; }$*"; }
finish() {
	ig_save
	net_down
	if [ -z "$failures" ]; then
		say "the node kept its address and its sessions, and nobody could listen"
		exit 0
	fi
	printf '\ndemo-ipsec: FAILED: %s\n' "$failures"
	exit 1
}

move() {
	say "the node moves to: $1"
	gap_begin
	ig_move "$1" || wrong "not registered from $1"
	wait_for 30 in_ns cn ping -6 -c 1 -W 1 $MN_HOME ||
	    wrong "not reachable at $1"
	gap_end
	# As long as STAY echo requests take, one each hundredth of a second.
	flows "$STAY" || wrong "no replies at $1"
}

# moments OF WHOM: how long IKE took, by charon's own log.
ike_times() {
	awk '
	function ms(t) {
		split(t, a, /[:.]/)
		return ((a[1] * 60 + a[2]) * 60 + a[3]) * 1000 + a[4]
	}
	/initiating IKE_SA/ && !t0 { t0 = ms($1) }
	/IKE_SA .* established between/ && !t1 { t1 = ms($1) }
	/CHILD_SA mh.* established/ && !t2 { t2 = ms($1) }
	END {
		if (t2)
			printf "initiate -> IKE_SA %d ms, -> keys for Binding Updates %d ms\n", t1 - t0, t2 - t0
	}' $NET_DIR/mn.charon.log
}

say "building the network, starting charon and mip6d at both ends"
ig_up || { wrong "it does not come up"; finish; }
wait_for 10 in_ns cn ping -6 -c 1 -W 1 $MN_HOME || wrong "not reachable at home"
ike_times

say "traffic: $MB MB of TCP each way and a ping every 10 ms"
STAY=$((DEMO_SECONDS * 100 / 8))
ip netns exec "$(ns mn)" $PYTHON "$TOP/regress/netns/traffic.py" \
    listen $MN_HOME 5001 "$MB" "$DEMO_SECONDS" > $NET_DIR/tcp.mn 2>&1 &
mn_tcp=$!
wait_for 10 listens mn 5001 || wrong "nobody listens"
ip netns exec "$(ns cn)" $PYTHON "$TOP/regress/netns/traffic.py" \
    connect $MN_HOME 5001 "$MB" "$DEMO_SECONDS" > $NET_DIR/tcp.cn 2>&1 &
cn_tcp=$!
stream || wrong "no replies at home"
flows 100 || wrong "no replies at home"
move foreign1
move foreign2
move foreign1
ctl ha show bindings
move home

say "an IKE rekey and a rekey of the CHILD_SAs, by the home agent"
ike_ids() { ig_field ha "show ike" initiator_spi; }
child_ids() { ig_field ha "show ike" spi_in | sort; }
before=$(ike_ids) children=$(child_ids)
ctl ha ike rekey $MN_HOME >/dev/null || wrong "ike rekey"
rekeyed() { [ "$(ike_ids)" != "$before" ] && [ -n "$(ike_ids)" ]; }
children_rekeyed() {
	[ "$(child_ids | wc -l)" -eq "$(echo "$children" | wc -l)" ] &&
	[ -z "$(child_ids | grep -F "$children")" ]
}
wait_for 15 rekeyed && echo "the IKE_SA is another" ||
    wrong "the IKE_SA was not rekeyed"
wait_for 15 children_rekeyed && echo "all CHILD_SAs are others" ||
    wrong "the CHILD_SAs were not rekeyed"
move foreign2

say "waiting for the transfers"
wait $mn_tcp || wrong "transfer, node's end: $(tail -n 1 $NET_DIR/tcp.mn)"
wait $cn_tcp || wrong "transfer, correspondent's end: $(tail -n 1 $NET_DIR/tcp.cn)"
sum() { awk -v w="$2" '$1 == w { print $2 }' "$NET_DIR/tcp.$1"; }
for pair in "mn cn" "cn mn"; do
	# shellcheck disable=SC2086
	set -- $pair
	a=$(sum "$1" sent) b=$(sum "$2" received)
	printf '%s -> %s: SHA-256 %s\n' "$1" "$2" "$a"
	[ -n "$a" ] && [ "$a" = "$b" ] || wrong "$2 received another: $b"
done

say "handovers, as the node saw them"
ctl mn show handovers || wrong "mip6d on the node does not answer"
say "moves of policies and associations (MIGRATE), the last of each"
for n in mn ha; do
	printf '%s: %s moves, %s errors, %s us\n' $n \
	    "$(ig_field $n "show sa" moves)" \
	    "$(ig_field $n "show sa" errors)" \
	    "$(ig_field $n "show sa" took_us)"
	[ "$(ig_field $n "show sa" errors)" = 0 ] ||
	    wrong "$n: moves with errors"
done

say "packets"
echo "echo requests; a gap is from unplugging until reachable again:"
stream_judge || wrong "echo requests were lost outside of handovers"
tcpdump_stop $NET_DIR/core.pcap
$PYTHON "$TOP/regress/lab/ipsec_judge.py" $NET_DIR/core.pcap $HA_ADDR \
    $MN_HOME $PROTECT || wrong "the capture"
say "check: what each has of the node fits together"
for n in mn ha; do
	ctl $n check || wrong "check at $n"
done
finish
