/** The facets of a set and their values, read when they are first needed. */
import type { FacetInfo, FacetValueCount, Tileset, Usage } from '#client/index.ts';

/** A facet with more values is not read whole. */
const MOST_VALUES = 2_000;

export class FacetCatalogue {
  readonly #tileset: Tileset;
  readonly #usage: Usage;
  readonly #values = new Map<string, Promise<readonly FacetValueCount[] | undefined>>();
  #facets: Promise<readonly FacetInfo[]> | undefined;

  constructor(tileset: Tileset, usage: Usage) {
    this.#tileset = tileset;
    this.#usage = usage;
  }

  /** Names of the facets; known without a request. */
  get names(): readonly string[] {
    return this.#tileset.options.facets.map(({ field }) => field);
  }

  /** The facets with the numbers of their values. */
  list(): Promise<readonly FacetInfo[]> {
    this.#facets ??= (
      this.names.length > 0 ? this.#tileset.facets({ usage: this.#usage }) : Promise.resolve([])
    ).catch(error => {
      this.#facets = undefined;
      throw error;
    });
    return this.#facets;
  }

  /** All values of a facet with the numbers of their systems; undefined if there are too many. */
  values(field: string): Promise<readonly FacetValueCount[] | undefined> {
    let values = this.#values.get(field);
    if (!values) {
      values = this.#readValues(field).catch(error => {
        this.#values.delete(field);
        throw error;
      });
      this.#values.set(field, values);
    }
    return values;
  }

  /** Values of a facet that begin with a text. */
  complete(field: string, prefix: string, limit: number, signal?: AbortSignal): Promise<FacetValueCount[]> {
    return this.#tileset.facet(field, { prefix, limit, signal, usage: this.#usage });
  }

  async #readValues(field: string): Promise<readonly FacetValueCount[] | undefined> {
    const info = (await this.list()).find(facet => facet.field === field);
    if (!info || info.values > MOST_VALUES) return undefined;
    return this.#tileset.facet(field, { limit: Math.max(1, info.values), usage: this.#usage });
  }
}
