import type { Answer, Exposure, ExposureReport, SocketExposure } from '../../shared/access/exposure.ts';
import { exposuresOf } from '../../shared/access/exposure-model.ts';
import { readGround } from '../../shared/access/ground.ts';
import { narrowed } from '../../shared/access/narrow.ts';
import { can } from '../../shared/access/reach.ts';
import { reachAnswer, reachList } from '../../shared/access/reach-schema.ts';
import { addressBits, formatAddress } from '../../shared/lib/cidr.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import type { Session } from '../engine/session.ts';
import type { Command } from './command.ts';
import { exitCodes, type TerminalIo } from './io.ts';
import { inspect } from './scan.ts';

type ReachCommand = Extract<Command, { name: 'reach' }>;

/** `reach`: who can get in, or whether one client can. */
export async function reach(
  command: ReachCommand,
  session: Session,
  io: TerminalIo,
  signal: AbortSignal,
): Promise<number> {
  await inspect(command, session, io, signal);
  if (session.facts === null) return exitCodes.connect;
  const ground = readGround(session.facts.facts);
  const { from, role, database, tls, port, format } = command;
  const single = from === 'local' || (from !== null && from.prefix === addressBits(from.family));
  if (from !== null && single && role !== null && database !== null) {
    const answer = can(ground, {
      address: from === 'local' ? 'local' : formatAddress(from),
      role,
      database,
      tls,
      port,
      replication: database === 'replication',
    });
    io.write(format === 'json' ? json(reachAnswer(answer)) : answerText(answer));
    return exitCodes.done;
  }
  const whole = exposuresOf(ground);
  const report =
    from === 'local'
      ? { ...narrowed(whole, { from: null, role, database, tls: null, port: null }), network: [] }
      : narrowed(whole, { from, role, database, tls, port });
  io.write(format === 'json' ? json(reachList(report)) : reachText(report));
  return exitCodes.done;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const placeText = ({ file, line }: { file: string | null; line: number | null }): string =>
  file === null ? '' : `${file}:${line ?? ''}`;

const transportWords = {
  local: 'Unix socket',
  tls: 'TLS',
  'tcp-plain': 'no TLS',
  gss: 'GSS encryption',
} as const;

/** One answer in a few lines. */
export function answerText({ verdict, because, method, transport }: Answer): string {
  const gates = {
    firewall: 'the firewall',
    listener: 'the listener',
    hba: 'pg_hba.conf',
    role: 'the role',
  };
  const how = [method, transport === null ? null : transportWords[transport]].filter((part) => part !== null);
  return [
    `${verdict}, by ${gates[because.gate]}${how.length === 0 ? '' : ` (${how.join(', ')})`}`,
    ...(because.rule === null ? [] : [`  ${because.rule}`]),
    ...(because.file === null ? [] : [`  ${placeText(because)}`]),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

const most = 6;

/** At most six names, then how many more. */
function some(list: readonly string[], all: boolean): string {
  if (all) return 'all';
  const shown = list.slice(0, most).join(', ');
  return list.length > most ? `${shown} and ${list.length - most} more` : shown;
}

/** Columns as wide as their longest cell, but the last. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function shortPlace({ hba }: Exposure | SocketExposure): string {
  return hba === null ? '' : `${hba.file.slice(hba.file.lastIndexOf('/') + 1)}:${hba.line}`;
}

function rowOf(exposure: Exposure): readonly string[] {
  const { from, to, redirectedTo, roles, allRoles, databases, allDatabases, method, transport } = exposure;
  const target = to.address.includes(':') ? `[${to.address}]:${to.port}` : `${to.address}:${to.port}`;
  const process = exposure.process === null ? '' : ` (${exposure.process})`;
  return [
    exposure.openToAll ? '!' : exposure.certainty === 'possible' ? '?' : '',
    some(from, false),
    redirectedTo === null ? target : `${target} → ${redirectedTo.port}`,
    roles.length === 0 ? '' : some(roles, allRoles),
    databases.length === 0 ? '' : some(databases, allDatabases),
    `${method}${exposure.clientCertificate ? ' + certificate' : ''}${process}`,
    transport === null ? '' : transportWords[transport],
    shortPlace(exposure),
    exposure.firewallRule ?? 'no firewall',
  ];
}

const columns = ['', 'From', 'To', 'Roles', 'Databases', 'Method', 'Over', 'Line', 'Firewall'];

function part(title: string, rows: readonly Exposure[]): string {
  return rows.length === 0 ? '' : `${title}\n${table(columns, rows.map(rowOf))}\n`;
}

/** Everything that is open, in tables: to everyone first. */
export function reachText({ network, sockets, unknown, lines }: ExposureReport): string {
  const dead = lines.filter(({ state }) => state === 'shadowed' || state === 'never');
  const everyone = network.filter(({ openToAll }) => openToAll);
  const remote = network.filter(({ openToAll, scope }) => !openToAll && scope === 'remote');
  const inside = network.filter(({ openToAll, scope }) => !openToAll && scope === 'host');
  const text = [
    part('Open to everyone', everyone),
    part('Open to some networks', remote),
    part('From the host itself', inside),
    sockets.length === 0
      ? ''
      : `By Unix socket\n${table(
          ['', 'Accounts', 'Socket', 'Roles', 'Databases', 'Method', 'Line'],
          sockets.map((one) => [
            one.certainty === 'possible' ? '?' : '',
            one.everyAccount ? 'every account' : some(one.accounts, false),
            one.path,
            some(one.roles, one.allRoles),
            some(one.databases, one.allDatabases),
            one.method,
            shortPlace(one),
          ]),
        )}\n`,
    unknown.length === 0
      ? ''
      : `Not known\n${unknown
          .map(({ reason, from }) =>
            printable(`  ${reason}${from.length === 0 ? '' : ` [${some(from, false)}]`}`),
          )
          .join('\n')}\n\n`,
    dead.length === 0
      ? ''
      : `Lines that nothing comes to: ${dead.map(({ place, state }) => `${place.line}${state === 'never' ? ' (needs TLS)' : ''}`).join(', ')}\n`,
  ].join('');
  return text === '' ? 'Nobody can reach the server, as far as was asked.\n' : text;
}
