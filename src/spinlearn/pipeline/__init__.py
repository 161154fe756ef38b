"""The machinery around the physics: jobs, configuration faults, code digests, plans."""
