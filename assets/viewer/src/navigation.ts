// Three ways to move: around what is under the cursor, flying, and walking at eye height.

import { MathUtils, Vector3, type PerspectiveCamera, type Scene } from 'three';
import { EnvironmentControls } from '3d-tiles-renderer';

export type Mode = 'orbit' | 'fly' | 'walk';
export const MODES: readonly Mode[] = ['orbit', 'fly', 'walk'];
export const EYE_HEIGHT = 1.6;

export type Command = 'forward' | 'back' | 'left' | 'right' | 'up' | 'down';

const KEYS: Record<string, Command> = {
	KeyW: 'forward', ArrowUp: 'forward', KeyS: 'back', ArrowDown: 'back', KeyA: 'left', ArrowLeft: 'left',
	KeyD: 'right', ArrowRight: 'right', KeyE: 'up', KeyQ: 'down',
};
const LOOK_RADIANS_PER_PIXEL = 0.0035;
const WALK_METRES_PER_SECOND = 2.2;
const FLY_METRES_PER_SECOND = 25;
const FASTER = 4;

type Ground = (place: Vector3, feet: number) => number | null;

export class Navigation {

	readonly #orbit: EnvironmentControls;
	readonly #held = new Set<Command>();
	readonly #lastGroundPlace = new Vector3(Infinity, 0, 0);
	#mode: Mode = 'orbit';
	#fast = false;
	#dragging: { pointer: number; x: number; y: number } | null = null;
	#moved = false;
	#ground: number | null = null;

	constructor(private readonly camera: PerspectiveCamera, private readonly canvas: HTMLCanvasElement, scene: Scene, private readonly groundAt: Ground) {
		this.#orbit = new EnvironmentControls(scene, camera, canvas);
		this.#orbit.enableDamping = !matchMedia('(prefers-reduced-motion: reduce)').matches;
		this.#orbit.adjustHeight = false;
		this.#orbit.minDistance = 1;
		this.#orbit.maxDistance = 15000;
		this.#orbit.cameraRadius = 0;
		for (const name of ['change', 'start', 'end'] as const) this.#orbit.addEventListener(name, () => { this.#moved = true; });
		this.#listen();
	}

	#listen(): void {
		addEventListener('keydown', event => this.#key(event, true));
		addEventListener('keyup', event => this.#key(event, false));
		addEventListener('blur', () => this.#held.clear());
		this.canvas.addEventListener('pointerdown', event => {
			if (this.#mode === 'orbit' || this.#dragging !== null) return;
			this.#dragging = { pointer: event.pointerId, x: event.clientX, y: event.clientY };
			this.canvas.setPointerCapture(event.pointerId);
		});
		this.canvas.addEventListener('pointermove', event => {
			if (event.pointerId !== this.#dragging?.pointer) return;
			// Not movementX: some phones leave it out for touch, and its unit differs between systems.
			this.#look(event.clientX - this.#dragging.x, event.clientY - this.#dragging.y);
			this.#dragging = { pointer: event.pointerId, x: event.clientX, y: event.clientY };
		});
		for (const name of ['pointerup', 'pointercancel'] as const) {
			this.canvas.addEventListener(name, event => { if (event.pointerId === this.#dragging?.pointer) this.#dragging = null; });
		}
	}

	#key(event: KeyboardEvent, down: boolean): void {
		this.#fast = event.shiftKey;
		const command = KEYS[event.code];
		if (!command) return;
		// A key that is let go is let go, wherever the focus went meanwhile.
		if (!down && this.#held.has(command)) this.hold(command, false);
		const choosing = event.target instanceof HTMLElement && event.target.closest('select') !== null;
		if (!down || choosing || event.ctrlKey || event.metaKey || event.altKey || this.#mode === 'orbit') return;
		event.preventDefault();
		this.hold(command, true);
	}

	/** A command that begins or ends, by key or by the pad on the screen. */
	hold(command: Command, down: boolean): void {
		if (down) this.#held.add(command);
		else this.#held.delete(command);
		this.#moved = true;
	}

	#look(dx: number, dy: number): void {
		const { heading, pitch } = this.direction;
		this.direction = { heading: heading + dx * LOOK_RADIANS_PER_PIXEL, pitch: pitch - dy * LOOK_RADIANS_PER_PIXEL };
	}

	/** Where the camera looks: radians clockwise from north, and up from the horizon. */
	get direction(): { heading: number; pitch: number } {
		const ahead = this.camera.getWorldDirection(new Vector3());
		return { heading: Math.atan2(ahead.x, -ahead.z), pitch: Math.asin(MathUtils.clamp(ahead.y, -1, 1)) };
	}

	set direction({ heading, pitch }: { heading: number; pitch: number }) {
		const up = MathUtils.clamp(pitch, -1.55, 1.55);
		this.camera.rotation.set(up, -heading, 0, 'YXZ');
		this.#moved = true;
	}

	get mode(): Mode { return this.#mode; }

	set mode(mode: Mode) {
		this.#mode = mode;
		this.#orbit.enabled = mode === 'orbit';
		this.#held.clear();
		this.#ground = null;
		this.#lastGroundPlace.x = Infinity;
		if (mode === 'walk') this.direction = { heading: this.direction.heading, pitch: 0 };
		this.#moved = true;
	}

	/** Put the camera somewhere, looking at something. */
	place(position: Vector3, target: Vector3): void {
		this.camera.position.copy(position);
		this.camera.up.set(0, 1, 0);
		this.camera.lookAt(target);
		this.#lastGroundPlace.x = Infinity;
		this.#moved = true;
	}

	/** Move on by a frame; whether anything moved. */
	update(seconds: number): boolean {
		const step = Math.min(seconds, 0.1);
		if (this.#mode === 'orbit') this.#orbit.update(step);
		else this.#travel(step);
		const moved = this.#moved || this.#held.size > 0;
		this.#moved = false;
		return moved;
	}

	#travel(seconds: number): void {
		const { heading, pitch } = this.direction;
		const level = this.#mode === 'walk' ? 0 : pitch;
		const ahead = new Vector3(Math.sin(heading) * Math.cos(level), Math.sin(level), -Math.cos(heading) * Math.cos(level));
		const right = new Vector3(Math.cos(heading), 0, Math.sin(heading));
		const along = (positive: Command, negative: Command): number => Number(this.#held.has(positive)) - Number(this.#held.has(negative));
		const speed = (this.#mode === 'walk' ? WALK_METRES_PER_SECOND : FLY_METRES_PER_SECOND) * (this.#fast ? FASTER : 1) * seconds;
		this.camera.position.addScaledVector(ahead, along('forward', 'back') * speed).addScaledVector(right, along('right', 'left') * speed);
		if (this.#mode === 'fly') this.camera.position.y += along('up', 'down') * speed;
		else this.#stand(seconds);
	}

	/** Keep the eyes 1.6 m above the ground, without jolts. */
	#stand(seconds: number): void {
		const { position } = this.camera;
		const gone = Math.hypot(position.x - this.#lastGroundPlace.x, position.z - this.#lastGroundPlace.z);
		if (this.#ground === null || gone > 0.3) {
			// From the air any ground will do; once standing, only what one can step onto.
			const found = this.groundAt(position, this.#ground ?? Infinity);
			if (found !== null) this.#ground = found;
			this.#lastGroundPlace.copy(position);
		}
		if (this.#ground === null) return;
		const wanted = this.#ground + EYE_HEIGHT;
		const rest = wanted - position.y;
		if (Math.abs(rest) < 0.001) return;
		position.y = Math.abs(rest) > 5 ? wanted : position.y + rest * Math.min(1, seconds * 8);
		if (Math.abs(wanted - position.y) < 0.005) position.y = wanted;
		this.#moved = true;
	}

}
