"""`egate enrol`: the residents a gate knows, their faces and fingers, and how they are moved.

A registration is personal: `list` shows it to whoever may read the registry's key, and no other
command says it back. A sensor or a V4L2 camera that a running gate holds is not free: stop that
host first, or enrol at a desk with a profile of its own and move people by `export` and `import`.

Source: DESIGN sections 7 and 8 (exit codes); issue 5, item 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
import os
from pathlib import Path
import time
from typing import TYPE_CHECKING, Annotated

import typer

from egate.cli.enrolment_place import EnrolmentPlace
from egate.cli.output import ExitCode, complain, show_json, show_table
from egate.cli.output import show as show_line
from egate.cli.profile import read_profile
from egate.cli.run import Profile
from egate.domain.token import TravelDirection
from egate.registry.templates import Kind

if TYPE_CHECKING:
    from egate.cli.permit_made import Claims
    from egate.registry.residents import Record, Residents

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Enrol residents with face and finger; list, remove and move them, change the key.",
    rich_markup_mode=None,
)

LARGEST_PASSPHRASE_FILE = 4096
TELL_EVERY = 200  # people, of a bundle
DECOYS_NEED = 2  # a finger is compared with another person's too
VAR = Path("/var/lib/egate")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Data = Annotated[
    Path, typer.Option(envvar="STATE_DIRECTORY", help="Where the gate keeps its data.")
]
Who = Annotated[str, typer.Argument(metavar="REGISTRATION", help="A-Z a-z 0-9 . _ -")]
PhraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="Instead of being asked for it.")
]


@app.command()
def add(  # noqa: PLR0913  # each is an option of the command
    registration: Who,
    profile: Profile,
    *,
    data: Data = VAR,
    face: Annotated[Path | None, typer.Option(help="A picture of one face, JPEG or PNG.")] = None,
    camera: Annotated[
        bool, typer.Option("--camera", help="Take the face before the profile's camera.")
    ] = False,
    fingers: Annotated[int, typer.Option(min=0, max=2, help="How many to take at its sensor.")] = 0,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take them in place of older ones.")
    ] = False,
    permit: Annotated[
        Path | None, typer.Option(help="NAME of NAME.txt, .svg, .png, .phone.png: the QR permit.")
    ] = None,
    number: Annotated[str, typer.Option("--document-number", help="Kept as a digest.")] = "",
    kind: Annotated[str, typer.Option("--document-kind", help="For instance P or LP.")] = "LP",
    direction: Annotated[TravelDirection, typer.Option(help="What the permit allows.")] = (
        TravelDirection.BOTH
    ),
    valid_days: Annotated[int, typer.Option(min=1, max=3650)] = 365,
    keys: Annotated[Path, typer.Option("--keys", help="The issuer's folder.")] = Path("keys"),
) -> None:
    """Enrol a resident with a face, with fingers or with both; issue the permit for that face.

    A finger is laid down three times, and each step is told. The permit is for the profile's
    crossing. Exits 1 when face or finger could not be taken; nothing is changed then.

    Example: egate enrol add LS-77 --profile desk --face holder.jpg --fingers 1
    """
    from egate.cli.permit_made import Claims

    has_face = face is not None or camera
    if face is not None and camera:
        raise typer.BadParameter("give either --face or --camera")
    if not has_face and not fingers:
        raise typer.BadParameter("give --face, --camera, --fingers, or a face and fingers")
    if permit is not None and not (permit.name and number and has_face):
        raise typer.BadParameter("--permit NAME needs a face and --document-number")
    place = _place(profile, data)
    claims = Claims(registration, place.site, direction, kind, number, int(time.time()), valid_days)
    wanted = {Kind.FACE: has_face, Kind.FINGER: fingers > 0}
    with _in_words():
        with place.registry.writing(make_key=True) as residents:
            _refuse_twice(residents, registration, wanted, replace=replace)
        taken = _face(place, face) if has_face else {}
        taken |= _fingers(place, fingers) if fingers else {}
        with place.registry.writing() as residents:
            _keep(residents, registration, taken)
            if fingers:
                _tell_decoys(residents)
        if permit is not None:
            _issue(claims, taken[Kind.FACE], keys, permit)


@app.command("list")
def list_(profile: Profile, *, data: Data = VAR, as_json: Json = False) -> None:
    """List who is enrolled, with what, and since when.

    Exits 1 when an entry does not open: it is damaged, or under another key.

    Example: egate enrol list --profile bench_mantrap --data gate
    """
    with _in_words():
        listed = _residents(profile, data).listed()
    if as_json:
        show_json(
            "enrol.list",
            residents=[
                {"registration": who, **{kind.value: _as_utc(since[kind]) for kind in since}}
                for who, since in listed.since_utc_s.items()
            ],
            unreadable=listed.unreadable,
        )
    else:
        show_table(
            ("registration", "face since", "finger since"),
            [
                (who, *(_as_utc(since[kind]) if kind in since else "" for kind in Kind))
                for who, since in listed.since_utc_s.items()
            ],
        )
        show_line(f"{len(listed.since_utc_s)} enrolled")
    if listed.unreadable:
        complain(f"{listed.unreadable} entries do not open: damaged, or under another key")
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command()
def remove(registration: Who, profile: Profile, *, data: Data = VAR, as_json: Json = False) -> None:
    """Forget a resident: the key of their templates is written over, so nothing of them opens.

    The permit stays good in itself and finds no face any more; `egate permit revoke` withdraws it.
    Exits 1 when nobody of this registration was enrolled.

    Example: egate enrol remove LS-77 --profile bench_mantrap --data gate
    """
    with _in_words(), _place(profile, data).registry.writing() as residents:
        was_there = residents.remove(registration)
    if as_json:
        show_json("enrol.remove", removed=was_there)
    elif was_there:
        show_line("removed: nothing of them opens any more; `egate permit revoke` for the permit")
    if not was_there:
        complain("nobody of this registration is enrolled here")
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command()
def rekey(profile: Profile, *, data: Data = VAR, as_json: Json = False) -> None:
    """Give the registry a new key: everybody is sealed anew, and the former key opens nothing.

    For a key that is old, or that somebody may have seen. The gate may run; where systemd hands
    the key to its hosts, restart them afterwards. Interrupted, it goes on when it is called again,
    and everybody can be read meanwhile. Permits stay as they are.

    Example: egate enrol rekey --profile bench_mantrap --data gate
    """
    with _in_words():
        count = _place(profile, data).registry.rekey()
    if as_json:
        show_json("enrol.rekey", templates=count)
    else:
        show_line(f"new registry key: {count} templates sealed anew, the former key is wiped")
        show_line(
            "where systemd hands out the key: systemctl restart egate-vision egate-fingerprint"
        )


@app.command()
def export(
    bundle: Annotated[Path, typer.Argument(help="The file to write; it must not be there.")],
    profile: Profile,
    *,
    data: Data = VAR,
    only: Annotated[list[str] | None, typer.Option(help="A registration; again for more.")] = None,
    passphrase_file: PhraseFile = None,
) -> None:
    """Write residents into one file, sealed under a passphrase, for another gate.

    Exits 1 when somebody asked for is not enrolled, or an entry does not open; nothing is
    written then.

    Example: egate enrol export people.egb --profile bench_mantrap --data gate
    """
    from egate.cli.key_folder import FolderError, write_new
    from egate.registry.bundle import seal
    from egate.registry.templates import TemplateMissing

    with _in_words():
        if bundle.exists():
            raise FolderError(f"{bundle}: it is there already; nothing written")
        residents = _residents(profile, data)
        listed = residents.listed()
        if listed.unreadable:
            complain(f"{listed.unreadable} entries do not open: damaged, or under another key")
            raise typer.Exit(ExitCode.CHECK_FAILED)
        try:
            records = [residents.get(who) for who in only or listed.since_utc_s]
        except TemplateMissing:
            complain("somebody who was asked for is not enrolled here")
            raise typer.Exit(ExitCode.CHECK_FAILED) from None
        if not records:
            complain("nobody is enrolled here")
            raise typer.Exit(ExitCode.CHECK_FAILED)
        phrase = _passphrase(passphrase_file, again=True)
        write_new(bundle, seal(records, phrase, os.urandom), mode=0o600)
    show_line(f"{bundle}: {len(records)} residents; the passphrase goes another way than the file")


@app.command("import")
def import_(
    bundle: Annotated[Path, typer.Argument(help="A file that `export` wrote.")],
    profile: Profile,
    *,
    data: Data = VAR,
    replace: Annotated[bool, typer.Option("--replace", help="In place of older ones.")] = False,
    passphrase_file: PhraseFile = None,
) -> None:
    """Enrol the residents of a bundle here. Exits 1 when some were enrolled already and stay so.

    Example: egate enrol import people.egb --profile bench_mantrap --data gate
    """
    from egate.registry.bundle import MAX_BUNDLE, open_bundle

    with _in_words():
        place = _place(profile, data)
        with bundle.open("rb") as file:
            raw = file.read(MAX_BUNDLE + 1)
        records = open_bundle(raw, _passphrase(passphrase_file, again=False))
        with place.registry.writing(make_key=True) as residents:
            stayed = _take_in(residents, records, replace=replace)
    show_line(f"{len(records) - stayed} residents enrolled")
    if stayed:
        complain(f"{stayed} were enrolled here already and stay as they were; see --replace")
        raise typer.Exit(ExitCode.CHECK_FAILED)


@contextmanager
def _in_words() -> Iterator[None]:
    """End the command with one line when something is not what it should be."""
    from egate.cli.enrolled import NothingTaken
    from egate.cli.key_folder import FolderError
    from egate.loop.files import SetupRefused
    from egate.ports.errors import DeviceError, DeviceLost
    from egate.registry.bundle import BundleRefused
    from egate.registry.registry_key import RegistryKeyError
    from egate.registry.templates import TemplateError

    failures = (FolderError, TemplateError, RegistryKeyError, DeviceError, SetupRefused)
    try:
        yield
    except NothingTaken as nothing:
        complain(f"{nothing} (nothing was changed)")
        raise typer.Exit(ExitCode.CHECK_FAILED) from nothing
    except DeviceLost as lost:
        complain(f"{lost}; does a running gate hold it? `egate selftest` finds what is wrong")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from lost
    except BundleRefused as nothing:
        complain(str(nothing))
        raise typer.Exit(ExitCode.CHECK_FAILED) from nothing
    except failures as error:
        complain(str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error


def _place(profile: str, data: Path) -> EnrolmentPlace:
    return EnrolmentPlace(read_profile(profile), data.absolute())


def _residents(profile: str, data: Path) -> Residents:
    return _place(profile, data).registry.residents()


def _refuse_twice(
    residents: Residents, registration: str, wanted: Mapping[Kind, bool], *, replace: bool
) -> None:
    """Refuse a registration that no permit can have, and what is enrolled already."""
    from egate.cli.enrolled import NothingTaken
    from egate.permit.claims import NAME

    if NAME.fullmatch(registration) is None:
        raise typer.BadParameter("a registration has 1 to 32 of A-Z a-z 0-9 . _ -")
    there = [
        kind
        for kind, is_wanted in wanted.items()
        if is_wanted and residents.has(registration, kind)
    ]
    if there and not replace:
        raise NothingTaken(
            f"{' and '.join(there)}: enrolled already; --replace takes the new in its place"
        )


def _face(place: EnrolmentPlace, picture: Path | None) -> dict[Kind, bytes]:
    from egate.cli.enrolled import clock, face_before
    from egate.cli.permit_made import face_in
    from egate.domain.embedding import quantise
    from egate.vision.faces import FaceEngine
    from egate.vision.models import load_models

    if picture is not None:
        return {Kind.FACE: quantise([float(value) for value in face_in(picture)])}
    engine = FaceEngine(load_models())
    with closing(place.camera()) as camera:
        return {Kind.FACE: face_before(camera, engine, place.face_limits(), clock)}


def _fingers(place: EnrolmentPlace, count: int) -> dict[Kind, bytes]:
    from egate.cli.enrolled import finger_on
    from egate.registry.finger_templates import pack

    limits = place.finger_limits()
    with closing(place.fingerprint()) as sensor:
        templates = [finger_on(sensor, number, count, limits) for number in range(1, count + 1)]
    return {Kind.FINGER: pack(templates)}


def _keep(residents: Residents, registration: str, taken: Mapping[Kind, bytes]) -> None:
    from egate.registry.residents import Record

    now_utc_s = int(time.time())
    residents.put(Record(registration, taken, dict.fromkeys(taken, now_utc_s)))
    show_line(f"enrolled: {' and '.join(taken)}")


def _tell_decoys(residents: Residents) -> None:
    with_finger = sum(Kind.FINGER in since for since in residents.listed().since_utc_s.values())
    if with_finger < DECOYS_NEED:
        show_line(
            "nobody passes with a finger yet, for each is compared with another person's too: "
            "enrol a second person's"
        )


def _issue(claims: Claims, face: bytes, keys: Path, out: Path) -> None:
    """Issue the permit; the enrolment stands whatever comes of it."""
    from egate.cli.key_folder import FolderError, KeyFolder
    from egate.cli.permit_made import make_permit, tell_drawings
    from egate.domain.token import TemplateDigest
    from egate.registry.templates import digest

    named = TemplateDigest(digest(face))
    try:
        _, facts = make_permit(claims, lambda _nonce: named, KeyFolder(keys), out)
    except FolderError as error:
        cure = f"egate permit issue --template-digest {named.digest.hex()}"
        raise FolderError(f"{error}; no permit was made: {cure}") from error
    tell_drawings(out, facts)


def _take_in(residents: Residents, records: tuple[Record, ...], *, replace: bool) -> int:
    """Keep who is not enrolled yet, or all; return how many were left as they are."""
    stayed = 0
    for done, record in enumerate(records, start=1):
        is_here = any(residents.has(record.registration, kind) for kind in record.templates)
        if is_here and not replace:
            stayed += 1
        else:
            residents.put(record)
        if done % TELL_EVERY == 0:
            show_line(f"{done} of {len(records)}")
    return stayed


def _passphrase(file: Path | None, *, again: bool) -> str:
    from egate.cli.key_folder import read_text
    from egate.registry.bundle import LEAST_PASSPHRASE, LONGEST_PASSPHRASE

    if file is not None:
        phrase = read_text(file, LARGEST_PASSPHRASE_FILE).rstrip("\r\n")
    else:
        phrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=again)
    if not LEAST_PASSPHRASE <= len(phrase) <= LONGEST_PASSPHRASE:
        bounds = f"{LEAST_PASSPHRASE} to {LONGEST_PASSPHRASE}"
        raise typer.BadParameter(f"a passphrase has {bounds} characters")
    return phrase


def _as_utc(instant_s: int) -> str:
    return datetime.fromtimestamp(instant_s, UTC).isoformat()
