# A configuration that is there stays as it is.
install-etc:
	mkdir -p $(DESTDIR)$(PREFIX)/share/examples/mip6d \
		$(DESTDIR)$(SYSCONFDIR) $$(dirname $(DESTDIR)$(RC_FILE))
	install -m 0444 etc/*.conf $(DESTDIR)$(PREFIX)/share/examples/mip6d/
	test -e $(DESTDIR)$(SYSCONFDIR)/mip6d.conf || install -m 0600 \
		etc/mip6d.conf $(DESTDIR)$(SYSCONFDIR)/mip6d.conf
	rm -f $(DESTDIR)$(RC_FILE)
	sed -e 's,@PREFIX@,$(PREFIX),g' -e 's,@SYSCONFDIR@,$(SYSCONFDIR),g' \
		$(RC_SRC) >$(DESTDIR)$(RC_FILE)
	chmod $(RC_MODE) $(DESTDIR)$(RC_FILE)
	for f in $(RC_MORE); do \
		d=$$(dirname $(DESTDIR)$(RC_FILE))/$${f##*/}; rm -f $$d; \
		sed -e 's,@PREFIX@,$(PREFIX),g' \
		    -e 's,@SYSCONFDIR@,$(SYSCONFDIR),g' $$f >$$d && \
		chmod $(RC_MODE) $$d || exit 1; \
	done
