"""Generated documents are current, links are valid, and examples give the output shown."""

import doctest
import html
import importlib
import importlib.util
import pkgutil
import re

import pytest

import spinlearn
from spinlearn.config import Config
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
    schemas, tables = generator.kinds(Schema), generator.kinds(Table)
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
    pages = [*repository.glob("*.md"), *(repository / "docs").glob("*.md")]
    pages += [*(repository / "envs").glob("*.md")]
    assert len(pages) > 8
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for target, heading in re.findall(r"\]\(([^)#:\s]*)(#[^)\s]+)?\)", text):
            other = page.parent / target if target else page
            assert other.exists(), f"{page.name}: {target}"
            if heading and other.suffix == ".md":
                assert heading[1:] in anchors(other), f"{page.name}: {target}{heading}"


def test_examples_give_what_they_say():
    results = {name: doctest.testmod(importlib.import_module(name)) for name in MODULES}
    assert {name for name, result in results.items() if result.failed} == set()
    assert sum(result.attempted for result in results.values()) > 50
