/** HTML that cannot be injected into: every value that goes through {@link html} is escaped unless it is HTML already. */

/** A piece of HTML. Made only by {@link html} and {@link trusted}. */
export class SafeHtml {
  constructor(readonly text: string) {}
}

/** What may stand in a template: texts are escaped, lists joined, `null` and `false` leave nothing. */
export type HtmlValue = SafeHtml | string | number | null | false | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' };

/** Control, format (direction overrides among them), line separator and surrogate characters, but not tab and line feed. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** More accents on one letter than any language has: they would paint over the lines above and below. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

function codePoint(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** A text as it may stand in an element or a quoted attribute; invisible characters become visible, as `⟨U+202E⟩`. */
export function escapeHtml(text: string): string {
  return text
    .replace(INVISIBLE, (c) => (c === '\n' || c === '\t' ? c : codePoint(c)))
    .replace(STACKED_MARKS, '$1⟨…⟩')
    .replace(/[&<>"'`]/g, (c) => ENTITIES[c] ?? c);
}

function render(value: HtmlValue): string {
  if (value instanceof SafeHtml) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if (value === null || value === false) return '';
  return value.map(render).join('');
}

/** Template tag: the literal parts are HTML, the values are escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  return new SafeHtml(parts.reduce((text, part, i) => text + render(values[i - 1] ?? null) + part));
}

/** Text of our own that is HTML, CSS or path data already. Never for anything that came from outside. */
export function trusted(text: string): SafeHtml {
  return new SafeHtml(text);
}

/** At most `limit` characters: the middle is left out. Never splits a character. */
export function shorten(text: string, limit: number): string {
  const characters = Array.from(text);
  if (characters.length <= limit) return text;
  const tail = Math.floor((limit - 1) / 3);
  return `${characters.slice(0, limit - 1 - tail).join('')}…${characters.slice(characters.length - tail).join('')}`;
}

/** Longest name that is given in full, in a tooltip. */
const MAX_NAME = 4096;

/** A name from outside: isolated from the direction of the text around it, line breaks visible, shortened with the whole as tooltip. */
export function nameHtml(name: string, limit = 96): SafeHtml {
  const oneLine = name.replace(/[\n\t]/g, codePoint);
  if (oneLine.trim() === '') return html`<bdi class="name">(empty name)</bdi>`;
  const short = shorten(oneLine, limit);
  return short === oneLine ? html`<bdi class="name">${oneLine}</bdi>` : html`<bdi class="name" title="${shorten(oneLine, MAX_NAME)}">${short}</bdi>`;
}
