"""The check of an argument that names a device of torch."""

import torch

from spinlearn.arguments import InvalidArgumentError


def usable_device(name: str, value: torch.device | str) -> torch.device:
    """A device on which torch can compute here, such as "cpu" or "cuda".

    "auto" is a GPU if torch finds one, else the CPU.

    >>> usable_device("device", "cpu")
    device(type='cpu')
    """
    if value == "auto":
        value = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(value)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise InvalidArgumentError(
            name, f'torch cannot compute on {str(value)!r} here ({reason}); give "cpu"'
        ) from None
    return found
