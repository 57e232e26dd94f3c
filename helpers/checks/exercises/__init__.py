"""One module an exercise; each holds a Check called `check`."""

import importlib
import pkgutil


def load_all() -> dict:
    """{name: Check} of every module in this package, by name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").check for name in modules]
    return {check.name: check for check in found}
