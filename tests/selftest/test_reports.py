"""One run as JSON, JUnit and an HTML page: nothing lost, nothing executed, all of it signed."""

from html.parser import HTMLParser
import json
from pathlib import Path
import re
import xml.etree.ElementTree as ET

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

import egate.cli
from egate.selftest.as_html import ReportRefused, as_html, signed, verify
from egate.selftest.as_json import as_fields
from egate.selftest.as_junit import as_junit
from egate.selftest.catalogue import LANGUAGES, WORDS, read_catalogue
from egate.selftest.check import Answer, Measured, Outcome, Result, Series
from egate.selftest.host_machine import COOL, HOT, UNTOLD, WARM
from egate.selftest.plot import MOST, plot, thinned
from egate.selftest.report import About, Report
from egate.selftest.runner import NEED_NOT_MET

HOSTILE = "<script>alert(1)</script>&\x1b[31m\x00"
ABOUT = About(
    "doctor",
    1_800_000_000.0,
    gate="lane-1",
    site="huu-nghi",
    profile="p.toml",
    profile_sha256="ab" * 32,
    operator=HOSTILE,
    software=(("egate", "0.1.0"), ("SQLite", "3.54.1")),
)
FIGURE = Measured("heat", 91.25, "°C", at_most=80.0)
SERIAL = (("serial", "00041"), ("firmware", HOSTILE))


def result(id_: str, answer: Answer, *, is_own: bool = True) -> Result:
    return Result(id_, "processor", answer, took_s=0.25, is_own=is_own)


FIRST = (
    result("EG-H202", Answer(HOT, {"degrees": 91.25}, (FIGURE,), identity=SERIAL)),
    result("EG-H203", Answer(NEED_NOT_MET, {"check": "EG-H202"}), is_own=False),
    result("EG-H201", Answer(UNTOLD)),
)
WRITES = Answer(WARM, {"degrees": 1}, series=(Series("heat", "°C", (1.0, 2.0, 9.0), at_most=5.0),))
SECOND = (
    result("EG-H202", Answer(COOL, {"degrees": 50.0})),
    result("EG-H203", Answer(NEED_NOT_MET, {"check": "EG-H202"}), is_own=False),
    result("EG-H201", Answer(UNTOLD)),
)
REPORT = Report(ABOUT, (FIRST, SECOND))
PLOTTED = Report(ABOUT, ((result("EG-H202", WRITES),),))
ENGLISH = read_catalogue("en")
FIRST_CURE = ENGLISH.cure(FIRST[0])


def test_json_holds_every_check_once_with_its_worst_result() -> None:
    fields = json.loads(json.dumps(as_fields(REPORT, ENGLISH), allow_nan=False))
    assert [(one["id"], one["outcome"], one["rounds_failed"]) for one in fields["checks"]] == [
        ("EG-H202", "failed", 1),
        ("EG-H203", "not_done", 0),
        ("EG-H201", "not_applicable", 0),
    ]
    assert fields["checks"][0] == {
        "id": "EG-H202",
        "title": "heat",
        "device": "processor",
        "outcome": "failed",
        "reason": "hot",
        "finding": "the processor has 91.2 °C and is slowed down",
        "cure": FIRST_CURE,
        "measured": [{"name": "heat", "value": 91.25, "unit": "°C", "at_most": 80.0}],
        "series": [],
        "identity": {"serial": "00041", "firmware": HOSTILE},
        "took_s": 0.25,
        "rounds": 2,
        "rounds_failed": 1,
    }
    assert (fields["ended"], fields["counts"]["failed"]) == (1, 1)
    assert fields["about"]["software"] == {"egate": "0.1.0", "SQLite": "3.54.1"}


def test_junit_counts_what_it_holds() -> None:
    top = ET.fromstring(as_junit(REPORT, ENGLISH))
    first, second = top.findall("testsuite")
    assert [first.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
        "3", "1", "0", "2",
    ]  # fmt: skip
    assert (second.get("failures"), second.get("timestamp")) == ("0", "2027-01-15T08:00:00")
    failure = first.find("testcase/failure")
    assert failure is not None
    assert (failure.get("type"), failure.text) == ("hot", FIRST_CURE)
    assert first.findtext("testcase/system-out", "").endswith("temperature: 91.2 °C <= 80 °C")


def test_junit_stays_xml_whatever_a_device_says() -> None:
    text = as_junit(REPORT, ENGLISH)
    assert "\x1b" not in text
    assert "\x00" not in text
    operator = ET.fromstring(text).find(".//property[@name='operator']")
    assert operator is not None
    assert operator.get("value") == "<script>alert(1)</script>&\ufffd[31m\ufffd"


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report", [REPORT, PLOTTED], ids=["rounds", "plotted"])
def test_the_page_holds_no_script_and_fetches_nothing(report: Report, language: str) -> None:
    page = as_html(report, read_catalogue(language))
    made = Page(page)
    assert not {"script", "img", "link", "iframe", "object", "a", "form"} & set(made.tags)
    assert not {name for name in made.attributes if name.startswith("on")} | (
        {"src", "href", "style"} & made.attributes
    )
    assert not re.search(r"https?://|@import|url\(", page)
    assert "default-src 'none'" in page
    assert f'lang="{language}"' in page


def test_the_page_tells_serial_numbers_profile_versions_operator_and_rounds() -> None:
    text = Page(as_html(REPORT, ENGLISH)).text
    for told in ("00041", "ab" * 32, "SQLite 3.54.1", HOSTILE[:20], "lane-1", "2027-01-15", "1/2"):
        assert told in text


def test_what_failed_stands_first_on_the_page() -> None:
    page = as_html(REPORT, ENGLISH)
    assert (
        page.index("EG-H202</span>") < page.index("EG-H203</span>") < page.index("EG-H201</span>")
    )


def test_a_series_is_drawn_with_its_limit_and_what_is_beyond_it() -> None:
    page = as_html(PLOTTED, ENGLISH)
    made = Page(page)
    assert (made.tags.count("svg"), made.tags.count("circle")) == (1, 2)
    assert page.count('class="beyond"') == 1
    assert page.count('class="limit"') == 1
    assert "temperature: 3 x, 1 .. 9 °C &lt;= 5 °C" in page


def test_a_series_without_figures_draws_nothing() -> None:
    assert plot(Series("heat", "s", ()), "heat") == ""
    assert plot(Series("heat", "s", (float("nan"),)), "heat") == ""
    assert "<svg" in plot(Series("heat", "s", (0.0, 0.0)), "heat")
    assert "<svg" in plot(Series("heat", "s", (5.0,), at_most=1e9), "heat")


def test_of_many_figures_the_outliers_are_kept() -> None:
    values = [1.0] * 100_000
    values[77_777] = 50.0
    values[3] = -4.0
    drawn = thinned(values)
    assert len(drawn) <= MOST
    assert (min(drawn), max(drawn)) == (-4.0, 50.0)


KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


def test_a_signed_page_is_proven_by_its_key_alone() -> None:
    page = signed(as_html(REPORT, ENGLISH, KEY.public_key().public_bytes_raw().hex()), KEY)
    verify(page, KEY.public_key())
    assert KEY.public_key().public_bytes_raw().hex() in Page(page).text
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    with pytest.raises(ReportRefused, match="another key"):
        verify(page, other)


@pytest.mark.parametrize(
    ("old", "new"),
    [("failed", "passed"), ("2027-01-15", "2027-01-16"), ("<!doctype", "<!DOCTYPE")],
)
def test_an_altered_page_is_found(old: str, new: str) -> None:
    page = signed(as_html(REPORT, ENGLISH), KEY)
    assert old in page
    with pytest.raises(ReportRefused, match="altered"):
        verify(page.replace(old, new, 1), KEY.public_key())


@pytest.mark.parametrize("more", ["<p>more</p>", "\n", ""])
def test_a_page_with_something_behind_its_signature_or_without_one_is_refused(more: str) -> None:
    page = as_html(REPORT, ENGLISH)
    behind = signed(page, KEY) + more if more else page
    with pytest.raises(ReportRefused, match="no signature"):
        verify(behind, KEY.public_key())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_shown_somewhere(language: str) -> None:
    folders = (Path(egate.cli.__file__).parent, Path(egate.cli.__file__).parents[1] / "selftest")
    code = "".join(file.read_text() for folder in folders for file in folder.glob("*.py"))
    named = {str(outcome) for outcome in Outcome} | {"doctor", "selftest"}
    from_devices = {"serial", "firmware", "model"}  # what a device may say of itself
    for word in set(read_catalogue(language).tables[WORDS]) - named - from_devices:
        assert re.search(rf"['\"]{word}['\"]", code), word
