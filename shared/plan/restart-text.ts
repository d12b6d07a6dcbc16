import type { OpenTransaction } from '../facts/activity.ts';
import type { RestartOutlook } from './restart.ts';

/** `12 s`, `25 min`, `3 h 10 min`, `4 d 2 h`. */
export function ageText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `512 kB`, `16 MB`, `2.5 GB`, by powers of 1024 as PostgreSQL counts. */
export function sizeText(bytes: number): string {
  const kilo = bytes / 1024;
  if (kilo < 1024) return `${Math.round(kilo)} kB`;
  const mega = kilo / 1024;
  return mega < 1024 ? `${Math.round(mega)} MB` : `${Math.round((mega / 1024) * 10) / 10} GB`;
}

/** `shop_app from 10.0.0.5 (batch)`: who a session belongs to. */
export function whoText(who: {
  readonly role: string;
  readonly address: string | null;
  readonly application: string;
}): string {
  const application = who.application === '' ? '' : ` (${who.application})`;
  return `${who.role === '' ? 'somebody' : who.role}${who.address === null ? '' : ` from ${who.address}`}${application}`;
}

/** `shop_app from 10.0.0.5 (batch): UPDATE, active, for 25 min`. */
export function transactionText(transaction: OpenTransaction): string {
  const { command, state, seconds } = transaction;
  const what = [command, state].filter((word) => word !== '').join(', ');
  return `${whoText(transaction)}: ${what === '' ? 'transaction' : what}, for ${ageText(seconds)}`;
}

/** `1 to 4 s` */
export function downtimeText({ downtime }: RestartOutlook): string {
  return downtime.fromSeconds === downtime.toSeconds
    ? `${downtime.toSeconds} s`
    : `${downtime.fromSeconds} to ${downtime.toSeconds} s`;
}

/** One line a matter: its title and what there is to say, at most `most` items of each. */
export interface OutlookRow {
  readonly title: string;
  readonly items: readonly string[];
  /** Would stop the run unless the person says otherwise. */
  readonly stops: boolean;
}

/** What the person should know of the restart, matter by matter. Empty matters are left out. */
export function outlookRows(outlook: RestartOutlook, most = 5): OutlookRow[] {
  const row = (title: string, items: readonly string[], stops = false): OutlookRow[] =>
    items.length === 0
      ? []
      : [
          {
            title,
            stops,
            items:
              items.length <= most ? items : [...items.slice(0, most), `and ${items.length - most} more`],
          },
        ];
  const { checkpoint, maxWalBytes } = outlook;
  const replay = checkpoint?.replayBytes ?? null;
  return [
    ...row('Nobody can connect for', [`${downtimeText(outlook)}, estimated: ${outlook.downtime.reason}`]),
    ...row('Transactions open for 5 minutes or longer', outlook.longTransactions.map(transactionText), true),
    ...row('Base backups running', outlook.backups.map(whoText), true),
    ...row(
      'Connected now',
      outlook.clients.map((client) => `${client.count} × ${whoText(client)}`),
    ),
    ...row(
      'Prepared transactions',
      outlook.prepared.map(
        ({ role, database, seconds }) =>
          `${role} in ${database ?? '?'}, for ${ageText(seconds)}; survives the restart`,
      ),
    ),
    ...row(
      'Standbys and WAL receivers',
      outlook.standbys.map(
        (one) =>
          `${one.application}${one.address === null ? '' : ` at ${one.address}`}, ${one.sync}${one.behindBytes === null ? '' : `, ${sizeText(one.behindBytes)} behind`}; connects again by itself`,
      ),
    ),
    ...row(
      'Vacuum against running out of transaction ids',
      outlook.wraparoundVacuums.map(
        ({ database, seconds }) =>
          `in ${database}, for ${ageText(seconds)}; begins anew and repeats that work`,
      ),
    ),
    ...row(
      'Connection poolers',
      outlook.poolers.map(({ name, behaviour }) => `${name}: ${behaviour}`),
    ),
    ...row(
      'Last checkpoint',
      checkpoint === null
        ? []
        : [
            `${ageText(checkpoint.secondsAgo)} ago${replay === null ? '' : `; a crash now would replay ${sizeText(replay)} of WAL`}${maxWalBytes === null ? '' : ` (max_wal_size ${sizeText(maxWalBytes)})`}`,
          ],
    ),
    ...row('Not known', outlook.unknown === null ? [] : [outlook.unknown]),
  ];
}

/** The outlook as lines for a terminal. */
export function outlookLines(outlook: RestartOutlook): string[] {
  return outlookRows(outlook).flatMap(({ title, items, stops }) => [
    `  ${title}${stops ? ' (STOPS THE RUN unless you wait or go over it)' : ''}:`,
    ...items.map((item) => `    ${item}`),
  ]);
}
