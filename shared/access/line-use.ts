import { absent } from '../facts/fact.ts';
import { decidingRules, matchHba } from '../hba/match.ts';
import type { HbaRule } from '../hba/types.ts';
import { clientsSeen } from './client.ts';
import { clientConnections } from './client-connections.ts';
import type { LineUse, ReachGround } from './exposure.ts';
import { known } from './ground.ts';
import { hbaContextOf } from './reach.ts';
import { readUniverse } from './universe.ts';

/** Which lines the clients use that were seen, and over which time they were looked for. */
export interface LineUses {
  /** From when on the log was readable; null when it tells nothing. */
  readonly since: string | null;
  /** When the facts were collected, by the host's clock. */
  readonly until: string | null;
  /** False when neither sessions nor logins are known: then no line is needless. */
  readonly known: boolean;
  /** One a line, in the server's order. */
  readonly lines: readonly LineUse[];
}

interface Count {
  sessions: number;
  logins: number;
  lastAt: string | null;
  uncertain: boolean;
}

/** Holds everybody who is connected or in the log against the lines: what none of them comes to may be needless. */
export function lineUses(ground: ReachGround): LineUses {
  const rules = ground.rules ?? [];
  const universe = readUniverse(ground.facts, rules);
  const context = hbaContextOf(ground, universe);
  const counts = new Map<HbaRule, Count>();
  const { sessions, logins: log, settings } = ground.facts;
  const none = absent('not collected');
  for (const client of clientsSeen({
    sessions: sessions ?? none,
    logins: log ?? none,
    settings: settings ?? none,
  })) {
    const found = new Set(
      clientConnections(client).flatMap((connection) => decidingRules(matchHba(rules, connection, context))),
    );
    for (const rule of found) {
      const count = counts.get(rule) ?? { sessions: 0, logins: 0, lastAt: null, uncertain: false };
      count.sessions += client.sessionsNow;
      count.logins += client.logins;
      count.lastAt = [count.lastAt ?? '', client.lastAt ?? ''].sort().at(-1) || null;
      count.uncertain ||= found.size > 1;
      counts.set(rule, count);
    }
  }
  const logins = known(ground.facts.logins);
  return {
    since: logins?.since ?? null,
    until: known(ground.facts.system)?.time ?? null,
    known: logins !== null || known(ground.facts.sessions) !== null,
    lines: rules.map((rule) => {
      const { file, line } = rule;
      const unused = { sessions: 0, logins: 0, lastAt: null, uncertain: false };
      return { place: { file, line }, ...(counts.get(rule) ?? unused) };
    }),
  };
}
