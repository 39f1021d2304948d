import type { SystemRow } from '#client/index.ts';

/** A row's columns; -0 counts as 0, for SQL knows no other. */
export function rowText({ id, name, region, x, y, z }: SystemRow): string {
  return JSON.stringify([id, name, region, x, y, z]);
}

/** A query in a message. */
export const label = (query: object) => JSON.stringify(query);
