/** Notices catalogues whose systems are named by their ids although another field looks like a name. */
import { isBlank } from '#format/json-text.ts';
import type { System } from '#format/system.ts';
import { nameFieldOf } from '#pipeline/source/name-fields.ts';

export interface NamesSeen {
  /** True if a system has a name of its own, or its key as its name. */
  readonly hasNames: boolean;
  /** The first field found that looks like a name, among systems named by their ids. */
  readonly field: string | null;
}

export class NameWatch {
  #hasNames = false;
  #field: string | undefined;

  add(system: System): void {
    if (this.#hasNames) return;
    const { id, name, fields } = system;
    if (!isBlank(fields['name']) || name !== id) this.#hasNames = true;
    else this.#field ??= nameFieldOf(fields);
  }

  seen(): NamesSeen {
    return { hasNames: this.#hasNames, field: this.#field ?? null };
  }
}

/** The field that looks like the name of systems, if none has a name. */
export function nameFieldAmong(seen: readonly NamesSeen[]): string | null {
  if (seen.some(({ hasNames }) => hasNames)) return null;
  return seen.find(({ field }) => field !== null)?.field ?? null;
}
