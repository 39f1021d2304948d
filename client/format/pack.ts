import { Packr } from 'msgpackr';

/**
 * A value that the format can store: standard MessagePack without extensions. Bytes are Uint8Array, because other typed
 * arrays have no standard form. The only maps are the outer ones of files.
 */
export type Packable = null | boolean | number | string | Uint8Array | Packable[] | PackedMap;

/** The content of a file, for `pack`. */
export interface PackedMap {
  [field: string]: Packable;
}

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** Encodes a value as MessagePack in its shortest form; integers outside -2^31 to 2^32 - 1 become float 64. */
export function pack(value: Packable): Uint8Array {
  return Uint8Array.from(packr.pack(value));
}
