"""What a card says in HTML: code between backticks is set as code, and nothing that a student wrote becomes markup."""

import pytest

from helpers.checks import hints
from helpers.checks.card import prose


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("write it in place of `raise X()`, and run", "write it in place of <code>raise X()</code>, and run"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("one ` alone", "one ` alone"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("<script>`x", "&lt;script&gt;`x"),
    ],
)
def test_backticks_become_code_after_escaping(said, shown):
    assert prose(said) == shown


def test_hints_have_no_raw_backticks():
    page = hints.Hint("x", ("use `torch.randn`", "b", "c"), 1)._repr_html_()
    assert "<code>torch.randn</code>" in page
    assert "`" not in page
