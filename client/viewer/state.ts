/** State of the map that several parts show or change. */
import { type Filters, NO_FILTERS } from './data/filters.ts';

/** A system as a list or a point has it. */
export interface SelectedSystem {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export interface MapState {
  /** The field that colours the systems. */
  readonly colour: string;
  readonly filters: Filters;
  /** Whether systems that the filters reject are shown in grey. */
  readonly showsOthers: boolean;
  readonly selected: SelectedSystem | undefined;
  readonly showsGrid: boolean;
}

type Listener = (state: MapState, before: MapState) => void;

export class MapStore {
  #state: MapState = {
    colour: 'region',
    filters: NO_FILTERS,
    showsOthers: true,
    selected: undefined,
    showsGrid: true,
  };
  readonly #listeners: { readonly keys: readonly (keyof MapState)[]; readonly listener: Listener }[] = [];

  get state(): MapState {
    return this.#state;
  }

  set(patch: Partial<MapState>): void {
    const before = this.#state;
    const after = { ...before, ...patch };
    this.#state = after;
    for (const { keys, listener } of this.#listeners)
      if (keys.some(key => before[key] !== after[key])) listener(after, before);
  }

  /** Calls a listener after each change of one of the keys. */
  on(keys: readonly (keyof MapState)[], listener: Listener): void {
    this.#listeners.push({ keys, listener });
  }
}
