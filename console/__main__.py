"""The commands of ``okaeri``; each is a few lines that wire rooms together."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from console.exit_codes import DAMAGE, OK, USAGE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return DAMAGE
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _demo(options: argparse.Namespace) -> int:
    from console.demo import run

    return run(options.seconds, options.archive, options.language)


def _record(options: argparse.Namespace) -> int:
    from console.recording import run

    return run(
        options.mission,
        options.archive,
        kind=options.kind,
        mission_offset_ns=options.mission_offset_ns,
        seconds=options.seconds,
        ports=dict(options.port),
        with_parent=options.with_parent,
    )


def _desk(options: argparse.Namespace) -> int:
    from console.demo import has_screen

    if options.screenshot is not None and options.seconds is None:
        print("okaeri desk: --screenshot is taken at the end of --seconds N: give both", file=sys.stderr)
        return USAGE
    if not has_screen() and "QT_QPA_PLATFORM" not in os.environ:
        if options.screenshot is None:
            print(
                "okaeri desk: there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set); "
                "--seconds N --screenshot PNG draws without one",
                file=sys.stderr,
            )
            return USAGE
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from console.desk.app import main as desk

    return desk(
        options.archive,
        seconds=options.seconds,
        screenshot=options.screenshot,
        language=options.language,
        layout=options.layout,
    )


def _decode(options: argparse.Namespace) -> int:
    from console.decode.command import run

    return int(run(options))


def _mission_convert(options: argparse.Namespace) -> int:
    from console.databases import convert

    return convert(options)


def _mission_check(options: argparse.Namespace) -> int:
    from console.databases import check, is_database

    if is_database(options.folder):
        return check(options.folder, options.root)
    from console.mission_check import check_mission

    errors = check_mission(options.folder)
    for error in errors:
        print(error, file=sys.stderr)
    if errors:
        return USAGE
    from console.mission import load_mission

    mission = load_mission(options.folder)
    parameters = sum(len(packet.values) for packet in mission.packets)
    print(
        f"{options.folder}: nothing is wrong: {len(mission.vehicles)} vehicles, {len(mission.links)} links, "
        f"{len(mission.stations)} stations, {len(mission.packets)} packets, {parameters} parameters"
    )
    return OK


def _parser() -> argparse.ArgumentParser:
    from console.decode.options import add_options

    parser = argparse.ArgumentParser(
        "okaeri",
        description="Telemetry and operations console for capsules coming home from low-Earth orbit.",
        epilog="Exit codes: 0 all well, 1 finished with damage in the data, 2 usage or definition, "
        "3 unreadable input.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="record a simulated pass over UDP and show it")
    demo.add_argument("--seconds", type=_positive, help="end by itself after N seconds (no screen: 20)")
    demo.add_argument("--archive", type=Path, help="where to record (else in your data folder)")
    demo.add_argument("--language", choices=("en", "ja"), help="language of the desk")
    demo.set_defaults(run=_demo)

    record = commands.add_parser("record", help="record a mission's links until Ctrl-C")
    record.add_argument("--mission", type=Path, required=True, metavar="DIR", help="the mission folder")
    record.add_argument("--archive", type=Path, required=True, metavar="FILE", help="where to record")
    record.add_argument("--kind", choices=("live", "simulation", "training"), default="live")
    record.add_argument("--seconds", type=_positive, help="end by itself after N seconds")
    record.add_argument(
        "--mission-offset-ns",
        type=_nanoseconds,
        default=0,
        metavar="NS",
        help="mission time less machine time",
    )
    record.add_argument(
        "--port", type=_port, action="append", default=[], metavar="LINK=PORT", help="use another port"
    )
    record.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    record.set_defaults(run=_record)

    desk = commands.add_parser("desk", help="show an archive, growing or finished")
    desk.add_argument("archive", type=Path, metavar="ARCHIVE")
    desk.add_argument("--language", choices=("en", "ja"))
    desk.add_argument("--layout", help="the layout to begin with")
    desk.add_argument("--seconds", type=_positive, help="end by itself after N seconds")
    desk.add_argument("--screenshot", type=Path, metavar="PNG", help="save a picture just before the end")
    desk.set_defaults(run=_desk)

    decode = commands.add_parser("decode", help="packets of a file to CSV, JSON or an archive")
    add_options(decode)
    decode.set_defaults(run=_decode)

    mission = commands.add_parser("mission", help="validate a mission folder, or make one of a database")
    actions = mission.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="name every error with file, line, column and the mend")
    check.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="a mission folder, an XTCE database (.xml), or an installed package",
    )
    check.add_argument("--root", default="", metavar="NAME", help="the container that packets begin with")
    check.set_defaults(run=_mission_check)
    convert = actions.add_parser("convert", help="write an XTCE database or a package as a mission folder")
    convert.add_argument("database", type=Path, metavar="X.xml|PACKAGE")
    convert.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    convert.add_argument("--root", default="", metavar="NAME", help="the container that packets begin with")
    convert.set_defaults(run=_mission_convert)
    return parser


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _nanoseconds(text: str) -> int:
    if not text.lstrip("+-").isdecimal() or abs(int(text)) >= 1 << 62:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of nanoseconds (less than 2^62)")
    return int(text)


def _port(text: str) -> tuple[str, int]:
    link, _, port = text.rpartition("=")
    if not link or not port.isdecimal() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not LINK=PORT")
    return link, int(port)


if __name__ == "__main__":
    sys.exit(main())
