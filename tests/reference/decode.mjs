// Decodes GLB files with glTF-Transform and meshoptimizer's own decoder, neither of them ours.
// node decode.mjs OUT FILE...  writes one row of float64 per vertex:
//   file, feature, x, y, z (after the node's matrix, glTF axes), _CLASSIFICATION, _INTENSITY, _RETURN_NUMBER, red, green, blue
import { writeFile } from 'node:fs/promises';
import { NodeIO } from '@gltf-transform/core';
import { EXTMeshoptCompression, KHRMeshQuantization, EXTTextureWebP } from '@gltf-transform/extensions';
import { MeshoptDecoder } from 'meshoptimizer';

const [out, ...files] = process.argv.slice(2);
await MeshoptDecoder.ready;
const io = new NodeIO()
	.registerExtensions([EXTMeshoptCompression, KHRMeshQuantization, EXTTextureWebP])
	.registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
io.setVertexLayout?.('separate');

const rows = [];
for (const [index, file] of files.entries()) {
	const document = await io.read(file);
	for (const node of document.getRoot().listNodes()) {
		const matrix = node.getWorldMatrix();
		for (const primitive of node.getMesh()?.listPrimitives() ?? []) {
			const at = name => primitive.getAttribute(name);
			const position = at('POSITION');
			const scalar = (name, i) => at(name)?.getScalar(i) ?? 0;
			for (let i = 0; i < position.getCount(); i++) {
				const [x, y, z] = position.getElement(i, []);
				const colour = at('COLOR_0')?.getElement(i, []) ?? [0, 0, 0];
				rows.push(
					index, scalar('_FEATURE_ID_0', i),
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
