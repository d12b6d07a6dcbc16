import { formatNetwork, networkOf, parseAddress } from '../lib/cidr.ts';
import { clientsSeen } from './client.ts';
import { notInspected } from './exposure.ts';
import type { ExposureReport, ReachGround } from './exposure.ts';
import { known } from './ground.ts';
import { destinationsOf, notesOf, verdictOf } from './picture-parts.ts';
import { absent } from '../facts/fact.ts';
import { closedSources, fewClosed, mergedMark } from './picture-closed.ts';
import type { ClosedSources } from './picture-closed.ts';
import { mergedEntries, networkRows, socketRow, widthOf } from './picture-lanes.ts';
import type { LaneContext } from './picture-lanes.ts';
import type { GateMark, Picture, PictureLane, PictureRow } from './picture-schema.ts';
import { several, sourceWords } from './picture-words.ts';

/** More lanes than this are not drawn: those with like outcomes become one. */
export const mostLanes = 12;
const mostClosed = 3;

const nothing: GateMark = { state: 'none', words: '', details: [] };
const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

function oneMark(marks: readonly GateMark[]): GateMark {
  const [first = nothing] = marks;
  const same = marks.every(({ words, state }) => words === first.words && state === first.state);
  const details = distinct(marks.flatMap((mark) => mark.details));
  if (same) return { ...first, details };
  const state = marks.some((mark) => mark.state === 'unknown') ? 'unknown' : first.state;
  return { state, words: several(distinct(marks.map(({ words }) => words)).length, 'way'), details };
}

/** The lane of rows that are drawn as one. `exact` is false where their outcomes differ. */
function laneOf(
  rows: readonly PictureRow[],
  about: Pick<PictureLane, 'kind' | 'scope' | 'openToAll'>,
  own: ReadonlyMap<string, string>,
  exact: boolean,
): PictureLane {
  const networks = distinct(rows.flatMap((row) => row.networks));
  const entries = mergedEntries(
    rows.flatMap(({ entry }) => entry ?? []),
    exact,
  );
  const words =
    about.kind === 'socket'
      ? {
          label: 'Unix socket',
          note:
            networks.length === 1
              ? (networks[0] ?? '').replace(/\/\.s\.PGSQL\.\d+$/, '')
              : several(networks.length, 'socket'),
        }
      : sourceWords(networks, { openToAll: about.openToAll, own });
  return {
    id: '',
    ...about,
    ...words,
    alarming: about.openToAll || entries.some(({ methods }) => methods.includes('trust')),
    width: about.kind === 'socket' ? -32 : widthOf(networks),
    merged: exact ? 1 : distinct(rows.map((row) => row.networks.join())).length,
    firewall: oneMark(rows.map(({ firewall }) => firewall)),
    listener: oneMark(rows.map(({ listener }) => listener)),
    hba: oneMark(rows.map(({ hba }) => hba)),
    entries,
    rows: [...rows],
  };
}

/** What decides whether sources are one lane: all that is said of them but where they are and by which line. */
function outcomeOf(rows: readonly PictureRow[], coarse: boolean): string {
  return JSON.stringify(
    rows
      .map(({ firewall, listener, entry }) =>
        coarse
          ? [entry?.methods, entry?.encryption, entry?.certain]
          : [
              firewall.state,
              firewall.words,
              listener.words,
              entry && { ...entry, lines: [], lineText: null, seen: null },
            ],
      )
      .map((part) => JSON.stringify(part))
      .filter((part, at, all) => all.indexOf(part) === at)
      .sort(),
  );
}

interface Draft {
  readonly about: Pick<PictureLane, 'kind' | 'scope' | 'openToAll'>;
  readonly rows: readonly PictureRow[];
  readonly exact: boolean;
}

function joined(drafts: readonly Draft[], keyOf: (draft: Draft) => string, exact: boolean): readonly Draft[] {
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const key = keyOf(draft);
    groups.set(key, [...(groups.get(key) ?? []), draft]);
  }
  return [...groups.values()].flatMap((group): readonly Draft[] => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.length === 1) return [first];
    return [
      {
        about: first.about,
        rows: group.flatMap(({ rows }) => rows),
        exact: exact && group.every((one) => one.exact),
      },
    ];
  });
}

const alarmOf = ({ rows }: Draft): boolean =>
  rows.some(({ entry }) => entry?.methods.includes('trust') === true);
const family = ({ about, rows }: Draft, coarse: boolean): string => {
  const six = rows.every(({ networks }) => networks.every((text) => text.includes(':')));
  // Everyone over IPv4 and everyone over IPv6 are told apart as long as there is room.
  return about.openToAll && !coarse && six ? 'ipv6' : '';
};

/** Sources of the network as lanes: the same outcome is one lane, and with too many of them a like one too. */
function networkDrafts(report: ExposureReport, context: LaneContext, room: number): readonly Draft[] {
  const bySources = new Map<string, { exposure: ExposureReport['network'][number]; number: number }[]>();
  report.network.forEach((exposure, number) => {
    const port = exposure.method === notInspected;
    const key = JSON.stringify([exposure.scope, exposure.openToAll, exposure.from, exposure.to.port, port]);
    bySources.set(key, [...(bySources.get(key) ?? []), { exposure, number }]);
  });
  const drafts = [...bySources.values()].flatMap((group): readonly Draft[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { scope, openToAll, method } = first.exposure;
    return [
      {
        about: { kind: method === notInspected ? 'port' : 'network', scope, openToAll },
        rows: networkRows(context, group),
        exact: true,
      },
    ];
  });
  const key = (draft: Draft, coarse: boolean): string =>
    JSON.stringify([draft.about, alarmOf(draft), family(draft, coarse), outcomeOf(draft.rows, coarse)]);
  // The host itself is one lane, whatever its two loopback addresses get.
  const host = joined(
    drafts.filter(({ about }) => about.scope === 'host'),
    (draft) => JSON.stringify(draft.about),
    true,
  );
  const remote = drafts.filter(({ about }) => about.scope === 'remote');
  const exact = [...joined(remote, (draft) => key(draft, false), true), ...host];
  if (exact.length <= room) return exact;
  const alike = joined(exact, (draft) => key(draft, true), false);
  if (alike.length <= room) return alike;
  // What is open to everyone, or without a password, stays apart from what is not.
  return joined(alike, (draft) => JSON.stringify([draft.about, alarmOf(draft)]), false);
}

function closedLane(group: readonly ClosedSources[], own: ReadonlyMap<string, string>): PictureLane {
  const mark = mergedMark(group);
  const networks = distinct(group.flatMap((one) => one.networks));
  const [first] = group;
  const gate = first?.gate ?? 'hba';
  const scope = first?.scope ?? 'remote';
  const width = widthOf(networks);
  const firewall: GateMark = {
    ...(first?.firewall ?? nothing),
    details: distinct(group.flatMap((one) => one.firewall.details)),
  };
  const marks = {
    firewall: gate === 'firewall' ? mark : firewall,
    listener:
      gate === 'firewall' ? nothing : gate === 'listener' ? mark : { ...nothing, state: 'pass' as const },
    hba: gate === 'hba' ? mark : nothing,
  };
  return {
    id: '',
    kind: mark.state === 'unknown' ? 'unknown' : 'closed',
    scope,
    ...sourceWords(networks, { openToAll: width > -4, own }),
    openToAll: false,
    alarming: false,
    width,
    merged: group.length,
    ...marks,
    entries: [],
    rows: group.map((one) => ({
      networks: [...one.networks],
      ...marks,
      firewall: one.firewall,
      [one.gate]: one.mark,
      entry: null,
      exposures: [],
    })),
  };
}

/** Widest first; those that get in before those that do not, the host itself last. */
function byWidth(one: PictureLane, other: PictureLane): number {
  const rank = ({ scope, kind, openToAll }: PictureLane): number =>
    kind === 'socket' ? 3 : scope === 'host' ? 2 : openToAll ? 0 : 1;
  return rank(one) - rank(other) || other.width - one.width || Number(other.alarming) - Number(one.alarming);
}

/**
 * The picture of an exposure. Every exposure of the report is in exactly one row of one lane; what is open to everyone
 * is never merged with what is not. Bounded: about twelve lanes, however many lines and rules there are.
 */
export function pictureOf(ground: ReachGround, report: ExposureReport): Picture {
  const { facts } = ground;
  const none = absent('not collected');
  const seen = known(facts.logins) !== null || known(facts.sessions) !== null;
  const context: LaneContext = {
    ground,
    clients: seen
      ? clientsSeen({
          sessions: facts.sessions ?? none,
          logins: facts.logins ?? none,
          settings: facts.settings ?? none,
        })
      : null,
  };
  const own = new Map(
    (known(facts.interfaces) ?? []).flatMap(({ name, address, prefix }) => {
      const parsed = parseAddress(address);
      return parsed === null ? [] : [[formatNetwork(networkOf(parsed, prefix)), name] as const];
    }),
  );
  const closed = fewClosed(closedSources(ground, report.network, report.unknown), mostClosed);
  const sockets = report.sockets.map((one, at) => socketRow(context, one, report.network.length + at));
  const room = mostLanes - closed.length - (sockets.length > 0 ? 1 : 0);
  const drafts = networkDrafts(report, context, room);
  const lanes = [
    ...drafts.map(({ about, rows, exact }) => laneOf(rows, about, own, exact)),
    ...closed.map((group) => closedLane(group, own)),
    ...(sockets.length === 0
      ? []
      : [
          laneOf(
            sockets,
            { kind: 'socket', scope: 'host', openToAll: false },
            own,
            sockets.length <= mostLanes,
          ),
        ]),
  ]
    .sort(byWidth)
    .map((lane, at) => ({ ...lane, id: `lane-${at + 1}` }));
  const unknown = distinct(report.unknown.map(({ reason }) => reason));
  const roles = known(facts.roles)?.filter(({ login }) => login) ?? null;
  const databases = new Set([...report.network, ...report.sockets].flatMap((one) => one.databases));
  return {
    lanes,
    destinations: destinationsOf(lanes),
    notes: notesOf(ground, databases.size),
    unknown,
    logins:
      roles === null
        ? null
        : {
            roles: roles.map(({ name }) => name),
            superusers: roles.filter(({ superuser }) => superuser).map(({ name }) => name),
          },
    deadLines: report.lines.filter(({ state }) => state === 'shadowed' || state === 'never').length,
    lineCount: report.lines.length,
    verdict: verdictOf(lanes, unknown.length),
  };
}

/** Why there is nothing to draw: neither lines nor a listener are known. null when there is. */
export function noPictureReason(ground: ReachGround): string | null {
  return ground.rules === null && ground.listenersReason !== null
    ? (ground.hbaReason ?? 'nothing was collected')
    : null;
}
