# lib.sh: a laboratory of User-Mode Linux guests, for tests that need a kernel
# with PF_KEY, ESP, Mobile IPv6 and tunnels.  Needs no privileges.
#
#	. "$(atf_get_srcdir)/lib.sh"
#	lab_require charon		skip the test if something is missing
#	lab_up mn:home,visited ha:home,core	(no name that ip(8) knows)
#	lab_run mn 'ip -6 addr show'	prints its output, returns its status
#	lab_run -t 5 ha "ping -c1 $a"	with a time limit in seconds
#
# A guest sees the files of the host, read-only, under the paths that they
# have here, and LAB_DIR, where both sides may write.  /tmp, /run and most of
# /var are its own and empty.  Its interfaces bear the names of their nets.
# A net is a hub; $LAB_DIR/NET.pcap has all that passed it.
#
# Most functions are commands too, for atf_check:
#
#	atf_check -o match:"0% packet loss" lab_run mn "ping -c3 $a"
#
# lab_up sets a trap on EXIT: the guests are killed, and if the test failed
# their logs are printed.  It must not be called in a subshell.
#
# Settings, to be made before lab_up:
#	LAB_DIR		directory of this laboratory (made; default $PWD/lab)
#	LAB_MEM		megabytes a guest (128)
#	LAB_TIMEOUT	seconds that a command may take (240)
#	LAB_BOOT	seconds that all guests may take to boot (600)

: "${LAB_DIR:=$PWD/lab}" "${LAB_MEM:=128}" "${LAB_TIMEOUT:=240}" \
    "${LAB_BOOT:=600}" "${LAB_LAUNCHER:=}"
: "${LAB_SOURCE:=$(cd "$(atf_get_srcdir)/../.." && pwd)}"
LAB_HERE=$LAB_SOURCE/regress/lab
PATH=$PATH:/usr/sbin:/sbin

# ------------------------------------------------------------ what is needed

# lab_find_charon: print the path of the IKE daemon.
lab_find_charon()
{
	for _lab_f in /usr/lib/ipsec/charon /usr/libexec/ipsec/charon \
	    /usr/lib/strongswan/charon /usr/libexec/strongswan/charon; do
		if [ -x $_lab_f ]; then
			echo $_lab_f
			return 0
		fi
	done
	return 1
}

# lab_missing [charon]: print why there can be no laboratory here; returns 1
# if there is no reason.
lab_missing()
{
	if [ "$(uname -s)" != Linux ]; then
		echo "User-Mode Linux runs on Linux only"
	elif ! command -v linux.uml >/dev/null 2>&1 ||
	    [ ! -d /usr/lib/uml/modules ]; then
		echo "user-mode-linux is not installed"
	elif ! command -v "${CC:-cc}" >/dev/null 2>&1; then
		echo "there is no C compiler"
	elif ! command -v modprobe >/dev/null 2>&1; then
		echo "kmod is not installed"
	elif ! command -v ip >/dev/null 2>&1; then
		echo "iproute2 is not installed"
	elif [ "${1:-}" = charon ] && { ! lab_find_charon >/dev/null ||
	    ! command -v swanctl >/dev/null 2>&1; }; then
		echo "strongSwan (charon, swanctl) is not installed"
	else
		return 1
	fi
}

lab_require()
{
	if _lab_why=$(lab_missing "$@"); then
		atf_skip "$_lab_why"
	fi
}

# _lab_cc TARGET FLAG...: compile TARGET.c (TARGET without .so) if its result
# is not there or is older.  Under its name only when complete: tests may run
# at the same time.
_lab_cc()
{
	_lab_src=$LAB_HERE/${1%.so}.c
	_lab_out=$LAB_BIN/$1
	shift
	if [ -n "$(find "$_lab_out" -newer "$_lab_src" 2>/dev/null)" ]; then
		return 0
	fi
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra "$@" \
	    -o "$_lab_out.$$" "$_lab_src" && mv "$_lab_out.$$" "$_lab_out"
}

# lab_build: the programs of the laboratory, into $LAB_BIN.
lab_build()
{
	LAB_BIN=$LAB_SOURCE/regress/.work/lab
	if ! mkdir -p "$LAB_BIN" 2>/dev/null || [ ! -w "$LAB_BIN" ]; then
		LAB_BIN=$LAB_DIR/bin
		mkdir -p "$LAB_BIN" || return 1
	fi
	_lab_cc launch && _lab_cc pfkey_probe && _lab_cc xstate_probe || return
	LAB_SHIM=
	if [ "$(uname -m)" = x86_64 ]; then
		_lab_cc xstate_shim.so -shared -fPIC || return
		LAB_SHIM=$LAB_BIN/xstate_shim.so
	fi
}

# ------------------------------------------------------------------- guests

# lab_time WHAT: print how long it took since the last call, or since lab_up.
lab_time()
{
	_lab_now=$(date +%s%N)
	echo "$1: $(( (_lab_now - _lab_mark) / 1000000 )) ms"
	_lab_mark=$(date +%s%N)
}

# atf_check runs programs, not functions: give each function a program that
# calls it.
_lab_commands()
{
	mkdir -p "$LAB_DIR/cmd" || return
	for _lab_f in run try modprobe start signal stop netns veth ns charon \
	    swanctl; do
		cat >"$LAB_DIR/cmd/lab_$_lab_f" <<EOF || return
#!/bin/sh
. "$LAB_HERE/lib.sh"
lab_$_lab_f "\$@"
EOF
		chmod 755 "$LAB_DIR/cmd/lab_$_lab_f" || return
	done
	PATH=$LAB_DIR/cmd:$PATH
	export PATH LAB_DIR LAB_SOURCE LAB_TIMEOUT
}

# lab_up GUEST[:NET[,NET...]]...: boot guests and wait until they are ready.
lab_up()
{
	_lab_mark=$(date +%s%N)
	mkdir -p "$LAB_DIR" || return
	if ! lab_build; then
		echo "the programs of the laboratory could not be built" >&2
		return 1
	fi
	LAB_GUESTS=
	for _lab_g; do
		LAB_GUESTS="$LAB_GUESTS ${_lab_g%%:*}"
	done
	_lab_commands || return
	trap '_lab_exit $?' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	"$LAB_BIN/launch" -d "$LAB_DIR" -m "$LAB_MEM" \
	    ${LAB_SHIM:+-p "$LAB_SHIM"} -k "$(command -v linux.uml)" \
	    -i "$LAB_HERE/init" -s "$LAB_SOURCE" "$@" \
	    </dev/null >"$LAB_DIR/launch.log" 2>&1 &
	LAB_LAUNCHER=$!
	export LAB_LAUNCHER

	_lab_end=$(( $(date +%s) + LAB_BOOT ))
	for _lab_g in $LAB_GUESTS; do
		while [ ! -e "$LAB_DIR/$_lab_g/ready" ]; do
			if [ -e "$LAB_DIR/$_lab_g/exit" ] ||
			    ! kill -0 $LAB_LAUNCHER 2>/dev/null; then
				echo "$_lab_g died while it booted" >&2
				return 1
			fi
			if [ "$(date +%s)" -ge $_lab_end ]; then
				echo "$_lab_g did not boot in $LAB_BOOT s" >&2
				return 1
			fi
			sleep 0.05
		done
	done
}

# lab_down: kill the guests.  LAB_DIR with all logs stays.
lab_down()
{
	if [ -n "$LAB_LAUNCHER" ]; then
		kill -TERM "$LAB_LAUNCHER" 2>/dev/null
		wait "$LAB_LAUNCHER" 2>/dev/null
		LAB_LAUNCHER=
	fi
	return 0
}

_lab_exit()
{
	trap - EXIT
	if [ "$1" -ne 0 ]; then
		lab_logs
	fi
	lab_down
	exit "$1"
}

# lab_logs [GUEST...]: the consoles, the logs of what lab_start started, and
# the last commands.
lab_logs()
{
	# shellcheck disable=SC2086
	[ $# -gt 0 ] || set -- $LAB_GUESTS
	cat "$LAB_DIR/launch.log" 2>/dev/null
	for _lab_g; do
		for _lab_f in "$LAB_DIR/$_lab_g/console" \
		    "$LAB_DIR/$_lab_g/"*.log "$LAB_DIR/$_lab_g/exit"; do
			if [ -s "$_lab_f" ]; then
				echo "--- $_lab_g: ${_lab_f##*/}"
				tail -n 200 "$_lab_f"
			fi
		done
		echo "--- $_lab_g: the last commands"
		ls -tr "$LAB_DIR/$_lab_g/" | sed -n 's/\.cmd$//p' | tail -n 5 |
		while read -r _lab_f; do
			_lab_f=$LAB_DIR/$_lab_g/$_lab_f
			sed 's/^/# /' "$_lab_f.cmd"
			cat "$_lab_f.out" "$_lab_f.err" 2>/dev/null
			echo "# => $(cat "$_lab_f.rc" 2>/dev/null ||
			    echo unfinished)"
		done
	done
}

# lab_run [-t SECONDS] GUEST COMMAND: run a shell command in a guest.  Prints
# what it printed, returns its exit status; 124 if it took too long, 125 if
# the guest is gone.  Several may run at the same time.
lab_run()
(
	limit=$LAB_TIMEOUT
	if [ "$1" = -t ]; then
		limit=$2
		shift 2
	fi
	guest=$1
	dir=$LAB_DIR/${guest:-no-guest}
	shift
	f=$(mktemp "$dir/XXXXXX") || exit 125	# no such guest
	printf '%s\n' "$*" >"$f.cmd"
	if [ -z "$LAB_LAUNCHER" ] || ! kill -0 "$LAB_LAUNCHER" \
	    2>/dev/null; then
		echo "lab_run: the laboratory is down" >&2
		exit 125
	fi
	echo "${f##*/}" >"$dir/in"
	end=$(( $(date +%s) + limit ))
	n=0 pause=0.02
	while [ ! -e "$f.rc" ]; do
		if [ -e "$dir/exit" ]; then
			echo "lab_run: $guest is gone: $(cat "$dir/exit")" >&2
			exit 125
		fi
		# To look costs the guest the processor that it is to work on.
		n=$((n + 1))
		case $n in
		25) pause=0.1 ;;
		100) pause=0.4 ;;
		esac
		if [ $((n % 25)) -eq 0 ] && [ "$(date +%s)" -ge $end ]; then
			echo "lab_run: $guest: no end after $limit s: $*" >&2
			cat "$f.out"
			cat "$f.err" >&2
			exit 124
		fi
		sleep $pause
	done
	cat "$f.out"
	cat "$f.err" >&2
	exit "$(cat "$f.rc")"
)

# lab_wait SECONDS COMMAND...: run a command here until it succeeds.  The
# seconds are those of a quiet machine; a busy one is given six times as many.
lab_wait()
{
	_lab_until=$(($(date +%s) + $1 * 6))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt $_lab_until ] || return 1
		sleep 0.1
	done
}

# lab_try [-t SECONDS] GUEST COMMAND: run a command again and again until it
# succeeds.  Prints what it printed the last time.
lab_try()
(
	limit=$LAB_TIMEOUT
	if [ "$1" = -t ]; then
		limit=$2
		shift 2
	fi
	guest=$1
	shift
	lab_run -t $((limit + LAB_TIMEOUT)) "$guest" "
end=\$(( \$(date +%s) + $limit ))
while :; do
	out=\$( { $*
	} 2>&1 )
	rc=\$?
	if [ \$rc -eq 0 ] || [ \$(date +%s) -ge \$end ]; then
		printf '%s\n' \"\$out\"
		exit \$rc
	fi
	sleep 0.1
done"
)

# lab_modprobe GUEST MODULE...
lab_modprobe()
{
	_lab_g=$1
	shift
	lab_run "$_lab_g" "modprobe -a $*"
}

# ---------------------------------------------------------- daemons in guests

# lab_start GUEST NAME COMMAND: start one simple command in the background.
# Its output goes to $LAB_DIR/GUEST/NAME.log, its exit status to NAME.exit.
lab_start()
(
	guest=$1
	name=$2
	base=$LAB_DIR/$guest/$name
	shift 2
	rm -f "$base.pid" "$base.exit"
	printf 'echo $$ >%s.pid\nexec %s\n' "$base" "$*" >"$base.sh"
	lab_run "$guest" "
( setsid sh $base.sh >>$base.log 2>&1 </dev/null
echo \$? >$base.exit.new; mv $base.exit.new $base.exit ) &
while [ ! -s $base.pid ]; do sleep 0.02; done"
)

# lab_running GUEST NAME
lab_running()
{
	[ -s "$LAB_DIR/$1/$2.pid" ] && [ ! -e "$LAB_DIR/$1/$2.exit" ]
}

# lab_signal GUEST NAME SIGNAL
lab_signal()
{
	lab_run "$1" "kill -$3 $(cat "$LAB_DIR/$1/$2.pid")"
}

# lab_stop GUEST NAME [SIGNAL]: end it (TERM) and wait for that; KILL after
# 20 seconds.  Returns its exit status as the shell gives it.
lab_stop()
(
	guest=$1
	name=$2
	base=$LAB_DIR/$guest/$name
	if lab_running "$guest" "$name"; then
		lab_run "$guest" "
kill -${3:-TERM} $(cat "$base.pid")
n=0
while [ ! -e $base.exit ] && [ \$((n += 1)) -lt 400 ]; do
	sleep 0.05
done
if [ ! -e $base.exit ]; then
	echo '$name does not end' >&2
	kill -KILL $(cat "$base.pid")
	while [ ! -e $base.exit ]; do sleep 0.05; done
fi" || exit
	fi
	exit "$(cat "$base.exit")"
)

# ---------------------------------------------------------- network namespaces

# lab_netns GUEST NAME...: make network namespaces, loopback up.
lab_netns()
{
	_lab_g=$1
	shift
	lab_run "$_lab_g" "for n in $*; do
	ip netns add \$n && ip -n \$n link set lo up || exit 1
done"
}

# lab_veth GUEST NS1 IF1 NS2 IF2: a cable between two namespaces, both ends up.
lab_veth()
{
	lab_run "$1" "modprobe veth &&
ip link add $3 netns $2 type veth peer name $5 netns $4 &&
ip -n $2 link set $3 up && ip -n $4 link set $5 up"
}

# lab_ns [-t SECONDS] GUEST NS COMMAND: lab_run in a network namespace.
lab_ns()
(
	limit=$LAB_TIMEOUT
	if [ "$1" = -t ]; then
		limit=$2
		shift 2
	fi
	guest=$1
	ns=$2
	shift 2
	lab_run -t "$limit" "$guest" "exec ip netns exec $ns sh -c '$(
	    printf '%s' "$*" | sed "s/'/'\\\\''/g")'"
)

# --------------------------------------------------------------------- charon

# lab_vici NAME: the path of a charon's vici socket in its guest.
lab_vici()
{
	echo "/tmp/charon.$1/vici"
}

# lab_charon [-n NS] [-c FILE] GUEST NAME: start charon in a guest, in a
# network namespace if one is given, and wait until it answers on its vici
# socket.  FILE is included at the end of its strongswan.conf.  A guest may
# have several: each has its own /run.  Log: $LAB_DIR/GUEST/NAME.charon.log.
lab_charon()
(
	ns=''
	extra=''
	OPTIND=1
	while getopts c:n: o; do
		case $o in
		c) extra="include $OPTARG" ;;
		n) ns="ip netns exec $OPTARG" ;;
		*) exit 2 ;;
		esac
	done
	shift $((OPTIND - 1))
	guest=$1
	name=$2
	base=$LAB_DIR/$guest/$name
	state=/tmp/charon.$name
	cat >"$base.conf" <<EOF
charon {
	# The plugins that are needed and no other: some of the rest install
	# policies, routes or devices of their own.
	load = random nonce drbg openssl kdf hmac sha1 sha2 aes gcm pem pkcs1 pkcs8 x509 pubkey constraints kernel-netlink socket-default vici
	install_routes = no
	install_virtual_ip = no
	process_route = no
	plugins {
		vici {
			socket = unix://$(lab_vici "$name")
		}
		kernel-netlink {
			roam_events = no
		}
	}
	filelog {
		lab {
			path = $base.charon.log
			time_format = %H:%M:%S
			time_add_ms = yes
			ike_name = yes
			flush_line = yes
			default = 1
		}
	}
}
swanctl {
	load = random openssl sha1 sha2 pem pkcs1 pkcs8 x509 pubkey
}
$extra
EOF
	cat >"$base.charon" <<EOF
#!/bin/sh
# Alone in its mount namespace, it finds its own /run.
mount --bind $state/run /run || exit 1
STRONGSWAN_CONF=$base.conf
export STRONGSWAN_CONF
exec $(lab_find_charon)
EOF
	lab_run "$guest" "mkdir -p $state/run" &&
	lab_start "$guest" "$name" \
	    "$ns unshare -m --propagation private sh $base.charon" || exit
	if ! lab_try "$guest" "[ -e $base.exit ] ||
	    STRONGSWAN_CONF=$base.conf swanctl --stats \
	    --uri unix://$(lab_vici "$name")" >/dev/null ||
	    ! lab_running "$guest" "$name"; then
		echo "charon $name in $guest does not answer" >&2
		exit 1
	fi
)

# lab_swanctl GUEST NAME ARGUMENT...: swanctl to that charon.
lab_swanctl()
(
	guest=$1
	name=$2
	shift 2
	lab_run "$guest" "STRONGSWAN_CONF=$LAB_DIR/$guest/$name.conf \
	    swanctl $* --uri unix://$(lab_vici "$name")"
)
