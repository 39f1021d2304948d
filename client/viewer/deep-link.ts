/** The view in the hash of the address: camera, selection, filters, colours. */
import { decodeFilters, encodeFilters, type Filters } from './data/filters.ts';
import type { Point } from './scene/rig.ts';

export interface LinkedView {
  readonly eye?: Point | undefined;
  readonly target?: Point | undefined;
  /** Id of the selected system. */
  readonly selected?: string | undefined;
  readonly colour?: string | undefined;
  readonly filters: Filters;
  readonly showsOthers: boolean;
  readonly showsGrid: boolean;
}

/** Writes a view as the hash of an address, without `#`. */
export function encodeView(view: LinkedView): string {
  const parts = new URLSearchParams();
  const { eye, target } = view;
  if (eye && target) {
    const scale = Math.hypot(eye[0] - target[0], eye[1] - target[1], eye[2] - target[2]);
    parts.set('eye', eye.map(value => rounded(value, scale)).join(','));
    parts.set('at', target.map(value => rounded(value, scale)).join(','));
  }
  if (view.selected !== undefined) parts.set('system', view.selected);
  if (view.colour !== undefined) parts.set('colour', view.colour);
  for (const filter of encodeFilters(view.filters)) parts.append('where', filter);
  if (!view.showsOthers) parts.set('others', '0');
  if (!view.showsGrid) parts.set('grid', '0');
  // Characters that are allowed in a hash stay readable.
  return parts.toString().replace(/%(?:2C|3A|7C|2F|21|3D)/g, decodeURIComponent);
}

/** Reads a hash, with or without `#`; ignores what it does not know. */
export function decodeView(hash: string): LinkedView {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const eye = pointOf(parts.get('eye'));
  const target = pointOf(parts.get('at'));
  const hasCamera = eye && target && eye.some((value, axis) => value !== target[axis]);
  return {
    ...(hasCamera && { eye, target }),
    selected: parts.get('system') ?? undefined,
    colour: parts.get('colour') ?? undefined,
    filters: decodeFilters(parts.getAll('where')),
    showsOthers: parts.get('others') !== '0',
    showsGrid: parts.get('grid') !== '0',
  };
}

/** A number with the digits that matter at a scale. */
function rounded(value: number, scale: number): number {
  const step = 10 ** Math.floor(Math.log10(scale || 1) - 3);
  const result = Math.round(value / step) * step;
  return Number.isFinite(result) ? Number(result.toPrecision(15)) : value;
}

function pointOf(text: string | null): Point | undefined {
  const numbers = (text ?? '').split(',').map(part => (part.trim() === '' ? Number.NaN : Number(part)));
  return numbers.length === 3 && numbers.every(Number.isFinite) ? (numbers as unknown as Point) : undefined;
}
