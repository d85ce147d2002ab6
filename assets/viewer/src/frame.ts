// Between the Earth and the scene. The scene is in metres: x east, y up, z south of its origin.

import { MathUtils, Matrix4, Vector3 } from 'three';
import type { Position } from './api';

// GRS80, the ellipsoid of ETRS89.
const A = 6378137;
const E2 = 0.00669438002290;

export function geographicToEcef({ lat, lon, height }: Position): Vector3 {
	const phi = lat * MathUtils.DEG2RAD, lambda = lon * MathUtils.DEG2RAD;
	const n = A / Math.sqrt(1 - E2 * Math.sin(phi) ** 2);
	return new Vector3(
		(n + height) * Math.cos(phi) * Math.cos(lambda),
		(n + height) * Math.cos(phi) * Math.sin(lambda),
		(n * (1 - E2) + height) * Math.sin(phi),
	);
}

/** By Bowring's method, to well under a millimetre near the ground. */
export function ecefToGeographic(p: Vector3): Position {
	const across = Math.hypot(p.x, p.y);
	let phi = Math.atan2(p.z, across * (1 - E2));
	let n = A;
	for (let i = 0; i < 5; i++) {
		n = A / Math.sqrt(1 - E2 * Math.sin(phi) ** 2);
		phi = Math.atan2(p.z + E2 * n * Math.sin(phi), across);
	}
	const height = across / Math.cos(phi) - n;
	return { lat: phi * MathUtils.RAD2DEG, lon: Math.atan2(p.y, p.x) * MathUtils.RAD2DEG, height };
}

/** Earth-centred metres to the scene whose origin lies at `origin`. */
export function ecefToScene(origin: Position): Matrix4 {
	const phi = origin.lat * MathUtils.DEG2RAD, lambda = origin.lon * MathUtils.DEG2RAD;
	const east = new Vector3(-Math.sin(lambda), Math.cos(lambda), 0);
	const up = new Vector3(Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi));
	const south = new Vector3().crossVectors(east, up);
	const sceneToEcef = new Matrix4().makeBasis(east, up, south).setPosition(geographicToEcef(origin));
	return sceneToEcef.invert();
}
