"""The whole configuration, composed of the stages' sections.

`config.yaml`, its JSON Schema and docs/configuration.md are written from it (`make docs`).
"""

from collections.abc import Mapping
from typing import Any

from spinlearn.datasets import config as datasets
from spinlearn.datasets.config import Datasets
from spinlearn.gru import config as gru
from spinlearn.gru.config import Gru
from spinlearn.hbm import config as hbm
from spinlearn.hbm.config import Hbm
from spinlearn.mbl import config as mbl
from spinlearn.mbl.config import Mbl
from spinlearn.nqs import config as nqs
from spinlearn.nqs.config import Nqs
from spinlearn.papers.config import Figures
from spinlearn.phases import config as phases
from spinlearn.phases.config import Phases
from spinlearn.pipeline import settings
from spinlearn.pipeline.settings import Section, setting
from spinlearn.sqrbm import config as sqrbm
from spinlearn.sqrbm.config import Sqrbm
from spinlearn.tfi import config as tfi
from spinlearn.tfi.config import Tfi
from spinlearn.vae import config as vae
from spinlearn.vae.config import Vae

RELATIONS = (
    *mbl.RELATIONS,
    *gru.RELATIONS,
    *tfi.RELATIONS,
    *datasets.RELATIONS,
    *vae.RELATIONS,
    *hbm.RELATIONS,
    *sqrbm.RELATIONS,
    *phases.RELATIONS,
    *nqs.RELATIONS,
)
"""Conditions between settings."""


LARGEST_SEED = 2**63 - 1
"""Largest integer that an HDF5 attribute holds."""


class Config(Section):
    """The whole configuration."""

    seed: int = setting(20261120, "root of all random streams", ge=0, le=LARGEST_SEED)
    mbl: Mbl = Mbl()
    gru: Gru = Gru()
    tfi: Tfi = Tfi()
    datasets: Datasets = Datasets()
    vae: Vae = Vae()
    hbm: Hbm = Hbm()
    sqrbm: Sqrbm = Sqrbm()
    phases: Phases = Phases()
    nqs: Nqs = Nqs()
    figures: Figures = Figures()


def load(values: Mapping[str, Any], *, complete: bool = False) -> Config:
    """The validated configuration; `values` are nested dictionaries, as read from YAML.

    They are an overlay over the default configuration, or a complete one; see
    `spinlearn.pipeline.settings.load`.

    Raises:
        ConfigError: with one line for every fault found.
    """
    return settings.load(Config, values, RELATIONS, complete=complete)


DEFAULT_HEAD = """\
# yaml-language-server: $schema=docs/config.schema.json
# Every setting of the pipeline, at a size that two cores finish in minutes. Change a value and run
# snakemake again: only what depends on it is computed anew. docs/configuration.md has the limits.
# Other sizes are overlays: snakemake --cores all --configfile presets/paper.yaml

"""

RECORD_HEAD = """\
# The whole configuration of the latest run here that had something to do, overlays resolved.
# It can be laid over again: snakemake --cores all --configfile results/config.yaml

"""


def config_yaml(config: Config, head: str = RECORD_HEAD) -> str:
    """The text of a configuration with every setting, its meaning above it; `load` reads it."""
    return settings.config_yaml(config, head)


def default_yaml() -> str:
    """The text of `config.yaml`: every setting at its default, of named sections the unusual."""
    return settings.config_yaml(Config(), DEFAULT_HEAD, complete=False)


def json_schema() -> str:
    """The JSON Schema of `config.yaml`, as text."""
    return settings.json_schema(Config, "spinlearn configuration")
