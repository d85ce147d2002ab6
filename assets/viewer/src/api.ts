// What the server tells the viewer.

export interface Position {
	lat: number;
	lon: number;
	height: number;
}

export interface TilesetInfo {
	id: string;
	title: string;
	kind: string;
	/** The tileset that this one is shown instead of, by its id. */
	variantOf: string | null;
	/** The tileset that this one is a layer of, such as its rooms. */
	layerOf: string | null;
	url: string;
	attribution: string;
	bytes: number;
	centre: Position;
	radius: number;
}

export interface Municipality {
	id: string;
	name: string;
	title: Record<string, string>;
	languages: string[];
	attribution: string;
	centre: Position;
}

/** Thrown when the server does not answer, or answers with a problem (RFC 9457). */
export class ServerAway extends Error {}

async function getJson<T>(path: string): Promise<T> {
	let response: Response;
	try {
		response = await fetch(path, { headers: { Accept: 'application/json' } });
	} catch (error) {
		throw new ServerAway(path, { cause: error });
	}
	if (!response.ok) throw new ServerAway(`${path}: ${response.status}`);
	return await response.json() as T;
}

export const getMunicipality = (): Promise<Municipality> => getJson('/v1/municipality');

export const getTilesets = async (): Promise<TilesetInfo[]> =>
	(await getJson<{ tilesets: TilesetInfo[] }>('/v1/tilesets')).tilesets;
