/** Signs of Markdown and HTML in a text that is meant as it stands; what stands between backticks is left alone. */
export function plain(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll('&', '&amp;').replaceAll(/[\\*[\]<>]|\b_\B|\B_\b/g, (sign) => `\\${sign}`),
    )
    .join('');
}

export const code = (text: string): string => `\`${text}\``;

/** The lines of a numbered list. */
export function numbered(items: readonly string[]): string {
  return items.map((item, index) => `${index + 1}. ${plain(item)}`).join('\n');
}

/** A table with a head; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
