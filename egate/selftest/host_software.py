"""The doctor's look at what is installed: SQLite, Python, packages against the lock, the models.

Source: research/fleet_ops.md 2.2 (WAL-reset bug); requirements.txt (the lock); research/face.md 1a
and 5 (digests of the models).
"""

from collections.abc import Callable
import hashlib
import re

from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.host import Host
from egate.vision.models import (
    DETECTOR,
    LARGEST_BYTES,
    MRZ,
    RECOGNISER,
    ModelAltered,
    ModelMissing,
    read_model,
)

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; ([^\\]*))? \\$", re.MULTILINE)
NOT_HERE = "sys_platform == 'win32'"  # the one marker of the lock that a gate does not fulfil
OLDEST_PYTHON = (3, 11, 0)

SOUND = Reason("sound", Outcome.PASSED, ("version",))
UNSOUND = Reason("unsound", Outcome.FAILED, ("why",))

NEW_ENOUGH = Reason("new_enough", Outcome.PASSED, ("version",))
TOO_OLD = Reason("too_old", Outcome.FAILED, ("version",))

AS_LOCKED = Reason("as_locked", Outcome.PASSED, ("count",))
NO_LOCK = Reason("no_lock", Outcome.WARNED)
MISSING_PACKAGE = Reason("missing", Outcome.FAILED, ("package", "count"))
OTHER_VERSION = Reason("other_version", Outcome.FAILED, ("package", "has", "wants", "count"))

KNOWN = Reason("known", Outcome.PASSED, ("sha256",))
MISSING_MODEL = Reason("missing", Outcome.FAILED)
ALTERED = Reason("altered", Outcome.FAILED)

OWN_KNOWN = Reason("known", Outcome.PASSED, ("sha256",))
OWN_MISSING = Reason("missing", Outcome.FAILED, ("file",))
OWN_ALTERED = Reason("altered", Outcome.FAILED, ("file",))


def _sqlite(host: Host) -> Answer:
    why = host.unsound(host.sqlite)
    figures = (Measured("version", host.sqlite, limit=">= 3.51.3"),)
    if why is not None:
        return Answer(UNSOUND, {"why": why}, figures)
    return Answer(SOUND, {"version": host.sqlite}, figures)


def _python(host: Host) -> Answer:
    version = ".".join(map(str, host.python))
    figures = (Measured("version", version, limit=">= 3.11"),)
    is_old = host.python < OLDEST_PYTHON
    return Answer(TOO_OLD if is_old else NEW_ENOUGH, {"version": version}, figures)


def _packages(host: Host) -> Answer:
    wanted = {
        name: version for name, version, marker in PIN.findall(host.lock) if NOT_HERE not in marker
    }
    if not wanted:
        return Answer(NO_LOCK)
    have = {name: host.installed(name) for name in wanted}
    missing = [name for name in wanted if have[name] is None]
    other = [name for name in wanted if have[name] not in (None, wanted[name])]
    figures = (Measured("astray", len(missing) + len(other), at_most=0),)
    if missing:
        return Answer(MISSING_PACKAGE, {"package": missing[0], "count": len(missing)}, figures)
    if other:
        name = other[0]
        values = {"package": name, "has": str(have[name]), "wants": wanted[name]}
        return Answer(OTHER_VERSION, values | {"count": len(other)}, figures)
    return Answer(AS_LOCKED, {"count": len(wanted)}, figures)


def _model(kind: str, name: str) -> Callable[[Host], Answer]:
    """Return a check that this model is the one this egate was tested with."""

    def ask(host: Host) -> Answer:
        try:
            model = read_model(host.models(kind), name)
        except (ModelMissing, LookupError):
            return Answer(MISSING_MODEL)
        except ModelAltered:
            return Answer(ALTERED)
        return Answer(KNOWN, {"sha256": hashlib.sha256(model).hexdigest()[:16]})

    return ask


def _own_network(host: Host) -> Answer:
    names = host.the_gate.profile.files
    path = host.the_gate.data / names.texture_network
    try:
        with path.open("rb") as file:
            sha256 = hashlib.sha256(file.read(LARGEST_BYTES)).hexdigest()
    except FileNotFoundError:
        return Answer(OWN_MISSING, {"file": str(path)})
    if sha256 != names.texture_network_sha256:
        return Answer(OWN_ALTERED, {"file": str(path)})
    return Answer(OWN_KNOWN, {"sha256": sha256[:16]})


def _has_own_network(host: Host) -> bool:
    return host.gate is not None and host.gate.profile.files.texture_network != ""


def _of_model(part: str, kind: str, name: str) -> Check[Host]:
    reasons = (KNOWN, MISSING_MODEL, ALTERED)
    return Check(f"EG-H504.{part}", f"model_{part}", reasons, _model(kind, name), limit_s=20.0)


SOFTWARE: tuple[Check[Host], ...] = (
    Check("EG-H501", "sqlite", (SOUND, UNSOUND), _sqlite, measures=("version",)),
    Check("EG-H502", "python", (NEW_ENOUGH, TOO_OLD), _python, measures=("version",)),
    Check(
        "EG-H503",
        "packages",
        (AS_LOCKED, NO_LOCK, MISSING_PACKAGE, OTHER_VERSION),
        _packages,
        measures=("astray",),
        limit_s=20.0,
    ),
    _of_model("detector", "faces", DETECTOR),
    _of_model("recogniser", "faces", RECOGNISER),
    _of_model("pages", "pages", MRZ),
)
OWN_NETWORK: tuple[Check[Host], ...] = (
    Check(
        "EG-H505",
        "model_texture",
        (OWN_KNOWN, OWN_MISSING, OWN_ALTERED),
        _own_network,
        ("EG-H615",),
        limit_s=20.0,
        applies=_has_own_network,
    ),
)
