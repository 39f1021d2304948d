/** The arguments of one command, checked against what it takes. */
import { parseArgs } from 'node:util';
import { UsageError } from '../errors.ts';
import type { Command } from './command.ts';
import { nearest } from './suggest.ts';

const NUMBER = /^\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|Infinity)\s*$/i;

export class Arguments {
  readonly #operands: readonly string[];
  readonly #values: ReadonlyMap<string, string | true>;

  constructor(operands: readonly string[], values: ReadonlyMap<string, string | true>) {
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

  /** Whether an option is there. */
  has(option: string): boolean {
    return this.#values.has(option);
  }

  text(option: string): string | undefined {
    const value = this.#values.get(option);
    return value === true ? undefined : value;
  }

  /** One of some words. */
  choice<T extends string>(option: string, choices: readonly T[]): T | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const choice = choices.find(of => of === text);
    if (choice === undefined)
      throw wrong(option, text, `one of ${choices.join(', ')}`, nearest(text, choices));
    return choice;
  }

  /** Texts between commas. */
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

  whole(option: string): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text)) throw wrong(option, text, 'a whole number in digits');
    return Number(text);
  }

  /** Three finite numbers between commas. */
  point(option: string): [number, number, number] | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const parts = text.split(',');
    const numbers = parts.map(Number);
    if (parts.length !== 3 || !parts.every(part => NUMBER.test(part)) || !numbers.every(Number.isFinite)) {
      throw wrong(option, text, 'three numbers X,Y,Z');
    }
    return numbers as [number, number, number];
  }
}

/**
 * Reads the arguments that follow a command's name. `help` is always an option.
 * @throws UsageError naming the argument that is unknown, missing or too much
 */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const { options } = command;
  const types = Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  // Not strict, so that a value may begin with a dash (-1,2,3) and messages can suggest; the checks are below.
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...types, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });
  const operands: string[] = [];
  const values = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = name === 'help' ? { text: '' } : Object.hasOwn(options, name) ? options[name] : undefined;
    if (!spec) {
      const like = nearest(name, [...Object.keys(options), 'help']);
      const hint = like === undefined ? '' : `; did you mean --${like}?`;
      throw new UsageError(`${command.name}: unknown option ${rawName}${hint}`);
    }
    if (values.has(name)) throw new UsageError(`${command.name}: --${name} is there twice; give it once`);
    if (spec.value === undefined) {
      if (value !== undefined) throw new UsageError(`${command.name}: --${name} takes no value`);
    } else if (value === undefined || (!inlineValue && isOption(value))) {
      const found = value === undefined ? 'nothing' : value;
      throw new UsageError(
        `${command.name}: --${name} needs a value, ${spec.value}; found ${found} (a value that begins with a dash: --${name}=VALUE)`,
      );
    }
    if (value === '' && PATHS.includes(spec.value ?? '')) {
      throw new UsageError(
        `${command.name}: --${name} is empty; name a ${spec.value === 'DIR' ? 'folder' : 'file'}`,
      );
    }
    values.set(name, value ?? true);
  }
  if (!values.has('help')) checkCounts(command, operands, values);
  return new Arguments(operands, values);
}

function checkCounts(
  { name, operands: specs, required }: Command,
  operands: readonly string[],
  values: ReadonlyMap<string, string | true>,
): void {
  const missing = specs[operands.length];
  if (missing) throw new UsageError(`${name}: ${missing.name} is missing, ${missing.text}`);
  if (operands.length > specs.length && !specs.at(-1)?.many) {
    throw new UsageError(`${name}: "${operands[specs.length]}" is one argument too much`);
  }
  const absent = required.find(option => !values.has(option));
  if (absent !== undefined) throw new UsageError(`${name}: --${absent} is missing`);
}

/** Values that name a place; an empty one would be the current folder. */
const PATHS = ['DIR', 'FILE'];

/** What reads as an option rather than as a value: a dash and a letter, but for -Infinity. */
function isOption(text: string): boolean {
  return /^--?[a-z]/i.test(text) && !/^-Infinity/.test(text);
}

function wrong(option: string, found: string, expected: string, like?: string): UsageError {
  const hint = like === undefined ? '' : `; did you mean ${like}?`;
  return new UsageError(`--${option} is "${found}"; expected ${expected}${hint}`);
}
