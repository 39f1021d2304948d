import { ArgumentError } from './errors.ts';

/** @throws ArgumentError unless the value is a whole number from a least one on */
export function checkWhole(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ArgumentError(`${what} is ${value}; give a whole number from ${least}`);
  }
}
