"""NetKet and its optimisers, or an error that says how to get them."""

from spinlearn.pipeline.errors import MissingDependencyError

try:
    import netket as nk
    import optax
except ImportError as error:
    raise MissingDependencyError(
        "rules nqs_ground_states and nqs_dynamics train machines with NetKet, which cannot be "
        f"imported ({error}).\n"
        "  Install it with: pip install netket"
    ) from None

__all__ = ["nk", "optax"]
