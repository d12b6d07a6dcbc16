interface DebianVersion {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

function split(text: string): DebianVersion {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? 0 : Number.parseInt(text.slice(0, colon), 10) || 0,
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

const isDigit = (character: string) => character >= '0' && character <= '9';

/** `~` before the end of the text, the end before letters, letters before everything else. */
function weight(character: string): number {
  if (character === '' || isDigit(character)) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

function compareParts(one: string, other: string): number {
  let [i, j] = [0, 0];
  const rest = (text: string, index: number) => text.charAt(index) !== '' && !isDigit(text.charAt(index));
  while (i < one.length || j < other.length) {
    while (rest(one, i) || rest(other, j)) {
      const difference = weight(one.charAt(i)) - weight(other.charAt(j));
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    const numbers = [/^\d*/.exec(one.slice(i))?.[0] ?? '', /^\d*/.exec(other.slice(j))?.[0] ?? ''] as const;
    const [left, right] = [BigInt(numbers[0] || '0'), BigInt(numbers[1] || '0')];
    if (left !== right) return left < right ? -1 : 1;
    i += numbers[0].length;
    j += numbers[1].length;
  }
  return 0;
}

/**
 * Compares two versions of Debian packages as dpkg does (Debian policy 5.6.12): epoch, upstream version, revision.
 * Negative when the first is older, 0 when equal, positive when newer.
 */
export function compareDebianVersions(one: string, other: string): number {
  const [left, right] = [split(one.trim()), split(other.trim())];
  const order =
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision);
  return Math.sign(order);
}
