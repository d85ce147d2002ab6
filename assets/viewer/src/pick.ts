// What is under the cursor: an element of the plan with its properties, or a measured point.

import {
	BufferGeometry, DoubleSide, Mesh, MeshBasicMaterial, Points, Raycaster, Vector2, Vector3,
	type Intersection, type PerspectiveCamera, type Scene,
} from 'three';
import { featureAt, partsOf, rowOf, rowsOf, type Row } from './elements';
import type { Layer } from './layer';

export interface PickedElement { kind: 'element'; layer: Layer; properties: Row; at: Vector3 }
export interface PickedPoint { kind: 'point'; layer: Layer; classification: number; intensity: number; returnNumber: number; at: Vector3 }
export type Picked = PickedElement | PickedPoint;

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
		// Of tiles that are shown: those that wait in memory, such as other levels, stand nowhere.
		for (const scene of picked.layer.shownScenes()) scene.traverse(object => {
			if (object instanceof Mesh && !this.#shown.includes(object)) this.#shown.push(...this.#parts(object, guid));
		});
		for (const part of this.#shown) this.scene.add(part);
	}

	*#parts(mesh: Mesh, guid: string): Generator<Mesh> {
		const feature = rowsOf(mesh).findIndex(row => row['guid'] === guid);
		if (feature < 0) return;
		for (const { index, matrix } of partsOf(mesh, feature)) {
			const geometry = new BufferGeometry();
			geometry.setAttribute('position', mesh.geometry.getAttribute('position'));
			geometry.setIndex(index);
			const part = new Mesh(geometry, this.#highlight);
			part.matrixAutoUpdate = false;
			part.matrix.copy(matrix);
			part.renderOrder = 1;
			yield part;
		}
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

function propertiesOf(hit: Intersection): Row {
	const feature = featureAt(hit);
	return feature === null ? {} : rowOf(hit.object, feature);
}
