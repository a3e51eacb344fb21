"""The wheel works outside the checkout: it carries assets and the sample mission."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, without its dependencies, into a folder of its own."""
    root = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(root)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = root.glob("okaeri-*.whl")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(root / "site"), str(wheel)], check=True, capture_output=True)
    return root / "site"


def run(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python command that finds the installed wheel before the checkout."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"PYTHONPATH": str(site), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=100
    )


def test_wheel_carries_fonts_coastlines_and_mission(site: Path, tmp_path: Path) -> None:
    code = "from console.places import samples_dir; print(samples_dir() / 'els_rs' / 'mission.toml')"
    shown = Path(run(site, tmp_path, "-c", code).stdout.strip())
    assert shown.is_relative_to(site)
    assert shown.is_file()


def test_demo_runs_from_the_wheel(site: Path, tmp_path: Path) -> None:
    done = run(
        site, tmp_path, "-m", "console", "demo", "--seconds", "6", "--archive", str(tmp_path / "demo.okaeri")
    )
    assert done.returncode == 0, done.stderr
    last = done.stdout.strip().splitlines()[-1]
    match = re.fullmatch(r"sent (\d+) received (\d+) decoded (\d+) stored (\d+) lost 0", last)
    assert match, last
    assert int(match[4]) > 0
    assert (tmp_path / "okaeri-demo.png").stat().st_size > 10_000
