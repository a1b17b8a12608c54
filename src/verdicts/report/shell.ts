/** What every page begins and ends with: it needs nothing else, no script and no network. */
import { html, trusted, type SafeHtml } from './html.js';
import { STYLES } from './styles.js';

/** What a page may do: show itself. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** From the first byte to the beginning of the body. @param styles - style sheets of this page, after those of all pages */
export function pageStart(title: string, styles = ''): SafeHtml {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${title}</title><link rel="icon" href="data:,"><style>${trusted(STYLES)}${trusted(styles)}</style></head><body>`;
}

/** The foot, and the end of the document. @param more - sentences after the one on scripts */
export function pageEnd(generatedBy: string | undefined, more = ''): SafeHtml {
  return html`<footer class="page-foot">${generatedBy === undefined ? null : html`<p>Made by ${generatedBy}.</p>`}<p>This page needs no network and runs no scripts.${more}</p></footer></body></html>
`;
}
