import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { call } from '../support/command.ts';
import { starFolder } from '../support/line-of-stars.ts';

const stars = starFolder();
const { at } = stars;

describe('help', () => {
  test.each([
    [['--help'], /^A star catalogue.*\n\nUsage: haven-chunks COMMAND[\s\S]*\n {2}build +Builds/],
    [['help', 'build'], /\nUsage: haven-chunks build INPUT\.\.\. --out DIR \[options\]\n/],
    [['build', '--help'], /--chunk-limit N +most systems in a chunk \(default: 1024\)/],
    [['query', 'sphere', '-h'], /--center X,Y,Z/],
    [['query', '--help'], /\n {2}query sphere {2}/],
    [['inspect', '--help'], /Usage: haven-chunks inspect SET\|FILE/],
    [['verify', '--help'], /Usage: haven-chunks verify SET \[options\]/],
    [['export', '--help'], /\nExamples:\n {2}# /],
  ])('%j', async (args, expected) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(expected);
    expect(stdout).toMatch(/Exit codes:\n {2}0 {2}done\n {2}1 {2}the data is bad/);
    expect(stdout.split('\n').filter(line => line.length > 120)).toEqual([]);
  });

  test('the version is that of the package', async () => {
    expect(await call(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });
});

describe('a wrong command: exit code 2, the reason, and how it should be', () => {
  test.each([
    [
      [],
      /a command is missing: build, query sphere, query system, .*, inspect, verify, export\nTry: haven-chunks --help\n$/,
    ],
    [['biuld', 'a'], /unknown command "biuld"; did you mean build\?/],
    [['sphere'], /unknown command "sphere"; did you mean query sphere\?/],
    [['zzzzzzzz'], /unknown command "zzzzzzzz"; there are: build, query sphere/],
    [['query', 'spere', 'a'], /unknown command "query spere"; did you mean query sphere\?/],
    [['query'], /query: what kind\? query sphere/],
    [['build'], /build: INPUT is missing.*\nUsage: haven-chunks build INPUT\.\.\. --out DIR/],
    [['build', 'a.json'], /build: --out is missing\nUsage:/],
    [['build', 'a.json', '--ou', 'b'], /unknown option --ou; did you mean --out\?/],
    [['build', 'a.json', '--out', 'b', '--zzzzzz'], /unknown option --zzzzzz\n/],
    [['build', 'a.json', '--out'], /--out needs a value, DIR; found nothing/],
    [['build', 'a.json', '--out', ''], /--out is empty; name a folder/],
    [['export', 'a', '--to='], /--to is empty; name a file/],
    [['build', 'a.json', '--out', '--strict'], /--out needs a value, DIR; found --strict/],
    [['build', 'a.json', '--out', 'b', '--strict=1'], /--strict takes no value/],
    [['build', 'a.json', '--out', 'b', '--out', 'c'], /--out is there twice/],
    [
      ['build', 'a.json', '--out', 'b', '--on-duplicate', 'frist'],
      /--on-duplicate is "frist".*did you mean first\?/,
    ],
    [
      ['build', 'a.json', '--out', 'b', '--chunk-limit', '1e3'],
      /--chunk-limit is "1e3"; expected a whole number/,
    ],
    [['build', 'a.json', '--out', 'b', '--preview-order', 'highest'], /give --preview-field as well/],
    [
      ['build', 'a.json', '--out', 'b', '--preview-field', 'x', '--preview-order', 'most'],
      /--preview-order is "most"; expected one of lowest, highest/,
    ],
    [['build', 'a.json', '--out', 'b', '--search', 'word'], /--search is "word".*did you mean words\?/],
    [
      ['build', 'a.json', '--out', 'b', '--search', 'none', '--search-fields', 'x'],
      /leave --search-fields out/,
    ],
    [['build', 'missing.json', '--out', 'b'], /"missing.json" does not exist/],
    [['query', 'sphere', 'a', '--radius', '1'], /--center is missing/],
    [['query', 'sphere', 'a', '--center', '1,2,3'], /--radius is missing; or give a --limit/],
    [
      ['query', 'sphere', 'a', '--center', '1,2', '--radius', '1'],
      /--center is "1,2"; expected three numbers X,Y,Z/,
    ],
    [['query', 'sphere', 'a', '--center', '1,,3', '--radius', '1'], /--center is "1,,3"/],
    [['query', 'sphere', 'a', '--center', '1,2,0x3', '--radius', '1'], /--center is "1,2,0x3"/],
    [
      ['query', 'sphere', 'a', '--center', '1,2,3', '--radius', 'big'],
      /--radius is "big"; expected a number/,
    ],
    [['inspect', 'a', 'b'], /inspect: "b" is one argument too much/],
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
