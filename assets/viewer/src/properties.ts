// What is known of an element beyond what its tile says: files beside the tileset, found by its GUID.

export type PropertySets = Record<string, Record<string, string | number | boolean>>;

const files = new Map<string, Promise<Record<string, PropertySets>>>();

/** The 32-bit FNV-1a hash of a text in UTF-8. */
export function fnv1a(text: string): number {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
	return hash >>> 0;
}

/** The properties of an element of the tileset at `url`, which says in how many files they are; none where that fails. */
export async function propertiesOf(url: string, count: number, guid: string): Promise<PropertySets> {
	if (!count || !guid) return {};
	const address = new URL(`properties/${fnv1a(guid) % count}.json`, new URL(url, location.href)).href;
	let file = files.get(address);
	if (!file) {
		file = fetch(address).then(async answer => answer.ok ? await answer.json() as Record<string, PropertySets> : {}).catch(() => ({}));
		files.set(address, file);
	}
	return (await file)[guid] ?? {};
}
