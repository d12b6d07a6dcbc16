import { structuredPatch } from 'diff';
import type { TextDiff } from '../../../shared/contract/apply.ts';
import { printable, shorten } from '../../../shared/lib/hostile-text.ts';
import { textOfBytes } from '../../../shared/lib/text-bytes.ts';
import { redactFile } from '../../collect/facts-file.ts';

const mostLines = 400;
const longestLine = 500;
const mostEdits = 4_000;

const nothing = (note: string): TextDiff => ({ hunks: [], note });

const isKey = (text: string): boolean => text.includes('PRIVATE KEY-----');

/**
 * What differs between two texts of one character a byte, fit to be shown: secrets masked, control characters replaced,
 * at most 400 lines. Lines are compared before they are masked, so a changed secret shows as a changed line.
 */
export function textDiff(before: string, after: string): TextDiff {
  if (isKey(before) || isKey(after)) return nothing('A private key is not shown.');
  if (before.includes('\0') || after.includes('\0')) return nothing('This is no text.');
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: 3,
    maxEditLength: mostEdits,
  });
  if (patch === undefined) return nothing('The two are too different to be shown line by line.');
  let left = mostLines;
  const hunks = patch.hunks.flatMap((hunk) => {
    if (left <= 0) return [];
    const lines = hunk.lines
      .filter((line) => !line.startsWith('\\'))
      .slice(0, left)
      .map((line) => line.slice(0, 1) + shownLine(line.slice(1)));
    left -= lines.length;
    const { oldStart, oldLines, newStart, newLines } = hunk;
    return [{ oldStart, oldLines, newStart, newLines, lines }];
  });
  return { hunks, note: left <= 0 ? `Only the first ${mostLines} lines are shown.` : '' };
}

function shownLine(line: string): string {
  return shorten(printable(redactFile(textOfBytes(line))), longestLine);
}
