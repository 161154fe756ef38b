"""Settings of the figures."""

from spinlearn.pipeline.settings import Section, setting


class Figures(Section):
    """How figures are drawn."""

    dpi: int = setting(300, "resolution of the PNG files", "dots/inch", ge=50, le=1200)
