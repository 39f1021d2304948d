/** All error classes of the package, which tests go through. */
import * as client from '#client/errors.ts';
import * as pipeline from '#pipeline/errors.ts';

const { HavenChunksError } = client;

export type ErrorClass = new (...args: never[]) => client.HavenChunksError;

/** All classes of errors but their base class, by name. */
export const ERROR_CLASSES = new Map<string, ErrorClass>(
  Object.entries({ ...client, ...pipeline }).flatMap(([name, exported]) =>
    exported.prototype instanceof HavenChunksError ? [[name, exported as ErrorClass] as const] : [],
  ),
);
