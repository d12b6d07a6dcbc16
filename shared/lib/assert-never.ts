/** Makes the compiler prove that a union was handled whole; throws if hostile data got past it at run time. */
export function assertNever(value: never, what = 'value'): never {
  throw new Error(`Unexpected ${what}: ${JSON.stringify(value)}`);
}
