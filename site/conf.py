"""Sphinx's configuration. The sources are made by make.py; SITE_AUDIENCE says for whom: students or instructors."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, os.fspath(ROOT))

from grading.notebooks.course import Address  # noqa: E402
from grading.notebooks.course import version as course_version  # noqa: E402

AUDIENCE = os.environ.get("SITE_AUDIENCE", "students")

project = "Diffusion models, hands on"
html_title = project if AUDIENCE == "students" else f"{project} · instructors"
author = "the course's authors"
version = release = course_version(ROOT)
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # MathJax 3 and its fonts, copied into the site
]
exclude_patterns = ["files"]  # to download, not to render
suppress_warnings = ["mystnb.unknown_mime_type", "ref.python", "myst.header"]

nb_execution_mode = "off"  # make.py has run them
nb_ipywidgets_js = {}  # would be fetched from elsewhere; notebook_pages.py says where a slider is
nb_render_markdown_format = "myst"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
myst_url_schemes = ["http", "https", "mailto"]

mathjax_path = "mathjax/tex-chtml.js"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
add_module_names = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_favicon = "static/favicon.svg"
html_context = {"default_mode": "auto"}  # light or dark as the reader's system is
html_show_sphinx = False
html_last_updated_fmt = None
templates_path = []
html_theme_options = {
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "logo": {"text": html_title},
    "navbar_persistent": [],
}
address = Address.of(ROOT).base
if address:
    html_theme_options |= {"repository_url": address, "use_repository_button": True}


def plain(app, what, name, obj, options, lines):
    """Read a docstring as it is written: `code` in single backticks, and no other mark-up inside a line."""
    for i, line in enumerate(lines):
        parts = re.split(r"(`[^`]+`)", line)
        for j, part in enumerate(parts):
            parts[j] = f"``{part[1:-1]}``\\ " if j % 2 else re.sub(r"(?<!^)(?<!^    )([*|]|_(?!\w))", r"\\\1", part)
        lines[i] = "".join(parts)


def setup(app):
    """Before napoleon, which reads the sections of a docstring."""
    app.connect("autodoc-process-docstring", plain, priority=400)
