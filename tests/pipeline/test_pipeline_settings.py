"""How sections are declared and checked, on a small configuration; the real one: test_config.py."""

from collections.abc import Iterator
from typing import Literal

import pytest
import yaml

from spinlearn.pipeline import settings
from spinlearn.pipeline.errors import ConfigError
from spinlearn.pipeline.settings import Relation, Section, among, multiple, setting


class Inner(Section):
    """Networks."""

    rate: float = setting(1e-5, "step size", "1/J", gt=0.0)
    kind: Literal["a", "b"] = setting("a", "variant")


class Outer(Section):
    """All settings."""

    runs: int = setting(4, "independent runs", "runs", ge=1)
    block: int = setting(2, "runs per file", "runs", ge=1)
    h: tuple[float, ...] = setting((0.5, 2.0), "strengths", "J", decimals=2, min_length=1)
    chosen: float = setting(0.5, "one of h", "J")
    anderson: bool = setting(True, "whether to leave out the interaction")
    inner: Inner = Inner()


def _increasing(values: tuple[float, ...]) -> Iterator[str]:
    if list(values) != sorted(values):
        yield "h: must increase"


RELATIONS = (multiple("runs", "block"), among("chosen", "h"), Relation(("h",), _increasing))


def load(**values):
    return settings.load(Outer, values, RELATIONS)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"h": [2.0, 0.5]}, "h: must increase"),
        ({"h": [0.125, 0.5]}, "h: 0.125 has more than 2 decimals, the limit of file names"),
        ({"inner": {"kid": "a"}}, "inner.kid: unknown key; did you mean inner.kind?"),
        ({"runs": [1, 2]}, "runs = [1, 2]: must be an integer >= 1; unit: runs"),
    ],
)
def test_fault_is_one_line(values, fault):
    with pytest.raises(ConfigError) as caught:
        load(**values)
    head = "1 fault in the configuration; nothing was started."
    assert str(caught.value).splitlines() == [head, f"  {fault}"]


def test_relation_waits_until_its_settings_are_legal():
    with pytest.raises(ConfigError) as caught:
        load(runs="3", block=2, chosen=1.0)
    assert [line.split()[0] for line in caught.value.faults] == ["runs", "chosen:"]


def test_yaml_reads_back_and_tells_the_meaning():
    text = settings.config_yaml(load(h=[0.5, 3.25]), "# Head.\n")
    assert load(**yaml.safe_load(text)) == load(h=[0.5, 3.25])
    assert text.splitlines() == [
        "# Head.",
        "# independent runs",
        "runs: 4",
        "# runs per file",
        "block: 2",
        "# strengths (J)",
        "h: [0.5, 3.25]",
        "# one of h (J)",
        "chosen: 0.5",
        "# whether to leave out the interaction",
        "anderson: true",
        "",
        "# Networks.",
        "inner:",
        "  # step size (1/J)",
        "  rate: 1.0e-05",
        "  # variant [a, b]",
        "  kind: a",
    ]


def test_reference_lists_every_setting():
    page = settings.reference(Outer)
    assert "| `runs` | `4` | an integer >= 1; unit: runs | independent runs |" in page
    assert page.index("## general") < page.index("## inner") < page.index("`rate`")
