"""Link counters: what was lost stands out, and a link that brings nothing says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from panel_scene import Scene, has_colour, picture

from console.desk import theme
from console.desk.panels.links import LinksPanel

Links = tuple[Scene, LinksPanel]


@pytest.fixture
def links(tmp_path: Path, qtbot: QtBot) -> Iterator[Links]:
    scene = Scene(tmp_path / "two.okaeri")
    panel = LinksPanel(scene)
    qtbot.addWidget(panel)
    panel.resize(484, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    yield scene, panel
    scene.close()


def told(panel: LinksPanel, link: str) -> dict[str, tuple[str, bool]]:
    return {
        label: (text, abnormal)
        for each, rows in panel.rows()
        if each.id == link
        for label, text, abnormal in rows
    }


def test_counters_stand_beside_their_names(links: Links) -> None:
    scene, panel = links
    scene.send("hk", 10)
    scene.status("s", 10, frames_good=1_234_567, packets=42, octets=1_840_000)
    scene.show(panel, 11.5)
    s = told(panel, "s")
    assert s["State"] == ("locked", False)
    assert s["Received"][0] == "1.84 MB"
    assert s["Frames good"][0] == "1,234,567"
    assert s["Last reception"][0] == "09:50:32Z"
    assert s["Since then"][0] == "00:00:01"
    assert told(panel, "r") == {"State": ("nothing received yet", False)}
    assert "Frames corrected" not in s  # this link has no code
    assert "Frames good 1,234,567" in panel.accessibleDescription()


def test_a_recorder_that_writes_each_second_is_believed_for_four(links: Links) -> None:
    scene, panel = links
    scene.send("hk", 10)
    scene.status("s", 10)
    for later, state in ((13.9, "locked"), (14.1, "no contact")):
        scene.show(panel, later)
        assert told(panel, "s")["State"][0] == state


@pytest.mark.parametrize(
    ("counter", "label"),
    [
        ("frames_bad", "Frames bad"),
        ("frames_missing", "Frames missing"),
        ("packets_missing", "Packets missing"),
        ("dropped_by_kernel", "Dropped by this machine"),
    ],
)
def test_each_loss_is_a_caution_patch_and_zero_is_quiet(links: Links, counter: str, label: str) -> None:
    scene, panel = links
    scene.send("hk", 10)
    scene.status("s", 10)
    scene.show(panel, 10)
    assert not any(abnormal for _, abnormal in told(panel, "s").values())
    assert has_colour(picture(panel), theme.palette.caution) == 0
    scene.status("s", 11, **{counter: 17})
    scene.show(panel, 13)
    lost = told(panel, "s")
    assert [name for name, (_, abnormal) in lost.items() if abnormal] == [label]
    assert lost[label][0] == "17"
    image = picture(panel)
    assert has_colour(image, theme.palette.caution) > 150, "a filled patch and the square"
    left = has_colour(image, theme.palette.caution, 0, 0, 242, 300)
    assert left == has_colour(image, theme.palette.caution), "in the column of its link"


def test_duplicates_are_no_loss(links: Links) -> None:
    scene, panel = links
    scene.status("s", 10, duplicates=9)
    scene.show(panel, 10)
    assert told(panel, "s")["Duplicates"] == ("9", False)


def test_a_failed_link_stands_out(links: Links) -> None:
    scene, panel = links
    scene.status("s", 10, state="failed")
    scene.show(panel, 10)
    assert told(panel, "s")["State"] == ("failed", True)


def test_a_lock_that_nobody_confirms_is_not_believed(links: Links) -> None:
    scene, panel = links
    scene.pass_of(10)
    scene.show(panel, 11)
    assert told(panel, "s")["State"][0] == "locked"
    scene.show(panel, 141)  # the recorder is gone: its last word was "locked"
    assert told(panel, "s")["State"] == ("no contact", False)
    assert told(panel, "s")["Since then"][0] == "00:02:12"


def test_counters_are_those_of_the_shown_instant(links: Links) -> None:
    scene, panel = links
    scene.send("hk", 0)
    scene.status("s", 0, packets=1)
    scene.send("hk", 5)
    scene.status("s", 5, packets=2, frames_bad=3)
    scene.show(panel, 2, mode="replay")
    assert told(panel, "s")["Packets"][0] == "1"
    assert told(panel, "s")["Frames bad"] == ("0", False)


@pytest.mark.parametrize("size", [(484, 300), (372, 240), (360, 190)])
def test_nothing_overlaps_at_the_sizes_of_the_layouts(links: Links, size: tuple[int, int]) -> None:
    scene, panel = links
    for link, packet in (("s", "hk"), ("r", "room")):
        scene.send(packet, 3, **({"room_pressure": 10_100} if packet == "room" else {}))
        scene.status(link, 3, frames_good=12_345_678, frames_missing=1_234_567, packets=123_456_789)
    panel.resize(*size)
    scene.show(panel, 3)
    image = picture(panel)
    # The last line, too, is inside: the ground below it is bare.
    bottom = has_colour(image, theme.palette.panel, 0, size[1] - 2, size[0], 2)
    assert bottom == 2 * size[0]
    # Between the two columns there is a bare gap from top to bottom.
    middle = 10 + (size[0] - 16) // 2
    assert has_colour(image, theme.palette.panel, middle - 4, 0, 3, size[1]) == 3 * size[1]
