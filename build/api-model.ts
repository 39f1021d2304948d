import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isConstructorDeclaration,
  isExpressionWithTypeArguments,
  isImportTypeNode,
  isTypeReferenceNode,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import {
  API,
  type Checker,
  NodeBuilderFlags,
  type Project,
  SymbolFlags,
  type Symbol as TypeSymbol,
} from 'typescript/unstable/sync';
import { ENTRIES, writeDeclarations } from './declarations.ts';

/** The public interface of the package, read by the compiler from the published type declarations. */
export interface PublicApi {
  readonly entries: readonly Entry[];
  /** Types in public declarations that neither their entry nor the first one exports: no caller can name them. */
  readonly unnamed: readonly string[];
}

/** A module that applications import. */
export interface Entry {
  /** Name for imports: `haven-chunks/node`. */
  readonly specifier: string;
  readonly comment: string;
  /** By name. */
  readonly declarations: readonly Declaration[];
}

export interface Declaration {
  readonly name: string;
  readonly group: Group;
  /** Text of the declaration with the comments of its members, without its own. */
  readonly code: string;
  readonly comment: string;
  readonly tags: readonly Tag[];
  /** Equal for one declaration in two entries. */
  readonly id: number;
}

export interface Tag {
  /** `param`, `throws`, `returns` … */
  readonly name: string;
  readonly text: string;
}

export const GROUPS = ['Functions', 'Classes', 'Errors', 'Types', 'Constants'] as const;
export type Group = (typeof GROUPS)[number];

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles the type declarations of the package in a temporary folder, and reads them. */
export async function readPublicApi(): Promise<PublicApi> {
  const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-api-'));
  try {
    await writeDeclarations(folder);
    return await readDeclarations(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readDeclarations(folder: string): Promise<PublicApi> {
  const config = join(folder, 'tsconfig.json');
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
    files: ENTRIES.map(({ file }) => file),
    include: [],
  };
  await writeFile(config, JSON.stringify(options));
  const api = new API({ cwd: folder });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    const readers = ENTRIES.map(({ specifier, file }) => new EntryReader(project, folder, specifier, file));
    return {
      entries: readers.map(reader => reader.entry()),
      unnamed: readers.flatMap(reader => reader.unnamed(readers[0]!)),
    };
  } finally {
    api.close();
  }
}

/** Reads what one module exports. */
class EntryReader {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #folder: string;
  readonly #specifier: string;
  readonly #comment: string;
  /** Declared symbols by exported name. */
  readonly #exports: ReadonlyMap<string, TypeSymbol>;

  constructor(project: Project, folder: string, specifier: string, file: string) {
    this.#project = project;
    this.#checker = project.checker;
    this.#folder = folder;
    this.#specifier = specifier;
    const source = project.program.getSourceFile(join(folder, file))!;
    this.#comment = plainComment(/^\/\*\*[\s\S]*?\*\//.exec(source.text)?.[0] ?? '');
    const exported = this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(source)!);
    const sorted = exported.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
    this.#exports = new Map(sorted.map(symbol => [symbol.name, this.#declared(symbol)]));
  }

  entry(): Entry {
    const declarations = Array.from(this.#exports, ([name, symbol]) => this.#declaration(name, symbol));
    return { specifier: this.#specifier, comment: this.#comment, declarations };
  }

  unnamed(first: EntryReader): string[] {
    const symbols = [...this.#exports.values(), ...first.#exports.values()];
    const exported = new Set(symbols.map(symbol => symbol.id));
    const found = new Set<string>();
    for (const [name, symbol] of this.#exports) {
      const look = (node: Node): void => {
        const mentioned = this.#mentioned(node);
        if (mentioned && !exported.has(mentioned.id)) {
          found.add(`${this.#specifier}: ${mentioned.name}, of ${name}`);
        }
        if (!isPrivate(node)) node.forEachChild(look);
      };
      for (const node of this.#nodes(symbol)) look(node);
    }
    return [...found];
  }

  #declaration(name: string, symbol: TypeSymbol): Declaration {
    const nodes = this.#nodes(symbol);
    const tags = this.#checker.getJsDocTagsOfSymbol(symbol);
    return {
      name,
      group: groupOf(name, nodes[0]!),
      code: nodes.map(node => this.#code(node, symbol)).join('\n'),
      comment: this.#checker.getDocumentationCommentOfSymbol(symbol),
      tags: tags.map(tag => ({ name: tag.name, text: tag.text ?? '' })),
      id: symbol.id,
    };
  }

  #code(node: Node, symbol: TypeSymbol): string {
    const source = node.getSourceFile();
    const text = source.text.slice(node.getStart(source), node.end).replace(/import\("[^"]*"\)\./g, '');
    if (node.kind === SyntaxKind.TypeAliasDeclaration && text.includes('typeof ')) {
      const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
      const expanded = this.#checker.typeToString(type, undefined, NodeBuilderFlags.InTypeAlias);
      return `type ${symbol.name} = ${expanded};`;
    }
    const declared = node.kind === SyntaxKind.VariableDeclaration ? `const ${text};` : text;
    return declared
      .replace(/^export (declare )?/, '')
      .replace(/^ +(#private|private\b.*);\n/gm, '')
      .replace(/^(?: {4})+/gm, indent => indent.slice(indent.length / 2));
  }

  /** The type of this package that a node mentions. */
  #mentioned(node: Node): TypeSymbol | undefined {
    const name = isTypeReferenceNode(node)
      ? node.typeName
      : isExpressionWithTypeArguments(node)
        ? node.expression
        : isImportTypeNode(node)
          ? node.qualifier
          : undefined;
    const symbol = name && this.#checker.getSymbolAtLocation(name);
    if (!symbol) return undefined;
    const declared = this.#declared(symbol);
    const isOwn = declared.declarations.some(({ path }) => path.startsWith(this.#folder));
    return isOwn && !(declared.flags & SymbolFlags.TypeParameter) ? declared : undefined;
  }

  #declared(symbol: TypeSymbol): TypeSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #nodes(symbol: TypeSymbol): Node[] {
    return symbol.declarations.map(declaration => declaration.resolve(this.#project)!);
  }
}

function groupOf(name: string, node: Node): Group {
  switch (node.kind) {
    case SyntaxKind.FunctionDeclaration:
      return 'Functions';
    case SyntaxKind.VariableDeclaration:
      return 'Constants';
    case SyntaxKind.ClassDeclaration:
      return name.endsWith('Error') ? 'Errors' : 'Classes';
    default:
      return 'Types';
  }
}

/** A member that callers cannot reach. Constructors are `@internal` where only the package calls them. */
function isPrivate(node: Node): boolean {
  const source = node.getSourceFile();
  const start = source.text.slice(node.getStart(source), node.getStart(source) + 8);
  return start === 'private ' || (isConstructorDeclaration(node) && start === 'private(');
}

/** The text of a comment without its stars. */
function plainComment(comment: string): string {
  return comment
    .replace(/^\/\*\*\s*|\s*\*\/$/g, '')
    .replace(/^ *\* ?/gm, '')
    .trim();
}
