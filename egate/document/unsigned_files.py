"""EF.CardAccess and EF.COM, which nobody signed, beside what the issuer signed.

Source: ICAO 9303-11, 4.4.2 and 9.2; 9303-10, 4.6.1; research/emrtd.md 6.2, rules 2 and 7.
"""

from typing import Final

from egate.document import lds
from egate.document.lds import LdsError
from egate.document.security_infos import PaceDomainParameterInfo, PaceInfo, SecurityInfos
from egate.document.security_object import SecurityObject
from egate.domain.check import Check, Finding, Outcome

CARD_ACCESS_SIGNED: Final = Check.CARD_ACCESS_IS_WHAT_WAS_SIGNED
COM_AGREES: Final = Check.COM_AGREES_WITH_THE_SECURITY_OBJECT


def compare_card_access(offered: SecurityInfos, signed: SecurityInfos) -> Finding:
    """Tell whether EF.CardAccess, which nobody signed, says of PACE what DG14 says, byte for byte.

    Reasons: `same`, `no_pace` (neither tells of it), `not_signed` (DG14 is silent), and
    `protocol_downgrade` (they differ, or EF.CardAccess is silent). It holds as far as DG14 does.
    """
    one, other = _pace_infos(offered), _pace_infos(signed)
    if one == other:
        if not one:
            return Finding(CARD_ACCESS_SIGNED, Outcome.NOT_APPLICABLE, "no_pace")
        return Finding(CARD_ACCESS_SIGNED, Outcome.PASSED, "same", {"infos": len(one)})
    if not other:
        return Finding(CARD_ACCESS_SIGNED, Outcome.INCONCLUSIVE, "not_signed")
    return Finding(CARD_ACCESS_SIGNED, Outcome.FAILED, "protocol_downgrade")


def compare_com(raw: bytes | None, listed: SecurityObject) -> Finding:
    """Tell whether EF.COM, which nobody signed, names what the security object lists.

    Reasons: `same`, `absent`, `malformed`, `data_groups_differ`, `version_differs`.
    """
    if raw is None:
        return Finding(COM_AGREES, Outcome.INCONCLUSIVE, "absent")
    try:
        com = lds.read_com(raw)
    except LdsError:
        return Finding(COM_AGREES, Outcome.FAILED, "malformed")
    if set(com.data_groups) != set(listed.hashes) or com.unknown_tags:
        return Finding(COM_AGREES, Outcome.FAILED, "data_groups_differ")
    if listed.lds_version not in {"", com.lds_version}:
        return Finding(COM_AGREES, Outcome.FAILED, "version_differs")
    return Finding(COM_AGREES, Outcome.PASSED, "same", {"data_groups": len(com.data_groups)})


def _pace_infos(infos: SecurityInfos) -> frozenset[bytes]:
    kinds = (PaceInfo, PaceDomainParameterInfo)
    return frozenset(info.raw for info in infos if isinstance(info, kinds))
