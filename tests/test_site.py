"""The documentation site: it builds without a warning, and its tutorial finds what it says."""

import re
import subprocess
import sys
from html import unescape

import pytest
from support import copy_of_checkout, text_of


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built from a copy: API pages are written among the sources."""
    folder = tmp_path_factory.mktemp("site")
    checkout = copy_of_checkout(folder / "checkout")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going",
         "--quiet", "--doctree-dir", str(folder / "doctrees"), "docs", str(folder / "html")],
        cwd=checkout, capture_output=True, text=True, check=False, timeout=1500,
    )  # fmt: skip
    assert done.returncode == 0, text_of(done)
    return folder / "html"


def text(page):
    """What a reader sees of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.read_text())).split())


@pytest.mark.slow
def test_pages_link_to_pages_that_exist(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 200
    for page in pages:
        for target in re.findall(r'href="([^"#?]+)(?:#[^"]*)?"', page.read_text()):
            if not target.startswith(("http", "mailto:")):
                assert (page.parent / target).exists(), f"{page.relative_to(site)}: {target}"


@pytest.mark.slow
def test_tutorial_learns(site):
    """Bounds far from what the page finds: that levels turn, and each model learns something."""
    found = text(site / "tutorial.html")
    number = r"([\d.]+)"
    network = float(re.search(rf"network: root mean square error {number}", found)[1])
    plain = float(re.search(rf"mean at each h: root mean square error {number}", found)[1])
    assert network < 0.9 * plain
    divergence = float(re.search(rf"{number} nats per site", found)[1])
    assert divergence < 0.02
    energy, exact = map(float, re.search(rf"energy -{number} J, exact -{number} J", found).groups())
    assert 0.99 * exact < energy < exact + 1e-6
    assert len(list((site / "_images").glob("*.svg"))) >= 4


@pytest.mark.slow
def test_api_has_formulas_and_arguments(site):
    """Docstrings are plain text: bars, stars and underscores stay as they are."""
    page = text(site / "api/spinlearn.spins.povm.html")
    assert "M_a = |phi_a><phi_a|" in page
    page = text(site / "api/spinlearn.mbl.indicators.html")
    assert re.search(r"fields – one row per realisation, in units of J", page)
