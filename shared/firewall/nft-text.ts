import { asList, asObject, asText } from './json.ts';
import type { Json } from './json.ts';

function valueText(value: Json | undefined): string {
  const object = asObject(value);
  if (object === null) {
    return Array.isArray(value)
      ? `{ ${asList(value).map(valueText).join(', ')} }`
      : asText(value) || JSON.stringify(value ?? '');
  }
  const prefix = asObject(object['prefix']);
  if (prefix !== null) return `${asText(prefix['addr'])}/${asText(prefix['len'])}`;
  if (object['range'] !== undefined) return asList(object['range']).map(valueText).join('-');
  if (object['set'] !== undefined) {
    return typeof object['set'] === 'string'
      ? object['set']
      : `{ ${asList(object['set']).map(valueText).join(', ')} }`;
  }
  if (object['concat'] !== undefined) return asList(object['concat']).map(leftText).join(' . ');
  if (object['elem'] !== undefined) return valueText(asObject(object['elem'])?.['val']);
  return JSON.stringify(value);
}

function leftText(left: Json | undefined): string {
  const object = asObject(left);
  const payload = asObject(object?.['payload']);
  if (payload !== null) return `${asText(payload['protocol'])} ${asText(payload['field'])}`;
  const meta = asObject(object?.['meta']);
  if (meta !== null) return `meta ${asText(meta['key'])}`.replace(/^meta (iifname|oifname|iif|oif)$/, '$1');
  const connection = asObject(object?.['ct']);
  if (connection !== null) return `ct ${asText(connection['key'])}`;
  return valueText(left);
}

function mapText(data: Json | undefined): string {
  if (typeof data === 'string') return data;
  const pairs = asList(asObject(data)?.['set']).map(asList);
  return `{ ${pairs.map(([key, verdict]) => `${valueText(key)} : ${statementText(verdict ?? null)}`).join(', ')} }`;
}

function statementText(statement: Json): string {
  const object = asObject(statement);
  const [kind = ''] = Object.keys(object ?? {});
  const inner = asObject(object?.[kind]);
  switch (kind) {
    case 'match': {
      const op = asText(inner?.['op']);
      return `${leftText(inner?.['left'])} ${op === '!=' || /[<>]/.test(op) ? `${op} ` : ''}${valueText(inner?.['right'])}`;
    }
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
    case 'reject':
      return kind;
    case 'jump':
    case 'goto':
      return `${kind} ${asText(inner?.['target'])}`;
    case 'dnat':
    case 'redirect': {
      const address = inner?.['addr'] === undefined ? '' : ` ${valueText(inner['addr'])}`;
      const port = inner?.['port'] === undefined ? '' : `:${valueText(inner['port'])}`;
      return address + port === '' ? kind : `${kind} to${address === '' ? ' ' : address}${port}`;
    }
    case 'counter':
      return '';
    case 'xt':
      return `xt ${asText(inner?.['type'])} ${asText(inner?.['name'])}`.trim();
    case 'vmap':
      return `${leftText(inner?.['key'])} vmap ${mapText(inner?.['data'])}`;
    default:
      return kind === '' ? asText(statement) : kind;
  }
}

const longest = 200;

/** A rule of `nft -j` in words close to those of `nft list`, for people; at most 200 characters. */
export function nftRuleText(expressions: readonly Json[], comment: string): string {
  const words = expressions.map(statementText).filter((text) => text !== '');
  const text = [...words, ...(comment === '' ? [] : [`comment "${comment}"`])].join(' ');
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
