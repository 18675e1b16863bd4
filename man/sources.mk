MAN_PAGES = man/mip6d.8 man/mip6d.conf.5 man/mip6ctl.8 man/mip6.4 \
	man/mip6d_internals.7 man/libpfkey.3

# The pages name the places that were chosen.
install-man:
	for p in $(MAN_PAGES); do \
		d=$(DESTDIR)$(MANDIR)/man$${p##*.}; \
		f=$$d/$${p##*/}; mkdir -p $$d && rm -f $$f && \
		sed -e 's,/etc/mip6d\.conf,$(SYSCONFDIR)/mip6d.conf,g' \
		    -e 's,/usr/local/share,$(PREFIX)/share,g' $$p >$$f && \
		chmod 0444 $$f || exit 1; \
	done
