/** Turns edits into changes of systems, and finds the edits that cannot be made. */
import type { JsonValue } from '#format/json.ts';
import { patchSystem } from '#format/record/edit-record.ts';
import type { Rejection } from '#format/record/limits.ts';
import type { System } from '#format/system.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import type { Edit } from '#pipeline/source/edit.ts';
import type { SourceLocation } from '#pipeline/source/index.ts';
import type { Turns } from '#pipeline/store/turns.ts';
import type { SelectFields } from '#pipeline/tables/row-fields.ts';
import type { PackedSystem, SystemPacker } from './packed-system.ts';
import type { PreviousSystems } from './previous-systems.ts';

/** An edit that does not fit the set. */
export interface EditConflict {
  /**
   * `unknown id`, `unknown name`: no system has it. `ambiguous name`: several systems have it. `id exists`: a system that
   * a change adds is there. `id twice`: an earlier edit changed the system too.
   */
  readonly reason: 'unknown id' | 'unknown name' | 'ambiguous name' | 'id exists' | 'id twice';
  /** The id or the name that the edit gives. */
  readonly key: string;
  /** Whether the edit was made all the same. */
  readonly isApplied: boolean;
  /** Undefined for an edit of a program. */
  readonly location?: SourceLocation | undefined;
}

/** A patch of a system that gives no valid record. */
export interface RefusedPatch extends Rejection {
  readonly id: string;
  readonly location?: SourceLocation | undefined;
}

/** The set that edits change. */
export interface EditContext {
  readonly previous: PreviousSystems;
  readonly packer: SystemPacker;
  /** Selects the fields of systems before the edits that are still needed after these. */
  readonly fieldsOf: SelectFields;
  readonly turns: Turns;
}

export interface EditListener {
  onConflict(conflict: EditConflict): void;
  onRefused(patch: RefusedPatch): void;
}

/** A system before and after all edits; not both are undefined. */
export interface ChangedSystem {
  /** Only with the fields that files of other systems, or rows of tables, have too. */
  readonly before: CountedSystem | undefined;
  readonly after: CountedSystem | undefined;
}

export interface ResolvedEdits {
  /** One for each system that differs. */
  readonly changes: readonly ChangedSystem[];
  /** The `_meta` values that replace those of the set; undefined if they stay. */
  readonly meta: readonly JsonValue[] | undefined;
  /** Number of edited systems that are what they were. */
  readonly identical: number;
}

/** The state of a system between edits. */
interface EditedSystem {
  readonly before: PackedSystem | undefined;
  after: PackedSystem | undefined;
  isEdited: boolean;
}

/**
 * Makes edits one after another. An edit of an unknown or ambiguous system is left out; any other conflict is only
 * reported. Names are those of the previous generation.
 * @throws errors of reading the set, the reason of an aborted signal
 */
export async function resolveEdits(
  edits: readonly Edit[],
  { previous, packer, fieldsOf, turns }: EditContext,
  listener: EditListener,
): Promise<ResolvedEdits> {
  const names = await previous.idsOf(new Set(edits.flatMap(namesOf)));
  const ids = new Set(edits.flatMap(idsOf));
  for (const [first] of names.values()) if (first !== undefined) ids.add(first);
  const before = new Map<string, PackedSystem>();
  for await (const systems of previous.withIds(ids))
    for (const system of systems) before.set(system.id, packer.pack(system));
  const editor = new SystemEdits(before, names, packer, listener);
  for (const edit of edits) {
    editor.apply(edit);
    if (turns.areDue) await turns.take();
  }
  return editor.resolved(fieldsOf, turns);
}

function idsOf(edit: Edit): string[] {
  if ('system' in edit) return [edit.system.id];
  if ('id' in edit) return [edit.id];
  return 'text' in edit ? [edit.text] : [];
}

function namesOf(edit: Edit): string[] {
  if ('name' in edit) return [edit.name];
  return 'text' in edit ? [edit.text] : [];
}

class SystemEdits {
  readonly #systems = new Map<string, EditedSystem>();
  readonly #before: ReadonlyMap<string, PackedSystem>;
  readonly #names: ReadonlyMap<string, readonly string[]>;
  readonly #packer: SystemPacker;
  readonly #listener: EditListener;
  #meta: readonly JsonValue[] | undefined;

  constructor(
    before: ReadonlyMap<string, PackedSystem>,
    names: ReadonlyMap<string, readonly string[]>,
    packer: SystemPacker,
    listener: EditListener,
  ) {
    this.#before = before;
    this.#names = names;
    this.#packer = packer;
    this.#listener = listener;
  }

  apply(edit: Edit): void {
    if (edit.action === 'meta') {
      this.#meta = edit.meta;
      return;
    }
    if ('system' in edit) {
      this.#put(edit);
      return;
    }
    const id = this.#idOf(edit);
    if (id === undefined) return;
    const system = this.#system(id);
    if (!system.after) {
      this.#conflict(edit, 'unknown id', id, false);
      return;
    }
    let after: PackedSystem | undefined;
    if (edit.action === 'patch') {
      const patched = patchSystem(system.after, edit.updates);
      if (patched.kind === 'reject') {
        this.#listener.onRefused({ ...patched, id, location: edit.location });
        return;
      }
      after = this.#packer.pack(patched.system);
    }
    this.#set(edit, system, id, after);
  }

  async resolved(fieldsOf: SelectFields, turns: Turns): Promise<ResolvedEdits> {
    const changes: ChangedSystem[] = [];
    let identical = 0;
    for (const { before, after, isEdited } of this.#systems.values()) {
      if (!isSame(before, after)) changes.push({ before: before?.with(fieldsOf(before)), after });
      else if (isEdited && before) identical++;
      if (turns.areDue) await turns.take();
    }
    return { changes, meta: this.#meta, identical };
  }

  #put(edit: Edit & { readonly system: System }): void {
    const { action, location } = edit;
    const { id } = edit.system;
    const system = this.#system(id);
    const after = this.#packer.pack(edit.system);
    // Equal records are one system, as in a build.
    if (system.isEdited && isSame(system.after, after)) return;
    const isThere = system.after !== undefined;
    if (action === 'add' && isThere) this.#conflict({ location }, 'id exists', id, true);
    if (action === 'change' && !isThere) this.#conflict({ location }, 'unknown id', id, true);
    this.#set(edit, system, id, after);
  }

  #set(
    { location }: Pick<Edit, 'location'>,
    system: EditedSystem,
    id: string,
    after: PackedSystem | undefined,
  ): void {
    if (system.isEdited) this.#conflict({ location }, 'id twice', id, true);
    system.after = after;
    system.isEdited = true;
  }

  /** The id that an edit names; undefined after a conflict. */
  #idOf(edit: Exclude<Edit, { readonly action: 'meta' } | { readonly system: System }>): string | undefined {
    if ('id' in edit) return edit.id;
    const name = 'name' in edit ? edit.name : edit.text;
    if ('text' in edit && (this.#before.has(name) || this.#systems.get(name)?.after)) return name;
    const [id, other] = this.#names.get(name) ?? [];
    if (other !== undefined) this.#conflict(edit, 'ambiguous name', name, false);
    else if (id === undefined) this.#conflict(edit, 'unknown name', name, false);
    else return id;
    return undefined;
  }

  #conflict(
    { location }: Pick<Edit, 'location'>,
    reason: EditConflict['reason'],
    key: string,
    isApplied: boolean,
  ): void {
    this.#listener.onConflict({ reason, key, isApplied, location });
  }

  #system(id: string): EditedSystem {
    let system = this.#systems.get(id);
    if (!system) {
      const before = this.#before.get(id);
      system = { before, after: before, isEdited: false };
      this.#systems.set(id, system);
    }
    return system;
  }
}

function isSame(a: PackedSystem | undefined, b: PackedSystem | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.isSame(b));
}
