// Decodes GLB files with glTF-Transform and meshoptimizer's own decoder, neither of them ours.
// node decode.mjs OUT FILE...  writes one row of float64 per vertex:
//   file, feature, x, y, z (after the node's matrix and, of a shape in many places, in each of these, glTF axes), _CLASSIFICATION, _INTENSITY, _RETURN_NUMBER, red, green, blue
import { writeFile } from 'node:fs/promises';
import { NodeIO } from '@gltf-transform/core';
import { EXTMeshGPUInstancing, EXTMeshoptCompression, KHRMeshQuantization, EXTTextureWebP } from '@gltf-transform/extensions';
import { MeshoptDecoder } from 'meshoptimizer';

const [out, ...files] = process.argv.slice(2);
await MeshoptDecoder.ready;
const io = new NodeIO()
	.registerExtensions([EXTMeshGPUInstancing, EXTMeshoptCompression, KHRMeshQuantization, EXTTextureWebP])
	.registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
io.setVertexLayout?.('separate');

const rows = [];
for (const [index, file] of files.entries()) {
	const document = await io.read(file);
	for (const node of document.getRoot().listNodes()) {
		const matrix = node.getWorldMatrix();
		const instances = node.getExtension('EXT_mesh_gpu_instancing');
		const places = instances?.getAttribute('TRANSLATION'), features = instances?.getAttribute('_FEATURE_ID_0');
		for (const primitive of node.getMesh()?.listPrimitives() ?? []) {
			const at = name => primitive.getAttribute(name);
			const position = at('POSITION');
			const scalar = (name, i) => at(name)?.getScalar(i) ?? 0;
			for (let row = 0; row < position.getCount() * (places?.getCount() ?? 1); row++) {
				const i = row % position.getCount(), instance = Math.floor(row / position.getCount());
				const [right, up, back] = places?.getElement(instance, []) ?? [0, 0, 0];
				const [ownX, ownY, ownZ] = position.getElement(i, []);
				const [x, y, z] = [ownX + right, ownY + up, ownZ + back];
				const colour = at('COLOR_0')?.getElement(i, []) ?? [0, 0, 0];
				rows.push(
					index, features?.getScalar(instance) ?? scalar('_FEATURE_ID_0', i),
					matrix[0] * x + matrix[4] * y + matrix[8] * z + matrix[12],
					matrix[1] * x + matrix[5] * y + matrix[9] * z + matrix[13],
					matrix[2] * x + matrix[6] * y + matrix[10] * z + matrix[14],
					scalar('_CLASSIFICATION', i), scalar('_INTENSITY', i), scalar('_RETURN_NUMBER', i),
					colour[0], colour[1], colour[2],
				);
			}
		}
	}
}
await writeFile(out, new Uint8Array(new Float64Array(rows).buffer));
