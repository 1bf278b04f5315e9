"""Reports on the technician's page: the newest of each kind shown, the rest offered."""

import json
import os
from pathlib import Path

import pytest

from egate.pages.people import Role
from egate.pages.reports import LARGEST, MOST, Reports
from tests.pages.gate import KEYS, Browser, Served

PASSED = {"id": "EG-H101", "outcome": "passed", "title": "Clock", "finding": "ok", "cure": ""}
FAILED = {
    "id": "EG-H401", "outcome": "failed", "title": "Disk",
    "finding": "<b>full</b>", "cure": "make room",
}  # fmt: skip
DOCTOR = {"schema": "egate.doctor/1", "checks": [PASSED, FAILED]}


def keep(folder: Path, name: str, content: object, at_s: int = 1) -> None:
    folder.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text)
    os.utime(folder / name, (at_s, at_s))


def test_the_newest_report_of_each_kind_is_shown_the_worst_first(tmp_path: Path) -> None:
    keep(tmp_path, "a.json", DOCTOR, 1)
    keep(tmp_path, "b.json", DOCTOR | {"checks": [PASSED]}, 2)
    keep(tmp_path, "c.json", DOCTOR | {"schema": "egate.selftest/1"}, 3)
    told = Reports(tmp_path).examined()
    assert [(one.kind, [check.id for check in one.checks]) for one in told] == [
        ("self-test", ["EG-H401", "EG-H101"]),
        ("doctor", ["EG-H101"]),
    ]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[" * 5000, [], {"schema": "egate.doctor/2", "checks": []}, {"schema": []},
     DOCTOR | {"checks": 1}, DOCTOR | {"checks": [1]}, DOCTOR | {"checks": [{}]},
     DOCTOR | {"checks": [PASSED | {"outcome": "fine"}]},
     DOCTOR | {"checks": [PASSED | {"title": 1}]}],
)  # fmt: skip
def test_what_is_no_report_of_ours_is_offered_and_not_shown(
    tmp_path: Path, content: object
) -> None:
    keep(tmp_path, "a.json", content)
    assert Reports(tmp_path).examined() == ()
    assert [one.name for one in Reports(tmp_path).kept()] == ["a.json"]


def test_only_files_of_the_folder_are_offered_and_only_so_many(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    for number in range(MOST + 5):
        keep(folder, f"r{number:02}.html", "<html>", number)
    keep(folder, "key.pem", "secret", 99)
    keep(tmp_path, "outside.json", "{}")
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    keep(folder, "large.html", "x" * (LARGEST + 1), 98)
    reports = Reports(folder)
    assert [one.name for one in reports.kept()][:2] == ["large.html", "r24.html"]
    assert len(reports.kept()) == MOST
    names = ("key.pem", "link.json", "large.html", "../outside.json", "r00.html", "", "\0.json")
    for name in names:
        assert reports.read(name) is None, name
    assert reports.read("r24.html") == b"<html>"
    assert Reports(tmp_path / "nowhere").kept() == Reports().kept() == ()


def test_a_technician_sees_and_takes_reports_and_no_text_of_one_is_markup(tmp_path: Path) -> None:
    keep(tmp_path / "reports", "doctor.json", DOCTOR)
    with Served(tmp_path) as served:
        browser = Browser(served, KEYS[Role.TECHNICIAN])
        page = browser.get("/service").text
        assert "&lt;b&gt;full&lt;/b&gt;" in page
        assert "<b>full" not in page
        taken = browser.get("/service/kept?name=doctor.json")
        assert json.loads(taken.text) == DOCTOR
        assert taken.headers["content-disposition"] == 'attachment; filename="doctor.json"'
        assert browser.get("/service/kept?name=..%2Fpeople.json").status == 404
