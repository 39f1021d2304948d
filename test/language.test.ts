/**
 * The language of sources and documents, as far as a machine can check it: plain technical English in British spelling,
 * metric units, ISO dates, and identifiers that name a thing.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import glob from 'fast-glob';
import { describe, expect, test } from 'vitest';
import { sourceParts } from './support/source-parts.ts';

/** Comments and documents; strings of at least two words; the first words of errors; code without comments and strings. */
type Place = 'prose' | 'strings' | 'errors' | 'code';

interface Rule {
  readonly name: string;
  readonly in: readonly Place[];
  readonly pattern: RegExp;
  /** The reason, and what to write instead. */
  readonly advice: string;
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

const RULES: readonly Rule[] = [
  {
    name: 'relative clauses without an antecedent',
    in: ['prose', 'strings'],
    pattern:
      /^\s*(?:What|Whatever|Whoever|Who)\s(?![^.]*\?)|\b(?:of|from|by|with) what (?:is|are|was|has)\b|\bwhat (?:there is|is to|cannot|comes|goes)\b/,
    advice: 'name the thing: "Invalid records are reported", not "What cannot be taken is refused"',
    bad: ['What a file holds.', 'Whoever reads it knows.', 'The size of what is left.'],
    good: ['What is a leaf? A node without children.', 'The message says what is wrong.'],
  },
  {
    name: 'archaic words',
    in: ['prose', 'strings'],
    pattern:
      /\b(?:anew|thereof|therein|thereby|wherein|whereof|whereby|hereby|herein|henceforth|hitherto|lest|whilst|amongst|nobody|somebody|told|ought|shall|meanwhile)\b/i,
    advice:
      'use everyday words: again, of it, in it, until now, so that not, no one, another process, reported, must',
    bad: ['The table is built anew', 'it is told apart by content', 'nobody reads it'],
    good: ['The table is built again.', 'the input format is detected from the content'],
  },
  {
    name: '"is no"',
    in: ['prose', 'strings'],
    pattern: /(?<!there )\b(?:is|are|was) no (?!longer|more|less)/i,
    advice: 'write "is not a", as in "x is not a number"',
    bad: ['x is no number', 'the value is no string'],
    good: ['x is not a number', 'the set is no longer read', 'there is no file'],
  },
  {
    name: 'everyday words for data types',
    in: ['prose', 'strings'],
    pattern: /\b(?:whole numbers?|truth values?|side by side)\b/i,
    advice: 'use the words of the field: integer, boolean, concurrently',
    bad: ['give a whole number', 'a truth value', 'read side by side'],
    good: ['give an integer', 'a boolean', 'read concurrently'],
  },
  {
    name: 'American spelling',
    in: ['prose', 'strings'],
    pattern:
      /\b(?:colors?|colored|behaviors?|catalogs?|gr[a]y|neighbors?|favorites?|fibers?|(?:normali|organi|recogni|initiali|optimi|seriali|summari|minimi|maximi|synchroni|canonicali|tokeni|emphasi)z(?:e|es|ed|ing|ation)|analyz(?:e|es|ed|ing)|canceled|canceling|labeled|modeled|traveled)\b/,
    advice: 'use British spelling: colour, behaviour, catalogue, centre, normalise, analyse, cancelled',
    bad: ['The color of a star.', 'records are normalized', 'the catalog'],
    good: ['The colour of a star.', 'records are normalised', 'the catalogue'],
  },
  {
    name: 'dates that are not ISO 8601',
    in: ['prose', 'strings'],
    pattern:
      /\b\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b|\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) (?:19|20)\d\d\b/,
    advice: 'write 2026-11-28',
    bad: ['measured on 11/28/2026', 'on November 28, 2026', '28 November 2026'],
    good: ['measured on 2026-11-28', '1/2 of 2026'],
  },
  {
    name: 'units without a space',
    in: ['prose'],
    pattern: /(?<![\w"`'.-])\d[\d.,]*(?:[kMGT]i?B|ms|kHz|MHz|km|ly|pc|%)(?![\w`"'])/,
    advice: 'put a space before a unit: 64 MiB, 30 ms, 0.3 %',
    bad: ['at most 64MiB', 'within 30ms', '5% of all'],
    good: ['at most 64 MiB', 'a size such as `512MB`', '5 % of all'],
  },
  {
    name: 'imperial units',
    in: ['prose', 'strings'],
    pattern: /\b\d[\d.,]* (?:miles?|feet|inch(?:es)?|pounds?|fahrenheit)\b/i,
    advice: 'use metric units',
    bad: ['5 miles away'],
    good: ['8 km away'],
  },
  {
    name: 'error messages that are sentences',
    in: ['errors'],
    pattern: /^[A-Z][a-z]+ |[.!]$/,
    advice:
      'begin an error message in lower case, without a full stop: it follows a prefix such as the name of a file',
    bad: ['The radius is missing', 'radius is missing.'],
    good: ['radius is missing: give one', 'SQLite needs Node 22', '… is not a folder'],
  },
  {
    name: 'tags of docstrings in the middle of a line',
    in: ['prose'],
    pattern: / \* @(?:param|returns|throws)\b/,
    advice: 'begin a line with the tag: tools do not find it elsewhere',
    bad: ['Rows from batches. * @param read reads them'],
    good: ['Waits until all is written. @throws as `write` does'],
  },
  {
    name: 'identifiers that name nothing',
    in: ['code'],
    pattern:
      /\bconst \[?(?:of|what|told|anew|whole|wholes)\b|[({,]\s*(?:of|told|anew)\s*[,:)}]|\b(?:of|told|anew)\s*=>|\bof\s+of\b/,
    advice: 'name the value by its noun: options, count, key, reason, field, record',
    bad: ['for (const of of all) {}', 'reads.map(of => read(of))', 'const what = 5;', '({ of }) => 1'],
    good: ['for (const key of keys) {}', 'Array.of(1)', 'const reason = 5;'],
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = await glob('{pipeline,client,data,build}/**/*.{ts,js,md}', {
  cwd: root,
  ignore: ['**/FORMAT.md', '**/WHY.md', '**/API.md'],
});
/** Tests, to which the rules of identifiers do not apply; without the samples below, and without a program in Python. */
const tests = await glob('test/**/*.ts', {
  cwd: root,
  ignore: ['**/node_modules/**', 'test/language.test.ts', '**/fold.test.ts'],
});

interface Text {
  readonly place: Place;
  readonly text: string;
  readonly line: number;
}

/** Texts of a file by place. Quoted code and examples are left out: `--min-radius`, "Sol". */
function* textsOf(file: string, content: string): Generator<Text> {
  if (file.endsWith('.md')) {
    yield {
      place: 'prose',
      text: content.replace(/^```[\s\S]*?^```/gm, blank).replace(/`[^`\n]*`/g, '`'),
      line: 1,
    };
    return;
  }
  let code = '';
  for (const { kind, text, line } of sourceParts(content)) {
    if (kind === 'comment') yield { place: 'prose', text: proseOf(text), line };
    else if (kind === 'code') yield { place: 'code', text, line };
    else {
      const words = text.slice(1, -1).replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…');
      if (/\w [a-z]/.test(words)) yield { place: 'strings', text: words, line };
      if (/\bnew \w*(?:Error|Fault)\(\s*$/.test(code)) yield { place: 'errors', text: words, line };
    }
    code = kind === 'code' ? text : kind === 'comment' ? code : '';
  }
}

function proseOf(comment: string): string {
  return comment
    .replace(/^(\s*)(?:\/\*\*?|\*\/|\*|\/\/)\s?/gm, '$1')
    .replace(/\*\/$/, '')
    .replace(/https?:\S+/g, 'URL')
    .replace(/`[^`\n]*`/g, '`');
}

const blank = (text: string) => text.replace(/[^\n]/g, ' ');

function findingsIn(file: string, content: string, rule: Rule): string[] {
  return [...textsOf(file, content)].flatMap(({ place, text, line }) => {
    if (!rule.in.includes(place)) return [];
    const pattern = new RegExp(rule.pattern.source, `${rule.pattern.flags}gm`);
    return Array.from(text.matchAll(pattern), ({ 0: found, index }) => {
      const at = line + text.slice(0, index).split('\n').length - 1;
      return `${file}:${at}: "${found.trim()}": ${rule.advice}`;
    });
  });
}

describe.each(RULES.map(rule => [rule.name, rule] as const))('%s', (_, rule) => {
  /** A file with a text in a place that the rule looks at. */
  const sample = (text: string) =>
    ({
      prose: `/** ${text} */`,
      strings: `say('${text} and more');`,
      errors: `throw new Error('${text}');`,
      code: text,
    })[rule.in[0]!];

  test('are found', () => {
    for (const text of rule.bad) expect(findingsIn('a.ts', sample(text), rule), text).not.toEqual([]);
    for (const text of rule.good) expect(findingsIn('a.ts', sample(text), rule), text).toEqual([]);
  });

  test('are in no file', () => {
    const files = rule.in.includes('code') ? sources : [...sources, ...tests];
    const findings = files.flatMap(file => findingsIn(file, readFileSync(join(root, file), 'utf8'), rule));
    expect(findings).toEqual([]);
  });
});

test('base names of modules are unique, so that a stack trace tells the module', () => {
  const names = sources.filter(
    file => /^(client|pipeline)\/.*\.ts$/.test(file) && !SHARED_NAMES.includes(basename(file)),
  );
  const repeated = names.filter(file => names.filter(other => basename(other) === basename(file)).length > 1);
  expect(repeated.sort()).toEqual([]);
});

const SHARED_NAMES = ['index.ts', 'errors.ts'];
