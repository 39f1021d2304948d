/** Reads the arguments of a command, and checks them against its specification. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '#pipeline/errors.ts';
import { shellWord } from '#pipeline/source/shell-word.ts';
import { Arguments, type Values } from './arguments.ts';
import type { Command, OptionSpec } from './command.ts';
import { didYouMean, nearest } from './suggest.ts';

/**
 * Reads the arguments that follow a command's name. `--help` is an option of every command.
 * @throws UsageError that names the unknown, missing or unexpected argument
 */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const { options } = command;
  const types = Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  // Not strict: a value can begin with a dash (-1,2,3), and messages can suggest; the checks are below.
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...types, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  });
  const operands: string[] = [];
  const values = new Map<string, (string | true)[]>();
  let rest: (string | true)[] = operands;
  for (const token of tokens) {
    if (token.kind === 'positional') rest.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = name === 'help' ? { text: '' } : Object.hasOwn(options, name) ? options[name] : undefined;
    if (!spec) throw unknownOption(command, name, rawName);
    checkValue(command, name, spec, value, inlineValue === true);
    const given = values.get(name);
    if (given && !spec.many) {
      throw new UsageError(`${command.name}: --${name} is given twice: give it once`);
    }
    const own: (string | true)[] = [...(given ?? []), value ?? true];
    values.set(name, own);
    rest = spec.takesRest ? own : operands;
  }
  if (!values.has('help')) checkCounts(command, operands, values);
  return new Arguments(operands, values);
}

function unknownOption(
  { name: command, options, elsewhere }: Command,
  name: string,
  rawName: string,
): UsageError {
  if (elsewhere && Object.hasOwn(elsewhere, name))
    return new UsageError(`${command}: ${rawName} is not an option here: ${elsewhere[name]}`);
  const meant = Object.keys(options).find(option => options[option]!.insteadOf?.includes(name));
  const similar = meant ?? nearest(name, [...Object.keys(options), 'help']);
  return new UsageError(`${command}: unknown option ${rawName}${didYouMean(similar && `--${similar}`)}`);
}

function checkValue(
  { name: command }: Command,
  name: string,
  spec: OptionSpec,
  value: string | undefined,
  isInline: boolean,
): void {
  if (spec.value === undefined) {
    if (value !== undefined) {
      throw new UsageError(`${command}: --${name} takes no value: remove "=${value}"`);
    }
  } else if (value === undefined || (!isInline && isOption(value))) {
    const found = value === undefined ? 'nothing' : value;
    throw new UsageError(
      `${command}: --${name} needs a value, ${spec.value}; found ${found}. Write --${name}=VALUE for a value that begins with a dash`,
    );
  } else if (value === '' && PATHS.includes(spec.value)) {
    const noun = spec.value === 'DIR' ? 'folder' : 'file';
    throw new UsageError(`${command}: --${name} is empty: give the path of a ${noun}`);
  }
}

function checkCounts(command: Command, operands: readonly string[], values: Values): void {
  const { name, operands: specs, required } = command;
  const missing = specs[operands.length];
  if (missing && !missing.optional) {
    throw new UsageError(`${name}: ${missing.name} is missing: give ${missing.text}`);
  }
  const unexpected = operands[specs.length];
  if (unexpected !== undefined && !specs.at(-1)?.many) {
    throw new UsageError(
      `${name}: unexpected argument "${unexpected}"${didYouMean(meaning(command, operands, values))}`,
    );
  }
  const absent = required.find(option => !values.has(option));
  if (absent === undefined) return;
  // `build data.json my-set`: the last input does not exist, so it is probably the value.
  const last = operands.length > 1 ? operands.at(-1)! : undefined;
  const isFile = last !== undefined && statSync(last, { throwIfNoEntry: false })?.isDirectory() === false;
  const isMisplaced = absent === command.misplaced && last !== undefined && !isFile;
  throw new UsageError(
    `${name}: --${absent} is missing${didYouMean(isMisplaced ? `--${absent} ${shellWord(last)}` : undefined)}`,
  );
}

/** The likely meaning of an operand too many. */
function meaning(
  { operands: specs, misplaced }: Command,
  operands: readonly string[],
  values: Values,
): string | undefined {
  const extra = operands.slice(specs.length);
  if (specs.at(-1)?.name === 'TEXT') return shellWord([operands[specs.length - 1], ...extra].join(' '));
  if (misplaced === undefined || values.has(misplaced)) return undefined;
  return `--${misplaced} ${shellWord(extra.join(' '))}`;
}

/** Values that are paths; an empty one would be the current folder. */
const PATHS = ['DIR', 'FILE'];

/** True for an argument that reads as an option rather than as a value: a dash and a letter, except -Infinity. */
function isOption(text: string): boolean {
  return /^--?[a-z]/i.test(text) && !/^-Infinity/.test(text);
}
