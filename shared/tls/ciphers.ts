import type { TlsFiles } from '../facts/tls.ts';

/** One line of `openssl ciphers -V`. */
export type CipherSuite = NonNullable<TlsFiles['ciphers']>[number];

/** Why a cipher suite should not be offered. */
export type CipherWeakness =
  | 'no-encryption'
  | 'no-authentication'
  | 'export-grade'
  | 'rc4'
  | 'des'
  | 'md5'
  | 'old-cipher'
  | 'cbc'
  | 'no-forward-secrecy';

/** `broken`: practical attacks are known. `dated`: still hard to attack, but there is better since 2008. */
export const cipherWeaknesses: Readonly<
  Record<CipherWeakness, { readonly grade: 'broken' | 'dated'; readonly text: string }>
> = {
  'no-encryption': { grade: 'broken', text: 'encrypts nothing' },
  'no-authentication': { grade: 'broken', text: 'does not prove who the server is' },
  'export-grade': { grade: 'broken', text: 'has keys short enough to be tried out' },
  rc4: { grade: 'broken', text: 'RC4 leaks the beginning of what it encrypts' },
  des: { grade: 'broken', text: 'DES and 3DES have blocks of 64 bits (Sweet32)' },
  md5: { grade: 'broken', text: 'authenticates with MD5' },
  'old-cipher': { grade: 'broken', text: 'uses an abandoned cipher (RC2, IDEA, SEED)' },
  cbc: { grade: 'dated', text: 'CBC mode has a history of padding attacks (Lucky 13)' },
  'no-forward-secrecy': {
    grade: 'dated',
    text: 'who gets the server key later can decrypt recorded traffic',
  },
};

/** Reads the lines of `openssl ciphers -V`; lines of another form are skipped. */
export function parseOpensslCiphers(text: string): readonly CipherSuite[] {
  return text.split('\n').flatMap((line) => {
    const match = /-\s+(\S+)\s+(\S+)\s+Kx=(\S+)\s+Au=(\S+)\s+Enc=(\S+)\s+Mac=(\S+)/.exec(line);
    if (match === null) return [];
    const [, name = '', protocol = '', keyExchange = '', authentication = '', encryption = '', mac = ''] =
      match;
    return [{ name, protocol, keyExchange, authentication, encryption, mac }];
  });
}

/** PostgreSQL sets up neither pre-shared keys nor SRP: such suites are listed by OpenSSL but never negotiated. */
function usable({ keyExchange, authentication }: CipherSuite): boolean {
  return !/PSK|SRP/.test(`${keyExchange} ${authentication}`);
}

/** The weaknesses of one suite, the worst first; empty for a good one. */
export function cipherSuiteWeaknesses(suite: CipherSuite): readonly CipherWeakness[] {
  const { name, keyExchange, authentication, encryption, mac } = suite;
  const tests: readonly (readonly [CipherWeakness, boolean])[] = [
    ['no-encryption', encryption === 'None'],
    ['no-authentication', authentication === 'None'],
    ['export-grade', /^EXP/.test(name) || /export/.test(`${keyExchange} ${encryption}`)],
    ['rc4', /^RC4/.test(encryption)],
    ['des', /^(3DES|DES)/.test(encryption)],
    ['old-cipher', /^(RC2|IDEA|SEED)/.test(encryption)],
    ['md5', mac === 'MD5'],
    ['cbc', mac !== 'AEAD' && /^(AES|Camellia|ARIA)/i.test(encryption)],
    ['no-forward-secrecy', /^(RSA|ECDH\/|DH\/|GOST)/.test(keyExchange)],
  ];
  return tests.filter(([, found]) => found).map(([weakness]) => weakness);
}

/** A suite that a setting allows although it should not. */
export interface WeakCipher {
  readonly suite: string;
  readonly weaknesses: readonly CipherWeakness[];
}

/** What a list of suites amounts to. */
export interface CipherJudgement {
  /** `broken` or `dated` after the worst weakness in the list; `good`; `unknown` when it could not be expanded. */
  readonly grade: 'good' | 'dated' | 'broken' | 'unknown';
  readonly weak: readonly WeakCipher[];
  /** True when good suites are there as well, so that clients keep a way in once the weak ones go. */
  readonly hasGood: boolean;
}

function gradeOf(weak: readonly WeakCipher[]): 'good' | 'dated' | 'broken' {
  const grades = weak.flatMap(({ weaknesses }) => weaknesses.map((one) => cipherWeaknesses[one].grade));
  return grades.includes('broken') ? 'broken' : grades.length > 0 ? 'dated' : 'good';
}

/**
 * Judges the suites that ssl_ciphers expands to on the host. Suites of TLS 1.3 are always in the expansion (the setting
 * does not rule them) and are all good. An empty list is unknown: the setting was not expanded.
 */
export function judgeCiphers(suites: readonly CipherSuite[]): CipherJudgement {
  const used = suites.filter(usable);
  const weak = used
    .map((suite) => ({ suite: suite.name, weaknesses: cipherSuiteWeaknesses(suite) }))
    .filter(({ weaknesses }) => weaknesses.length > 0);
  return {
    grade: used.length === 0 ? 'unknown' : gradeOf(weak),
    weak,
    hasGood: used.length > weak.length,
  };
}

/** Suites of Mozilla's "intermediate" list for TLS 1.2 without those that need DH parameters. */
export const recommendedCipherSuites: readonly string[] = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/** The value to give ssl_ciphers. */
export const recommendedCiphers = recommendedCipherSuites.join(':');

const goodName = /^(ECDHE-(ECDSA|RSA)|DHE-RSA)-(AES(128|256)-(GCM-SHA(256|384)|CCM8?)|CHACHA20-POLY1305)$/;
const tls13Name = /^TLS_(AES_(128|256)_(GCM|CCM)(_8)?|CHACHA20_POLY1305)_SHA(256|384)$/;
const brokenWords: Readonly<Record<string, CipherWeakness>> = {
  aNULL: 'no-authentication',
  ADH: 'no-authentication',
  AECDH: 'no-authentication',
  eNULL: 'no-encryption',
  NULL: 'no-encryption',
  COMPLEMENTOFALL: 'no-encryption',
  RC4: 'rc4',
  'RC4-SHA': 'rc4',
  'RC4-MD5': 'rc4',
  '3DES': 'des',
  DES: 'des',
  'DES-CBC3-SHA': 'des',
  MD5: 'md5',
  EXP: 'export-grade',
  EXPORT: 'export-grade',
  LOW: 'des',
};

/**
 * Judges the text of ssl_ciphers without OpenSSL. Knows full names of good suites, words for broken ones, and
 * `HIGH`, which holds CBC suites and RSA key exchange in every OpenSSL so far. Anything else is `unknown`.
 */
export function judgeCipherString(text: string): CipherJudgement {
  const words = text.split(/[:, ]+/).filter((word) => word !== '');
  const killed = new Set(words.filter((word) => word.startsWith('!')).map((word) => word.slice(1)));
  // `+word` only moves suites that are there already; `@` words sort or set the level.
  const added = words.filter((word) => !/^[!+@-]/.test(word) && !killed.has(word));
  const weak: WeakCipher[] = added.flatMap((word) => {
    const weakness = brokenWords[word];
    if (weakness !== undefined) return [{ suite: word, weaknesses: [weakness] }];
    if (word !== 'HIGH') return [];
    const weaknesses = [
      ...(killed.has('SHA1') || killed.has('SHA') || killed.has('CBC') ? [] : ['cbc' as const]),
      ...(killed.has('kRSA') || killed.has('RSA') ? [] : ['no-forward-secrecy' as const]),
    ];
    return weaknesses.length === 0 ? [] : [{ suite: word, weaknesses }];
  });
  const good = added.filter((word) => goodName.test(word) || tls13Name.test(word));
  const removes = words.some((word) => word.startsWith('-'));
  const allGood = added.length > 0 && good.length === added.length && !removes;
  return {
    grade: allGood ? 'good' : weak.length > 0 && !removes ? gradeOf(weak) : 'unknown',
    weak: removes ? [] : weak,
    hasGood: good.length > 0 || added.includes('HIGH'),
  };
}
