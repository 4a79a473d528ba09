"""One self-contained HTML page of all claims: what each says, its verdict and reach, and the evidence behind it."""

from workbench.report.page import write

__all__ = ["write"]
