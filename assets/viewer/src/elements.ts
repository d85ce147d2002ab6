// The elements of a plan in its tiles: which feature a triangle or an instance is, what is known of it, what is hidden.

import { BufferAttribute, InstancedMesh, Matrix4, Mesh, Vector3, type BufferGeometry, type Intersection, type Object3D } from 'three';

export type Row = Record<string, string>;

/** By these, elements can be hidden. */
export const FACETS = ['storey', 'discipline'] as const;
export type Facet = typeof FACETS[number];

interface Metadata {
	meshFeatures?: { getFeatures(triangle: number, barycoord: Vector3): (number | null)[] };
	structuralMetadata?: { getPropertyTableData(tables: number[], ids: number[]): Record<string, unknown>[]; tableAccessors: { count: number }[] };
}

/** The attribute of an instanced mesh with the feature of each instance (EXT_instance_features). */
const INSTANCE_FEATURES = '_FEATURE_ID_0';
const VERTEX_FEATURES = '_feature_id_0';

function metadataOf(object: Object3D): Metadata {
	const found: Metadata = {};
	for (let at: Object3D | null = object; at; at = at.parent) {
		const data = at.userData as Metadata;
		found.meshFeatures ??= data.meshFeatures;
		found.structuralMetadata ??= data.structuralMetadata;
	}
	return found;
}

/** What a tile says of one of its features. */
export function rowOf(object: Object3D, feature: number): Row {
	const row = metadataOf(object).structuralMetadata?.getPropertyTableData([0], [feature])[0] ?? {};
	return Object.fromEntries(Object.entries(row).filter(([, value]) => value).map(([name, value]) => [name, String(value)]));
}

/** What a tile says of all its features, by their numbers. */
export function rowsOf(object: Object3D): Row[] {
	const count = metadataOf(object).structuralMetadata?.tableAccessors[0]?.count ?? 0;
	return Array.from({ length: count }, (_, feature) => rowOf(object, feature));
}

/** The feature that a ray met, or null. */
export function featureAt(hit: Intersection): number | null {
	if (hit.object instanceof InstancedMesh) {
		return hit.instanceId === undefined ? null : hit.object.geometry.getAttribute(INSTANCE_FEATURES)?.getX(hit.instanceId) ?? null;
	}
	const { meshFeatures } = metadataOf(hit.object);
	if (!meshFeatures || hit.faceIndex == null) return null;
	return meshFeatures.getFeatures(hit.faceIndex, hit.barycoord ?? new Vector3(1, 0, 0))[0] ?? null;
}

/** The corners of the triangles of some features. */
function cornersOf(geometry: BufferGeometry, index: ArrayLike<number>, wanted: (feature: number) => boolean): number[] {
	const ids = geometry.getAttribute(VERTEX_FEATURES);
	const corners: number[] = [];
	for (let i = 0; i < index.length; i += 3) {
		if (wanted(ids.getX(index[i]!))) corners.push(index[i]!, index[i + 1]!, index[i + 2]!);
	}
	return corners;
}

/** The triangles of one feature: indices into the mesh's own vertices, and where they stand in the scene. */
export function* partsOf(mesh: Mesh, feature: number): Generator<{ index: BufferAttribute; matrix: Matrix4 }> {
	const index = mesh.geometry.getIndex();
	if (!index) return;
	if (mesh instanceof InstancedMesh) {
		const ids = mesh.geometry.getAttribute(INSTANCE_FEATURES);
		for (let i = 0; i < mesh.count; i++) {
			if (ids?.getX(i) !== feature) continue;
			const matrix = new Matrix4();
			mesh.getMatrixAt(i, matrix);
			yield { index, matrix: matrix.premultiply(mesh.matrixWorld) };
		}
	} else if (mesh.geometry.getAttribute(VERTEX_FEATURES)) {
		const corners = cornersOf(mesh.geometry, index.array, id => id === feature);
		if (corners.length) yield { index: new BufferAttribute(new Uint32Array(corners), 1), matrix: mesh.matrixWorld.clone() };
	}
}

/** Hides the elements of some storeys and disciplines, in tiles that are there and in those that come. */
export class ElementFilter {

	readonly #hidden: Record<Facet, Set<string>> = { storey: new Set(), discipline: new Set() };
	/** Every value met so far. */
	readonly values: Record<Facet, Set<string>> = { storey: new Set(), discipline: new Set() };
	/** How each mesh was before anything was hidden. */
	readonly #whole = new WeakMap<Mesh, BufferAttribute | Matrix4[]>();

	/** Take note of a tile's elements, and hide what is to be hidden; whether there are values that were not met before. */
	add(scene: Object3D): boolean {
		const before = this.#count;
		for (const row of rowsOf(scene)) for (const facet of FACETS) if (row[facet]) this.values[facet].add(row[facet]);
		if (this.active) this.apply(scene);
		return this.#count > before;
	}

	show(facet: Facet, value: string, visible: boolean): void {
		if (visible) this.#hidden[facet].delete(value);
		else this.#hidden[facet].add(value);
	}

	isShown(facet: Facet, value: string): boolean { return !this.#hidden[facet].has(value); }

	get active(): boolean { return FACETS.some(facet => this.#hidden[facet].size > 0); }

	get #count(): number { return FACETS.reduce((sum, facet) => sum + this.values[facet].size, 0); }

	apply(scene: Object3D): void {
		const shown = rowsOf(scene).map(row => FACETS.every(facet => !this.#hidden[facet].has(row[facet] ?? '')));
		scene.traverse(object => {
			if (object instanceof InstancedMesh) this.#applyToInstances(object, shown);
			else if (object instanceof Mesh && object.geometry.getAttribute(VERTEX_FEATURES)) this.#applyToMesh(object, shown);
		});
	}

	#applyToMesh(mesh: Mesh, shown: readonly boolean[]): void {
		const whole = this.#whole.get(mesh) as BufferAttribute ?? mesh.geometry.getIndex();
		if (!whole) return;
		this.#whole.set(mesh, whole);
		const corners = cornersOf(mesh.geometry, whole.array, id => shown[id] ?? true);
		const same = corners.length === whole.count;
		mesh.visible = corners.length > 0;
		mesh.geometry.setIndex(same ? whole : new BufferAttribute(new Uint32Array(corners), 1));
	}

	#applyToInstances(mesh: InstancedMesh, shown: readonly boolean[]): void {
		const ids = mesh.geometry.getAttribute(INSTANCE_FEATURES);
		const whole = this.#whole.get(mesh) as Matrix4[] ?? Array.from({ length: mesh.count }, (_, i) => { const m = new Matrix4(); mesh.getMatrixAt(i, m); return m; });
		this.#whole.set(mesh, whole);
		const nowhere = new Matrix4().makeScale(0, 0, 0);
		whole.forEach((matrix, i) => mesh.setMatrixAt(i, shown[ids?.getX(i) ?? -1] ?? true ? matrix : nowhere));
		mesh.instanceMatrix.needsUpdate = true;
	}

}
