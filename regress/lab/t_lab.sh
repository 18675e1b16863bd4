#!/usr/bin/env atf-sh
# The laboratory itself: guests boot, are joined, and have what the tests of
# mobility with IPsec need.

. "$(atf_get_srcdir)/lib.sh"


atf_test_case joined
joined_head()
{
	atf_set descr "two guests: ping, PF_KEY, charon"
	atf_set timeout 600
}
joined_body()
{
	lab_require charon
	lab_up mn:lan ha:lan || atf_fail "the guests did not boot"
	lab_time "two guests booted"

	for g in mn ha; do
		lab_modprobe $g af_key xfrm_user esp6 mip6 ip6_tunnel authenc \
		    cbc echainiv || atf_fail "modules in $g"
	done
	lab_time "modules loaded"

	lab_run mn "ip addr add 2001:db8::1/64 dev lan nodad &&
	    ip link set lan up" || atf_fail "address of mn"
	lab_run ha "ip addr add 2001:db8::2/64 dev lan nodad &&
	    ip link set lan up" || atf_fail "address of ha"
	atf_check -o match:"3 received" \
	    lab_run mn "ping -6 -c 3 -i 0.2 -w 20 2001:db8::2"
	atf_check -o match:"3 received" \
	    lab_run ha "ping -6 -c 3 -i 0.2 -w 20 2001:db8::1"
	lab_time "pinged both ways"

	for g in mn ha; do
		atf_check -o match:"algorithms for ESP" \
		    lab_run $g "$LAB_BIN/pfkey_probe"
	done
	lab_time "PF_KEY opened in both"

	for g in mn ha; do
		lab_charon $g ike || atf_fail "charon in $g"
	done
	lab_time "charon answers in both"
	for g in mn ha; do
		atf_check -o match:"uptime" lab_swanctl $g ike --stats
		atf_check lab_stop $g ike
	done
	lab_time "charon ended in both"
}

atf_test_case secured
secured_head()
{
	atf_set descr "ESP between two guests, keys from their charons"
	atf_set timeout 600
}
secured_conf()
{
	# secured_conf LOCAL REMOTE
	cat <<EOF
connections {
	lab {
		version = 2
		local_addrs = $1
		remote_addrs = $2
		proposals = aes128-sha256-x25519
		local {
			auth = psk
			id = $1
		}
		remote {
			auth = psk
			id = $2
		}
		children {
			all {
				mode = transport
				local_ts = $1/128
				remote_ts = $2/128
				esp_proposals = aes128-sha256
			}
		}
	}
}
secrets {
	ike-lab {
		secret = "laboratory"
	}
}
EOF
}
secured_body()
{
	a=2001:db8::1
	b=2001:db8::2
	lab_require charon
	lab_up mn:lan ha:lan || atf_fail "the guests did not boot"
	secured_conf $a $b >"$LAB_DIR/mn.swanctl"
	secured_conf $b $a >"$LAB_DIR/ha.swanctl"
	for g in mn:$a ha:$b; do
		lab_modprobe ${g%%:*} xfrm_user esp6 authenc cbc echainiv ||
		    atf_fail "modules"
		lab_run ${g%%:*} "ip addr add ${g#*:}/64 dev lan nodad &&
		    ip link set lan up" || atf_fail "address"
		lab_charon ${g%%:*} ike || atf_fail "charon"
		atf_check -o match:"loaded connection" -e ignore \
		    lab_swanctl ${g%%:*} ike --load-all \
		    --file "$LAB_DIR/${g%%:*}.swanctl"
	done
	lab_time "two guests with charon"
	atf_check -o match:"initiate completed successfully" \
	    lab_swanctl mn ike --initiate --child all
	lab_time "security associations"
	atf_check -o match:"3 received" \
	    lab_run mn "ping -6 -c 3 -i 0.2 -w 20 $b"
	atf_check -o match:"proto esp" lab_run ha "ip xfrm state"

	# The net saw ESP and no echo in the clear.
	command -v tshark >/dev/null || atf_skip "tshark is not installed"
	tshark -n -r "$LAB_DIR/lan.pcap" -Y "esp" 2>/dev/null >esp
	tshark -n -r "$LAB_DIR/lan.pcap" \
	    -Y "icmpv6.type == 128 || icmpv6.type == 129" 2>/dev/null >clear
	cat clear
	if [ "$(wc -l <esp)" -lt 6 ] || [ -s clear ]; then
		cat esp clear
		atf_fail "not all that was sent was ESP"
	fi
}

atf_test_case namespaces
namespaces_head()
{
	atf_set descr "namespaces in one guest, a charon in each of two"
	atf_set timeout 600
}
namespaces_body()
{
	lab_require charon
	lab_up box || atf_fail "the guest did not boot"
	lab_netns box a r b || atf_fail "namespaces"
	lab_veth box a a0 r r0 || atf_fail "a - r"
	lab_veth box r r1 b b0 || atf_fail "r - b"
	lab_run box "
ip -n a addr add 2001:db8:a::1/64 dev a0 nodad
ip -n b addr add 2001:db8:b::1/64 dev b0 nodad
ip -n r addr add 2001:db8:a::2/64 dev r0 nodad
ip -n r addr add 2001:db8:b::2/64 dev r1 nodad
ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=1
ip -n a route add default via 2001:db8:a::2
ip -n b route add default via 2001:db8:b::2" || atf_fail "addresses"
	atf_check -o match:" 0% packet loss" lab_try box \
	    "ip netns exec a ping -6 -c 2 -i 0.2 2001:db8:b::1"
	# Quotes and statuses pass through.
	atf_check -s exit:7 -o inline:"it's \$HOME\n" -e inline:"no\n" \
	    lab_ns box b "echo \"it's \\\$HOME\"; echo no >&2; exit 7"

	lab_modprobe box xfrm_user esp6 || atf_fail "modules"
	lab_charon -n a box ike_a || atf_fail "charon in a"
	lab_charon -n b box ike_b || atf_fail "charon in b"
	for c in a b; do
		atf_check -o match:"2001:db8:$c::1" \
		    lab_ns box $c "grep . /proc/net/if_inet6 >/dev/null &&
		    ip -br addr"
		atf_check -o match:uptime lab_swanctl box ike_$c --stats
	done
	lab_stop box ike_a || atf_fail "the end of charon in a"
	atf_check -o match:uptime lab_swanctl box ike_b --stats
}

atf_test_case hang
hang_head()
{
	atf_set descr "what hangs or dies in a guest is noticed"
	atf_set timeout 600
}
hang_body()
{
	lab_require
	lab_up one || atf_fail "the guest did not boot"
	atf_check -s exit:3 lab_run one 'exit 3'
	atf_check -s exit:124 -o inline:"begun\n" -e match:"no end after 2 s" \
	    lab_run -t 2 one 'echo begun; sleep 1000'
	atf_check -s exit:0 -o inline:"alive\n" lab_run one 'echo alive'

	# The host's files are out of reach.
	atf_check -s not-exit:0 -e match:"Read-only" lab_run one \
	    "touch $LAB_HERE/touched"

	lab_start one sleeper "sleep 1000" || atf_fail "sleeper"
	lab_running one sleeper || atf_fail "sleeper does not run"
	atf_check -s exit:143 lab_stop one sleeper
	if lab_running one sleeper; then
		atf_fail "sleeper runs"
	fi

	atf_check -s exit:125 -e match:"one is gone" \
	    lab_run one 'echo o >/proc/sysrq-trigger; sleep 1000'

	# No process of a guest is left when it ended, nor when it is killed.
	lab_down
	hang_gone
	LAB_DIR=$LAB_DIR.2
	lab_up two || atf_fail "the guest did not boot"
	lab_down
	hang_gone
}
hang_gone()
{
	if ps -e -ww -o pid,ppid,pgid,args | grep "[l]ab_dir=$LAB_DIR "; then
		atf_fail "processes are left"
	fi
}

atf_test_case xstate
xstate_head()
{
	atf_set descr "the shim lets a short xstate be written"
}
xstate_body()
{
	lab_require
	[ "$(uname -m)" = x86_64 ] || atf_skip "not an x86-64 machine"
	mkdir -p "$LAB_DIR" && lab_build || atf_fail "lab_build"
	"$LAB_BIN/xstate_probe"
	case $? in
	1)	;;
	77)	atf_skip "this CPU has no extended state" ;;
	*)	atf_fail "the host takes a short xstate" ;;
	esac
	LD_PRELOAD=$LAB_SHIM atf_check "$LAB_BIN/xstate_probe"
}

atf_init_test_cases()
{
	for c in joined secured namespaces hang xstate; do
		atf_add_test_case $c
	done
}
