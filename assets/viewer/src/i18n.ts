// Texts for residents: Dutch at level B1, with English beside it.

const TEXTS = {
	nl: {
		layers: 'Lagen', points: 'Puntenwolk', colour: 'Kleur', edl: 'Randen versterken',
		asDelivered: 'Zoals gemeten', byClass: 'Soort', byHeight: 'Hoogte', byIntensity: 'Weerkaatsing',
		orbit: 'Rondkijken', fly: 'Vliegen', walk: 'Lopen', home: 'Begin', north: 'Draai naar het noorden', goTo: 'Ga naar {0}',
		orbitHint: 'Sleep om te bewegen, rechts slepen om te draaien, scroll om te zoomen.',
		flyHint: 'Sleep om te kijken. W A S D om te vliegen, Q en E om te dalen en te stijgen, Shift is sneller.',
		walkHint: 'Sleep om te kijken. W A S D om te lopen.',
		orbitTouch: 'Sleep om te bewegen. Met twee vingers draai en zoom je.',
		flyTouch: 'Sleep om te kijken. Met de pijlen vlieg je.',
		walkTouch: 'Sleep om te kijken. Met de pijlen loop je.',
		loading: 'Laden… nog {0} onderdelen', ready: '',
		element: 'Onderdeel van het plan', point: 'Gemeten punt', close: 'Sluiten', language: 'English', toLanguage: 'Switch to English',
		guid: 'Kenmerk', class: 'Soort', name: 'Naam', storey: 'Verdieping', type: 'Type', discipline: 'Vakgebied', spaces: 'Ruimten', layer: 'Laag', intensity: 'Weerkaatsing',
		height: 'Hoogte', aboveEllipsoid: '{0} m boven de ellipsoïde (ETRS89)', returnNumber: 'Terugkaatsing',
		forward: 'Vooruit', back: 'Achteruit', left: 'Links', right: 'Rechts', up: 'Omhoog', down: 'Omlaag',
		serverAway: 'De server geeft geen antwoord. Controleer de verbinding en laad de pagina opnieuw.',
		noTilesets: 'Er is nog niets om te laten zien. De server heeft geen modellen of puntenwolken.',
		noWebGl: 'Dit apparaat of deze browser kan geen 3D-beelden tekenen (WebGL 2 ontbreekt). Probeer een andere browser.',
		tilesetFailed: '{0} kon niet worden geladen.', tilesMissing: 'Een deel van {0} kon niet worden geladen. U ziet nu niet alles.',
		progress: 'Laden', moving: 'Manier van bewegen', viewer: '3D-beeld van de stad en het plan',
		c1: 'Bomen en overig', c2: 'Grond', c6: 'Gebouwen', c9: 'Water', c14: 'Hoogspanning', c26: 'Bruggen en kades', cOther: 'Overig',
	},
	en: {
		layers: 'Layers', points: 'Point cloud', colour: 'Colour', edl: 'Emphasise edges',
		asDelivered: 'As measured', byClass: 'Kind', byHeight: 'Height', byIntensity: 'Intensity',
		orbit: 'Look around', fly: 'Fly', walk: 'Walk', home: 'Start', north: 'Turn north', goTo: 'Go to {0}',
		orbitHint: 'Drag to move, drag with the right button to turn, scroll to zoom.',
		flyHint: 'Drag to look. W A S D to fly, Q and E to go down and up, Shift is faster.',
		walkHint: 'Drag to look. W A S D to walk.',
		orbitTouch: 'Drag to move. Turn and zoom with two fingers.',
		flyTouch: 'Drag to look. Fly with the arrows.',
		walkTouch: 'Drag to look. Walk with the arrows.',
		loading: 'Loading… {0} parts to go', ready: '',
		element: 'Part of the plan', point: 'Measured point', close: 'Close', language: 'Nederlands', toLanguage: 'Ga naar Nederlands',
		guid: 'Identifier', class: 'Kind', name: 'Name', storey: 'Storey', type: 'Type', discipline: 'Discipline', spaces: 'Rooms', layer: 'Layer', intensity: 'Intensity',
		height: 'Height', aboveEllipsoid: '{0} m above the ellipsoid (ETRS89)', returnNumber: 'Return',
		forward: 'Forward', back: 'Back', left: 'Left', right: 'Right', up: 'Up', down: 'Down',
		serverAway: 'The server does not answer. Check the connection and load the page again.',
		noTilesets: 'There is nothing to show yet. The server has no models or point clouds.',
		noWebGl: 'This device or browser cannot draw in 3D (WebGL 2 is missing). Try another browser.',
		tilesetFailed: '{0} could not be loaded.', tilesMissing: 'A part of {0} could not be loaded. You do not see everything now.',
		progress: 'Loading', moving: 'Way of moving', viewer: '3D picture of the city and the plan',
		c1: 'Trees and other', c2: 'Ground', c6: 'Buildings', c9: 'Water', c14: 'High-tension lines', c26: 'Bridges and quays', cOther: 'Other',
	},
} as const;

export type Language = keyof typeof TEXTS;
export type Key = keyof typeof TEXTS['nl'];

const STORED = 'voorland-language';
let current: Language = initial();

function initial(): Language {
	try {
		const stored = localStorage.getItem(STORED);
		if (stored === 'nl' || stored === 'en') return stored;
	} catch { /* storage can be forbidden; then the browser's language it is */ }
	return navigator.language.toLowerCase().startsWith('nl') ? 'nl' : 'en';
}

export const language = (): Language => current;

export function setLanguage(next: Language): void {
	current = next;
	try {
		localStorage.setItem(STORED, next);
	} catch { /* see above */ }
}

/** The text for `key`, with {0} replaced. */
export const text = (key: Key, value: string | number = ''): string => TEXTS[current][key].replace('{0}', String(value));
