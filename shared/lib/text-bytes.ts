/**
 * Files are collected one character a byte. Names in them are UTF-8 nearly everywhere, and roles are compared with
 * names that the server sent as text, so both ways are needed.
 */

/** The text that bytes in UTF-8 mean; the bytes as they are when they are not UTF-8. */
export function textOfBytes(bytes: string): string {
  if (!/[\u0080-\u00ff]/.test(bytes)) return bytes;
  try {
    return decodeURIComponent(
      bytes.replace(/[%\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`),
    );
  } catch {
    return bytes;
  }
}

/** The bytes of a text in UTF-8, one character a byte. */
export function bytesOfText(text: string): string {
  // eslint-disable-next-line no-control-regex -- ASCII begins with control characters
  return text.replace(/[^\u0000-\u007f]+/g, (part) =>
    encodeURIComponent(part).replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
  );
}
