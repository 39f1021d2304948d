/** Messages between the main thread and its workers. */
import { ArgumentError, CorruptError, NetworkError, NotFoundError } from '#client/errors.ts';
import { ConflictError, InputError, StoreError, UsageError } from '#pipeline/errors.ts';
import type { Task } from '#pipeline/tasks/task.ts';
import type { TaskResult } from './perform.ts';

/** Data for starting a worker. */
export interface WorkerData {
  /** Folders of the two stores. */
  readonly run: string;
  readonly set: string;
}

export type ToWorker = { readonly task: Task };

export type FromWorker =
  | { readonly kind: 'progress'; readonly records: number; readonly bytes: number }
  | { readonly kind: 'done'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly error: ErrorMessage };

/** An error as a message. A structured clone would lose its fields, and its class, which decides the exit code. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /**
   * Fields that are strings or numbers, such as `file` and `line`, or `code` and `syscall` of errors of the operating
   * system.
   */
  readonly fields: Readonly<Record<string, string | number>>;
}

const CLASSES = [
  ...[InputError, UsageError, StoreError, ConflictError],
  ...[NetworkError, NotFoundError, CorruptError, ArgumentError],
];

export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, fields: {} };
  }
  const { name, message, stack } = error;
  const plain = Object.entries(error).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return { name, message, stack, fields: Object.fromEntries(plain) };
}

export function errorOf({ name, message, stack, fields }: ErrorMessage): Error {
  const Class = CLASSES.find(known => known.name === name) ?? Error;
  const error = new Class(message);
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, fields);
}
