// Bundles the viewer into dist/: index.html, and a script and a style sheet whose names carry their content's hash.
import { build } from 'esbuild';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

await rm('dist', { recursive: true, force: true });
await mkdir('dist');
const result = await build({
	entryPoints: ['src/main.ts', 'src/style.css'],
	entryNames: '[name]-[hash]',
	outdir: 'dist',
	bundle: true,
	minify: true,
	format: 'esm',
	target: 'es2022',
	legalComments: 'linked',
	metafile: true,
	logLevel: 'warning',
});
let page = await readFile('src/index.html', 'utf8');
for (const [path, output] of Object.entries(result.metafile.outputs)) {
	if (output.entryPoint) page = page.replace(`{{${basename(output.entryPoint)}}}`, `/viewer/${basename(path)}`);
}
await writeFile('dist/index.html', page);
