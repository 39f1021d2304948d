/** Messages between the main thread and its workers. */
import { ArgumentError, CorruptError, NetworkError, NotFoundError, VersionError } from '#client/errors.ts';
import { ConflictError, InputError, LockedError, StoreError, UsageError } from '#pipeline/errors.ts';
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
  /** The errors of an AggregateError. */
  readonly errors?: readonly ErrorMessage[];
}

const CLASSES = [
  ...[InputError, UsageError, StoreError, ConflictError, LockedError],
  ...[NetworkError, NotFoundError, CorruptError, ArgumentError, VersionError],
];

export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, fields: {} };
  }
  const { name, message, stack } = error;
  const plain = Object.entries(error).filter(([, value]) => ['string', 'number'].includes(typeof value));
  const sent = { name, message, stack, fields: Object.fromEntries(plain) };
  return error instanceof AggregateError ? { ...sent, errors: error.errors.map(errorMessage) } : sent;
}

export function errorOf({ name, message, stack, fields, errors }: ErrorMessage): Error {
  const error = errors ? new AggregateError(errors.map(errorOf), message) : new Error(message);
  // Constructors differ in their arguments.
  const Class = CLASSES.find(known => known.name === name);
  if (Class) Object.setPrototypeOf(error, Class.prototype);
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, fields);
}
