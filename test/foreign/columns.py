"""Contents and their columns: sections 5 and 6 of FORMAT.md."""

import math
import struct
import sys
from itertools import islice

import msgpack

# Legal contents nest deeper than Python's stack is by default.
sys.setrecursionlimit(20_000)

WHOLE = 2**53 - 1

# [12] Levels of lists in a file, levels of a record, values of a file.
MOST_LISTS, MOST_LEVELS, MOST_VALUES = 516, 256, 2**26
# [12, rule 3] Bytes that the content and the values of one file may take. Python's values are several times as large as
# those that other readers hold in 128 MiB.
MOST_BYTES = 512 * 2**20
NUMBER, TEXT, LIST, RECORD, POINTER = 32, 80, 88, 200, 8


class FormatError(Exception):
    """A set breaks a rule of the format."""


def need(condition, message):
    if not condition:
        raise FormatError(message)


class Level:
    """[1] Whether sets have to be canonical, or valid only."""

    canonical = False


def need_canonical(condition, message):
    """A rule of canonical writing, which sets of other writers may break."""
    need(condition or not Level.canonical, message)


class Budget:
    """Bytes that the file that was begun last may still take, and values that its columns may still have."""

    left, values = MOST_BYTES, MOST_VALUES

    def begin(self, size):
        self.left, self.values = MOST_BYTES - size, MOST_VALUES

    def count(self, values):
        """Is called for each column of numbers, and for each column of values that has another tag."""
        self.values -= values
        need(self.values >= 0, f"a file has more than {MOST_VALUES} values")

    def take(self, size):
        """Is called before the bytes are allocated."""
        self.left -= size
        need(self.left >= 0, f"the values of a file take more than {MOST_BYTES} bytes")


budget = Budget()

# Of each sized form: bytes of its number, the least number that needs it, and what the number counts.
SIZED = {
    0xC4: (1, 0, "bytes"), 0xC5: (2, 0x100, "bytes"), 0xC6: (4, 0x10000, "bytes"),
    0xCC: (1, 0x80, "none"), 0xCD: (2, 0x100, "none"), 0xCE: (4, 0x10000, "none"),
    0xD9: (1, 0x20, "bytes"), 0xDA: (2, 0x100, "bytes"), 0xDB: (4, 0x10000, "bytes"),
    0xDC: (2, 0x10, "values"), 0xDD: (4, 0x10000, "values"),
    0xDE: (2, 0x10, "pairs"), 0xDF: (4, 0x10000, "pairs"),
}  # fmt: skip
# Of each form of a negative integer: its bytes, and the greatest number that needs it.
NEGATIVE = {0xD0: (1, -0x21), 0xD1: (2, -0x81), 0xD2: (4, -0x8001)}


def check_forms(content):
    """One map with nothing after it, no other map, and only the forms of section 5, each the shortest."""
    at = 0
    # Values that are still to come of each list around, the outermost first.
    left = [1]
    while left:
        if left[-1] == 0:
            left.pop()
            continue
        need(at < len(content), "the content ends within a value")
        head = content[at]
        # Most values: small integers and short strings.
        if at > 0 and (head < 0x80 or head >= 0xE0 or 0xA0 <= head < 0xC0):
            at += 1 + (head & 31 if 0xA0 <= head < 0xC0 else 0)
            left[-1] -= 1
            continue
        is_map = head >> 4 == 8 or head in (0xDE, 0xDF)
        need(is_map == (at == 0), f"byte {at}: the content is one map, and holds no other")
        at += 1
        left[-1] -= 1
        if head in SIZED:
            size, least, what = SIZED[head]
            number = int.from_bytes(content[at : at + size], "big")
            need(number >= least, f"byte {at}: a shorter form would do for {number}")
            at += size
        elif head in NEGATIVE:
            size, greatest = NEGATIVE[head]
            number = int.from_bytes(content[at : at + size], "big", signed=True)
            need(number <= greatest, f"byte {at}: a shorter form would do for {number}")
            at, what = at + size, "none"
        elif head == 0xCB:
            (number,) = struct.unpack_from(">d", content, at)
            is_large = number.is_integer() and not -(2**31) <= number < 2**32
            need(is_large, f"byte {at}: {number} is no integer that needs a float 64")
            at, what = at + 8, "none"
        else:
            need(head < 0xC0 or head >= 0xE0, f"byte {at}: the form {head:#x} does not occur")
            number = head & 31 if head >> 5 == 5 else head & 15
            what = ("pairs" if head < 0x90 else "values" if head < 0xA0 else "bytes") if 0x80 <= head < 0xC0 else "none"
        at += number if what == "bytes" else 0
        if what in ("values", "pairs"):
            need(len(left) - 1 <= MOST_LISTS, f"byte {at}: lists nest deeper than {MOST_LISTS} levels")
            left.append(number if what == "values" else 2 * number)
            budget.take(LIST + NUMBER * left[-1])
    need(at == len(content), f"{len(content) - at} bytes follow the content, or are missing")


def unpack(content):
    """The fields of a content, by name."""
    budget.begin(len(content))
    check_forms(content)

    def fields(pairs):
        pairs = list(pairs)
        need(len(dict(pairs)) == len(pairs), "a field is there twice")
        return dict(pairs)

    return msgpack.unpackb(content, raw=False, object_pairs_hook=fields)


def items(packed, *lengths):
    """A list of one of some lengths."""
    need(isinstance(packed, list), "a list is expected")
    need(not lengths or len(packed) in lengths, f"a list has {len(packed)} elements, not {lengths}")
    return packed


def integer(value):
    need(isinstance(value, (int, float)) and value == math.floor(value), f"{value} is no integer")
    return int(value)


def count_of(fields, name):
    value = integer(fields.get(name, -1))
    need(0 <= value <= WHOLE, f'field "{name}" is no whole number')
    return value


def octets(packed, length):
    need(isinstance(packed, bytes) and len(packed) == length, f"{length} bytes are expected")
    return packed


def numbers(packed, count):
    """6.1"""
    budget.count(count)
    budget.take(NUMBER * count)
    if isinstance(packed, bytes):
        values = struct.unpack(f"<{count}d", octets(packed, 8 * count))
        need(all(map(math.isfinite, values)), "a number is not finite")
        return list(values)
    scale, base, planes = items(packed, 3)
    scale, base = integer(scale), integer(base)
    need(0 <= scale <= 15, f"the scale is {scale}")
    need(abs(base) < 2**51, f"the base is {base}")
    need(isinstance(planes, bytes), "planes are bytes")
    width, rest = divmod(len(planes), count) if count else (0, len(planes))
    need(rest == 0 and width <= 6, f"{len(planes)} bytes for {count} numbers")
    offsets = [0] * count
    for place in range(width):
        plane = planes[place * count : (place + 1) * count]
        offsets = [offset + (byte << 8 * place) for offset, byte in zip(offsets, plane)]
    ten = float(10**scale)
    return [(base + offset) / ten for offset in offsets]


def wholes(packed, count, least=0):
    """A column of whole numbers."""
    values = numbers(packed, count)
    budget.take(NUMBER * count)
    need(all(v.is_integer() and least <= v <= WHOLE for v in values), "a column of whole numbers has others")
    return [int(value) for value in values]


def strings(packed):
    for text in items(packed):
        need(isinstance(text, str), f"{text} is no text")
    return packed


def look(entries, packed, count):
    rows = wholes(packed, count)
    need(all(row < len(entries) for row in rows), "an index is beyond its list")
    budget.take(POINTER * count)
    return [entries[row] for row in rows]


def texts(packed, count):
    """6.2"""
    form = items(packed, 2, 3, 4)[0]
    need(form in (0, 1, 2) and len(packed) == form + 2, f"texts of form {form} have {len(packed)} elements")
    listed = strings(packed[1])
    if form == 0:
        need(len(listed) == count, f"{len(listed)} texts for {count} rows")
        return listed
    if form == 1:
        return look(listed, packed[2], count)
    counts = wholes(packed[2], count, least=1)
    tokens = iter(look(listed, packed[3], sum(counts)))
    return [joined(list(islice(tokens, of))) for of in counts]


def joined(tokens):
    budget.take(TEXT + sum(map(len, tokens)) + 2 * len(tokens))
    return ", ".join(tokens)


def values(packed, count, levels=MOST_LEVELS):
    """6.3, of values that nest at most so deep"""
    tag, *payload = items(packed)
    budget.count(count if tag != 3 else 0)
    need(tag in range(8), f"a column has the tag {tag}")
    if tag == 7:
        return mixed(payload, count, levels)
    if tag >= 5:
        need(levels > 0, f"values nest deeper than {MOST_LEVELS} levels")
        return (lists, table)[tag - 5](payload, count, levels)
    need(len(payload) == (tag >= 3), f"a column of tag {tag} has {len(payload)} elements more")
    if tag < 3:
        budget.take(POINTER * count)
        return [(None, False, True)[tag]] * count
    return (numbers, texts)[tag - 3](payload[0], count)


def lists(packed, count, levels):
    lengths, elements = items(packed, 2)
    lengths = wholes(lengths, count)
    budget.take(LIST * count + POINTER * sum(lengths))
    rest = iter(values(elements, sum(lengths), levels - 1))
    return [list(islice(rest, length)) for length in lengths]


def mixed(payload, count, levels):
    need(payload, "a mixed column has no tags")
    tags = octets(payload[0], count)
    present = sorted(tag for tag in set(tags) if tag >= 3)
    need(all(tag < 7 for tag in tags), "a value is of no type")
    need([column[0] for column in map(items, payload[1:])] == present, "the columns are not those of the tags")
    budget.take(POINTER * count)
    rest = {tag: iter(values(column, tags.count(tag), levels)) for tag, column in zip(present, payload[1:])}
    return [next(rest[tag]) if tag >= 3 else (None, False, True)[tag] for tag in tags]


def table(packed, count, levels=MOST_LEVELS):
    """6.4"""
    need(len(items(packed)) >= 2, "a table has no shapes or rows")
    shapes, rows, *columns = packed
    for shape in items(shapes):
        need(len(set(strings(shape))) == len(shape), "a key is twice in a shape")
    budget.take(RECORD * count)
    chosen = look(shapes, rows, count)
    totals = {key: 0 for shape in shapes for key in shape}
    for shape in chosen:
        for key in shape:
            totals[key] += 1
    need(len(columns) == len(totals), f"{len(columns)} columns for {len(totals)} keys")
    rest = {key: iter(values(column, of, levels - 1)) for (key, of), column in zip(totals.items(), columns)}
    return [{key: next(rest[key]) for key in shape} for shape in chosen]


def sorted_texts(packed, count):
    """6.5, with 18.4"""
    shared, rests = items(packed, 2)
    shared = wholes(shared, count)
    need(len(strings(rests)) == count, f"{len(rests)} texts for {count} rows")
    found = []
    before = ""
    for of, rest in zip(shared, rests):
        need(of <= len(before), "a text shares more than there is")
        need_canonical(rest[:1] != before[of : of + 1] or not rest, "a text shares less than it could")
        budget.take(TEXT + of + len(rest))
        before = before[:of] + rest
        found.append(before)
    return found
