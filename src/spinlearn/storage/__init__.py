"""Files: atomic writes, HDF5 schemas, tables, checkpoints."""
