# A home agent and a correspondent with mip6d that are 5 ms away from the links of
# a mobile node; sourced behind netns/lib.sh.

# distant: home agent and correspondent are 5 ms away from the router that all
# links have
distant() {
	ns_add far
	in_ns far sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	for _i in "ha wan" "cn eth0"; do
		set -- $_i
		ip_in "$1" <<-IP
		link set $2 down
		link set $2 name near-$1
		link set near-$1 netns $(ns far)
		IP
		cable far far-$1 "$1" "$2" | ip -batch -
		ip_in far <<-IP
		link set near-$1 up
		link set far-$1 up
		IP
		in_ns "$1" ip link set "$2" up
	done
	ip_in ha <<-IP
	address add 2001:db8:aa::2/64 dev wan nodad
	route add default via 2001:db8:aa::1
	IP
	ip_in cn <<-IP
	address add $CN_ADDR/64 dev eth0 nodad
	route add default via 2001:db8:cc::1
	IP
	ip netns exec "$(ns far)" "$PYTHON" "$TOP/regress/bench/delay.py" 5 \
	    near-ha far-ha near-cn far-cn &
	echo $! >> "$NET_DIR/pids"
}

# A correspondent with mip6d, far away.
optimising() {
	distant
	mn_conf 'interface "wlan0"' "route-optimisation { after 3 }"
	cn_conf cn
	mip6d_start cn "$NET_DIR/cn.conf" || exit 1
}
