import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import tsconfig from '../tsconfig.json' with { type: 'json' };
import { namesPastEntries } from './support/exported-names.ts';
import { outputOf, runProcess } from './support/run-command.ts';
import { temporaryFolder } from './support/temporary.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Files of the repository, committed or about to be; none outside a git clone. */
const files = existsSync(join(root, '.git'))
  ? (await outputOf('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root }))
      .split('\0')
      .filter(file => file !== '' && existsSync(join(root, file)))
  : [];

const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe.skipIf(files.length === 0)('files', () => {
  test('the top level holds the five folders, and what tools demand', () => {
    const allowed = [
      ...['build', 'client', 'data', 'pipeline', 'test'],
      ...['package.json', 'package-lock.json', 'tsconfig.json', 'biome.json'],
      ...['README.md', 'CHANGELOG.md', 'LICENSE'],
    ];
    const topLevel = new Set(files.map(file => file.split('/')[0]!));
    expect([...topLevel].filter(name => !name.startsWith('.') && !allowed.includes(name))).toEqual([]);
  });

  test('tests start processes and make temporary folders in one way, which leaves none behind', () => {
    const support = ['test/support/run-command.ts', 'test/support/temporary.ts'];
    const own = files.filter(
      file => /^test\/.*\.ts$/.test(file) && !support.includes(file) && file !== 'test/repository.test.ts',
    );
    const starting = /^import \{.*'node:child_process'|\bmkdtemp(Sync)?\(join\(tmpdir/m;
    expect(own.filter(file => starting.test(read(file)))).toEqual([]);
  });

  test('tests import from a public entry of the package each name that the entry exports', () => {
    expect(namesPastEntries(files.filter(file => /^test\/.*\.ts$/.test(file)))).toEqual([]);
  });

  test('no file names a path of one machine', () => {
    const paths = [
      ['', 'work', ''],
      ['', 'tmp', 'contract'],
      ['', 'root', ''],
    ].map(parts => parts.join('/'));
    const naming = files.filter(file => {
      const content = readFileSync(join(root, file));
      return !content.includes(0) && paths.some(path => content.includes(path));
    });
    expect(naming).toEqual([]);
  });

  test('the lock file records no download addresses', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });

  test('the lock file lists what other platforms need: npm ci refuses one that does not', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const listed = new Set(Object.keys(packages).map(folder => folder.split('node_modules/').pop()));
    const wanted = Object.values(packages).flatMap(entry => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter(name => !listed.has(name))).toEqual([]);
  });
});

/** Exports whose name stands in several modules on purpose, by the modules. */
const SHARED_NAMES: readonly (readonly [name: RegExp, modules: RegExp])[] = [
  // Each encoding of columns has the same functions; they are imported as a namespace.
  [/^(FORM|encode|decode|describe|isEncoded)$/, /^client\/format\/columns\//],
  // Each command has a module that is imported when the command runs.
  [/^run$/, /^pipeline\/cli\/commands\/run-/],
  // The entry for Node opens the same things from more places.
  [/^open(Provider|Tileset)$/, /^client\/(node\/open-node-|open-)(provider|tileset)\.ts$/],
];

test.skipIf(files.length === 0)('no two modules export the same name', () => {
  const modules = new Map<string, string[]>();
  const declared =
    /^export (?:declare |abstract |async )*(?:class|const|enum|function\*?|interface|let|type) +(\w+)/gm;
  // The engine is a program of its own: nothing imports its modules, which have the names of their counterparts.
  for (const file of files.filter(file =>
    /^(client|data|pipeline)\/(?!engine\/assembly\/).*\.ts$/.test(file),
  )) {
    for (const [, name] of read(file).matchAll(declared)) {
      const isShared = SHARED_NAMES.some(([names, places]) => names.test(name!) && places.test(file));
      if (!isShared) modules.set(name!, [...(modules.get(name!) ?? []), file]);
    }
  }
  expect(modules.size).toBeGreaterThan(500);
  expect([...modules].filter(([, places]) => places.length > 1)).toEqual([]);
});

describe('package.json', () => {
  /** The packages that client/ and pipeline/ import, and `npm run build` bundles: an installation is one package. */
  const bundled = [
    '@bomb.sh/tab',
    '@hono/node-server',
    '@noble/hashes',
    '@valibot/to-json-schema',
    'camera-controls',
    'csv-parse',
    'fast-glob',
    'fast-string-truncated-width',
    'hono',
    'hono-openapi',
    'msgpackr',
    'p-limit',
    'stream-json',
    'three',
    'valibot',
  ];
  const devDependencies = Object.keys(manifest.devDependencies);

  /** Packages that the sources in some folders import, by name. */
  const importedIn = (...folders: string[]) => {
    const sources = files.filter(file => folders.includes(file.split('/')[0]!) && /\.(ts|js)$/.test(file));
    const specifiers = sources.flatMap(file =>
      [...read(file).matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(match => match[1]!),
    );
    return new Set(specifiers.map(name => name.split('/', name.startsWith('@') ? 2 : 1).join('/')));
  };

  /** Commands that a package installs. */
  const commandsOf = (name: string) => {
    const { bin = {} } = JSON.parse(read(`node_modules/${name}/package.json`)) as { bin?: string | object };
    return typeof bin === 'string' ? [name.split('/').pop()!] : Object.keys(bin);
  };

  test('every version is exact', () => {
    const versions = Object.entries(manifest.devDependencies);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  const optional = Object.keys(manifest.peerDependencies);

  test('an installation brings no other package, and runs no script', () => {
    expect(Object.keys(manifest).filter(key => /dependencies$/i.test(key))).toEqual([
      'peerDependencies',
      'devDependencies',
    ]);
    const { peerDependenciesMeta } = manifest;
    expect(Object.entries(peerDependenciesMeta)).toEqual(optional.map(name => [name, { optional: true }]));
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
    expect(Object.keys(manifest.scripts).filter(script => hooks.includes(script))).toEqual([]);
  });

  test.skipIf(files.length === 0)(
    'client/ and pipeline/ import what is bundled or optional, and nothing else',
    () => {
      const packages = [...importedIn('client', 'pipeline')].filter(name =>
        /^(@[a-z.-]+\/)?[a-z][a-z\d-]+$/.test(name),
      );
      expect([...new Set(packages)].sort()).toEqual([...bundled, ...optional].sort());
    },
  );

  test.skipIf(files.length === 0)(
    'every devDependency is imported, run by a script or named in tsconfig',
    () => {
      const imported = importedIn('build', 'client', 'data', 'pipeline', 'test');
      const scripts = Object.values(manifest.scripts).join(' ').split(' ');
      const types: string[] = tsconfig.compilerOptions.types;
      const isUsed = (name: string) =>
        imported.has(name.replace('@types/', '')) ||
        types.includes(name.replace('@types/', '')) ||
        imported.has(name.replace('@types/', '')) ||
        commandsOf(name).some(command => scripts.includes(command));
      expect(devDependencies.filter(name => !isUsed(name))).toEqual([]);
    },
  );
});

/** The rooms that each room may import, beside itself: none above it. Entries import rooms beside them by ./ too. */
const reader = ['client/format', 'client/errors.ts'];
const builder = ['client/format', 'pipeline/errors.ts', 'pipeline/store', 'pipeline/spill'];
const client = [
  ...['client/format', 'client/format/record', 'client/errors.ts', 'client/index.ts'],
  ...['client/query', 'client/fetch', 'client/octree', 'client/btree'],
  ...['client/providers/json', 'client/providers/sqlite', 'client/node', 'client/rest'],
];
const pipeline = [
  ...['pipeline/errors.ts', 'pipeline/index.ts', 'pipeline/store', 'pipeline/spill', 'pipeline/engine'],
  ...[
    'pipeline/octree',
    'pipeline/tables',
    'pipeline/source',
    'pipeline/tasks',
    'pipeline/run',
    'pipeline/export',
  ],
  ...['pipeline/verify', 'pipeline/providers', 'pipeline/publish', 'pipeline/update', 'pipeline/cli'],
];
const rooms: Readonly<Record<string, readonly string[]>> = {
  'client/format': ['client/format/record'],
  'client/query': reader,
  'client/fetch': [...reader, 'client/query'],
  'client/octree': [...reader, 'client/query', 'client/fetch'],
  'client/btree': [...reader, 'client/query', 'client/fetch', 'client/octree'],
  'client/providers/json': [
    ...[...reader, 'client/format/record', 'client/query', 'client/fetch'],
    'client/providers/sqlite',
  ],
  'client/node': client.filter(room => room !== 'client/format/record' && room !== 'client/rest'),
  'client/rest': client.filter(
    room => !['client/format/record', 'client/providers/sqlite', 'client/node'].includes(room),
  ),
  'client/viewer': ['client/errors.ts', 'client/index.ts'],
  'pipeline/store': [
    ...[...reader, 'client/format/record', 'client/query', 'client/fetch', 'client/node'],
    'pipeline/errors.ts',
  ],
  'pipeline/engine': [...builder, 'client/format/record'].filter(room => room !== 'pipeline/spill'),
  'pipeline/spill': [...builder, 'client/format/record', 'pipeline/engine'],
  'pipeline/octree': [...builder, 'client/format/record', 'pipeline/engine'],
  'pipeline/tables': [...builder, 'client/format/record', 'pipeline/engine'],
  'pipeline/source': [
    ...[...reader, 'client/format/record', 'client/providers/sqlite'],
    ...['pipeline/errors.ts', 'pipeline/store', 'pipeline/engine'],
  ],
  'pipeline/tasks': [
    ...[...builder, 'client/format/record', 'pipeline/engine'],
    ...['pipeline/octree', 'pipeline/tables', 'pipeline/source'],
  ],
  'pipeline/run': [
    ...[...reader, 'client/format/record', 'pipeline/errors.ts'],
    ...['pipeline/store', 'pipeline/source', 'pipeline/tasks'],
  ],
  'pipeline/export': [
    ...[...client, 'pipeline/errors.ts', 'pipeline/store', 'pipeline/spill'],
    ...['pipeline/source', 'pipeline/run'],
  ],
  'pipeline/verify': [
    ...[...client, 'pipeline/errors.ts', 'pipeline/store', 'pipeline/spill'],
    ...['pipeline/octree', 'pipeline/tables', 'pipeline/tasks'],
  ],
  'pipeline/providers': [
    ...[...client, 'pipeline/errors.ts', 'pipeline/store', 'pipeline/source', 'pipeline/update'],
  ],
  'pipeline/publish': [...client, 'pipeline/errors.ts', 'pipeline/store'],
  'pipeline/update': [
    ...[...client, 'pipeline/errors.ts', 'pipeline/store', 'pipeline/source'],
    ...['pipeline/octree', 'pipeline/tables', 'pipeline/tasks'],
  ],
  'pipeline/cli': [...client, ...pipeline],
  data: [],
  build: [...client, ...pipeline, 'data'],
  test: [...client, ...pipeline, 'data', 'build'],
};
const importable = [...client, ...pipeline, 'data', 'build', 'test'];

/** How a module of another room imports a file, or a file of a room. */
function specifierOf(path: string): string {
  const file = path.endsWith('.ts') ? path : `${path}/a.ts`;
  return `#${file.replace(/^client\/format\//, 'format/')}`;
}

const imports = [
  { from: 'client/format/*.ts', allowed: ['./json.ts', 'msgpackr', 'msgpackr/unpack'], refused: ['p-limit'] },
  {
    from: 'client/*.ts',
    allowed: ['./query/a.ts', './providers/json/a.ts', '#format/json.ts'],
    refused: [
      ...['./node/index.ts', './rest/index.ts', './providers/sqlite/a.ts'],
      ...['#format/record/limits.ts', '#format/index.ts'],
      ...['../pipeline/index.ts', '#pipeline/index.ts'],
    ],
  },
  { from: 'client/node/*.ts', allowed: ['node:fs'], refused: ['#format/index.ts'] },
  { from: 'client/providers/sqlite/*.ts', allowed: ['node:fs'], refused: ['#format/index.ts'] },
  {
    from: 'pipeline/*.ts',
    allowed: ['./store/a.ts', '#format/json.ts', '#client/errors.ts'],
    refused: ['#format/index.ts', '#client/index.ts', '../client/index.ts', '#test/a.ts'],
  },
  { from: 'pipeline/cli/*.ts', allowed: ['node:fs', '../../package.json'], refused: ['#format/index.ts'] },
  { from: 'data/*.ts', allowed: ['node:fs', './a.ts'], refused: ['../client/format/json.ts'] },
  {
    from: 'build/*.ts',
    allowed: ['zx', './bootstrap.js'],
    refused: ['../pipeline/index.ts', '../test/a.ts'],
  },
  {
    from: 'build/*.js',
    allowed: ['node:fs', 'node:fs/promises', './bootstrap.js'],
    refused: ['zx', './compile.ts', '../pipeline/index.ts', '#pipeline/index.ts'],
  },
  ...Object.keys(rooms)
    .filter(room => room.includes('/'))
    .map(room => ({ from: `${room}/*.ts`, allowed: ['./a.ts'], refused: ['../a.ts', './../a.ts'] })),
];

/** A file, what stands in it, and the rule that refuses it (none: allowed). */
const walls: [file: string, source: string, rule?: string][] = [
  ...imports.flatMap(({ from, allowed, refused }, row) =>
    [...allowed, ...refused].map((specifier, index): [string, string, string?] => {
      const file = from.replace('*', `import-${row}-${index}`);
      const source = `export * from '${specifier}';`;
      return refused.includes(specifier) ? [file, source, 'noRestrictedImports'] : [file, source];
    }),
  ),
  ['client/format/type.ts', "export type * from '#client/errors.ts';", 'noRestrictedImports'],
  ['client/format/dynamic.ts', "export const a = () => import('#client/errors.ts');", 'noRestrictedImports'],
  ['client/format/buffer.ts', 'export const a = Buffer.alloc(1);', 'noRestrictedGlobals'],
  ['client/process.ts', 'export const a = process.argv;', 'noRestrictedGlobals'],
  ['client/node/process.ts', 'export const a = process.argv;'],
  ['client/providers/sqlite/process.ts', 'export const a = process.argv;'],
  ['client/module.ts', "export * from 'node:fs';", 'noNodejsModules'],
  ['client/require.ts', "export const a = require('./a.ts');", 'noCommonJs'],
  ['test/undeclared.ts', "export * from 'left-out';", 'noUndeclaredDependencies'],
  ['pipeline/cycle-a.ts', "export { a } from './cycle-b.ts'; export const b = 1;", 'noImportCycles'],
  ['pipeline/cycle-b.ts', "export { b } from './cycle-a.ts'; export const a = 1;", 'noImportCycles'],
  [
    'client/query/cycle-c.ts',
    "import type { D } from './cycle-d.ts'; export type C = D[];",
    'noImportCycles',
  ],
  [
    'client/query/cycle-d.ts',
    "import type { C } from './cycle-c.ts'; export type D = C[];",
    'noImportCycles',
  ],
];

/** A file of each room that imports each of the others. */
const arrows = Object.keys(rooms).flatMap(room =>
  importable
    .filter(other => other !== room)
    .map((other, index) => ({ room, other, file: `${room}/arrow-${index}.ts`, source: specifierOf(other) })),
);

describe('walls', () => {
  const { path: copy, remove } = temporaryFolder();
  afterAll(remove);

  /** Rules that biome reports for each file of the copy. */
  const reported = new Map<string, string[]>();

  beforeAll(async () => {
    for (const file of ['biome.json', 'package.json']) copyFileSync(join(root, file), join(copy, file));
    const sources = arrows.map(({ file, source }) => [file, `export * from '${source}';`] as const);
    for (const [file, source] of [...walls, ...sources]) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), `${source}\n`);
    }
    const biome = join(root, 'node_modules/.bin/biome');
    const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--vcs-enabled=false', '.'];
    const { stdout } = await runProcess(biome, args, { cwd: copy });
    const { diagnostics } = JSON.parse(stdout) as {
      diagnostics: { category: string; location: { path: string } }[];
    };
    for (const { category, location } of diagnostics) {
      reported.set(location.path, [...(reported.get(location.path) ?? []), category.split('/').pop()!]);
    }
  });

  test.each(Object.entries(rooms))('%s imports no room above it', (room, allowed) => {
    const refused = arrows.filter(arrow => arrow.room === room && reported.has(arrow.file));
    expect(refused.map(({ other }) => other)).toEqual(
      importable.filter(other => other !== room && !allowed.includes(other)),
    );
  });

  test.each(walls)('%s: %s', (file, _source, rule) => {
    expect(reported.get(file) ?? []).toEqual(rule ? [rule] : []);
  });
});
