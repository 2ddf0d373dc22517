"""Bodies in pieces: nothing is lost at any split, and no piece unpacks without bound."""

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import httpx
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from monitor.net.decoding import CODINGS, MAX_MEMBERS, MAX_PIECE_BYTES, Decoder


def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=4))


def _zstd(data: bytes) -> bytes:
    return zstd.compress(data)


def _bare_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


FORMS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _bare_deflate),
    ("br", _brotli),
    ("zstd", _zstd),
]
MIXED = random.Random(1).randbytes(300_000) + bytes(700_000) + "Казахстан. ".encode() * 50_000


def test_every_coding_that_is_asked_for_is_tested() -> None:
    assert {coding for coding, _ in FORMS} == set(CODINGS)


@pytest.mark.parametrize(("coding", "compress"), FORMS)
@pytest.mark.parametrize("step", [1, 7, 4096, 16384, 10_000_000])
def test_nothing_is_lost_at_any_split(coding: str, compress: Callable[[bytes], bytes], step: int) -> None:
    data = MIXED if step > 100 else MIXED[-30_000:]
    packed = compress(data)
    decoder = Decoder(coding)
    pieces = [p for at in range(0, len(packed), step) for p in decoder.decode(packed[at : at + step])]
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) < 2 * MAX_PIECE_BYTES


@pytest.mark.parametrize(("coding", "compress"), FORMS)
def test_sizes_around_a_full_piece(coding: str, compress: Callable[[bytes], bytes]) -> None:
    """What was unpacked already, but did not fit, comes without further input."""
    for size in range(MAX_PIECE_BYTES - 3, MAX_PIECE_BYTES + 4):
        assert b"".join(Decoder(coding).decode(compress(b"x" * size))) == b"x" * size


@pytest.mark.parametrize(("coding", "compress"), FORMS)
def test_a_bomb_unpacks_only_as_far_as_it_is_read(coding: str, compress: Callable[[bytes], bytes]) -> None:
    pieces = Decoder(coding).decode(compress(bytes(50_000_000)))
    assert all(0 < len(next(pieces)) < 2 * MAX_PIECE_BYTES for _ in range(5))


@pytest.mark.parametrize(("coding", "compress"), [form for form in FORMS if form[0] in ("gzip", "zstd")])
def test_streams_that_follow_each_other(coding: str, compress: Callable[[bytes], bytes]) -> None:
    packed = compress(b"one ") + compress(b"") + compress(b"two")
    assert b"".join(Decoder(coding).decode(packed)) == b"one two"
    decoder = Decoder(coding)
    assert b"".join(p for at in range(len(packed)) for p in decoder.decode(packed[at : at + 1])) == b"one two"
    with pytest.raises(httpx.DecodingError, match="more than"):
        list(Decoder(coding).decode(compress(b"") * (MAX_MEMBERS + 1)))


def test_a_zstd_window_over_8_mb_is_refused() -> None:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    compressor = zstd.ZstdCompressor(options=options)
    packed = compressor.compress(b"x" * 1000) + compressor.flush()
    with pytest.raises(httpx.DecodingError):
        list(Decoder("zstd").decode(packed))


@given(coding=st.sampled_from(CODINGS), pieces=st.lists(st.binary(max_size=300), max_size=5))
def test_garbage_is_an_error_or_a_text(coding: str, pieces: list[bytes]) -> None:
    decoder = Decoder(coding)
    try:
        for piece in pieces:
            for unpacked in decoder.decode(piece):
                assert isinstance(unpacked, bytes)
    except httpx.DecodingError:
        pass
