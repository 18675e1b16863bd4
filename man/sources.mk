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

# What mip6d(8) says of reasons; t_docs.sh looks whether it is up to date.
diagnostics:
	awk -v page=man/mip6d.8 -f man/reasons.awk mip6d/core/why.def \
		>man/mip6d.8.new
	mv man/mip6d.8.new man/mip6d.8

.PHONY: diagnostics
