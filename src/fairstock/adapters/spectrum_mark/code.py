"""The payload's code: 48 bits and a 12-bit checksum through a convolutional code of rate 1/4.

Constraint length 9 with the generators 463, 535, 733, 745 (octal), the best known of that rate (Larsen,
"Short convolutional codes with maximal free distance for rates 1/2, 1/3 and 1/4", 1973); decoded by Viterbi
from soft values.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PAYLOAD_BYTES = 6
_BITS, _CHECK = 8 * PAYLOAD_BYTES, 12
_MEMORY = 8
_GENERATORS = (0o463, 0o535, 0o733, 0o745)
LENGTH = len(_GENERATORS) * (_BITS + _CHECK + _MEMORY)
"""Signs of one codeword: 272."""

_CHECK_POLYNOMIAL = 0x180F
_STATES = np.arange(1 << _MEMORY)
_BEFORE = np.stack([_STATES >> 1, (_STATES >> 1) | (1 << (_MEMORY - 1))])
"""Both states from which a state can be reached."""
_PARITY = np.array([number.bit_count() & 1 for number in range(1 << (_MEMORY + 1))], np.int8)
_SIGNS = np.stack(
    [1.0 - 2.0 * _PARITY[((_BEFORE << 1) | (_STATES & 1)) & generator] for generator in _GENERATORS], axis=-1
)
"""The four signs sent on each of the two ways into a state, shape (2, 256, 4)."""


@lru_cache(maxsize=64)
def encode(payload: bytes) -> NDArray[np.float64]:
    """The signs (±1) of a payload, shape (272,); remembered, so not to be written to."""
    data = [int(bit) for bit in np.unpackbits(np.frombuffer(payload, np.uint8))]
    register, signs = 0, []
    for bit in [*data, *_checksum(data), *[0] * _MEMORY]:
        register = ((register << 1) | bit) & ((1 << (_MEMORY + 1)) - 1)
        signs += [1.0 - 2.0 * _PARITY[register & generator] for generator in _GENERATORS]
    return np.array(signs)


def decode(soft: NDArray[np.float64]) -> tuple[bytes, bool]:
    """The likeliest payload of 272 soft values, and whether its checksum holds."""
    metric = np.full(len(_STATES), -np.inf)
    metric[0] = 0.0
    steps = soft.reshape(-1, len(_GENERATORS))
    ways = np.empty((len(steps), len(_STATES)), np.int8)
    for number, values in enumerate(steps):
        reached = metric[_BEFORE] + _SIGNS @ values
        ways[number] = reached[1] > reached[0]
        metric = reached.max(axis=0)
    state, bits = 0, []
    for way in ways[::-1]:
        bits.append(state & 1)
        state = int(_BEFORE[way[state], state])
    bits.reverse()
    data = bits[:_BITS]
    return np.packbits(data).tobytes(), bits[_BITS : _BITS + _CHECK] == _checksum(data)


def _checksum(bits: Sequence[int]) -> list[int]:
    """CRC-12 of the bits, most significant first."""
    register = 0
    for bit in [*bits, *[0] * _CHECK]:
        register = (register << 1) | bit
        if register >> _CHECK:
            register ^= _CHECK_POLYNOMIAL
    return [register >> place & 1 for place in reversed(range(_CHECK))]
