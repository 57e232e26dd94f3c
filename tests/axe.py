"""What axe-core holds against a page, as far as it is serious."""

import pytest


def serious(page, without=()):
    """The violations of a page that is open in Chromium: (rule, how many places, the first three of them).

    `without`: selectors of what is not looked at.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = [
        one
        for one in axe.run(page, context={"exclude": [[selector] for selector in without]}).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    return [(one["id"], len(one["nodes"]), [node["target"] for node in one["nodes"][:3]]) for one in found]
