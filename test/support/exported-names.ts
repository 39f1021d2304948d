import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The modules that the package exports. */
const ENTRIES = [
  ...[
    'client/index.ts',
    'client/track.ts',
    'client/cache.ts',
    'client/format/index.ts',
    'pipeline/index.ts',
    'client/node/index.ts',
  ],
];

/** One name of a statement `import { a as b } from 'c'` or `export { a as b } from 'c'`. */
interface ImportedName {
  /** Path of the module from the root of the repository; a package keeps its name. */
  readonly module: string;
  /** Name in the module. */
  readonly name: string;
  /** Name in the file of the statement. */
  readonly local: string;
}

/** Names that a file imports, or exports from other modules. */
function namesOf(file: string, keyword: 'import' | 'export'): ImportedName[] {
  const statements = new RegExp(`^${keyword}(?: type)? \\{([^}]*)\\} from '([^']+)';$`, 'gm');
  return [...readFileSync(join(root, file), 'utf8').matchAll(statements)].flatMap(([, list, specifier]) => {
    const module = specifier!.startsWith('.')
      ? join(dirname(file), specifier!)
      : specifier!.replace(/^#format\//, '#client/format/').replace(/^#/, '');
    const names = list!.split(',').map(text => text.trim().replace(/^type /, ''));
    return names.filter(Boolean).map(text => {
      const [name, local = name] = text.split(' as ') as [string, string?];
      return { module, name, local };
    });
  });
}

/** The module and name that an exported name has where it is declared. */
function declaredAs(module: string, name: string): string {
  const isOwn = /^(client|pipeline)\/.*\.ts$/.test(module);
  const from = isOwn ? namesOf(module, 'export').find(({ local }) => local === name) : undefined;
  return from ? declaredAs(from.module, from.name) : `${module} ${name}`;
}

/** Names that files import from internal modules although an entry exports them. */
export function namesPastEntries(files: readonly string[]): string[] {
  const entries = new Map(
    ENTRIES.toReversed().flatMap(entry =>
      namesOf(entry, 'export').map(({ local }) => [declaredAs(entry, local), entry]),
    ),
  );
  return files.flatMap(file =>
    namesOf(file, 'import').flatMap(({ module, name }) => {
      const entry = ENTRIES.includes(module) ? undefined : entries.get(declaredAs(module, name));
      return entry ? [`${file}: import ${name} from ${entry}, not from ${module}`] : [];
    }),
  );
}
