import { parseNetwork } from '../lib/cidr.ts';
import type { Network } from '../lib/cidr.ts';

/** A zone as `firewall-cmd --list-all-zones` prints it. */
export interface FirewalldZone {
  readonly name: string;
  readonly active: boolean;
  readonly target: string;
  readonly interfaces: readonly string[];
  readonly sources: readonly string[];
  readonly services: readonly string[];
  /** `5432/tcp`, `5000-6000/tcp` */
  readonly ports: readonly string[];
  readonly protocols: readonly string[];
  readonly sourcePorts: readonly string[];
  readonly richRules: readonly string[];
}

/** Reads the listing of all zones. */
export function readZones(text: string): readonly FirewalldZone[] {
  return text
    .split(/\n(?=\S)/)
    .filter((block) => /^\s*target:/m.test(block))
    .map((block) => {
      const [head = '', ...lines] = block.trim().split('\n');
      const value = (key: string) =>
        lines
          .find((line) => line.trim().startsWith(`${key}:`))
          ?.replace(/^\s*[\w -]+:\s*/, '')
          .trim() ?? '';
      const words = (key: string) =>
        value(key)
          .split(/\s+/)
          .filter((word) => word !== '');
      const [name = '', flags = ''] = head.split(/\s+(.*)/);
      return {
        name,
        active: flags.includes('active'),
        target: value('target'),
        interfaces: words('interfaces'),
        sources: words('sources'),
        services: words('services'),
        ports: words('ports'),
        protocols: words('protocols'),
        sourcePorts: words('source-ports'),
        richRules: lines.map((line) => line.trim()).filter((line) => /^rule\b/.test(line)),
      };
    });
}

/** What a rich rule says of a TCP port and of its senders. */
export interface RichRule {
  readonly accepts: boolean;
  /** `5432/tcp` or a service; null when it is for every port. */
  readonly subject: string | null;
  /** null: any sender, or one that is no network. */
  readonly source: Network | null;
  readonly anySource: boolean;
}

/** Reads as much of a rich rule as is needed to know whom it lets in. */
export function readRichRule(text: string): RichRule {
  const port = /\bport port="([^"]+)" protocol="([^"]+)"/.exec(text);
  const service = /\bservice name="([^"]+)"/.exec(text);
  const source = /\bsource (?:(NOT) )?(?:address="([^"]+)")?/.exec(text);
  const network = source?.[2] !== undefined && source[1] === undefined ? parseNetwork(source[2]) : null;
  return {
    accepts: /\baccept\b/.test(text),
    subject: port === null ? (service?.[1] ?? null) : `${port[1]}/${port[2]}`,
    source: network,
    anySource: source === null,
  };
}

/** Whether `5000-6000/tcp` holds the TCP port: it alone, among others, or not. */
export function portCovers(text: string, wanted: number): 'alone' | 'among' | 'no' {
  const match = /^(\d+)(?:-(\d+))?\/(\w+)$/.exec(text);
  if (match === null || match[3] !== 'tcp') return 'no';
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  if (wanted < first || wanted > last) return 'no';
  return first === last ? 'alone' : 'among';
}

const sortedWords = (words: string): string => words.trim().split(/\s+/).sort().join(' ');

/**
 * What of a listing of zones is a rule: not which of them are active, nor the interfaces that were given to them. Rules are
 * listed in the order in which they were added or in that of the file, which means nothing: that is what priorities are for.
 */
const rulesOf = (text: string): string =>
  text
    .replace(/^(\S+) \(.*\)$/gm, '$1')
    .replace(/^\s*interfaces:.*$/gm, '')
    .replace(
      /^(\s*(?:sources|services|ports|protocols|source-ports): )(.*)$/gm,
      (_, head: string, words: string) => `${head}${sortedWords(words)}`,
    )
    .replace(/(?:^[ \t]+rule .*\n?)+/gm, (block) =>
      block
        .split('\n')
        .map((line) => line.trim())
        .sort()
        .join('\n'),
    )
    .replace(/\s+$/gm, '');

/** Whether two listings, of the running zones and of the stored ones, say the same. */
export const sameZones = (one: string, other: string): boolean => rulesOf(one) === rulesOf(other);

/** What a zone has in one state of firewalld and not in the other. */
export interface ZoneDifference {
  readonly zone: string;
  /** Gone after a reload or a reboot. */
  readonly runtimeOnly: readonly string[];
  /** Not in force until then. */
  readonly permanentOnly: readonly string[];
}

const entriesOf = (zone: FirewalldZone | undefined): readonly string[] =>
  zone === undefined
    ? []
    : [
        ...(zone.target === 'default' ? [] : [`target ${zone.target}`]),
        ...zone.sources.map((source) => `source ${source}`),
        ...zone.services.map((service) => `service ${service}`),
        ...zone.ports.map((port) => `port ${port}`),
        ...zone.protocols.map((protocol) => `protocol ${protocol}`),
        ...zone.sourcePorts.map((port) => `source port ${port}`),
        ...zone.richRules,
      ];

/** Zones that are not the same now and after a reload. Interfaces are left out: NetworkManager gives them at run time. */
export function zoneDifferences(runtime: string, permanent: string): readonly ZoneDifference[] {
  const [now, later] = [readZones(runtime), readZones(permanent)];
  const names = [...new Set([...now, ...later].map(({ name }) => name))];
  return names.flatMap((zone): readonly ZoneDifference[] => {
    const [one, other] = [now, later].map((zones) => entriesOf(zones.find(({ name }) => name === zone)));
    const runtimeOnly = (one ?? []).filter((entry) => other?.includes(entry) !== true);
    const permanentOnly = (other ?? []).filter((entry) => one?.includes(entry) !== true);
    return runtimeOnly.length + permanentOnly.length === 0 ? [] : [{ zone, runtimeOnly, permanentOnly }];
  });
}
