/** Systems that are added to a catalogue, and changes of single fields: one meaning in every storage. */
import { type JsonObject, setOwn } from '#format/json.ts';
import { isBlank } from '#format/json-text.ts';
import { DERIVED_ID, type System } from '#format/system.ts';
import type { Rejection } from './limits.ts';
import { type NormaliseDeps, normaliseRecord } from './normalise.ts';

/** A system, or why there is none. */
export type EditedSystem =
  | { readonly kind: 'system'; readonly system: System }
  | ({ readonly kind: 'reject' } & Rejection);

/**
 * Returns the system of a record that is added. A record without an id gets the hash of its content as its `id`.
 * @param record a value that can be stored (`unfitValue`)
 */
export function newSystem(record: JsonObject, deps: NormaliseDeps): EditedSystem {
  const outcome = normaliseRecord(record, {}, deps);
  if (outcome.kind === 'skip') return { kind: 'reject', reason: outcome.why, record };
  if (outcome.kind === 'reject' || outcome.origin !== 'content') return outcome;
  return { kind: 'system', system: withOwnId(outcome.system) };
}

/**
 * Merges fields into the record of a system. The id stays; a system whose record has no id gets it as a field. A name or
 * region that the record does not have stays as it is, unless the updates have one.
 * @param updates fields that can be stored (`unfitValue`); `null` is a value like any other
 */
export function patchSystem(system: System, updates: JsonObject): EditedSystem {
  const { fields } = withOwnId(system);
  const merged: JsonObject = {};
  for (const source of [fields, updates])
    for (const key of Object.keys(source)) setOwn(merged, key, source[key]!);
  const key = isBlank(fields['name']) ? system.name : undefined;
  const region = (fields['region'] ?? null) === null ? system.region : undefined;
  const deps: NormaliseDeps = {
    // Its float64 may have lost digits of the number that the id was made from.
    digits: field => (fields[field] === merged[field] ? system.id : String(merged[field])),
    sha256: () => '',
  };
  const outcome = normaliseRecord(merged, { key, region }, deps);
  if (outcome.kind === 'skip') return { kind: 'reject', reason: outcome.why, record: merged };
  if (outcome.kind === 'reject' || outcome.system.id === system.id) return outcome;
  const reason = `the id would become ${JSON.stringify(outcome.system.id)}: an id stays; delete the system and add another`;
  return { kind: 'reject', field: 'id', reason, record: merged };
}

/** The system with its id as a field, if its record has nothing from which the same id follows. */
function withOwnId(system: System): System {
  const { id, derived, fields } = system;
  if (!isBlank(fields['id']) || !isBlank(fields['id64'])) return system;
  return { ...system, derived: derived & ~DERIVED_ID, fields: { ...fields, id } };
}
