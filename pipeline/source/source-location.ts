import type { ErrorFields } from '#client/errors.ts';
import type { Reject, SourceLocation } from './source-types.ts';

/** A location without a line, for example of a row of a database. */
export function nowhere(file: string, input: number): SourceLocation {
  return { file, input, offset: 0, line: 0, column: 0 };
}

/** The fields of an error that say where a record is: a row of a database has no line. */
export function placeFields({
  file,
  line,
  column,
}: SourceLocation): Pick<ErrorFields, 'file' | 'line' | 'column'> {
  return line > 0 ? { file, line, column } : { file };
}

/** One line with the location of a rejected record and the reason. */
export function rejectLine({ location, field, reason }: Reject): string {
  const { file, line, path } = location;
  const where = [file, ...(line > 0 ? [`line ${line}`] : []), ...(path === undefined ? [] : [path])];
  return `${where.join(', ')}: ${field === undefined ? '' : `field ${field}: `}${reason}`;
}
