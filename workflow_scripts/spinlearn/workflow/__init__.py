"""The ground floor: configuration, storage, seeds, job context, code digests. No physics."""
