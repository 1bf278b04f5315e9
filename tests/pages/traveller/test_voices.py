"""Voices: what espeak-ng speaks is rendered, what a person recorded is kept."""

import io
from pathlib import Path
import shutil
import struct
import subprocess
import wave

import pytest
from typer.testing import CliRunner

from egate.cli.pages import app
from egate.domain.language import Language
from egate.domain.signs import SIGNS
from egate.pages.traveller.lines import all_lines
from egate.pages.traveller.voices import (
    SPEAKS,
    VoicesRefused,
    espeak,
    is_rendered,
    marked,
    present,
    render,
)

BEEP = struct.pack("<200h", *range(200))


def piped(_voice: str = "", _text: str = "") -> bytes:
    """Return a WAVE file as a pipe gets it: its lengths are not known."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(BEEP)
    whole = bytearray(kept.getvalue())
    whole[4:8] = whole[40:44] = b"\xff\xff\xff\x7f"
    return bytes(whole)


def test_every_line_of_a_language_that_is_spoken_is_rendered(tmp_path: Path) -> None:
    assert render(tmp_path, piped) == (len(SPEAKS) * len(SIGNS), 0)
    assert present(tmp_path) == {f"{one}/{sign}" for one in SPEAKS for sign in SIGNS}
    assert set(Language) - set(SPEAKS) == {Language.LAO, Language.KHMER}


def test_a_rendered_file_is_sound_to_another_reader_with_its_true_length() -> None:
    with wave.open(io.BytesIO(marked(piped()))) as file:
        assert (file.getframerate(), file.getnframes()) == (22050, 200)
        assert file.readframes(300) == BEEP


def test_what_a_person_recorded_is_kept_and_what_was_rendered_is_rendered_anew(
    tmp_path: Path,
) -> None:
    recorded = tmp_path / "vi" / "walk_in.wav"
    recorded.parent.mkdir()
    recorded.write_bytes(piped())
    lao = tmp_path / "lo" / "walk_in.wav"
    lao.parent.mkdir()
    lao.write_bytes(piped())
    for _again in range(2):
        assert render(tmp_path, piped) == (len(SPEAKS) * len(SIGNS) - 1, 1)
        assert recorded.read_bytes() == lao.read_bytes() == piped()
    assert is_rendered(tmp_path / "en" / "walk_in.wav")
    assert "lo/walk_in" in present(tmp_path)


def test_without_a_folder_or_with_a_strangers_files_no_voice_is_there(tmp_path: Path) -> None:
    (tmp_path / "vi").mkdir()
    (tmp_path / "vi" / "secret.wav").write_bytes(piped())
    assert present(None) == present(tmp_path) == frozenset()


@pytest.mark.parametrize("spoken", [b"", b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", b"OggS" + bytes(60)])
def test_what_is_no_wave_file_is_refused(spoken: bytes) -> None:
    with pytest.raises(VoicesRefused):
        marked(spoken)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("language", SPEAKS)
def test_espeak_speaks_each_language_it_is_asked_for(language: Language) -> None:
    with wave.open(io.BytesIO(marked(espeak(SPEAKS[language], "QR")))) as file:
        assert 0.1 < file.getnframes() / file.getframerate() < 3


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_no_line_is_read_as_if_it_were_of_another_language() -> None:
    for language, voice in SPEAKS.items():
        said = all_lines()[language].say.values()
        lines = "\n".join(text for text in said if "camera" not in text)
        sounds = subprocess.run(
            ["espeak-ng", "-v", voice, "-q", "-x", "--stdin"],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert "(" not in sounds, language


def test_the_command_says_what_it_did_or_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egate.pages.traveller.voices.SPEAKS", {})
    told = CliRunner().invoke(app, ["voices", str(tmp_path)])
    assert (told.exit_code, told.output) == (0, "0 lines spoken, 0 recorded ones kept\n")
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    told = CliRunner().invoke(app, ["voices", str(tmp_path)])
    assert (told.exit_code, told.stdout) == (3, "")
    assert "apt-get install espeak-ng" in told.stderr


def test_without_espeak_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(VoicesRefused, match="apt-get install espeak-ng"):
        espeak("vi", "QR")
