/** Colours of the map, as `#rrggbb` and as bytes. All are light enough for the dark background. */

/** Well apart from each other, the most distinct first. */
export const HUES: readonly string[] = [
  ...['#5cc8ff', '#ffb454', '#79e28a', '#ff7d9c', '#b79bff', '#ffe27a', '#4fdccb', '#ff9a6b'],
  ...['#8fb4ff', '#d2f07a', '#f49bf2', '#a6e9ff'],
];

/** Systems without a value. */
export const NO_VALUE = '#7f8cab';

/** From cold to hot, for numbers. */
export const RAMP: readonly string[] = ['#6f8cff', '#5cc8ff', '#5fe0b0', '#d8ee78', '#ffc35e', '#ff7b6b'];

/** Stars of the spectral classes, as the eye sees them, a little more saturated. */
export const SPECTRAL: Readonly<Record<string, string>> = {
  O: '#8fb0ff',
  B: '#a9c4ff',
  A: '#d3e0ff',
  F: '#fbf6ea',
  G: '#ffe9b5',
  K: '#ffc27a',
  M: '#ff8f5e',
  L: '#e2644f',
  T: '#c2557f',
  Y: '#9c5fb5',
  D: '#dff3ff',
  C: '#ff6a4d',
  S: '#ff7f50',
  W: '#7fd0ff',
};

/** Words that name a colour, a level or an answer. */
export const NAMED: Readonly<Record<string, string>> = {
  ...{ yellow: '#ffe08a', red: '#ff7a5c', green: '#6cff9e', blue: '#7ec8ff', purple: '#c8a4ff' },
  ...{ white: '#f4f7ff', orange: '#ffb066' },
  ...{
    none: '#6f7fa6',
    low: '#5cc8ff',
    mid: '#ffe27a',
    medium: '#ffe27a',
    high: '#ff9a6b',
    extreme: '#ff6b8a',
  },
  ...{ true: '#79e28a', false: '#8f9cc0', yes: '#79e28a', no: '#8f9cc0' },
  ...{ 'n/a': NO_VALUE, unknown: NO_VALUE, '': NO_VALUE },
};

/** A number of 32 bits that belongs to a text for ever (FNV-1a). */
export function hashOf(text: string): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return hash >>> 0;
}

/** A colour that belongs to a text for ever. */
export function colourOfText(text: string): string {
  const hue = hashOf(text) % 360;
  const [lightness, range] = [0.74, 0.2];
  return toHex(
    [0, 8, 4].map(n => {
      const k = (n + hue / 30) % 12;
      return 255 * (lightness - range * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
    }),
  );
}

export function toBytes(hex: string): [red: number, green: number, blue: number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function toHex(bytes: readonly number[]): string {
  return `#${bytes.map(byte => Math.round(byte).toString(16).padStart(2, '0')).join('')}`;
}
