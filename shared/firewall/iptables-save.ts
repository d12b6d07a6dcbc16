import { parseAddress } from '../lib/cidr.ts';
import type { AddressFamily } from '../lib/cidr.ts';
import { iptablesConditions } from './iptables-match.ts';
import { ruleOptions, splitWords } from './iptables-words.ts';
import type { RuleOption } from './iptables-words.ts';
import type { IpSets } from './ipset-save.ts';
import type { Action, Chain, Hook, Rule, Translation } from './model.ts';

/** Priorities at which the kernel calls the built-in chains (linux/netfilter_ipv4.h). */
const tablePriorities: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  filter: 0,
  security: 50,
};
const hookOf: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

function priority(table: string, hook: Hook): number {
  if (table === 'nat') return hook === 'prerouting' || hook === 'output' ? -100 : 100;
  return tablePriorities[table] ?? 0;
}

/** Targets after which the packet goes on to the next rule. */
const passing =
  /^(LOG|NFLOG|ULOG|MARK|CONNMARK|CONNSECMARK|SECMARK|TCPMSS|TCPOPTSTRIP|TTL|HL|DSCP|TOS|CLASSIFY|CHECKSUM|SET|TRACE|AUDIT|RATEEST|LED|IDLETIMER|TEE|MASQUERADE|SNAT|NETMAP)$/;

/** Reads `172.17.0.2:5432`, `[fd00::2]:5432`, `172.17.0.2`, `:5432`, `5432`; null for ranges, of which the kernel picks. */
function translationOf(text: string | undefined): Translation | null {
  if (text === undefined) return { address: null, port: null };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+(?=:|$)))?:?(\d+)?$/.exec(text);
  if (/^\d+$/.test(text)) return { address: null, port: Number(text) };
  const bare = parseAddress(text);
  if (bare !== null) return { address: bare, port: null };
  if (match === null) return null;
  const [, six, four, port] = match;
  const address = parseAddress(six ?? four ?? '');
  if (address === null && (six ?? four) !== undefined) return null;
  return { address, port: port === undefined ? null : Number(port) };
}

function actionOf(options: readonly RuleOption[], chains: ReadonlySet<string>): Action {
  const jump = options.find(({ name }) => name === '-j')?.values[0];
  const goto = options.find(({ name }) => name === '-g')?.values[0];
  if (goto !== undefined) return { kind: 'goto', chain: goto };
  if (jump === undefined || passing.test(jump)) return { kind: 'continue' };
  if (jump === 'ACCEPT') return { kind: 'accept' };
  if (jump === 'DROP') return { kind: 'drop' };
  if (jump === 'REJECT') return { kind: 'reject' };
  if (jump === 'RETURN') return { kind: 'return' };
  if (jump === 'REDIRECT' || jump === 'DNAT') {
    const to = translationOf(options.find(({ name }) => /^--to-(destination|ports)$/.test(name))?.values[0]);
    return to === null ? { kind: 'unknown', text: jump } : { kind: 'translate', to };
  }
  return chains.has(jump) ? { kind: 'jump', chain: jump } : { kind: 'unknown', text: jump };
}

/** The tables of one iptables-save text. */
export interface IptablesTables {
  readonly chains: readonly Chain[];
  readonly tables: ReadonlySet<string>;
  /** Tables that iptables says it cannot show: made by nft with things that iptables does not have. */
  readonly incompatible: ReadonlySet<string>;
}

/** Reads iptables-save (family ip) or ip6tables-save (family ip6); counters may be there. */
export function readIptablesSave(text: string, family: 'ip' | 'ip6', sets: IpSets): IptablesTables {
  const addressFamily: AddressFamily = family === 'ip' ? 'ipv4' : 'ipv6';
  const incompatible = new Set(
    [...text.matchAll(/^# Table `(\w+)' is incompatible/gm)].map(([, name = '']) => name),
  );
  const sections = text.split(/^\*/m).slice(1);
  const tables = new Set<string>();
  const chains = sections.flatMap((section): readonly Chain[] => {
    const lines = section.split('\n').map((line) => line.trim());
    const table = lines[0] ?? '';
    tables.add(table);
    const declared = lines.flatMap((line) => {
      const match = /^:(\S+) (\S+)/.exec(line);
      return match === null ? [] : [{ name: match[1] ?? '', policy: match[2] ?? '' }];
    });
    const names = new Set(declared.map(({ name }) => name));
    const rules = new Map<string, Rule[]>();
    for (const line of lines) {
      const words = splitWords(line.replace(/^\[\d+:\d+\] /, ''));
      const [command, chain = '', ...rest] = words;
      if (command !== '-A') continue;
      const options = ruleOptions(rest);
      const end = options.findIndex(({ name }) => name === '-j' || name === '-g');
      const matching = end === -1 ? options : options.slice(0, end);
      const rule: Rule = {
        text: line.replace(/^(\[\d+:\d+\] )?-A \S+ ?/, ''),
        handle: null,
        conditions: iptablesConditions(matching, addressFamily, sets),
        action: actionOf(options, names),
      };
      const ofChain = rules.get(chain);
      if (ofChain === undefined) rules.set(chain, [rule]);
      else ofChain.push(rule);
    }
    return declared.map(({ name, policy }): Chain => {
      const hook = policy === '-' ? undefined : hookOf[name];
      const base =
        hook === undefined
          ? null
          : ({
              type: table === 'nat' ? 'nat' : 'filter',
              hook,
              priority: priority(table, hook),
              policy: policy === 'DROP' ? 'drop' : 'accept',
              device: null,
            } as const);
      return { family, table, name, base, rules: rules.get(name) ?? [], origin: 'iptables' };
    });
  });
  return { chains, tables, incompatible };
}
