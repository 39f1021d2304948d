/** The arguments of one command, and their values as types. */
import { UsageError } from '#pipeline/errors.ts';
import { didYouMean, nearest } from './suggest.ts';

const NUMBER = /^\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|Infinity)\s*$/i;

/** Milliseconds. */
const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Values by option; a switch has the value `true`. */
export type Values = ReadonlyMap<string, readonly (string | true)[]>;

export class Arguments {
  readonly #operands: readonly string[];
  readonly #values: Values;

  constructor(operands: readonly string[], values: Values) {
    this.#operands = operands;
    this.#values = values;
  }

  /** The first operand. */
  get operand(): string {
    return this.#operands[0]!;
  }

  get operands(): readonly string[] {
    return this.#operands;
  }

  /** True if the option was given. */
  has(option: string): boolean {
    return this.#values.has(option);
  }

  text(option: string): string | undefined {
    return this.all(option).at(-1);
  }

  /** The values of an option that can be given more than once, in order. */
  all(option: string): string[] {
    return (this.#values.get(option) ?? []).filter(value => value !== true);
  }

  /** The value of an option with a fixed set of words. */
  choice<T extends string>(option: string, choices: readonly T[]): T | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const choice = choices.find(word => word === text);
    if (choice === undefined)
      throw wrong(option, text, `one of ${choices.join(', ')}`, nearest(text, choices));
    return choice;
  }

  /** Strings between commas. */
  list(option: string): string[] | undefined {
    return this.text(option)
      ?.split(',')
      .map(item => item.trim())
      .filter(item => item !== '');
  }

  /** A decimal number or Infinity. */
  number(option: string): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    if (!NUMBER.test(text)) throw wrong(option, text, 'a number');
    return Number(text);
  }

  /** An integer of at least `least`. */
  integer(option: string, least = 0): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text)) throw wrong(option, text, 'an integer, digits only');
    const value = Number(text);
    if (value < least) throw wrong(option, text, `an integer of at least ${least}`);
    if (!Number.isSafeInteger(value))
      throw wrong(option, text, `an integer up to ${Number.MAX_SAFE_INTEGER}`);
    return value;
  }

  /** A size such as `512MB`, `4GB` or `1.5GiB`, in bytes. */
  bytes(option: string): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const [, number, prefix, binary] = /^(\d+(?:\.\d+)?)\s*(?:([kMGT])(i?))?B?$/i.exec(text) ?? [];
    if (number === undefined) throw wrong(option, text, 'a size such as 512MB or 4GB');
    const power = prefix === undefined ? 0 : 1 + 'kmgt'.indexOf(prefix.toLowerCase());
    return Math.round(Number(number) * (binary ? 1024 : 1000) ** power);
  }

  /** A duration such as `90s`, `45m`, `24h` or `7d`, in milliseconds. */
  duration(option: string): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
    if (number === undefined) throw wrong(option, text, 'a duration such as 90s, 45m, 24h or 7d');
    return Number(number) * UNITS[unit as keyof typeof UNITS];
  }

  /** Three finite numbers between commas. */
  point(option: string): [number, number, number] | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const parts = text.split(',');
    const numbers = parts.map(Number);
    if (parts.length !== 3 || !parts.every(part => NUMBER.test(part)) || !numbers.every(Number.isFinite)) {
      throw wrong(option, text, 'three numbers X,Y,Z without spaces');
    }
    return numbers as [number, number, number];
  }
}

function wrong(option: string, found: string, expected: string, similar?: string): UsageError {
  return new UsageError(`--${option} is "${found}", expected ${expected}${didYouMean(similar)}`);
}
