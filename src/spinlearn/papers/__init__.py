"""Figures, verdicts, scorecard and report, made from tidy tables. No physics, no training."""
