"""The preload file, and the contents in index.json: section 23 of FORMAT.md."""

from base64 import b64decode, b64encode

from columns import Level, count_of, integer, items, need, need_canonical, wholes
from files import digest
from tables import LAYOUTS, Table
from tree import read_hashes, read_page

TABLES = ("names", "folded", "ids", "listings", "members", "ordered", "facets", "rare", "common", "facetGrams", "words", "values", "grams", "results")
# [23.1] The order in which root pages are put in index.json.
INLINE_ORDER = (
    *("names", "folded", "ids", "grams", "words", "listings", "members", "ordered"),
    *("facets", "facetGrams", "rare", "common", "values", "results"),
)
MOST_INDEX, MOST_INLINE = 8_192, 1_536


def check_preload(files):
    """That both hold pages by their hashes; in a canonical set the right ones."""
    index = files.index
    for hash, content in index.get("contents", {}).items():
        need(digest(b64decode(content, validate=True)) == hash, f"index.json has another content of {hash}")
    stated = {}
    if index.get("preload"):
        fields = files.content("preload", **index["preload"])
        count = count_of(fields, "rows")
        stated = dict(zip(read_hashes(fields.get("hashes"), count), items(fields.get("pages"), count)))
        need(len(stated) == count, "a page is preloaded twice")
        need(all(isinstance(page, bytes) and digest(page) == hash for hash, page in stated.items()), "a page has another hash")
    if Level.canonical and "tables" in index:
        need_canonical(index["contents"] == small_roots(files), "index.json has other contents")
        need_canonical(list(stated) == upper_pages(files), "other pages are preloaded")


def small_roots(files):
    """[23.1]"""
    index = files.index
    rest = files.index_length - length_of(index["contents"])
    contents = {}
    for name in INLINE_ORDER:
        root = index["tables"][name]
        if root and root["length"] <= MOST_INLINE:
            content = b64encode(files.octets(LAYOUTS[name][0], **root)).decode()
            with_it = contents | {root["hash"]: content}
            if rest + length_of(with_it) <= MOST_INDEX:
                contents = with_it
    return contents


def length_of(contents):
    return len(",".join(f'"{hash}":"{content}"' for hash, content in contents.items()))


def upper_pages(files):
    """[23.2] The hashes of the pages of the preload file, in order."""
    index = files.index
    left = index["options"]["preload"]
    roots = [("tree", index["tree"]), ("facet pages", index["facets"]["root"]), ("fold", index["tree"] and index["fold"]), *((of, index["tables"][of]) for of in TABLES)]
    levels = [[(name, root)] for name, root in roots if root]
    taken = []
    while levels:
        following = []
        for level in levels:
            missing = {root["hash"]: root["length"] for _, root in level if root["hash"] not in taken}
            if sum(missing.values()) > left:
                continue
            below = []
            for name, root in level:
                own = pages_below(files, name, root)
                if own is not None:
                    if root["hash"] not in taken:
                        taken.append(root["hash"])
                        left -= root["length"]
                    below += own
            if below:
                following.append(below)
        levels = following
    return taken


def pages_below(files, name, root):
    """The upper pages below an upper page; None for a leaf page, which is none."""
    if name == "fold":
        return []
    if name == "facet pages":
        count, lengths, hashes = items(files.content("facets", **root).get("branches"), 3)
        lengths = [length for length in wholes(lengths, integer(count)) if length]
        return [("facet pages", {"hash": hash, "length": length}) for hash, length in zip(read_hashes(hashes, len(lengths)), lengths)]
    if name == "tree":
        return [("tree", {"hash": node.hash, "length": node.length}) for node in branches(read_page(files.content("tree", **root)))]
    fields = files.content(LAYOUTS[name][0], **root)
    if fields["level"] == 0 and name != "listings":
        return None
    page = Table(files, None, name).read(fields)
    if page.level == 0:
        return [("shard", shard) for *_, shard in page.rows if shard]
    is_lowest = page.level == 1 and name != "listings"
    return [] if is_lowest else [(name, {"hash": hash, "length": length}) for _, hash, length in page.entries]


def branches(node):
    return [node] if node.kind == "branch" else [branch for child in node.children for branch in branches(child)]
