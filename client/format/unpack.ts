import { Unpackr } from 'msgpackr/unpack';

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/**
 * The outer map of a file.
 * @throws Error where the bytes are not one MessagePack map
 */
export function unpack(bytes: Uint8Array): Record<string, unknown> {
  const value: unknown = unpackr.unpack(bytes);
  // Lists, bytes and timestamps are objects too.
  if (typeof value !== 'object' || value?.constructor !== Object) throw new Error('not a MessagePack map');
  return value as Record<string, unknown>;
}

/** A field that is a whole number from 0. */
export function countField(file: Record<string, unknown>, field: string): number {
  const value = file[field];
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new Error(`field "${field}" is ${String(value)}, not a whole number`);
  }
  return value as number;
}
