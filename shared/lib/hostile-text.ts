// ESC sequences (CSI, OSC, two-character ones), then every other control character but tab and newline, and the
// Unicode characters that reorder text, with which a name on the target could disguise what is shown.
const escapes =
  // eslint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from a target made fit for a terminal or a page: no terminal escapes, no control or bidi characters. */
export function printable(text: string): string {
  return text.replace(escapes, '').replace(controls, '\u{fffd}');
}

/**
 * JSON for a terminal or a file: the same data for whoever parses it, and nothing that `printable` would take out for
 * whoever prints it.
 */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  // JSON itself escapes the control characters up to U+001F inside texts; the line breaks left are its own.
  return text.replace(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The first `limit` characters, with a mark when something was left out. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1))}…`;
}
