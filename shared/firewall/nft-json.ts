import { asList, asObject, asObjects, asText, parseJson } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Chain, Rule } from './model.ts';
import { readNftChain, readNftRule } from './nft-rules.ts';
import type { NftSets } from './nft-values.ts';

/** The ruleset of nf_tables, and which of its tables hold expressions of xtables that JSON does not spell out. */
export interface NftRuleset {
  readonly chains: readonly Chain[];
  /** `ip filter`, … with an `xt` expression in at least one rule: iptables-save says more of them. */
  readonly xtTables: ReadonlySet<string>;
  /** Every table as `family name`. */
  readonly tables: readonly string[];
  readonly problem: string | null;
}

const keyOf = (object: JsonObject) => `${asText(object['family'])} ${asText(object['table'])}`;

function readSets(objects: readonly JsonObject[]): ReadonlyMap<string, NftSets> {
  const byTable = new Map<string, Map<string, { elements: readonly Json[]; complete: boolean }>>();
  for (const object of objects) {
    const set = asObject(object['set'] ?? object['map']);
    if (set === null) continue;
    const table =
      byTable.get(keyOf(set)) ?? new Map<string, { elements: readonly Json[]; complete: boolean }>();
    table.set(asText(set['name']), { elements: asList(set['elem']), complete: true });
    byTable.set(keyOf(set), table);
  }
  return byTable;
}

/** Reads `nft -j list ruleset` (libnftables-json(5)). */
export function readNftJson(text: string): NftRuleset {
  const list = asObject(parseJson(text))?.['nftables'];
  if (!Array.isArray(list)) {
    return { chains: [], xtTables: new Set(), tables: [], problem: 'the nft ruleset could not be read' };
  }
  const objects = asObjects(list);
  const sets = readSets(objects);
  const rules = new Map<string, Rule[]>();
  const xtTables = new Set<string>();
  for (const object of objects) {
    const rule = asObject(object['rule']);
    if (rule === null) continue;
    const chain = `${keyOf(rule)} ${asText(rule['chain'])}`;
    const read = readNftRule(rule, sets.get(keyOf(rule)) ?? new Map());
    const ofChain = rules.get(chain);
    if (ofChain === undefined) rules.set(chain, [...read]);
    else ofChain.push(...read);
    if (asList(rule['expr']).some((expression) => 'xt' in (asObject(expression) ?? {})))
      xtTables.add(keyOf(rule));
  }
  const chains = objects.flatMap((object) => {
    const chain = asObject(object['chain']);
    if (chain === null) return [];
    return readNftChain(chain, rules.get(`${keyOf(chain)} ${asText(chain['name'])}`) ?? []) ?? [];
  });
  const tables = objects.flatMap((object) => {
    const table = asObject(object['table']);
    return table === null ? [] : [`${asText(table['family'])} ${asText(table['name'])}`];
  });
  return { chains, xtTables, tables, problem: null };
}
