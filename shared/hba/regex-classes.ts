/** Code points from the first to the last, both included. */
export type CodeRanges = readonly (readonly [number, number])[];

/** The classes of [[:name:]], ASCII only as in the C collation. */
export const characterClasses: Readonly<Record<string, CodeRanges>> = {
  ascii: [[0, 127]],
  digit: [[48, 57]],
  lower: [[97, 122]],
  upper: [[65, 90]],
  alpha: [
    [65, 90],
    [97, 122],
  ],
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  word: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  blank: [
    [9, 9],
    [32, 32],
  ],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
  print: [[32, 126]],
  graph: [[33, 126]],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
};
/** \d, \w and \s; their capitals are the complements. */
export const shorthandClasses: Readonly<Record<string, string>> = { d: 'digit', w: 'word', s: 'space' };
/** Letters behind a backslash that stand for one character. */
export const controlEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  B: 92,
};

/** Every character that is not in the ranges, which are in order. */
export function complementRanges(ranges: CodeRanges): CodeRanges {
  const result: [number, number][] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) result.push([next, first - 1]);
    next = last + 1;
  }
  result.push([next, 0x10ffff]);
  return result;
}
