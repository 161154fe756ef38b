"""One- and two-point functions of a trained VAE and of the ground state."""

import numpy as np
import pandas as pd

from spinlearn.spins import povm
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.models import OutcomeModel
from spinlearn.vae.sampling import draw


def observables(
    model: OutcomeModel, state: StoredState, samples: int, seed: int, run: int = 0
) -> pd.DataFrame:
    """One- and two-point functions of the VAE and of the ground state at one field.

    Args:
        model: the trained model.
        state: the ground state.
        samples: number of strings to draw, each from its own latent vector.
        seed: root of the streams.
        run: number of the model's run.

    Returns:
        One row per (observable, site), with the columns `hx, observable, site, vae, vae_error,
        decoder_mean, decoder_mean_error, exact`. Observables: `sigma_x` and `sigma_z` (⟨σ_n⟩),
        `zz_1` and `xx_1` (⟨σ_1 σ_n⟩) with n from 1, and `mu_x`, `mu_z` with site 0. `vae` is
        estimated from outcomes through the dual frame, `decoder_mean` from the Bloch vectors of
        the same latent vectors; both with standard errors. A decoder that is not factorised has no
        such means: NaN.
    """
    drawn = draw(model, state.hx, samples, seed, "observables", run)
    one = povm.site_expectations(drawn.outcomes)
    total = povm.magnetisation(drawn.outcomes)
    nothing = povm.Estimate(np.array(np.nan), np.array(np.nan), samples)
    tables = []
    for name in "xz":
        axis = povm.AXES[name]
        two = povm.two_point_functions(drawn.outcomes, name)
        magnetisation = getattr(state, f"sigma_{name}")
        pairs = getattr(state, f"{name}{name}")[0]
        mu = slice(axis, axis + 1)
        for observable, first, vae, error, exact in (
            (f"sigma_{name}", 1, one.mean[axis], one.error[axis], magnetisation),
            (f"{name}{name}_1", 1, two.mean[0], two.error[0], pairs),
            (f"mu_{name}", 0, total.mean[mu], total.error[mu], magnetisation.mean(keepdims=True)),
        ):
            moment = drawn.moments.get(observable, nothing)
            columns = {
                "hx": state.hx,
                "observable": observable,
                "site": np.arange(first, first + len(vae)),
                "vae": vae,
                "vae_error": error,
                "decoder_mean": moment.mean,
                "decoder_mean_error": moment.error,
                "exact": exact,
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)
