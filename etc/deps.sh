#!/bin/sh
# deps.sh: install what mip6d needs to be built and tested, with the system's
# own packages.  Asks nothing, installs only what is missing.
set -eu

DEBIAN="gcc libc6-dev make bmake clang llvm libevent-dev libssl-dev byacc bison
kyua libatf-dev atf-sh strongswan-swanctl charon-systemd strongswan-charon
libcharon-extra-plugins libstrongswan-standard-plugins user-mode-linux
tshark tcpdump python3 python3-scapy python3-cryptography mandoc radvd
nftables iptables iproute2 ethtool iputils-ping kmod valgrind procps socat"

# Compiler, yacc, libcrypto, ATF and mandoc come with the system; py*-scapy
# carries the Python version in its name.
FREEBSD="kyua libevent strongswan tshark radvd socat py*-scapy"
NETBSD="kyua libevent strongswan wireshark radvd socat py*-scapy"

need_root()
{
	if [ "$(id -u)" -ne 0 ]; then
		echo "deps: missing:$missing" >&2
		echo "deps: run 'make deps' as root to install them" >&2
		exit 1
	fi
	echo "deps: installing$missing"
}

# The services that come with the packages are tested by hand, they must not
# run on this machine: refuse their start while we install.
forbid_services()
{
	policy=/usr/sbin/policy-rc.d
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod 755 $policy
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		trap 'exit 1' HUP INT TERM
	fi
}

# disable_service UNIT PACKAGE: not at the next boot either, if the package
# came with us.
disable_service()
{
	case "$missing " in
	*" $2 "*)
		if command -v systemctl >/dev/null 2>&1; then
			systemctl disable "$1" >/dev/null 2>&1 || :
		fi
		;;
	esac
}

# The sanitizers' and libFuzzer's run time goes by clang's version.
clang_runtime()
{
	v=$( { dpkg-query -W -f '${Depends}' clang 2>/dev/null ||
	    apt-cache depends clang 2>/dev/null; } |
	    sed -n 's/.*clang-\([0-9][0-9]*\).*/\1/p' | head -1)
	if [ -z "$v" ]; then
		return
	fi
	for p in libclang-rt-$v-dev libclang-common-$v-dev; do
		if dpkg-query -W "$p" >/dev/null 2>&1 ||
		    apt-cache show "$p" >/dev/null 2>&1; then
			echo "$p"
			return
		fi
	done
}

debian_missing()
{
	missing=
	for p; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$p" \
		    2>/dev/null) in
		installed)
			;;
		*)
			missing="$missing $p" ;;
		esac
	done
}

deps_debian()
{
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2046,SC2086
	debian_missing $DEBIAN $(clang_runtime)
	if [ -z "$missing" ]; then
		return
	fi
	need_root
	apt-get -qq update
	# With the lists there, the name of clang's run time is known.
	# shellcheck disable=SC2046,SC2086
	debian_missing $DEBIAN $(clang_runtime)
	forbid_services
	# shellcheck disable=SC2086
	apt-get -qq -y --no-install-recommends install $missing </dev/null
	disable_service strongswan.service charon-systemd
	disable_service strongswan-starter.service strongswan-charon
	disable_service radvd.service radvd
}

# Replaces "py*-NAME" by the name that the repository has.
bsd_name()
{
	case $1 in
	py\**)
		$2 | sed -n "s/^\(py[0-9]*${1#py\*}\)\(-[0-9].*\)*$/\1/p" |
		    sort -r | head -1
		;;
	*)
		echo "$1" ;;
	esac
}

deps_freebsd()
{
	export ASSUME_ALWAYS_YES=yes
	missing=
	for p in $FREEBSD; do
		# kyua is part of newer base systems.
		if [ "$p" = kyua ] && [ -x /usr/bin/kyua ]; then
			continue
		fi
		if ! pkg info -q -g -e "$p"; then
			missing="$missing $p"
		fi
	done
	if [ -z "$missing" ]; then
		return
	fi
	need_root
	pkg update -q
	for p in $missing; do
		pkg install -q -y "$(bsd_name "$p" "pkg rquery %n")"
	done
}

deps_netbsd()
{
	missing=
	for p in $NETBSD; do
		if [ "$p" = kyua ] && [ -x /usr/bin/kyua ]; then
			continue
		fi
		if ! pkg_info -q -E "$p-[0-9]*" >/dev/null; then
			missing="$missing $p"
		fi
	done
	if [ -z "$missing" ]; then
		return
	fi
	need_root
	pkgin -y update
	for p in $missing; do
		pkgin -y install "$(bsd_name "$p" "pkgin -p avail")"
	done
}

if command -v apt-get >/dev/null 2>&1; then
	deps_debian
elif command -v pkgin >/dev/null 2>&1; then
	deps_netbsd
elif command -v pkg >/dev/null 2>&1; then
	deps_freebsd
else
	echo "deps: neither apt-get nor pkg nor pkgin is here; needed:" >&2
	echo "$DEBIAN" >&2
	exit 1
fi
