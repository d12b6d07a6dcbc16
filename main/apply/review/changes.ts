import { collected } from '../../../shared/facts/fact.ts';
import type { Cluster } from '../../../shared/facts/cluster.ts';
import { previewChanges } from '../../../shared/plan/preview.ts';
import type { Change, PlanStep } from '../../../shared/plan/plan.ts';
import { redactFile } from '../../collect/facts-file.ts';
import type { RunOnRecord } from './read-run.ts';

/** The path by which an operation names the one file that it edits. */
function editedPath({ operation }: PlanStep, cluster: Cluster): string | null {
  switch (operation.kind) {
    case 'hba':
      return operation.file;
    case 'file':
      return operation.path;
    case 'setting':
      return operation.via === 'file' ? (operation.file ?? cluster.configFile) : null;
    case 'file-mode':
    case 'sql':
    case 'firewall':
    case 'certificate':
    case 'package':
    case 'reload':
    case 'restart':
      return null;
  }
}

/** What a run changed, from its plan and the copies that the host keeps, for whoever was not there. Without secrets. */
export function changesOf(record: RunOnRecord, cluster: Cluster): Change[] {
  const files = record.plan.steps.flatMap((step) => {
    const path = editedPath(step, cluster);
    const slot = record.files.get(step.number)?.find(({ kind }) => kind === 'file')?.slot;
    const kept = record.kept.find((file) => file.slot === slot && file.kind === 'file');
    if (path === null || kept === undefined || kept.before === 'absent') return [];
    return [{ path, text: kept.before.content }];
  });
  const changes = previewChanges(record.plan, {
    configurationFiles: collected(files),
    cluster: collected(cluster),
  });
  return changes.map(withoutSecrets);
}

/** A change as it may be shown and kept: passwords in it are not. */
export function withoutSecrets(change: Change): Change {
  const plain = (lines: readonly string[]): string[] => lines.map(redactFile);
  switch (change.kind) {
    case 'diff':
      return { ...change, before: redactFile(change.before), after: redactFile(change.after) };
    case 'sql':
      return { ...change, statements: plain(change.statements), inverse: plain(change.inverse) };
    case 'commands':
      return { ...change, lines: plain(change.lines), undo: plain(change.undo) };
    case 'firewall':
      return change;
  }
}
