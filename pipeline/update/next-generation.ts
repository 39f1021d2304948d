/** Writes the files of the next generation of a set: octree, tables and index. */
import { facetExtractor } from '#format/facets/facet-extractor.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { SetIndex } from '#format/index-json.ts';
import { overviewRows } from '#format/octree/sample.ts';
import { UsageError } from '#pipeline/errors.ts';
import { NodeReader, type SystemPlace } from '#pipeline/octree/node-reader.ts';
import type { SampleFiles } from '#pipeline/octree/previews.ts';
import { encodeJson } from '#pipeline/octree/row-encoder.ts';
import { type SetContext, setContext } from '#pipeline/octree/set-context.ts';
import type { StoredNode } from '#pipeline/octree/stored-node.ts';
import { TreeEditor } from '#pipeline/octree/tree-editor.ts';
import type { Edit } from '#pipeline/source/edit.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import { Turns } from '#pipeline/store/turns.ts';
import { editTables } from '#pipeline/tables/edit-tables.ts';
import { rowFields } from '#pipeline/tables/row-fields.ts';
import { writtenFold, writtenFoldFile } from '#pipeline/tables/written-fold.ts';
import { type IndexedTree, writeIndex, writeMeta } from '#pipeline/tasks/write-index.ts';
import type { EditedFiles } from './edited-files.ts';
import { SystemPacker } from './packed-system.ts';
import { PreviousSystems } from './previous-systems.ts';
import { type ChangedSystem, type EditListener, type ResolvedEdits, resolveEdits } from './resolve-edits.ts';

interface Previous {
  /** Undefined for an empty set. */
  readonly root: StoredNode | undefined;
  readonly systems: PreviousSystems;
}

export class NextGeneration {
  readonly #index: SetIndex;
  readonly #files: EditedFiles;
  readonly #context: SetContext;
  readonly #reader: NodeReader;
  readonly #packer: SystemPacker;
  readonly #turns: Turns;
  #previous: Previous | undefined;

  /** @throws UsageError for a set that a build of this version would not make */
  constructor(index: SetIndex, files: EditedFiles, signal: AbortSignal | undefined) {
    checkUpdatable(index);
    this.#index = index;
    this.#files = files;
    this.#context = setContext(index.options, files, { encode: encodeJson });
    this.#reader = new NodeReader(files, this.#context);
    this.#packer = new SystemPacker(facetExtractor(index.options.facets), this.#context.summary);
    this.#turns = new Turns(signal);
  }

  /** An edit in little memory. */
  packed(edit: Edit): Edit {
    return 'system' in edit ? { ...edit, system: this.#packer.pack(edit.system) } : edit;
  }

  /** Finds the systems that edits change. */
  async resolve(edits: readonly Edit[], listener: EditListener): Promise<ResolvedEdits> {
    const { systems } = await this.#open();
    const { options } = this.#index;
    const fieldsOf = rowFields(options, options.preview.field === null ? [] : [options.preview.field]);
    const context = { previous: systems, packer: this.#packer, fieldsOf, turns: this.#turns };
    return resolveEdits(edits, context, listener);
  }

  /** Writes the files, and returns the content of `index.json`; undefined if nothing changes. */
  async write({ changes, meta }: ResolvedEdits): Promise<string | undefined> {
    const index = this.#index;
    const kept = meta === undefined ? index.meta : writeMeta(meta, this.#files);
    if (changes.length === 0 && kept?.hash === index.meta?.hash) return undefined;
    await this.#files.readPreload(index);
    const { root, systems } = await this.#open();
    const tree = changes.length > 0 ? await this.#tree(root, changes) : await this.#sameTree();
    const set = {
      index,
      fold: writtenFold(),
      files: this.#files,
      turns: this.#turns,
      systemsWith: (field: string, value: FacetValue) => systems.withValue(field, value),
      systemAt: (place: SystemPlace) => systems.at(place),
    };
    const tables = changes.length > 0 ? await editTables(set, changes) : index.tables;
    await this.#turns.take();
    return writeIndex({ tree, tables, meta: kept, options: index.options }, this.#files);
  }

  /** The octree of the previous generation, and its systems. */
  async #open(): Promise<Previous> {
    if (this.#previous) return this.#previous;
    const { tree, facets } = this.#index;
    const top = tree && { ref: { kind: 'tree', ...tree } as const, facetPage: facetFile(facets.root) };
    const root = top ? await this.#reader.open(top) : undefined;
    const systems = new PreviousSystems(this.#index, this.#files, this.#reader, root);
    this.#previous = { root, systems };
    return this.#previous;
  }

  async #tree(
    root: StoredNode | undefined,
    changes: readonly ChangedSystem[],
  ): Promise<IndexedTree | undefined> {
    const removed = changes.flatMap(({ before }) => before ?? []);
    const added = changes.flatMap(({ after }) => after ?? []);
    const editor = new TreeEditor(this.#reader, this.#context, this.#turns);
    const top = await editor.edit(root, { removed, added });
    if (!top) return undefined;
    const { counts, bounds } = top;
    const { ref, facetPage: facets } = await editor.page(top);
    const sample = this.#overview();
    const isComplete = sample?.preview.rows === this.#index.counts.systems;
    const edit = { removed, added, facets: root?.facets ?? [], isComplete };
    const rows = overviewRows(counts.systems, this.#index.options.preview);
    const overview = await editor.overview(sample, edit, rows, top);
    return { ref, facets, counts, bounds, overview: overview! };
  }

  #overview(): SampleFiles | undefined {
    const { overview, facets } = this.#index;
    if (!overview) return undefined;
    const { rows, ...ref } = overview;
    const { valueSample } = facets;
    return {
      preview: { ref: { kind: 'previews', ...ref }, rows },
      facets: facetFile(facets.overview),
      valueSample: valueSample ? { kind: 'previews', ...valueSample } : undefined,
    };
  }

  /** The octree as it is. */
  #sameTree(): IndexedTree | undefined {
    const { tree, facets, counts, bounds } = this.#index;
    if (!tree) return undefined;
    const ref = { kind: 'tree', ...tree } as const;
    return { ref, facets: facetFile(facets.root), counts, bounds: bounds!, overview: this.#overview()! };
  }
}

function facetFile(root: SetIndex['facets']['root']) {
  return root ? ({ kind: 'facets', ...root } as const) : undefined;
}

/** @throws UsageError for a set of another writer or version */
function checkUpdatable({ tables, facets, fold, options }: Partial<SetIndex>): void {
  const own = nameContent.put('fold', writtenFoldFile());
  const isOwn = tables && facets && options?.preload !== undefined && fold?.hash === own.hash;
  if (isOwn && options.gzipLevel !== undefined) return;
  throw new UsageError(
    'the set was built by another version or program, and its files would not fit those of an update: export it, and build it again',
  );
}
