/** Errors for arguments of a wrong type or out of range. */
import { ArgumentError } from '#client/errors.ts';

/** @param option name of the argument in the message */
export function invalid(option: string, found: unknown, expected: string): ArgumentError {
  return new ArgumentError(`${option} is ${shown(found)}; give ${expected}`, { found, expected });
}

/** A value in a message. JSON would make null of NaN and Infinity, and throws for a BigInt. */
function shown(found: unknown): string {
  if (typeof found === 'string') return JSON.stringify(found);
  if (Array.isArray(found)) return `[${found.map(shown)}]`;
  return String(found);
}
