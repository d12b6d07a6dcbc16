import type { Cluster, FileSetting, Setting } from '../../facts/cluster.ts';
import type { ConfigurationFile } from '../../facts/files.ts';
import { isAutoConfig } from '../../config/auto-config.ts';
import { managerHit } from '../../config/managed.ts';
import { parseConfig, settingKey } from '../../config/parse.ts';
import { applyHbaEdits } from '../../hba/edit.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import { bytesOfText, textOfBytes } from '../../lib/text-bytes.ts';
import type { Operation } from '../../plan/operation.ts';
import { notOffered, offered } from './offers.ts';
import type { OfferAnswer } from './offers.ts';

/** Lines of postgresql.conf and of the files that it includes, commented out one by one. */

/** How the lines are read: one by one. Those of pg_hba.conf continue on the next since 14, these never do. */
const lineByLine = 13;

/** `/etc/postgresql/15/main/postgresql.conf:12`, as in the subjects of findings. */
export const linePlace = ({ sourceFile, sourceLine }: FileSetting): string =>
  `${sourceFile ?? 'an unknown file'}:${sourceLine ?? '?'}`;

/** What the fixes of these lines look at. */
export interface ConfigurationFacts {
  readonly fileSettings: readonly FileSetting[];
  readonly configurationFiles: readonly ConfigurationFile[];
  readonly settings: readonly Setting[];
  readonly cluster: Cluster;
}

/** A line that can be commented out exactly. */
export interface RemovableLine {
  readonly row: FileSetting;
  /** False where the line includes another file or cannot be read at all. */
  readonly kind: 'setting' | 'include' | 'error';
  /** Without its line ending, as text. */
  readonly text: string;
  /** Who would take the change back; null for nobody. */
  readonly manager: string | null;
  /** The edit with a note above the line. */
  edit(note: string): HbaEdit;
}

function disable(path: string, line: number, expected: string, note: string): HbaEdit {
  return { kind: 'disable', file: path, line, expected, note: bytesOfText(note) };
}

/**
 * The line that a row of pg_file_settings speaks of, or null: where the file could not be read, says something else by
 * now, is written by the server itself, or where a # could not be set without touching another line.
 */
export function removableLine(files: readonly ConfigurationFile[], row: FileSetting): RemovableLine | null {
  const file = files.find(({ path }) => path === row.sourceFile);
  if (file === undefined || file.text === null || isAutoConfig(row)) return null;
  const line = parseConfig(file.text, file.path).lines.find((one) => one.line === row.sourceLine);
  if (line === undefined || line.kind === 'comment' || line.kind === 'blank') return null;
  const same =
    row.name === null
      ? line.kind !== 'setting'
      : line.kind === 'setting' &&
        settingKey(textOfBytes(line.name)) === settingKey(row.name) &&
        textOfBytes(line.value) === (row.value ?? '');
  if (!same) return null;
  const edit = (note: string): HbaEdit => disable(file.path, line.line, line.text, note);
  const edited = applyHbaEdits(file.text, [edit('x')], { path: file.path, major: lineByLine });
  if (!edited.ok) return null;
  return {
    row,
    kind: line.kind,
    text: textOfBytes(line.text).trim(),
    manager: managerHit(file.text, edited.text)?.name ?? null,
    edit,
  };
}

/** One operation a file. */
export function lineOperations(edits: readonly HbaEdit[]): readonly Operation[] {
  return [...new Set(edits.map(({ file }) => file))].map((file) => ({
    kind: 'hba',
    file,
    major: lineByLine,
    edits: edits.filter((edit) => edit.file === file),
  }));
}

/** What is written by another program all over again is corrected there. */
export function ownConfiguration({ managedBy }: Cluster): OfferAnswer {
  return managedBy === null
    ? offered
    : notOffered(`${managedBy} runs this cluster and writes its configuration. Correct the lines there.`);
}
