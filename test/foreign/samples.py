"""Samples of subtrees, which previews and the overview hold: sections 17.4 and 17.6 of FORMAT.md."""

import math
import struct

OVERVIEW_ROWS = 4096
SYSTEMS_PER_ROW = 32
MASK = 0xFFFFFFFF


def murmur3(data, seed=0):
    """MurmurHash3_x86_32 of bytes."""
    end = len(data) & ~3
    hash = seed
    # Written out: calls would take twice the time. Higher bits do not change the lower ones of a product.
    for (word,) in struct.iter_unpack("<I", data[:end]):
        word = word * 0xCC9E2D51 & MASK
        hash ^= (word << 15 | word >> 17) * 0x1B873593 & MASK
        hash = ((hash << 13 | hash >> 19) * 5 + 0xE6546B64) & MASK
    word = int.from_bytes(data[end:], "little") * 0xCC9E2D51 & MASK
    hash ^= (word << 15 | word >> 17) * 0x1B873593 & MASK
    hash ^= len(data)
    hash = (hash ^ hash >> 16) * 0x85EBCA6B & MASK
    hash = (hash ^ hash >> 13) * 0xC2B2AE35 & MASK
    return hash ^ hash >> 16


def place_of(id, record, options):
    """What a system is sorted by."""
    value = record.get(options["field"]) if options["field"] is not None else 0.0
    if type(value) not in (int, float):
        rank = math.inf
    else:
        rank = value if options["order"] == "lowest" else -value
    return rank, murmur3(id.encode()), id.encode()


def shown_rank(place, options):
    """The number of the ranking field, or None."""
    rank = place[0]
    return None if math.isinf(rank) else rank if options["order"] == "lowest" else -rank


def first_of(systems):
    """Those of some systems that any sample can need, in order; each begins with its place."""
    return sorted(systems, key=lambda system: system[0])[:OVERVIEW_ROWS]


def preview_rows(systems, options):
    return options["size"] if systems >= SYSTEMS_PER_ROW * options["size"] else 0


def overview_rows(systems, options):
    return min(systems, OVERVIEW_ROWS, max(options["size"], systems // SYSTEMS_PER_ROW))
