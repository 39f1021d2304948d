import { describe, expect, test } from 'vitest';
import { COMMANDS } from '#pipeline/cli/commands/index.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { DEFAULT_OPTIONS } from '#pipeline/tasks/build-options.ts';
import { call } from '#test/support/run-command.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { starFolder } from './star-folder.ts';

const stars = starFolder();
const { at } = stars;

describe('help', () => {
  test.each([
    [['--help'], /^Builds chunk sets.*\n\nUsage: haven-chunks COMMAND[\s\S]*\n {2}build +Builds/],
    [['help', 'build'], /\nUsage: haven-chunks build INPUT\.\.\. --out DIR \[options\]\n/],
    [['build', '--help'], /--chunk-limit N +the maximum number of systems in a chunk \(default: 1024\)/],
    [['query', 'sphere', '-h'], /--center X,Y,Z/],
    [['query', '--help'], /\n {2}query sphere {2}/],
    [['inspect', '--help'], /Usage: haven-chunks inspect SET\|FILE/],
    [['verify', '--help'], /Usage: haven-chunks verify SET \[options\]/],
    [['export', '--help'], /\nExamples:\n {2}# /],
    [['query', 'names', '--help'], /Usage: haven-chunks query names SET \[PREFIX\] \[options\]/],
    [['help', 'query'], /\n {2}query sphere {2}/],
  ])('%j', async (args, expected) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(expected);
    expect(stdout).toContain('help exit-codes');
    expect(stdout.split('\n').filter(line => line.length > 120)).toEqual([]);
  });

  test('of every command fits 120 characters', async () => {
    for (const { name } of COMMANDS) {
      const { stdout } = await call(['help', ...name.split(' ')]);
      // Examples can be copied only as one line.
      const lines = stdout.split('\n').filter(line => !line.startsWith('  haven-chunks '));
      expect(lines.filter(line => line.length > 120)).toEqual([]);
    }
  });

  test('one page explains all exit codes', async () => {
    const { code, stdout } = await call(['help', 'exit-codes']);
    const listed = [...stdout.matchAll(/^ {2}(\d+) /gm)].map(match => Number(match[1]));
    expect({ code, listed }).toEqual({ code: 0, listed: [...Object.values(EXIT), 130, 143] });
  });

  test('of any command has no two blank lines in a row', async () => {
    for (const args of [[], ['query'], ...COMMANDS.map(({ name }) => name.split(' '))])
      expect((await call([...args, '--help'])).stdout, args.join(' ')).not.toMatch(/\n\n\n|\n\n$/);
  });

  test('defaults are those of the build', async () => {
    const { stdout } = await call(['build', '--help']);
    const { chunkLimit, detailWeight, preview, search } = DEFAULT_OPTIONS;
    const shown = [...stdout.matchAll(/^ {2}--(\S+).*\(default: (.*)\)$/gm)].map(match => match.slice(1));
    expect(Object.fromEntries(shown)).toMatchObject({
      'chunk-limit': String(chunkLimit),
      'detail-weight': String(detailWeight),
      'preview-size': String(preview.size),
      'preview-order': preview.order,
      search: search.mode,
      'search-fields': search.fields.join(),
    });
  });

  test('the version is that of the package', async () => {
    for (const option of ['--version', '-V'])
      expect(await call([option])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });
});

describe('a wrong command: exit code 2, the reason, and how it should be', () => {
  test.each([
    [
      [],
      /no command given\. Commands: build, update, query sphere, query nearest, query box, query system, .*, inspect, verify, export, diff, publish, history, rollback, gc, serve, demo, completion\nTry: haven-chunks --help\n$/,
    ],
    [['biuld', 'a'], /unknown command "biuld"\. Did you mean build\?\n/],
    [['sphere'], /unknown command "sphere"\. Did you mean query sphere\?\n/],
    [['zzzzzzzz'], /unknown command "zzzzzzzz"\. Commands: build, update, query sphere/],
    [['query', 'spere', 'a'], /unknown command "query spere"\. Did you mean query sphere\?\n/],
    [
      ['query', 'zzzzzz', 'a'],
      /unknown command "query zzzzzz"\. Commands: query sphere, query nearest, query box, query system/,
    ],
    [['qurey'], /unknown command "qurey"\. Did you mean query\?\n/],
    [['help', 'biuld'], /unknown command "biuld"\. Did you mean build\?\n/],
    [['-v'], /unknown option -v\. Did you mean -V\?\n/],
    [['--versoin'], /unknown option --versoin\. Did you mean --version\?\n/],
    [['query'], /"query" is not complete\. Commands: query sphere/],
    [['build'], /build: INPUT is missing.*\nUsage: haven-chunks build INPUT\.\.\. --out DIR/],
    [['build', 'a.json'], /build: --out is missing\nUsage:/],
    [['build', 'a.json', '--ou', 'b'], /unknown option --ou\. Did you mean --out\?\n/],
    [['build', 'a.json', '--output', 'b'], /unknown option --output\. Did you mean --out\?\n/],
    [['build', 'a.json', '-o', 'b'], /unknown option -o\. Did you mean --out\?\n/],
    [
      ['build', 'package.json', '--out', 'b', '--temp', '/nowhere/at/all'],
      /--temp \/nowhere\/at\/all is not a folder/,
    ],
    [['build', '', '--out', 'b'], /an input is the empty string: give the path of a file\n/],
    [['export', 'a', '--out', 'b'], /unknown option --out\. Did you mean --to\?\n/],
    [['query', 'nearest', 'a', '--limit', '3'], /unknown option --limit\. Did you mean --count\?\n/],
    [['query', 'sphere', 'a', '--count', '3'], /unknown option --count\. Did you mean --limit\?\n/],
    [['query', 'page', 'a', '--limit', '3'], /unknown option --limit\. Did you mean --per-page\?\n/],
    [['query', 'page', 'a', '--page', '0'], /--page is "0", expected an integer of at least 1\n/],
    [['query', 'page', 'a', '--per-page', '0'], /--per-page is "0", expected an integer of at least 1\n/],
    [['query', 'page', 'a', '--per-page', '1e9'], /--per-page is "1e9", expected an integer, digits only\n/],
    [
      ['query', 'names', 'a', '--limit', '99999999999999999'],
      /--limit is "99999999999999999", expected an integer up to 9007199254740991\n/,
    ],
    [['build', 'a.json', '--out', 'b', '--zzzzzz'], /unknown option --zzzzzz\n/],
    [['build', 'a.json', '--out'], /--out needs a value, DIR; found nothing/],
    [['build', 'a.json', '--out', ''], /--out is empty: give the path of a folder/],
    [['export', 'a', '--to='], /--to is empty: give the path of a file/],
    [['build', 'a.json', '--out', '--strict'], /--out needs a value, DIR; found --strict/],
    [['build', 'a.json', '--out', 'b', '--strict=1'], /--strict takes no value: remove "=1"/],
    [['build', 'a.json', '--out', 'b', '--out', 'c'], /--out is given twice: give it once/],
    [
      ['build', 'a.json', '--out', 'b', '--on-duplicate', 'frist'],
      /--on-duplicate is "frist", expected one of error, first, last\. Did you mean first\?/,
    ],
    [
      ['build', 'a.json', '--out', 'b', '--chunk-limit', '1e3'],
      /--chunk-limit is "1e3", expected an integer/,
    ],
    [
      ['build', 'a.json', '--out', 'b', '--preview-order', 'highest'],
      /--preview-order needs --preview-field/,
    ],
    [
      ['build', 'a.json', '--out', 'b', '--preview-field', 'x', '--preview-order', 'most'],
      /--preview-order is "most", expected one of lowest, highest/,
    ],
    [['build', 'a.json', '--out', 'b', '--search', 'word'], /--search is "word".*Did you mean words\?/],
    [['build', 'a.json', '--out', 'b', '--search', 'none', '--search-fields', 'x'], /remove --search-fields/],
    [['build', 'missing.json', '--out', 'b'], /"missing.json" does not exist/],
    [['query', 'sphere', 'a', '--radius', '1'], /--center is missing/],
    [['query', 'sphere', 'a', '--center', '1,2,3'], /--radius is missing: give --radius R, or --limit N/],
    [
      ['query', 'sphere', 'a', '--center', '1,2', '--radius', '1'],
      /--center is "1,2", expected three numbers X,Y,Z/,
    ],
    [['query', 'sphere', 'a', '--center', '1,,3', '--radius', '1'], /--center is "1,,3"/],
    [['query', 'sphere', 'a', '--center', '1,2,0x3', '--radius', '1'], /--center is "1,2,0x3"/],
    [
      ['query', 'sphere', 'a', '--center', '1,2,3', '--radius', 'big'],
      /--radius is "big", expected a number/,
    ],
    [['query', 'sphere', 'a', '--center', '0,0,0', '--json', '--table', '--limit', '1'], /not both/],
    [['inspect', 'a', 'b'], /inspect: unexpected argument "b"\nUsage/],
    [['build', 'a.json', 'my-set'], /--out is missing\. Did you mean --out my-set\?\n/],
    [['build', 'package.json', 'test'], /--out is missing\. Did you mean --out test\?\n/],
    [['export', 'a', 'b.json'], /unexpected argument "b.json"\. Did you mean --to b.json\?\n/],
    [['query', 'system', 'a', 'Sol'], /unexpected argument "Sol"\. Did you mean --name Sol\?\n/],
    [['query', 'system', 'a', 'Van', "Maanen's"], /Did you mean --name 'Van Maanen'\\''s'\?\n/],
    [['query', 'system', 'a', '--name', 'b', 'c'], /unexpected argument "c"\nUsage/],
    [['query', 'sphere', 'a', '0,0,0'], /unexpected argument "0,0,0"\. Did you mean --center 0,0,0\?\n/],
    [['query', 'page', 'a', 'Lyra'], /Did you mean --region Lyra\?\n/],
    [['query', 'search', 'a', 'alpha', 'centauri'], /Did you mean 'alpha centauri'\?\n/],
    [['query', 'nearest', 'a', '--fold'], /unknown option --fold\. Did you mean --ignore-case\?\n/],
    [
      ['build', 'a.json', '--out', 'b', '--listings', 'name'],
      /listings: "name" cannot be a listing: systems are/,
    ],
    [['query', 'names', 'a', 'b', '--prefix', 'c'], /give either PREFIX or --prefix/],
    [['completion', 'bsh'], /unknown shell "bsh", expected bash, zsh, fish\. Did you mean bash\?\n/],
  ])('%j', async (args, expected) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^haven-chunks: .*\n([\s\S]*\n)?Try: haven-chunks .*--help\n$/);
  });

  test('what only the data can tell', async () => {
    const sphere = ['query', 'sphere', at('set'), '--center', '0,0,0'];
    expect(await call([...sphere, '--radius=-1'])).toMatchObject({ code: 2, stdout: '' });
    expect(await call(['build', at('systems.ndjson'), '--out', stars.path])).toMatchObject({ code: 2 });
    expect(await call(['build', at('systems.ndjson'), '--out', at('x'), '--chunk-limit', '0'])).toMatchObject(
      {
        code: 2,
        stderr: expect.stringContaining('the chunk limit is 0'),
      },
    );
    expect(await call(['export', at('set'), '--to', at('x.xml')])).toMatchObject({ code: 2 });
    for (const set of [at('set'), at('set/index.json')]) {
      expect(await call(['export', set, '--to', at('set/index.json')])).toMatchObject({ code: 2 });
    }
    expect(await call([...sphere, '--limit', '1'])).toMatchObject({ code: 0 });
  });
});
