/** How good a key-exchange group is; `unknown` for names that this table does not have. */
export type GroupGrade = 'post-quantum' | 'good' | 'acceptable' | 'weak' | 'unknown';

/** One name of ssl_groups or ssl_ecdh_curve with its judgement. */
export interface JudgedGroup {
  readonly name: string;
  readonly grade: GroupGrade;
}

const grades: readonly (readonly [GroupGrade, RegExp])[] = [
  ['post-quantum', /^(x25519mlkem768|secp256r1mlkem768|secp384r1mlkem1024|mlkem(768|1024))$/],
  [
    'good',
    /^(x25519|x448|prime256v1|secp256r1|p-256|secp384r1|p-384|secp521r1|p-521|ffdhe(3072|4096|6144|8192))$/,
  ],
  ['acceptable', /^(brainpoolp(256|320|384|512)[rt]1(tls13)?|ffdhe2048|secp256k1)$/],
  // Below 128 bits of strength, or binary fields, which are out of use.
  [
    'weak',
    /^(sec[pt]1\d\d\w*|sect\w+|secp224[rk]1|prime(192|239)v\d|p-192|p-224|c2\w+|wap-\w+|brainpoolp(160|192|224)[rt]1)$/,
  ],
];

/** The grade of one group or curve by OpenSSL's names, in any case. */
export function gradeGroup(name: string): GroupGrade {
  const wanted = name.trim().toLowerCase();
  return grades.find(([, pattern]) => pattern.test(wanted))?.[0] ?? 'unknown';
}

/** The setting that rules the groups: ssl_groups since 18 (ssl_ecdh_curve is its alias there). */
export function groupsSetting(major: number): 'ssl_groups' | 'ssl_ecdh_curve' {
  return major >= 18 ? 'ssl_groups' : 'ssl_ecdh_curve';
}

/**
 * Judges the value of the setting. Up to 17 it is one curve, from 18 a list with colons, in which OpenSSL 3.5 also
 * takes `/` between tuples and the marks `?`, `*` and `-`. `valid` is false where that major cannot read the value.
 */
export function judgeGroups(
  value: string,
  major: number,
): { valid: boolean; groups: readonly JudgedGroup[] } {
  const names = value
    .split(/[:/]/)
    .map((name) => name.trim().replace(/^[?*-]+/, ''))
    .filter((name) => name !== '');
  const groups = names.map((name) => ({ name, grade: gradeGroup(name) }));
  // Up to 17 the name goes to EC_KEY_new_by_curve_name, which has no Montgomery curves and no finite fields.
  const single = names.length === 1 && !/^(x25519|x448|ffdhe|.*mlkem)/i.test(names[0] ?? '');
  return { valid: major >= 18 ? names.length > 0 : single, groups };
}

/** The value to set. The hybrid with ML-KEM needs OpenSSL 3.5; an unknown version counts as older. */
export function recommendedGroups(major: number, opensslVersion: string | null): string {
  if (major < 18) return 'prime256v1';
  const match = /(\d+)\.(\d+)/.exec(opensslVersion ?? '');
  const version = Number(match?.[1] ?? 0) * 100 + Number(match?.[2] ?? 0);
  return version >= 305 ? 'X25519MLKEM768:X25519:prime256v1:secp384r1' : 'X25519:prime256v1:secp384r1';
}
