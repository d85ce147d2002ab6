// What is under the cursor: an element of the plan with its properties, or a measured point.

import {
	BufferAttribute, BufferGeometry, DoubleSide, Mesh, MeshBasicMaterial, Points, Raycaster, Vector2, Vector3,
	type Intersection, type Object3D, type PerspectiveCamera, type Scene,
} from 'three';
import type { Layer } from './layer';

export interface PickedElement { kind: 'element'; layer: Layer; properties: Record<string, string>; at: Vector3 }
export interface PickedPoint { kind: 'point'; layer: Layer; classification: number; intensity: number; returnNumber: number; at: Vector3 }
export type Picked = PickedElement | PickedPoint;

interface Metadata {
	meshFeatures?: { getFeatures(triangle: number, barycoord: Vector3): (number | null)[]; getFeatureInfo(): { propertyTable: number | null }[] };
	structuralMetadata?: { getPropertyTableData(tables: (number | null)[], ids: (number | null)[]): Record<string, unknown>[] };
}

const POINT_REACH_PIXELS = 5;
const LONGEST_REACH_METRES = 3;

export class Picker {

	readonly #raycaster = new Raycaster();
	readonly #highlight = new MeshBasicMaterial({ color: 0xff8a1f, transparent: true, opacity: 0.55, side: DoubleSide, depthWrite: false, polygonOffset: true, polygonOffsetFactor: -2, polygonOffsetUnits: -2 });
	#shown: Mesh[] = [];

	constructor(private readonly scene: Scene, private readonly camera: PerspectiveCamera) {}

	/** What lies nearest under a place of the canvas, −1 to 1. */
	pick(place: Vector2, layers: readonly Layer[], radiansPerPixel: number): Picked | null {
		this.#raycaster.setFromCamera(place, this.camera);
		let nearest: { hit: Intersection; layer: Layer } | null = null;
		for (const layer of layers) {
			if (!layer.visible) continue;
			this.#raycaster.params.Points.threshold = LONGEST_REACH_METRES;
			for (const hit of this.#raycaster.intersectObject(layer.tiles.group, true)) {
				if (hit.object instanceof Points && !(isShown(hit, layer) && this.#isNear(hit, radiansPerPixel))) continue;
				if (!nearest || hit.distance < nearest.hit.distance) nearest = { hit, layer };
				break;
			}
		}
		return nearest && describe(nearest.hit, nearest.layer);
	}

	/** Whether a point is near the cursor on the screen, so that a click on a wall is not caught by the ground before it. */
	#isNear(hit: Intersection, radiansPerPixel: number): boolean {
		const aside = this.#raycaster.ray.distanceToPoint(placeOf(hit));
		return aside < Math.max(0.02, hit.distance * radiansPerPixel * POINT_REACH_PIXELS);
	}

	/** Colour one element, wherever its triangles are; null takes the colour off. */
	highlight(picked: Picked | null): void {
		for (const mesh of this.#shown) {
			mesh.removeFromParent();
			mesh.geometry.dispose();
		}
		this.#shown = [];
		const guid = picked?.kind === 'element' ? picked.properties['guid'] : undefined;
		if (!picked || !guid) return;
		picked.layer.tiles.forEachLoadedModel(scene => scene.traverse(object => {
			const part = object instanceof Mesh && !this.#shown.includes(object) ? this.#part(object, guid) : null;
			if (part) this.#shown.push(part);
		}));
		for (const part of this.#shown) this.scene.add(part);
	}

	#part(mesh: Mesh, guid: string): Mesh | null {
		const ids = mesh.geometry.getAttribute('_feature_id_0');
		const index = mesh.geometry.getIndex();
		if (!ids || !index) return null;
		const wanted = featureOf(mesh, guid, ids);
		if (wanted === null) return null;
		const corners: number[] = [];
		for (let i = 0; i < index.count; i += 3) {
			if (ids.getX(index.getX(i)) === wanted) corners.push(index.getX(i), index.getX(i + 1), index.getX(i + 2));
		}
		if (corners.length === 0) return null;
		const geometry = new BufferGeometry();
		geometry.setAttribute('position', mesh.geometry.getAttribute('position'));
		geometry.setIndex(new BufferAttribute(new Uint32Array(corners), 1));
		const part = new Mesh(geometry, this.#highlight);
		part.matrixAutoUpdate = false;
		part.matrix.copy(mesh.matrixWorld);
		part.renderOrder = 1;
		return part;
	}

}

/** Where the point itself lies; three gives the place on the ray that passes by it. */
function placeOf(hit: Intersection): Vector3 {
	const position = (hit.object as Points).geometry.getAttribute('position');
	return new Vector3().fromBufferAttribute(position, hit.index!).applyMatrix4(hit.object.matrixWorld);
}

function isShown(hit: Intersection, layer: Layer): boolean {
	const kind = (hit.object as Points).geometry.getAttribute('_classification');
	return !kind || layer.style.isShown(kind.getX(hit.index!));
}

function describe(hit: Intersection, layer: Layer): Picked {
	if (hit.object instanceof Points) {
		const value = (name: string): number => (hit.object as Points).geometry.getAttribute(name)?.getX(hit.index!) ?? 0;
		return { kind: 'point', layer, classification: value('_classification'), intensity: value('_intensity'), returnNumber: value('_return_number'), at: placeOf(hit) };
	}
	return { kind: 'element', layer, properties: propertiesOf(hit), at: hit.point };
}

function propertiesOf(hit: Intersection): Record<string, string> {
	const { meshFeatures } = metadataOf(hit.object);
	if (!meshFeatures || hit.faceIndex == null) return {};
	const id = meshFeatures.getFeatures(hit.faceIndex, hit.barycoord ?? new Vector3(1, 0, 0))[0];
	return id == null ? {} : rowOf(hit.object, id);
}

function rowOf(object: Object3D, id: number): Record<string, string> {
	const { structuralMetadata } = metadataOf(object);
	const row = structuralMetadata?.getPropertyTableData([0], [id])[0] ?? {};
	return Object.fromEntries(Object.entries(row).filter(([, value]) => value).map(([name, value]) => [name, String(value)]));
}

function metadataOf(object: Object3D): Metadata {
	const found: Metadata = {};
	for (let at: Object3D | null = object; at; at = at.parent) {
		const data = at.userData as Metadata;
		found.meshFeatures ??= data.meshFeatures;
		found.structuralMetadata ??= data.structuralMetadata;
	}
	return found;
}

function featureOf(mesh: Mesh, guid: string, ids: { count: number; getX(index: number): number }): number | null {
	const seen = new Set<number>();
	for (let i = 0; i < ids.count; i++) seen.add(ids.getX(i));
	for (const id of seen) if (rowOf(mesh, id)['guid'] === guid) return id;
	return null;
}
