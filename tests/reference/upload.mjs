// Uploads a file with tus-js-client: node upload.mjs ENDPOINT FILE COOKIE CSRF
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Upload } from 'tus-js-client';

const [endpoint, path, cookie, csrf] = process.argv.slice(2);

const upload = new Upload(createReadStream(path), {
	endpoint,
	uploadSize: statSync(path).size,
	metadata: { filename: basename(path) },
	headers: { Cookie: cookie, 'X-CSRF-Token': csrf },
	retryDelays: Array(100).fill(20),
	onError: error => {
		console.error(String(error));
		process.exit(1);
	},
	onSuccess: () => console.log(upload.url),
});
upload.start();
