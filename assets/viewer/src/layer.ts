// One tileset in the scene: loading, point materials, and what its tiles say.

import { Box3, Points, Sphere, type IUniform, type Matrix4, type Object3D, type PerspectiveCamera, type Vector3, type WebGLRenderer } from 'three';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { TilesRenderer, type Tile } from '3d-tiles-renderer';
import { GLTFExtensionsPlugin, ImplicitTilingPlugin } from '3d-tiles-renderer/plugins';
import type { TilesetInfo } from './api';
import { ElementFilter, type Facet } from './elements';
import { widthOf, type PointStyle } from './points';

const MEGABYTE = 2 ** 20;
/** Pixels; so near to nothing that every tile is refined. */
const ALL_DETAIL = 1e-3;

export interface LayerEvents {
	changed(): void;
	/** Other tiles are shown, such as another level of what was shown. */
	tilesChanged(layer: Layer): void;
	/** There are storeys or disciplines that were not known before. */
	elementsMet(layer: Layer): void;
	failed(layer: Layer): void;
}

export class Layer {

	readonly tiles: TilesRenderer;
	/** How narrow the points of each tile may be drawn. */
	readonly #narrowest = new WeakMap<Tile, IUniform<number>>();
	/** Which elements of a plan are shown. */
	readonly elements = new ElementFilter();
	readonly #brightest: IUniform<number> = { value: 1 };
	#failure: 'whole' | 'part' | null = null;

	constructor(readonly info: TilesetInfo, toScene: Matrix4, readonly style: PointStyle, private readonly events: LayerEvents) {
		this.tiles = new TilesRenderer(info.url);
		this.tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, meshoptDecoder: MeshoptDecoder }));
		this.tiles.registerPlugin(new ImplicitTilingPlugin());
		const phone = matchMedia('(pointer: coarse)').matches;
		this.tiles.errorTarget = this.#errorTarget;
		this.tiles.lruCache.maxBytesSize = (phone ? 200 : 700) * MEGABYTE;
		this.tiles.lruCache.minBytesSize = (phone ? 120 : 450) * MEGABYTE;
		this.tiles.group.matrixAutoUpdate = false;
		this.tiles.group.matrix.copy(toScene);
		this.tiles.group.updateMatrixWorld(true);
		this.#listen();
	}

	#listen(): void {
		this.tiles.addEventListener('load-model', ({ scene, tile }) => { this.#dress(scene, tile); this.events.changed(); });
		this.tiles.addEventListener('tile-visibility-change', () => { this.#fitWidths(); this.events.tilesChanged(this); });
		for (const name of ['needs-update', 'tiles-load-end', 'load-root-tileset'] as const) {
			this.tiles.addEventListener(name, () => this.events.changed());
		}
		this.tiles.addEventListener('load-error', ({ tile }) => {
			const before = this.#failure;
			if (tile === null) this.#failure = 'whole';
			else this.#failure ??= 'part';
			if (this.#failure !== before) this.events.failed(this);
		});
	}

	get isPoints(): boolean { return this.info.kind === 'points'; }

	/** Whether it is a design, and not the city that stands. */
	get isPlan(): boolean { return this.info.kind === 'model'; }

	get visible(): boolean { return this.tiles.group.visible; }

	set visible(visible: boolean) { this.tiles.group.visible = visible; this.events.changed(); }

	/** What could not be loaded: the tileset itself, or some of its tiles. */
	get failure(): 'whole' | 'part' | null { return this.#failure; }

	get settled(): boolean { return !this.visible || this.#failure === 'whole' || (this.tiles.root !== null && this.tiles.loadProgress === 1); }

	/** How many parts are still on their way. */
	get pending(): number {
		if (this.settled) return 0;
		const { downloading, parsing, queued } = (this.tiles as unknown as { stats: Record<'downloading' | 'parsing' | 'queued', number> }).stats;
		return Math.max(1, downloading + parsing + queued);
	}

	update(camera: PerspectiveCamera, renderer: WebGLRenderer): void {
		if (!this.visible) return;
		this.tiles.setCamera(camera);
		this.tiles.setResolutionFromRenderer(camera, renderer);
		this.tiles.update();
	}

	/** Where the whole layer lies in the scene, once its root is known. */
	sphere(target: Sphere): boolean {
		if (!this.tiles.getBoundingSphere(target)) return false;
		target.applyMatrix4(this.tiles.group.matrixWorld);
		return true;
	}

	#dress(scene: Object3D, tile: Tile): void {
		const own = widthOf(tile.geometricError);
		const widths = { own, narrowest: { value: own }, asked: widthOf(this.tiles.errorTarget) };
		this.#narrowest.set(tile, widths.narrowest);
		if (this.isPlan && this.elements.add(scene)) this.events.elementsMet(this);
		scene.traverse(object => {
			if (!(object instanceof Points)) return;
			const intensity = object.geometry.getAttribute('_intensity');
			if (intensity) this.#brightest.value = Math.max(this.#brightest.value, quantile(intensity, 0.95));
			object.material = this.style.material(widths, this.#brightest);
		});
	}

	/**
	 * Pixels that a coarse level may be off. Of a plan hardly to be seen, at a tenth of the bytes of all detail; of the
	 * city around it more: the first view of a square kilometre then takes 1.8 MB on a screen of 1920 × 1080.
	 */
	get #errorTarget(): number {
		const phone = matchMedia('(pointer: coarse)').matches;
		if (this.info.kind === 'model') return phone ? 5 : 3;
		return phone ? 24 : 20;
	}

	/**
	 * Show or hide the elements of a storey or discipline. Coarse levels lack what cannot be seen from outside, so all
	 * detail is fetched while something is hidden.
	 */
	showElements(facet: Facet, value: string, visible: boolean): void {
		this.elements.show(facet, value, visible);
		this.tiles.errorTarget = this.elements.active ? ALL_DETAIL : this.#errorTarget;
		this.tiles.forEachLoadedModel(scene => this.elements.apply(scene));
		this.events.changed();
	}

	/** In how many files the properties of elements are (see properties.ts). */
	get propertyFiles(): number {
		const root = this.tiles.rootTileset as { metadata?: { properties?: Record<string, unknown> } } | null;
		return Number(root?.metadata?.properties?.['propertyFiles'] ?? 0);
	}

	/**
	 * Points of a tile are at least as wide as the finest tile shown within it asks, and at most as its own error does; in
	 * between, each one's distance tells whether a finer tile is drawn over it (see points.ts).
	 */
	#fitWidths(): void {
		const finest = new Map<Tile, number>();
		for (const tile of this.tiles.visibleTiles) {
			if (!tile.geometricError) continue;
			for (let at: Tile | null = tile; at; at = at.parent) {
				if ((finest.get(at) ?? Infinity) <= tile.geometricError) break;
				finest.set(at, tile.geometricError);
			}
		}
		for (const tile of this.tiles.visibleTiles) {
			const narrowest = this.#narrowest.get(tile), error = finest.get(tile);
			if (narrowest && error) narrowest.value = widthOf(error);
		}
	}

	/** What the tiles hold that are shown. */
	*shownScenes(): Generator<Object3D> {
		for (const tile of this.tiles.visibleTiles as Set<Tile & { engineData?: { scene?: Object3D } }>) {
			if (tile.engineData?.scene) yield tile.engineData.scene;
		}
	}

	/** The loaded point tiles that may hold ground near a place of the scene. */
	*pointsNear(place: Vector3, within: number): Generator<Points> {
		const box = new Box3();
		for (const scene of this.shownScenes()) {
			const found: Points[] = [];
			scene.traverse(object => { if (object instanceof Points) found.push(object); });
			for (const points of found) {
				points.geometry.boundingBox ?? points.geometry.computeBoundingBox();
				box.copy(points.geometry.boundingBox!).applyMatrix4(points.matrixWorld);
				const outside = Math.max(box.min.x - place.x, place.x - box.max.x, box.min.z - place.z, place.z - box.max.z);
				if (outside < within) yield points;
			}
		}
	}

}

function quantile(values: { count: number; getX(index: number): number }, part: number): number {
	const step = Math.max(1, Math.floor(values.count / 500));
	const sample: number[] = [];
	for (let i = 0; i < values.count; i += step) sample.push(values.getX(i));
	sample.sort((a, b) => a - b);
	return sample[Math.floor((sample.length - 1) * part)] ?? 1;
}
