"""The doctor's look at the gate's own files: profile, folder, keys, lists, trust store, journal.

What hangs on the date needs a clock that shows a possible one, else every list would seem out of
date; what is read with a key or out of a list needs that key or list.

Source: DESIGN section 7 (each list has a version and a maximum age); egate/loop/files.py (who
brings which file); ARCHITECTURE section 5.
"""

from collections.abc import Callable
from pathlib import Path

from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Values
from egate.selftest.host import Gate, Host, Unusable, is_private

DAY_S = 86_400.0
SOON_DAYS = 14.0  # time to bring a list or a key to a far crossing
REVOKED_SOON = 0.2  # of its age limit: such a list comes daily
COUNTRY_SOON_DAYS = 90.0
KEY_DAYS = 730.0  # of a key that wraps keys, two years (NIST SP 800-57 part 1, table 1)

NO_PROFILE = Reason("no_profile", Outcome.NOT_APPLICABLE)
ACCEPTED = Reason("accepted", Outcome.PASSED, ("profile",))
REFUSED_PROFILE = Reason("refused", Outcome.FAILED, ("count", "first", "profile"))

CLOSED = Reason("closed", Outcome.PASSED)
MAY = Reason("may", Outcome.PASSED)
MAY_NOT = Reason("may_not", Outcome.FAILED)
OPEN_TO_ALL = Reason("open_to_all", Outcome.FAILED, ("folder",))
FOLDER = Reason("there", Outcome.PASSED, ("folder",))
NO_FOLDER = Reason("missing", Outcome.FAILED, ("folder",))

OWN = Reason("own", Outcome.PASSED)
NOT_YET = Reason("not_yet", Outcome.NOT_APPLICABLE)
MISSING_FILE = Reason("missing", Outcome.FAILED, ("file",))
SHARED = Reason("shared", Outcome.FAILED, ("file",))

USABLE = Reason("usable", Outcome.PASSED)
SPOILT = Reason("spoilt", Outcome.FAILED, ("what",))

IN_FORCE = Reason("in_force", Outcome.PASSED, ("version", "days"))
ENDS_SOON = Reason("ends_soon", Outcome.WARNED, ("version", "days"))
EXPIRED = Reason("expired", Outcome.FAILED, ("version", "days"))
FROM_TOMORROW = Reason("not_yet_in_force", Outcome.FAILED, ("version",))
REFUSED_LIST = Reason("refused", Outcome.FAILED, ("what",))
LIST = (IN_FORCE, ENDS_SOON, EXPIRED, FROM_TOMORROW, REFUSED_LIST, MISSING_FILE)

KEYS_IN_FORCE = Reason("in_force", Outcome.PASSED, ("count", "days"))
KEYS_END_SOON = Reason("ends_soon", Outcome.WARNED, ("days",))
NO_KEY = Reason("none", Outcome.FAILED, ("count",))

POLICY = Reason("readable", Outcome.PASSED, ("version",))

TRUSTED = Reason("trusted", Outcome.PASSED, ("signers",))
NOBODY = Reason("nobody", Outcome.FAILED, ("store",))
DAMAGED_STORE = Reason("damaged", Outcome.FAILED, ("what",))
USELESS = Reason("useless", Outcome.WARNED, ("count", "first"))

LISTS_FRESH = Reason("fresh", Outcome.PASSED, ("days",))
NO_LISTS = Reason("none", Outcome.WARNED)
LISTS_SOON = Reason("ends_soon", Outcome.WARNED, ("days",))
LISTS_OLD = Reason("old", Outcome.FAILED, ("count", "first"))

COUNTRIES = Reason("in_force", Outcome.PASSED, ("count", "days"))
COUNTRY_SOON = Reason("ends_soon", Outcome.WARNED, ("country", "days"))
COUNTRY_OVER = Reason("over", Outcome.FAILED, ("country",))

PROVEN = Reason("proven", Outcome.PASSED, ("records",))
BROKEN = Reason("broken", Outcome.FAILED, ("what",))

YOUNG = Reason("young", Outcome.PASSED, ("days",))
AGED = Reason("aged", Outcome.WARNED, ("days",))
UNDATED = Reason("undated", Outcome.WARNED)
CHANGING = Reason("changing", Outcome.FAILED)
NOBODY_ENROLLED = Reason("nobody", Outcome.NOT_APPLICABLE)
HIDDEN = Reason("hidden", Outcome.NOT_APPLICABLE)

AHEAD = Reason("ahead", Outcome.PASSED)
WENT_BACK = Reason("went_back", Outcome.FAILED, ("by_s",))


def _profile(host: Host) -> Answer:
    if not host.profile:
        return Answer(NO_PROFILE)
    if host.problems:
        values: Values = {
            "count": len(host.problems),
            "first": host.problems[0],
            "profile": host.profile,
        }
        return Answer(REFUSED_PROFILE, values)
    return Answer(ACCEPTED, {"profile": host.profile})


def _folder(host: Host) -> Answer:
    is_there = host.data.is_dir()
    return Answer(FOLDER if is_there else NO_FOLDER, {"folder": str(host.data)})


def _open_to_us(host: Host) -> Answer:
    return Answer(MAY if host.may_use(host.data) else MAY_NOT)


def _closed(host: Host) -> Answer:
    mode = host.data.stat().st_mode & 0o777
    figures = (Measured("mode", f"{mode:04o}", limit="0750"),)
    if mode & 0o007:
        return Answer(OPEN_TO_ALL, {"folder": str(host.data)}, figures)
    return Answer(CLOSED, measured=figures)


def _key_file(name_of: Callable[[Gate], str], absent: Reason) -> Callable[[Host], Answer]:
    """Return a check that only its owner may read a file of secrets."""

    def ask(host: Host) -> Answer:
        path = host.data / name_of(host.the_gate)
        if not path.exists():
            return Answer(absent, {"file": str(path)} if absent.names else {})
        figures = (Measured("mode", f"{path.stat().st_mode & 0o777:04o}", limit="0600"),)
        if not is_private(path):
            return Answer(SHARED, {"file": str(path)}, figures)
        return Answer(OWN, measured=figures)

    return ask


def _spoilt(read: Callable[[Gate], None]) -> Callable[[Host], Answer]:
    """Return a check that a file can be used."""

    def ask(host: Host) -> Answer:
        try:
            read(host.the_gate)
        except Unusable as error:
            return Answer(SPOILT, {"what": str(error)})
        return Answer(USABLE)

    return ask


def _issuers(host: Host) -> Answer:
    gate = host.the_gate
    path = gate.data / gate.profile.files.issuers
    return _list(host, path, lambda: SOON_DAYS, "issuers")


def _revoked(host: Host) -> Answer:
    gate = host.the_gate
    path = gate.data / gate.profile.files.revoked

    def soon_days() -> float:
        held = gate.revoked()
        return REVOKED_SOON * (held.until_utc_s - held.from_utc_s) / DAY_S

    return _list(host, path, soon_days, "revoked")


def _list(host: Host, path: Path, soon_days: Callable[[], float], which: str) -> Answer:
    """Say how a signed list stands today."""
    if not path.exists():
        return Answer(MISSING_FILE, {"file": str(path)})
    gate = host.the_gate
    try:
        held = gate.issuers() if which == "issuers" else gate.revoked()
        soon = soon_days()
    except Unusable as error:
        return Answer(REFUSED_LIST, {"what": str(error)})
    if host.utc_s() < held.from_utc_s:
        return Answer(FROM_TOMORROW, {"version": held.version})
    days = _days(held.until_utc_s - host.utc_s())
    figures = (Measured("days", days, "d", at_least=soon),)
    if host.utc_s() >= held.until_utc_s:
        return Answer(EXPIRED, {"version": held.version, "days": -days}, figures)
    reason = IN_FORCE if days >= soon else ENDS_SOON
    return Answer(reason, {"version": held.version, "days": days}, figures)


def _issuer_keys(host: Host) -> Answer:
    now_utc_s, keys = host.utc_s(), host.the_gate.issuers().keys
    ends = [until for since, until in keys if since <= now_utc_s < until]
    if not ends:
        return Answer(NO_KEY, {"count": len(keys)})
    days = _days(max(until for _, until in keys) - now_utc_s)
    figures = (Measured("days", days, "d", at_least=SOON_DAYS),)
    if days < SOON_DAYS:
        return Answer(KEYS_END_SOON, {"days": days}, figures)
    return Answer(KEYS_IN_FORCE, {"count": len(ends), "days": days}, figures)


def _policy(host: Host) -> Answer:
    try:
        return Answer(POLICY, {"version": host.the_gate.policy()})
    except Unusable as error:
        return Answer(SPOILT, {"what": str(error)})


def _trust(host: Host) -> Answer:
    gate = host.the_gate
    try:
        trust = gate.trust()
    except Unusable as error:
        return Answer(DAMAGED_STORE, {"what": str(error)})
    if not trust.signers:
        return Answer(NOBODY, {"store": str(gate.data / gate.profile.files.trust)})
    figures = (Measured("useless", len(trust.useless), at_most=0),)
    if trust.useless:
        values: Values = {"count": len(trust.useless), "first": trust.useless[0]}
        return Answer(USELESS, values, figures)
    return Answer(TRUSTED, {"signers": trust.signers}, figures)


def _trust_lists(host: Host) -> Answer:
    trust = host.the_gate.trust()
    if trust.old:
        return Answer(LISTS_OLD, {"count": len(trust.old), "first": trust.old[0]})
    if trust.lists_until_utc_s is None:
        return Answer(NO_LISTS)
    days = _days(trust.lists_until_utc_s - host.utc_s())
    figures = (Measured("days", days, "d", at_least=SOON_DAYS / 2),)
    reason = LISTS_FRESH if days >= SOON_DAYS / 2 else LISTS_SOON
    return Answer(reason, {"days": days}, figures)


def _countries(host: Host) -> Answer:
    countries = host.the_gate.trust().countries
    country, until_utc_s = min(countries, key=lambda one: one[1])
    days = _days(until_utc_s - host.utc_s())
    figures = (Measured("days", days, "d", at_least=COUNTRY_SOON_DAYS),)
    if host.utc_s() >= until_utc_s:
        return Answer(COUNTRY_OVER, {"country": country}, figures)
    if days < COUNTRY_SOON_DAYS:
        return Answer(COUNTRY_SOON, {"country": country, "days": days}, figures)
    return Answer(COUNTRIES, {"count": len(countries), "days": days}, figures)


def _journal(host: Host) -> Answer:
    try:
        journal = host.the_gate.journal()
    except Unusable as error:
        return Answer(BROKEN, {"what": str(error)})
    if journal is None:
        return Answer(NOT_YET)
    return Answer(PROVEN, {"records": journal.records})


def _registry_key(host: Host) -> Answer:
    try:
        key = host.the_gate.registry_key()
    except Unusable as error:
        return Answer(SPOILT, {"what": str(error)})
    if key is None or key.is_hidden:
        return Answer(NOBODY_ENROLLED if key is None else HIDDEN)
    if key.is_changing:
        return Answer(CHANGING)
    if key.made_at_utc_s is None:
        return Answer(UNDATED)
    days = max(0.0, _days(host.utc_s() - key.made_at_utc_s))
    figures = (Measured("days", days, "d", at_most=KEY_DAYS),)
    return Answer(YOUNG if days <= KEY_DAYS else AGED, {"days": days}, figures)


def _not_before_the_journal(host: Host) -> Answer:
    journal = host.the_gate.journal()
    assert journal is not None  # EG-H613 is needed
    behind_s = max(0.0, journal.newest_utc_s - host.utc_s())
    figures = (Measured("behind", behind_s, "s", at_most=0),)
    if behind_s:
        return Answer(WENT_BACK, {"by_s": behind_s}, figures)
    return Answer(AHEAD, measured=figures)


def _days(seconds: float) -> float:
    return round(seconds / DAY_S, 1)


def _takes_documents(host: Host) -> bool:
    return host.gate is None or host.gate.profile.devices.card_reader is not None


def _key(part: str, name_of: Callable[[Gate], str], absent: Reason) -> Check[Host]:
    reasons = (OWN, absent, SHARED)
    ask = _key_file(name_of, absent)
    return Check(f"EG-H603.{part}", f"key_{part}", reasons, ask, ("EG-H615",), measures=("mode",))


PROFILE: tuple[Check[Host], ...] = (
    Check("EG-H601", "profile", (NO_PROFILE, ACCEPTED, REFUSED_PROFILE), _profile),
)
GATE: tuple[Check[Host], ...] = (
    Check("EG-H602", "data_folder", (FOLDER, NO_FOLDER), _folder, ("EG-H601",)),
    Check(
        "EG-H614",
        "data_folder",
        (CLOSED, OPEN_TO_ALL),
        _closed,
        ("EG-H602",),
        measures=("mode",),
    ),
    Check("EG-H615", "data_folder", (MAY, MAY_NOT), _open_to_us, ("EG-H602",)),
    _key("gate", lambda gate: gate.profile.files.gate_key, MISSING_FILE),
    _key("journal", lambda gate: gate.profile.files.journal_key, NOT_YET),
    _key("day", lambda gate: gate.profile.files.day_keys, NOT_YET),
    Check(
        "EG-H604",
        "key_gate",
        (USABLE, SPOILT),
        _spoilt(lambda gate: gate.gate_key()),
        ("EG-H603.gate",),
    ),
    Check(
        "EG-H605",
        "versions_held",
        (USABLE, SPOILT),
        _spoilt(lambda gate: gate.held()),
        ("EG-H615",),
    ),
    Check(
        "EG-H606", "issuers", LIST, _issuers, ("EG-H101", "EG-H615", "EG-H605"), measures=("days",)
    ),
    Check(
        "EG-H607",
        "issuers",
        (KEYS_IN_FORCE, KEYS_END_SOON, NO_KEY),
        _issuer_keys,
        ("EG-H606",),
        measures=("days",),
    ),
    Check(
        "EG-H608", "revoked", LIST, _revoked, ("EG-H101", "EG-H615", "EG-H605"), measures=("days",)
    ),
    Check("EG-H609", "policy", (POLICY, SPOILT), _policy, ("EG-H615",)),
    Check(
        "EG-H610",
        "trust_store",
        (TRUSTED, NOBODY, DAMAGED_STORE, USELESS),
        _trust,
        ("EG-H101", "EG-H615"),
        measures=("useless",),
        limit_s=20.0,
        applies=_takes_documents,
    ),
    Check(
        "EG-H611",
        "trust_store",
        (LISTS_FRESH, NO_LISTS, LISTS_SOON, LISTS_OLD),
        _trust_lists,
        ("EG-H610",),
        measures=("days",),
        limit_s=20.0,
    ),
    Check(
        "EG-H612",
        "trust_store",
        (COUNTRIES, COUNTRY_SOON, COUNTRY_OVER),
        _countries,
        ("EG-H610",),
        measures=("days",),
        limit_s=20.0,
    ),
    Check(
        "EG-H613",
        "journal",
        (PROVEN, BROKEN, NOT_YET),
        _journal,
        ("EG-H501", "EG-H615"),
        limit_s=30.0,
    ),
    Check(
        "EG-H619",
        "key_registry",
        (YOUNG, AGED, UNDATED, CHANGING, SPOILT, NOBODY_ENROLLED, HIDDEN),
        _registry_key,
        ("EG-H101", "EG-H615"),
        measures=("days",),
    ),
    Check(
        "EG-H104",
        "clock",
        (AHEAD, WENT_BACK),
        _not_before_the_journal,
        ("EG-H101", "EG-H613"),
        measures=("behind",),
        limit_s=30.0,
    ),
)
