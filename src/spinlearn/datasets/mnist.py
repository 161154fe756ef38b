"""MNIST from a folder of IDX files: class means as distributions (Zhong 2022, appendix D).

The files are those of the training set, plain or compressed with gzip, under their usual names.
"""

import hashlib

import numpy as np

from spinlearn.datasets.idx import check_shapes, parse_idx, read_plain
from spinlearn.datasets.images import superposed
from spinlearn.datasets.strings import Request, Strings
from spinlearn.pipeline.errors import UserFileError

KNOWN = {
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
}
"""SHA-256 of MNIST's own files, not compressed."""


def mnist(request: Request) -> Strings:
    """Mean image of a digit of MNIST, "mnist0" to "mnist9", or of several, as in "mnist01".

    The 28 x 28 mean, padded to 32 x 32 and area-averaged to 8 x 8 pixels for n = 6.

    Raises:
        UserFileError: if a file is not a whole IDX file of this kind, or the two do not fit.
    """
    digests = request.settings.get("digests", {})
    images_file, labels_file = request.files.mnist
    contents = [read_plain(path, digests.get(path.name, "")) for path in request.files.mnist]
    images = parse_idx(images_file, contents[0], axes=3)
    labels = parse_idx(labels_file, contents[1], axes=1)
    check_shapes(images_file, images.shape, labels.shape)
    means = []
    for digit in map(int, request.name.removeprefix("mnist")):
        if not (labels == digit).any():
            raise UserFileError(labels_file, f"holds no digit {digit}")
        means.append(np.pad(images[labels == digit].mean(axis=0), 2))
        if not means[-1].any():
            raise UserFileError(images_file, f"its images of the digit {digit} are all black")
    is_known = all(hashlib.sha256(content).hexdigest() in KNOWN for content in contents)
    origin = "MNIST" if is_known else f"{len(images)} images (not MNIST's own, by the checksum)"
    return superposed(means, request.n, f"class mean of {origin}")
