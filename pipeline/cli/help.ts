import type { Command } from './command.ts';
import { wrapped, wrappedRows } from './print/wrap.ts';

const PROGRAM = 'haven-chunks';

/** Width of the help where the terminal is not narrower. */
const WIDTH = 120;

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  [
    '1',
    'bad data: malformed input, an id used twice, rejected records (all of them, or any with --strict); a chunk set that is damaged, has a newer format version, or lacks the index that the query needs; an edit that does not fit the set (update --strict)',
  ],
  ['2', 'wrong command: an unknown option, a missing or invalid argument, an INPUT that does not exist'],
  [
    '3',
    'I/O, network or memory: no chunk set there, a missing file, no connection, a file that cannot be read or written, another process that builds or publishes the same set, a thread without enough memory',
  ],
  ['4', 'no result: the query is right, and nothing matches'],
  ['70', 'an internal error of haven-chunks; HAVEN_DEBUG=1 prints the stack trace'],
  ['130', 'stopped by SIGINT (Ctrl-C); no partial files are left'],
  ['143', 'stopped by SIGTERM; no partial files are left'],
];

/** `Usage: haven-chunks build INPUT... --out DIR [options]` */
export function usageOf({ name, operands, required, options }: Command): string {
  const words = [
    ...operands.map(operand => {
      const word = operand.many ? `${operand.name}...` : operand.name;
      return operand.optional ? `[${word}]` : word;
    }),
    ...required.map(option => `--${option} ${options[option]!.value}`),
    ...(Object.keys(options).length > 0 ? ['[options]'] : []),
  ];
  return `Usage: ${PROGRAM} ${[name, ...words].join(' ')}`;
}

/** The help of one command, for a terminal of so many columns. */
export function helpOf(command: Command, columns = WIDTH): string {
  const { purpose, operands, options, notes, examples } = command;
  const width = Math.min(columns, WIDTH);
  const optionRows = Object.entries(options).map(([name, { value, text, default: or, many, takesRest }]) => [
    `  --${name}${value === undefined ? '' : ` ${value}`}${takesRest ? '...' : ''}`,
    `${text}${many && !takesRest ? ' (can be repeated)' : ''}${or === undefined ? '' : ` (default: ${or})`}`,
  ]);
  optionRows.push(['  --help, -h', 'prints this help']);
  const operandRows = operands.map(({ name, text }) => [`  ${name}`, text]);
  const indent = Math.max(...[...optionRows, ...operandRows].map(([name]) => name!.length)) + 2;
  return [
    ...wrapped(purpose, width),
    '',
    ...wrapped(usageOf(command), width, 2),
    '',
    ...(operands.length > 0 ? [...wrappedRows(operandRows, width, indent), ''] : []),
    'Options:',
    ...wrappedRows(optionRows, width, indent),
    '',
    ...notesFor(notes, width),
    ...(notes.length > 0 ? [''] : []),
    'Examples:',
    ...examples.flatMap(([line, what]) => [...wrapped(`  # ${what}`, width, 4), `  ${PROGRAM} ${line}`]),
    '',
    `Exit codes: ${PROGRAM} help exit-codes`,
    '',
  ].join('\n');
}

/** Notes are written for the full width: for a narrower terminal, lines that belong together are broken again. */
function notesFor(notes: readonly string[], width: number): string[] {
  if (width === WIDTH) return [...notes];
  const texts: string[] = [];
  let isOpen = false;
  for (const line of notes) {
    const isText = /^\S/.test(line);
    if (isOpen && isText) texts.push(`${texts.pop()} ${line}`);
    else texts.push(line);
    isOpen = isText && !/[.:]$/.test(line);
  }
  return texts.flatMap(text => wrapped(text, width, /^ .*\S {2,}/.exec(text)?.[0].length));
}

/** The help of all commands, or of a group such as `query`. */
export function helpOfAll(commands: readonly Command[], columns = WIDTH): string {
  const width = Math.min(columns, WIDTH);
  return [
    'Builds chunk sets, a star catalogue as static files, and queries them.',
    '',
    `Usage: ${PROGRAM} COMMAND ARGUMENT... [options]`,
    '',
    'Commands:',
    ...wrappedRows(
      commands.map(({ name, purpose }) => [`  ${name}`, purpose]),
      width,
    ),
    '',
    ...wrappedRows(
      [
        ['  COMMAND --help, -h', 'prints the options and examples of a command'],
        ['  help exit-codes', 'explains the exit codes'],
        ['  --version, -V', 'prints the version'],
      ],
      width,
    ),
    '',
    'Examples:',
    ...commands.map(({ examples }) => `  ${PROGRAM} ${examples[0]![0]}`),
    '',
    ...wrapped(
      'Results go to standard output, everything else to standard error. On a terminal the results of queries are tables, elsewhere JSON, one object a line. NO_COLOR=1 turns colours off, FORCE_COLOR=1 on.',
      width,
    ),
    '',
  ].join('\n');
}

/** The help page of the exit codes. */
export function helpOfExitCodes(columns = WIDTH): string {
  const rows = EXIT_CODES.map(([code, meaning]) => [`  ${code}`, meaning]);
  return ['Exit codes:', ...wrappedRows(rows, Math.min(columns, WIDTH)), ''].join('\n');
}
