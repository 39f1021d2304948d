/** What the thread that writes a database and the one that reads the set send each other. */
import type { SystemRecord } from '../../client/index.ts';
import type { ErrorMessage } from '../run/messages.ts';
import type { DatabaseLosses } from './db-rows.ts';

/** What the thread is started with. */
export interface DatabaseThreadData {
  readonly file: string;
}

/** Systems to be added; none once all were sent. */
export type ToDatabase = readonly SystemRecord[];

export type FromDatabase =
  | { readonly kind: 'added' }
  | { readonly kind: 'done'; readonly losses: DatabaseLosses }
  | { readonly kind: 'failed'; readonly error: ErrorMessage };
