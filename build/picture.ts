import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { OctreeNode, SphereRow } from '#client/index.ts';
import { openTileset } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';

// `node build/picture.ts SET OUT.svg`: the picture of the README. A slice through a set: its systems, the leaves of its
// octree, and a query sphere with the leaves that the query reads. It needs records with `magnitude` and `colour`
// (B-V), as data/kstars.ts writes them.

/** Size of the picture in light years, around the origin. */
const VIEW = { width: 960, height: 480 };
/** The slice is the plane z = LEVEL; systems at most SLAB light years from it are drawn. */
const LEVEL = 14;
const SLAB = 40;
const QUERY = { center: [112, 64, LEVEL], radius: 96 } as const;
/** Maximum number of systems drawn, the brightest first. */
const MOST = 9_000;

/** Upper bounds of B-V, and the approximate visible colour of such a star. */
const COLOURS: readonly (readonly [number, string])[] = [
  [0.0, '#a5c0ff'],
  [0.3, '#d3deff'],
  [0.6, '#fff7ec'],
  [0.9, '#ffe2b0'],
  [1.3, '#ffc981'],
  [Infinity, '#ff9d5c'],
];
const SIZES: readonly (readonly [number, number])[] = [
  [3, 3.4],
  [5, 2.3],
  [6.5, 1.6],
  [Infinity, 1.1],
];

const { positionals } = parseArgs({ allowPositionals: true });
const [set, out] = positionals;
if (set === undefined || out === undefined) {
  console.error('usage: node build/picture.ts SET OUT.svg');
  process.exit(2);
}

const tileset = await openTileset(set);
const usage = newUsage();
const found = await (await openTileset(set, { usage })).sphere({ ...QUERY, usage }).toArray();
const boxes = await leafBoxes(await tileset.root());
const stars = await drawnStars();

const [cx, cy] = QUERY.center;
const cost = `${found.length.toLocaleString('en')} stars within ${QUERY.radius} light years: ${usage.requests} requests, ${Math.round(usage.bytes / 1000)} kB`;
const total = `${tileset.counts.systems.toLocaleString('en')} stars of the Hipparcos catalogue`;
await writeFile(
  out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-VIEW.width / 2} ${-VIEW.height / 2} ${VIEW.width} ${VIEW.height}">
<title>A slice through a chunk set of real stars, with the files that one query reads</title>
<desc>${total}, the leaves of the octree, and a query sphere: ${cost}.</desc>
<style>.leaf{fill:none;stroke:#3b4a6b;stroke-width:.6}.read{fill:#f59e0b;fill-opacity:.13;stroke:#f59e0b;stroke-opacity:.75;stroke-width:.8}.star{fill:none;stroke-linecap:round}.note{font:13px system-ui,sans-serif;fill:#e2e8f0}</style>
<rect x="${-VIEW.width / 2}" y="${-VIEW.height / 2}" width="${VIEW.width}" height="${VIEW.height}" rx="10" fill="#0b1020"/>
<path class="leaf" d="${boxes
    .filter(box => !box.isRead)
    .map(path)
    .join('')}"/>
${starPaths(stars)}
<path class="read" d="${boxes
    .filter(box => box.isRead)
    .map(path)
    .join('')}"/>
<circle cx="${cx}" cy="${-cy}" r="${QUERY.radius}" fill="none" stroke="#fbbf24" stroke-width="1.6"/>
<g class="note"><rect x="-470" y="188" width="${Math.max(cost.length, total.length) * 6.9 + 24}" height="44" rx="6" fill="#0b1020" fill-opacity=".92"/>
<text x="-458" y="206">${total}</text><text x="-458" y="223" fill="#fbbf24">${cost}</text></g>
</svg>
`,
);

interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** Whether the query sphere intersects the box, so that its chunk is read. */
  readonly isRead: boolean;
}

/** The leaves that the slice cuts. */
async function leafBoxes(root: OctreeNode | undefined): Promise<Box[]> {
  const boxes: Box[] = [];
  const open = root ? [root] : [];
  for (let node = open.pop(); node; node = open.pop()) {
    const { min, max } = node.bounds;
    if (min[2] > LEVEL || max[2] < LEVEL || !isInView(min, max)) continue;
    if (!node.isLeaf) {
      open.push(...(await node.children()));
      continue;
    }
    const apart = QUERY.center.map((c, axis) => Math.max(0, min[axis]! - c, c - max[axis]!));
    boxes.push({
      ...{ x0: min[0], y0: min[1], x1: max[0], y1: max[1] },
      isRead: Math.hypot(...apart) <= QUERY.radius,
    });
  }
  return boxes;
}

function isInView(min: readonly number[], max: readonly number[]): boolean {
  const { width, height } = VIEW;
  return min[0]! < width / 2 && max[0]! > -width / 2 && min[1]! < height / 2 && max[1]! > -height / 2;
}

interface Star {
  readonly x: number;
  readonly y: number;
  readonly magnitude: number;
  readonly colour: number;
}

/** The stars near the plane that are in view, the brightest first. */
async function drawnStars(): Promise<Star[]> {
  const radius = Math.hypot(VIEW.width / 2, VIEW.height / 2, SLAB);
  const rows = await tileset.sphere({ center: [0, 0, LEVEL], radius }).toArray();
  const near = rows.filter(
    ({ x, y, z }) =>
      Math.abs(z - LEVEL) <= SLAB && Math.abs(x) < VIEW.width / 2 - 2 && Math.abs(y) < VIEW.height / 2 - 2,
  );
  const records = await tileset.details(near);
  return near
    .map((row, i) => starOf(row, records[i]!))
    .sort((a, b) => a.magnitude - b.magnitude)
    .slice(0, MOST);
}

function starOf({ x, y }: SphereRow, record: Readonly<Record<string, unknown>>): Star {
  return { x, y, magnitude: Number(record['magnitude']), colour: Number(record['colour']) };
}

/** One path per colour and size: dots are lines of length 0. */
function starPaths(stars: readonly Star[]): string {
  const paths = new Map<string, string>();
  for (const { x, y, magnitude, colour } of stars) {
    const [, stroke] = COLOURS.find(([bound]) => colour <= bound)!;
    const [, width] = SIZES.find(([bound]) => magnitude <= bound)!;
    const key = `stroke="${stroke}" stroke-width="${width}"`;
    paths.set(key, `${paths.get(key) ?? ''}M${x.toFixed(0)} ${(-y).toFixed(0)}h0`);
  }
  return [...paths].map(([key, d]) => `<path class="star" ${key} d="${d}"/>`).join('\n');
}

function path({ x0, y0, x1, y1 }: Box): string {
  const [left, top, right, bottom] = [x0, -y1, x1, -y0].map(value => value.toFixed(1));
  return `M${left} ${top}H${right}V${bottom}H${left}z`;
}
