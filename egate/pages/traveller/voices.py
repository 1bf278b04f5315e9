"""The lines of the screen rendered to sound, one small file a line, by espeak-ng at build time.

    VOICES/vi/look_here.wav   a file that is there is played; one that is not stays silent

espeak-ng 1.51 speaks Vietnamese, English and Mandarin, and neither Lao nor Khmer; its plain `cmn`
reads the pinyin of a character as English words, `cmn-latn-pinyin` does not. A file that a person
recorded is never overwritten: rendered ones say so in their first chunk, and only those are
rendered anew. None of them is in the repository.

Source: espeak-ng(1); RIFF WAVE, LIST INFO chunk; research/domain.md 6 (recorded audio prompts).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
import shutil
import struct
import subprocess

from egate.domain.language import Language
from egate.pages.traveller.lines import JOINER, NO_BREAK, all_lines

SPEAKS: Mapping[Language, str] = {
    Language.VIETNAMESE: "vi",
    Language.ENGLISH: "en-gb",
    Language.CHINESE: "cmn-latn-pinyin",
}
WORDS_A_MINUTE = "140"  # slower than its 175: a hall echoes
RENDERED = b"rendered by egate from the lines of the screen"
WITHIN_S = 20.0
LARGEST = 2_000_000  # half a minute at 22 kHz

Speak = Callable[[str, str], bytes]


class VoicesRefused(Exception):
    """No voice could be rendered; the text says why."""


def espeak(voice: str, text: str) -> bytes:
    """Return `text` spoken, as a WAVE file.

    Raises:
        VoicesRefused: espeak-ng is missing, failed or was late.
    """
    program = shutil.which("espeak-ng")
    if program is None:
        raise VoicesRefused("espeak-ng is not installed (Debian: apt-get install espeak-ng)")
    command = [program, "-v", voice, "-s", WORDS_A_MINUTE, "--stdin", "--stdout"]
    try:
        ran = subprocess.run(  # noqa: S603  # a found program, fixed words
            command, input=text.encode(), capture_output=True, timeout=WITHIN_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise VoicesRefused(f"espeak-ng said nothing in {voice}: {type(error).__name__}") from None
    return ran.stdout


def render(folder: Path, speak: Speak = espeak) -> tuple[int, int]:
    """Render every line that can be and is not recorded; return how many were, and were kept.

    Raises:
        VoicesRefused: a line could not be rendered.
    """
    rendered = kept = 0
    for language, voice in SPEAKS.items():
        (folder / language).mkdir(parents=True, exist_ok=True)
        for sign, text in all_lines()[language].say.items():
            file = folder / language / f"{sign}.wav"
            if file.exists() and not is_rendered(file):
                kept += 1
                continue
            file.write_bytes(marked(speak(voice, text.replace(NO_BREAK, " ").replace(JOINER, ""))))
            rendered += 1
    return rendered, kept


def marked(wave: bytes) -> bytes:
    """Return a WAVE file that says of itself that it was rendered, with its lengths set right.

    A program that writes to a pipe cannot know the lengths and writes the largest there are.

    Raises:
        VoicesRefused: it is none.
    """
    data_at = wave.find(b"data", 12)
    if wave[:4] != b"RIFF" or wave[8:12] != b"WAVE" or data_at < 0 or len(wave) > LARGEST:
        raise VoicesRefused("what was spoken is no WAVE file")
    samples = wave[data_at + 8 :]
    info = b"INFOISFT" + struct.pack("<I", len(RENDERED)) + RENDERED
    info += b"\0" * (len(RENDERED) % 2)
    body = b"WAVE" + _chunk(b"LIST", info) + wave[12:data_at] + _chunk(b"data", samples)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def is_rendered(file: Path) -> bool:
    """Say whether this file was rendered here, and not recorded by a person."""
    with file.open("rb") as opened:
        return RENDERED in opened.read(256)


def present(folder: Path | None) -> frozenset[str]:
    """Return the voices that are there, as `language/sign`; none without a folder."""
    if folder is None:
        return frozenset()
    return frozenset(
        f"{language}/{sign}"
        for language, lines in all_lines().items()
        for sign in lines.say
        if (folder / language / f"{sign}.wav").is_file()
    )


def sound_of(folder: Path | None, name: str) -> bytes | None:
    """Return the sound of `language/sign`, None where there is none."""
    if folder is None or name not in present(folder):
        return None
    sound = (folder / f"{name}.wav").read_bytes()
    return sound if len(sound) <= LARGEST else None


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content
