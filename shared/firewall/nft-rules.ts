import { parseAddress } from '../lib/cidr.ts';
import { asList, asObject, asObjects, asText, asTexts } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Action, Chain, Condition, Hook, Rule, Translation } from './model.ts';
import { elementConditions, matchConditions } from './nft-match.ts';
import { nftRuleText } from './nft-text.ts';
import type { NftSets } from './nft-values.ts';

/** Statements that neither choose nor judge packets. */
const harmless = new Set([
  'counter',
  'log',
  'mangle',
  'comment',
  'snat',
  'masquerade',
  'dup',
  'secmark',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'reset',
  'last',
]);

function verdictOf(statement: JsonObject): Action | null {
  for (const kind of ['accept', 'drop', 'reject', 'return', 'continue'] as const) {
    if (kind in statement) return { kind };
  }
  for (const kind of ['jump', 'goto'] as const) {
    const target = asObject(statement[kind]);
    if (target !== null) return { kind, chain: asText(target['target']) };
  }
  return null;
}

/** Where `dnat to` and `redirect` lead; null for ranges, lists and maps, where the kernel chooses. */
function translationOf(kind: string, inner: JsonObject | null): Translation | null {
  const { addr, port } = inner ?? {};
  if (port !== undefined && typeof port !== 'number') return null;
  if (kind === 'redirect') return { address: null, port: port ?? null };
  if (addr === undefined) return { address: null, port: port ?? null };
  const address = typeof addr === 'string' ? parseAddress(addr) : null;
  return address && { address, port: port ?? null };
}

/** The rules that `key vmap { value : verdict }` stands for, one an element: their values exclude each other. */
function vmapRules(
  vmap: JsonObject,
  sets: NftSets,
): readonly { conditions: readonly Condition[]; action: Action }[] {
  const data = vmap['data'];
  const elements =
    typeof data === 'string'
      ? (sets.get(data.slice(1))?.elements ?? null)
      : asList(asObject(data)?.['set'] ?? undefined);
  const key = vmap['key'] ?? null;
  if (elements === null) return [{ conditions: [], action: { kind: 'unknown', text: 'unreadable map' } }];
  const isDefault = (value: Json | undefined) => value === '*';
  const keyOf = (element: Json) => asList(element)[0] ?? null;
  const bare = (value: Json) => asObject(asObject(value)?.['elem'])?.['val'] ?? value;
  const named = elements.filter((element) => !isDefault(keyOf(element)));
  const ofNamed = named.map((element) => elementConditions(key, bare(keyOf(element))));
  return elements.map((element) => {
    const action = verdictOf(asObject(asList(element)[1]) ?? {}) ?? {
      kind: 'unknown' as const,
      text: 'verdict',
    };
    return isDefault(keyOf(element))
      ? { conditions: [{ kind: 'any-of' as const, alternatives: ofNamed, negated: true }], action }
      : { conditions: elementConditions(key, bare(keyOf(element))), action };
  });
}

/** What one statement adds to a rule: conditions, or one or more ends. */
type Part =
  | { readonly kind: 'conditions'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'ends'; readonly ends: readonly { conditions: readonly Condition[]; action: Action }[] };

const conditions = (...list: readonly Condition[]): Part => ({ kind: 'conditions', conditions: list });
const end = (action: Action): Part => ({ kind: 'ends', ends: [{ conditions: [], action }] });

/** Limits are judged as for a first connection: under the limit, so `over` does not hold. */
function limitCondition(limit: JsonObject | null): Condition {
  return { kind: 'rate', holds: limit?.['inv'] !== true };
}

function readStatement(statement: Json, sets: NftSets): Part {
  const object = asObject(statement);
  const [kind = ''] = Object.keys(object ?? {});
  const inner = asObject(object?.[kind]);
  const verdict = object === null ? null : verdictOf(object);
  if (verdict !== null) return end(verdict);
  if (harmless.has(kind)) return conditions();
  switch (kind) {
    case 'match':
      return conditions(...matchConditions(inner ?? {}, sets));
    case 'vmap':
      return { kind: 'ends', ends: vmapRules(inner ?? {}, sets) };
    case 'dnat':
    case 'redirect': {
      const to = translationOf(kind, inner);
      return end(to === null ? { kind: 'unknown', text: kind } : { kind: 'translate', to });
    }
    case 'limit':
    case 'quota':
      return conditions(limitCondition(inner));
    case 'ct count':
      return conditions({ kind: 'rate', holds: inner?.['inv'] !== true });
    case 'set':
    case 'map':
    case 'meter': {
      const limits = asObjects(inner?.['stmt']).flatMap((one) => asObjects(one['limit']));
      return conditions(...limits.map(limitCondition));
    }
    case 'xt':
      return inner?.['type'] === 'target' && inner['name'] === 'LOG'
        ? conditions()
        : inner?.['type'] === 'target' && inner['name'] === 'REJECT'
          ? end({ kind: 'reject' })
          : inner?.['type'] === 'match'
            ? conditions({ kind: 'unknown', text: `xt match ${asText(inner['name'])}` })
            : end({ kind: 'unknown', text: `xt ${asText(inner?.['name'])}` });
    default:
      // Queues, notrack, tproxy, and whatever a newer nft brings.
      return end({ kind: 'unknown', text: kind === '' ? asText(statement) : kind });
  }
}

/** The rules of the model that one nft rule stands for: one, or as many as its verdict map has elements. */
export function readNftRule(rule: JsonObject, sets: NftSets): readonly Rule[] {
  const expressions = asList(rule['expr']);
  const text = nftRuleText(expressions, asText(rule['comment']));
  const handle = typeof rule['handle'] === 'number' ? rule['handle'] : null;
  const gathered: Condition[] = [];
  const rules: Rule[] = [];
  for (const expression of expressions) {
    const part = readStatement(expression, sets);
    if (part.kind === 'conditions') gathered.push(...part.conditions);
    else
      for (const { conditions: more, action } of part.ends)
        rules.push({ text, handle, conditions: [...gathered, ...more], action });
  }
  return rules.length > 0 ? rules : [{ text, handle, conditions: gathered, action: { kind: 'continue' } }];
}

const hooks: readonly Hook[] = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting'];

/** A chain object of `nft -j` with its rules; null for families that carry no IP to the host (bridge, arp). */
export function readNftChain(chain: JsonObject, rules: readonly Rule[]): Chain | null {
  const family = asText(chain['family']);
  if (family !== 'ip' && family !== 'ip6' && family !== 'inet' && family !== 'netdev') return null;
  const hook = hooks.find((one) => one === chain['hook']);
  // A base chain on several devices is listed with all of them; then the packet may meet it.
  const [device = null, ...more] = asTexts(chain['dev']);
  return {
    family,
    table: asText(chain['table']),
    name: asText(chain['name']),
    base:
      hook === undefined
        ? null
        : {
            type: chain['type'] === 'nat' ? 'nat' : 'filter',
            hook,
            priority: typeof chain['prio'] === 'number' ? chain['prio'] : 0,
            policy: chain['policy'] === 'drop' ? 'drop' : 'accept',
            device: more.length > 0 ? null : device,
          },
    rules,
    origin: 'nft',
  };
}
