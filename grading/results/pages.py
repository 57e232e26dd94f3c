"""The templates of the pages that instructors and students open: all values are escaped, all names must exist."""

from functools import lru_cache
from pathlib import Path


def render(template: str, **values) -> str:
    """Fill in one of grading/results/templates."""
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment():
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
