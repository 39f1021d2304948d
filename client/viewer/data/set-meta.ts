/** Title and unit of a catalogue, from its `_meta`. */
import type { JsonObject, JsonValue } from '#client/index.ts';

export interface SetMeta {
  readonly title: string | undefined;
  /** Unit of positions, short. */
  readonly unit: string | undefined;
}

const SHORT: Readonly<Record<string, string>> = {
  'light years': 'ly',
  'light-years': 'ly',
  parsecs: 'pc',
  kiloparsecs: 'kpc',
};

/** @param metas as `Tileset.meta` returns them */
export function readSetMeta(metas: readonly JsonValue[]): SetMeta {
  const objects = metas.filter(
    (meta): meta is JsonObject => typeof meta === 'object' && meta !== null && !Array.isArray(meta),
  );
  const title = objects.map(meta => meta['title']).find(value => typeof value === 'string' && value !== '');
  const units = objects.map(meta => meta['units']).find(value => typeof value === 'object' && value !== null);
  const unit = (units as JsonObject | undefined)?.['position'];
  return {
    title: title as string | undefined,
    unit: typeof unit === 'string' && unit !== '' ? (SHORT[unit] ?? unit) : undefined,
  };
}
