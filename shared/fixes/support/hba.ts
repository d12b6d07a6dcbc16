import type { Cluster } from '../../facts/cluster.ts';
import type { ConfigurationFile } from '../../facts/files.ts';
import type { Finding } from '../../findings/finding.ts';
import { readHba, ruleKey } from '../../checks/support/hba-view.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import type { HbaEdit, HbaFields } from '../../hba/edit.ts';
import type { HbaRule, HbaToken } from '../../hba/types.ts';
import { bytesOfText } from '../../lib/text-bytes.ts';
import { nameToken } from '../../hba/write.ts';
import type { Operation } from '../../plan/operation.ts';
import type { FixPlan } from '../define-fix.ts';

interface HbaFacts {
  readonly configurationFiles: readonly ConfigurationFile[];
  readonly cluster: Cluster;
}

/** pg_hba.conf with the rules that a finding is about; null when it cannot be read. */
export function foundRules(
  { configurationFiles, cluster }: HbaFacts,
  finding: Finding,
): { readonly view: HbaView; readonly rules: readonly HbaRule[] } | null {
  const reading = readHba(configurationFiles, cluster.major);
  if (!reading.ok) return null;
  const keys = new Set(finding.subjects.filter(({ kind }) => kind === 'hba-line').map(({ name }) => name));
  const { view } = reading;
  return { view, rules: view.rules.filter((rule) => keys.has(ruleKey(rule))) };
}

/** A change of one rule's line. */
export function changeRule(
  { file, line }: HbaRule,
  fields: HbaFields,
  copies: readonly HbaFields[] = [],
): HbaEdit {
  return { kind: 'change', file, line, fields, ...(copies.length === 0 ? {} : { copies }) };
}

/** The line of a rule commented out, with a note above it. */
export function disableRule({ file, line }: HbaRule, note: string): HbaEdit {
  return { kind: 'disable', file, line, note };
}

/** A token for a role or database whose name may have any letters: files are written one character a byte. */
export function nameInFile(name: string): HbaToken {
  return nameToken(bytesOfText(name));
}

/** A note may hold a name; files are written one character a byte. */
const noteInFile = (edit: HbaEdit): HbaEdit =>
  'note' in edit ? { ...edit, note: bytesOfText(edit.note) } : edit;

/** One operation a file. Without an edit there is nothing to do, which is told. */
export function hbaPlan(major: number, edits: readonly HbaEdit[]): FixPlan {
  if (edits.length === 0) return { ok: false, reason: 'No line of pg_hba.conf is left to change.' };
  const files = [...new Set(edits.map(({ file }) => file))];
  const operations = files.map((file): Operation => ({
    kind: 'hba',
    file,
    major,
    edits: edits.filter((edit) => edit.file === file).map(noteInFile),
  }));
  return { ok: true, operations };
}
