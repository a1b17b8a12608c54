/** Small helpers for generated Markdown. */

/** Says where a page comes from. */
export const GENERATED_NOTE = '<!-- Written by scripts/generate-docs.ts; do not edit by hand. -->';

/** A table; cells may not hold line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
