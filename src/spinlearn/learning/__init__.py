"""What every learner shares: training loop, files of weights, metrics, target distributions."""
