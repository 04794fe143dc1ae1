from lib import negotiate

TRANSCRIPT = """\
CONNECTED(00000003)
---
Server certificate
-----BEGIN CERTIFICATE-----
MIIB
AAAA
-----END CERTIFICATE-----
Peer signing digest: SHA256
Peer signature type: ECDSA
Server Temp Key: X25519, 253 bits
---
New, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256
ALPN protocol: h2
"""


def test_parse():
    told = negotiate.parse(TRANSCRIPT)
    assert told == negotiate.Negotiated("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519", "h2",
                                        "ECDSA", "MIIBAAAA")


def test_the_curve_of_an_older_style_key_is_its_group():
    text = TRANSCRIPT.replace("X25519, 253 bits", "ECDH, prime256v1, 256 bits")
    assert negotiate.parse(text).group == "prime256v1"


def test_a_refused_handshake_is_unlike_any_other():
    refused = negotiate.parse("CONNECTED\nNew, (NONE), Cipher is (NONE)\n")
    assert refused.differs_from(negotiate.parse(TRANSCRIPT))


def test_differences_are_named_and_can_be_excepted():
    mine = negotiate.parse(TRANSCRIPT)
    other = negotiate.parse(TRANSCRIPT.replace("X25519", "X448"))
    assert mine.differs_from(mine) == []
    assert mine.differs_from(other) == ["group: X25519 / X448"]
    assert mine.differs_from(other, {"group"}) == []
