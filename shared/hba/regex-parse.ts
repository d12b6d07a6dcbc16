import { characterClasses, complementRanges, controlEscapes, shorthandClasses } from './regex-classes.ts';
import type { CodeRanges } from './regex-classes.ts';

/**
 * The part of PostgreSQL's advanced regular expressions that names of roles and databases need, read into a tree that
 * regex.ts runs in linear time: what a server's file holds must not be able to freeze this program.
 */
export type RegexNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'set';
      readonly negated: boolean;
      readonly ranges: CodeRanges;
    }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly item: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'group'; readonly item: RegexNode; readonly index: number };

/** `invalid` is what the server refuses, with its words; `unsupported` is what it accepts and this reader does not. */
export type RegexParse =
  | { readonly kind: 'tree'; readonly tree: RegexNode; readonly groups: number; readonly ambiguous: boolean }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'unsupported'; readonly reason: string };

class Invalid extends Error {}
class Unsupported extends Error {}

const maxRepeat = 255;

class Reader {
  readonly #text: readonly string[];
  #at = 0;
  groups = 0;
  ambiguous = false;

  constructor(pattern: string) {
    this.#text = Array.from(pattern);
  }

  #peek(offset = 0): string {
    return this.#text[this.#at + offset] ?? '';
  }

  whole(): RegexNode {
    if (/^\*\*\*[:=]/.test(this.#text.join(''))) throw new Unsupported('it begins with a *** director');
    const options = /^\(\?([a-zA-Z]+)(\)?)/.exec(this.#text.join(''));
    if (options !== null) {
      const [all, letters = '', end] = options;
      if (end !== ')' || !/^[bceimnpqstwx]+$/.test(letters)) throw new Invalid('invalid embedded option');
      // Most leave the syntax as it is, so errors behind them can be found.
      this.#at = /^[cimnpstw]+$/.test(letters) ? all.length : this.#text.length;
      this.#choice(0);
      if (this.#at < this.#text.length) throw new Invalid('parentheses () not balanced');
      throw new Unsupported('it begins with embedded options');
    }
    const tree = this.#choice(0);
    if (this.#at < this.#text.length) throw new Invalid('parentheses () not balanced');
    return tree;
  }

  #choice(depth: number): RegexNode {
    if (depth > 100) throw new Unsupported('it is nested too deeply');
    const items = [this.#sequence(depth)];
    while (this.#peek() === '|') {
      this.#at += 1;
      this.ambiguous = true;
      items.push(this.#sequence(depth));
    }
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items };
  }

  #sequence(depth: number): RegexNode {
    const items: RegexNode[] = [];
    while (this.#peek() !== '' && this.#peek() !== '|' && this.#peek() !== ')') {
      items.push(this.#quantified(depth));
    }
    return { kind: 'sequence', items };
  }

  #quantified(depth: number): RegexNode {
    const item = this.#atom(depth);
    const bounds = this.#quantifier();
    if (bounds === null) return item;
    if (item.kind === 'start' || item.kind === 'end') throw new Invalid('quantifier operand invalid');
    const lazy = this.#peek() === '?';
    if (lazy) {
      this.#at += 1;
      this.ambiguous = true;
    }
    if (this.#startsQuantifier()) throw new Invalid('quantifier operand invalid');
    return { kind: 'repeat', item, ...bounds, lazy };
  }

  #startsQuantifier(): boolean {
    const next = this.#peek();
    return next === '*' || next === '+' || next === '?' || (next === '{' && /\d/.test(this.#peek(1)));
  }

  #quantifier(): { readonly min: number; readonly max: number } | null {
    if (!this.#startsQuantifier()) return null;
    const next = this.#peek();
    this.#at += 1;
    if (next === '*') return { min: 0, max: Infinity };
    if (next === '+') return { min: 1, max: Infinity };
    if (next === '?') return { min: 0, max: 1 };
    const min = this.#number();
    let max = min;
    if (this.#peek() === ',') {
      this.#at += 1;
      max = /\d/.test(this.#peek()) ? this.#number() : Infinity;
    }
    if (this.#peek() === '') throw new Invalid('braces {} not balanced');
    if (this.#peek() !== '}' || max < min) throw new Invalid('invalid repetition count(s)');
    this.#at += 1;
    return { min, max };
  }

  #number(): number {
    let digits = '';
    for (; /\d/.test(this.#peek()); this.#at += 1) digits += this.#peek();
    const value = Number(digits);
    if (value > maxRepeat) throw new Invalid('invalid repetition count(s)');
    return value;
  }

  #atom(depth: number): RegexNode {
    if (this.#startsQuantifier()) throw new Invalid('quantifier operand invalid');
    const character = this.#peek();
    this.#at += 1;
    switch (character) {
      case '.':
        return { kind: 'set', negated: false, ranges: [[0, 0x10ffff]] };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '[':
        return this.#bracket();
      case '(':
        return this.#group(depth);
      case '\\':
        return this.#escape();
      default:
        return literal(character);
    }
  }

  #group(depth: number): RegexNode {
    let index = 0;
    if (this.#peek() === '?') {
      if (/[#=!<]/.test(this.#peek(1))) throw new Unsupported('it looks ahead or behind');
      if (this.#peek(1) !== ':') throw new Invalid('quantifier operand invalid');
      this.#at += 2;
    } else {
      this.groups += 1;
      index = this.groups;
    }
    const item = this.#choice(depth + 1);
    if (this.#peek() !== ')') throw new Invalid('parentheses () not balanced');
    this.#at += 1;
    return index === 0 ? item : { kind: 'group', item, index };
  }

  #escape(): RegexNode {
    const character = this.#peek();
    this.#at += 1;
    if (character === '') throw new Invalid('invalid escape \\ sequence');
    const name = shorthandClasses[character.toLowerCase()];
    if (name !== undefined) {
      return {
        kind: 'set',
        negated: character !== character.toLowerCase(),
        ranges: characterClasses[name] ?? [],
      };
    }
    if (character === 'A') return { kind: 'start' };
    if (character === 'Z') return { kind: 'end' };
    const control = controlEscapes[character];
    if (control !== undefined) return literal(String.fromCharCode(control));
    const digits = { x: /^[0-9a-fA-F]+/, u: /^[0-9a-fA-F]{4}/, U: /^[0-9a-fA-F]{8}/ }[character];
    if (digits !== undefined) return this.#codePoint(digits);
    if (character === 'c') {
      if (this.#peek() === '') throw new Invalid('invalid escape \\ sequence');
      this.#at += 1;
      return literal(String.fromCharCode((this.#peek(-1).codePointAt(0) ?? 0) & 31));
    }
    if (/[bmMyY0-9]/.test(character)) throw new Unsupported(`it uses \\${character}`);
    if (/[a-zA-Z]/.test(character)) throw new Invalid('invalid escape \\ sequence');
    return literal(character);
  }

  #codePoint(digits: RegExp): RegexNode {
    const found = digits.exec(this.#text.slice(this.#at, this.#at + 255).join(''))?.[0];
    if (found === undefined) throw new Invalid('invalid escape \\ sequence');
    this.#at += found.length;
    const code = parseInt(found, 16);
    if (!(code <= 0x10ffff)) throw new Unsupported('it names a character by a number that is too large');
    return { kind: 'set', negated: false, ranges: [[code, code]] };
  }

  #bracket(): RegexNode {
    const negated = this.#peek() === '^';
    if (negated) this.#at += 1;
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#peek() === '') throw new Invalid('brackets [] not balanced');
      ranges.push(...this.#bracketItem());
    }
    this.#at += 1;
    return { kind: 'set', negated, ranges };
  }

  #bracketItem(): CodeRanges {
    const two = this.#peek() + this.#peek(1);
    if (two === '[:') return this.#characterClass();
    if (two === '[.' || two === '[=') throw new Unsupported('it uses collating elements');
    if (this.#peek() === '\\' && /[dswDSW]/.test(this.#peek(1))) {
      const letter = this.#peek(1);
      if (letter !== letter.toLowerCase()) {
        this.#at += 2;
        return complementRanges(characterClasses[shorthandClasses[letter.toLowerCase()] ?? ''] ?? []);
      }
      this.#at += 2;
      return characterClasses[shorthandClasses[letter] ?? ''] ?? [];
    }
    const low = this.#bracketCharacter();
    if (this.#peek() !== '-' || this.#peek(1) === ']') return [[low, low]];
    this.#at += 1;
    if (this.#peek() === '') throw new Invalid('brackets [] not balanced');
    if (this.#peek() === '[') throw new Unsupported('it uses a class as the end of a range');
    const high = this.#bracketCharacter();
    if (high < low) throw new Invalid('invalid character range');
    return [[low, high]];
  }

  #characterClass(): CodeRanges {
    const end = this.#text.findIndex(
      (one, at) => at > this.#at + 1 && one === ':' && this.#text[at + 1] === ']',
    );
    if (end < 0) throw new Invalid('brackets [] not balanced');
    const ranges = characterClasses[this.#text.slice(this.#at + 2, end).join('')];
    if (ranges === undefined) throw new Invalid('invalid character class');
    this.#at = end + 2;
    return ranges;
  }

  #bracketCharacter(): number {
    const character = this.#peek();
    this.#at += 1;
    if (character === '-' && this.#peek() !== ']') throw new Unsupported('it has a hyphen in an odd place');
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    const escaped = this.#peek();
    this.#at += 1;
    if (escaped === '') throw new Invalid('invalid escape \\ sequence');
    const control = controlEscapes[escaped];
    if (control !== undefined) return control;
    if (/[a-zA-Z0-9]/.test(escaped)) throw new Unsupported(`it uses \\${escaped} in a bracket`);
    return escaped.codePointAt(0) ?? 0;
  }
}

function literal(character: string): RegexNode {
  const code = character.codePointAt(0) ?? 0;
  return { kind: 'set', negated: false, ranges: [[code, code]] };
}

/** Reads the pattern of a `/regex` token, without its slash. */
export function parseRegex(pattern: string): RegexParse {
  const reader = new Reader(pattern);
  try {
    const tree = reader.whole();
    return { kind: 'tree', tree, groups: reader.groups, ambiguous: reader.ambiguous };
  } catch (error) {
    if (error instanceof Invalid) return { kind: 'invalid', message: error.message };
    if (error instanceof Unsupported) return { kind: 'unsupported', reason: error.message };
    throw error;
  }
}
