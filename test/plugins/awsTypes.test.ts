import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as ts from "typescript";
import * as z from "zod";

import { functionOf, functionTokens, resourceTokens, resourceTypeOf } from "../../lab/plugins/aws/catalog";
import type { Properties } from "../../lab/plugins/aws/core/property";

/*
 * What the stand-in takes, the official provider must take too: `@pulumi/aws` is generated from the provider's schema.
 * The stand-in may be stricter (a property that it needs, an output that it lacks), never laxer.
 */

const sdk = dirname(require.resolve("@pulumi/aws/package.json"));

/** Member -> its declaration. */
type Members = ReadonlyMap<string, ts.PropertySignature | ts.PropertyDeclaration>;

const parse = (file: string) => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);

function membersOf(node: ts.InterfaceDeclaration | ts.ClassDeclaration): Members {
  const properties = [...node.members].filter(
    (member): member is ts.PropertySignature | ts.PropertyDeclaration =>
      (ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) &&
      !(
        ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
      ),
  );
  return new Map(properties.map((member) => [member.name.getText(), member]));
}

const isNamed = (node: ts.Node): node is ts.InterfaceDeclaration | ts.ClassDeclaration =>
  ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node);

function declared(file: ts.SourceFile, name: string): Members {
  const found = file.statements.find((node) => isNamed(node) && node.name?.text === name);
  assert.ok(found !== undefined && isNamed(found), `${file.fileName} declares no ${name}`);
  return membersOf(found);
}

/** `aws:ec2/vpc:Vpc` -> the file that declares it, and its name. */
function placeOf(token: string): { readonly file: ts.SourceFile; readonly name: string } {
  const [, path = "", name = ""] = token.split(":");
  return { file: parse(join(sdk, `${path.replace(/^index\//, "")}.d.ts`)), name };
}

/** Interfaces of nested inputs: `ec2.LaunchTemplateNetworkInterface`. */
const nestedInputs = new Map<string, Members>();
function readNestedInputs(): void {
  const visit = (node: ts.Node, module: string): void => {
    if (ts.isInterfaceDeclaration(node)) nestedInputs.set(`${module}${node.name.text}`, membersOf(node));
    else if (ts.isModuleDeclaration(node)) ts.forEachChild(node, (child) => visit(child, `${node.name.text}.`));
    else if (ts.isModuleBlock(node)) ts.forEachChild(node, (child) => visit(child, module));
  };
  ts.forEachChild(parse(join(sdk, "types", "input.d.ts")), (node) => visit(node, ""));
}

/** The interface that a property's type names, if it is a block or a list of blocks. */
function nestedIn(member: ts.Node): Members | undefined {
  const name = /\binputs\.([\w.]+)/.exec(member.getText().replace(/\/\*[^]*?\*\//g, ""))?.[1];
  return name === undefined ? undefined : nestedInputs.get(name);
}

/** The object inside optional, list and refined schemas. */
function objectIn(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return objectIn(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodArray) return objectIn(schema.element as z.ZodType);
  return undefined;
}

/** Differences between blocks of the stand-in and the provider's types, each with its path. */
function blockFaults(path: string, schema: z.ZodType, member: ts.Node): string[] {
  const block = objectIn(schema);
  if (block === undefined) return [];
  const real = nestedIn(member);
  if (real === undefined) return [`${path}: a block here, none in @pulumi/aws`];
  return Object.entries(block.shape).flatMap(([name, part]) => {
    const there = real.get(name);
    const inner = `${path}.${name}`;
    return there === undefined
      ? [`${inner}: @pulumi/aws has no such property`]
      : blockFaults(inner, part as z.ZodType, there);
  });
}

function inputFaults(properties: Properties, real: Members): string[] {
  const own = Object.entries(properties).flatMap(([name, property]) => {
    const there = real.get(name);
    if (there === undefined) return [`${name}: @pulumi/aws has no such input`];
    const lax = !property.required && there.questionToken === undefined;
    return [...(lax ? [`${name}: required by @pulumi/aws`] : []), ...blockFaults(name, property.schema, there)];
  });
  const missing = [...real].filter(([name, { questionToken }]) => !(name in properties) && questionToken === undefined);
  return [...own, ...missing.map(([name]) => `${name}: required by @pulumi/aws, unknown here`)];
}

describe("AWS stand-in: takes nothing that the official provider refuses", () => {
  before(readNestedInputs);

  for (const token of resourceTokens) {
    it(token, async () => {
      const { properties, outputs } = await resourceTypeOf(token);
      const { file, name } = placeOf(token);
      const outward = declared(file, name);
      assert.deepEqual(
        [
          ...inputFaults(properties, declared(file, `${name}Args`)),
          ...outputs.filter((output) => !outward.has(output)).map((output) => `${output}: no output of @pulumi/aws`),
        ],
        [],
      );
    });
  }

  for (const token of functionTokens) {
    it(token, async () => {
      const { properties } = await functionOf(token);
      const { file, name } = placeOf(token);
      assert.deepEqual(inputFaults(properties, declared(file, `${name[0]?.toUpperCase()}${name.slice(1)}Args`)), []);
    });
  }
});
