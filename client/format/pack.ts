import { Packr } from 'msgpackr';

/**
 * What the format stores: standard MessagePack without extensions. Bytes only as Uint8Array, because other typed
 * arrays have no standard form; no value here is a map, except the fixed outer one of each file.
 */
export type Packable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Packable[]
  | { [field: string]: Packable };

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** MessagePack in its shortest form; integers outside -2^31 to 2^32 - 1 are float 64. A fresh copy. */
export function pack(value: Packable): Uint8Array {
  return Uint8Array.from(packr.pack(value));
}
