"""Generated documents are current, links are valid, and examples give the output shown."""

import doctest
import html
import importlib
import importlib.util
import pkgutil
import re

import pytest
import yaml

import spinlearn
from spinlearn.config import Config
from spinlearn.papers.registry import FIGURES
from spinlearn.pipeline.settings import all_settings, reference, with_named
from spinlearn.storage.hdf5 import Schema
from spinlearn.storage.tables import Table

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(spinlearn.__path__, "spinlearn.")
    if not module.ispkg
)


@pytest.fixture(scope="module")
def generator(repository):
    """The script that writes documents from the code."""
    return load_script(repository / "docs/generate.py")


def load_script(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_data_page_is_current(repository, generator):
    assert (repository / "docs/data.md").read_text() == generator.data_page()


def test_configuration_page_is_current(repository):
    page = (repository / "docs/configuration.md").read_text()
    assert page.endswith(reference(Config))
    assert len(re.findall(r"^\| `", page, re.MULTILINE)) == len(with_named(all_settings(Config)))


def test_conda_environments_have_the_pins_of_the_lock(repository, generator):
    for name in generator.ENVIRONMENTS:
        text = (repository / f"envs/{name}.yaml").read_text()
        assert text == generator.conda_environment(name)


def test_picture_of_the_rules_is_current(repository):
    """Its boxes and arrows, not where they lie."""
    drawing = load_script(repository / "docs/draw_dag.py")
    picture = html.unescape((repository / "docs/dag.svg").read_text())
    expected = drawing.collapsed(drawing.rulegraph())
    arrows = {f"{start}->{end}" for start, end in re.findall(r'"(.+)" -> "(.+)";', expected)}
    boxes = set(re.findall(r'"(.+)" \[fillcolor', expected))
    assert len(boxes) > 15
    assert set(re.findall(r"<title>(.+)</title>", picture)) - {"%3"} == boxes | arrows


def test_kinds_of_files_are_unique_and_described(generator):
    schemas, tables = generator.all_kinds(Schema), generator.all_kinds(Table)
    assert min(len(schemas), len(tables)) > 4
    for kinds in (schemas, tables):
        assert len({kind.name for kind in kinds}) == len(kinds)
    assert len({kind.path for kind in (*schemas, *tables)}) == len(schemas) + len(tables)
    for kind in (*schemas, *tables):
        assert kind.path.startswith(f"results/{kind.name.partition('/')[0]}/")
        for part in getattr(kind, "datasets", None) or kind.columns:
            assert part.description, (kind.name, part.name)
            assert part.unit, (kind.name, part.name)


def anchors(page):
    """What a link to a heading of a page may be called."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in headings}


def test_links_between_documents_lead_somewhere(repository):
    pages = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]
    pages += [*(repository / "envs").glob("*.md"), *(repository / "config").glob("*.md")]
    assert len(pages) > 30
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for target, heading in re.findall(r"\]\(([^)#:\s]*)(#[^)\s]+)?\)", text):
            other = page.parent / target if target else page
            assert other.exists(), f"{page.name}: {target}"
            if heading and other.suffix == ".md":
                assert heading[1:] in anchors(other), f"{page.name}: {target}{heading}"


def test_pages_of_papers_name_every_figure(repository):
    for entry in FIGURES:
        page = (repository / f"docs/papers/{entry.paper}.md").read_text()
        assert f"| `{entry.name}` | {entry.title} |" in page, entry.rule


def test_two_commands_are_at_the_top_of_the_readme(repository):
    text = (repository / "README.md").read_text()
    top = text[: text.index("## Why")]
    assert re.findall(r"^make.*?(?= +#)", top, re.MULTILINE) == ["make", "make test"]
    assert len(text.splitlines()) < 70
    assert text.count("![") == 1


def test_workflow_catalogue_finds_what_it_asks_for(repository):
    """Its words in README, rules/*.smk, and deployment that is declared as the rules have it."""
    text = (repository / "README.md").read_text().lower()
    assert "snakemake" in text
    assert "workflow" in text
    rules = [path.read_text() for path in (repository / "rules").glob("*.smk")]
    assert len(rules) > 8
    declared = yaml.safe_load((repository / ".snakemake-workflow-catalog.yml").read_text())
    assert declared["usage"]["software-stack-deployment"] == {
        "conda": any("conda:" in rule for rule in rules),
        "apptainer": any("container:" in rule for rule in rules),
        "apptainer+conda": any("container:" in rule for rule in rules),
        "report": any("report(" in rule for rule in rules),
    }


def test_examples_give_what_they_say():
    results = {name: doctest.testmod(importlib.import_module(name)) for name in MODULES}
    assert {name for name, result in results.items() if result.failed} == set()
    assert sum(result.attempted for result in results.values()) > 50
