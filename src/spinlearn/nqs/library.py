"""NetKet and its optimisers, or an error that says how to get them."""

from spinlearn.pipeline.errors import importing

with importing("netket", "rules nqs_ground_states and nqs_dynamics train machines with NetKet"):
    import netket as nk
    import optax

__all__ = ["nk", "optax"]
