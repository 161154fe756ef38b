"""Files: atomic writes, HDF5 schemas, tables, weights, checkpoints."""
