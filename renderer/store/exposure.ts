import type { GateMark, PictureLane } from '../../shared/access/picture-schema.ts';
import {
  databaseWords,
  encryptionWords,
  lineWords,
  methodWords,
  roleWords,
} from '../../shared/access/picture-words.ts';
import type { Finding } from '../../shared/findings/finding.ts';
import { listedStatus } from './findings.ts';

/** A row of the table under the picture. */
export type ExposureRow = {
  readonly lane: string;
  readonly cells: readonly string[];
  readonly alarming: boolean;
  readonly noPassword: boolean;
};

export const exposureColumns = [
  'From',
  'Firewall',
  'Listener',
  'pg_hba.conf',
  'Role',
  'Database',
  'Method',
  'TLS',
  'Logins seen',
] as const;

/** What a lane says, as rows; `whole`: its exact parts, where it was merged of several. */
export function rowsOfLane(lane: PictureLane, whole: boolean): readonly ExposureRow[] {
  const common = { lane: lane.id, alarming: lane.alarming };
  const rows = whole
    ? lane.rows.map((row) => ({ ...row, from: row.networks.join(', ') }))
    : lane.entries.length === 0
      ? [{ ...lane, from: `${lane.label}, ${lane.note}`, entry: null }]
      : lane.entries.map((entry) => ({ ...lane, from: `${lane.label}, ${lane.note}`, entry }));
  const mark = ({ state, words, details }: GateMark): string => {
    if (state === 'none') return '–';
    const said = words || (state === 'pass' ? 'passes' : 'not known');
    const [detail] = state === 'pass' && !whole ? [] : details;
    return detail === undefined || detail === said ? said : `${said}: ${detail}`;
  };
  return rows.map(({ from, firewall, listener, hba, entry }) => {
    return {
      ...common,
      noPassword: entry?.methods.includes('trust') === true,
      cells: [
        from,
        mark(firewall),
        mark(listener),
        entry === null ? mark(hba) : lineWords(entry.lines) || '–',
        entry === null ? '–' : roleWords(entry),
        entry === null ? '–' : databaseWords(entry) || '–',
        entry === null ? '–' : `${methodWords(entry)}${entry.certain ? '' : ', perhaps'}`,
        entry === null ? '–' : encryptionWords[entry.encryption],
        entry?.seen == null ? '–' : entry.seen.toLocaleString('en'),
      ],
    };
  });
}

/** The table as text, with tabs, as a spreadsheet takes it. */
export function tableText(lanes: readonly PictureLane[]): string {
  const rows = lanes.flatMap((lane) => rowsOfLane(lane, true).map(({ cells }) => cells));
  return [exposureColumns, ...rows]
    .map((cells) => cells.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t'))
    .join('\n');
}

const openChecks: readonly string[] = ['fw-pg-port-any', 'tcp-listen-any', 'fw-active', 'fw-default-deny'];

/** The open findings about the lines of a lane; of one that is open to everyone also those of the gates before. */
export function findingsOf(lane: PictureLane, findings: readonly Finding[]): readonly Finding[] {
  const lines = new Set(
    lane.entries.flatMap((entry) => entry.lines.map(({ file, line }) => `${file}:${line}`)),
  );
  return findings.filter(
    (finding) =>
      listedStatus(finding) === 'open' &&
      finding.pillar === 'network' &&
      (finding.subjects.some(({ name }) => lines.has(name)) ||
        (lane.openToAll && openChecks.includes(finding.check))),
  );
}
