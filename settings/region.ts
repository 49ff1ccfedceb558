type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variable from which a stack without `aws:region` has its region, as AWS's provider reads them; nothing: none is
 * set.
 */
export function regionVariable(environment: Environment): string | undefined {
  return ["AWS_REGION", "AWS_DEFAULT_REGION"].find((name) => environment[name]);
}

/** The region of a stack without `aws:region`. */
export function regionFrom(environment: Environment): string | undefined {
  return environment[regionVariable(environment) ?? ""];
}
