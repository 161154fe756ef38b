"""Documents that are made from the code say what the code says."""

import html
import importlib.util
import re


def load_generator(repository, name="generate"):
    spec = importlib.util.spec_from_file_location(name, repository / f"docs/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_data_page_is_current(repository):
    assert (repository / "docs/data.md").read_text() == load_generator(repository).data_page()


def test_the_picture_of_the_rules_is_current(repository):
    """Its boxes and arrows, not where they lie."""
    drawing = load_generator(repository, "draw_dag")
    picture = html.unescape((repository / "docs/dag.svg").read_text())
    expected = drawing.collapsed(drawing.rulegraph())
    arrows = {f"{start}->{end}" for start, end in re.findall(r'"(.+)" -> "(.+)";', expected)}
    boxes = set(re.findall(r'"(.+)" \[fillcolor', expected))
    assert len(boxes) > 20
    assert set(re.findall(r"<title>(.+)</title>", picture)) - {"%3"} == boxes | arrows


def test_conda_environments_have_the_locks_pins(repository):
    generator = load_generator(repository)
    for name in generator.ENVIRONMENTS:
        text = (repository / f"envs/{name}.yaml").read_text()
        assert text == generator.conda_environment(name)


def test_schema_names_and_paths_are_unique_and_below_results(repository):
    generator = load_generator(repository)
    tables = generator.kinds(generator.Table)
    schemas = generator.kinds(generator.Schema)
    assert len({schema.name for schema in schemas}) == len(schemas)
    assert len({schema.path for schema in schemas}) == len(schemas)
    for schema in schemas:
        assert schema.path.startswith(f"results/{schema.name.split('/')[0]}/")
        for dataset in schema.datasets:
            assert dataset.description, (schema.name, dataset.name)
            assert dataset.unit
    assert len({table.path for table in tables}) == len(tables) > 4
    for table in tables:
        assert table.path.startswith(f"results/{table.name.split('/')[0]}/")
        assert all(column.unit and column.description for column in table.columns), table.name


def test_links_between_documents_lead_somewhere(repository):
    for page in (repository / "README.md", *(repository / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_lock_pins_every_dependency_exactly(repository):
    lines = [
        line
        for line in (repository / "requirements.lock").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^ ;]+( ; .+)?", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    project = (repository / "pyproject.toml").read_text()
    wanted = re.findall(r'^    "([A-Za-z0-9._-]+)(?:[><=].*)?",$', project, re.MULTILINE)
    named = {name.lower() for name in wanted if not name.startswith(("keyword", "spinlearn"))}
    assert "torch==2.13.0" in lines
    assert {name for name in named if name in {"numpy", "quspin", "snakemake"}} <= pinned
    assert len(named) > 15
