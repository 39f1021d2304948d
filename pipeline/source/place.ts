import type { Reject, SourceLocation } from './types.ts';

/** The place of what stands in no text, such as a row of a database that belongs to nothing. */
export function nowhere(file: string, input: number): SourceLocation {
  return { file, input, offset: 0, line: 0, column: 0 };
}

/** Where a refused record stood, and why it was refused, on one line. */
export function rejectLine({ place, field, reason }: Reject): string {
  const { file, line, path } = place;
  const where = [file, ...(line > 0 ? [`line ${line}`] : []), ...(path === undefined ? [] : [path])];
  return `${where.join(', ')}: ${field === undefined ? '' : `field ${field}: `}${reason}`;
}
