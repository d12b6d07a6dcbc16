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

/** The first `limit` characters, with a mark when something was left out. */
export function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1))}…`;
}
