/** An environment variable that a job is started with. Throws when it is missing. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`the environment variable ${name} is missing`);
  return value;
}
