"""LDIF: folded values come whole, and what cannot be read is counted."""

from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from egate.document.ldif import MAX_VALUE, Value, values

FILE = b"""version: 1

# a comment
dn: cn=CN\\=CSCA,o=ml,c=FR,dc=data
cn: text
pkdMasterListContent:: %s
sn: 1

dn: cn=1,o=crl,c=QA
certificateRevocationList;binary:: bGlzdA==
userCertificate;binary:: bm90IGRlY29kZWQ=
"""


def folded(content: bytes) -> bytes:
    text = b64encode(content)
    return b"\n ".join(text[n : n + 76] for n in range(0, len(text), 76))


def read(text: bytes, skipping: frozenset[str] = frozenset()) -> list[Value]:
    return list(values(text.splitlines(keepends=True), skipping))


def test_values_come_whole_with_their_attribute() -> None:
    content = bytes(range(256)) * 4
    assert read(FILE % folded(content), frozenset({"usercertificate"})) == [
        Value("pkdmasterlistcontent", content),
        Value("certificaterevocationlist", b"list"),
        Value("usercertificate", None),
    ]


def test_lines_may_end_as_they_do_elsewhere() -> None:
    text = (FILE % folded(b"content")).replace(b"\n", b"\r\n")
    assert read(text)[0] == Value("pkdmasterlistcontent", b"content")


def test_what_is_no_base64_is_counted() -> None:
    assert read(b"a:: ???\nb:: bGlzdA==\n") == [Value("a", None), Value("b", b"list")]


def test_a_value_that_is_too_long_is_not_put_together() -> None:
    endless = (b" " + b"A" * 1_000_000 for _ in range(MAX_VALUE // 700_000))
    lines = [b"list:: AAAA\n", *endless, b"next:: bGlzdA==\n"]
    assert list(values(lines)) == [Value("list", None), Value("next", b"list")]


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_whatever_the_lines_values_are_given(lines: list[bytes]) -> None:
    assert all(value.attribute for value in values(lines))
