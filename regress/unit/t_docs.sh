#!/usr/bin/env atf-sh
# What the documents say is there, and what is there is in the documents; the
# samples are right and `make install' installs what it should.

top=$(cd "$(atf_get_srcdir)/../.." && pwd)
mip6d=$top/mip6d/mip6d.san

# more LIST N: a list of less than N lines was not found, it is not short
more() { [ "$(wc -l <"$1")" -ge "$2" ] || { cat "$1"; atf_fail "$1"; }; }

atf_test_case verbs
verbs_head() { atf_set descr "each verb of core/verb.def is in mip6ctl(8)"; }
verbs_body()
{
	sed -n 's/^VERB([A-Z_]*, "\([a-z ]*\)",.*/\1/p' \
	    "$top/mip6d/core/verb.def" >verbs
	more verbs 20
	while read -r v; do
		grep -Eq "^\.It Cm $v( |\$)" "$top/man/mip6ctl.8" ||
		    echo "$v"
	done <verbs >missing
	atf_check cat missing
	# and none besides
	sed -n '/^The verbs are/,/^\.El/s/^\.It Cm \([a-z ]*[a-z]\).*/\1/p' \
	    "$top/man/mip6ctl.8" | grep -vxF -f verbs >surplus
	atf_check cat surplus
}

atf_test_case keywords
keywords_head() { atf_set descr "each keyword is in mip6d.conf(5)"; }
keywords_body()
{
	cat "$top"/mip6d/*/*.c "$top/mip6d/conf/conf.h" | tr '\n\t' '  ' |
	    grep -Eo '(\{ \.name =|X\([A-Z]+, [a-z]+,) ?"[a-z -]+"' |
	    sed 's/.*"\(.*\)"/\1/' | grep -vx global | sort -u >keys
	more keys 45
	while read -r k; do
		w=${k#* }
		grep -E "^\.(It )?(Ic|Cm|Op) |\[$w " "$top/man/mip6d.conf.5" |
		    grep -Eq "(^|[^a-z-])$w([^a-z-]|\$)" || echo "$k"
	done <keys >missing
	atf_check cat missing
}

# in_readme FILE: the targets that a text has make build.
in_readme()
{
	grep -Eo '(`|^    |&& )make [a-z]+(-[a-z]+)*' "$1" |
	    sed 's/.*make //' | sort -u
}

# Those of a list of targets for which no makefile has a rule.
without_rule()
{
	cat "$top/Makefile" "$top"/*/sources.mk >makefiles
	while read -r t; do
		grep -Eq "^$t( [a-z-]+)*:" makefiles || echo "make $t"
	done
}

atf_test_case readme
readme_head() { atf_set descr "what README.md names is there"; }
readme_body()
{
	sed -n '/^## Where things are/,/^## The life/s/^    \([^ ]*\) .*/\1/p' \
	    "$top/README.md" >tree
	more tree 20
	while read -r f; do
		[ -e "$top/$f" ] || echo "$f"
	done <tree >missing
	atf_check cat missing

	# In the text: dir/file.c and function(), between backquotes.
	sed -n '/^## The life/,/^## License/p' "$top/README.md" |
	    grep -Eo '`[^`]*`' | tr -d '`' >names
	more names 40
	while read -r n; do
		case $n in
		*\(\))	grep -Eqr "^${n%??}\(" "$top/mip6d" --include=*.c ;;
		*/*.[ch]) [ -e "$top/mip6d/$n" ] ;;
		esac || echo "$n"
	done <names >missing
	atf_check cat missing

	in_readme "$top/README.md" >targets
	more targets 6
	without_rule <targets >missing
	atf_check cat missing
	# One that is not there is found to be missing.
	{ cat "$top/README.md"; echo "    make demo-nowhere"; } >planted
	in_readme planted | without_rule >missing
	atf_check -o inline:'make demo-nowhere\n' cat missing
}

atf_test_case makefile
makefile_head()
{
	atf_set descr "what the head of Makefile tells can be made"
}
makefile_body()
{
	# Targets, then behind tabs what they do.
	sed -n 's/^#	make \([a-z][a-z -]*[a-z]\)\(	.*\)\{0,1\}$/\1/p' \
	    "$top/Makefile" | tr ' ' '\n' >targets
	more targets 6
	without_rule <targets >missing
	atf_check cat missing
	# Files of these names do not keep them from being made.
	sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$top/Makefile" |
	    sed -n 's/^\.PHONY://p' | tr -s ' \t' '\n\n' >phony
	grep -vxF -f phony targets >missing
	atf_check cat missing
}

atf_test_case internals
internals_head()
{
	atf_set descr "what mip6d_internals(7) names is there"
}
internals_body()
{
	page=$top/man/mip6d_internals.7
	grep -E '^\.(It )?Fn |\.(Pq|Po) Fn | Fn ' "$page" |
	    grep -Eo 'Fn [A-Za-z_0-9]+' | cut -c4- | sort -u >functions
	more functions 40
	while read -r f; do
		grep -Eqrw "$f" "$top/mip6d" "$top/ike" "$top/mip6ctl" \
		    "$top/regress" --include=*.[chy] || echo "$f"
	done <functions >missing
	atf_check cat missing

	grep -E 'Pa ' "$page" | sed 's/.*Pa //' | tr -s ' ' '\n' |
	    grep -E '^[a-z_0-9/]+\.[a-z]+$' | sort -u >files
	more files 40
	while read -r f; do
		[ -n "$(find "$top/mip6d" "$top/regress" "$top/mip6ctl" \
		    "$top/$f" -path "*/$f" 2>/dev/null)" ] || echo "$f"
	done <files >missing
	atf_check cat missing

}

# Lines "MESSAGE from ROLE" and "MESSAGE to ROLE": as the rows of core/msg.def
# and core/role.def make them together, which t_msg prints, and as the table of
# the page has them.
rows_of_code()
{
	"$top/regress/unit/t_msg.test" matrix 2>/dev/null | awk '/ > / {
		message = $1
		sub(/^[^ ]* */, "")
		n = split($0, pairs, "; ")
		for (i = 1; i < n; i++) {
			split(pairs[i], ends, " > ")
			print message, "from", ends[1]
			print message, "to", ends[2]
		}
	}' | one_a_line
}
# roles KIND...: those of core/role.def, each behind a space.
roles()
{
	for k; do
		sed -n "s/^$k([A-Z]*, \([a-z]*\),.*/ \1/p" \
		    "$top/mip6d/core/role.def"
	done | tr -d '\n'
}
rows_of_page()
{
	sed -n -e '/^\.Ss The messages/,/^\.Sh/s/^\.It \([A-Z][A-Z].*\)/\1/p' "$1" |
	    awk -F ' Ta ' '{
		n = split($1, m, ", ")
		for (i = 1; i <= n; i++) {
			k = split($2, w, ", ")
			for (j = 1; j <= k; j++)
				print m[i], "from", w[j]
			k = split($3, w, ", ")
			for (j = 1; j <= k; j++)
				print m[i], "to", w[j]
		}
	    }' | sed -e 's/ any$/ parent any child/' \
	    -e "s/ \(any \)\{0,1\}child\$/$(roles SERVICE ENGINE)/" \
	    -e "s/ engine\$/$(roles ENGINE)/" | one_a_line
}
one_a_line()
{
	awk '{ for (i = 3; i <= NF; i++) print $1, $2, tolower($i) }' | sort -u
}

atf_test_case messages
messages_head()
{
	atf_set descr "who sends and gets each message, in mip6d_internals(7)"
}
messages_body()
{
	page=$top/man/mip6d_internals.7
	sed -nE 's/^(MESSAGE|LIKE)\(([A-Z0-9_]+),.*/\2/p' \
	    "$top"/mip6d/core/msg*.def | sort >messages
	more messages 60
	rows_of_code >code
	cut -d' ' -f1 code | uniq >found
	atf_check diff messages found
	rows_of_page "$page" >said
	atf_check diff code said
	# A row that is wrong, and one that is missing, are found.
	sed -e 's/^\(\.It HOME_ROUTE Ta\) ha/\1 mn/' -e '/^\.It CONNECT/d' \
	    "$page" >wrong
	rows_of_page wrong >said
	atf_check -s exit:1 -o match:'^< CONNECT from ike$' \
	    -o match:'^> HOME_ROUTE from mn$' diff code said
}

atf_test_case transports
transports_head()
{
	atf_set descr "kinds of descriptors and whose row is in which file, there"
}
transports_body()
{
	# Kind, and the file of net that has its row.
	sed -n 's/^	\[FD_\([A-Z0-9_]*\)\] = &\([a-z0-9_]*\),/\1 \2/p' \
	    "$top/mip6d/net/transport.c" | while read -r kind row; do
		echo "$kind" "$(basename "$(grep -lE \
		    "^(static )?const struct transport	 $row = " \
		    "$top"/mip6d/net/*.c)")"
	done >code
	more code 6
	sed -n '/^\.Sh TRANSPORTS/,/^\.Sh THE/s/^\.It \([A-Z][A-Z].*\)/\1/p' \
	    "$top/man/mip6d_internals.7" |
	    awk -F ' Ta ' '{ print $1, substr($3, 4) }' >said
	atf_check diff code said
	# A row that is wrong, and one that is missing, are found.
	sed -e 's/^TUN .*/TUN raw.c/' -e /^GROUP/d said >wrong
	atf_check -s exit:1 -o match:'^< GROUP transport.c$' \
	    -o match:'^> TUN raw.c$' diff code wrong
}

atf_test_case limits
limits_head()
{
	atf_set descr "flags, limits and counters that mip6d(8) names are there"
}
limits_body()
{
	page=$top/man/mip6d.8
	sed -n '/getopt(argc, argv,/,/;/p' "$top/mip6d/main.c" |
	    grep -Eo '"[+A-Za-z:]+"' | tr -d '"+:' | fold -w 1 |
	    grep -v P | sort >flags	# P: the parent's own
	more flags 8
	sed -n '/^The options are/,/^\.El/s/^\.It Fl \(.\).*/\1/p' "$page" |
	    sort >said
	atf_check diff flags said

	sed -n '/^\.Sh LIMITS/,/^\.Sh FILES/p' "$page" >section
	grep -Eo '[A-Z]+_[A-Z_]+|NREFUSALS' section | sort -u |
	    grep -vx -e IKE_SA -e CHILD_SA >names
	more names 12
	while read -r n; do
		grep -Eqr "^#define[ 	]+$n[ 	]" "$top/mip6d" "$top/ike" \
		    "$top/libpfkey" --include=*.h || echo "$n"
	done <names >missing
	atf_check cat missing
	sed -n 's/^\.Dq \(parent\|control\|net\|ha\|mn\|ike\|sec\) \([a-z_]*\).*/\2/p' \
	    "$page" >names
	more names 7
	while read -r n; do
		grep -Eqrw "$n" "$top/mip6d" "$top/ike" --include=*.[ch] ||
		    echo "$n"
	done <names >missing
	atf_check cat missing
}

atf_test_case pages
pages_head()
{
	atf_set descr "manual pages are clean"
	atf_set require.progs mandoc
}
pages_body()
{
	ls "$top"/man/*.[1-9] >pages
	more pages 6
	while read -r p; do
		atf_check mandoc -Tlint -Wwarning "$p"
		grep -qF "man/${p##*/}" "$top/man/sources.mk" ||
		    atf_fail "$p is not installed"
	done <pages
}

atf_test_case diagnostics
diagnostics_head()
{
	atf_set descr "DIAGNOSTICS of mip6d(8) are the reasons of core/why.def"
}
diagnostics_body()
{
	cd "$top" || exit 1
	awk -v page=man/mip6d.8 -f man/reasons.awk mip6d/core/why.def |
	    atf_check -o empty diff man/mip6d.8 -
	# Each has its entry, and its sentence.
	grep -c '^WHY(' mip6d/core/why.def >"$OLDPWD/wanted"
	sed -n '/^\.\\" reasons:/,/^\.\\" end/p' man/mip6d.8 |
	    grep -c '^\.It Sy' >"$OLDPWD/found"
	atf_check -o file:"$OLDPWD/wanted" cat "$OLDPWD/found"
	# And is set by somebody.
	sed -n 's/^WHY(\([A-Z_0-9]*\),.*/\1/p' mip6d/core/why.def |
	while read -r id; do
		grep -Eqrw "WHY_$id|SET\(r, $id" mip6d ike --include=*.c ||
		    echo "$id"
	done >"$OLDPWD/unused"
	atf_check cat "$OLDPWD/unused"
}

atf_test_case samples
samples_head() { atf_set descr "mip6d -n accepts the samples"; }
samples_body()
{
	[ -x "$mip6d" ] || atf_skip "mip6d.san is not built"
	for f in "$top"/etc/*.conf; do
		cp "$f" sample
		chmod 600 sample
		atf_check -e match:'^configuration OK$' "$mip6d" -n -f sample
		# What it prints is the same thing.
		"$mip6d" -nv -f sample >printed || atf_fail "$f: -nv"
		chmod 600 printed
		# But for the keys of IPsec, which are never printed.
		case $f in
		*-ipsec.conf)
			atf_check -o not-empty grep removed printed
			sed -i 's/secret removed/secret "0123456789abcdef"/' printed
			sed 's/secret .*/secret removed/' printed >expected ;;
		*)
			atf_check -s exit:1 grep removed printed
			cp printed expected ;;
		esac
		atf_check -o file:expected -e ignore "$mip6d" -nv -f printed
	done
}

atf_test_case services
services_head() { atf_set descr "service scripts"; }
services_body()
{
	for f in "$top"/etc/rc.d/*; do
		atf_check sh -n "$f"
	done
	if command -v systemd-analyze >/dev/null 2>&1; then
		for f in "$top"/etc/*.service; do
			sed -e "s,@PREFIX@/sbin/mip6d,/bin/true," \
			    -e "s,@SYSCONFDIR@,/etc,g" "$f" >"${f##*/}"
		done
		atf_check -o ignore systemd-analyze verify --man=no \
		    ./*.service
	fi
}

# What is installed, under PREFIX=/usr/local and SYSCONFDIR=/etc.
installed()
{
	cat <<-LIST
	./etc/mip6d.conf 600
	./usr/local/include/libpfkey.h 444
	./usr/local/lib/libpfkey.a 444
	./usr/local/sbin/mip6ctl 555
	./usr/local/sbin/mip6d 555
	./usr/local/share/examples/mip6d/correspondent.conf 444
	./usr/local/share/examples/mip6d/home-agent-ipsec.conf 444
	./usr/local/share/examples/mip6d/home-agent-virtual.conf 444
	./usr/local/share/examples/mip6d/home-agent.conf 444
	./usr/local/share/examples/mip6d/mip6d.conf 444
	./usr/local/share/examples/mip6d/mobile-node-ipsec.conf 444
	./usr/local/share/examples/mip6d/mobile-node.conf 444
	./usr/local/share/man/man3/libpfkey.3 444
	./usr/local/share/man/man4/mip6.4 444
	./usr/local/share/man/man5/mip6d.conf.5 444
	./usr/local/share/man/man7/mip6d_internals.7 444
	./usr/local/share/man/man8/mip6ctl.8 444
	./usr/local/share/man/man8/mip6d.8 444
	LIST
	case $(uname -s) in
	Linux)	for u in mip6d mip6d-undo; do
			echo "./usr/local/lib/systemd/system/$u.service 444"
		done ;;
	FreeBSD) echo "./usr/local/etc/rc.d/mip6d 555" ;;
	NetBSD)	echo "./usr/local/share/examples/rc.d/mip6d 555" ;;
	OpenBSD) echo "./etc/rc.d/mip6d 555" ;;
	esac
}

mode() { stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1"; }

atf_test_case install
install_head()
{
	atf_set descr "make install, by each make that is here, twice"
	atf_set timeout 300
}
install_body()
{
	[ -x "$mip6d" ] && [ -x "$top/mip6ctl/mip6ctl.san" ] &&
	    [ -w "$top/mip6d" ] || atf_skip "needs a tree that is built"
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKE
	installed | sort >expected
	dest=$(pwd)/dest
	for m in make bmake gmake; do
		command -v $m >/dev/null 2>&1 || continue
		rm -rf dest
		for again in "" again; do
			(cd "$top" && $m SANITIZE=1 DESTDIR="$dest" \
			    PREFIX=/usr/local SYSCONFDIR=/etc install) \
			    >log 2>&1 || { cat log; atf_fail "$m install"; }
			(cd dest && find . -type f | sort | while read -r f; do
				echo "$f $(mode "$f")"
			done) >found
			atf_check -o file:expected cat found
			[ -z "$again" ] || atf_check -o inline:'mine\n' \
			    cat dest/etc/mip6d.conf
			echo mine >dest/etc/mip6d.conf
		done
		# No name of a place is left to be filled in.
		atf_check -s exit:1 grep -rlE '@(PREFIX|SYSCONFDIR)@' \
		    dest/usr/local/share dest/usr/local/lib
	done
}

atf_test_case paths
paths_head() { atf_set descr "SYSCONFDIR is what mip6d was built with"; }
paths_body()
{
	mkdir mip6d
	atf_check sh "$top/mip6d/kern/paths.sh" /opt/etc
	atf_check -o match:'"/opt/etc/mip6d.conf"' cat mip6d/paths.h
	touch -t 200001010000 mip6d/paths.h
	atf_check sh "$top/mip6d/kern/paths.sh" /opt/etc
	atf_check -o match:2000 ls -l mip6d/paths.h
	atf_check sh "$top/mip6d/kern/paths.sh" /etc
	atf_check -o match:'"/etc/mip6d.conf"' cat mip6d/paths.h
}

atf_init_test_cases()
{
	# Run by hand in the tree, its lists are not left there.
	case $(pwd -P) in
	"$top"|"$top/regress/unit")
		mkdir -p "$top/regress/.work/hand" &&
		    cd "$top/regress/.work/hand" || exit 1 ;;
	esac
	for c in verbs keywords readme makefile internals messages transports \
	    limits pages diagnostics samples services install paths; do
		atf_add_test_case $c
	done
}
