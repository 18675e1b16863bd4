#!/usr/bin/env atf-sh
# mip6ctl cga: addresses that it makes, judged by an independent reading of
# RFC 3972 with hashlib and python3-cryptography, and the other way round; the
# example of the RFC; what is printed.

ctl="$(atf_get_srcdir)/../../mip6ctl/mip6ctl.san"

# octets HEX: these, as they are.
octets()
{
	for o in $(echo "$1" | sed 's/../& /g'); do
		printf "\\$(printf %03o "0x$o")"
	done
}

# The public key of RFC 3972 appendix A, and what is before it.
KEY=305c300d06092a864886f70d0101010500034b003048024100c2c2f137305454f10bd9cea3\
6844b530e9211a4b262b16467cb7dfba1f595c0194f275be5a4d386f2c3c2382508773c7867f9b\
3b9e63a09c7bc48f7a54ebefaf0203010001
FOUND=89a8a8b2e858d8b8f2633f44d2d4ce9b
ADDRESS=fe80::3c4a:5bf6:ffb4:ca6c

# No line of the output, or of what was complained of, is wider than a screen.
narrow()
{
	awk 'length > 80 { print FILENAME ": " $0 }' out err >wide
	atf_check -o empty cat wide
}

# refused TEXT WORDS...: exit code 1, and that is why.
refused()
{
	text=$1
	shift
	atf_check -s exit:1 -o save:out -e save:err "$ctl" "$@"
	atf_check -o inline:"mip6ctl: $text\n" cat err
	narrow
}

atf_test_case example
example_head()
{
	atf_set descr "the example of RFC 3972 appendix A, and what differs"
}
example_body()
{
	octets "${FOUND}fe8000000000000000$KEY" >rfc
	atf_check -o inline:"address:  $ADDRESS
sec:      1
verified: yes
" "$ctl" cga verify $ADDRESS rfc
	atf_check -o save:out -e save:err "$ctl" cga show rfc
	atf_check -o inline:"modifier:         $FOUND
prefix:           fe80::/64
collision_count:  0
key_octets:       94
extension_octets: 0
bits:             512
exponent:         65537
fits_rfc4866:     no
note:             an RSA key below 1024 bits is too weak

SEC ADDRESS
  0 fe80::1c4a:5bf6:ffb4:ca6c
  1 $ADDRESS
" cat out
	narrow
	# Words may be cut; u and g are of no meaning.
	atf_check -o match:"verified: yes" "$ctl" cg v \
	    fe80::3f4a:5bf6:ffb4:ca6c rfc
	refused "rfc: the subnet prefix of the address is another" \
	    cga verify fe80:0:0:1:3c4a:5bf6:ffb4:ca6c rfc
	refused "rfc: the interface identifier is of other parameters" \
	    cga verify fe80::3c4a:5bf6:ffb4:ca6d rfc
	refused "rfc: the modifier does not do for the Sec of the address" \
	    cga verify fe80::5c4a:5bf6:ffb4:ca6c rfc
	octets "${FOUND}fe8000000000000003$KEY" >three
	refused "three: the collision count is above 2" \
	    cga verify $ADDRESS three
	refused "three: the collision count is above 2" cga show three
	atf_check -o match:"^collision_count:  3" cat out
	octets "${FOUND}fe80000000000000" >short
	refused "short: the parameters end before the public key" \
	    cga show short
	octets "${FOUND}fe800000000000000030" >none
	refused "none: the public key is no SubjectPublicKeyInfo in DER" \
	    cga show none
	head -c 2049 /dev/zero >long
	refused "long: the parameters are longer than 2048 octets" \
	    cga verify $ADDRESS long
	refused "nowhere: No such file or directory" cga show nowhere
	refused "/: not a file" cga verify $ADDRESS /
	refused '"here" is not an IPv6 address' cga verify here rfc
	refused "usage: cga verify ADDRESS FILE" cga verify $ADDRESS
	refused "usage: cga show FILE" cga show
	refused "usage: cga show FILE" cga show rfc rfc
}

atf_test_case made
made_head()
{
	atf_set descr "files by the name of the address, which are never replaced"
}
made_body()
{
	umask 022
	# A control socket that is not there is not asked.
	atf_check -o save:out -e save:err "$ctl" -s nowhere cga new -b 1024 \
	    2001:db8:1::/64
	narrow
	addr=$(sed -n 's/^address:    //p' out)
	atf_check -o match:"^2001:db8:1:0:" echo "$addr"
	atf_check -o match:"^parameters: $addr.cga$" -o match:"^sec:        1$" \
	    -o match:"^key:        $addr.key$" -o match:"^key_is_new: yes$" \
	    -o match:"^bits:       1024$" -o match:"^hashes:     [1-9]" cat out
	atf_check -o inline:"$addr.cga
$addr.key
" ls -d -- *:*
	atf_check -o match:"^-rw-------" ls -l "$addr.key"
	atf_check -o match:"^-rw-r--r--" ls -l "$addr.cga"
	atf_check -o match:"^-----BEGIN PRIVATE KEY-----$" cat "$addr.key"
	atf_check -o match:"verified: yes" "$ctl" cga verify "$addr" "$addr.cga"
	cp "$addr.key" key
	chmod 600 key
	# The default is 2040 bits; the key of a file is that of the address.
	atf_check -o match:"^bits:       2040$" "$ctl" cga new -o other fe80::
	atf_check -o match:"^key_is_new: no$" -o match:"^sec:        0$" \
	    -o match:"^hashes:     0$" \
	    "$ctl" cga new -s 0 -k key -o again 2001:db8:2::
	dd if="$addr.cga" bs=1 skip=25 of=a 2>/dev/null
	dd if=again bs=1 skip=25 of=b 2>/dev/null
	atf_check cmp a b
	atf_check -s exit:1 cmp -s "$addr.cga" again
	cp again before
	refused "again: File exists" cga new -k key -o again 2001:db8:2::
	atf_check cmp again before
	refused "-b 2048: above 2040 bits no option holds its signature\
 (RFC 4866)" cga new -b 2048 fe80::
	refused "-s 2: that would take 2^32 hashes; 0 or 1 can be had" \
	    cga new -s 2 fe80::
}

# Says which python3 has the package.
python()
{
	for py in python3 /usr/bin/python3; do
		if $py -c 'import cryptography' 2>/dev/null; then
			return
		fi
	done
	atf_skip "python3-cryptography is not installed"
}

# RFC 3972 once more, as a module.
reading()
{
	cat >rfc3972.py <<'EOP'
import hashlib, ipaddress, json, os, subprocess, sys
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives import hashes

MASK1 = 0x1cffffffffffffff

def spki(public):
    return public.public_bytes(ser.Encoding.DER,
        ser.PublicFormat.SubjectPublicKeyInfo)

def sha1(octets):
    return int.from_bytes(hashlib.sha1(octets).digest(), "big")

def hash1(p):
    return sha1(p) >> 96

def hash2(p):
    return sha1(p[:16] + bytes(9) + p[25:]) >> 48

def verify(address, p):
    a = int(ipaddress.IPv6Address(address))
    iid = a & (1 << 64) - 1
    sec = iid >> 61
    return p[24] <= 2 and p[16:24] == a.to_bytes(16, "big")[:8] and \
        hash1(p) & MASK1 == iid & MASK1 and hash2(p) >> 112 - 16 * sec == 0

def generate(prefix, key, sec, collisions=0, extension=b""):
    head = ipaddress.IPv6Address(prefix).packed[:8]
    modifier = int.from_bytes(os.urandom(16), "big")
    while True:
        p = modifier.to_bytes(16, "big") + head + bytes([collisions]) + \
            key + extension
        if hash2(p) >> 112 - 16 * sec == 0:
            break
        modifier = (modifier + 1) % (1 << 128)
    iid = hash1(p) & MASK1 | sec << 61
    return str(ipaddress.IPv6Address(head + iid.to_bytes(8, "big"))), p

def ctl(*words):
    r = subprocess.run([sys.argv[1], "-j", "cga", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    d = json.loads(r.stdout)
    assert (r.returncode == 0) == (d["status"] == "ok"), (r, d)
    assert (r.returncode == 0) == (r.stderr == b""), r
    return r.returncode, d["rows"], d["text"]
EOP
}

atf_test_case judged
judged_head()
{
	atf_set descr "addresses of ours verify by another reading of the RFC"
	atf_set require.progs "python3"
	atf_set timeout 600
}
judged_body()
{
	python
	reading
	cat >judge.py <<'EOP'
from rfc3972 import *

n = 0
for sec, bits, prefix in ((0, 1024, "fe80::"), (1, 1024, "2001:db8::/64"),
    (1, 1025, "2001:db8::/64"), (0, 2040, "2001:db8:1:2::"),
    (1, 2040, "2001:db8:ffff:ffff::")):
    key, par = "key%d" % n, "par%d" % n
    n += 1
    code, (row,), text = ctl("new", "-s", str(sec), "-b", str(bits), "-k", key,
        "-o", par, prefix)
    assert code == 0 and row["table"] == "cga", (row, text)
    assert row["sec"] == sec and row["bits"] == bits and row["key_is_new"]
    assert (row["key"], row["parameters"]) == (key, par)
    address, p = row["address"], open(par, "rb").read()
    assert verify(address, p), address
    i = int(ipaddress.IPv6Address(address))
    assert i >> 61 & 7 == sec and i >> 56 & 3 == 0
    assert ipaddress.IPv6Address(address) in ipaddress.IPv6Network(
        prefix.split("/")[0] + "/64")
    assert os.stat(key).st_mode & 0o7777 == 0o600
    private = ser.load_pem_private_key(open(key, "rb").read(), None)
    assert private.key_size == bits
    assert private.public_key().public_numbers().e == 65537
    assert spki(private.public_key()) == p[25:]
    # RFC 3972 6; RFC 4866: a signature fits an option.
    public = ser.load_der_public_key(p[25:])
    s = private.sign(b"tag and message", padding.PKCS1v15(), hashes.SHA1())
    public.verify(s, b"tag and message", padding.PKCS1v15(), hashes.SHA1())
    assert len(s) <= 255
    # No two are alike: the modifier is random.
    code, (row,), text = ctl("new", "-s", str(sec), "-k", key, "-o", par + "b",
        prefix)
    assert code == 0 and row["address"] != address and not row["key_is_new"]
    assert verify(row["address"], open(par + "b", "rb").read())
print(n)
EOP
	atf_check -o inline:"5\n" "$py" judge.py "$ctl"
}

atf_test_case judging
judging_head()
{
	atf_set descr "addresses made by another reading of the RFC are verified"
	atf_set require.progs "python3"
	atf_set timeout 600
}
judging_body()
{
	python
	reading
	cat >made.py <<'EOP'
from rfc3972 import *

def show(p):
    open("par", "wb").write(p)
    return ctl("show", "par")

def flip(address, bit):
    return str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(address)) ^
        1 << 127 - bit))

keys = [(b, spki(rsa.generate_private_key(65537, b).public_key()))
    for b in (1024, 2040, 2048)]
keys.append((2048, spki(rsa.generate_private_key(3, 2048).public_key())))
keys.append((0, spki(ec.generate_private_key(ec.SECP256R1()).public_key())))
n = 0
for bits, key in keys:
    for sec in 0, 1:
        for extension in b"", b"\0", bytes(range(256)):
            if bits != 1024 and (sec, extension) != (1, b"\0"):
                continue
            address, p = generate("2001:db8:5::", key, sec, n % 3, extension)
            assert verify(address, p)
            code, rows, text = show(p)
            assert code == 0, text
            head, made = rows[0], rows[1:]
            assert head["modifier"] == p[:16].hex()
            assert head["prefix"] == "2001:db8:5::/64"
            assert head["collision_count"] == n % 3
            assert head["key_octets"] == len(key)
            assert head["extension_octets"] == len(extension)
            assert head.get("bits", 0) == bits
            assert head["fits_rfc4866"] == (bits in (1024, 2040)), head
            assert {"table": "cga_address", "sec": sec,
                "address": address} in made, made
            for m in made:
                assert verify(m["address"], p)
            code, (row,), text = ctl("verify", address, "par")
            assert code == 0 and row["verified"] and row["sec"] == sec, text
            n += 1
            if bits != 1024:
                continue
            # Any bit that is looked at; and Sec, if it becomes greater.
            for bit in (0, 63, 64, 67, 69, 72, 127):
                code, (row,), text = ctl("verify", flip(address, bit), "par")
                assert code == 1 and not row["verified"] and text, bit
            for bit in (70, 71):
                assert ctl("verify", flip(address, bit), "par")[0] == 0

# Keys of others in files: both forms of PEM, but no passphrase, no EC.
private = rsa.generate_private_key(65537, 1024)
def write(name, form, how=ser.NoEncryption(), k=private):
    open(name, "wb").write(k.private_bytes(ser.Encoding.PEM, form, how))
    os.chmod(name, 0o600)
write("pkcs8", ser.PrivateFormat.PKCS8)
write("pkcs1", ser.PrivateFormat.TraditionalOpenSSL)
for name in "pkcs8", "pkcs1":
    code, (row,), text = ctl("new", "-k", name, "-o", name + ".cga", "fe80::")
    assert code == 0 and not row["key_is_new"], text
    p = open(name + ".cga", "rb").read()
    assert p[25:] == spki(private.public_key()) and verify(row["address"], p)
secret = ser.BestAvailableEncryption(b"secret")
write("locked", ser.PrivateFormat.PKCS8, secret)
write("locked1", ser.PrivateFormat.TraditionalOpenSSL, secret)
write("ec", ser.PrivateFormat.PKCS8,
    k=ec.generate_private_key(ec.SECP256R1()))
write("big", ser.PrivateFormat.PKCS8, k=rsa.generate_private_key(65537, 2048))
for name, why in (("locked", "a key with a passphrase can't be used"),
    ("locked1", "a key with a passphrase can't be used"),
    ("ec", "its key is not for RSA"),
    ("big", "above 2040 bits no option holds its signature (RFC 4866)")):
    code, rows, text = ctl("new", "-k", name, "-o", "none", "fe80::")
    assert code == 1 and rows == [] and text == name + ": " + why, text
    assert not os.path.exists("none")
print(n)
EOP
	atf_check -o inline:"10\n" "$py" made.py "$ctl"
}

atf_init_test_cases()
{
	atf_add_test_case example
	atf_add_test_case made
	atf_add_test_case judged
	atf_add_test_case judging
}
