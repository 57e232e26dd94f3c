"""A check: a list of properties, each with points, and the mistakes that it knows by name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from .again import DRAWN, KEPT, FirstCallNoted, changes_what_it_is_given, explained
from .again import MISTAKES as AGAIN
from .answer import folded
from .defaults import WithDefaults, with_defaults
from .delivery import deliver, is_collecting
from .form import HOLDS, FormNoted
from .form import MISTAKES as FORM
from .limits import quietly
from .memory import hints_given
from .plain import SubjectError
from .relations import MISTAKES as ANYWHERE
from .result import WAITS, CheckResult, PropertyResult
from .seeding import kept
from .subject import Reply, Subject, as_subject


class Wrong(Exception):
    """Raised by a property that does not hold: a recognised mistake, or what was expected and what came.

    about: what stands for {} in the mistake's sentence.
    """

    def __init__(self, mistake: str = "", expected: str = "", received: str = "", about: str = ""):
        self.mistake, self.expected, self.received, self.about = mistake, expected, received, about
        super().__init__(mistake or f"expected {expected}, received {received}")


@dataclass(frozen=True)
class Property:
    """One thing that is true of every right answer; test(bench) raises Wrong where it is not, or returns a remark or None."""

    id: str
    points: float
    statement: str
    test: Callable[[Bench], str | None]
    needs: str = ""  # tried only if that other property holds: else it would pass for nothing, or fail for the same reason


class Bench:
    """What a property works with: the answer, and inputs drawn from the check's seed."""

    def __init__(self, subjects: list[Subject], seed: int):
        self.subjects, self.seed = subjects, seed
        self.stdout = ""
        self.named: list[str] = []  # mistakes that earlier properties have recognised
        self.unexplained = False  # whether an earlier property has failed with no mistake recognised

    @property
    def subject(self) -> Subject:
        return self.subjects[0]

    def random(self, key: str) -> torch.Generator:
        """A generator that depends on the seed and the key alone, so that properties don't disturb each other."""
        digest = hashlib.sha256(f"{key}/{self.seed}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:6], "big"))

    def randn(self, key: str, *shape: int, dtype=torch.float32) -> torch.Tensor:
        return torch.randn(*shape, generator=self.random(key), dtype=torch.float64).to(dtype)

    def wide(self, key: str, *shape: int) -> torch.Tensor:
        """As randn, but each fifth number six times as large: beyond any limit that a clamp might set."""
        numbers = self.randn(key, *shape)
        numbers.view(-1)[::5] *= 6
        return numbers

    def integer(self, key: str, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(torch.randint(low, high + 1, (), generator=self.random(key)))

    def uniform(self, key: str, low: float, high: float) -> float:
        """A number from low to high with three decimals, so that messages stay readable."""
        share = float(torch.rand((), generator=self.random(key), dtype=torch.float64))
        return round(low + (high - low) * share, 3)

    def call(self, *args, **kwargs) -> Reply:
        reply = self.subject.call(*args, **kwargs)
        self.stdout = self.stdout or reply.stdout
        return reply


class Check:
    """The check of one exercise: call it with the answer, and it returns a CheckResult.

    answers: names of what the student writes (one, or two for a pair of classes), as defined in `home`, the helpers module
    that holds the reference. mistakes: {id: sentence that names the mistake and its fix}. hints: three, from a nudge to
    nearly the answer. slips: those of the mistakes that show that the answer is done but for one thing, so that the properties
    that need the failed one are tried all the same. figure: optional, (bench) → a function that draws PNG bytes for the card,
    or None.

    Raises ValueError unless it has three hints.
    """

    def __init__(self, name, *, home, mistakes, hints, answers=(), slips=(), figure=None):
        self.name, self.home, self.answers, self.slips = name, home, tuple(answers) or (name,), frozenset(slips)
        self.mistakes, self.hints, self.figure = dict(mistakes), tuple(hints), figure
        self.properties: list[Property] = []
        if len(self.hints) != 3:
            raise ValueError(f"{name}: a check has three hints, from a nudge to nearly the answer; got {len(self.hints)}")

    def property(self, points: float, statement: str, needs: str = ""):
        """Decorator: add a function of a Bench as the next property; its name is the property's id."""

        def add(test):
            self.properties.append(Property(test.__name__, points, statement, test, needs))
            return test

        return add

    def defaults(self, points: float, statement: str, needs: str = "", same: Callable[[Bench], None] | None = None) -> None:
        """Add the property that what the stub gives a default may be left out; the others then get by without.

        same(bench) raises Wrong where the default has another value than the stub's, for checks whose other properties would
        not notice.
        """
        self.mistakes[_NO_DEFAULT] = "A default of the stub is missing from your signature: later cells leave that argument out."

        def defaults(bench: Bench) -> None:
            filled = {name: value for s in bench.subjects if isinstance(s, WithDefaults) for name, value in s.filled.items()}
            if filled:
                wanted = ", ".join(f"{name}={value!r}" for name, value in filled.items())
                raise Wrong(_NO_DEFAULT, wanted, f"{', '.join(filled)} without a default")
            if same:
                same(bench)

        self.properties.append(Property("defaults", points, statement, defaults, needs))

    def without(self, property_id: str) -> Check:
        """This check with one property deleted (for the tests that prove each property necessary).

        Raises ValueError for a property that there is not.
        """
        fewer = Check(
            self.name,
            home=self.home,
            mistakes=self.mistakes,
            hints=self.hints,
            answers=self.answers,
            slips=self.slips,
            figure=self.figure,
        )
        fewer.properties = [p for p in self.properties if p.id != property_id]
        if len(fewer.properties) == len(self.properties):
            raise ValueError(f"{self.name} has no property {property_id!r}; it has {[p.id for p in self.properties]}")
        return fewer

    def __call__(self, *answers, seed: int = 0) -> CheckResult:
        """Check the answer (functions, classes or Subjects, in the order of `answers`).

        Raises TypeError if the number of answers is not the check's.
        """
        if len(answers) != len(self.answers):
            call = f"checks.{self.name}({', '.join(self.answers)})"
            raise TypeError(f"{call} takes {len(self.answers)} answer(s), got {len(answers)}")
        noted = [FormNoted(as_subject(answer, name)) for answer, name in zip(answers, self.answers)]
        calls = [FirstCallNoted(answer) for answer in noted]
        subjects: list[Subject] = [*calls]
        if _NO_DEFAULT in self.mistakes:
            subjects = [with_defaults(subject, self.home, name) for subject, name in zip(subjects, self.answers)]
        bench = Bench(subjects, seed)
        with quietly(), kept():
            result = self._run(bench, noted, calls)
        return deliver(result)

    def _run(self, bench: Bench, noted: list[FormNoted], calls: list[FirstCallNoted]) -> CheckResult:
        outcomes: dict[str, PropertyResult] = {}
        stop = None
        for prop in self.properties:
            if stop is None and prop.needs in outcomes and not self._done(outcomes[prop.needs]):
                waits = f"{WAITS} {outcomes[prop.needs].statement}."
                outcomes[prop.id] = PropertyResult(prop.id, prop.points, prop.statement, False, diagnosis=waits)
                continue
            remark, error = ("", stop) if stop else self._tried(prop, bench, calls)
            if isinstance(error, SubjectError) and error.kind in ("unattempted", "timeout", "died", "not_callable"):
                stop = error  # nothing more can be learnt, and each further try may cost another time limit
            outcomes[prop.id] = self._outcome(prop, error, remark)
            bench.named += [outcomes[prop.id].mistake] if outcomes[prop.id].mistake else []
            bench.unexplained |= isinstance(error, Wrong) and not error.mistake
        if outcomes and all(outcome.passed for outcome in outcomes.values()):
            self._charge(outcomes, bench, next((answer.form for answer in noted if answer.form), ""))
        status, message = _status(outcomes.values(), stop)
        figure = self.figure(bench) if self.figure and not stop and not is_collecting() else None
        found = tuple(outcomes.values())
        return CheckResult(self.name, found, bench.seed, status, message, bench.stdout, figure, lambda: self._answer(status))

    def _tried(self, prop: Property, bench: Bench, calls: list[FirstCallNoted]) -> tuple[str, Wrong | SubjectError | None]:
        """What came of a property; a failure that no mistake explains is looked into."""
        for answer in calls:
            answer.first = None
        remark, error = _tried(prop, bench)
        if isinstance(error, Wrong) and not error.mistake and not bench.named:
            found = next(filter(None, (explained(answer, self.home) for answer in calls)), None)
            if not found and "mutates" in self.mistakes and any(map(changes_what_it_is_given, calls)):
                found = "mutates", error.expected, error.received
            error = Wrong(*found) if found else error
            if error.mistake == DRAWN and "own_noise" in self.mistakes:
                error.mistake = "own_noise"
        return remark, error

    def _charge(self, outcomes: dict[str, PropertyResult], bench: Bench, form: str) -> None:
        """What is wrong with right numbers costs the points of the last property: their form, or that the next are wrong."""
        last = list(outcomes.values())[-1]
        if form:
            holds, error = HOLDS[form], Wrong(form)
        else:
            # twice, and with other arguments: what is kept of a call shows in the next
            again = Bench(bench.subjects, bench.seed + 1)
            errors = (_tried(self.properties[0], again)[1] for _ in range(2))
            failed = next((error for error in errors if error and getattr(error, "kind", "raised") == "raised"), None)
            if failed is None:
                return
            found = (failed.expected, failed.received) if isinstance(failed, Wrong) else ("a result", failed.message)
            holds, error = "again when it is called with other arguments", Wrong(KEPT, *found)
        prop = replace(self.properties[-1], statement=f"{last.statement}; {holds}")
        outcomes[last.id] = self._outcome(prop, error, "")

    def _answer(self, status: str) -> str:
        """The course's own answer, folded, once this one passed or all hints were asked for."""
        seen = status == "passed" or hints_given(self.name) == len(self.hints)
        return folded(self.name, self.home, self.answers, self.hints) if seen else ""

    def _done(self, outcome: PropertyResult) -> bool:
        """Whether a property holds, or would but for one slip that is recognised: one slip costs its points once."""
        return outcome.passed or outcome.mistake in self.slips

    def _outcome(self, prop: Property, error, remark: str) -> PropertyResult:
        if error is None:
            return PropertyResult(prop.id, prop.points, prop.statement, True, diagnosis=remark)
        if "mutates" in self.mistakes and _CHANGES_A_LEAF in getattr(error, "message", ""):
            error = Wrong("mutates", "an argument that requires a gradient unchanged", error.where)
        if isinstance(error, Wrong):
            sentence = (
                (ANYWHERE | FORM | AGAIN | self.mistakes)[error.mistake].replace("{}", error.about) if error.mistake else ""
            )
            found = (error.mistake, sentence, error.expected, error.received)
        else:
            found = (error.kind, _stopped(error), "", "")
        return PropertyResult(prop.id, prop.points, prop.statement, False, *found)


_NO_DEFAULT = "default_missing"
_CHANGES_A_LEAF = "leaf Variable that requires grad is being used in an in-place operation"  # what torch says


def _tried(prop: Property, bench: Bench) -> tuple[str, Wrong | SubjectError | None]:
    try:
        return prop.test(bench) or "", None
    except (Wrong, SubjectError) as error:
        return "", error
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        # an odd value that the property did not foresee: the student gets a card still, the tests look for these words
        return "", SubjectError("bad_reply", type(error).__name__, f"this check could not compare what came back ({error})")


def _status(outcomes, stop) -> tuple[str, str]:
    outcomes = list(outcomes)
    earned = [outcome.passed for outcome in outcomes]
    if all(earned):
        return "passed", ""
    if stop is not None and stop.kind == "unattempted" and not any(earned):
        return "unattempted", _stopped(stop)
    if any(earned):
        return "partial", _stopped(stop) if stop else ""
    # one error behind everything is said once, for the whole answer
    reasons = {outcome.diagnosis for outcome in outcomes if not outcome.waits}
    return "failed", reasons.pop() if len(reasons) == 1 else ""


def _stopped(error: SubjectError) -> str:
    """What stopped the answer, in a sentence or two."""
    where = f" At {error.where}." if error.where else ""
    if error.kind == "unattempted":
        if error.type_name == "NameError":
            return f"{error.message[:1].upper()}{error.message[1:]}."
        return f"{error.message}: write it in place of `raise NotImplementedError()`, and delete that line."
    if error.kind == "raised":
        return f"Your code raised {error.type_name}: {error.message.rstrip('.') or '(no message)'}.{where}"
    if error.kind == "timeout":
        return f"Your code {error.message}. Is there a loop that never ends?"
    if error.kind == "died":
        return "The process that ran your code ended before it answered."
    return f"{error.message[:1].upper()}{error.message[1:]}.{where}"
