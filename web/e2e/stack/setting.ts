/** What whoever started the stack says about it; see local/browser. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: these tests are started by \`make test/web\``);
  }
  return value;
}
