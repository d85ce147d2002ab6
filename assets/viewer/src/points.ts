// How points are drawn: attenuated by distance, hidden by class, coloured in one of four ways without new tiles.

import { DataTexture, GLSL3, NearestFilter, RGBAFormat, ShaderMaterial, UnsignedByteType, type IUniform } from 'three';

export type ColourMode = 'asDelivered' | 'byClass' | 'byHeight' | 'byIntensity';
export const COLOUR_MODES: readonly ColourMode[] = ['asDelivered', 'byClass', 'byHeight', 'byIntensity'];

/** The classes of AHN that have a switch of their own, with linear colours; the rest share one. */
export const CLASSES: readonly { codes: readonly number[]; key: 'c1' | 'c2' | 'c6' | 'c9' | 'c14' | 'c26'; colour: string }[] = [
	{ codes: [2], key: 'c2', colour: '#c3b393' },
	{ codes: [6], key: 'c6', colour: '#c4785a' },
	{ codes: [1, 3, 4, 5], key: 'c1', colour: '#6f9a5b' },
	{ codes: [9], key: 'c9', colour: '#3f6f8f' },
	{ codes: [26], key: 'c26', colour: '#9a93a6' },
	{ codes: [14, 15], key: 'c14', colour: '#d9c24a' },
];
const OTHER = '#a8a8a8';

/** The mean of four neighbours' distance over their spacing: how wide a point must be to leave no gaps. */
const WIDTH_PER_SPACING = 1.7;
/** Geometric error over spacing, as the tiler writes it. */
const ERROR_PER_SPACING = 4;

const VERTEX = /* glsl */ `
in vec4 color;
in float _classification;
in float _intensity;
uniform sampler2D uClasses;
uniform int uMode;
uniform float uWidth, uNarrowest, uAsked, uPixelsPerMetre, uPixelRatio, uSmallest, uLargest;
uniform vec2 uHeights;
uniform float uBrightest;
out vec3 vColour;

vec3 ramp(float t) {
	vec3 low = vec3(0.02, 0.12, 0.32), middle = vec3(0.35, 0.55, 0.25), high = vec3(0.95, 0.72, 0.35);
	return t < 0.5 ? mix(low, middle, t * 2.0) : mix(middle, high, t * 2.0 - 1.0);
}

void main() {
	vec4 kind = texelFetch(uClasses, ivec2(int(_classification + 0.5), 0), 0);
	vec4 world = modelMatrix * vec4(position, 1.0);
	vec4 seen = modelViewMatrix * vec4(position, 1.0);
	gl_Position = kind.a < 0.5 ? vec4(2.0, 2.0, 2.0, 1.0) : projectionMatrix * seen;
	// A child of this tile is drawn where this tile's error is more pixels than asked, and left out where it is not. So
	// whoever asks for more pixels than that has finer points over it, and needs no more; others keep their own width.
	float pixels = uPixelsPerMetre / -seen.z, asked = uAsked * uPixelRatio * length(seen.xyz) / -seen.z;
	gl_PointSize = clamp(clamp(asked, uNarrowest * pixels, uWidth * pixels), uSmallest, uLargest);
	vColour = color.rgb;
	if (uMode == 1) vColour = kind.rgb;
	if (uMode == 2) vColour = ramp(clamp((world.y - uHeights.x) / (uHeights.y - uHeights.x), 0.0, 1.0));
	if (uMode == 3) vColour = vec3(pow(clamp(_intensity / uBrightest, 0.0, 1.0), 1.2));
}`;

const FRAGMENT = /* glsl */ `
in vec3 vColour;
out vec4 result;
void main() {
	vec2 fromMiddle = gl_PointCoord - 0.5;
	if (dot(fromMiddle, fromMiddle) > 0.25) discard;
	result = vec4(vColour, 1.0);
}`;

const linear = (srgb: number): number => srgb <= 0.04045 ? srgb / 12.92 : ((srgb + 0.055) / 1.055) ** 2.4;

/** How wide the points of one tile are drawn. */
export interface Widths {
	/** Metres, by the tile's own geometric error: none leave gaps where nothing finer is drawn. */
	readonly own: number;
	/** Metres, by the finest tile shown within it: none are drawn narrower. */
	readonly narrowest: IUniform<number>;
	/** Pixels, by the error that the renderer allows. */
	readonly asked: number;
}

/** What all points of the viewer share: which classes are shown, how they are coloured, how large they are. */
export class PointStyle {

	readonly #classes = new Uint8Array(256 * 4);
	readonly #texture: DataTexture;
	readonly #shared: Record<string, IUniform>;

	constructor() {
		this.#texture = new DataTexture(this.#classes, 256, 1, RGBAFormat, UnsignedByteType);
		this.#texture.minFilter = this.#texture.magFilter = NearestFilter;
		this.#fill([...Array(256).keys()], OTHER);
		for (const { codes, colour } of CLASSES) this.#fill(codes, colour);
		this.#shared = {
			uClasses: { value: this.#texture },
			uMode: { value: 0 },
			uPixelsPerMetre: { value: 1 },
			uPixelRatio: { value: 1 },
			uSmallest: { value: 2 },
			uLargest: { value: 40 },
			uHeights: { value: [-2, 30] },
		};
	}

	#fill(codes: readonly number[], colour: string): void {
		const rgb = [1, 3, 5].map(at => Math.round(255 * linear(parseInt(colour.slice(at, at + 2), 16) / 255)));
		for (const code of codes) this.#classes.set([...rgb, 255], code * 4);
		this.#texture.needsUpdate = true;
	}

	show(codes: readonly number[], visible: boolean): void {
		for (const code of codes) this.#classes[code * 4 + 3] = visible ? 255 : 0;
		this.#texture.needsUpdate = true;
	}

	isShown(code: number): boolean {
		return this.#classes[code * 4 + 3] === 255;
	}

	set mode(mode: ColourMode) {
		this.#shared['uMode']!.value = COLOUR_MODES.indexOf(mode);
	}

	get mode(): ColourMode {
		return COLOUR_MODES[this.#shared['uMode']!.value as number]!;
	}

	/** Heights in the scene between which the colours of `byHeight` run. */
	setHeights(low: number, high: number): void {
		this.#shared['uHeights']!.value = [low, high];
	}

	/** Called once a frame: pixels that a metre takes at a metre's distance, and the screen's density. */
	setScale(pixelsPerMetre: number, pixelRatio: number): void {
		this.#shared['uPixelsPerMetre']!.value = pixelsPerMetre;
		this.#shared['uPixelRatio']!.value = pixelRatio;
		this.#shared['uSmallest']!.value = 1.6 * pixelRatio;
		this.#shared['uLargest']!.value = 28 * pixelRatio;
	}

	/** A material for the points of one tile. */
	material(widths: Widths, brightest: IUniform<number>): ShaderMaterial {
		return new ShaderMaterial({
			glslVersion: GLSL3,
			vertexShader: VERTEX,
			fragmentShader: FRAGMENT,
			uniforms: {
				...this.#shared,
				uWidth: { value: widths.own },
				uNarrowest: widths.narrowest,
				uAsked: { value: widths.asked },
				uBrightest: brightest,
			},
		});
	}

}

/** How wide points must be, in metres, where tiles of this geometric error are the finest that are shown; in pixels for one in pixels. */
export const widthOf = (geometricError: number): number => WIDTH_PER_SPACING * geometricError / ERROR_PER_SPACING;
