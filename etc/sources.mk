install-etc:
	mkdir -p $(DESTDIR)$(PREFIX)/share/examples/mip6d
	install -m 0444 etc/*.conf $(DESTDIR)$(PREFIX)/share/examples/mip6d/
