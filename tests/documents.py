"""What the pages of the documentation hold: blocks of code and commands."""

import re
from textwrap import dedent

from support import REPOSITORY

PROGRAMS = ("make", "snakemake", "spinlearn", "python", "pytest")
"""Programs of ours, or of the environment, whose calls can be checked."""

OTHERS = ("git", "source", "tmux", "apptainer")
"""Programs that a page calls besides them: on a cluster, of a container, of the shell."""


def pages():
    """Every page by its path in the checkout, without those that only list changes."""
    found = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]
    for folder in ("docs", "config", "envs"):
        found += sorted((REPOSITORY / folder).rglob("*.md"))
    return {str(path.relative_to(REPOSITORY)): path.read_text() for path in found}


def blocks(text, language):
    """The fenced blocks of a page in one language ("" for those that name none)."""
    fences = re.findall(r"^( *)```([^\n]*)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [dedent(block) for _, name, block in fences if name == language]


def calls(line):
    """The calls in a line of a shell: words without comments and pipes."""
    line = re.sub(r"( +#.*| 2>&1 \|.*)$", "", line.strip())
    return [re.sub(r"^\.venv/bin/", "", call.strip()) for call in line.split("&&")]


def block_commands():
    """Every call in a block of shell, with its page."""
    for page, text in pages().items():
        for block in blocks(text, ""):
            for line in block.splitlines():
                for call in calls(line):
                    if call.partition(" ")[0] in (*PROGRAMS, *OTHERS):
                        yield page, call


def inline_commands():
    """Every call with arguments in the running text, with its page."""
    programs = "|".join(PROGRAMS)
    for page, text in pages().items():
        prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
        for call in re.findall(rf"`((?:\.venv/bin/)?(?:{programs}) [^`\n]+)`", prose):
            yield page, re.sub(r"^\.venv/bin/", "", call)
