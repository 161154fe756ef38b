"""The documentation site: `make site` builds it into build/site."""

import os
import re

import spinlearn

project = "spinlearn"
author = "the spinlearn developers"
copyright = author
version = release = spinlearn.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
templates_path = ["_templates"]
exclude_patterns = ["_templates"]

# Pages are read on GitHub too: headings have GitHub's anchors, and relative links work in both.
myst_heading_anchors = 4

# The tutorial runs at every build, in a minute of one core. A cell that fails, fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # seconds per cell, on a busy machine
nb_merge_streams = True
os.environ["NETKET_NO_TIPS"] = "1"  # a tip at random would be part of the output

highlight_language = "none"  # blocks that name no language are commands and listings
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"exclude-members": "Name, set_fit_request, set_score_request"}
napoleon_numpy_docstring = False
# "a, b: text" describes two arguments, or attributes: as names in bold, not as a type and a name.
napoleon_use_param = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_attr_annotations = False
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!spinlearn\.).*"),  # types of other libraries
    ("py:class", r".*\.(AnyFamily|AnySection|Batch|Coefficient|Model|OneRun|T)"),  # type variables
]

html_theme = "pydata_sphinx_theme"
html_title = "spinlearn"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
}
html_context = {"default_mode": "auto"}
html_sidebars = {page: [] for page in ("index", "start", "tutorial", "concepts")}

PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Files of the checkout that are pages of the site too."""


def plain(paragraph: str) -> str:
    """A paragraph of a docstring, of which reStructuredText shall take only code as markup."""
    if paragraph.lstrip().startswith(">>>"):
        return paragraph
    parts = re.split(r"(`[^`]+`)(?=(\w?))", paragraph)  # prose, code, first letter after it, ...
    parts[::3] = [re.sub(r"([*|\\]|_\b)", r"\\\1", prose) for prose in parts[::3]]
    parts[1::3] = [f"`{code}`" for code in parts[1::3]]
    parts[2::3] = ["\\ " if letter else "" for letter in parts[2::3]]
    return "".join(parts)


def read_docstring(app, what, name, obj, options, lines) -> None:
    """Docstrings are plain text with `code`, sections and lists: `|psi>` and `h*` are no markup.

    Where Napoleon takes what is before a colon for a type, a colon at the beginning says: none.
    """
    heads = ("Returns:", "Yields:")
    prose = [i + 1 for i, line in enumerate(lines[:-1]) if line.strip() in heads]
    if what in ("attribute", "data", "property") and lines:
        prose.append(0)
    paragraphs = re.split(r"(\n\s*\n)", "\n".join(lines))
    lines[:] = "".join(map(plain, paragraphs)).split("\n")
    for i in prose:
        lines[i] = re.sub(r"^( *)", r"\1: ", lines[i])


def link_pages(app, relative, parent, content) -> None:
    """Point links to such files to the pages, in files that are included."""
    for target, page in PAGES.items():
        content[0] = content[0].replace(f"]({target})", f"]({page})")


def setup(app) -> None:
    """Register the two steps above."""
    app.connect("autodoc-process-docstring", read_docstring, priority=100)  # before Napoleon
    app.connect("include-read", link_pages)
