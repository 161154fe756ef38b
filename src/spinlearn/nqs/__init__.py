"""Neural-network quantum states: restricted Boltzmann machines as wave functions.

The toric code's ground state is a machine with two couplings per qubit:

>>> from spinlearn.nqs import toric_code
>>> lattice = toric_code.torus(2, 2)
>>> machine = toric_code.machine(lattice)
>>> machine.couplings, lattice.qubits
(16, 8)
>>> found = toric_code.stabilisers(lattice, toric_code.amplitudes(lattice))
>>> found.vertices.round(12).tolist(), found.faces.round(12).tolist()
([1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0])
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["toric_code"],
    submod_attrs={"rbm": ["RBMState", "vector"]},
)
