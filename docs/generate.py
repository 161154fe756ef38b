"""Write what is derived from the code: config.yaml, its schema and reference, envs/, docs/data.md.

Run by `make docs`; tests compare the files with the output of this script.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from spinlearn.config import Config, default_yaml, json_schema  # noqa: E402
from spinlearn.pipeline.settings import reference  # noqa: E402
from spinlearn.results import kinds  # noqa: E402
from spinlearn.storage.hdf5 import Schema  # noqa: E402
from spinlearn.storage.tables import Table  # noqa: E402

HEAD = """# Data

Every HDF5 file that the pipeline writes, with its datasets, axes and units, and every table
(CSV), with its columns. This page is made from the schemas in `spinlearn.<stage>.schemas` by
`make docs`, and a test compares it with them.

The attributes of each HDF5 file say how it was made: `schema`, `schema_version` and `format`,
`rule`, `wildcards`, `parameters` (the settings that the rule used), `code_digest`, `seed` if random
numbers are used, the version of `spinlearn`, the `git_commit` and the versions of the `packages`.
Each dataset has `units` and a `description`, and each axis has a name; a dataset with the name of
an axis is the dimension scale of that axis, and any other axis has a scale without values, as in
netCDF-4. The unit 1 means a pure number. Complex numbers have an axis of length 2, real and
imaginary part. The first 512 bytes of a file (its user block, which other programs skip) contain
a checksum of the rest. A file may be copied and read anywhere.

Any HDF5 file opens as xarray's Dataset and any table as pandas' DataFrame, after these checks:

```python
from spinlearn import results

found = results.open("results/mbl/indicators/default/L10/h6.00/test/0000.h5")
found["gap_ratio"].mean("realisation")
```

The HDF5 files also open without spinlearn, by `xarray.open_dataset` with `engine="h5netcdf"` or
`"netcdf4"`; an axis of fixed length, such as 2, is named `length_2` there. As NumPy arrays:

```python
from spinlearn.mbl.schemas import INDICATORS

contents = INDICATORS.read("results/mbl/indicators/default/L10/h6.00/test/0000.h5")
contents["gap_ratio"]  # (realisation, energy_density)
contents.attributes["parameters"]  # what it was computed with
```

Reading checks the checksum, kind, version, shapes and that all numbers are finite; an error names
the file, the dataset and the command that makes it again. Files appear whole or not at all. A
table ends with an empty line, which readers of CSV skip; one without it has been cut.

Work comes in blocks, one file per block: `{block:04d}.h5`, or a folder of that name. The runs of
`hbm`, `sqrbm` and `gru` are numbered across blocks; `load` of `spinlearn.<stage>.results` joins the
blocks.

Besides these files there are:

- `results/figures/PAPER/FIGURE.pdf`, `.png`, `.csv` (the numbers drawn, a tidy table) and
  `.claims.csv` (the verdicts of the figure);
- `results/scorecard.csv` and `.md` (all verdicts: `claim, paper, figure, published, measured,
  error, low, high, verdict, needs, error_rate, scale`, where the claim holds between `low` and
  `high`, and `key`, a name that never changes, `origin`, who
  makes the claim, and `note`);
- `results/report.html`, one page that needs no other file;
- trained weights, `model.pt`, for `torch.load(..., weights_only=True)`;
- for every job a log in `results/logs/`, and its time and memory in `results/benchmarks/`;
- for the latest run its whole configuration, `results/config.yaml`, and the digests of its modules
  and the versions of its packages, `results/code/DIGEST.json`, which `spinlearn why` compares.
"""


def stages() -> tuple[str, ...]:
    """The stages that the Snakefile names, in the order in which data flow."""
    text = (ROOT / "Snakefile").read_text(encoding="utf-8")
    return ast.literal_eval(re.search(r"^STAGES = (\(.*?\))", text, re.MULTILINE | re.DOTALL)[1])


def all_kinds(kind: type) -> list:
    """All `Schema`s, or all `Table`s, stage by stage."""
    return [found for stage in stages() for found in kinds(stage) if type(found) is kind]


def table_section(table: Table) -> str:
    """One kind of CSV file as Markdown."""
    lines = [
        f"## {table.name} (table)",
        "",
        f"`{table.path}`",
        "",
        f"{table.description}.",
        "",
        "| column | unit | what it is |",
        "|---|---|---|",
        *(f"| `{c.name}` | {c.unit} | {c.description} |" for c in table.columns),
    ]
    return "\n".join(lines) + "\n"


def schema_section(schema: Schema) -> str:
    """One kind of file as Markdown."""
    lines = [
        f"## {schema.name} (version {schema.version})",
        "",
        f"`{schema.path}`",
        "",
        f"{schema.description}.",
        "",
        "| dataset | axes | type | unit | what it is |",
        "|---|---|---|---|---|",
    ]
    for dataset in schema.datasets:
        notes = [
            *(["may be absent"] if dataset.optional else []),
            *(["NaN where not applicable"] if dataset.allow_nan else []),
            *(["compressed"] if dataset.compress else []),
        ]
        text = dataset.description + (f" ({', '.join(notes)})" if notes else "")
        axes = ", ".join(dataset.dims) or "scalar"
        lines.append(
            f"| `{dataset.name}` | {axes} | {dataset.dtype} | {dataset.unit} | {text} |".replace(
                "|^2", "\\|^2"
            )
        )
    if schema.attributes:
        lines += ["", "Attributes: "]
        lines[-1] += "; ".join(f"`{name}`, {text}" for name, text in schema.attributes.items())
        lines[-1] += "."
    return "\n".join(lines) + "\n"


def data_page() -> str:
    """The text of docs/data.md."""
    sections = [schema_section(schema) for schema in all_kinds(Schema)]
    return "\n".join([HEAD, *sections, *(table_section(table) for table in all_kinds(Table))])


ENVIRONMENTS = {
    "physics": "all rules without torch and NetKet",
    "learning": "the rules that train or evaluate networks with torch",
    "variational": "the rules that train wave functions with NetKet",
}
COMMON = (
    "h5py",
    "jaxtyping",
    "lazy-loader",
    "numba",
    "numpy",
    "pandas",
    "pydantic",
    "pyyaml",
    "quspin",
    "scipy",
    "snakemake",
    "threadpoolctl",
)
EXTRA = {
    "physics": [
        "cma",
        "jinja2",
        "llvmlite",
        "matplotlib",
        "physics-tenpy",
        "pillow",
        "pypardiso",
        "scikit-learn",
        "tqdm",
    ],
    "learning": ["matplotlib", "torch", "tqdm"],
    "variational": ["llvmlite", "netket", "optax", "physics-tenpy"],
}


def locked_pins() -> dict[str, str]:
    """The line of each package in requirements.lock, by normalised name."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if "==" in line and not line.startswith("#")]
    return {pin.split("==")[0].lower().replace("_", "-"): pin for pin in pins}


def conda_environment(name: str) -> str:
    """The text of one file in envs/, with the lock's pins."""
    pins = locked_pins()
    lines = [
        f"# {ENVIRONMENTS[name].capitalize()}; pins as in requirements.lock (make docs).",
        "channels: [conda-forge]",
        "dependencies:",
        "  - python=3.11",
        "  - pip",
        "  - pip:",
        *(f"      - {pins[item]}" for item in sorted([*COMMON, *EXTRA[name]])),
    ]
    return "\n".join(lines) + "\n"


REFERENCE_HEAD = """# Configuration

Every setting of `config.yaml`, what it may be, and its default. This page is made by `make docs`.
[reruns.md](reruns.md) says which rules run again when a setting changes.

"""


def main() -> None:
    """Write all derived files."""
    (ROOT / "config.yaml").write_text(default_yaml(), encoding="utf-8")
    (ROOT / "docs/config.schema.json").write_text(json_schema(), encoding="utf-8")
    for name in ENVIRONMENTS:
        (ROOT / f"envs/{name}.yaml").write_text(conda_environment(name), encoding="utf-8")
    (ROOT / "docs/data.md").write_text(data_page(), encoding="utf-8")
    page = REFERENCE_HEAD + reference(Config)
    (ROOT / "docs/configuration.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
