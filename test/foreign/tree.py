"""Pages of the octree and their geometry: sections 9 and 11 of FORMAT.md, with what section 12 says of nodes."""

import math
from dataclasses import dataclass, field
from fractions import Fraction

from columns import POINTER, budget, count_of, integer, items, need, need_canonical, numbers, octets, texts, wholes

# [12] Levels of the octree in one page.
MOST_LEVELS = 1_576

COUNTS = ("systems", "planets", "moons", "stations")


@dataclass
class File:
    """A file of rows."""

    hash: str
    length: int
    rows: int
    first_id: str
    details: list = field(default_factory=list)


@dataclass
class Preview:
    """A sample of a node's systems."""

    hash: str
    length: int
    rows: int


@dataclass
class Node:
    kind: str
    counts: tuple
    box: tuple
    children: list = field(default_factory=list)
    spans: list = field(default_factory=list)
    preview: Preview | None = None
    hash: str = ""
    length: int = 0
    entries: int = 1
    # [9.1] Of the page that a branch refers to.
    page_nodes: int = 0
    page_levels: int = 0
    # [17.7] Of the page that the node is in, or of a branch the page that it refers to.
    part: int = 1
    levels: int = 0


def read_page(fields):
    """[9]"""
    nodes = count_of(fields, "nodes")
    kinds = octets(fields.get("kind"), nodes)
    need(all(kind < 3 for kind in kinds), "a node is of no kind")
    need(kinds and kinds[0] < 2, "the top of a page is no node of its own")
    children = iter(wholes(fields.get("children"), kinds.count(1), least=2))
    counts = list(zip(*(wholes(fields.get(name), nodes) for name in COUNTS)))
    low, high = (
        list(zip(*(numbers(axis, nodes) for axis in items(fields.get(name), 3)))) for name in ("min", "max")
    )
    need(all(math.copysign(1, v) > 0 or v for point in low + high for v in point), "a box has -0")
    hashes, *numbers_of_branches = items(fields.get("branches"), 5)
    branches = iter(
        zip(read_hashes(hashes, kinds.count(2)), *(wholes(column, kinds.count(2)) for column in numbers_of_branches))
    )
    previews = iter(read_previews(fields.get("previews"), nodes - kinds.count(0)))
    count, *columns, parts = items(fields.get("chunks"), 6)
    count = integer(count)
    chunks = read_files(columns, count)
    parts = wholes(parts, count)
    details = iter(read_files(items(fields.get("details"), 4), sum(parts)))
    for chunk, of in zip(chunks, parts):
        chunk.details = [next(details) for _ in range(of)]
        need(of == 0 or sum(file.rows for file in chunk.details) == chunk.rows, "details do not cover their chunk")
    order = iter(range(nodes))
    budget.take(8 * POINTER * sum(chunk.rows for chunk in chunks))
    rows = [(chunk, row) for chunk in chunks for row in range(chunk.rows)]
    taken = 0

    def node(level=0):
        nonlocal taken
        need(level <= MOST_LEVELS, f"nodes nest deeper than {MOST_LEVELS} levels")
        i = next(order, None)
        need(i is not None, "a page ends before the children of its nodes")
        made = Node(("leaf", "inner", "branch")[kinds[i]], counts[i], (low[i], high[i]))
        made.preview = next(previews) if made.kind != "leaf" else None
        if made.kind == "branch":
            made.hash, made.length, made.entries, made.page_nodes, made.page_levels = next(branches)
        elif made.kind == "leaf":
            own = rows[taken : taken + made.counts[0]]
            taken += made.counts[0]
            need(own and len(own) == made.counts[0], "a leaf has more rows than its page's chunks, or none")
            made.spans = spans_of(own)
        else:
            made.children = [node(level + 1) for _ in range(next(children))]
            made.entries += sum(child.entries for child in made.children)
            check_inner(made)
        return made

    top = node()
    need(next(order, None) is None, "nodes of a page are nobody's children")
    need(taken == len(rows), "a page has more rows than its leaves")
    return top


def nodes_of_page(top):
    return [top, *(node for child in top.children for node in nodes_of_page(child))]


def read_hashes(packed, count):
    joined = octets(packed, 20 * count)
    return [joined[at : at + 20].hex() for at in range(0, len(joined), 20)]


def read_previews(packed, nodes):
    """A preview or None for each node that is no leaf."""
    rows, hashes, lengths = items(packed, 3)
    rows = wholes(rows, nodes)
    count = sum(of > 0 for of in rows)
    files = zip(read_hashes(hashes, count), wholes(lengths, count))
    return [Preview(*next(files), of) if of else None for of in rows]


def read_files(columns, count):
    hashes, lengths, rows, first_ids = columns
    return [
        File(*of)
        for of in zip(
            read_hashes(hashes, count), wholes(lengths, count), wholes(rows, count, least=1), texts(first_ids, count)
        )
    ]


def spans_of(rows):
    """[9.3] Runs of (chunk, start, end)."""
    spans = []
    for chunk, row in rows:
        if spans and spans[-1][0] is chunk:
            spans[-1][2] = row + 1
        else:
            spans.append([chunk, row, row + 1])
    whole = all((start, end) == (0, chunk.rows) for chunk, start, end in spans)
    need(len(spans) == 1 or whole, "a leaf of several spans shares a chunk")
    need(all(bool(span[0].first_id) == (i > 0) for i, span in enumerate(spans) if span[1] == 0), "a first id is wrong")
    return spans


def check_inner(node):
    """[9.2] Children agree with their node, and have a space of their own each."""
    boxes = [child.box for child in node.children]
    union = tuple(tuple(map(pick, zip(*(box[end] for box in boxes)))) for end, pick in ((0, min), (1, max)))
    need(node.box == union, "the box of a node is not that of its children")
    need(node.counts == tuple(map(sum, zip(*(child.counts for child in node.children)))), "a node counts otherwise")
    for i, (low, high) in enumerate(boxes):
        meets = any(all(a <= d and c <= b for a, b, c, d in zip(low, high, *other)) for other in boxes[:i])
        need(not meets, "the boxes of two children meet")


def check_octants(node):
    """[17.2] Children lie in different octants of the node's cell, in order, leaves first."""
    low, high = (tuple(map(grid, point)) for point in node.box)
    half = max(a ^ b for a, b in zip(low, high)).bit_length() - 1
    order = []
    for child in node.children:
        ends = {sum((grid(v) >> half & 1) << axis for axis, v in enumerate(point)) for point in child.box}
        need(len(ends) == 1, "a child lies in several octants")
        order.append((child.kind != "leaf", ends.pop()))
    need(all(a < b for a, b in zip(order, order[1:])), "children are not in order")
    need(len({octant for _, octant in order}) == len(order), "two children lie in one octant")


def check_cut(node):
    """[17.7] The children of a node that have pages of their own are those of a canonical set; gives it its part and levels."""
    inner = [child for child in node.children if child.kind != "leaf"]
    cut = {id(child) for child in inner if node.entries >= 256 and 16 <= child.entries < 256}
    rest = [child for child in inner if id(child) not in cut and child.part >= 16]
    rest.sort(key=lambda child: (child.levels, -child.part))

    def part():
        return 1 + sum(1 if id(child) in cut else child.part for child in node.children)

    while rest and part() > 288:
        cut.add(id(rest.pop(0)))
    need_canonical(all((child.kind == "branch") == (id(child) in cut) for child in inner), "pages are cut elsewhere")
    node.part = part()
    node.levels = max(child.levels + (id(child) in cut) for child in node.children)


def grid(value):
    """A coordinate as a count of the least float64, from far below all of them: its bits are those of the cells."""
    return int(Fraction(value) * 2**1074) + 2**1700


def world_exponent(box):
    """[3] The least E such that [-2^E, 2^E)³ holds a box."""
    least = 0
    for low, high in zip(*box):
        least = max(least, -(grid(low) - grid(0.0)), grid(high) - grid(0.0) + 1)
    return max((least - 1).bit_length() - 1074, -1074)


def counts_of(record):
    """[19.4]"""
    planets = record.get("planets")
    planets = planets if isinstance(planets, list) else []
    holders = [record] + [planet for planet in planets if isinstance(planet, dict)]
    moons = [holder.get("moons") for holder in holders]
    return (
        1,
        len(planets),
        sum(len(of) for of in moons if isinstance(of, list)),
        int(isinstance(record.get("space_station"), dict)),
    )


def starts(files):
    """Each file with its first row."""
    row = 0
    for file in files:
        yield row, file
        row += file.rows


def length_of(dx, dy, dz):
    return math.sqrt(dx * dx + dy * dy + dz * dz)


def reach(box, center):
    """[11.1] Distances of the nearest and the farthest place of a box."""
    axes = list(zip(*box, center))
    gaps = (low - c if c < low else c - high if c > high else 0.0 for low, high, c in axes)
    wides = (max(abs(low - c), abs(high - c)) for low, high, c in axes)
    return length_of(*gaps), length_of(*wides)


def holds(box, at):
    return all(low <= v <= high for low, high, v in zip(*box, at))
