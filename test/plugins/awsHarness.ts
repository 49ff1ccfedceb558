import assert from "node:assert/strict";

import { withoutUndefined } from "../../lab/plugins/aws/core/comparison";
import { parseConfig } from "../../lab/plugins/aws/core/config";
import type { Context, Session } from "../../lab/plugins/aws/core/context";
import type { PropertyMap } from "../../lab/plugins/aws/core/propertyValues";
import { explain } from "../../lab/plugins/aws/core/errors";
import * as provider from "../../lab/plugins/aws/provider";
import { openSession } from "../../lab/plugins/aws/session";
import type { EmulatorProcess } from "./emulatorProcess";
import { startEmulator } from "./emulatorProcess";

/** A resource as Pulumi's state has it. */
export interface Made {
  readonly token: string;
  readonly name: string;
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/** The provider against an emulator of its own; does what the engine does around each operation. */
export class AwsHarness {
  readonly lines: string[] = [];
  private constructor(
    readonly emulator: EmulatorProcess,
    readonly session: Session,
  ) {}

  /** `options`: the emulator's; by default instances and volumes reach their next state at once. */
  static async start(options = ["--auto-lifecycle", "--replace-delay", "0.2"]): Promise<AwsHarness> {
    const emulator = await startEmulator(options);
    return new AwsHarness(emulator, sessionAt(emulator.endpoint, {}));
  }

  /** The same emulator, seen by a provider with another configuration. */
  configured(config: PropertyMap): AwsHarness {
    return new AwsHarness(this.emulator, sessionAt(this.emulator.endpoint, config));
  }

  async stop(): Promise<void> {
    await this.emulator.stop();
  }

  context(timeoutSeconds?: number, signal: AbortSignal = new AbortController().signal): Context {
    const log = (line: string) => void this.lines.push(line);
    return { session: this.session, region: "us-east-1", timeoutSeconds, signal, log };
  }

  /** Checked inputs; fails when the check finds a fault. */
  async inputs(token: string, name: string, news: PropertyMap, olds: PropertyMap = {}): Promise<PropertyMap> {
    const checked = await this.check(token, name, news, olds);
    assert.deepEqual(checked.failures, []);
    return checked.inputs;
  }

  check(token: string, name: string, news: PropertyMap, olds: PropertyMap = {}): Promise<provider.Checked> {
    return provider.check(this.session, { token, name, olds, news: withoutUndefined(news), seed: Buffer.from(name) });
  }

  /** What is wrong with these inputs, in words. */
  async faults(token: string, news: PropertyMap): Promise<string> {
    const { failures } = await this.check(token, "x", news);
    return failures.map(({ reason }) => reason).join("\n");
  }

  async make(token: string, name: string, news: PropertyMap, timeoutSeconds?: number): Promise<Made> {
    const inputs = await this.inputs(token, name, news);
    const { id, outputs } = await provider.create(this.context(timeoutSeconds), token, inputs);
    return { token, name, id, inputs, outputs };
  }

  /** Which properties of the resource these inputs would change, and which of them replace it. */
  async diff(made: Made, news: PropertyMap): Promise<{ changed: string[]; replaces: string[]; deleteFirst: boolean }> {
    const inputs = await this.inputs(made.token, made.name, news, made.inputs);
    const outcome = await provider.diff(this.session, {
      token: made.token,
      oldInputs: made.inputs,
      state: made.outputs,
      news: inputs,
    });
    return {
      changed: [...outcome.changed],
      replaces: [...outcome.replaces],
      deleteFirst: outcome.deleteBeforeReplace,
    };
  }

  async change(made: Made, news: PropertyMap): Promise<Made> {
    const inputs = await this.inputs(made.token, made.name, news, made.inputs);
    const request = {
      token: made.token,
      id: made.id,
      oldInputs: made.inputs,
      state: made.outputs,
      news: inputs,
    };
    const outputs = await provider.update(this.context(), request);
    return { ...made, inputs, outputs };
  }

  /** The state after `pulumi refresh`; undefined when the resource is gone. */
  async refresh(made: Made): Promise<Made | undefined> {
    const { token, id } = made;
    const found = await provider.read(this.context(), { token, id, state: made.outputs, inputs: made.inputs });
    return found && { ...made, id: found.id, inputs: found.inputs, outputs: found.outputs };
  }

  /** Reads a resource by its id alone, as `pulumi import` does. */
  async import(token: string, id: string): Promise<provider.ReadOutcome | undefined> {
    return provider.read(this.context(), { token, id, state: {}, inputs: {} });
  }

  async remove(made: Made): Promise<void> {
    await provider.remove(this.context(), made.token, made.id, made.outputs);
  }

  async invoke(token: string, args: PropertyMap = {}): Promise<PropertyMap> {
    const { result, failures } = await provider.invoke(this.context(), token, args);
    assert.deepEqual(failures, []);
    return result;
  }

  /**
   * What must hold for every resource: a refresh finds nothing, an import gives the program's own inputs, and once
   * deleted it is gone, however often it is deleted.
   */
  async settled(made: Made, news: PropertyMap): Promise<void> {
    const refreshed = await this.refresh(made);
    assert.ok(refreshed, "gone after it was made");
    assert.deepEqual(refreshed.inputs, made.inputs, "a refresh changes the inputs");
    assert.deepEqual(refreshed.outputs, made.outputs, "a refresh changes the outputs");
    assert.deepEqual((await this.diff(refreshed, news)).changed, [], "the same inputs make a difference");
  }

  async removed(made: Made): Promise<void> {
    await this.remove(made);
    assert.equal(await this.refresh(made), undefined, "still there after it was deleted");
    await this.remove(made);
  }
}

function sessionAt(endpoint: string, config: PropertyMap): Session {
  const environment = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  return openSession(parseConfig({ region: "us-east-1", ...config }, environment));
}

export async function refused(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
  } catch (error) {
    return explain(error);
  }
  return "accepted";
}
