/** Splits a line of iptables-save into words: double quotes keep blanks, a backslash keeps the next character. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (character === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (character === '\\' && quoted) {
      index += 1;
      word = (word ?? '') + line.charAt(index);
    } else if (!quoted && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  return word === null ? words : [...words, word];
}

/** One option of a rule with its arguments, and whether `!` stands before it. */
export interface RuleOption {
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
}

/** Groups the words of a rule: an option and everything up to the next one. */
export function ruleOptions(words: readonly string[]): readonly RuleOption[] {
  const options: { name: string; negated: boolean; values: string[] }[] = [];
  let negated = false;
  let text = false;
  for (const word of words) {
    // A comment is one word and may look like an option.
    if (text) {
      options.at(-1)?.values.push(word);
      text = false;
    } else if (word === '!') negated = true;
    else if (/^-{1,2}[A-Za-z]/.test(word)) {
      options.push({ name: word, negated, values: [] });
      negated = false;
      text =
        word === '--comment' || word === '--log-prefix' || word === '--nflog-prefix' || word === '--string';
    } else options.at(-1)?.values.push(word);
  }
  return options;
}
