"""Pieces of a compressed body -> decompressed pieces of bounded size. Pure.

httpx's own decoders return at once all that a piece unpacks to, and a few bytes can unpack to gigabytes.
"""

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli
import httpx

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_PIECE_BYTES = 1 << 18  # brotli may return up to half as much again
MAX_MEMBERS = 1000  # gzip and zstd may string several streams together: real bodies hold one or two
MAX_ZSTD_WINDOW_LOG = 23  # RFC 9659: 8 MB is the most that a server may ask for


class _Stream(Protocol):
    """One compressed stream, in the manner of the standard library's zstd."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Deflate:
    """A stream of zlib, which hands back the input that it had no room for."""

    def __init__(self, window_bits: int) -> None:
        self._inflate = zlib.decompressobj(window_bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        # a full piece may leave output behind, even where all input was taken
        self.needs_input = not self._inflate.unconsumed_tail and len(piece) < max_length
        return piece


class _Brotli:
    """A stream of brotli; nothing may follow it."""

    unused_data = b""

    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.is_finished())

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = bytes(self._decompressor.process(data, output_buffer_limit=max_length))
        self.needs_input = self._decompressor.can_accept_more_data() and len(piece) < max_length
        return piece


def _deflate(start: bytes) -> _Stream:
    # Many servers send "deflate" without zlib's header, whose first byte ends in 8 (RFC 1950, 2.2).
    return _Deflate(zlib.MAX_WBITS if start[0] & 15 == 8 else -zlib.MAX_WBITS)


_OPENERS: dict[str, Callable[[bytes], _Stream]] = {
    "gzip": lambda _: _Deflate(16 + zlib.MAX_WBITS),
    "deflate": _deflate,
    "br": lambda _: _Brotli(),
    "zstd": lambda _: zstd.ZstdDecompressor(
        options={zstd.DecompressionParameter.window_log_max: MAX_ZSTD_WINDOW_LOG}
    ),
}
CODINGS = tuple(_OPENERS)


class Decoder:
    """Decompresses one body of a content coding among `CODINGS`, given piece by piece."""

    def __init__(self, coding: str) -> None:
        self._open = _OPENERS[coding]
        self._stream: _Stream | None = None
        self._members = 0

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to; raises httpx.DecodingError."""
        try:
            while data:
                if self._stream is None or self._stream.eof:
                    self._members += 1
                    if self._members > MAX_MEMBERS:
                        raise httpx.DecodingError(f"more than {MAX_MEMBERS} compressed streams in one body")
                    self._stream = self._open(data)
                yield from self._drain(self._stream, data)
                data = self._stream.unused_data if self._stream.eof else b""
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            raise httpx.DecodingError(str(error)) from error

    @staticmethod
    def _drain(stream: _Stream, data: bytes) -> Iterator[bytes]:
        while data or not (stream.eof or stream.needs_input):
            if piece := stream.decompress(data, MAX_PIECE_BYTES):
                yield piece
            data = b""
