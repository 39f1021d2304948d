import type { Command } from './command.ts';
import { table } from './units.ts';

const PROGRAM = 'haven-chunks';

const EXIT_CODES = `Exit codes:
  0  done
  1  the data is bad: input malformed, with ids used twice, or rejected (all of it, or any with --strict);
     a set damaged, of a newer format version, or without the index needed
  2  the command is wrong, or an INPUT of build is not there
  3  I/O or network: no set there, a file of it missing, no connection, a file that cannot be read or written
  4  the answer is "none": a query without a result
  70 a fault of haven-chunks itself; HAVEN_DEBUG=1 shows where
  130, 143  stopped by Ctrl-C or a signal; nothing half-done stays behind`;

/** `Usage: haven-chunks build INPUT... --out DIR [options]` */
export function usageOf({ name, operands, required, options }: Command): string {
  const words = [
    ...operands.map(operand => (operand.many ? `${operand.name}...` : operand.name)),
    ...required.map(option => `--${option} ${options[option]!.value}`),
  ];
  return `Usage: ${PROGRAM} ${name} ${words.join(' ')} [options]`;
}

export function helpOf(command: Command): string {
  const { purpose, operands, options, notes, examples } = command;
  const options_ = Object.entries(options).map(([name, { value, text, default: or }]) => [
    `  --${name}${value === undefined ? '' : ` ${value}`}`,
    `${text}${or === undefined ? '' : ` (default: ${or})`}`,
  ]);
  options_.push(['  --help, -h', 'this text']);
  const arguments_ = operands.map(({ name, text }) => [`  ${name}`, text]);
  const width = Math.max(...[...options_, ...arguments_].map(row => row[0]!.length));
  const aligned = (rows: string[][]) => rows.map(([left, right]) => `${left!.padEnd(width)}  ${right}`);
  return [
    purpose,
    '',
    usageOf(command),
    '',
    ...aligned(arguments_),
    '',
    'Options:',
    ...aligned(options_),
    '',
    ...notes,
    ...(notes.length > 0 ? [''] : []),
    'Examples:',
    ...examples.flatMap(([line, what]) => [`  # ${what}`, `  ${PROGRAM} ${line}`]),
    '',
    EXIT_CODES,
    '',
  ].join('\n');
}

export function helpOfAll(commands: readonly Command[]): string {
  return [
    'A star catalogue as static files: builds chunk sets, and asks them questions.',
    '',
    `Usage: ${PROGRAM} COMMAND ARGUMENT... [options]`,
    '',
    'Commands:',
    ...table(commands.map(({ name, purpose }) => [`  ${name}`, purpose])),
    '',
    'Options:',
    ...table([
      ['  --help, -h', `this text; "${PROGRAM} COMMAND --help" has the options of a command`],
      ['  --version, -v', 'the version'],
    ]),
    '',
    'Examples:',
    `  ${PROGRAM} build data.json --out my-set`,
    `  ${PROGRAM} query sphere my-set --center 0,0,0 --radius 10`,
    `  ${PROGRAM} query sphere https://example.org/my-set --center=-1.5,2,3 --radius 50 --limit 20 --details`,
    `  ${PROGRAM} query system my-set --name Sol`,
    `  ${PROGRAM} query search my-set centauri`,
    `  ${PROGRAM} inspect my-set`,
    `  ${PROGRAM} export my-set --to catalogue.ndjson.gz`,
    '',
    'Results go to standard output, everything else to standard error.',
    '',
    EXIT_CODES,
    '',
  ].join('\n');
}
