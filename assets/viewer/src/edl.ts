// Eye-dome lighting (Boucheny 2009): depth differences between neighbouring pixels darken edges, which gives points and
// walls shape without normals. Pixels of the sky are left alone.

import {
	DepthTexture, FloatType, GLSL3, HalfFloatType, Mesh, NearestFilter, NoBlending, OrthographicCamera, PlaneGeometry, ShaderMaterial,
	Vector2, WebGLRenderTarget, type PerspectiveCamera, type Scene, type WebGLRenderer,
} from 'three';

const VERTEX = /* glsl */ `
out vec2 vUv;
void main() { vUv = uv; gl_Position = vec4(position.xy, 0.0, 1.0); }`;

const FRAGMENT = /* glsl */ `
in vec2 vUv;
out vec4 result;
uniform sampler2D uColour, uDepth;
uniform vec2 uPixel, uNearFar;
uniform float uStrength;

float distanceAt(vec2 at) {
	float z = texture(uDepth, at).r * 2.0 - 1.0;
	return 2.0 * uNearFar.x * uNearFar.y / (uNearFar.y + uNearFar.x - z * (uNearFar.y - uNearFar.x));
}

vec3 toSrgb(vec3 c) {
	return mix(c * 12.92, 1.055 * pow(max(c, vec3(0.0)), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c));
}

void main() {
	vec4 colour = texture(uColour, vUv);
	float shade = 1.0;
	if (uStrength > 0.0 && colour.a > 0.0) {
		float here = log2(distanceAt(vUv));
		float sum = 0.0;
		for (int i = 0; i < 8; i++) {
			float angle = float(i) * 0.7853981634;
			vec2 at = vUv + vec2(cos(angle), sin(angle)) * uPixel;
			float there = texture(uDepth, at).r < 1.0 ? log2(distanceAt(at)) : here;
			sum += max(0.0, here - there);
		}
		shade = max(0.25, exp(-sum / 8.0 * 300.0 * uStrength));
	}
	result = vec4(toSrgb(colour.rgb * shade), colour.a);
}`;

/** Draws a scene to the canvas, by way of a picture with depth. */
export class EyeDomeLighting {

	/** 0 turns it off. */
	strength = 0.35;

	readonly #target: WebGLRenderTarget;
	readonly #material: ShaderMaterial;
	readonly #quad: Mesh;
	readonly #flat = new OrthographicCamera(-1, 1, 1, -1, 0, 1);

	constructor(samples: number) {
		const depthTexture = new DepthTexture(1, 1, FloatType);
		depthTexture.minFilter = depthTexture.magFilter = NearestFilter;
		this.#target = new WebGLRenderTarget(1, 1, { type: HalfFloatType, samples, depthTexture });
		this.#material = new ShaderMaterial({
			glslVersion: GLSL3,
			vertexShader: VERTEX,
			fragmentShader: FRAGMENT,
			depthTest: false,
			depthWrite: false,
			blending: NoBlending,
			uniforms: {
				uColour: { value: this.#target.texture },
				uDepth: { value: depthTexture },
				uPixel: { value: new Vector2() },
				uNearFar: { value: new Vector2() },
				uStrength: { value: 0 },
			},
		});
		this.#quad = new Mesh(new PlaneGeometry(2, 2), this.#material);
		this.#quad.frustumCulled = false;
	}

	setSize(width: number, height: number, pixelRatio: number): void {
		const w = Math.max(1, Math.round(width * pixelRatio)), h = Math.max(1, Math.round(height * pixelRatio));
		this.#target.setSize(w, h);
		(this.#material.uniforms['uPixel']!.value as Vector2).set(1.4 * pixelRatio / w, 1.4 * pixelRatio / h);
	}

	render(renderer: WebGLRenderer, scene: Scene, camera: PerspectiveCamera): void {
		renderer.setRenderTarget(this.#target);
		renderer.clear();
		renderer.render(scene, camera);
		renderer.setRenderTarget(null);
		(this.#material.uniforms['uNearFar']!.value as Vector2).set(camera.near, camera.far);
		this.#material.uniforms['uStrength']!.value = this.strength;
		renderer.render(this.#quad, this.#flat);
	}

}
