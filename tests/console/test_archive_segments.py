"""Rollup segments that grow from batch to batch, as SQLite shows them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from decoders.mission.model import Band, Limits, Parameter
from tests.console.archive_scene import START, S, Scene, packet, query

LIMITED = Parameter("value", "float", 32, limits=Limits(caution=Band(0, 10), critical=Band(-50, 50)))


def test_a_segment_of_many_batches_keeps_the_extremes_the_mean_and_the_worst(tmp_path: Path) -> None:
    minute = START - START % (60 * S)
    scene = Scene(tmp_path / "a.okaeri", packet("hk", LIMITED, timed=True))
    batches = [[99.0, 4.0], [math.nan], [-3.0, math.nan], [7.0]]  # critical, nothing, caution, fine
    for i, batch in enumerate(batches):
        scene.send("hk", [{"value": value} for value in batch], minute + 10 * i * S)
    scene.close()
    ((count, minimum, maximum, mean, worst),) = query(
        scene.path, "SELECT count, minimum, maximum, mean, worst FROM rollup WHERE packet = 'hk'"
    )
    numbers = [float(np.frombuffer(each, "<f8")[0]) for each in (minimum, maximum, mean)]
    assert (count, numbers) == (6, [-3.0, 99.0, (99 + 4 - 3 + 7) / 4])
    assert list(worst) == [3]


def test_a_segment_that_begins_with_nothing_finite_takes_what_comes(tmp_path: Path) -> None:
    minute = START - START % (60 * S)
    scene = Scene(tmp_path / "a.okaeri", packet("hk", LIMITED, timed=True))
    for i, value in enumerate((math.nan, 12.0)):
        scene.send("hk", [{"value": value}], minute + 10 * i * S)
    scene.close()
    ((minimum, maximum, worst),) = query(scene.path, "SELECT minimum, maximum, worst FROM rollup")
    assert [float(np.frombuffer(each, "<f8")[0]) for each in (minimum, maximum)] == [12.0, 12.0]
    assert list(worst) == [1]
