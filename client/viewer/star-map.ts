/** The map: joins the set, the scene and the interface. */
import type { SystemRow, Tileset, Usage } from '#client/index.ts';
import { type ColourScheme, colourScheme, type FieldValues } from './data/colour-scheme.ts';
import { FacetCatalogue } from './data/facet-catalogue.ts';
import { admits, whereOf } from './data/filters.ts';
import { positionColumns } from './data/first-picture.ts';
import { rankSizes } from './data/rank-sizes.ts';
import { measureRoom } from './data/room.ts';
import { localSpreads } from './data/spread.ts';
import { StarField, type StarQuery } from './data/star-field.ts';
import type { MapPiece } from './data/star-pieces.ts';
import type { Place } from './pointer.ts';
import { Grid } from './scene/grid.ts';
import { Haze } from './scene/haze.ts';
import { shortName } from './scene/label-text.ts';
import { Labels } from './scene/labels.ts';
import { Marker } from './scene/markers.ts';
import { type Picked, pick } from './scene/picking.ts';
import { regionLabels } from './scene/region-labels.ts';
import { type Point, Rig, type Room } from './scene/rig.ts';
import { Stage } from './scene/stage.ts';
import type { MapStore, SelectedSystem } from './state.ts';

declare global {
  /** The map of the page, for scripts of the page that embeds it, for tests, and for the console. */
  var starMap: StarMap;
}

export interface StarMapOptions {
  readonly canvas: HTMLCanvasElement;
  readonly tileset: Tileset;
  readonly sample: readonly SystemRow[];
  readonly store: MapStore;
  readonly usage: Usage;
  /** Maximum number of points drawn; by default as many as the device draws without effort. */
  readonly maxPoints: number | undefined;
  readonly isStill: () => boolean;
  readonly onError: (error: unknown) => void;
  readonly onScheme: (scheme: ColourScheme) => void;
  readonly onFrame: () => void;
}

/** Colours of the haze where the systems have other colours than their regions, and of systems that a filter rejects. */
const [PLAIN_HAZE, NO_HAZE] = ['#3a4a72', '#060912'];
/** Points drawn at once by a graphics processor, and without one or on a small device. */
const [MANY_POINTS, FEW_POINTS] = [200_000, 60_000];
/** Distance of a flight to a system, in distances of its neighbours. */
const CLOSE = 3;
/** Number of systems that count as neighbours, the system itself included. */
const NEIGHBOURS = 7;

export class StarMap {
  readonly rig: Rig;
  readonly stage: Stage;
  readonly field: StarField;
  readonly room: Room;
  readonly overlay: readonly HTMLElement[];
  readonly facets: FacetCatalogue;
  readonly #options: StarMapOptions;
  readonly #haze: Haze;
  readonly #labels: Labels;
  readonly #selected = new Marker('selected');
  readonly #hovered = new Marker('hovered');
  #hoveredId: string | undefined;
  #scheme: ColourScheme | undefined;
  #flight: symbol | undefined;

  constructor(options: StarMapOptions) {
    const { canvas, tileset, sample, store, usage, isStill } = options;
    this.#options = options;
    this.facets = new FacetCatalogue(tileset, usage);
    this.room = measureRoom(sample, tileset.bounds!, tileset.counts.systems);
    const { room } = this;
    this.rig = new Rig(canvas, room, isStill);
    this.stage = new Stage(canvas, this.rig);
    const sampleSpread = room.spacing * Math.cbrt(tileset.counts.systems / Math.max(1, sample.length));
    this.#labels = new Labels(() => this.#namedPieces, regionLabels(sample));
    const spreads = localSpreads(...positionColumns(sample));
    this.field = new StarField(tileset, this.#query, {
      ...{ sample, spreads, sizeOf: rankSizes(tileset, sample) },
      maxPoints: options.maxPoints ?? (isSmallDevice(this.stage) ? FEW_POINTS : MANY_POINTS),
      leastSpread: room.spacing / 50,
      maxSpread: sampleSpread * 2,
      usage,
      onError: options.onError,
      onChange: () => {
        this.#labels.refresh();
        this.stage.invalidate();
      },
    });
    this.#haze = new Haze(sample, room.centre, spreads);
    const grid = new Grid(room);
    grid.object.visible = store.state.showsGrid;
    this.stage.root.add(this.#haze.object, grid.object, this.field.object);
    for (const layer of [this.#haze, grid, this.field, this.#labels, this.#selected, this.#hovered])
      this.stage.add(layer);
    this.overlay = [this.#labels.element, this.#hovered.element, this.#selected.element];
    this.stage.onFrame = options.onFrame;
    // A flight ends when the user takes the controls.
    this.rig.controls.addEventListener('controlstart', () => {
      this.#flight = undefined;
    });
    this.rig.goHome(false);

    store.on(['filters', 'showsOthers'], () => this.#showQuery());
    store.on(['colour'], () => void this.showColours());
    store.on(['selected'], ({ selected }) => {
      this.#selected.set(selected, selected && shortName(selected.name));
      this.#selected.frame(this.stage.view);
      this.#labels.leaveOut(selected?.id);
      this.stage.invalidate();
    });
    store.on(['showsGrid'], ({ showsGrid }) => {
      grid.object.visible = showsGrid;
      this.stage.invalidate();
    });
  }

  /** Whether the systems have their colours. */
  get hasColours(): boolean {
    return this.#scheme !== undefined;
  }

  /** Colours the systems by the field of the store. */
  async showColours(): Promise<void> {
    const field = this.#options.store.state.colour;
    const scheme = colourScheme(await this.#valuesOf(field));
    if (field !== this.#options.store.state.colour) return;
    this.#scheme = scheme;
    this.field.recolour(scheme);
    this.#showRegions();
    this.#options.onScheme(scheme);
  }

  /** The system under a place on the canvas. */
  pick(place: Place, reach: number): Picked<MapPiece> | undefined {
    return pick(this.field.pieces, this.stage.view, place, reach);
  }

  /** Marks the system under the pointer. */
  hover(picked: Picked<MapPiece> | undefined): void {
    const system = picked && pickedSystem(picked);
    // Most movements of the pointer mark nothing else than before: no frame is drawn for them.
    if (system?.id === this.#hoveredId) return;
    this.#hoveredId = system?.id;
    this.#hovered.set(system);
    this.#hovered.frame(this.stage.view);
  }

  /** Flies to a system, close enough to see its neighbours apart. */
  async flyTo(system: { readonly x: number; readonly y: number; readonly z: number }): Promise<void> {
    const centre: Point = [system.x, system.y, system.z];
    const flight = Symbol();
    this.#flight = flight;
    this.rig.flyTo(centre, Math.min(this.room.spacing * CLOSE, this.stage.view.distance));
    const { tileset, usage } = this.#options;
    const near = await tileset
      .nearest({ center: centre, count: NEIGHBOURS, usage })
      .toArray()
      .catch(this.#report);
    const apart = near?.findLast(({ distance }) => distance > 0)?.distance;
    // Another flight may have begun.
    if (apart !== undefined && this.#flight === flight) this.rig.flyTo(centre, apart * CLOSE);
  }

  /** Flies to a box, so that all of it is seen. */
  flyToBox(min: Point, max: Point): void {
    this.#flight = undefined;
    const centre = min.map((value, axis) => (value + max[axis]!) / 2) as unknown as Point;
    const size = Math.hypot(...min.map((value, axis) => max[axis]! - value));
    this.rig.flyTo(centre, Math.max(size * 1.15, this.room.spacing * CLOSE));
  }

  /** Requests and bytes so far. */
  get usage(): Usage {
    return this.#options.usage;
  }

  /** Whether nothing moves, and all that the view needs is shown. */
  get isAtRest(): boolean {
    return this.stage.isAtRest && this.field.isSettled && this.hasColours;
  }

  /** Pieces whose systems have names on the map: of a sample only if its systems were chosen by rank. */
  get #namedPieces(): MapPiece[] {
    const isRanked = this.#options.tileset.options.preview.field !== null;
    return this.field.pieces.filter(({ piece }) => isRanked || piece.kind === 'exact');
  }

  get #query(): StarQuery {
    const { filters, showsOthers } = this.#options.store.state;
    return { where: whereOf(filters), showsOthers };
  }

  #showQuery(): void {
    this.field.show(this.#query);
    this.#showRegions();
  }

  /** Values of a field with the numbers of their systems: of the set, or else of the sample. */
  async #valuesOf(field: string): Promise<FieldValues> {
    const isFacet = this.facets.names.includes(field);
    const counts = isFacet ? await this.facets.values(field).catch(this.#report) : undefined;
    if (counts) return { field, counts, isExact: true, isFacet };
    const sampled = Map.groupBy(this.#options.sample, row => row.region);
    const regions =
      field === 'region' ? [...sampled].map(([value, rows]) => ({ value, systems: rows.length })) : [];
    return { field, counts: regions, isExact: false, isFacet };
  }

  readonly #report = (error: unknown): undefined => {
    this.#options.onError(error);
    return undefined;
  };

  /** Haze and names of regions: while a filter is on, only those of the regions that it accepts. */
  #showRegions(): void {
    const { sample, store } = this.#options;
    const scheme = this.#scheme;
    if (!scheme) return;
    const { filters } = store.state;
    const isAccepted = (region: string) => admits(filters, 'region', region);
    this.#labels.nameOnly(isAccepted);
    const colourOf = (region: string) =>
      scheme.field === 'region' ? scheme.colours[scheme.slotOf([region])]! : PLAIN_HAZE;
    const isHazy = (region: string) => filters.size === 0 || (filters.has('region') && isAccepted(region));
    this.#haze.paint(sample.map(({ region }) => (isHazy(region) ? colourOf(region) : NO_HAZE)));
  }
}

/** Whether there is no graphics processor, or a small one. */
function isSmallDevice({ isSoftware }: Stage): boolean {
  return isSoftware || matchMedia('(pointer: coarse)').matches;
}

/** The system of a row of a piece. */
export function pickedSystem({ piece: { piece }, row }: Picked<MapPiece>): SelectedSystem {
  return {
    id: piece.id[row]!,
    name: piece.name[row]!,
    region: piece.region[row]!,
    x: piece.x[row]!,
    y: piece.y[row]!,
    z: piece.z[row]!,
  };
}
