"""What differs between two results folders, and the command that prints it."""

import pytest

from spinlearn.cli import main
from spinlearn.papers.compare import comparison
from spinlearn.papers.output import claims_table
from spinlearn.papers.verdicts import claim
from spinlearn.storage.tables import write_csv

SETTINGS = {"seed": 1, "tfi": {"samples": 40000}}, {"seed": 1, "tfi": {"samples": 80000}}


def write_run(folder, numbers, *, table="1"):
    """A results folder with one claim per number: (verdict, measured)."""
    rows = [
        claim(
            f"zhong2022.figure10.{name}",
            f"claim {name}",
            published="0.4",
            measured=measured,
            verdict=verdict,
            scale="L = 12",
        )
        for name, (verdict, measured) in numbers.items()
    ]
    write_csv(folder / "scorecard.csv", claims_table(rows))
    (folder / "figures/zhong2022").mkdir(parents=True)
    (folder / "figures/zhong2022/figure10.csv").write_text(f"r\n{table}\n")
    return folder


@pytest.fixture
def runs(tmp_path):
    """Two runs: a verdict, a number and a table changed, a claim went, another came."""
    shared = {"same": ("reproduced", (0.4, 0.1)), "near": ("reproduced", (0.40, 0.03))}
    first = shared | {"far": ("reproduced", (0.5, 0.03)), "old": ("reproduced", 1.0)}
    second = shared | {
        "near": ("inconclusive", (0.42, 0.04)),
        "far": ("reproduced", (0.3, 0.04)),
        "new": ("reproduced", 1.0),
    }
    return (
        write_run(tmp_path / "a", first),
        write_run(tmp_path / "b", second, table="2"),
    )


def test_comparison_lists_what_differs(runs):
    lines = [line.strip() for line in comparison(*runs, SETTINGS).splitlines()]
    assert lines[0].endswith("3 claims in both.")
    assert "tfi.samples: 40000 → 80000" in lines
    changed = "claim near [zhong2022.figure10.near]: reproduced (0.4 ± 0.03) → inconclusive"
    assert f"{changed} (0.42 ± 0.04)" in lines
    # 0.2 / hypot(0.03, 0.04) = 4 standard errors; `near` changed by 0.4 of them.
    assert "claim far [zhong2022.figure10.far]: 0.5 ± 0.03 → 0.3 ± 0.04 (4.0 errors)" in lines
    assert sum(line.startswith("claim near") for line in lines) == 1  # as a verdict only
    assert {"claim old", "claim new", "figures/zhong2022/figure10.csv: differs"} < set(lines)


def test_equal_runs_differ_in_nothing(runs):
    text = comparison(runs[0], runs[0], SETTINGS[:1] * 2)
    assert [line for line in text.splitlines() if line.startswith("  ")] == []
    assert text.count(": none") == 6


def test_table_of_one_run_only_is_named(runs):
    (runs[1] / "figures/zhong2022/figure10.csv").unlink()
    assert f"figures/zhong2022/figure10.csv: not in {runs[1]}" in comparison(*runs, SETTINGS)


def test_command_prints_the_comparison_with_recorded_settings(runs, capsys):
    (runs[0] / "config.yaml").write_text("tfi: {samples: 80000, block: 40000}\n")
    main(["compare", *map(str, runs)])
    printed = capsys.readouterr().out
    assert "Settings: 1\n  tfi.samples: 80000 → 40000\n" in printed  # the other run's is default
    assert (
        printed.partition("Claims")[2] == comparison(*runs, SETTINGS).partition("Claims")[2] + "\n"
    )


def test_command_names_a_missing_scorecard(runs, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["compare", str(runs[0]), str(tmp_path / "none")])
    assert "scorecard.csv" in capsys.readouterr().err
