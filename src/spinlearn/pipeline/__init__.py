"""What carries results about: jobs, configuration faults, code digests, plans. No physics."""
