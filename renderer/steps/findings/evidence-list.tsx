import type { Evidence } from '../../../shared/findings/finding.ts';
import { assertNever } from '../../../shared/lib/assert-never.ts';
import { EvidenceBlock, evidenceText, type EvidenceView } from '../../ui/evidence-block.tsx';

/** Evidence as the block draws it. */
export function evidenceView(evidence: Evidence): EvidenceView {
  switch (evidence.kind) {
    case 'text':
      return { kind: 'text', place: 'Seen', text: evidence.text };
    case 'setting':
      return {
        kind: 'setting',
        place: evidence.source ?? 'Setting',
        name: evidence.name,
        value: evidence.value,
        wanted: evidence.wanted ?? undefined,
      };
    case 'file':
      return { kind: 'lines', place: evidence.path, lines: evidence.lines };
    case 'table':
      return {
        kind: 'table',
        place: `${evidence.total.toLocaleString('en')} ${evidence.total === 1 ? 'row' : 'rows'}`,
        columns: evidence.columns,
        rows: evidence.rows,
        more: evidence.total - evidence.rows.length,
      };
    case 'command':
      return { kind: 'text', place: evidence.command, text: evidence.output };
    default:
      return assertNever(evidence, 'evidence');
  }
}

/** Evidence as text, with its place. */
export function evidenceAsText(evidence: Evidence): string {
  const view = evidenceView(evidence);
  return `${view.place}:\n${evidenceText(view)}`;
}

/** All evidence of a finding; a plain sentence needs no block. */
export function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  return (
    <div>
      {evidence.map((entry, index) =>
        entry.kind === 'text' && !entry.text.includes('\n') ? (
          <p key={index} className="small second selectable">
            {entry.text}
          </p>
        ) : (
          <EvidenceBlock key={index} evidence={evidenceView(entry)} />
        ),
      )}
    </div>
  );
}
