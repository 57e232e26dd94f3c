"""`course simulate N`: a made-up class for demonstrations, tests and soak runs.

Answers come from the corpus in tests/ (right and wrong as students write them), hostile ones from tests/adversarial, and
files are damaged in the ways that intake meets. The same seed makes the same class.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter
from copy import deepcopy
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from grading import settings
from grading.cells import grade_id
from grading.intake.matching import Slot, slots
from grading.locks import LOCK, locked
from grading.notebooks.course import ROOT
from grading.results import places
from grading.simulate import damage
from grading.simulate.cases import adversaries, corpus
from helpers.files import write_bytes

SHARES = "right=40,wrong=45,broken=10,hostile=5"
FIRST = [
    "ada",
    "alan",
    "barbara",
    "emmy",
    "grace",
    "hedy",
    "ida",
    "john",
    "katherine",
    "leonhard",
    "maria",
    "niels",
    "sofia",
    "tim",
]
LAST = [
    "bose",
    "curie",
    "euler",
    "franklin",
    "gauss",
    "hopper",
    "kepler",
    "lovelace",
    "noether",
    "planck",
    "rubin",
    "turing",
    "wu",
]
TEXTS = [
    "The large noise levels fill the regions where there is no data, so that the score is known there as well.",
    "Because $Z$ does not depend on $x$, its gradient is zero and the sampler never meets it: $\\nabla \\log p = -\\nabla E$.",
    "It keeps the signal longer, so that fewer of the steps are spent on images that are nothing but noise.",
    "I think it has to do with the batch, since a batch holds images of many noise levels.",
    "",
    "I do not know.",
]
HOSTILE_TEXTS = ["<script>fetch('//' + document.cookie)</script>", '=HYPERLINK("http://x", "marks")', "[x](javascript:alert(1))"]


@dataclass(frozen=True)
class Made:
    """What a simulated student is: the kind asked for, and what was done."""

    student: str
    kind: str  # right, wrong, broken or hostile
    what: str


def simulate(number: int, assignment: str, out_dir: Path, shares: str = SHARES, seed: int = 0, root: Path = ROOT) -> list[Made]:
    """Write `out_dir`/<student>/… for a class of `number` and the truth about it beside the folders.

    `shares` gives weights, as in "right=40,wrong=45,broken=10,hostile=5". Raises ValueError for shares that make no
    sense, for a missing release or corpus, and when `out_dir` holds something else.
    """
    if number < 1:
        raise ValueError(f"expected a class of at least 1, got {number}")
    out_dir = Path(out_dir)
    there = {path.name for path in out_dir.iterdir()} if out_dir.exists() else set()
    if there - {LOCK} and places.SIMULATED not in there:
        raise ValueError(f"{out_dir} is not empty and was not made by `course simulate`; name a new folder with --out")
    path = root / "notebooks" / f"{assignment}.ipynb"
    if not path.is_file():
        raise ValueError(f"there is no {path}; run `course build` first, or check the assignment's name")
    release = nbformat.read(path, as_version=4)
    rng = random.Random(f"{seed} {assignment}")
    kinds, maker = _kinds(number, shares, rng), Maker(release, rng, root)
    with locked(out_dir, f"course simulate {number}"):  # it holds right answers, for this user alone
        _remove_earlier(out_dir)
        class_ = []
        for k, kind in enumerate(kinds, 1):
            student = f"{rng.choice(FIRST)}_{rng.choice(LAST)}_{k:0{len(str(number))}}"
            files, what = getattr(maker, kind)()
            class_.append(Made(student, kind, what))  # before the files: a class that was stopped half way can be replaced
            write_bytes(out_dir / places.SIMULATED, json.dumps([asdict(made) for made in class_], indent=1).encode())
            for name, data in files.items():
                write_bytes(out_dir / student / name.format(assignment=assignment), data)
    return class_


def _remove_earlier(out_dir: Path) -> None:
    path = out_dir / places.SIMULATED
    if path.is_file():
        for student in settings.noted(path, "name a new folder with --out", lambda data: [made["student"] for made in data]):
            shutil.rmtree(out_dir / Path(student).name, ignore_errors=True)


def _kinds(number: int, shares: str, rng: random.Random) -> list[str]:
    """`number` kinds in the given shares, as near as whole students allow, in random order."""
    known = ("right", "wrong", "broken", "hostile")
    found = dict(re.findall(r"(\w+)=(\d+(?:\.\d+)?)", shares))
    if not found or set(found) - set(known) or re.sub(r"\w+=\d+(?:\.\d+)?,?", "", shares.replace(" ", "")):
        raise ValueError(f"expected --shares such as {SHARES!r}, got {shares!r}")
    weights = {kind: float(found.get(kind, 0)) for kind in known}
    total = sum(weights.values())
    if not total:
        raise ValueError(f"all shares are 0 in {shares!r}")
    exact = {kind: number * weight / total for kind, weight in weights.items()}
    counts = {kind: int(share) for kind, share in exact.items()}
    for kind in sorted(known, key=lambda kind: counts[kind] - exact[kind])[: number - sum(counts.values())]:
        counts[kind] += 1
    kinds = [kind for kind in known for _ in range(counts[kind])]
    rng.shuffle(kinds)
    return kinds


def _put(notebook, slot: Slot, source: str) -> None:
    for cell in notebook.cells:
        if grade_id(cell) == slot.grade_id:
            cell.source = source


class Maker:
    """Makes the files of one student after the other."""

    def __init__(self, release, rng: random.Random, root: Path):
        self.release, self.rng, self.root = release, rng, root
        self.slots = slots(release)
        self.answers = {slot.grade_id: slot for slot in self.slots if slot.role == "answer"}
        self.corpus, self.imports = corpus(root)
        self.ways = cycle(rng.sample(damage.ALL, len(damage.ALL)))
        known = adversaries(root)
        fitting = [case for case in known if case[1] in self.answers] or known
        self.attacks = cycle(rng.sample(fitting, len(fitting)))

    def right(self):
        """Right answers everywhere."""
        notebook, what = self._filled(right=1, wrong=0, none=0)
        return {damage.BOOK: nbformat.writes(notebook).encode()}, what

    def wrong(self):
        """Some answers right, some wrong, some missing, as in life."""
        notebook, what = self._filled(right=40, wrong=45, none=15)
        return {damage.BOOK: nbformat.writes(notebook).encode()}, what

    def broken(self):
        """Right answers in a file that something happened to."""
        way = next(self.ways)
        return way(self._filled(right=1, wrong=0, none=0)[0], self.rng), way.__name__

    def hostile(self):
        """Right answers but for one that attacks, and written answers that attack the marker.

        Raises ValueError if the course holds no hostile submissions.
        """
        attack = next(self.attacks, None)
        if attack is None or not self.answers:
            folder = self.root / "tests" / "adversarial"
            raise ValueError(f"there are no hostile submissions in {folder}; leave hostile out of --shares")
        name, exercise, cells = attack
        notebook, _ = self._filled(right=1, wrong=0, none=0)
        slot = self.answers.get(exercise) or next(iter(self.answers.values()))
        _put(notebook, slot, cells[-1])
        at = next(i for i, cell in enumerate(notebook.cells) if cell.source == cells[-1])
        notebook.cells[at:at] = [new_code_cell(source, id=f"own-{i}") for i, source in enumerate(cells[:-1])]
        for other in self.slots:
            if other.role == "written":
                _put(notebook, other, self.rng.choice(HOSTILE_TEXTS))
        return {damage.BOOK: json.dumps(notebook).encode()}, name

    def _filled(self, right: float, wrong: float, none: float):
        """The release with answers drawn by these weights, and what they are."""
        notebook, titles = deepcopy(self.release), []
        first = next(slot.index for slot in self.slots)
        notebook.cells.insert(first, new_code_cell(self.imports, id="own-imports"))
        for slot in self.slots:
            if slot.role == "written":
                _put(notebook, slot, self.rng.choice(TEXTS) or slot.stub)
            elif slot.role == "answer":
                wanted = self.rng.choices([True, False, None], [right, wrong, none])[0]
                cases = [case for case in self.corpus.get(slot.grade_id, ()) if case.right is wanted]
                if cases:
                    case = self.rng.choice(cases)
                    _put(notebook, slot, case.source)
                    titles.append(f"{slot.grade_id}: {case.title}")
        return notebook, "; ".join(titles)


def add_parser(subparsers) -> None:
    """`course simulate`."""
    parser = subparsers.add_parser("simulate", help="make up a class of submissions, for demonstrations and tests")
    parser.add_argument("number", type=int, help="how many students")
    parser.add_argument("--assignment", default="3_ddpm", help="default: 3_ddpm")
    parser.add_argument("--out", type=Path, help="default: simulated/<assignment>")
    parser.add_argument("--shares", default=SHARES, help=f"weights, default: {SHARES}")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same class")
    parser.set_defaults(run=run)


def run(args) -> int:
    """Make the class and say what it is."""
    out = args.out or Path("simulated", args.assignment)
    class_ = simulate(args.number, args.assignment, out, args.shares, args.seed)
    counts = Counter(made.kind for made in class_)
    print(f"{len(class_)} submissions in {out}: {', '.join(f'{n} {kind}' for kind, n in counts.most_common())}")
    print(f"What each of them is: {out / places.SIMULATED}")
    return 0
