/** Messages between the main thread and its workers. */
import * as clientErrors from '#client/errors.ts';
import * as pipelineErrors from '#pipeline/errors.ts';
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
   * Fields that are scalars, such as `file` and `line`, or `code` and `syscall` of errors of the operating system; and
   * arrays of scalars.
   */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The errors of an AggregateError. */
  readonly errors?: readonly ErrorMessage[];
}

/** Prototypes of the error classes of the package, by name, and of the functions beside them. */
const PROTOTYPES = new Map(
  Object.entries({ ...clientErrors, ...pipelineErrors }).map(([name, { prototype }]) => [name, prototype]),
);

export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, fields: {} };
  }
  const { name, message, stack } = error;
  const fields = Object.fromEntries(Object.entries(error).filter(([, value]) => isPlain(value)));
  const sent = { name, message, stack, fields };
  return error instanceof AggregateError ? { ...sent, errors: error.errors.map(errorMessage) } : sent;
}

export function errorOf({ name, message, stack, fields, errors }: ErrorMessage): Error {
  const error = errors ? new AggregateError(errors.map(errorOf), message) : new Error(message);
  // Constructors differ in their arguments.
  const prototype = PROTOTYPES.get(name);
  if (prototype) Object.setPrototypeOf(error, prototype);
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, fields);
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
