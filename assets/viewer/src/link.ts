// The view in the address, so that it can be sent to someone: #v=lat,lon,height,heading,pitch (degrees, metres).

import { MathUtils } from 'three';
import type { Position } from './api';

export interface View { position: Position; heading: number; pitch: number }

export function readView(hash: string): View | null {
	const numbers = new URLSearchParams(hash.slice(1)).get('v')?.split(',').map(Number);
	if (numbers?.length !== 5 || !numbers.every(Number.isFinite)) return null;
	const [lat, lon, height, heading, pitch] = numbers as [number, number, number, number, number];
	return { position: { lat, lon, height }, heading: heading * MathUtils.DEG2RAD, pitch: pitch * MathUtils.DEG2RAD };
}

export function writeView({ position, heading, pitch }: View): void {
	const degrees = (radians: number): string => (radians * MathUtils.RAD2DEG).toFixed(1);
	const numbers = [position.lat.toFixed(7), position.lon.toFixed(7), position.height.toFixed(1), degrees(heading), degrees(pitch)];
	history.replaceState(null, '', `#v=${numbers.join(',')}`);
}
