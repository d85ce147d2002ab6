// The ground under the feet, from the points around them.

import { Vector3 } from 'three';
import type { Layer } from './layer';

const WITHIN = 1.5;
/** Ground, water and what one walks on: quays and bridges. */
const UNDERFOOT = new Set([2, 9, 26]);
const STEP_UP = 1.0;

/** The height of the ground at a place of the scene, or null where no ground is loaded. */
export function groundAt(layers: readonly Layer[], place: Vector3, feet: number): number | null {
	const heights: number[] = [];
	const point = new Vector3();
	for (const layer of layers) {
		if (!layer.isPoints || !layer.visible) continue;
		for (const points of layer.pointsNear(place, WITHIN)) {
			const position = points.geometry.getAttribute('position');
			const kind = points.geometry.getAttribute('_classification');
			for (let i = 0; i < position.count; i++) {
				if (kind && !UNDERFOOT.has(kind.getX(i))) continue;
				point.fromBufferAttribute(position, i).applyMatrix4(points.matrixWorld);
				const near = (point.x - place.x) ** 2 + (point.z - place.z) ** 2 < WITHIN ** 2;
				if (near && point.y < feet + STEP_UP) heights.push(point.y);
			}
		}
	}
	if (heights.length === 0) return null;
	heights.sort((a, b) => a - b);
	// High in the order, so that a bridge is walked over and not the water under it; not the highest, which is noise.
	return heights[Math.floor((heights.length - 1) * 0.8)]!;
}
