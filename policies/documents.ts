/** The IAM policies of who deploys, operates and audits, and of CI: made from what program and commands call. Pure. */
import { commandCalls, type Caller } from "./commandCalls";
import { functionCalls, resourceCalls, standInCalls } from "./providerCalls";
import { deployerScopes, operatorScopes, scopes, type Conditions, type PolicyNames, type Scope } from "./scopes";

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Conditions;
}

/** An IAM policy. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** File name -> policy. All of them together are what one needs. */
export type PolicySet = Readonly<Record<string, PolicyDocument>>;

/** The policies of everyone who works with a cluster. */
export interface Policies {
  /** The policies for `pulumi preview`, `up`, `refresh`, `destroy`. */
  readonly deployer: PolicySet;
  /**
   * The policies for looking at the cluster, testing it and making it fail: smoke, drills, benchmarks, what autosize
   * would change.
   */
  readonly operator: PolicySet;
  /** The policies for `npm run deploy`: those of deployer and operator. */
  readonly ci: PolicySet;
  /** The policies for `npm run drift` and previews: what of the deployer's only looks. */
  readonly auditor: PolicySet;
}

/** The policies for a cluster with these names. */
export function policies(names: PolicyNames): Policies {
  const deployer = deployerPolicies(names, deployerActions);
  const operator = { "operator.json": policy(names, operatorActions, operatorScopes) };
  const auditor = { "auditor.json": policy(names, auditorActions, deployerScopes) };
  return { deployer, operator, ci: { ...deployer, ...operator }, auditor };
}

/**
 * The policies that the local stack's deployer needs besides, because of the stand-in for the provider. They only read.
 */
export function standInPolicy(names: PolicyNames): PolicySet {
  return { "standIn.json": policy(names, standInCalls, deployerScopes) };
}

const commandActions = (caller: Caller) =>
  Object.values(commandCalls).flatMap(({ callers, actions }) => (callers.includes(caller) ? actions : []));
const functionActions = Object.values(functionCalls).flat();
const deployerActions = [...Object.values(resourceCalls).flat(), ...functionActions, ...commandActions("deployer")];
const auditorActions = [...Object.values(resourceCalls).flat(), ...functionActions].filter((action) =>
  /:(Describe|Get|List)/.test(action),
);
// Autosize shows a preview of what it would change, which asks AWS as any preview does.
const operatorActions = [...commandActions("operator"), ...functionActions];

/**
 * The deployer's policies, two since a managed policy may have 6,144 characters (IAM quotas): EC2's, and the other
 * services'.
 */
function deployerPolicies(names: PolicyNames, actions: readonly string[]): PolicySet {
  const isEc2 = (action: string) => action.startsWith("ec2:");
  return {
    "ec2.json": policy(names, actions.filter(isEc2), deployerScopes),
    "services.json": policy(
      names,
      actions.filter((action) => !isEc2(action)),
      deployerScopes,
    ),
  };
}

/** One statement for each scope, in the order of `scopes`; actions by name. */
function policy(
  names: PolicyNames,
  actions: readonly string[],
  scopesOf: (action: string) => readonly Scope[],
): PolicyDocument {
  const sorted = [...new Set(actions)].sort();
  const statements = (Object.keys(scopes) as Scope[]).flatMap((scope): Statement[] => {
    const Action = sorted.filter((action) => scopesOf(action).includes(scope));
    const place: { readonly resources: readonly string[]; readonly conditions?: Conditions } | undefined =
      scopes[scope](names);
    if (Action.length === 0 || place === undefined) return [];
    const { resources, conditions } = place;
    const [only] = resources;
    const Resource = resources.length === 1 && only !== undefined ? only : resources;
    return [{ Sid: scope, Effect: "Allow", Action, Resource, ...(conditions && { Condition: conditions }) }];
  });
  return { Version: "2012-10-17", Statement: statements };
}
