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


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("β_t = 1 - ᾱ_t/ᾱ_{t-1}", "β<sub>t</sub> = 1 - ᾱ<sub>t</sub>/ᾱ<sub>t-1</sub>"),
        ("√β̃_t, σ_i²/σ_L²", "√β̃<sub>t</sub>, σ<sub>i</sub>²/σ<sub>L</sub>²"),
        ("ε_θ(x_t, t) and ε_uncond", "ε<sub>θ</sub>(x<sub>t</sub>, t) and ε<sub>uncond</sub>"),
        ("`x_t` is out_c or e_cond", "<code>x_t</code> is out_c or e_cond"),
        ("name 'x_t' is not defined", "name &#x27;x_t&#x27; is not defined"),
        ("x_<b>", "x_&lt;b&gt;"),
    ],
)
def test_indices_of_symbols_are_lowered_and_names_in_code_are_not(said, shown):
    assert prose(said) == shown


def test_hints_have_no_raw_backticks():
    page = hints.Hint("x", ("use `torch.randn`", "b", "c"), 1)._repr_html_()
    assert "<code>torch.randn</code>" in page
    assert "`" not in page
