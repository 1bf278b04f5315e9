"""`egate permit`: make an issuer's keys, and issue, show, verify and revoke QR permits.

The commands read and write files and show what came of it; what a permit is and what a check
means is in egate.permit and egate.inspection. `show` keeps personal claims to itself unless
asked. Nothing here writes a log.

Source: DESIGN section 8 (exit codes); research/mrz_qr.md section 6.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
import time
from typing import Annotated

import typer

from egate.cli.finding_shown import finding_fields, show_findings
from egate.cli.key_folder import FolderError, KeyFolder, read_text
from egate.cli.output import ExitCode, complain, show_json, show_table
from egate.cli.output import show as show_line
from egate.cli.permit_made import (
    Claims,
    make_permit,
    sealed_face,
    tell_drawings,
    template_digest,
)
from egate.cli.permit_shown import claims_in_words
from egate.domain.check import Check, Finding, Outcome
from egate.domain.lane_part import Direction
from egate.domain.token import (
    Permit,
    SealedFace,
    TemplateDigest,
    TravelDirection,
    face_binding,
)
from egate.permit.issuers import MAX_NAME

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Make keys; issue, show, verify and revoke QR permits.",
    rich_markup_mode=None,
)

MAX_PERMIT_FILE = 4096

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Keys = Annotated[Path, typer.Option("--keys", help="The issuer's folder, made by keygen.")]
PermitFile = Annotated[Path, typer.Argument(help="The NAME.txt that issue wrote.")]


@app.command()
def keygen(
    folder: Annotated[Path, typer.Argument(help="A folder that holds none of these files yet.")],
    *,
    issuer: Annotated[str, typer.Option(help="The issuer's name.")] = "issuer",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long key and list last.")] = 365,
    as_json: Json = False,
) -> None:
    """Make an issuer's keys and the two signed lists.

    Gates need issuers.json, issuers.pub, revoked.json and gate.key of them, nothing more.

    Example: egate permit keygen keys --issuer "Huu Nghi"
    """
    if not 1 <= len(issuer) <= MAX_NAME:
        raise typer.BadParameter(f"an issuer's name has 1 to {MAX_NAME} characters")
    with _in_words():
        issuers = KeyFolder(folder).create(issuer, int(time.time()), days)
    kid = next(iter(issuers.keys))
    if as_json:
        show_json("permit.keygen", folder=str(folder), issuer_key=kid, days=days)
    else:
        show_line(f"{folder}: issuer key {kid}, gate key and two lists, good for {days} days")
        show_line("issuer.key, issuers.key and gate.key are secrets; readable by you only")


@app.command()
def renew(
    folder: Annotated[Path, typer.Argument(help="The issuer's folder.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long the list lasts.")] = 365,
    new_key: Annotated[
        bool,
        typer.Option("--new-key", help="Sign with a new key; keep the old listed."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Sign both lists again, before they are too old for the gates.

    Example: egate permit renew keys --new-key
    """
    with _in_words():
        issuers, revoked = KeyFolder(folder).renew(int(time.time()), days, new_key=new_key)
    if as_json:
        show_json(
            "permit.renew",
            issuers_version=issuers.version,
            revoked_version=revoked.version,
            issuer_keys=list(issuers.keys),
        )
    else:
        show_line(f"issuers.json version {issuers.version}: {', '.join(issuers.keys)}")
        show_line(f"revoked.json version {revoked.version}: {len(revoked.digests)} permits")


@app.command()
def issue(  # noqa: PLR0913  # each is an option of the command
    registration: Annotated[str, typer.Argument(help="The holder's: A-Z a-z 0-9 . _ -")],
    *,
    site: Annotated[str, typer.Option(help="The crossing, as in the gate's profile.")],
    number: Annotated[
        str,
        typer.Option("--document-number", prompt="Document number", help="Kept as a digest."),
    ],
    out: Annotated[Path, typer.Option(help="NAME of NAME.txt, .svg, .png and .phone.png")],
    direction: Annotated[TravelDirection, typer.Option(help="What the permit allows.")] = (
        TravelDirection.BOTH
    ),
    kind: Annotated[str, typer.Option("--document-kind", help="For instance P or LP.")] = "LP",
    valid_from: Annotated[datetime | None, typer.Option(help="UTC; now if left out.")] = None,
    valid_days: Annotated[int, typer.Option(min=1, max=3650)] = 30,
    face: Annotated[
        Path | None, typer.Option(help="A picture of the holder, JPEG or PNG; sealed to the gates.")
    ] = None,
    template: Annotated[
        str, typer.Option("--template-digest", help="Instead of --face: 32 hexadecimal digits.")
    ] = "",
    keys: Keys = Path("keys"),
    as_json: Json = False,
) -> None:
    """Issue a permit and draw it: for a paper slip and for a telephone.

    Example: egate permit issue LS-2026-000123 --site huu-nghi --face holder.jpg --out slip
    """
    if not out.name:
        raise typer.BadParameter("--out is the name of a file, without its ending")
    if (face is None) == (not template):
        raise typer.BadParameter("give either --face or --template-digest")
    folder = KeyFolder(keys)
    claims = Claims(
        registration=registration,
        site=site,
        direction=direction,
        document_kind=kind,
        document_number=number,
        begin_s=int(time.time() if valid_from is None else _utc_s(valid_from)),
        valid_days=valid_days,
    )

    def reference(nonce: bytes) -> SealedFace | TemplateDigest:
        if face is None:
            return template_digest(template)
        return sealed_face(face, folder, face_binding(registration, nonce))

    with _in_words():
        issuer_key, facts = make_permit(claims, reference, folder, out)
    if as_json:
        show_json("permit.issue", issuer_key=issuer_key, **facts)
    else:
        tell_drawings(out, facts)


@app.command()
def show(
    file: PermitFile,
    *,
    personal: Annotated[
        bool, typer.Option("--show-personal", help="Show registration, nonce and digests too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a permit claims. Its signature is not looked at; that is `verify`.

    Example: egate permit show slip.txt --show-personal
    """
    from egate.permit.permit import PermitUnreadable, unproven

    with _in_words():
        text = _permit_text(file)
    try:
        claims = claims_in_words(unproven(text), personal=personal)
    except PermitUnreadable as error:
        complain(f"{file}: no permit ({error.reason})")
        raise typer.Exit(ExitCode.CHECK_FAILED) from error
    if as_json:
        show_json("permit.show", signature="not checked", claims=claims)
    else:
        rows = [(name.replace("_", " "), words) for name, words in claims.items()]
        show_table(("claim", "says"), [*rows, ("signature", "not checked")])


@app.command()
def verify(  # noqa: PLR0913  # each is an option of the command
    file: PermitFile,
    *,
    keys: Keys = Path("keys"),
    site: Annotated[str, typer.Option(help="Is it for this crossing?")] = "",
    direction: Annotated[Direction | None, typer.Option(help="Is it for this direction?")] = None,
    at: Annotated[datetime | None, typer.Option(help="UTC; now if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Check that a permit is genuine, in force and not revoked.

    Ends with 0 when every check passed, with 1 when one did not. Whether it was used before is
    known to the gate's journal only.

    Example: egate permit verify slip.txt --site huu-nghi --direction entry
    """
    from egate.permit.permit import read

    now_utc_s = time.time() if at is None else _utc_s(at)
    with _in_words():
        folder = KeyFolder(keys)
        reading = read(_permit_text(file), folder.issuers(now_utc_s), now_utc_s)
        findings = reading.findings
        if reading.permit is not None:
            findings += _examined(reading.permit, folder, site, direction, now_utc_s)
    passed = all(finding.outcome is Outcome.PASSED for finding in findings)
    if as_json:
        show_json(
            "permit.verify", passed=passed, findings=[finding_fields(one) for one in findings]
        )
    else:
        show_findings(findings)
    if not passed:
        raise typer.Exit(ExitCode.CHECK_FAILED)


@app.command()
def revoke(file: PermitFile, *, keys: Keys = Path("keys"), as_json: Json = False) -> None:
    """Add a permit to the signed list of revoked ones.

    Gates refuse it from the time they hold the new revoked.json.

    Example: egate permit revoke slip.txt
    """
    from egate.domain.revocation import revocation_digest
    from egate.permit.permit import PermitUnreadable, unproven

    with _in_words():
        try:
            permit = unproven(_permit_text(file))
        except PermitUnreadable as error:
            raise FolderError(f"{file}: no permit ({error.reason})") from error
        revoked = KeyFolder(keys).revoke(
            frozenset({revocation_digest(permit.nonce)}), int(time.time())
        )
    if as_json:
        show_json("permit.revoke", version=revoked.version, permits=len(revoked.digests))
    else:
        show_line(f"revoked.json version {revoked.version}: {len(revoked.digests)} permits")


@contextmanager
def _in_words() -> Iterator[None]:
    """End the command with one line and exit code 3 when a file is not what it should be."""
    try:
        yield
    except FolderError as error:
        complain(str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error


def _permit_text(file: Path) -> str:
    """Read the text of a permit; the line end an editor adds is taken off."""
    return read_text(file, MAX_PERMIT_FILE).rstrip("\r\n")


def _utc_s(instant: datetime) -> float:
    return instant.replace(tzinfo=UTC).timestamp()


def _examined(
    permit: Permit, folder: KeyFolder, site: str, direction: Direction | None, now_utc_s: float
) -> tuple[Finding, ...]:
    """Answer the checks that can be answered here: without a gate's journal, and as asked."""
    from egate.inspection.permit_checks import Circumstances, examine_permit
    from egate.inspection.policy import load

    shipped = Path(__file__).parent.parent / "inspection" / "policy.toml"
    here = Circumstances(
        site=site,
        direction=direction or Direction.ENTRY,
        now_utc_s=now_utc_s,
        clock_floor_utc_s=0.0,
        revoked=folder.revoked(),
        last_clearance=None,
    )
    asked = {
        Check.PERMIT_IS_IN_FORCE: True,
        Check.PERMIT_IS_NOT_REVOKED: True,
        Check.PERMIT_IS_FOR_THIS_SITE: bool(site),
        Check.PERMIT_IS_FOR_THIS_DIRECTION: direction is not None,
    }
    findings = examine_permit(permit, here, load(shipped.read_text(encoding="utf-8")))
    return tuple(finding for finding in findings if asked.get(finding.check))
