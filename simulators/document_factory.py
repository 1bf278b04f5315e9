"""A whole travel document from a small description: its files, its keys, the state that signed it.

    Description    what the document says and can do; a specimen of Utopia unless told otherwise
    Faults         what is wrong with it, a field a fault; everything else stays as it should be
    Issuer         the state: how it signs, what the time is; with its lists for the gate
    Document       what `issue` makes of them: what the chip holds, what is printed

Keys and certificates come from seeds, so the same description is the same document but for the
random numbers in signatures. They protect nothing: whoever reads this file has them.

A forger is an issuer too: what is altered after signing is what `forged` describes (another name,
another portrait, other keys), put in the place of what was signed.

It is longer than others: what a document says, what is wrong with it and how it is made are read
together.

Source: ICAO 9303-10 (files), 9303-11, 9.2 (SecurityInfos), 9303-12, 7 (certificates);
research/emrtd.md 1.3 and 6.2 (the faults) and section 7 (the CCCD).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import cache, cached_property
from random import Random
from types import MappingProxyType
from typing import Any, Final

from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from egate.document import card_security, lds, mrz
from egate.document.agreement_key import STANDARDISED
from egate.document.card_verifiable_certificates import Holder, begin
from egate.document.chip_authentication import ChipKey
from egate.document.data_group_13 import Detail
from egate.document.domain_parameters import CurveGroup, Group, standardised
from egate.document.lds import DATA_GROUPS
from egate.document.mrz import Layout, Mrz
from egate.document.mrz_key import MrzKey
from egate.document.pace import Mapping as PaceMapping
from egate.document.pace import Offer, offer
from egate.document.security_infos import ACTIVE_AUTHENTICATION, BSI, PLAIN_ECDSA_HASHES
from egate.document.symmetric import Cipher
from egate.wire.tlv import decode_all, decode_one, encode
from simulators import data_groups, pki
from simulators.data_groups import info, number
from simulators.pki import DAY_S, EC, NOW_S, YEAR_S, How, Identity, Wish, Wrapping
from simulators.terminal_pki import Verifiers, day_of

REVOKED_SERIAL: Final = 66
CIPHER_NUMBERS: Final = {
    Cipher.TRIPLE_DES: 1,
    Cipher.AES_128: 2,
    Cipher.AES_192: 3,
    Cipher.AES_256: 4,
}
MAPPING_NUMBERS: Final = {
    (PaceMapping.GENERIC, False): 1,
    (PaceMapping.GENERIC, True): 2,
    (PaceMapping.INTEGRATED, False): 3,
    (PaceMapping.INTEGRATED, True): 4,
    (PaceMapping.CHIP_AUTHENTICATION, True): 6,
}
SPECIMEN_NAMES: Final = (
    ("ERIKSSON", "ANNA MARIA"), ("MUSTERMANN", "ERIKA"), ("SPECIMEN", "JANA"),
    ("VI DU", "NGO THI"), ("BEISPIEL", "OTTO"), ("EXEMPLO", "ANA PAULA"),
)  # fmt: skip


class Signer(Enum):
    """Who signed the document."""

    GENUINE = "genuine"
    SUBSTITUTED = "substituted"  # same names and number, of another country signer
    EXPIRED = "expired"  # by now; in force when it signed
    TOO_EARLY = "too_early"  # it signed before it was in force
    REVOKED = "revoked"
    OF_LISTS = "of_lists"  # its certificate is for master lists
    LEFT_OUT = "left_out"  # its certificate is not in the security object


class CardSecurity(Enum):
    """What is wrong with EF.CardSecurity."""

    SOUND = "sound"
    ALTERED = "altered"  # the forger's key under the old signature; the chip holds it
    SPOILT = "spoilt"  # the signature
    OF_ANOTHER_KIND = "of_another_kind"  # signed, but as something else
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Issuer:
    """A state that issues documents; the same seed is the same state, with the same keys."""

    how: How = EC
    seed: str = "Utopia"
    now_s: float = NOW_S

    @property
    def country_signer(self) -> Identity:
        """Whom the gate should trust."""
        return _country_signer(self)

    def signer(self, kind: Signer = Signer.GENUINE) -> Identity:
        """Return one of its document signers."""
        return _document_signer(self, kind)

    def revocation_list(self) -> bytes:
        """Return its revocation list, ten days old, which names the revoked signer."""
        issued_s, next_s = self.now_s - 10 * DAY_S, self.now_s + 80 * DAY_S
        serials = [REVOKED_SERIAL]
        return pki.revocation_list(self.country_signer, serials, issued_s=issued_s, next_s=next_s)

    def master_list(self, *others: "Issuer") -> bytes:
        """Return its master list: itself, and the states it vouches for."""
        by = pki.list_signer(
            self.country_signer, key_name=f"{self.seed} list signer", **self.in_force(2, 3)
        )
        listed = [one.country_signer.raw for one in (self, *others)]
        return pki.master_list(by, listed, Wrapping(signing_time_s=self.now_s - 10 * DAY_S))

    def in_force(self, years_back: float, years_on: float) -> dict[str, Any]:
        """Return the fields of a Wish for a certificate in force around now."""
        return {
            "from_s": self.now_s - years_back * YEAR_S,
            "to_s": self.now_s + years_on * YEAR_S,
        }


def pace(mapping: PaceMapping, cipher: Cipher, parameter_id: int) -> Offer:
    """Return the offer of one variant of PACE.

    Raises:
        ValueError: the standard has no such variant.
    """
    is_curve = isinstance(standardised(parameter_id), CurveGroup)
    family = MAPPING_NUMBERS.get((mapping, is_curve))
    made = offer(f"{BSI}.4.{family}.{CIPHER_NUMBERS[cipher]}", parameter_id)
    if made is None:
        raise ValueError(f"no {mapping.value} {cipher.value} with parameters {parameter_id}")
    return made


USUAL_PACE: Final = pace(PaceMapping.GENERIC, Cipher.AES_128, 13)
PASSPORT: Final = Mrz(
    Layout.TD3, "P", "UTO", "L898902C3", "UTO", "740812", "F", "310415", "ERIKSSON", "ANNA MARIA"
)
IDENTITY_CARD: Final = Mrz(
    Layout.TD1, "I", "UTO", "D23145890", "UTO", "900724", "M", "330724", "VI DU", "NGO VAN",
    optional_data="001090012345",
)  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Description:
    """What a document says and can do.

    `more` are the optional data groups it has, of 3, 4, 7, 11, 12, 13 and 16. `chip_key` is the
    cipher and group of chip authentication, `signing_key` the key of active authentication:
    rsa-2048 or a curve's name; None and "" where it has none. `verifiers` say who may read DG3
    and DG4; nobody, where there are none. `whole` are data groups written elsewhere, signed as
    they are.
    """

    mrz: Mrz = PASSPORT
    portrait: bytes = data_groups.GREY_JPEG
    can: str = "123456"
    pace: tuple[Offer, ...] = (USUAL_PACE,)
    has_basic_access: bool = True
    chip_key: tuple[Cipher, int] | None = (Cipher.AES_128, 13)
    chip_key_id: int | None = None
    signing_key: str = ""
    signing_hash: str = "sha256"
    verifiers: Verifiers | None = None
    more: frozenset[int] = frozenset({11, 12})
    seed: str = "1"
    hash_name: str = "sha256"
    lds_version: str = "0107"  # from 0108 on the versions are signed
    has_39794: bool = False
    whole: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Faults:
    """What is wrong with a document; nothing, unless told.

    `card_access` is what EF.CardAccess offers instead of what DG14 says, () for no such file.
    `announced` is (data group, length) of headers that lie.
    """

    altered: frozenset[int] = frozenset()  # on the chip as the forger has them
    forged: Description | None = None  # what the forger wanted it to say; see `forgery`
    unlisted: frozenset[int] = frozenset()  # on the chip, signed by nobody
    missing: frozenset[int] = frozenset()  # signed, not on the chip
    is_cloned: bool = False  # every file, but not the private keys
    signer: Signer = Signer.GENUINE
    has_spoilt_signature: bool = False
    has_no_signing_time: bool = False  # no fault of its issuer: it need not tell one
    card_security: CardSecurity = CardSecurity.SOUND
    card_security_signer: Signer = Signer.GENUINE
    card_access: tuple[Offer, ...] | None = None
    card_access_raw: bytes | None = None
    com_lists: frozenset[int] | None = None
    has_no_com: bool = False
    announced: tuple[tuple[int, int], ...] = ()
    printed: Mrz | None = None  # what the page says, where the chip says something else


@dataclass(frozen=True, repr=False)
class Document:
    """A document as it leaves the issuer, or the forger: what the chip holds, what is printed.

    Files are by their identifiers; those of `denied` are for terminals that one of `trusted`
    lets in. `chip_keys` and `mapping_key` are with their private halves. The chip was made on the
    day `made`.
    """

    printed: tuple[str, ...]
    mrz: Mrz
    can: str
    application: Mapping[int, bytes]
    master: Mapping[int, bytes]
    denied: frozenset[int]
    pace: tuple[Offer, ...]
    has_basic_access: bool
    chip_keys: tuple[tuple[ChipKey, int], ...]
    mapping_key: int
    signing_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None
    signing_hash: str
    trusted: tuple[Holder, ...]
    made: date
    issuer: Issuer

    @property
    def key(self) -> MrzKey:
        """What opens the chip."""
        return self.mrz.key

    @cached_property
    def size(self) -> int:
        """How many bytes the application's files have."""
        return sum(len(raw) for raw in self.application.values())


def traveller(which: int, portrait: bytes, base: Description = Description()) -> Description:
    """Return the document of one of many travellers, each with another number; all specimens."""
    draw = Random(f"{base.seed} {which}")  # noqa: S311  # a specimen's number is no secret
    primary, secondary = SPECIMEN_NAMES[which % len(SPECIMEN_NAMES)]
    born = f"{draw.randrange(45, 100):02}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}"
    zone = replace(
        base.mrz,
        document_number=f"U{draw.randrange(10**8):08}",
        birth_date=born,
        sex=draw.choice("FM"),
        primary_identifier=primary,
        secondary_identifier=secondary,
    )
    return replace(base, mrz=zone, portrait=portrait, seed=f"{base.seed} {which}")


def identity_card(**wishes: Any) -> Description:  # noqa: ANN401  # any field of Description
    """Return a card like Viet Nam's: TD1, DG13, active authentication, no DG11."""
    usual: dict[str, Any] = {
        "mrz": IDENTITY_CARD,
        "more": frozenset({13}),
        "signing_key": "rsa-2048",
    }
    return Description(**(usual | wishes))


def forgery(genuine: Description) -> Description:
    """Return what a forger makes of a document: another name, another picture, other keys."""
    return replace(
        genuine,
        mrz=replace(genuine.mrz, secondary_identifier="OTTO"),
        portrait=genuine.portrait + b"\0",
        seed=f"{genuine.seed} forged",
    )


def issue(
    description: Description, issuer: Issuer = Issuer(), faults: Faults = Faults()
) -> Document:
    """Make a document, and what is wrong with it."""
    forged = faults.forged or forgery(description)
    signed, theirs = _data_groups(description), _data_groups(forged)
    held = {which: theirs[which] if which in faults.altered else signed[which] for which in signed}
    sod = _security_object(description, issuer, faults, signed)
    on_chip = {which: raw for which, raw in held.items() if which not in faults.missing}
    for which, length in faults.announced:
        on_chip[which] = data_groups.with_announced_length(on_chip[which], length)
    shown = forged.mrz if 1 in faults.altered else description.mrz
    whose = replace(description, seed=forged.seed) if faults.is_cloned else description
    return Document(
        printed=mrz.encode(faults.printed or shown),
        mrz=shown,
        can=description.can,
        application=MappingProxyType(_application(description, faults, on_chip) | sod),
        master=MappingProxyType(_master(description, issuer, faults, forged)),
        denied=frozenset(DATA_GROUPS[which].file_id for which in (3, 4)),
        pace=description.pace if faults.card_access is None else faults.card_access,
        has_basic_access=description.has_basic_access,
        chip_keys=_chip_keys(forged if 14 in faults.altered else whose, description),
        mapping_key=_mapping_key(_mapping_holder(whose, forged, faults))[0]
        if description.pace
        else 0,
        signing_key=_signing_key(forged if 15 in faults.altered else whose),
        signing_hash=description.signing_hash,
        trusted=_trusted(description),
        made=day_of(issuer.now_s - YEAR_S),
        issuer=issuer,
    )


# ---- what the chip holds


def _data_groups(description: Description) -> dict[int, bytes]:
    """Write every data group, each as `more` and the keys want it."""
    zone = mrz.encode(description.mrz)
    groups = {
        1: data_groups.data_group_1(zone),
        2: data_groups.data_group_2(description.portrait, is_39794=description.has_39794),
        **{which: _MORE[which](description) for which in description.more},
    }
    if infos := _infos(description):
        groups[14] = data_groups.data_group_14(infos)
    if description.signing_key:
        key = pki.public_key_info(f"{description.seed} signing", How(description.signing_key))
        groups[15] = data_groups.data_group_15(key.dump())
    return dict(sorted((groups | dict(description.whole)).items()))


def _details(description: Description) -> bytes:
    zone = description.mrz
    name = f"{zone.primary_identifier}<<{zone.secondary_identifier}".replace(" ", "<")
    return data_groups.data_group_11(name, f"19{zone.birth_date}", "ZENITH<UTOPIA")


def _national(description: Description) -> bytes:
    """Write what a CCCD has in DG13; the numbers are of nobody."""
    zone = description.mrz
    name = f"{zone.primary_identifier} {zone.secondary_identifier}".title()
    return data_groups.data_group_13(
        {
            Detail.ID_NUMBER: (zone.optional_data or "001090012345",),
            Detail.FULL_NAME: (name,),
            Detail.BIRTH_DATE: ("24/07/1990",),
            Detail.SEX: ("Nam" if zone.sex == "M" else "Nữ",),
            Detail.NATIONALITY: ("Utopia",),
            Detail.PLACE_OF_ORIGIN: ("Zenith",),
            Detail.RESIDENCE: ("1 Phố Ví Dụ, Zenith",),
            Detail.ISSUED: ("24/07/2023",),
            Detail.FAMILY: ("Cha Ví Dụ", "Mẹ Ví Dụ"),
            Detail.OLD_ID_NUMBER: ("012345678",),
        }
    )


_MORE: Final[Mapping[int, Callable[[Description], bytes]]] = {
    3: lambda one: encode(DATA_GROUPS[3].tag, one.seed.encode()),
    4: lambda one: encode(DATA_GROUPS[4].tag, one.seed.encode()),
    7: lambda one: data_groups.data_group_7([one.portrait]),
    11: _details,
    12: lambda one: data_groups.data_group_12(f"UTOPIA {one.seed}", "20230415"),
    13: _national,
    16: lambda one: data_groups.data_group_16(f"SPECIMEN<<{one.seed}", "0000", "20230415"),
}


def _infos(description: Description) -> list[bytes]:
    """Write DG14's infos: PACE as in EF.CardAccess, chip and active authentication."""
    infos = [_pace_info(one) for one in description.pace]
    if description.chip_key is not None:
        cipher, parameter_id = description.chip_key
        agreement = _agreement(parameter_id)
        use = number(1), *_key_id(description)
        infos.append(info(f"{BSI}.3.{agreement}.{CIPHER_NUMBERS[cipher]}", *use))
        public = _agreement_key_info(_static_key(description), parameter_id)
        infos.append(info(f"{BSI}.1.{agreement}", public, *_key_id(description)))
    if description.verifiers is not None:
        infos.append(info(f"{BSI}.2", number(1)))
    if description.signing_key and not description.signing_key.startswith("rsa"):
        named = {name: oid for oid, name in PLAIN_ECDSA_HASHES.items()}
        algorithm = data_groups.oid(named[description.signing_hash])
        infos.append(info(ACTIVE_AUTHENTICATION, number(1), algorithm))
    return infos


def _pace_info(one: Offer) -> bytes:
    return info(one.oid, number(2), number(one.parameter_id))


def _key_id(description: Description) -> tuple[bytes, ...]:
    return () if description.chip_key_id is None else (number(description.chip_key_id),)


def _application(
    description: Description, faults: Faults, on_chip: Mapping[int, bytes]
) -> dict[int, bytes]:
    """Put the data groups and EF.COM under their identifiers."""
    files = {DATA_GROUPS[which].file_id: raw for which, raw in on_chip.items()}
    listed = faults.com_lists if faults.com_lists is not None else frozenset(on_chip)
    if not faults.has_no_com:
        files[lds.COM.file_id] = data_groups.com(sorted(listed), description.lds_version)
    return files


def _security_object(
    description: Description, issuer: Issuer, faults: Faults, signed: Mapping[int, bytes]
) -> dict[int, bytes]:
    """Sign what is to be listed."""
    listed = [
        (which, pki.digest(description.hash_name, raw))
        for which, raw in signed.items()
        if which not in faults.unlisted
    ]
    content = pki.lds_security_object(listed, description.hash_name)
    if description.lds_version >= "0108":
        content = _with_versions(content, description.lds_version)
    wrapping = Wrapping(
        digest=description.hash_name,
        signing_time_s=None if faults.has_no_signing_time else issuer.now_s - YEAR_S,
        spoilt_signature=faults.has_spoilt_signature,
        certificates=() if faults.signer is Signer.LEFT_OUT else None,
    )
    by = issuer.signer(faults.signer)
    made = pki.signed_data(by, pki.SECURITY_OBJECT, content, wrapping)
    return {lds.SOD.file_id: pki.in_file(made)}


def _with_versions(content: bytes, lds_version: str) -> bytes:
    """Return version 1 of a security object's content, which tells LDS and Unicode version."""
    parts = decode_all(decode_one(content, 0x30))
    hashed = b"".join(encode(part.tag, part.value) for part in parts[1:])
    texts = (core.PrintableString(one).dump() for one in (lds_version, "040000"))
    return encode(0x30, number(1) + hashed + encode(0x30, b"".join(texts)))


def _master(
    description: Description, issuer: Issuer, faults: Faults, forged: Description
) -> dict[int, bytes]:
    """Write the files beside the application."""
    files = {lds.DIR.file_id: data_groups.directory()}
    offered = description.pace if faults.card_access is None else faults.card_access
    if offered:
        infos = [_pace_info(one) for one in offered]
        files[lds.CARD_ACCESS.file_id] = data_groups.security_infos(infos)
    if faults.card_access_raw is not None:
        files[lds.CARD_ACCESS.file_id] = faults.card_access_raw
    is_mapped = any(one.mapping is PaceMapping.CHIP_AUTHENTICATION for one in description.pace)
    if is_mapped and faults.card_security is not CardSecurity.MISSING:
        files[lds.CARD_SECURITY.file_id] = _card_security(description, issuer, faults, forged)
    return files


def _card_security(
    description: Description, issuer: Issuer, faults: Faults, forged: Description
) -> bytes:
    """Sign EF.CardSecurity; a forger's key comes after the signature."""
    signed = _card_security_infos(description)
    held = _card_security_infos(_mapping_holder(description, forged, faults))
    fault, left_out = faults.card_security, faults.card_security_signer is Signer.LEFT_OUT
    wrapping = Wrapping(
        signing_time_s=issuer.now_s - YEAR_S,
        message_digest=pki.digest("sha256", signed),
        spoilt_signature=fault is CardSecurity.SPOILT,
        certificates=() if left_out else None,
    )
    is_usual = fault is not CardSecurity.OF_ANOTHER_KIND
    kind = card_security.CONTENT_TYPE if is_usual else pki.SECURITY_OBJECT
    return pki.signed_data(issuer.signer(faults.card_security_signer), kind, held, wrapping)


def _card_security_infos(description: Description) -> bytes:
    """Write what EF.CardSecurity says: PACE as in EF.CardAccess, and the mapping key."""
    private, parameter_id = _mapping_key(description)
    public = info(f"{BSI}.1.2", _agreement_key_info(private, parameter_id))
    infos = [*(_pace_info(one) for one in description.pace), public]
    return data_groups.security_infos(infos)


def _mapping_holder(genuine: Description, forged: Description, faults: Faults) -> Description:
    return forged if faults.card_security is CardSecurity.ALTERED else genuine


# ---- keys


def _agreement(parameter_id: int) -> int:
    """Return the number of the agreement: 1 for primes, 2 for curves."""
    return 2 if isinstance(standardised(parameter_id), CurveGroup) else 1


def _group(parameter_id: int) -> Group:
    group = standardised(parameter_id)
    if group is None:
        raise ValueError(f"no parameters {parameter_id}")
    return group


def _static_key(description: Description) -> int:
    """Return the private half of the chip authentication key."""
    return pki.drawn(f"{description.seed} chip", 160) | 1


def _mapping_key(description: Description) -> tuple[int, int]:
    """Return the private half of EF.CardSecurity's key, and the parameters it is of."""
    named = [one for one in description.pace if one.mapping is PaceMapping.CHIP_AUTHENTICATION]
    parameter_id = (named or description.pace)[0].parameter_id
    return pki.drawn(f"{description.seed} mapping", 160) | 1, parameter_id


def _agreement_key_info(private: int, parameter_id: int) -> bytes:
    """Write a SubjectPublicKeyInfo; a curve is spelled out as issuers must, a prime is named."""
    group = _group(parameter_id)
    public = core.OctetBitString(group.public(private)).dump()
    if isinstance(group, CurveGroup):
        algorithm = data_groups.oid("1.2.840.10045.2.1") + pki.spelled_out(group.name)
    else:
        algorithm = encode(0x06, STANDARDISED) + number(parameter_id)
    return encode(0x30, encode(0x30, algorithm) + public)


def _chip_keys(holder: Description, description: Description) -> tuple[tuple[ChipKey, int], ...]:
    """Return the key of chip authentication that the chip holds, or answers as if it held it."""
    if description.chip_key is None:
        return ()
    cipher, parameter_id = description.chip_key
    private = _static_key(holder)
    protocol = f"{BSI}.3.{_agreement(parameter_id)}.{CIPHER_NUMBERS[cipher]}"
    group = _group(parameter_id)
    key = ChipKey(protocol, cipher, group, group.public(private), description.chip_key_id)
    return ((key, private),)


def _trusted(description: Description) -> tuple[Holder, ...]:
    """Return whom the chip trusts to say who may read DG3 and DG4."""
    if description.verifiers is None:
        return ()
    return (begin(description.verifiers.authority.certificate),)


def _signing_key(
    description: Description,
) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None:
    if not description.signing_key:
        return None
    key = pki.private_key(f"{description.seed} signing", description.signing_key)
    assert isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey))
    return key


# ---- the state


@cache
def _country_signer(issuer: Issuer) -> Identity:
    wish = Wish(how=issuer.how, key_name=f"{issuer.seed} country signer", **issuer.in_force(5, 10))
    return pki.country_signer(wish)


@cache
def _document_signer(issuer: Issuer, kind: Signer) -> Identity:
    """Make one of the signers; each differs from the genuine one in one thing."""
    now_s = issuer.now_s
    by = issuer.country_signer
    odd: dict[str, Any] = {}
    match kind:
        case Signer.SUBSTITUTED:
            by = replace(issuer, seed=f"{issuer.seed} forged").country_signer
            odd = {"key_name": f"{issuer.seed} forged document signer"}
        case Signer.EXPIRED:
            odd = {"serial": 8, "to_s": now_s - 30 * DAY_S}
        case Signer.TOO_EARLY:
            odd = {"serial": 10, "from_s": now_s - 100 * DAY_S}
        case Signer.REVOKED:
            odd = {"serial": REVOKED_SERIAL}
        case Signer.OF_LISTS:
            odd = {"serial": 11, "purposes": (pki.MASTER_LIST_SIGNING,), "document_types": ()}
        case Signer.GENUINE | Signer.LEFT_OUT:
            pass
    usual: dict[str, Any] = {
        "key_name": f"{issuer.seed} document signer",
        "document_types": ("P", "I"),
        **issuer.in_force(2, 10),
    }
    return pki.document_signer(by, **(usual | odd))
