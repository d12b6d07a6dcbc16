/** A value of JSON.parse. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
export type JsonObject = { readonly [key: string]: Json | undefined };

/** Parses hostile text; null when it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The value as an object, or null. */
export function asObject(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The value as a list; a single value is a list of one, nothing an empty list. */
export function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

/** The value as text, or an empty text. */
export function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** Every text in the list. */
export function asTexts(value: Json | undefined): readonly string[] {
  return asList(value).map(asText);
}

/** Every object in the list; what is none is left out. */
export function asObjects(value: Json | undefined): readonly JsonObject[] {
  return asList(value)
    .map(asObject)
    .filter((object) => object !== null);
}
