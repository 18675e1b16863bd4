#!/bin/sh
# harden.sh CC...: print the hardening flags that this compiler takes.
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
echo 'int main(void) { return (0); }' > "$t/t.c"
for f in -fstack-protector-strong -fstack-clash-protection \
    -fcf-protection "-fPIE -pie" "-Wl,-z,relro -Wl,-z,now"; do
	# shellcheck disable=SC2086
	if "$@" -Werror $f -o "$t/t" "$t/t.c" 2>/dev/null; then
		out="$out $f"
	fi
done
# clang complains of linker flags while compiling; -Q silences it there.
if "$@" -Werror -Qunused-arguments -c -o "$t/t.o" "$t/t.c" 2>/dev/null; then
	out="$out -Qunused-arguments"
fi
echo "$out -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
