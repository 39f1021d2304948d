/** Errors of queries as responses. */
import { isHavenError } from '#client/errors.ts';

/** Status of a response for an error. */
export type ErrorStatus = 400 | 500 | 501 | 502;

/**
 * The status and the text for an error of a query. The text of a fault that is not the caller's names no file and no
 * place: that is for the log of the server.
 */
export function errorAnswerOf(error: unknown): { readonly status: ErrorStatus; readonly error: string } {
  if (isHavenError(error, 'ArgumentError')) return { status: 400, error: error.message };
  if (isHavenError(error, 'MissingIndexError')) {
    return { status: 501, error: 'The chunk set was built without the index that this request needs' };
  }
  if (isHavenError(error)) return { status: 502, error: 'The chunk set cannot be read' };
  return { status: 500, error: 'Internal error' };
}
