// The page around the picture: buttons, switches, texts. Knows nothing of 3D.

import type { TilesetInfo } from './api';
import { FACETS, type Facet } from './elements';
import { language, setLanguage, text, type Key } from './i18n';
import type { Command, Mode } from './navigation';
import type { PropertySets } from './properties';
import { CLASSES, COLOUR_MODES, type ColourMode } from './points';

export interface Actions {
	setMode(mode: Mode): void;
	home(): void;
	north(): void;
	hold(command: Command, down: boolean): void;
	showLayer(id: string, visible: boolean): void;
	goTo(id: string): void;
	showElements(facet: Facet, value: string, visible: boolean): void;
	setColour(mode: ColourMode): void;
	showClass(codes: readonly number[], visible: boolean): void;
	setEdl(on: boolean): void;
	clearSelection(): void;
}

const MODE_BUTTONS: readonly (Mode | 'home')[] = ['orbit', 'fly', 'walk', 'home'];
const PAD: readonly (Command | null)[] = ['up', 'forward', 'down', 'left', 'back', 'right'];
const ARROWS: Record<Command, string> = { forward: '↑', back: '↓', left: '←', right: '→', up: '⤒', down: '⤓' };
const TOUCH = matchMedia('(pointer: coarse)').matches;
const HINTS: Record<Mode, Key> = TOUCH
	? { orbit: 'orbitTouch', fly: 'flyTouch', walk: 'walkTouch' }
	: { orbit: 'orbitHint', fly: 'flyHint', walk: 'walkHint' };
const PROPERTY_NAMES: readonly Key[] = ['name', 'class', 'type', 'storey', 'discipline', 'guid'];

const $ = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

function make<K extends keyof HTMLElementTagNameMap>(tag: K, properties: Partial<HTMLElementTagNameMap[K]> = {}): HTMLElementTagNameMap[K] {
	return Object.assign(document.createElement(tag), properties);
}

export class Ui {

	#mode: Mode = 'orbit';
	#titles: Record<string, string> = {};
	#tilesets: readonly TilesetInfo[] = [];
	#hidden = new Set<string>();
	#facets: Record<Facet, ReadonlySet<string>> = { storey: new Set(), discipline: new Set() };

	constructor(private readonly actions: Actions) {
		$('language').addEventListener('click', () => { setLanguage(language() === 'nl' ? 'en' : 'nl'); this.render(); });
		$('panel-toggle').addEventListener('click', () => this.#togglePanel());
		$('properties-close').addEventListener('click', () => { this.hideProperties(); actions.clearSelection(); });
		$('failure-close').addEventListener('click', () => { $('failure').hidden = true; });
		$('compass').addEventListener('click', () => actions.north());
		$<HTMLInputElement>('edl').addEventListener('change', event => actions.setEdl((event.target as HTMLInputElement).checked));
		$<HTMLSelectElement>('colour-mode').addEventListener('change', event => actions.setColour((event.target as HTMLSelectElement).value as ColourMode));
		addEventListener('keydown', event => { if (event.key === 'Escape') { this.hideProperties(); actions.clearSelection(); } });
		if (innerWidth <= 640) this.#togglePanel();
		this.#makeModes();
		this.#makePad();
		this.render();
	}

	#togglePanel(): void {
		const toggle = $('panel-toggle');
		const open = toggle.getAttribute('aria-expanded') !== 'true';
		toggle.setAttribute('aria-expanded', String(open));
		$('panel-body').hidden = !open;
	}

	#makeModes(): void {
		for (const name of MODE_BUTTONS) {
			const button = make('button', { type: 'button', id: `mode-${name}` });
			button.addEventListener('click', () => name === 'home' ? this.actions.home() : this.actions.setMode(name));
			$('modes').append(button);
		}
	}

	#makePad(): void {
		for (const command of PAD) {
			if (!command) continue;
			const button = make('button', { type: 'button', textContent: ARROWS[command] });
			button.dataset['command'] = command;
			for (const [name, down] of [['pointerdown', true], ['pointerup', false], ['pointerleave', false], ['pointercancel', false]] as const) {
				button.addEventListener(name, () => this.actions.hold(command, down));
			}
			$('pad').append(button);
		}
	}

	set titles(titles: Record<string, string>) { this.#titles = titles; this.render(); }

	set tilesets(tilesets: readonly TilesetInfo[]) {
		this.#tilesets = tilesets;
		for (const info of tilesets) if (info.variantOf !== null || info.layerOf !== null) this.#hidden.add(info.id);
		this.render();
	}

	set mode(mode: Mode) { this.#mode = mode; this.render(); this.say(text(HINTS[mode])); }

	/** Write every text anew in the language that is set. */
	render(): void {
		document.documentElement.lang = language();
		const title = this.#titles[language()] ?? Object.values(this.#titles)[0] ?? 'Voorland';
		document.title = title;
		for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
			const key = element.dataset['text']!;
			element.textContent = key === 'title' ? title : text(key as Key);
		}
		$('language').textContent = text('language');
		$('language').lang = language() === 'nl' ? 'en' : 'nl';
		$('language').title = text('toLanguage');
		$('panel').setAttribute('aria-label', text('layers'));
		$('canvas').setAttribute('aria-label', text('viewer'));
		$('compass').setAttribute('aria-label', text('north'));
		$('progress').setAttribute('aria-label', text('progress'));
		$('modes').setAttribute('aria-label', text('moving'));
		$('properties-close').setAttribute('aria-label', text('close'));
		for (const name of MODE_BUTTONS) {
			$(`mode-${name}`).textContent = text(name);
			if (name !== 'home') $(`mode-${name}`).setAttribute('aria-pressed', String(name === this.#mode));
		}
		for (const button of $('pad').querySelectorAll('button')) button.setAttribute('aria-label', text(button.dataset['command'] as Key));
		$('pad').hidden = this.#mode === 'orbit' || !TOUCH;
		this.#renderLayers();
		this.#renderFacets();
		this.#renderPointSettings();
	}

	#renderLayers(): void {
		$('layers').replaceChildren(...this.#tilesets.map(info => {
			const box = make('input', { type: 'checkbox', checked: !this.#hidden.has(info.id), id: `layer-${info.id}` });
			box.addEventListener('change', () => {
				if (box.checked) this.#showAlone(info);
				this.#show(info, box.checked);
			});
			const go = make('button', { type: 'button', textContent: '→', title: text('goTo', info.title) });
			go.setAttribute('aria-label', text('goTo', info.title));
			go.addEventListener('click', () => this.actions.goTo(info.id));
			const item = row(box, info.layerOf === null ? info.title : layerTitle(info), go);
			item.classList.toggle('within', info.layerOf !== null);
			return item;
		}));
		const credits = new Set(this.#tilesets.map(info => info.attribution).filter(Boolean));
		$('attribution').textContent = [...credits].map(name => `© ${name}`).join(' · ');
	}

	/** Hide what a tileset is shown instead of: variants of one another would lie on one another. */
	#showAlone(info: TilesetInfo): void {
		const family = info.variantOf ?? info.id;
		for (const other of this.#tilesets) {
			if (info.layerOf !== null || other.layerOf !== null) continue;
			if (other.id === info.id || (other.variantOf ?? other.id) !== family) continue;
			this.#show(other, false);
			($(`layer-${other.id}`) as HTMLInputElement).checked = false;
		}
	}

	/** Show or hide a tileset; one that is hidden takes its layers along. */
	#show(info: TilesetInfo, visible: boolean): void {
		if (!visible) for (const layer of this.#tilesets) if (layer.layerOf === info.id && !this.#hidden.has(layer.id)) {
			this.#show(layer, false);
			($(`layer-${layer.id}`) as HTMLInputElement).checked = false;
		}
		if (visible) this.#hidden.delete(info.id); else this.#hidden.add(info.id);
		this.actions.showLayer(info.id, visible);
	}

	/** What elements can be hidden by, as far as tiles have told. */
	set facets(values: Record<Facet, ReadonlySet<string>>) {
		this.#facets = values;
		this.#renderFacets();
	}

	#renderFacets(): void {
		const open = new Set([...$('facets').querySelectorAll('details')].filter(each => each.open).map(each => each.id));
		$('facets').replaceChildren(...FACETS.filter(facet => this.#facets[facet].size > 1).map(facet => {
			const list = make('ul');
			const order = new Intl.Collator(language(), { numeric: true }).compare;
			list.append(...[...this.#facets[facet]].sort(order).map(value => {
				const key = `${facet}-${value}`;
				const box = make('input', { type: 'checkbox', checked: !this.#hidden.has(key), id: key });
				box.addEventListener('change', () => {
					if (box.checked) this.#hidden.delete(key); else this.#hidden.add(key);
					this.actions.showElements(facet, value, box.checked);
				});
				return row(box, value, make('span'));
			}));
			const details = make('details', { id: `facet-${facet}`, open: open.has(`facet-${facet}`) });
			details.append(make('summary', { textContent: text(facet) }), list);
			return details;
		}));
	}

	#renderPointSettings(): void {
		$('points-settings').hidden = !this.#tilesets.some(info => info.kind === 'points');
		const select = $<HTMLSelectElement>('colour-mode');
		const chosen = select.value;
		select.replaceChildren(...COLOUR_MODES.map(mode => make('option', { value: mode, textContent: text(mode) })));
		select.value = chosen || 'asDelivered';
		$('classes').replaceChildren(...CLASSES.map(({ codes, key, colour }) => {
			const box = make('input', { type: 'checkbox', checked: !this.#hidden.has(key), id: `class-${codes[0]}` });
			box.addEventListener('change', () => {
				if (box.checked) this.#hidden.delete(key); else this.#hidden.add(key);
				this.actions.showClass(codes, box.checked);
			});
			const swatch = make('span', { className: 'swatch' });
			swatch.style.backgroundColor = colour;
			return row(box, text(key), swatch);
		}));
	}

	/** One line under the picture, also read aloud. */
	say(line: string): void {
		if ($('status').textContent !== line) $('status').textContent = line;
	}

	/** How much is still to come; 0 to 1. */
	progress(done: number, pending: number): void {
		$('progress-bar').style.width = pending ? `${Math.round(done * 100)}%` : '0';
		$('progress').setAttribute('aria-valuenow', String(Math.round(done * 100)));
		if (pending) this.say(text('loading', pending));
		else if ($('status').textContent?.startsWith(text('loading').slice(0, 6))) this.say(text(HINTS[this.#mode]));
	}

	/** Point the needle, radians clockwise from north. */
	compass(heading: number): void {
		$('needle').setAttribute('transform', `rotate(${(-heading * 180 / Math.PI).toFixed(1)})`);
	}

	showProperties(title: string, rows: Record<string, string>): void {
		$('properties-title').textContent = title;
		const known = PROPERTY_NAMES.filter(name => rows[name]);
		const others = Object.keys(rows).filter(name => !known.includes(name as Key));
		$('properties-list').replaceChildren(...[...known.map(name => [text(name), rows[name]!] as const), ...others.map(name => [name, rows[name]!] as const)]
			.flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', { textContent: value })]));
		$('property-sets').replaceChildren();
		$('properties').hidden = false;
	}

	/** Add what is known beyond the tile, one list per set. */
	showPropertySets(sets: PropertySets): void {
		$('property-sets').replaceChildren(...Object.entries(sets).flatMap(([name, values]) => {
			const list = make('dl');
			list.append(...Object.entries(values).flatMap(([key, value]) => [make('dt', { textContent: key }), make('dd', { textContent: String(value) })]));
			return [make('h3', { textContent: name }), list];
		}));
	}

	hideProperties(): void { $('properties').hidden = true; }

	/** Something is wrong that the user must know of. */
	fail(line: string): void {
		$('failure-text').textContent = line;
		$('failure').hidden = false;
	}

}

/** A layer within a plan, by what it shows. */
function layerTitle(info: TilesetInfo): string {
	return info.id === `${info.layerOf}-spaces` ? text('spaces') : info.id.slice(info.layerOf!.length + 1);
}

function row(box: HTMLInputElement, title: string, extra: HTMLElement): HTMLLIElement {
	const label = make('label');
	label.append(box, make('span', { textContent: title }));
	const item = make('li');
	item.append(label, extra);
	return item;
}
