/** Messages between the thread that writes a database and the thread that reads the set. */
import type { SystemRecord } from '#client/index.ts';
import type { ErrorMessage } from '#pipeline/run/messages.ts';
import type { DatabaseLosses } from './database-rows.ts';

/** Data for starting the thread. */
export interface DatabaseThreadData {
  readonly file: string;
}

/** Systems to add; an empty array after the last system. */
export type ToDatabase = readonly SystemRecord[];

export type FromDatabase =
  | { readonly kind: 'added' }
  | { readonly kind: 'done'; readonly losses: DatabaseLosses }
  | { readonly kind: 'failed'; readonly error: ErrorMessage };
