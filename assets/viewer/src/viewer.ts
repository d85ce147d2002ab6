// The picture: scene, light, camera and layers, drawn only when something has changed.

import { DirectionalLight, HemisphereLight, MathUtils, PerspectiveCamera, Scene, Sphere, Vector2, Vector3, WebGLRenderer } from 'three';
import type { Position, TilesetInfo } from './api';
import { EyeDomeLighting } from './edl';
import type { Facet } from './elements';
import { ecefToGeographic, ecefToScene, geographicToEcef } from './frame';
import { groundAt } from './ground';
import { Layer } from './layer';
import { readView, writeView, type View } from './link';
import { Navigation, type Mode } from './navigation';
import { Picker, type Picked } from './pick';
import { PointStyle } from './points';

export interface ViewerEvents {
	drawn(): void;
	picked(picked: Picked | null): void;
	failed(layer: Layer): void;
	elementsMet(layer: Layer): void;
}

const CLICK_PIXELS = 5;
/** Frames drawn after the last change, so that the tile renderer sees the camera stand still. */
const LAST_FRAMES = 3;

export class Viewer {

	readonly camera = new PerspectiveCamera(60, 1, 0.3, 20000);
	readonly scene = new Scene();
	readonly style = new PointStyle();
	readonly edl: EyeDomeLighting;
	readonly navigation: Navigation;
	readonly layers: Layer[] = [];
	readonly #renderer: WebGLRenderer;
	readonly #picker: Picker;
	readonly #toScene;
	#framesLeft = LAST_FRAMES;
	#lastTime = 0;
	#linkTimer = 0;
	#selected: Picked | null = null;
	frames = 0;

	constructor(private readonly canvas: HTMLCanvasElement, readonly origin: Position, private readonly events: ViewerEvents) {
		const phone = matchMedia('(pointer: coarse)').matches;
		this.#renderer = new WebGLRenderer({ canvas, alpha: true, antialias: false, powerPreference: 'high-performance' });
		this.#renderer.setClearColor(0, 0);
		this.#renderer.setPixelRatio(Math.min(devicePixelRatio, phone ? 1.5 : 2));
		this.edl = new EyeDomeLighting(phone || navigator.webdriver ? 0 : 4);
		this.#toScene = ecefToScene(origin);
		this.#light();
		this.navigation = new Navigation(this.camera, canvas, this.scene, (place, feet) => groundAt(this.layers, place, feet));
		this.#picker = new Picker(this.scene, this.camera);
		this.#listen();
		this.#resize();
		requestAnimationFrame(time => this.#frame(time));
	}

	#light(): void {
		const sun = new DirectionalLight(0xfff3e0, 2.4);
		sun.position.set(0.35, 0.8, 0.6); // from the south-east, as on a late morning
		this.scene.add(sun, new HemisphereLight(0xdcebff, 0x8d8577, 1.7));
	}

	#listen(): void {
		new ResizeObserver(() => this.#resize()).observe(this.canvas);
		const down = new Vector2();
		this.canvas.addEventListener('pointerdown', event => { down.set(event.clientX, event.clientY); });
		this.canvas.addEventListener('pointerup', event => {
			if (event.button === 0 && down.distanceTo(new Vector2(event.clientX, event.clientY)) < CLICK_PIXELS) this.pick(event.clientX, event.clientY);
		});
	}

	#resize(): void {
		const { clientWidth: width, clientHeight: height } = this.canvas;
		this.#renderer.setSize(width, height, false);
		this.edl.setSize(width, height, this.#renderer.getPixelRatio());
		this.camera.aspect = width / Math.max(1, height);
		this.camera.updateProjectionMatrix();
		this.changed();
	}

	add(info: TilesetInfo): Layer {
		const layer = new Layer(info, this.#toScene, this.style, {
			changed: () => this.changed(), tilesChanged: changed => this.#tilesChanged(changed), failed: failed => this.events.failed(failed), elementsMet: met => this.events.elementsMet(met),
		});
		this.layers.push(layer);
		this.scene.add(layer.tiles.group);
		this.changed();
		return layer;
	}

	/** The storeys and disciplines that the tiles of plans have told of so far. */
	get facets(): Record<Facet, ReadonlySet<string>> {
		const of = (facet: Facet): ReadonlySet<string> => new Set(this.layers.flatMap(layer => [...layer.elements.values[facet]]));
		return { storey: of('storey'), discipline: of('discipline') };
	}

	/** Something looks different now: draw. */
	changed(): void { this.#framesLeft = LAST_FRAMES; }

	get settled(): boolean { return this.#framesLeft === 0 && this.layers.every(layer => layer.settled); }

	#frame(time: number): void {
		requestAnimationFrame(next => this.#frame(next));
		const seconds = (time - this.#lastTime) / 1000;
		this.#lastTime = time;
		if (this.navigation.update(seconds)) this.changed();
		if (this.#framesLeft === 0 && this.layers.every(layer => layer.settled)) return;
		this.#framesLeft = Math.max(0, this.#framesLeft - 1);
		this.#draw();
	}

	#draw(): void {
		this.camera.updateMatrixWorld();
		for (const layer of this.layers) layer.update(this.camera, this.#renderer);
		const ratio = this.#renderer.getPixelRatio();
		this.style.setScale(this.canvas.clientHeight * ratio / (2 * Math.tan(this.camera.fov / 2 * MathUtils.DEG2RAD)), ratio);
		this.edl.render(this.#renderer, this.scene, this.camera);
		this.frames++;
		clearTimeout(this.#linkTimer);
		this.#linkTimer = setTimeout(() => writeView(this.view), 500);
		this.events.drawn();
	}

	get view(): View {
		const ecef = this.camera.position.clone().applyMatrix4(this.#toScene.clone().invert());
		return { position: ecefToGeographic(ecef), ...this.navigation.direction };
	}

	/** Where a position on Earth lies in the scene. */
	toScene(position: Position): Vector3 { return geographicToEcef(position).applyMatrix4(this.#toScene); }

	toGeographic(place: Vector3): Position { return ecefToGeographic(place.clone().applyMatrix4(this.#toScene.clone().invert())); }

	/** The view from the address, or a pleasant one of the plan. */
	start(): void {
		const view = readView(location.hash);
		if (view) this.restore(view);
		else this.home();
	}

	restore({ position, heading, pitch }: View): void {
		this.camera.position.copy(this.toScene(position));
		this.camera.up.set(0, 1, 0);
		this.navigation.direction = { heading, pitch };
	}

	home(): void {
		const first = this.#main();
		if (first) this.frameLayer(first);
	}

	/** Look at a layer from above, with its surroundings: a plan with the city behind it, else from the south-east. */
	frameLayer(layer: Layer): void {
		const sphere = this.#sphere(layer);
		const away = this.#awayFromCity(layer, sphere);
		const distance = layer.isPlan ? sphere.radius * (away ? 6.5 : 4) : sphere.radius * 1.5;
		const from = away ?? new Vector3(0.75, 0, 0.62);
		from.y = 0.42 * Math.hypot(from.x, from.z);
		this.navigation.place(sphere.center.clone().addScaledVector(from.normalize(), distance), sphere.center);
		this.changed();
	}

	#sphere(layer: Layer): Sphere {
		const sphere = new Sphere();
		if (!layer.sphere(sphere)) sphere.set(this.toScene(layer.info.centre), layer.info.radius);
		return sphere;
	}

	/** The level direction from the middle of the points around a plan to the plan, or null when it stands in the middle. */
	#awayFromCity(layer: Layer, plan: Sphere): Vector3 | null {
		const city = this.layers.filter(other => !other.isPlan && other !== layer).map(other => this.#sphere(other))
			.find(around => around.containsPoint(plan.center));
		const away = city && plan.center.clone().sub(city.center).setY(0);
		return away && away.length() > 0.15 * city.radius ? away : null;
	}

	/** Move in another way; one who begins to walk where there is no ground is set down before the plan. */
	setMode(mode: Mode): void {
		if (mode === 'walk' && groundAt(this.layers, this.camera.position, Infinity) === null) this.#setDown();
		this.navigation.mode = mode;
	}

	#setDown(): void {
		const layer = this.#main();
		if (!layer) return;
		const { center, radius } = this.#sphere(layer);
		const toCamera = this.camera.position.clone().sub(center).setY(0).normalize();
		for (const turn of [0, 45, -45, 90, -90, 135, -135, 180]) {
			const away = toCamera.clone().applyAxisAngle(new Vector3(0, 1, 0), turn * MathUtils.DEG2RAD);
			const place = center.clone().addScaledVector(away, radius * 2 + 10);
			if (groundAt(this.layers, place, Infinity) !== null) return this.navigation.place(place, center);
		}
	}

	#main(): Layer | undefined {
		return this.layers.find(layer => layer.isPlan && layer.info.layerOf === null) ?? this.layers[0];
	}

	/** Turn to the north: around what is looked at, so that it stays in sight, or on the spot when flying or walking. */
	north(): void {
		const centre = this.navigation.mode === 'orbit' ? this.#picker.pick(new Vector2(), this.layers, this.#radiansPerPixel)?.at : null;
		if (centre) {
			const reach = this.camera.position.clone().sub(centre);
			const level = Math.hypot(reach.x, reach.z);
			this.navigation.place(new Vector3(centre.x, centre.y + reach.y, centre.z + level), centre);
		} else this.navigation.direction = { heading: 0, pitch: this.navigation.direction.pitch };
		this.changed();
	}

	get #radiansPerPixel(): number { return this.camera.fov * MathUtils.DEG2RAD / Math.max(1, this.canvas.clientHeight); }

	pick(clientX: number, clientY: number): void {
		const { left, top, width, height } = this.canvas.getBoundingClientRect();
		const place = new Vector2((clientX - left) / width * 2 - 1, 1 - (clientY - top) / height * 2);
		const picked = this.#picker.pick(place, this.layers, this.#radiansPerPixel);
		this.select(picked);
		this.events.picked(picked);
	}

	/** Another level of an element takes over the colour of the one that was picked. */
	#tilesChanged(layer: Layer): void {
		if (this.#selected?.layer === layer) this.#picker.highlight(this.#selected);
		this.changed();
	}

	select(picked: Picked | null): void {
		this.#selected = picked;
		this.#picker.highlight(picked);
		this.changed();
	}

}
