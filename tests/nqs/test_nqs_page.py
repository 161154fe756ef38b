"""The example of docs/nqs.md runs and prints what the page says."""

import re


def test_example_of_the_page_runs(repository, capsys):
    page = (repository / "docs/nqs.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(block, {})
    printed, said = capsys.readouterr().out, re.search(r"# (\d+) \[([\d.]+)\.\.\.\]", page)
    assert printed.startswith(f"{said[1]} [{said[2]}")
