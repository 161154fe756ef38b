"""What every learner shares: training loop, checkpoints, metrics, target distributions."""
