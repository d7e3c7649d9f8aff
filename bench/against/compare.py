"""Compares two builds of the library, an older commit's and this tree's, by slices in turn.

    compare.py OLD_PROGRAM NEW_PROGRAM [--only WORD] [--runs N] [--million]

Both programs are bench/against/subject.c, each linked with its build. Of each run the median of each
side and their ratio are printed; below several runs, the median of the ratios. script/bench calls it
with --against COMMIT.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    operation: str
    rows: int
    value_bytes: int
    per_slice: int
    slices: int
    durability: str = "normal"

    @property
    def label(self) -> str:
        return f"{self.operation:<7} {self.value_bytes:>6} B  {self.rows:>8} rows  {self.durability:<6}"


COMPARISONS = [
    Comparison("get", 10_000, 32, 20_000, 31),
    Comparison("get", 10_000, 1024, 20_000, 31),
    Comparison("get", 1_000, 65_536, 2_000, 31),
    Comparison("put", 10_000, 32, 2_000, 31),
    Comparison("put", 10_000, 1024, 2_000, 31),
    Comparison("put", 10_000, 32, 500, 31, "full"),
    Comparison("put", 10_000, 1024, 500, 31, "full"),
    Comparison("batch", 10_000, 32, 20, 31, "full"),
    Comparison("batch", 10_000, 1024, 20, 31, "full"),
    Comparison("batch", 10_000, 32, 20, 31),
    Comparison("batch", 10_000, 1024, 20, 31),
    Comparison("rotate", 10_000, 1024, 1, 15),
    Comparison("open", 1_000, 32, 50, 31),
    Comparison("verify", 20_000, 32, 1, 15),
]
MILLION = [Comparison("verify", 1_000_000, 32, 1, 3)]


Side = subprocess.Popen[str]
"""A build's program, which waits for a slice to be asked for, and ends with its standard input."""


def start(program: str, folder: str, comparison: Comparison) -> Side:
    return subprocess.Popen(
        [
            program,
            folder,
            comparison.operation,
            str(comparison.rows),
            str(comparison.value_bytes),
            comparison.durability,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line_of(side: Side) -> str:
    assert side.stdout
    text = side.stdout.readline().strip()
    if not text:
        raise SystemExit(f"compare: {side.args!r} ended")
    return text


def slice_ns(side: Side, operations: int) -> float:
    assert side.stdin
    side.stdin.write(f"{operations}\n")
    side.stdin.flush()
    return float(line_of(side))


def run(old_program: str, new_program: str, comparison: Comparison) -> float:
    """Prints the medians, and gives their ratio."""
    with (
        tempfile.TemporaryDirectory() as old_folder,
        tempfile.TemporaryDirectory() as new_folder,
        start(old_program, old_folder, comparison) as old,
        start(new_program, new_folder, comparison) as new,
    ):
        for side in (old, new):
            assert line_of(side) == "ready"
            slice_ns(side, comparison.per_slice)  # warms caches and pools
        times = [
            (slice_ns(old, comparison.per_slice), slice_ns(new, comparison.per_slice))
            for _ in range(comparison.slices)
        ]
    old_us, new_us = (statistics.median(side) / 1000 for side in zip(*times, strict=True))
    ratio: float = new_us / old_us
    print(
        f"  {comparison.label}   old {old_us:>12.2f} us   new {new_us:>12.2f} us   ratio {ratio:5.2f}",
        flush=True,
    )
    return ratio


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares two builds, by slices in turn.")
    parser.add_argument("old_program")
    parser.add_argument("new_program")
    parser.add_argument("--only", default="", help="only the operations whose label contains this")
    parser.add_argument("--runs", type=int, default=1, help="how often, from new stores")
    parser.add_argument("--million", action="store_true", help="verify of a million rows, too")
    arguments = parser.parse_args()
    chosen = [
        comparison
        for comparison in COMPARISONS + (MILLION if arguments.million else [])
        if arguments.only in comparison.label
    ]
    for comparison in chosen:
        ratios = [
            run(arguments.old_program, arguments.new_program, comparison)
            for _ in range(arguments.runs)
        ]
        if arguments.runs > 1:
            print(f"  {comparison.label}   median of {arguments.runs} runs: "
                  f"{statistics.median(ratios):.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
