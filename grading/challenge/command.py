"""`course challenge`: score few-step weights in the sandbox and put them on the board."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grading.sandbox import choice
from grading.terminal import shown

if TYPE_CHECKING:
    from grading.sandbox.host import Sandbox

STEPS = (1, 2, 4)


def add_parser(subparsers) -> None:
    """`course challenge`."""
    parser = subparsers.add_parser("challenge", help="score few-step weights of notebook 6 and print the board")
    parser.add_argument("weights", type=Path, nargs="+", help="safetensors files of the challenge's network")
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="numbers of steps to sample with (default: 1 2 4)")
    parser.add_argument("--name", help="the name on the board (default: the file's); with one file only")
    parser.add_argument("--samples", type=int, default=1000, help="pictures for each number of steps, at least 130")
    parser.add_argument("--out", type=Path, default=Path("challenge"), help="folder of the board")
    parser.add_argument("--seed", type=int, default=0, help="of the noise; all entries of a board should have the same")
    choice.add_options(parser, "the weights are read and run", "read the weights")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Draw, score, add to the board, print it; a file that cannot be scored is named, and the others go on."""
    from grading.challenge import board, scoring
    from grading.locks import locked
    from grading.sandbox.host import Sandbox
    from grading.sandbox.supervision import SandboxLost

    _check(args)
    steps = tuple(sorted(set(args.steps)))
    refused = 0
    with locked(args.out, "course challenge"), Sandbox(choice.asked_for(args)) as sandbox:
        for weights, name in names(args.weights).items():
            try:
                _enter(args, weights, args.name or name, steps, sandbox)
            except ValueError as error:
                print(f"course challenge: {error}", file=sys.stderr)
                refused += 1
            except SandboxLost as error:
                print(f"course challenge: {weights} was not scored, the sandbox failed: {error}", file=sys.stderr)
                refused += 1
        entries, floor = board.load(args.out), scoring.floor(args.samples)
        print(board.as_text(entries, steps, floor))
        if entries:
            print(f"The board: {args.out / board.CSV} and {board.write_page(args.out, entries, floor)}")
    return 2 if refused else 0


def names(files: list[Path]) -> dict[Path, str]:
    """A name for the board for each file: its own without the ending, with the folders in front that tell it from the others."""
    options = {file: _options(file) for file in dict.fromkeys(files)}
    found = {}
    for file, own in options.items():
        taken = {option for other, others in options.items() if other != file for option in others}
        found[file] = shown(next((option for option in own if option not in taken), own[-1]))
    return found


def _options(file: Path) -> list[str]:
    """The file's name without its ending, with more and more folders in front, and last its whole path."""
    folders = file.absolute().parts[1:-1]
    return ["/".join([*folders[len(folders) - k :], file.stem]) for k in range(len(folders) + 1)] + [str(file.absolute())]


def _enter(args, weights: Path, name: str, steps: tuple[int, ...], sandbox: Sandbox) -> None:
    from grading.challenge import board, drawing, scoring
    from helpers.assets import digest

    drawn = drawing.draw(weights, steps, args.samples, sandbox, args.seed)
    sha256 = digest(weights)
    if any(entry.name == name and entry.sha256 != sha256 for entry in board.load(args.out)):
        print(
            f"course challenge: {name} is on the board with other weights, which these replace; --name gives these another name"
        )
    entries = [scoring.score(name, pictures, count, drawn.sampler, sha256) for count, pictures in drawn.pictures.items()]
    for entry in entries:
        board.keep_pictures(args.out, entry, drawn.pictures[entry.steps])
    board.add(args.out, entries)


def _check(args) -> None:
    if args.name and len(args.weights) > 1:
        raise ValueError(f"--name names one entry; there are {len(args.weights)} files. Leave it out, the files' names are used")
    if not 130 <= args.samples <= 5000:
        raise ValueError(f"--samples is between 130 and 5000; got {args.samples}")
    if not all(1 <= count <= 100 for count in args.steps):
        raise ValueError(f"--steps are between 1 and 100; got {args.steps}")
