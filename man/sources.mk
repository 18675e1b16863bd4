MAN_PAGES = man/mip6d.8 man/mip6d.conf.5 man/mip6ctl.8 man/mip6d_internals.7 \
	man/libpfkey.3

install-man:
	for p in $(MAN_PAGES); do \
		s=$${p##*.}; d=$(DESTDIR)$(PREFIX)/share/man/man$$s; \
		mkdir -p $$d && install -m 0444 $$p $$d/ || exit 1; \
	done
