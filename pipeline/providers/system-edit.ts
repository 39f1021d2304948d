/** Edits of one system, with one meaning in every storage. */
import { createHash } from 'node:crypto';
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { type EditedSystem, newSystem, patchSystem } from '#format/record/edit-record.ts';
import { MAX_RECORD_BYTES, type Rejection, unfitValue } from '#format/record/limits.ts';
import { parseJson } from '#format/record/parse-json.ts';
import type { System } from '#format/system.ts';
import { EditConflictError, InputError } from '#pipeline/errors.ts';
import type { Edit } from '#pipeline/source/edit.ts';

/** An edit of the system with an id. */
export interface SystemEdit {
  readonly id: string;
  /** The same for `update`. */
  readonly edit: Edit;
  /** Fields that the edit gives a value. */
  readonly fields: readonly string[];
  /**
   * Returns the system after the edit, or undefined if it is deleted.
   * @param before the system with the id, if there is one
   * @throws EditConflictError, InputError
   */
  apply(before: System | undefined): System | undefined;
}

/** Changes the systems of one catalogue. */
export interface CatalogueWriter {
  /** Makes an edit, completely or not at all. */
  write(edit: SystemEdit): Promise<void>;
  close(): void;
}

/** The edit that adds the system of a record. @throws InputError if the record has none */
export function addition(record: JsonObject): SystemEdit {
  const copy = storable(record, 'a system');
  const digits = (field: string) => String(copy[field]);
  const system = accepted(newSystem(copy, { sha256, digits }));
  return {
    id: system.id,
    edit: { action: 'add', system },
    fields: Object.keys(system.fields),
    apply(before) {
      if (!before) return system;
      throw new EditConflictError(`there is a system with the id ${quote(system.id)} already: update it`, {
        field: 'id',
        found: system.id,
      });
    },
  };
}

/** The edit that merges fields into a record. @throws InputError for fields that cannot be stored */
export function patch(id: string, updates: JsonObject): SystemEdit {
  const copy = storable(updates, 'updates');
  const fields = Object.keys(copy);
  return {
    ...{ id, fields, edit: { action: 'patch', id, updates: copy } },
    apply: before => accepted(patchSystem(existing(id, before), copy)),
  };
}

/** The edit that deletes a system. */
export function deletion(id: string): SystemEdit {
  return {
    id,
    edit: { action: 'delete', id },
    fields: [],
    apply(before) {
      existing(id, before);
      return undefined;
    },
  };
}

function existing(id: string, system: System | undefined): System {
  if (system) return system;
  throw new EditConflictError(`there is no system with the id ${quote(id)}: add it`, {
    field: 'id',
    found: id,
  });
}

/** A copy of an object, which later changes by the caller do not reach. @throws InputError */
function storable(value: JsonObject, name: string): JsonObject {
  if (typeof value !== 'object' || !isObject(value as JsonValue))
    throw refuse({ reason: `expected an object for ${name}` });
  const refusal = unfitValue(value);
  if (refusal) throw refuse(refusal);
  const text = jsonText(value);
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES)
    throw refuse({
      reason: `it has more than ${MAX_RECORD_BYTES} bytes, the maximum for a record: split it`,
    });
  return parseJson(text) as JsonObject;
}

function accepted(edited: EditedSystem): System {
  if (edited.kind === 'system') return edited.system;
  throw refuse(edited);
}

function refuse({ field, reason }: Rejection): InputError {
  return new InputError(`the system cannot be stored: ${reason}`, { field, reason });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function quote(id: string): string {
  return JSON.stringify(id);
}
