/** What one start of the Electron program is for. */
export type StartMode =
  | { readonly kind: 'window'; readonly home: string | null }
  /** The terminal program, without a window. */
  | { readonly kind: 'terminal'; readonly args: readonly string[] }
  /** Prints an HTML file: how the terminal program in a checkout makes its PDF. */
  | { readonly kind: 'print-pdf'; readonly html: string; readonly pdf: string };

const commands: readonly string[] = ['scan', 'plan', 'apply', 'rollback', 'runs', 'checks'];
const questions: readonly string[] = ['help', '--help', '-h', 'version', '--version'];

/** The arguments meant for this program: without the program itself, its folder in a checkout, and Chromium's switches. */
function ownArguments(argv: readonly string[], inCheckout: boolean): readonly string[] {
  const args = argv.slice(1);
  const isSwitch = (argument: string) =>
    /^--(no-sandbox|ozone-|enable-|disable-|remote-|inspect)/.test(argument);
  let first = 0;
  if (inCheckout) {
    while (first < args.length && args[first]?.startsWith('-')) first++;
    first++;
  }
  while (first < args.length && isSwitch(args[first] ?? '')) first++;
  return args.slice(first);
}

function optionValue(args: readonly string[], name: string): string | null {
  const index = args.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  if (index === -1) return null;
  const argument = args[index] ?? '';
  return argument === name ? (args[index + 1] ?? null) : argument.slice(name.length + 1);
}

/**
 * @param argv process.argv
 * @param inCheckout true when Electron was told which folder to run, as in `electron . scan local`
 */
export function readStartMode(argv: readonly string[], inCheckout: boolean): StartMode {
  const args = ownArguments(argv, inCheckout);
  const [first, second, third] = args;
  if (first === '--cli') return { kind: 'terminal', args: args.slice(1) };
  if (first === '--print-pdf' && second !== undefined && third !== undefined) {
    return { kind: 'print-pdf', html: second, pdf: third };
  }
  if (first !== undefined && (commands.includes(first) || questions.includes(first))) {
    return { kind: 'terminal', args };
  }
  return { kind: 'window', home: optionValue(args, '--home') };
}
