/** A small picture of a system: its planets and moons on their orbits. */
import type { JsonObject, JsonValue } from '#client/index.ts';
import { colourOfText } from '#client/viewer/data/colours.ts';
import { el, svg } from './dom.ts';

/** Fields that tell the distance of a planet from its star, the first that is a number counts. */
const RADII = ['orbit_radius', 'semimajor_axis_au', 'semimajor_axis', 'orbit_radius_km', 'distance'];
const CENTRE = 150;
const INNER = 30;
const OUTER = 138;
/** Seconds of the fastest and the slowest revolution. */
const [FASTEST, SLOWEST] = [6, 60];
const STAR_COLOURS: readonly (readonly [RegExp, string])[] = [
  [/\bO\d|\bB\d|blue/i, '#a9c4ff'],
  [/\bA\d|white/i, '#e3ebff'],
  [/\bK\d|orange/i, '#ffc27a'],
  [/\bM\d|red/i, '#ff8f5e'],
];

interface Body {
  readonly name: string;
  readonly radius: number | undefined;
  /** Revolutions in a unit of time. */
  readonly speed: number | undefined;
  readonly moons: readonly Body[];
}

/**
 * @param isStill whether nothing may move
 * @returns undefined for a system without planets and moons
 */
export function systemView(name: string, record: JsonObject, isStill: boolean): HTMLElement | undefined {
  const planets = bodiesOf(record['planets'], 'Planet');
  const loose = bodiesOf(record['moons'], 'Moon');
  const bodies = planets.length > 0 ? planets : loose;
  if (bodies.length === 0) return undefined;
  const radii = spaced(
    bodies.map(body => body.radius),
    INNER,
    OUTER,
  );
  const periods = periodsOf(bodies, radii);
  const star = starColour(record);
  const picture = svg(
    'svg',
    {
      viewBox: '0 0 300 300',
      class: isStill ? 'orbits still' : 'orbits',
      role: 'img',
      'aria-label': describe(name, bodies),
    },
    ...radii.map(radius => svg('circle', { class: 'orbit', cx: CENTRE, cy: CENTRE, r: radius })),
    svg('circle', { class: 'star-glow', cx: CENTRE, cy: CENTRE, r: 26, fill: star }),
    svg('circle', { cx: CENTRE, cy: CENTRE, r: 9, fill: star }),
    ...bodies.map((body, index) => planet(body, radii[index]!, periods[index]!, index)),
  );
  return el('figure', { class: 'system-view' }, picture);
}

function planet(body: Body, radius: number, period: number, index: number): SVGElement {
  // The golden angle keeps planets apart.
  const angle = (index * 137.5) % 360;
  const size = 4.2;
  const moons = body.moons.slice(0, 5);
  const group = svg(
    'g',
    { class: 'turning' },
    svg('circle', { cx: radius, cy: 0, r: size, fill: colourOfText(body.name) }, svg('title', {}, body.name)),
    ...moons.map((moon, i) => {
      const turn = svg(
        'g',
        { class: 'turning' },
        svg('circle', { cx: 8 + i * 2.6, cy: 0, r: 1.3, class: 'moon-dot' }, svg('title', {}, moon.name)),
      );
      setTurn(turn, i * 80, period / (4 + i));
      return svg('g', { transform: `translate(${radius} 0)` }, turn);
    }),
  );
  setTurn(group, angle, period);
  return svg('g', { transform: `translate(${CENTRE} ${CENTRE})` }, group);
}

function setTurn(element: SVGElement, angle: number, period: number): void {
  element.style.setProperty('--from', `${angle}deg`);
  element.style.setProperty('--period', `${period}s`);
}

/** Radii of the drawing: in the order and roughly the ratios of the record, but never closer than can be seen. */
function spaced(radii: readonly (number | undefined)[], inner: number, outer: number): number[] {
  const { length } = radii;
  const step = Math.min(22, (outer - inner) / Math.max(1, length - 1));
  const known = radii.every(radius => radius !== undefined && radius > 0);
  if (!known || length < 2) return radii.map((_, index) => inner + index * step);
  const logs = (radii as number[]).map(Math.log);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const order = logs.map((_, index) => index).sort((a, b) => logs[a]! - logs[b]!);
  const result: number[] = [];
  const gap = Math.min(9, (outer - inner) / length);
  let last = Number.NEGATIVE_INFINITY;
  for (const [place, index] of order.entries()) {
    const share = high > low ? (logs[index]! - low) / (high - low) : place / length;
    const latest = outer - (length - 1 - place) * gap;
    last = Math.min(latest, Math.max(inner + share * (outer - inner), last + gap));
    result[index] = last;
  }
  return result;
}

/** Seconds of a revolution: by the speeds of the record, else by Kepler's third law over the drawing. */
function periodsOf(bodies: readonly Body[], radii: readonly number[]): number[] {
  const speeds = bodies.map((body, index) => body.speed ?? (radii[index]! / INNER) ** -1.5);
  const fastest = Math.max(...speeds);
  return speeds.map(speed => Math.min(SLOWEST, (FASTEST * fastest) / speed));
}

function bodiesOf(value: JsonValue | undefined, kind: string): Body[] {
  if (!Array.isArray(value)) return [];
  return value.map((item, index) => {
    const fields: JsonObject =
      typeof item === 'object' && item !== null && !Array.isArray(item) ? item : { name: item };
    const { name, orbit_speed: speed, period_days: days } = fields;
    const radius = RADII.map(field => fields[field]).find(value => typeof value === 'number' && value > 0);
    return {
      name: typeof name === 'string' && name !== '' ? name : `${kind} ${index + 1}`,
      radius: radius as number | undefined,
      speed: positive(speed) ?? (positive(days) === undefined ? undefined : 1 / positive(days)!),
      moons: kind === 'Planet' ? bodiesOf(fields['moons'], 'Moon') : [],
    };
  });
}

function positive(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function starColour(record: JsonObject): string {
  const text = [record['star_type'], record['spectral_type'], record['attributes']]
    .filter(value => typeof value === 'string')
    .join(' ');
  return STAR_COLOURS.find(([pattern]) => pattern.test(text))?.[1] ?? '#ffe9b5';
}

function describe(name: string, bodies: readonly Body[]): string {
  const moons = bodies.reduce((sum, body) => sum + body.moons.length, 0);
  return `The system of ${name}: ${bodies.length} orbits${moons > 0 ? `, ${moons} moons` : ''}, not to scale`;
}
