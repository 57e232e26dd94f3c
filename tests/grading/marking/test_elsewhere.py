"""An answer that runs on the student's machine and not here is never a silent zero: a person is told why."""

import sys

import pytest

from tests import marking


def marked(judge, text: str):
    """The mark and the flags of the first coded exercise, answered with this text."""
    exercise = next(each for each in judge.assignment.exercises if not each.written)
    (name,) = exercise.targets[:1]
    cell = next(c.metadata.nbgrader.grade_id for c in marking.source().cells if f"def {name}" in c.source)
    verdict = judge.mark(marking.answered(**{cell: text.replace("NAME", name)}))
    (mark,) = [each for each in verdict.exercises if each.name == exercise.name]
    return mark, [flag for flag in verdict.flags if flag.exercise == exercise.name]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("import no_such_package_17\ndef NAME(*args):\n    return no_such_package_17.f(*args)", "no_such_package_17"),
        ("from no_such_package_17 import f\ndef NAME(*args):\n    return f(*args)", "no_such_package_17"),
        ("def NAME(*args):\n    import no_such_package_17\n    return args", "no_such_package_17"),
        ("import torch\ndef NAME(*args):\n    return torch.ones(3).cuda()", "GPU"),
        ("import torch\nK = torch.ones(3).cuda()\ndef NAME(*args):\n    return K", "GPU"),
        ("K = open('/content/drive/MyDrive/k.txt').read()\ndef NAME(*args):\n    return K", "file"),
        ("import torch\ndef NAME(*args):\n    return torch.load('/content/k.pt')", "file"),
        ("import torch\ndef NAME(*args):\n    torch.save(args, '/content/drive/k.pt')\n    return args", "file"),
        ("from urllib.request import urlopen\ndef NAME(*args):\n    return urlopen('https://example.org')", "network"),
        ("def NAME(*args):\n    return input('T? ')", "type"),
        ("from multiprocessing import Pool\ndef NAME(*args):\n    return Pool(2).map(abs, args)", "processes"),
        ("import torch\ndef NAME(*args):\n    return torch.empty(10**12)", "memory"),
        ("def NAME(*args):\n    return Out[3]", "cells"),
        ("def NAME(*args):\n    return _", "cells"),
        ("import torch\ndef NAME(*args):\n    return torch.quaternion_of(args)", "quaternion_of"),
        ("from torch import quaternion_of\ndef NAME(*args):\n    return quaternion_of(args)", "quaternion_of"),
    ],
)
def test_what_is_missing_here_is_named_and_flagged(judge, text, word):
    mark, flags = marked(judge, text)
    assert mark.points == 0
    (flag,) = [flag for flag in flags if flag.kind == "runs-elsewhere"]
    assert word in flag.detail


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("def NAME[T](*args: T):\n    return args", (3, 12)),
        ("class Shape[T]:\n    pass\ndef NAME(*args):\n    return args", (3, 12)),
        ("type Pair = tuple[int, int]\ndef NAME(*args):\n    return args", (3, 12)),
        ("def NAME(*args):\n    return f'{args['a']}'", (3, 12)),
        ("def NAME(*args):\n    try:\n        return args\n    except KeyError, ValueError:\n        return 1", (3, 14)),
        ("def NAME(*args):\n    return t'{args}'", (3, 14)),
    ],
)
def test_what_a_newer_python_reads_is_flagged_on_an_older_one(judge, text, since):
    mark, flags = marked(judge, text)
    assert mark.points == 0
    told = any("newer Python" in flag.detail for flag in flags if flag.kind == "runs-elsewhere")
    assert told == (sys.version_info < since)


@pytest.mark.parametrize(
    "text",
    [
        "def NAME(*args):\n    return None",
        "def NAME(*args):\n    return args if",
        "type = 3 4\ndef NAME(*args):\n    return args",
        "def NAME(*args):\n    return 'cat' 't' 3",
        "def NAME(*args):\n    print 1",
        "import torch\ndef NAME(*args):\n    return torch.square_root(args[0])\n",
        "import torch\ndef NAME(*args):\n    return torch.Sqrt(args[0])\n",
        "import helpers\ndef NAME(*args):\n    return helpers.no_such\n",
        "def NAME(*args):\n    return forgotten\n",
        "def NAME(*args):\n    return open(args)\n",
        "def NAME(*args:\n    return 1",
        "import helpers.no_such\ndef NAME(*args):\n    return helpers.no_such",
    ],
)
def test_what_is_wrong_everywhere_is_not_flagged(judge, text):
    assert not [flag for flag in marked(judge, text)[1] if flag.kind == "runs-elsewhere"]
