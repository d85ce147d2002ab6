// Puts server, picture and page together.

import { getMunicipality, getTilesets, ServerAway } from './api';
import { text, type Key } from './i18n';
import type { Picked } from './pick';
import { propertiesOf } from './properties';
import { CLASSES } from './points';
import { Ui } from './ui';
import { Viewer } from './viewer';

function hasWebGl(): boolean {
	return document.createElement('canvas').getContext('webgl2') !== null;
}

let lastPicked: Picked | null = null;

async function showPicked(ui: Ui, viewer: Viewer, picked: Picked | null): Promise<void> {
	lastPicked = picked;
	if (!picked) {
		ui.hideProperties();
		return;
	}
	const height = text('aboveEllipsoid', viewer.toGeographic(picked.at).height.toFixed(2));
	if (picked.kind === 'element') {
		const { properties } = picked;
		ui.showProperties(properties['name'] || properties['class'] || text('element'), properties);
		const sets = await propertiesOf(picked.layer.info.url, picked.layer.propertyFiles, properties['guid'] ?? '');
		if (lastPicked === picked) ui.showPropertySets(sets);
		return;
	}
	const kind = CLASSES.find(({ codes }) => codes.includes(picked.classification))?.key ?? 'cOther' satisfies Key;
	ui.showProperties(text('point'), {
		class: `${text(kind)} (${picked.classification})`,
		[text('height')]: height,
		[text('intensity')]: String(picked.intensity),
		[text('returnNumber')]: String(picked.returnNumber),
	});
}

async function start(): Promise<void> {
	let viewer: Viewer | null = null;
	const ui = new Ui({
		setMode: mode => { viewer?.setMode(mode); ui.mode = mode; },
		home: () => { if (viewer) { viewer.navigation.mode = ui.mode = 'orbit'; viewer.home(); } },
		north: () => viewer?.north(),
		hold: (command, down) => viewer?.navigation.hold(command, down),
		showLayer: (id, visible) => { const layer = viewer?.layers.find(each => each.info.id === id); if (layer) layer.visible = visible; },
		goTo: id => { const layer = viewer?.layers.find(each => each.info.id === id); if (layer) viewer?.frameLayer(layer); },
		showElements: (facet, value, visible) => { for (const layer of viewer?.layers ?? []) if (layer.isPlan) layer.showElements(facet, value, visible); },
		setColour: mode => { if (viewer) { viewer.style.mode = mode; viewer.changed(); } },
		showClass: (codes, visible) => { viewer?.style.show(codes, visible); viewer?.changed(); },
		setEdl: on => { if (viewer) { viewer.edl.strength = on ? 0.35 : 0; viewer.changed(); } },
		clearSelection: () => viewer?.select(null),
	});
	if (!hasWebGl()) return ui.fail(text('noWebGl'));

	const [municipality, served] = await Promise.all([getMunicipality(), getTilesets()]);
	const tilesets = served.filter(({ kind }) => kind !== 'occluder'); // it hides, in AR, and is not to be seen
	ui.titles = municipality.title;
	ui.tilesets = tilesets;
	if (tilesets.length === 0) return ui.fail(text('noTilesets'));

	const main = tilesets.find(({ kind, layerOf }) => kind === 'model' && layerOf === null) ?? tilesets[0]!;
	const shown = new Viewer(document.getElementById('canvas') as HTMLCanvasElement, main.centre, {
		drawn: () => {
			const pending = shown.layers.reduce((sum, layer) => sum + layer.pending, 0);
			const known = shown.layers.reduce((sum, layer) => sum + layer.tiles.visibleTiles.size, 0);
			ui.progress(known / Math.max(1, known + pending), pending);
			ui.compass(shown.navigation.direction.heading);
		},
		picked: picked => { void showPicked(ui, shown, picked); },
		elementsMet: () => { ui.facets = shown.facets; },
		failed: layer => ui.fail(text(layer.failure === 'whole' ? 'tilesetFailed' : 'tilesMissing', layer.info.title)),
	});
	viewer = shown;
	for (const info of tilesets) shown.add(info).visible = info.variantOf === null && info.layerOf === null;
	const ground = shown.toScene(main.centre).y;
	shown.style.setHeights(ground - 10, ground + 25);
	shown.start();
	ui.mode = 'orbit';
	Object.assign(window, { voorland: shown });
}

const toError = (error: unknown): string => error instanceof ServerAway ? text('serverAway') : String(error);

start().catch((error: unknown) => {
	document.getElementById('failure-text')!.textContent = toError(error);
	document.getElementById('failure')!.hidden = false;
	if (!(error instanceof ServerAway)) throw error;
});
