"""Whether widgets can be shown where this runs."""


def at_hand() -> bool:
    """Whether a notebook's kernel is at work and ipywidgets is installed."""
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None
