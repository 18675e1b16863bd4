# Many correspondents: addresses of a few hosts with a daemon each, in networks
# behind one router, which ask a neighbour for none of them; sourced behind
# lib.sh.

# hosts_up HOSTS EACH: so many hosts with so many addresses each, at a bridge in
# the place of the correspondent that there is usually
hosts_up() {
	ip_in cn <<-IP
	link add hosts type bridge mcast_snooping 0
	link set hosts up
	address flush dev eth0
	link set eth0 master hosts
	IP
	_h=0
	while [ $((_h += 1)) -le "$1" ]; do
		ns_add host$_h
		veth host$_h eth0 cn host$_h
		in_ns cn ip link set host$_h master hosts
		addr host$_h eth0 2001:db8:cc::1:$_h/64
		in_ns host$_h ip route add default via 2001:db8:cc::1
		in_ns core ip route add 2001:db8:cc:$_h::/64 \
		    via 2001:db8:cc::1:$_h
		host_addresses $_h 1 "$2" |
		    sed 's,.*,address add &/128 dev eth0 nodad,' |
		    ip_in host$_h
		cn_conf host$_h
		mip6d_start host$_h "$NET_DIR/host$_h.conf" || return 1
	done
}

# host_addresses HOST FIRST LAST: those of them
host_addresses() {
	_k=$(($2 - 1))
	while [ $((_k += 1)) -le "$3" ]; do
		printf '2001:db8:cc:%d::%x\n' "$1" $_k
	done
}

# hosts_send HOSTS FIRST LAST TO: a datagram twice a second from those addresses
# of each, to what returns it (bench/stream.py), until the pids in NET_DIR/senders
# are killed
hosts_send() {
	: > "$NET_DIR/senders"
	_h=0
	while [ $((_h += 1)) -le "$1" ]; do
		ip netns exec "$(ns host$_h)" "${PYTHON:-/usr/bin/python3}" \
		    "$TOP/regress/netns/senders.py" \
		    "$(host_addresses $_h "$2" "$2")" $(($3 - $2 + 1)) "$4" 0.5 &
		echo $! >> "$NET_DIR/pids"
		echo $! >> "$NET_DIR/senders"
	done
}
