/** Notices catalogues whose systems are named by their ids although another field looks like a name. */
import { isBlank } from '#format/json-text.ts';
import type { System } from '#format/system.ts';
import { nameFieldOf } from '#pipeline/source/name-fields.ts';

export interface NamesSeen {
  /** True if a system has a name of its own, or its key as its name. */
  readonly hasNames: boolean;
  /** The first field found that looks like a name, among some of the systems named by their ids. */
  readonly field: string | null;
}

export class NameWatch {
  #hasNames = false;
  #field: string | undefined;

  /** True while the fields of a system that is named by its id can tell more. */
  get isOpen(): boolean {
    return !this.#hasNames && this.#field === undefined;
  }

  /** Adds a system by whether it has a name of its own, or its key as its name. */
  add(hasName: boolean): void {
    if (hasName) this.#hasNames = true;
  }

  /** Looks for a field that is like a name. Reads the fields of the system only while that can tell more. */
  addFields(system: Pick<System, 'fields'>): void {
    if (this.isOpen) this.#field = nameFieldOf(system.fields);
  }

  seen(): NamesSeen {
    return { hasNames: this.#hasNames, field: this.#field ?? null };
  }
}

/** True if a system is not named by its id, for want of a name and a key. */
export function hasName({ id, name, fields }: System): boolean {
  return !isBlank(fields['name']) || name !== id;
}

/** The field that looks like the name of systems, if none has a name. */
export function nameFieldAmong(seen: readonly NamesSeen[]): string | null {
  if (seen.some(({ hasNames }) => hasNames)) return null;
  return seen.find(({ field }) => field !== null)?.field ?? null;
}
