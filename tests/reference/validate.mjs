// Validates GLB files with Khronos' own validator; writes its messages of severity error and warning as JSON.
import { readFile } from 'node:fs/promises';
import validator from 'gltf-validator';

const found = [];
for (const file of process.argv.slice(2)) {
	const report = await validator.validateBytes(new Uint8Array(await readFile(file)), { maxIssues: 50 });
	for (const { code, message, severity, pointer } of report.issues.messages) {
		if (severity <= 1) found.push({ file, code, message, pointer, severity });
	}
}
console.log(JSON.stringify(found));
