"""The Pet DID: the Keccak-256 of a vector as the platform's JavaScript prints it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from Crypto.Hash import keccak

if TYPE_CHECKING:
    from noseprint.embedding.model import Vector

DidForm = Literal["address", "full"]
_ADDRESS_DIGITS = 40
_LAST_PLAIN_EXPONENT = 21
_LEAST_PLAIN_EXPONENT = -6


@dataclass(frozen=True, slots=True)
class DidScheme:
    """How Pet DIDs are written here.

    Attributes:
        form: ``address`` for the first 40 hex digits (the documentation, a valid did:ethr identifier),
            ``full`` for all 64 (what the live gateway looks up).
        method: the DID's method.
        network: the DID's network.
    """

    form: DidForm = "address"
    method: str = "ethr"
    network: str = "besu"

    def pet_did(self, vector: Vector) -> str:
        """The Pet DID of a vector (float32, (d,))."""
        digits = keccak256_of_json(vector)
        shown = digits[:_ADDRESS_DIGITS] if self.form == "address" else digits
        return f"did:{self.method}:{self.network}:0x{shown}"


def keccak256_of_json(vector: Vector) -> str:
    """Keccak-256 of the UTF-8 bytes of ``JSON.stringify(vector)``, as 64 hex digits."""
    return keccak.new(digest_bits=256, data=json_stringify(vector).encode()).hexdigest()


def json_stringify(vector: Vector) -> str:
    """A vector as ECMAScript's ``JSON.stringify`` prints it after each float32 became a double."""
    return "[" + ",".join(_number(float(value)) for value in vector.astype(np.float64)) + "]"


def _number(value: float) -> str:
    """ECMA-262 Number::toString, radix 10; JSON prints what is not finite as null.

    Python's ``repr`` finds the same shortest digits; only where the point stands and when an exponent
    is written differ.
    """
    if not np.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    digits, point = _shortest_digits(abs(value))
    return sign + _place_point(digits, point)


def _shortest_digits(value: float) -> tuple[str, int]:
    """The shortest digits d1 d2 … and the exponent n with value = 0.d1d2… x 10^n."""
    mantissa, _, exponent = f"{value!r}e0".partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = whole + fraction
    digits = written.lstrip("0")
    point = len(whole) - (len(written) - len(digits)) + int(exponent.removesuffix("e0"))
    return digits.rstrip("0"), point


def _place_point(digits: str, point: int) -> str:
    if len(digits) <= point <= _LAST_PLAIN_EXPONENT:
        return digits.ljust(point, "0")
    if 0 < point <= _LAST_PLAIN_EXPONENT:
        return f"{digits[:point]}.{digits[point:]}"
    if _LEAST_PLAIN_EXPONENT < point <= 0:
        return f"0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{point - 1:+d}"
